/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which rows there are, from the tasks: as they are, below their parents, or by what they have in common. */

#include "rows-private.h"

#include <string.h>
#include <glib/gi18n-lib.h>

gboolean
timeline_rows_has (GHashTable *set, guint key)
{
  return g_hash_table_contains (set, GUINT_TO_POINTER (key));
}

int
timeline_rows_find_pinned (TimelineRows *self, guint track)
{
  for (guint i = 0; i < self->pinned->len; i++)
    if (g_array_index (self->pinned, guint, i) == track)
      return (int)i;
  return -1;
}

/* It has a place of its own among the others. */
static gboolean
is_shown (TimelineRows *self, guint track)
{
  return !timeline_rows_has (self->hidden, track) && timeline_rows_find_pinned (self, track) < 0;
}

/* As a task: processes are told after them. */
static gboolean
is_listed (TimelineRows *self, guint track)
{
  return is_shown (self, track) && !timeline_processes_has (self->processes, track);
}

void
timeline_rows_add (TimelineRows *self, TimelineRow row)
{
  if (row.track != G_MAXUINT)
    g_array_index (self->row_of, guint, row.track) = self->rows->len + 1;
  g_array_append_val (self->rows, row);
}

static void
add_plain (TimelineRows *self)
{
  g_autofree guint *tracks = g_new (guint, self->n_tracks + 1);
  guint n = 0;

  for (guint i = 0; i < self->n_tracks; i++)
    if (is_listed (self, i))
      tracks[n++] = i;
  timeline_ordering_sort (self->ordering, self->history, self->order, tracks, n);
  for (guint i = 0; i < n; i++)
    timeline_rows_add (self, (TimelineRow){ .track = tracks[i], .group = G_MAXUINT });
}

/* ---- By parent --------------------------------------------------------------------------------- */

#define MAX_DEPTH 1000

typedef struct
{
  guint *first, *next; /* by track: child, sibling; +1 */
} Tree;

/* Children in the order that is asked for: they are put before one another, the last one first. */
static guint
plant (TimelineRows *self, Tree *tree)
{
  g_autofree guint *tracks = g_new (guint, self->n_tracks + 1);
  guint root = 0;

  for (guint i = 0; i < self->n_tracks; i++)
    tracks[i] = i;
  timeline_ordering_sort (self->ordering, self->history, self->order, tracks, self->n_tracks);
  for (guint i = self->n_tracks; i > 0; i--)
    {
      guint track = tracks[i - 1], parent;
      InspectorTrack info;
      guint *place = &root;

      inspector_history_get_track (self->history, track, &info);
      /* A parent comes before its children: with anything else there could be a circle. */
      if (info.parent != 0 && inspector_history_find_track (self->history, info.parent, &parent) &&
          parent < track)
        place = &tree->first[parent];
      tree->next[track] = *place;
      *place = track + 1;
    }
  return root;
}

static void
add_tree (TimelineRows *self)
{
  Tree tree = { g_new0 (guint, self->n_tracks + 1), g_new0 (guint, self->n_tracks + 1) };
  g_autoptr (GArray) stack = g_array_new (FALSE, FALSE, sizeof (guint));
  guint at = plant (self, &tree);

  while (at != 0 || stack->len > 0)
    {
      guint track;
      gboolean is_folded;

      if (at == 0)
        {
          at = g_array_index (stack, guint, stack->len - 1);
          g_array_set_size (stack, stack->len - 1);
          continue;
        }
      track = at - 1;
      is_folded = timeline_rows_has (self->folded, track);
      if (is_listed (self, track))
        timeline_rows_add (self, (TimelineRow){ .track = track,
                                                .group = G_MAXUINT,
                                                .depth = (guint16)MIN (stack->len, MAX_DEPTH),
                                                .has_children = tree.first[track] != 0,
                                                .is_folded = is_folded });
      at = tree.next[track];
      if (tree.first[track] != 0 && !is_folded)
        {
          g_array_append_val (stack, at);
          at = tree.first[track];
        }
    }
  g_free (tree.first);
  g_free (tree.next);
}

/* ---- By what they have in common --------------------------------------------------------------- */

