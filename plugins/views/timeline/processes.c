/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "processes.h"

#define MAX_TRACKS 4096u
/* Whoever has done so much, and has not waited as a process does, is a task. */
#define MAX_SPANS 8u

struct _TimelineProcesses
{
  GHashTable *known; /* tracks */
  GArray *unknown;   /* guint: tracks */
  guint n_tracks;    /* that were looked at */
};

TimelineProcesses *
timeline_processes_new (void)
{
  TimelineProcesses *self = g_new0 (TimelineProcesses, 1);

  self->known = g_hash_table_new (NULL, NULL);
  self->unknown = g_array_new (FALSE, FALSE, sizeof (guint));
  return self;
}

void
timeline_processes_free (TimelineProcesses *self)
{
  g_hash_table_unref (self->known);
  g_array_unref (self->unknown);
  g_free (self);
}

void
timeline_processes_forget (TimelineProcesses *self)
{
  g_hash_table_remove_all (self->known);
  g_array_set_size (self->unknown, 0);
  self->n_tracks = 0;
}

/* FALSE: it is known what it is. */
static gboolean
look (TimelineProcesses *self, InspectorHistory *history, guint track, gint64 last_ns)
{
  InspectorTrack info;
  InspectorRow row;

  if (!inspector_history_get_track (history, track, &info) ||
      inspector_history_get_rows (history, track, 1, last_ns, &row) != 1)
    return FALSE;
  if (row.last_kind == 0)
    return info.n_spans <= MAX_SPANS;
  if (inspector_kind_is_process (inspector_history_get_kind (history, track, row.last_kind)))
    g_hash_table_add (self->known, GUINT_TO_POINTER (track));
  return FALSE;
}

gboolean
timeline_processes_update (TimelineProcesses *self, InspectorHistory *history)
{
  guint n = MIN (inspector_history_get_n_tracks (history), MAX_TRACKS);
  guint n_known = g_hash_table_size (self->known), n_left = 0;
  gint64 first_ns, last_ns;

  if (!inspector_history_get_range (history, &first_ns, &last_ns))
    return FALSE;
  for (; self->n_tracks < n; self->n_tracks++)
    g_array_append_val (self->unknown, self->n_tracks);
  for (guint i = 0; i < self->unknown->len; i++)
    {
      guint track = g_array_index (self->unknown, guint, i);

      if (look (self, history, track, last_ns))
        g_array_index (self->unknown, guint, n_left++) = track;
    }
  g_array_set_size (self->unknown, n_left);
  return g_hash_table_size (self->known) > n_known;
}

gboolean
timeline_processes_has (TimelineProcesses *self, guint track)
{
  return g_hash_table_contains (self->known, GUINT_TO_POINTER (track));
}

guint
timeline_processes_get_n (TimelineProcesses *self)
{
  return g_hash_table_size (self->known);
}
