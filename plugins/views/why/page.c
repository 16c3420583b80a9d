/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page.h"

#include <adwaita.h>
#include <glib/gi18n-lib.h>

#include <no-task.h>
#include <watch.h>

#include "row.h"
#include "story.h"

struct _WhyPage
{
  GtkWidget parent_instance;
  UiSession *session;
  WhyStory *story;
  GPtrArray *lines; /* that are shown */

  GtkWidget *stack, *scrolled, *list, *bar;
  GPtrArray *rows; /* WhyRow; (transfer none) */
};

G_DEFINE_TYPE (WhyPage, why_page, GTK_TYPE_WIDGET)

/* ---- What is shown ----------------------------------------------------------------------------- */

static void
show_lines (WhyPage *self, GPtrArray *lines)
{
  for (guint i = 0; i < lines->len; i++)
    {
      if (i == self->rows->len)
        {
          g_ptr_array_add (self->rows, why_row_new (self->session));
          gtk_box_append (GTK_BOX (self->list), self->rows->pdata[i]);
        }
      else if (i < self->lines->len && why_line_equal (lines->pdata[i], self->lines->pdata[i]))
        continue;
      why_row_set_line (self->rows->pdata[i], lines->pdata[i]);
    }
  while (self->rows->len > lines->len)
    {
      gtk_box_remove (GTK_BOX (self->list), self->rows->pdata[self->rows->len - 1]);
      g_ptr_array_set_size (self->rows, (int)self->rows->len - 1);
    }
  g_ptr_array_unref (self->lines);
  self->lines = lines;
  gtk_widget_set_visible (self->bar, ui_session_get_selection (self->session) != 0);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack), lines->len > 0 ? "answer" : "empty");
}

static void
on_changed (GtkWidget *page, UiChange changes)
{
  WhyPage *self = WHY_PAGE (page);
  GPtrArray *lines;

  /* Another answer is read from its begin. */
  if ((changes & UI_CHANGE_SELECTION) != 0)
    gtk_adjustment_set_value (
        gtk_scrolled_window_get_vadjustment (GTK_SCROLLED_WINDOW (self->scrolled)), 0);
  lines = why_story_tell (self->story);
  if (lines != NULL)
    show_lines (self, lines);
}

static void
on_read (GtkWidget *page)
{
  ui_watch_now (page, UI_CHANGE_STATE);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
why_page_dispose (GObject *object)
{
  WhyPage *self = WHY_PAGE (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_pointer (&self->stack, gtk_widget_unparent);
  g_clear_pointer (&self->story, why_story_free);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_pointer (&self->lines, g_ptr_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (why_page_parent_class)->dispose (object);
}

static void
why_page_class_init (WhyPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = why_page_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
on_session_clicked (GtkButton *button, WhyPage *self)
{
  why_page_show_session (GTK_WIDGET (self));
}

static void
on_copy_clicked (GtkButton *button, WhyPage *self)
{
  why_page_copy (GTK_WIDGET (self));
}

static GtkWidget *
new_bar (WhyPage *self)
{
  GtkWidget *bar = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *back = gtk_button_new_with_label (_ ("Whole session"));
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  gtk_widget_set_tooltip_text (back, _ ("Show what is wrong in the whole session"));
  gtk_widget_add_css_class (back, "flat");
  gtk_widget_set_hexpand (back, TRUE);
  gtk_widget_set_halign (back, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (copy, _ ("Copy the answer as text"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (copy), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Copy the answer as text"), -1);
  gtk_widget_add_css_class (copy, "flat");
  g_signal_connect (back, "clicked", G_CALLBACK (on_session_clicked), self);
  g_signal_connect (copy, "clicked", G_CALLBACK (on_copy_clicked), self);
  gtk_box_append (GTK_BOX (bar), back);
  gtk_box_append (GTK_BOX (bar), copy);
  return bar;
}

static GtkWidget *
new_empty (UiSession *session)
{
  GtkWidget *page =
      ui_no_task_page_new (session, _ ("The answer stands here once the program does something."));

  gtk_widget_add_css_class (page, "compact");
  return page;
}

/* Until there is a first answer. */
static GtkWidget *
new_busy (void)
{
  GtkWidget *spinner = gtk_spinner_new ();

  gtk_widget_set_halign (spinner, GTK_ALIGN_CENTER);
  gtk_widget_set_valign (spinner, GTK_ALIGN_CENTER);
  gtk_widget_set_size_request (spinner, 32, 32);
  gtk_spinner_start (GTK_SPINNER (spinner));
  return spinner;
}

static void
why_page_init (WhyPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->rows = g_ptr_array_new ();
  self->lines = why_lines_new ();
  self->bar = new_bar (self);
  self->list = g_object_new (GTK_TYPE_BOX, "orientation", GTK_ORIENTATION_VERTICAL,
                             "accessible-role", GTK_ACCESSIBLE_ROLE_LIST, NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Why it does not go on"), -1);
  gtk_widget_set_margin_start (self->list, 12);
  gtk_widget_set_margin_end (self->list, 12);
  gtk_widget_set_margin_bottom (self->list, 12);
  gtk_widget_set_margin_top (self->list, 6);
  self->scrolled = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scrolled), self->list);
  gtk_widget_set_vexpand (self->scrolled, TRUE);
  gtk_box_append (GTK_BOX (box), self->bar);
  gtk_box_append (GTK_BOX (box), self->scrolled);
  self->stack = gtk_stack_new ();
  gtk_stack_add_named (GTK_STACK (self->stack), new_busy (), "busy");
  gtk_stack_add_named (GTK_STACK (self->stack), box, "answer");
  gtk_widget_set_parent (self->stack, GTK_WIDGET (self));
}

GtkWidget *
why_page_new (UiSession *session)
{
  WhyPage *self = g_object_new (WHY_TYPE_PAGE, NULL);

  self->session = g_object_ref (session);
  gtk_stack_add_named (GTK_STACK (self->stack), new_empty (session), "empty");
  self->story = why_story_new (session, GTK_WIDGET (self), on_read);
  ui_session_watch (session, GTK_WIDGET (self),
                    UI_CHANGE_GROWN | UI_CHANGE_CURSOR | UI_CHANGE_STATE | UI_CHANGE_STOPS |
                        UI_CHANGE_SELECTION,
                    on_changed);
  return GTK_WIDGET (self);
}

/* ---- What is asked of it ----------------------------------------------------------------------- */

void
why_page_copy (GtkWidget *page)
{
  WhyPage *self = WHY_PAGE (page);
  g_autofree char *text = why_lines_to_text (self->lines);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (page), text);
}

void
why_page_show_session (GtkWidget *page)
{
  ui_session_set_selection (WHY_PAGE (page)->session, 0);
}

char *
why_page_dup_csv (GtkWidget *page)
{
  return why_lines_to_csv (WHY_PAGE (page)->lines);
}
