/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "rows-private.h"

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
  self->processes = timeline_processes_new ();
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
  timeline_processes_free (self->processes);
  g_free (self);
}

/* ---- Filling ----------------------------------------------------------------------------------- */

gboolean
timeline_rows_update (TimelineRows *self)
{
  guint n = inspector_history_get_n_tracks (self->history), first = self->n_tracks;
  gboolean is_process_new = timeline_processes_update (self->processes, self->history);

  if (n == first && !is_process_new)
    return FALSE;
  self->n_tracks = n;
  if (self->grouping != TIMELINE_GROUP_NONE || self->order != TIMELINE_ORDER_BEGIN ||
      timeline_processes_get_n (self->processes) > 0)
    {
      timeline_rows_build (self);
      return TRUE;
    }
  /* The usual case: they come, and are the last. */
  g_array_set_size (self->row_of, n);
  for (guint i = first; i < n; i++)
    {
      g_array_index (self->row_of, guint, i) = 0;
      timeline_rows_add (self, (TimelineRow){ .track = i, .group = G_MAXUINT });
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
  timeline_processes_forget (self->processes);
  timeline_rows_build (self);
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

gboolean
timeline_rows_is_process (TimelineRows *self, guint track)
{
  return timeline_processes_has (self->processes, track);
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
  timeline_rows_build (self);
}

void
timeline_rows_set_order (TimelineRows *self, TimelineOrder order)
{
  self->order = MIN (order, TIMELINE_ORDER_LAST);
  timeline_rows_build (self);
}

gboolean
timeline_rows_is_pinned (TimelineRows *self, guint track)
{
  return timeline_rows_find_pinned (self, track) >= 0;
}

void
timeline_rows_set_pinned (TimelineRows *self, guint track, gboolean pinned)
{
  int found = timeline_rows_find_pinned (self, track);

  if (track >= self->n_tracks || (found >= 0) == !!pinned)
    return;
  g_hash_table_remove (self->hidden, GUINT_TO_POINTER (track));
  if (pinned)
    g_array_append_val (self->pinned, track);
  else
    g_array_remove_index (self->pinned, (guint)found);
  timeline_rows_build (self);
}

void
timeline_rows_hide (TimelineRows *self, guint track)
{
  int found = timeline_rows_find_pinned (self, track);

  if (track >= self->n_tracks || !g_hash_table_add (self->hidden, GUINT_TO_POINTER (track)))
    return;
  if (found >= 0)
    g_array_remove_index (self->pinned, (guint)found);
  timeline_rows_build (self);
}

void
timeline_rows_show_hidden (TimelineRows *self)
{
  g_hash_table_remove_all (self->hidden);
  timeline_rows_build (self);
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
    if (timeline_rows_has (self->hidden, i))
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
  timeline_rows_build (self);
}

void
timeline_rows_reveal (TimelineRows *self, guint track)
{
  guint row, at = track;
  InspectorTrack info;

  if (track >= self->n_tracks || timeline_rows_find (self, track, &row))
    return;
  g_hash_table_remove (self->hidden, GUINT_TO_POINTER (track));
  if (timeline_processes_has (self->processes, track))
    g_hash_table_remove (self->folded, GUINT_TO_POINTER (G_MAXUINT - TIMELINE_KEY_OF_PROCESSES));
  else if (self->grouping > TIMELINE_GROUP_PARENT)
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
  timeline_rows_build (self);
}

gboolean
timeline_rows_move (TimelineRows *self, guint track, int by)
{
  int found = timeline_rows_find_pinned (self, track);
  guint row, depth;

  if (found >= 0)
    {
      guint *pinned = (guint *)self->pinned->data;
      int other = found + by;

      if (other < 0 || other >= (int)self->pinned->len)
        return FALSE;
      pinned[found] = pinned[other];
      pinned[other] = track;
      timeline_rows_build (self);
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
      timeline_rows_build (self);
      return TRUE;
    }
  return FALSE;
}
