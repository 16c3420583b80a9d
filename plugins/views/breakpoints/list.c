/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "list.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>

/* What a row has beside the widgets of its list. */
typedef struct
{
  UiSession *session; /* the list's */
  guint id;
  GtkWidget *on, *text, *hits, *trouble;
  gboolean is_showing; /* nobody has switched it */
} Row;

static Row *
get_row (GtkListBoxRow *row)
{
  return g_object_get_data (G_OBJECT (row), "row");
}

static void
on_switched (GtkCheckButton *on, GParamSpec *property, Row *row)
{
  if (!row->is_showing)
    ui_session_enable_breakpoint (row->session, row->id, gtk_check_button_get_active (on));
}

static void
on_removed (GtkButton *button, Row *row)
{
  ui_session_remove_breakpoint (row->session, row->id);
}

/* Of one at a line the source is shown. */
static void
on_activated (GtkListBox *box, GtkListBoxRow *widget, UiSession *session)
{
  const char *text = gtk_label_get_text (GTK_LABEL (get_row (widget)->text));
  const char *condition = g_strstr_len (text, -1, " if ");
  g_autofree char *place =
      condition != NULL ? g_strndup (text, (gsize)(condition - text)) : g_strdup (text);

  ui_session_show_place (session, place);
}

static GtkWidget *
new_label (PangoEllipsizeMode ellipsize, const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_ellipsize (GTK_LABEL (label), ellipsize);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static void
add_row (GtkListBox *box, UiSession *session)
{
  GtkWidget *widget = gtk_list_box_row_new ();
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *remove = ui_named_button_new ("user-trash-symbolic", _ ("Remove this breakpoint"));
  Row *row = g_new0 (Row, 1);

  row->session = session;
  row->on = gtk_check_button_new ();
  ui_named_button_set (row->on, _ ("Stop there"));
  gtk_widget_set_valign (row->on, GTK_ALIGN_CENTER);
  row->text = new_label (PANGO_ELLIPSIZE_START, NULL);
  row->hits = new_label (PANGO_ELLIPSIZE_END, "caption");
  gtk_widget_add_css_class (row->hits, "dim-label");
  row->trouble = new_label (PANGO_ELLIPSIZE_NONE, "caption");
  gtk_label_set_wrap (GTK_LABEL (row->trouble), TRUE);
  gtk_widget_add_css_class (row->trouble, "warning");
  gtk_box_append (GTK_BOX (texts), row->text);
  gtk_box_append (GTK_BOX (texts), row->hits);
  gtk_box_append (GTK_BOX (texts), row->trouble);
  gtk_widget_set_hexpand (texts, TRUE);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (line), row->on);
  gtk_box_append (GTK_BOX (line), texts);
  gtk_box_append (GTK_BOX (line), remove);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (widget), line);
  g_signal_connect (row->on, "notify::active", G_CALLBACK (on_switched), row);
  g_signal_connect (remove, "clicked", G_CALLBACK (on_removed), row);
  g_object_set_data_full (G_OBJECT (widget), "row", row, g_free);
  gtk_list_box_append (box, widget);
}

static void
show_row (GtkListBoxRow *widget, const InspectorBreakpoint *breakpoint)
{
  Row *row = get_row (widget);
  gboolean has_trouble = breakpoint->trouble != NULL && breakpoint->n_hits == 0;
  g_autofree char *count = inspector_format_count (breakpoint->n_hits);
  g_autofree char *hits =
      breakpoint->n_hits > 0
          ? g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "met %s time", "met %s times",
                                          (gulong)breakpoint->n_hits),
                             count)
          : g_strdup (_ ("not met yet"));

  row->id = breakpoint->id;
  row->is_showing = TRUE;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (row->on), breakpoint->is_enabled);
  row->is_showing = FALSE;
  gtk_label_set_text (GTK_LABEL (row->text), breakpoint->text);
  gtk_widget_set_tooltip_text (row->text, breakpoint->text);
  gtk_label_set_text (GTK_LABEL (row->hits), hits);
  /* It is that of one program, and another one may have met it. */
  gtk_label_set_text (GTK_LABEL (row->trouble), has_trouble ? breakpoint->trouble : "");
  gtk_widget_set_visible (row->trouble, has_trouble);
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  breakpoint->text, -1);
}

void
breakpoints_list_show (GtkWidget *list, GPtrArray *breakpoints)
{
  GtkListBox *box = GTK_LIST_BOX (list);
  UiSession *session = g_object_get_data (G_OBJECT (list), "session");
  GtkListBoxRow *row;

  for (guint i = 0; i < breakpoints->len; i++)
    {
      if (gtk_list_box_get_row_at_index (box, (int)i) == NULL)
        add_row (box, session);
      show_row (gtk_list_box_get_row_at_index (box, (int)i), breakpoints->pdata[i]);
    }
  while ((row = gtk_list_box_get_row_at_index (box, (int)breakpoints->len)) != NULL)
    gtk_list_box_remove (box, GTK_WIDGET (row));
  gtk_widget_set_visible (list, breakpoints->len > 0);
}

GtkWidget *
breakpoints_list_new (UiSession *session)
{
  GtkWidget *list = gtk_list_box_new ();

  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_accessible_update_property (GTK_ACCESSIBLE (list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Breakpoints"), -1);
  g_object_set_data_full (G_OBJECT (list), "session", g_object_ref (session), g_object_unref);
  g_signal_connect (list, "row-activated", G_CALLBACK (on_activated), session);
  return list;
}
