/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What is kept in a history, from wherever it comes: tracks, causes, threads, texts, and how much happened when.
 * Who reads does so without a lock, so all of it is published once it is whole. */

#include <string.h>

#include "model/history-private.h"

/* The narrowest stretch of time of which it is known how much happened: 65,536 ns. */
#define LEAST_BUCKET 16

/* Twice as wide, half as many. */
static void
widen_buckets (ModelHistory *self)
{
  for (guint i = 0; i < MODEL_HISTORY_BUCKETS / 2; i++)
    self->buckets[i] = self->buckets[2 * i] + self->buckets[2 * i + 1];
  memset (self->buckets + MODEL_HISTORY_BUCKETS / 2, 0, sizeof self->buckets / 2);
  self->bucket_shift++;
}

void
model_history_note (ModelHistory *self, gint64 at_ns, guint64 n_changes)
{
  gint64 since;

  if (self->first_ns == 0)
    {
      self->first_ns = self->last_ns = at_ns;
      self->bucket_shift = LEAST_BUCKET;
    }
  if (at_ns > self->last_ns)
    __atomic_store_n (&self->last_ns, at_ns, __ATOMIC_RELAXED);
  /* Another target of the session may have begun before. */
  since = MAX (at_ns - self->first_ns, 0);
  while (since >> self->bucket_shift >= MODEL_HISTORY_BUCKETS)
    widen_buckets (self);
  self->buckets[since >> self->bucket_shift] += n_changes;
  __atomic_store_n (&self->n_changes, self->n_changes + n_changes, __ATOMIC_RELAXED);
}

ModelTrack *
model_history_make_track (ModelHistory *self)
{
  guint index = self->n_tracks, page = index / TRACKS_A_PAGE;
  ModelTrack *track;

  if (page >= MAX_TRACK_PAGES)
    return NULL;
  if (self->tracks[page] == NULL)
    self->tracks[page] = model_store_allocate (self->store, TRACKS_A_PAGE * sizeof (ModelTrack));
  if (self->tracks[page] == NULL)
    return NULL;
  track = &self->tracks[page][index % TRACKS_A_PAGE];
  *track = (ModelTrack){ .index = index };
  return track;
}

void
model_history_publish_track (ModelHistory *self, const ModelTrack *track)
{
  if (self->by_number->len <= track->number)
    g_array_set_size (self->by_number, (guint)track->number + 1);
  g_array_index (self->by_number, guint32, track->number) = track->index + 1;
  __atomic_store_n (&self->n_tracks, track->index + 1, __ATOMIC_RELEASE);
}

guint16
model_history_number_thread (ModelHistory *self, gint32 tid)
{
  gpointer known = g_hash_table_lookup (self->by_tid, GINT_TO_POINTER (tid));

  if (known != NULL || self->n_tids == MODEL_HISTORY_THREADS)
    return (guint16)GPOINTER_TO_UINT (known);
  self->tids[self->n_tids] = tid;
  g_hash_table_insert (self->by_tid, GINT_TO_POINTER (tid), GUINT_TO_POINTER (self->n_tids));
  return (guint16)self->n_tids++;
}

void
model_history_keep_cause (ModelHistory *self, const ModelCause *cause)
{
  guint64 page = self->n_causes / CAUSES_A_PAGE;

  if (page < MAX_CAUSE_PAGES && self->causes[page] == NULL)
    self->causes[page] = model_store_allocate (self->store, CAUSES_A_PAGE * sizeof (ModelCause));
  if (page >= MAX_CAUSE_PAGES || self->causes[page] == NULL)
    {
      model_history_leave_out (self);
      return;
    }
  self->causes[page][self->n_causes % CAUSES_A_PAGE] = *cause;
  __atomic_store_n (&self->n_causes, self->n_causes + 1, __ATOMIC_RELEASE);
}

const char *
model_history_keep_text (ModelHistory *self, const char *text)
{
  gsize size = text != NULL ? strlen (text) + 1 : 0;
  char *kept = size > 0 ? model_store_allocate (self->store, size) : NULL;

  return kept != NULL ? memcpy (kept, text, size) : NULL;
}
