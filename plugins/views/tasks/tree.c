/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

/* Tasks below those that began them. */

#define MAX_DEPTH 64u
#define NONE G_MAXUINT32

typedef struct
{
  TasksTable *table;
  const TasksRequest *request;
  const guint8 *matching;
  guint8 *is_shown;                    /* by row */
  guint32 *parents;                    /* by row */
  guint32 *first_child, *next_sibling; /* in the sorted order */
} Tree;

/* Rows come in the order of tracks, which is nearly that of their numbers, but not quite. */
static guint32
find_row (GHashTable *rows, guint64 number)
{
  gpointer row;

  return g_hash_table_lookup_extended (rows, GSIZE_TO_POINTER (number), NULL, &row)
             ? GPOINTER_TO_UINT (row)
             : NONE;
}

static void
find_parents (Tree *self)
{
  GArray *rows = self->table->rows;
  g_autoptr (GHashTable) by_number = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < rows->len; i++)
    g_hash_table_insert (by_number,
                         GSIZE_TO_POINTER (g_array_index (rows, TasksRow, i).said.number),
                         GUINT_TO_POINTER (i));
  for (guint i = 0; i < rows->len; i++)
    {
      guint64 parent = g_array_index (rows, TasksRow, i).said.parent;

      self->parents[i] = parent != 0 ? find_row (by_number, parent) : NONE;
      /* A parent is never younger: a program that says so is not followed in circles. */
      if (self->parents[i] != NONE &&
          g_array_index (rows, TasksRow, self->parents[i]).said.number >=
              g_array_index (rows, TasksRow, i).said.number)
        self->parents[i] = NONE;
    }
}

/* What matches, and what it is below of. */
static guint
show_rows (Tree *self, guint32 *shown)
{
  guint n = 0;

  for (guint i = 0; i < self->table->rows->len; i++)
    for (guint32 row = self->matching[i] ? i : NONE; row != NONE && !self->is_shown[row];
         row = self->parents[row])
      self->is_shown[row] = TRUE;
  for (guint i = 0; i < self->table->rows->len; i++)
    if (self->is_shown[i])
      shown[n++] = i;
  return n;
}

static guint32
link_rows (Tree *self, const guint32 *shown, guint n)
{
  guint32 first_root = NONE;

  for (guint i = n; i > 0; i--)
    {
      guint32 row = shown[i - 1], parent = self->parents[row];
      guint32 *head = parent != NONE ? &self->first_child[parent] : &first_root;

      self->next_sibling[row] = *head;
      *head = row;
    }
  return first_root;
}

static gboolean
is_open (const Tree *self, guint32 row)
{
  guint64 number = g_array_index (self->table->rows, TasksRow, row).said.number;

  return self->request->toggled == NULL ||
         !g_hash_table_contains (self->request->toggled, GSIZE_TO_POINTER (number));
}

/* Down, else to the side, else up: without recursion, for a chain may be long. */
static void
walk (Tree *self, guint32 row)
{
  guint depth = 0;

  while (row != NONE)
    {
      gboolean has_children = self->first_child[row] != NONE;
      TasksLine line = { .row = row, .depth = (guint16)MIN (depth, MAX_DEPTH) };

      if (has_children)
        line.flags |= TASKS_LINE_HAS_CHILDREN | (is_open (self, row) ? TASKS_LINE_IS_OPEN : 0);
      if (!self->matching[row])
        line.flags |= TASKS_LINE_IS_DIM;
      g_array_append_val (self->table->lines, line);
      if ((line.flags & TASKS_LINE_IS_OPEN) != 0)
        {
          row = self->first_child[row];
          depth++;
          continue;
        }
      while (row != NONE && self->next_sibling[row] == NONE)
        {
          row = self->parents[row];
          depth--;
        }
      if (row != NONE)
        row = self->next_sibling[row];
    }
}

static guint32 *
new_links (guint n)
{
  guint32 *links = g_new (guint32, n + 1);

  for (guint i = 0; i < n; i++)
    links[i] = NONE;
  return links;
}

void
tasks_table_grow_tree (TasksTable *table, const TasksRequest *request, const guint8 *matching)
{
  guint n = table->rows->len, n_shown;
  g_autofree guint8 *is_shown = g_new0 (guint8, n + 1);
  g_autofree guint32 *parents = g_new (guint32, n + 1), *first_child = new_links (n),
                     *next_sibling = new_links (n), *shown = g_new (guint32, n + 1);
  Tree self = { table, request, matching, is_shown, parents, first_child, next_sibling };

  find_parents (&self);
  n_shown = show_rows (&self, shown);
  tasks_table_sort_rows (table, request, shown, n_shown);
  walk (&self, link_rows (&self, shown, n_shown));
}
