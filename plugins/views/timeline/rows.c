/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "rows.h"

#include <string.h>

#include "order.h"

struct _TimelineRows
{
  InspectorHistory *history;
  TimelineGrouping grouping;
  TimelineOrder order;
  guint n_tracks; /* that are known */

  GArray *rows;       /* TimelineRow */
  GArray *row_of;     /* guint by track: row + 1; 0: it has none */
  GPtrArray *groups;  /* TimelineGroup */
  GArray *pinned;     /* guint: tracks */
  GHashTable *hidden; /* tracks */
  GHashTable *folded; /* tracks, or groups by their key */
  TimelineOrdering *ordering;
};

static void
group_free (gpointer data)
{
  TimelineGroup *group = data;

  g_free (group->label);
  g_free (group);
}

TimelineRows *
timeline_rows_new (InspectorHistory *history)
{
  TimelineRows *self = g_new0 (TimelineRows, 1);

  self->history = g_object_ref (history);
  self->rows = g_array_new (FALSE, FALSE, sizeof (TimelineRow));
  self->row_of = g_array_new (FALSE, TRUE, sizeof (guint));
  self->groups = g_ptr_array_new_with_free_func (group_free);
  self->pinned = g_array_new (FALSE, FALSE, sizeof (guint));
  self->hidden = g_hash_table_new (NULL, NULL);
  self->folded = g_hash_table_new (NULL, NULL);
  self->ordering = timeline_ordering_new ();
  return self;
}

void
timeline_rows_free (TimelineRows *self)
{
  if (self == NULL)
    return;
  g_object_unref (self->history);
  g_array_unref (self->rows);
  g_array_unref (self->row_of);
  g_ptr_array_unref (self->groups);
  g_array_unref (self->pinned);
  g_hash_table_unref (self->hidden);
  g_hash_table_unref (self->folded);
  timeline_ordering_free (self->ordering);
  g_free (self);
}

/* ---- Building ---------------------------------------------------------------------------------- */

static gboolean
contains (GHashTable *set, guint key)
{
  return g_hash_table_contains (set, GUINT_TO_POINTER (key));
}

static int
find_pinned (TimelineRows *self, guint track)
{
  for (guint i = 0; i < self->pinned->len; i++)
    if (g_array_index (self->pinned, guint, i) == track)
      return (int)i;
  return -1;
}

/* A task with a place of its own among the others. */
static gboolean
is_listed (TimelineRows *self, guint track)
{
  return !contains (self->hidden, track) && find_pinned (self, track) < 0;
}

