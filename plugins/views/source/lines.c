/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "lines.h"

#include <glib/gi18n-lib.h>

/* Tables whose rows are of a line; paths are of many, and wake-ups are the tasks once more. */
static const struct
{
  InspectorProfileTable of;
  gboolean waits;
  const char *title;
} tables[] = {
  { INSPECTOR_PROFILE_OPERATIONS, TRUE, N_ ("Waited for here") },
  { INSPECTOR_PROFILE_LOCKS, TRUE, N_ ("A lock that is waited for here") },
  { INSPECTOR_PROFILE_CALLBACKS, FALSE, N_ ("A callback, which is here") },
  { INSPECTOR_PROFILE_TASKS, FALSE, N_ ("Tasks that begin here") },
};

static void
line_free (gpointer data)
{
  SourceLine *line = data;

  g_array_unref (line->rows);
  g_free (line);
}

static gint64
get_figure (const InspectorProfileRow *row, InspectorProfileTable of, const char *id)
{
  const InspectorProfileColumn *columns;
  guint n;

  columns = inspector_profile_table_get_columns (of, &n);
  for (guint i = 0; i < n; i++)
    if (g_str_equal (columns[i].id, id))
      return row->figures[i];
  return 0;
}

static SourceLine *
get_line (GHashTable *known, GPtrArray *lines, guint number)
{
  SourceLine *line = g_hash_table_lookup (known, GUINT_TO_POINTER (number));

  if (line != NULL)
    return line;
  line = g_new0 (SourceLine, 1);
  line->line = number;
  line->rows = g_array_new (FALSE, FALSE, sizeof (SourceRow));
  g_hash_table_insert (known, GUINT_TO_POINTER (number), line);
  g_ptr_array_add (lines, line);
  return line;
}

/* A lock that was waited for is an operation of that place already; a line at which something waits is
 * not said to run for as long as its callback did. */
static void
add_row (SourceLine *line, InspectorProfileTable of, gboolean waits, guint index,
         const InspectorProfileRow *row)
{
  gboolean counts = of != INSPECTOR_PROFILE_LOCKS && (waits || !line->waits);

  g_array_append_val (line->rows, ((SourceRow){ of, index }));
  if (!counts)
    return;
  line->n_pending += (guint64)get_figure (row, of, "pending");
  line->waits = waits;
  line->count += (guint64)get_figure (row, of, "count");
  line->total_ns += get_figure (row, of, "total_ns");
  line->max_ns = MAX (line->max_ns, get_figure (row, of, "max_ns"));
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const SourceLine *x = *(SourceLine *const *)a, *y = *(SourceLine *const *)b;

  return x->line < y->line ? -1 : x->line > y->line;
}

SourceLines *
source_lines_new (InspectorFigures *figures, const char *file)
{
  SourceLines *self = g_new0 (SourceLines, 1);
  g_autoptr (GHashTable) known = g_hash_table_new (NULL, NULL);

  self->figures = g_object_ref (figures);
  self->lines = g_ptr_array_new_with_free_func (line_free);
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    for (guint j = 0; j < inspector_figures_get_n_rows (figures, tables[i].of); j++)
      {
        const InspectorProfileRow *row = inspector_figures_get_row (figures, tables[i].of, j);

        if (row->line > 0 && g_str_equal (row->file, file))
          add_row (get_line (known, self->lines, row->line), tables[i].of, tables[i].waits, j, row);
      }
  g_ptr_array_sort (self->lines, compare);
  for (guint i = 0; i < self->lines->len; i++)
    self->most_ns = MAX (self->most_ns, ((SourceLine *)self->lines->pdata[i])->total_ns);
  return self;
}

void
source_lines_free (SourceLines *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->lines);
  g_object_unref (self->figures);
  g_free (self);
}

const SourceLine *
source_lines_find (const SourceLines *self, guint line)
{
  guint low = 0, high = self->lines->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const SourceLine *at = self->lines->pdata[middle];

      if (at->line == line)
        return at;
      if (at->line < line)
        low = middle + 1;
      else
        high = middle;
    }
  return NULL;
}

char *
source_line_dup_short (const SourceLine *line)
{
  g_autofree char *count = inspector_format_count (line->count);
  g_autofree char *total = inspector_format_duration (line->total_ns);
  g_autofree char *pending = inspector_format_count (line->n_pending);

  if (line->count == 0 && line->n_pending == 0)
    return g_strdup ("");
  if (line->count == 0)
    return g_strdup_printf (ngettext ("%s not over", "%s not over", (gulong)line->n_pending),
                            pending);
  return g_strdup_printf ("%s × %s", count, total);
}

static void
put (GString *text, const char *part, const char *separator)
{
  if (*part == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, separator);
  g_string_append (text, part);
}

static const char *
get_title (InspectorProfileTable of)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++)
    if (tables[i].of == of)
      return _ (tables[i].title);
  return "";
}

/* "8 times, 8.9 s in all, longest 7.9 s"; "" where nothing of it is over */
static char *
dup_figures (const InspectorProfileRow *row, InspectorProfileTable of)
{
  gint64 n = get_figure (row, of, "count");
  g_autofree char *count = inspector_format_count ((guint64)n);
  g_autofree char *total = inspector_format_duration (get_figure (row, of, "total_ns"));
  g_autofree char *longest = inspector_format_duration (get_figure (row, of, "max_ns"));

  if (n == 0)
    return g_strdup ("");
  return g_strdup_printf (
      ngettext ("%s time, %s in all, longest %s", "%s times, %s in all, longest %s", (gulong)n),
      count, total, longest);
}

char *
source_line_dup_text (const SourceLines *self, const SourceLine *line)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < line->rows->len; i++)
    {
      const SourceRow *at = &g_array_index (line->rows, SourceRow, i);
      const InspectorProfileRow *row = inspector_figures_get_row (self->figures, at->of, at->index);
      g_autofree char *figures = dup_figures (row, at->of);

      put (text, get_title (at->of), "\n\n");
      put (text, *row->what != '\0' ? row->what : row->name, ": ");
      put (text, figures, "\n");
      put (text, row->details, "\n");
      put (text, row->advice, "\n");
    }
  return g_string_free (text, FALSE);
}

const InspectorProfileRow *
source_line_get_worst (const SourceLines *self, const SourceLine *line)
{
  const InspectorProfileRow *worst = NULL;

  for (guint i = 0; i < line->rows->len; i++)
    {
      const SourceRow *at = &g_array_index (line->rows, SourceRow, i);
      const InspectorProfileRow *row = inspector_figures_get_row (self->figures, at->of, at->index);

      if (row->task != 0 && (worst == NULL || row->took_ns > worst->took_ns))
        worst = row;
    }
  return worst;
}
