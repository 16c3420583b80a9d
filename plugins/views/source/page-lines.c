/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "page-private.h"

/* "client.c:200" */
static char *
dup_title (SourcePage *self, guint line)
{
  g_autofree char *name = g_path_get_basename (self->told);

  return g_strdup_printf ("%s:%u", name, line);
}

/* The selected task is where it has asked, or stands still; of others only the place of what they wait for first is
 * known. */
static gboolean
get_row_here (SourcePage *self, InspectorRow *ret_row, guint *ret_index)
{
  InspectorHistory *history = ui_session_get_history (self->session);
  guint64 number = ui_session_get_selection (self->session);
  gint64 at_ns = ui_session_get_cursor (self->session);

  return g_strcmp0 (self->here.file, self->told) == 0 && self->told != NULL &&
         inspector_history_find_track (history, number, ret_index) &&
         inspector_history_get_rows (history, *ret_index, 1, at_ns, ret_row) == 1 &&
         ret_row->state != INSPECTOR_STATE_NONE;
}

/* Whether the reading of the selected task leads to the line at which it is, too. */
static gboolean
is_counted_here (SourcePage *self, const InspectorRow *row, guint index)
{
  guint line = 0;
  const char *file = source_places_get (self->places, row->program, index, row->location, &line);

  return line == self->here.line && g_str_equal (file, self->told);
}

void
source_page_show_tasks_of_line (SourcePage *self, guint line)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (InspectorRow));
  InspectorRow selected;
  guint index, n = 0;

  for (guint i = 0; self->tasks != NULL && i < self->tasks->len; i++)
    {
      const SourceTasksAt *at = self->tasks->pdata[i];
      guint at_line;
      const char *file =
          source_places_get (self->places, at->program, at->track, at->location, &at_line);

      if (at_line != line || !g_str_equal (file, self->told))
        continue;
      n += at->n;
      g_array_append_vals (rows, at->rows->data, at->rows->len);
    }
  if (line == self->here.line && get_row_here (self, &selected, &index) &&
      !is_counted_here (self, &selected, index))
    {
      g_array_prepend_val (rows, selected);
      n++;
    }
  source_line_panel_set_tasks (self->panel, rows, n);
}

void
source_page_show_line (SourcePage *self)
{
  guint line = source_viewer_get_line (self->viewer);
  g_autofree char *title = NULL;

  if (self->told == NULL || self->document == NULL)
    {
      source_line_panel_set_line (self->panel, "", NULL, 0);
      return;
    }
  title = dup_title (self, line);
  source_line_panel_set_line (self->panel, title, self->lines, line);
  source_page_show_tasks_of_line (self, line);
}

static void
add_to_line (GHashTable *counts, guint line, guint n)
{
  guint before = GPOINTER_TO_UINT (g_hash_table_lookup (counts, GUINT_TO_POINTER (line)));

  g_hash_table_insert (counts, GUINT_TO_POINTER (line), GUINT_TO_POINTER (before + n));
}

void
source_page_show_marks (SourcePage *self)
{
  SourceMarks *marks = source_viewer_get_marks (self->viewer);
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key, value;
  InspectorRow selected;
  guint index;

  source_marks_clear (marks, SOURCE_MARK_TASKS);
  for (guint i = 0; self->told != NULL && self->tasks != NULL && i < self->tasks->len; i++)
    {
      const SourceTasksAt *at = self->tasks->pdata[i];
      guint line;
      const char *file =
          source_places_get (self->places, at->program, at->track, at->location, &line);

      if (line > 0 && g_str_equal (file, self->told))
        add_to_line (counts, line, at->n);
    }
  if (self->tasks != NULL && get_row_here (self, &selected, &index) &&
      !is_counted_here (self, &selected, index))
    add_to_line (counts, self->here.line, 1);
  g_hash_table_iter_init (&iter, counts);
  while (g_hash_table_iter_next (&iter, &key, &value))
    source_marks_set (marks, SOURCE_MARK_TASKS, GPOINTER_TO_UINT (key), GPOINTER_TO_UINT (value));
}

void
source_page_show_here (SourcePage *self)
{
  gboolean is_in_file = self->here.file != NULL && g_strcmp0 (self->here.file, self->told) == 0;

  source_viewer_set_here (self->viewer, is_in_file ? self->here.line : 0, self->here.state);
  gtk_label_set_text (GTK_LABEL (self->status), self->here.text != NULL ? self->here.text : "");
  gtk_widget_set_tooltip_text (self->status, self->here.text);
  source_page_show_marks (self);
  if (self->told != NULL)
    source_page_show_tasks_of_line (self, source_viewer_get_line (self->viewer));
}

void
source_page_show_lines (SourcePage *self)
{
  SourceLines *before = self->lines;

  self->lines = self->figures != NULL && self->told != NULL
                    ? source_lines_new (self->figures, self->told)
                    : NULL;
  source_times_set_lines (source_viewer_get_times (self->viewer), self->lines);
  source_page_show_line (self);
  source_lines_free (before);
}