typedef struct
{
  guint key;
  GArray *tracks;
} Bucket;

static void
bucket_clear (gpointer data)
{
  g_array_unref (((Bucket *)data)->tracks);
}

static void
add_bucket (TimelineRows *self, const Bucket *bucket)
{
  TimelineGroup *group = g_new0 (TimelineGroup, 1);
  /* Tracks and groups share the set of what is folded. */
  gboolean is_folded = timeline_rows_has (self->folded, G_MAXUINT - bucket->key);

  group->is_of_processes = bucket->key == TIMELINE_KEY_OF_PROCESSES;
  group->label = group->is_of_processes
                     ? g_strdup (_ ("processes"))
                     : timeline_ordering_dup_group (self->ordering, self->history, self->grouping,
                                                    g_array_index (bucket->tracks, guint, 0));
  group->key = bucket->key;
  group->n_tasks = bucket->tracks->len;
  g_ptr_array_add (self->groups, group);
  timeline_rows_add (self, (TimelineRow){ .track = G_MAXUINT,
                                          .group = self->groups->len - 1,
                                          .has_children = TRUE,
                                          .is_folded = is_folded });
  timeline_ordering_sort (self->ordering, self->history, self->order, (guint *)bucket->tracks->data,
                          bucket->tracks->len);
  for (guint i = 0; i < bucket->tracks->len && !is_folded; i++)
    timeline_rows_add (self, (TimelineRow){ .track = g_array_index (bucket->tracks, guint, i),
                                            .group = self->groups->len - 1,
                                            .depth = 1 });
}

static void
add_groups (TimelineRows *self)
{
  g_autoptr (GArray) buckets = g_array_new (FALSE, FALSE, sizeof (Bucket));
  g_autoptr (GHashTable) by_key = g_hash_table_new (NULL, NULL); /* index + 1 */

  g_array_set_clear_func (buckets, bucket_clear);
  for (guint track = 0; track < self->n_tracks; track++)
    {
      guint key, index;

      if (!is_listed (self, track))
        continue;
      key = timeline_ordering_get_group (self->ordering, self->history, self->grouping, track);
      index = GPOINTER_TO_UINT (g_hash_table_lookup (by_key, GUINT_TO_POINTER (key)));
      if (index == 0)
        {
          Bucket bucket = { key, g_array_new (FALSE, FALSE, sizeof (guint)) };

          g_array_append_val (buckets, bucket);
          index = buckets->len;
          g_hash_table_insert (by_key, GUINT_TO_POINTER (key), GUINT_TO_POINTER (index));
        }
      g_array_append_val (g_array_index (buckets, Bucket, index - 1).tracks, track);
    }
  for (guint i = 0; i < buckets->len; i++)
    add_bucket (self, &g_array_index (buckets, Bucket, i));
}

/* Other processes are no tasks of the program: they stand at the end, however tasks are grouped. */
static void
add_processes (TimelineRows *self)
{
  g_autoptr (GArray) tracks = g_array_new (FALSE, FALSE, sizeof (guint));
  const Bucket bucket = { TIMELINE_KEY_OF_PROCESSES, tracks };

  if (timeline_processes_get_n (self->processes) == 0)
    return;
  for (guint track = 0; track < self->n_tracks; track++)
    if (is_shown (self, track) && timeline_processes_has (self->processes, track))
      g_array_append_val (tracks, track);
  if (tracks->len > 0)
    add_bucket (self, &bucket);
}

void
timeline_rows_build (TimelineRows *self)
{
  g_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->groups, 0);
  g_array_set_size (self->row_of, self->n_tracks);
  memset (self->row_of->data, 0, self->n_tracks * sizeof (guint));
  for (guint i = 0; i < self->pinned->len; i++)
    timeline_rows_add (
        self, (TimelineRow){ .track = g_array_index (self->pinned, guint, i), .group = G_MAXUINT });
  if (self->grouping == TIMELINE_GROUP_NONE)
    add_plain (self);
  else if (self->grouping == TIMELINE_GROUP_PARENT)
    add_tree (self);
  else
    add_groups (self);
  add_processes (self);
}
