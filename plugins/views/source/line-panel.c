/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "line-panel.h"

#include <glib/gi18n-lib.h>

#include <colours.h>

#define HEIGHT 140

struct _SourceLinePanel
{
  GtkWidget parent_instance;
  UiSession *session;
  GtkWidget *paned;
  GtkWidget *title, *text, *slowest;
  GtkWidget *heading, *list;
  const SourceLines *lines; /* the page's */
  guint line;
  guint n_tasks; /* that are there */
};

G_DEFINE_TYPE (SourceLinePanel, source_line_panel, GTK_TYPE_WIDGET)

gboolean
source_line_panel_select_slowest (UiSession *session, const SourceLines *lines, guint line)
{
  InspectorHistory *history = ui_session_get_history (session);
  const SourceLine *found = lines != NULL ? source_lines_find (lines, line) : NULL;
  const InspectorProfileRow *row = found != NULL ? source_line_get_worst (lines, found) : NULL;
  InspectorTrack track;
  guint index;

  if (row == NULL ||
      !inspector_history_find_task (history, row->pid, row->task, row->at_ns, &index) ||
      !inspector_history_get_track (history, index, &track))
    return FALSE;
  ui_session_set_cursor (session, row->at_ns + row->took_ns / 2);
  ui_session_set_selection (session, track.number);
  return TRUE;
}

static void
show_text (SourceLinePanel *self)
{
  const SourceLine *found =
      self->lines != NULL ? source_lines_find (self->lines, self->line) : NULL;
  g_autofree char *text = found != NULL ? source_line_dup_text (self->lines, found) : NULL;

  if (text == NULL)
    text = g_strdup (self->n_tasks > 0
                         ? _ ("There are no figures of this line: what is here now is not over.")
                         : _ ("Nothing waited here, ran or was begun, as far as is known."));
  gtk_label_set_text (GTK_LABEL (self->text), text);
}

void
source_line_panel_set_line (SourceLinePanel *self, const char *title, const SourceLines *lines,
                            guint line)
{
  const SourceLine *found = lines != NULL ? source_lines_find (lines, line) : NULL;

  self->lines = lines;
  self->line = line;
  gtk_label_set_text (GTK_LABEL (self->title), title);
  show_text (self);
  gtk_widget_set_visible (self->slowest,
                          found != NULL && source_line_get_worst (lines, found) != NULL);
}

static char *
dup_task (SourceLinePanel *self, const InspectorRow *row)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  gint64 at_ns = ui_session_get_cursor (self->session);
  g_autofree char *age = inspector_format_duration (MAX (at_ns - row->since_ns, 0));
  g_autofree char *name = NULL;
  guint index;

  if (!inspector_history_find_track (history, row->number, &index))
    return g_strdup ("");
  name = inspector_history_dup_name (history, index);
  /* Of the one instant of a core file it is not known since when. */
  return g_strdup_printf ("#%" G_GUINT64_FORMAT " %s   %s%s%s", row->number, name,
                          ui_state_get_name (row->state), at_ns > row->since_ns ? ", " : "",
                          at_ns > row->since_ns ? age : "");
}

static GtkWidget *
get_row (SourceLinePanel *self, guint index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int)index);
  GtkWidget *label;

  if (row != NULL)
    return GTK_WIDGET (row);
  label = gtk_label_new ("");
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_box_append (GTK_LIST_BOX (self->list), label);
  return GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int)index));
}

void
source_line_panel_set_tasks (SourceLinePanel *self, GArray *rows, guint n)
{
  g_autofree char *count = inspector_format_count (n);
  g_autofree char *heading =
      n > 0 ? g_strdup_printf (ngettext ("%s task is here now", "%s tasks are here now", n), count)
            : g_strdup (_ ("No task is here now"));
  GtkListBoxRow *more;

  gtk_label_set_text (GTK_LABEL (self->heading), heading);
  if ((n > 0) != (self->n_tasks > 0))
    {
      self->n_tasks = n;
      show_text (self);
    }
  for (guint i = 0; i < rows->len; i++)
    {
      const InspectorRow *task = &g_array_index (rows, InspectorRow, i);
      GtkWidget *row = get_row (self, i);
      g_autofree char *text = dup_task (self, task);

      gtk_label_set_text (GTK_LABEL (gtk_list_box_row_get_child (GTK_LIST_BOX_ROW (row))), text);
      gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, text,
                                      -1);
      g_object_set_data (G_OBJECT (row), "task", GSIZE_TO_POINTER (task->number));
    }
  while ((more = gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), (int)rows->len)) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), GTK_WIDGET (more));
}

