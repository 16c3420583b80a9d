/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <csv.h>
#include <named-button.h>
#include <watch.h>

#include "list.h"
#include "standing.h"

struct _BreakpointsPage
{
  GtkWidget parent_instance;
  UiSession *session;
  GtkWidget *stack;
  AdwStatusPage *empty;
  GtkWidget *entry, *trouble, *stop_all, *hint, *list, *standing;
};

G_DEFINE_TYPE (BreakpointsPage, breakpoints_page, GTK_TYPE_WIDGET)

/* ---- What is shown ------------------------------------------------------------------------------ */

static void
show_empty (BreakpointsPage *self)
{
  UiSessionState state = ui_session_get_state (self->session);

  adw_status_page_set_title (self->empty, _ ("No program that could stop"));
  adw_status_page_set_description (
      self->empty, state == UI_SESSION_ENDED
                       ? _ ("The program has ended. Started again, it has the same breakpoints.")
                       : _ ("Breakpoints are for programs that are started or attached to. In a "
                            "recording, look at any instant."));
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "empty");
}

static void
on_changed (GtkWidget *page, UiChange changes)
{
  BreakpointsPage *self = BREAKPOINTS_PAGE (page);
  g_autoptr (GPtrArray) list = ui_session_list_breakpoints (self->session);

  breakpoints_list_show (self->list, list);
  breakpoints_standing_update (BREAKPOINTS_STANDING (self->standing));
  gtk_widget_set_visible (self->hint, list->len == 0);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->stop_all),
                               ui_session_get_stop_all (self->session));
  if (ui_session_can_break (self->session))
    gtk_stack_set_visible_child_name (GTK_STACK (self->stack), "page");
  else
    show_empty (self);
}

/* ---- What somebody does ------------------------------------------------------------------------- */

static void
add (BreakpointsPage *self)
{
  g_autofree char *text =
      g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->entry))));
  g_autoptr (GError) error = NULL;

  if (!ui_session_can_break (self->session))
    return;
  if (ui_session_add_breakpoint (self->session, text, &error) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->entry), "");
  gtk_label_set_text (GTK_LABEL (self->trouble), error != NULL ? error->message : "");
  gtk_widget_set_visible (self->trouble, error != NULL);
}

static void
on_add (GtkWidget *widget, BreakpointsPage *self)
{
  add (self);
}

static void
on_stop_all (GtkCheckButton *button, GParamSpec *property, BreakpointsPage *self)
{
  ui_session_set_stop_all (self->session, gtk_check_button_get_active (button));
}

/* ---- The widget --------------------------------------------------------------------------------- */

static gboolean
breakpoints_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (BREAKPOINTS_PAGE (widget)->entry);
}

static void
breakpoints_page_dispose (GObject *object)
{
  BreakpointsPage *self = BREAKPOINTS_PAGE (object);

  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (breakpoints_page_parent_class)->dispose (object);
}

static void
breakpoints_page_class_init (BreakpointsPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = breakpoints_page_dispose;
  GTK_WIDGET_CLASS (klass)->grab_focus = breakpoints_page_grab_focus;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
new_entry_line (BreakpointsPage *self)
{
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *button = ui_named_button_new ("list-add-symbolic", _ ("Add this breakpoint"));

  self->entry = gtk_entry_new ();
  gtk_entry_set_placeholder_text (GTK_ENTRY (self->entry), _ ("function, client.c:88, state:…"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Where to stop"), -1);
  gtk_widget_set_hexpand (self->entry, TRUE);
  g_signal_connect (self->entry, "activate", G_CALLBACK (on_add), self);
  g_signal_connect (button, "clicked", G_CALLBACK (on_add), self);
  gtk_box_append (GTK_BOX (line), self->entry);
  gtk_box_append (GTK_BOX (line), button);
  return line;
}

static GtkWidget *
new_page (BreakpointsPage *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 9);

  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 12);
  gtk_box_append (GTK_BOX (box), new_entry_line (self));
  self->trouble = new_label ("", "error");
  gtk_widget_set_visible (self->trouble, FALSE);
  gtk_box_append (GTK_BOX (box), self->trouble);
  self->hint = new_label (
      _ ("A function, FILE:LINE, state:NAME, kind:NAME of an await, task:NAME, #NUMBER, "
         "resource:TEXT, longer:5s, point:NAME or deadlock; behind it, as in “fetch_posts if "
         "attempts > 3”, a condition. In the source, click into the margin."),
      "dim-label");
  gtk_box_append (GTK_BOX (box), self->hint);
  gtk_box_append (GTK_BOX (box), self->list);
  self->stop_all = gtk_check_button_new_with_mnemonic (_ ("Stop all _threads"));
  g_signal_connect (self->stop_all, "notify::active", G_CALLBACK (on_stop_all), self);
  gtk_box_append (GTK_BOX (box), self->stop_all);
  gtk_box_append (GTK_BOX (box), self->standing);
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), box);
  return scrolled;
}

static void
breakpoints_page_init (BreakpointsPage *self)
{
}

GtkWidget *
breakpoints_page_new (UiSession *session)
{
  BreakpointsPage *self = g_object_new (BREAKPOINTS_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  self->list = breakpoints_list_new (session);
  self->standing = breakpoints_standing_new (session);
  self->empty = ADW_STATUS_PAGE (adw_status_page_new ());
  adw_status_page_set_icon_name (self->empty, "media-playback-pause-symbolic");
  gtk_widget_add_css_class (GTK_WIDGET (self->empty), "compact");
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), GTK_WIDGET (self->empty), "empty");
  gtk_stack_add_named (GTK_STACK (self->stack), new_page (self), "page");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
  /* Whether one can be met changes as the program loads modules. */
  ui_session_watch (session, GTK_WIDGET (self), UI_CHANGE_STOPS | UI_CHANGE_STATE | UI_CHANGE_GROWN,
                    on_changed);
  return GTK_WIDGET (self);
}

/* ---- What is exported --------------------------------------------------------------------------- */

char *
breakpoints_page_dup_csv (GtkWidget *page)
{
  g_autoptr (GPtrArray) list = ui_session_list_breakpoints (BREAKPOINTS_PAGE (page)->session);
  GString *csv = g_string_new ("breakpoint,enabled,hits,trouble\r\n");

  for (guint i = 0; i < list->len; i++)
    {
      const InspectorBreakpoint *breakpoint = list->pdata[i];

      ui_csv_append (csv, breakpoint->text);
      ui_csv_append_number (csv, breakpoint->is_enabled);
      ui_csv_append_number (csv, (gint64)breakpoint->n_hits);
      ui_csv_append (csv, breakpoint->trouble != NULL ? breakpoint->trouble : "");
      ui_csv_end_line (csv);
    }
  return g_string_free (csv, FALSE);
}

void
breakpoints_page_copy (GtkWidget *page)
{
  g_autofree char *text =
      breakpoints_standing_dup_text (BREAKPOINTS_STANDING (BREAKPOINTS_PAGE (page)->standing));

  gdk_clipboard_set_text (gtk_widget_get_clipboard (page), text);
}