static void
add_row (TimelineRows *self, TimelineRow row)
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
    add_row (self, (TimelineRow){ .track = tracks[i], .group = G_MAXUINT });
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
      is_folded = contains (self->folded, track);
      if (is_listed (self, track))
        add_row (self, (TimelineRow){ .track = track,
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
  gboolean is_folded = contains (self->folded, G_MAXUINT - bucket->key);

  group->label = timeline_ordering_dup_group (self->ordering, self->history, self->grouping,
                                              g_array_index (bucket->tracks, guint, 0));
  group->key = bucket->key;
  group->n_tasks = bucket->tracks->len;
  g_ptr_array_add (self->groups, group);
  add_row (self, (TimelineRow){ .track = G_MAXUINT,
                                .group = self->groups->len - 1,
                                .has_children = TRUE,
                                .is_folded = is_folded });
  timeline_ordering_sort (self->ordering, self->history, self->order, (guint *)bucket->tracks->data,
                          bucket->tracks->len);
  for (guint i = 0; i < bucket->tracks->len && !is_folded; i++)
    add_row (self, (TimelineRow){ .track = g_array_index (bucket->tracks, guint, i),
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

static void
build (TimelineRows *self)
{
  g_array_set_size (self->rows, 0);
  g_ptr_array_set_size (self->groups, 0);
  g_array_set_size (self->row_of, self->n_tracks);
  memset (self->row_of->data, 0, self->n_tracks * sizeof (guint));
  for (guint i = 0; i < self->pinned->len; i++)
    add_row (self,
             (TimelineRow){ .track = g_array_index (self->pinned, guint, i), .group = G_MAXUINT });
  if (self->grouping == TIMELINE_GROUP_NONE)
    add_plain (self);
  else if (self->grouping == TIMELINE_GROUP_PARENT)
    add_tree (self);
  else
    add_groups (self);
}

gboolean
timeline_rows_update (TimelineRows *self)
{
  guint n = inspector_history_get_n_tracks (self->history), first = self->n_tracks;

  if (n == first)
    return FALSE;
  self->n_tracks = n;
  if (self->grouping != TIMELINE_GROUP_NONE || self->order != TIMELINE_ORDER_BEGIN)
    {
      build (self);
      return TRUE;
    }
  /* The usual case: they come, and are the last. */
  g_array_set_size (self->row_of, n);
  for (guint i = first; i < n; i++)
    {
      g_array_index (self->row_of, guint, i) = 0;
      add_row (self, (TimelineRow){ .track = i, .group = G_MAXUINT });
    }
  return TRUE;
}

void
timeline_rows_set_history (TimelineRows *self, InspectorHistory *history)
{
  g_set_object (&self->history, history);
  self->n_tracks = 0;
  g_array_set_size (self->pinned, 0);
  g_hash_table_remove_all (self->hidden);
  g_hash_table_remove_all (self->folded);
  timeline_ordering_forget (self->ordering);
  build (self);
  timeline_rows_update (self);
}

/* ---- Asking ------------------------------------------------------------------------------------ */

const TimelineRow *
timeline_rows_get (TimelineRows *self, guint *ret_n)
{
  *ret_n = self->rows->len;
  return (const TimelineRow *)self->rows->data;
}

guint
timeline_rows_get_n_pinned (TimelineRows *self)
{
  return self->pinned->len;
}

gboolean
timeline_rows_find (TimelineRows *self, guint track, guint *ret_row)
{
  guint row = track < self->row_of->len ? g_array_index (self->row_of, guint, track) : 0;

  if (row == 0)
    return FALSE;
  *ret_row = row - 1;
  return TRUE;
}

const TimelineGroup *
timeline_rows_get_group (TimelineRows *self, guint group)
{
  return group < self->groups->len ? self->groups->pdata[group] : NULL;
}

TimelineGrouping
timeline_rows_get_grouping (TimelineRows *self)
{
  return self->grouping;
}

TimelineOrder
timeline_rows_get_order (TimelineRows *self)
{
  return self->order;
}

/* ---- Changing ---------------------------------------------------------------------------------- */

void
timeline_rows_set_grouping (TimelineRows *self, TimelineGrouping grouping)
{
  self->grouping = MIN (grouping, TIMELINE_GROUP_LAST);
  build (self);
}

void
timeline_rows_set_order (TimelineRows *self, TimelineOrder order)
{
  self->order = MIN (order, TIMELINE_ORDER_LAST);
  build (self);
}

gboolean
timeline_rows_is_pinned (TimelineRows *self, guint track)
{
  return find_pinned (self, track) >= 0;
}

void
timeline_rows_set_pinned (TimelineRows *self, guint track, gboolean pinned)
{
  int found = find_pinned (self, track);

  if (track >= self->n_tracks || (found >= 0) == !!pinned)
    return;
  g_hash_table_remove (self->hidden, GUINT_TO_POINTER (track));
  if (pinned)
    g_array_append_val (self->pinned, track);
  else
    g_array_remove_index (self->pinned, (guint)found);
  build (self);
}

void
timeline_rows_hide (TimelineRows *self, guint track)
{
  int found = find_pinned (self, track);

  if (track >= self->n_tracks || !g_hash_table_add (self->hidden, GUINT_TO_POINTER (track)))
    return;
  if (found >= 0)
    g_array_remove_index (self->pinned, (guint)found);
  build (self);
}

void
timeline_rows_show_hidden (TimelineRows *self)
{
  g_hash_table_remove_all (self->hidden);
  build (self);
}

guint
timeline_rows_get_n_hidden (TimelineRows *self)
{
  return g_hash_table_size (self->hidden);
}

GArray *
timeline_rows_list_hidden (TimelineRows *self)
{
  GArray *tracks = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < self->n_tracks; i++)
    if (contains (self->hidden, i))
      g_array_append_val (tracks, i);
  return tracks;
}

GArray *
timeline_rows_list_pinned (TimelineRows *self)
{
  return g_array_copy (self->pinned);
}

static void
toggle (GHashTable *set, guint key)
{
  if (!g_hash_table_remove (set, GUINT_TO_POINTER (key)))
    g_hash_table_add (set, GUINT_TO_POINTER (key));
}

void
timeline_rows_toggle_folded (TimelineRows *self, guint index)
{
  const TimelineRow *row = &g_array_index (self->rows, TimelineRow, index);

  if (index >= self->rows->len || !row->has_children)
    return;
  if (row->track != G_MAXUINT)
    toggle (self->folded, row->track);
  else
    toggle (self->folded, G_MAXUINT - timeline_rows_get_group (self, row->group)->key);
  build (self);
}

void
timeline_rows_reveal (TimelineRows *self, guint track)
{
  guint row, at = track;
  InspectorTrack info;

  if (track >= self->n_tracks || timeline_rows_find (self, track, &row))
    return;
  g_hash_table_remove (self->hidden, GUINT_TO_POINTER (track));
  if (self->grouping > TIMELINE_GROUP_PARENT)
    g_hash_table_remove (
        self->folded,
        GUINT_TO_POINTER (G_MAXUINT - timeline_ordering_get_group (self->ordering, self->history,
                                                                   self->grouping, track)));
  while (inspector_history_get_track (self->history, at, &info) && info.parent != 0 &&
         inspector_history_find_track (self->history, info.parent, &row) && row < at)
    {
      g_hash_table_remove (self->folded, GUINT_TO_POINTER (row));
      at = row;
    }
  build (self);
}

gboolean
timeline_rows_move (TimelineRows *self, guint track, int by)
{
  int found = find_pinned (self, track);
  guint row, depth;

  if (found >= 0)
    {
      guint *pinned = (guint *)self->pinned->data;
      int other = found + by;

      if (other < 0 || other >= (int)self->pinned->len)
        return FALSE;
      pinned[found] = pinned[other];
      pinned[other] = track;
      build (self);
      return TRUE;
    }
  if (self->order != TIMELINE_ORDER_BEGIN || !timeline_rows_find (self, track, &row))
    return FALSE;
  depth = g_array_index (self->rows, TimelineRow, row).depth;
  for (gint64 i = (gint64)row + by; i >= (gint64)self->pinned->len && i < (gint64)self->rows->len;
       i += by)
    {
      const TimelineRow *other = &g_array_index (self->rows, TimelineRow, i);

      if (other->track == G_MAXUINT || other->depth < depth)
        return FALSE;
      if (other->depth > depth)
        continue;
      timeline_ordering_exchange (self->ordering, track, other->track);
      build (self);
      return TRUE;
    }
  return FALSE;
}