static void
on_row_activated (GtkListBox *list, GtkListBoxRow *row, SourceLinePanel *self)
{
  ui_session_set_selection (self->session,
                            GPOINTER_TO_SIZE (g_object_get_data (G_OBJECT (row), "task")));
}

static void
on_slowest_clicked (GtkButton *button, SourceLinePanel *self)
{
  source_line_panel_select_slowest (self->session, self->lines, self->line);
}

/* ---- The widget -------------------------------------------------------------------------------- */

static void
source_line_panel_dispose (GObject *object)
{
  SourceLinePanel *self = SOURCE_LINE_PANEL (object);

  g_clear_pointer (&self->paned, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (source_line_panel_parent_class)->dispose (object);
}

static void
source_line_panel_class_init (SourceLinePanelClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = source_line_panel_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static GtkWidget *
new_scrolled (GtkWidget *child)
{
  GtkWidget *scrolled = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), child);
  gtk_widget_set_vexpand (scrolled, TRUE);
  return scrolled;
}

static GtkWidget *
add_label (GtkWidget *box, const char *style)
{
  GtkWidget *label = gtk_label_new ("");

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_widget_add_css_class (label, style);
  gtk_box_append (GTK_BOX (box), label);
  return label;
}

static GtkWidget *
new_side (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 4);

  gtk_widget_set_margin_start (box, 12);
  gtk_widget_set_margin_end (box, 12);
  gtk_widget_set_margin_top (box, 6);
  gtk_widget_set_margin_bottom (box, 6);
  gtk_widget_set_hexpand (box, TRUE);
  return box;
}

static GtkWidget *
new_line_side (SourceLinePanel *self)
{
  GtkWidget *box = new_side ();
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->title = add_label (head, "heading");
  gtk_widget_set_hexpand (self->title, TRUE);
  gtk_label_set_ellipsize (GTK_LABEL (self->title), PANGO_ELLIPSIZE_START);
  self->slowest = gtk_button_new_with_mnemonic (_ ("Select the _longest"));
  gtk_widget_set_tooltip_text (self->slowest,
                               _ ("Selects its task, and goes to the middle of that time"));
  g_signal_connect (self->slowest, "clicked", G_CALLBACK (on_slowest_clicked), self);
  gtk_box_append (GTK_BOX (head), self->slowest);
  gtk_box_append (GTK_BOX (box), head);
  self->text = gtk_label_new ("");
  gtk_label_set_xalign (GTK_LABEL (self->text), 0);
  gtk_label_set_yalign (GTK_LABEL (self->text), 0);
  gtk_label_set_wrap (GTK_LABEL (self->text), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (self->text), PANGO_WRAP_WORD_CHAR);
  gtk_box_append (GTK_BOX (box), new_scrolled (self->text));
  return box;
}

static GtkWidget *
new_tasks_side (SourceLinePanel *self)
{
  GtkWidget *box = new_side ();

  self->heading = add_label (box, "heading");
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Tasks that are at this line"), -1);
  g_signal_connect (self->list, "row-activated", G_CALLBACK (on_row_activated), self);
  gtk_box_append (GTK_BOX (box), new_scrolled (self->list));
  return box;
}

static void
source_line_panel_init (SourceLinePanel *self)
{
  self->paned = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);
  gtk_box_set_homogeneous (GTK_BOX (self->paned), TRUE);
  gtk_box_append (GTK_BOX (self->paned), new_line_side (self));
  gtk_box_append (GTK_BOX (self->paned), new_tasks_side (self));
  gtk_widget_set_size_request (self->paned, -1, HEIGHT);
  gtk_widget_set_parent (self->paned, GTK_WIDGET (self));
}

GtkWidget *
source_line_panel_new (UiSession *session)
{
  SourceLinePanel *self = g_object_new (SOURCE_TYPE_LINE_PANEL, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
