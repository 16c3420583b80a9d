/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "model/history-private.h"

gboolean
model_history_get_range (const ModelHistory *self, gint64 *ret_first_ns, gint64 *ret_last_ns)
{
  *ret_first_ns = self->first_ns;
  *ret_last_ns = __atomic_load_n (&self->last_ns, __ATOMIC_RELAXED);
  return self->first_ns != 0;
}

guint64
model_history_get_n_changes (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_changes, __ATOMIC_RELAXED);
}

guint
model_history_get_n_tracks (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_tracks, __ATOMIC_ACQUIRE);
}

const ModelTrack *
model_history_get_track (const ModelHistory *self, guint index)
{
  return &self->tracks[index / TRACKS_A_PAGE][index % TRACKS_A_PAGE];
}

/* Pairs with the release store of model_history_set_loaded(). */
static gboolean
awaits_loading (const ModelTrack *track)
{
  return G_UNLIKELY (__atomic_load_n (&track->n_awaited, __ATOMIC_ACQUIRE) != 0);
}

const ModelTrack *
model_history_get_whole_track (ModelHistory *self, guint index)
{
  const ModelTrack *track = model_history_get_track (self, index);

  if (awaits_loading (track) && self->loader != NULL)
    self->loader->load_spans (self->loader_data, index);
  return track;
}

guint64
model_history_get_n_spans (const ModelTrack *track)
{
  guint64 n_awaited = __atomic_load_n (&track->n_awaited, __ATOMIC_ACQUIRE);

  return n_awaited != 0 ? n_awaited : model_spans_get_n (&track->spans);
}

void
model_history_load_causes (ModelHistory *self)
{
  if (self->loader != NULL)
    self->loader->load_causes (self->loader_data);
}

guint
model_history_get_n_tids (const ModelHistory *self)
{
  return self->n_tids;
}

/* Tracks come in the order in which their tasks first did something, which is nearly that of their
 * numbers, but not quite. */
gboolean
model_history_find_track (const ModelHistory *self, guint64 number, guint *ret_index)
{
  guint32 found =
      number < self->by_number->len ? g_array_index (self->by_number, guint32, number) : 0;

  if (found == 0)
    return FALSE;
  *ret_index = found - 1;
  return TRUE;
}

/* It was there before the span that names it was published. */
gint32
model_history_get_tid (const ModelHistory *self, guint thread)
{
  return thread < MODEL_HISTORY_THREADS ? self->tids[thread] : 0;
}

guint64
model_history_get_n_causes (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_causes, __ATOMIC_ACQUIRE);
}

const ModelCause *
model_history_get_cause (const ModelHistory *self, guint64 index)
{
  return &self->causes[index / CAUSES_A_PAGE][index % CAUSES_A_PAGE];
}

guint64
model_history_find_cause (const ModelHistory *self, gint64 at_ns)
{
  guint64 low = 0, high = model_history_get_n_causes (self);

  while (low < high)
    {
      guint64 middle = low + (high - low) / 2;

      if (model_history_get_cause (self, middle)->at_ns < at_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static gint64
get_width (const ModelHistory *self)
{
  return G_GINT64_CONSTANT (1) << self->bucket_shift;
}

/* The part of bucket @i that lies between the two. */
static double
get_share (const ModelHistory *self, guint i, gint64 from_ns, gint64 to_ns)
{
  gint64 begin_ns = self->first_ns + ((gint64)i << self->bucket_shift),
         end_ns = begin_ns + get_width (self);
  gint64 common_ns = MIN (end_ns, to_ns) - MAX (begin_ns, from_ns);

  return common_ns > 0 ? (double)common_ns / (double)get_width (self) : 0;
}

void
model_history_get_activity (const ModelHistory *self, gint64 from_ns, gint64 to_ns, guint n,
                            double *ret_counts)
{
  memset (ret_counts, 0, n * sizeof *ret_counts);
  if (self->bucket_shift == 0 || to_ns <= from_ns)
    return;
  for (guint part = 0; part < n; part++)
    {
      double width = (double)(to_ns - from_ns) / n;
      gint64 begin_ns = from_ns + (gint64)(width * part),
             end_ns = from_ns + (gint64)(width * (part + 1));
      gint64 first = MAX (begin_ns - self->first_ns, 0) >> self->bucket_shift;
      gint64 last = (end_ns - self->first_ns) >> self->bucket_shift;

      for (gint64 i = first; i <= last && i < MODEL_HISTORY_BUCKETS; i++)
        ret_counts[part] += get_share (self, (guint)i, begin_ns, end_ns) * (double)self->buckets[i];
    }
}

void
model_history_get_buckets (const ModelHistory *self, gint64 *ret_bucket_ns,
                           const guint64 **ret_buckets)
{
  *ret_bucket_ns = get_width (self);
  *ret_buckets = self->buckets;
}

guint64
model_history_get_size (const ModelHistory *self, guint64 *ret_in_file)
{
  return model_store_get_size (self->store, ret_in_file);
}

guint64
model_history_get_n_left_out (const ModelHistory *self)
{
  return __atomic_load_n (&self->n_left_out, __ATOMIC_RELAXED);
}
