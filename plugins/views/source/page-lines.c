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

void
source_page_show_tasks_of_line (SourcePage *self, guint line)
{
  g_autoptr (GArray) rows = g_array_new (FALSE, FALSE, sizeof (InspectorRow));
  guint n = 0;

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
  source_line_panel_set_tasks (self->panel, rows, n);
}

void
source_page_show_line (SourcePage *self)
{
  guint line = source_viewer_get_line (self->viewer);
  g_autofree char *title = NULL;

  if (self->told == NULL || self->document == NULL)
    return;
  title = dup_title (self, line);
  source_line_panel_set_line (self->panel, title, self->lines, line);
  source_page_show_tasks_of_line (self, line);
}

void
source_page_show_marks (SourcePage *self)
{
  SourceMarks *marks = source_viewer_get_marks (self->viewer);
  g_autoptr (GHashTable) counts = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key, value;

  source_marks_clear (marks, SOURCE_MARK_TASKS);
  for (guint i = 0; self->told != NULL && self->tasks != NULL && i < self->tasks->len; i++)
    {
      const SourceTasksAt *at = self->tasks->pdata[i];
      guint line;
      const char *file =
          source_places_get (self->places, at->program, at->track, at->location, &line);
      gpointer number = GUINT_TO_POINTER (line);

      if (line > 0 && g_str_equal (file, self->told))
        g_hash_table_insert (
            counts, number,
            GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (counts, number)) + at->n));
    }
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
