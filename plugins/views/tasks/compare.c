/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

/* From one table to the next: what a list has to be told. Telling of many places costs more than reading
 * what is shown again: then lines that are there before and after count as the same, whatever they are. */

#define MAX_CHANGES 24u
#define MAX_LINES 64u
#define NONE G_MAXUINT32

typedef struct
{
  const TasksTable *table;
  guint32 *by_track; /* line of each task */
  guint n_tracks;
  GHashTable *by_key; /* key of a group: line */
} Index;

static Index
index_new (const TasksTable *table)
{
  Index self = { .table = table, .by_key = g_hash_table_new (NULL, NULL) };

  for (guint i = 0; i < table->rows->len; i++)
    self.n_tracks = MAX (self.n_tracks, g_array_index (table->rows, TasksRow, i).track + 1);
  self.by_track = g_new (guint32, self.n_tracks + 1);
  for (guint i = 0; i < self.n_tracks; i++)
    self.by_track[i] = NONE;
  for (guint i = 0; i < table->lines->len; i++)
    if (tasks_table_get_group (table, i) != NULL)
      g_hash_table_insert (self.by_key, GSIZE_TO_POINTER (tasks_table_get_key (table, i)),
                           GUINT_TO_POINTER (i));
    else
      self.by_track[tasks_table_get_row (table, i)->track] = i;
  return self;
}

static guint32
find (const Index *self, const TasksTable *from, guint line)
{
  const TasksGroupInfo *group = tasks_table_get_group (from, line);
  gpointer found;
  guint track;

  if (group != NULL)
    return g_hash_table_lookup_extended (self->by_key, GSIZE_TO_POINTER (group->key), NULL, &found)
               ? GPOINTER_TO_UINT (found)
               : NONE;
  track = tasks_table_get_row (from, line)->track;
  return track < self->n_tracks ? self->by_track[track] : NONE;
}

static void
add_change (TasksTable *self, guint position, guint n_removed, guint n_added)
{
  const TasksChange change = { position, n_removed, n_added };

  if (n_removed > 0 || n_added > 0)
    g_array_append_val (self->changes, change);
}

/* FALSE: what stays has changed places, or too much has come and gone. */
static gboolean
find_changes (TasksTable *self, const TasksTable *previous, const Index *index)
{
  guint old_line = 0, new_line = 0, n_told = 0;
  guint n_old = previous->lines->len, n_new = self->lines->len;

  while (old_line < n_old || new_line < n_new)
    {
      guint n_removed = 0;
      guint32 stays = NONE;

      while (old_line < n_old && (stays = find (index, previous, old_line)) == NONE)
        {
          old_line++;
          n_removed++;
        }
      if (stays == NONE)
        stays = n_new;
      if (stays < new_line)
        return FALSE;
      add_change (self, new_line, n_removed, stays - new_line);
      n_told += n_removed + stays - new_line;
      if (self->changes->len > MAX_CHANGES || n_told > MAX_LINES)
        return FALSE;
      new_line = stays;
      if (new_line < n_new)
        {
          new_line++;
          old_line++;
        }
    }
  return TRUE;
}

void
tasks_table_compare (TasksTable *self, const TasksTable *previous)
{
  guint n_old = tasks_table_get_n_lines (previous), n_new = self->lines->len;
  Index index;

  if (previous == NULL)
    {
      add_change (self, 0, 0, n_new);
      return;
    }
  index = index_new (self);
  if (!find_changes (self, previous, &index))
    {
      g_array_set_size (self->changes, 0);
      self->has_moved = TRUE;
      add_change (self, MIN (n_old, n_new), n_old - MIN (n_old, n_new), n_new - MIN (n_old, n_new));
    }
  g_free (index.by_track);
  g_hash_table_unref (index.by_key);
}
