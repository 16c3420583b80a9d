/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/spans.h"

#include <string.h>

/* A segment has twice the room of the one before it: nothing ever moves, and a task of three spans
 * takes little. */
#define N_SEGMENTS 40
#define FIRST_ENTRIES 4u
#define PER_CHECKPOINT 16u

typedef struct
{
  gint64 begin_ns;
  guint64 what; /* state, kind, location: 8, 16, 32 bits */
} Entry;

/* What had been spent in each state when the entry number @index * PER_CHECKPOINT began. */
typedef struct
{
  gint64 at_ns;
  gint64 spent_ns[MODEL_N_SPAN_STATES];
} Checkpoint;

struct _ModelSpans
{
  guint64 n;                            /* published */
  gint64 spent_ns[MODEL_N_SPAN_STATES]; /* of the writer: until the last entry began */
  Entry *entries[N_SEGMENTS];
  Checkpoint *checkpoints[N_SEGMENTS];
};

/* ---- Where what is ---------------------------------------------------------------------------- */

/* Segment s holds the @first << s items from @first * (2^s - 1) on. */
static inline guint
find_segment (guint64 index, guint first, guint64 *ret_offset)
{
  guint64 scaled = index / first + 1;
  guint segment = 63u - (guint)__builtin_clzll (scaled);

  *ret_offset = index - first * ((G_GUINT64_CONSTANT (1) << segment) - 1);
  return segment;
}

static inline Entry *
get_entry (const ModelSpans *self, guint64 index)
{
  guint64 offset;
  guint segment = find_segment (index, FIRST_ENTRIES, &offset);

  return &self->entries[segment][offset];
}

static inline Checkpoint *
get_checkpoint (const ModelSpans *self, guint64 index)
{
  guint64 offset;
  guint segment = find_segment (index, 1, &offset);

  return &self->checkpoints[segment][offset];
}

static inline ModelSpanState
state_of (const Entry *entry)
{
  return (ModelSpanState)(__atomic_load_n (&entry->what, __ATOMIC_RELAXED) & 0xff);
}

/* ---- Adding ----------------------------------------------------------------------------------- */

ModelSpans *
model_spans_new (void)
{
  return g_new0 (ModelSpans, 1);
}

void
model_spans_free (ModelSpans *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < N_SEGMENTS; i++)
    {
      g_free (self->entries[i]);
      g_free (self->checkpoints[i]);
    }
  g_free (self);
}

static void
add_checkpoint (ModelSpans *self, guint64 number, gint64 at_ns)
{
  guint64 offset;
  guint segment = find_segment (number, 1, &offset);
  Checkpoint *checkpoint;

  if (self->checkpoints[segment] == NULL)
    self->checkpoints[segment] = g_new (Checkpoint, (gsize)1 << segment);
  checkpoint = &self->checkpoints[segment][offset];
  checkpoint->at_ns = at_ns;
  memcpy (checkpoint->spent_ns, self->spent_ns, sizeof checkpoint->spent_ns);
}

void
model_spans_add (ModelSpans *self, gint64 at_ns, ModelSpanState state, guint16 kind,
                 guint32 location)
{
  const guint64 what = (guint64)state | (guint64)kind << 8 | (guint64)location << 24;
  guint64 n = self->n, offset;
  guint segment;

  if (n > 0)
    {
      Entry *last = get_entry (self, n - 1);

      if (last->what == what)
        return;
      /* What took no time is not kept: a wait that ends with a turn has nothing in between. */
      if (at_ns <= last->begin_ns)
        {
          __atomic_store_n (&last->what, what, __ATOMIC_RELAXED);
          return;
        }
      self->spent_ns[state_of (last)] += at_ns - last->begin_ns;
    }
  segment = find_segment (n, FIRST_ENTRIES, &offset);
  if (self->entries[segment] == NULL)
    self->entries[segment] = g_new (Entry, (gsize)FIRST_ENTRIES << segment);
  self->entries[segment][offset] = (Entry){ at_ns, what };
  if (n % PER_CHECKPOINT == 0)
    add_checkpoint (self, n / PER_CHECKPOINT, at_ns);
  __atomic_store_n (&self->n, n + 1, __ATOMIC_RELEASE);
}

gsize
model_spans_get_size (const ModelSpans *self)
{
  guint64 n = model_spans_get_n (self);
  gsize size = sizeof *self;

  for (guint i = 0; i < N_SEGMENTS; i++)
    {
      if (n > FIRST_ENTRIES * ((G_GUINT64_CONSTANT (1) << i) - 1))
        size += ((gsize)FIRST_ENTRIES << i) * sizeof (Entry);
      if ((n + PER_CHECKPOINT - 1) / PER_CHECKPOINT > (G_GUINT64_CONSTANT (1) << i) - 1)
        size += ((gsize)1 << i) * sizeof (Checkpoint);
    }
  return size;
}

/* ---- Reading ---------------------------------------------------------------------------------- */

guint64
model_spans_get_n (const ModelSpans *self)
{
  return __atomic_load_n (&self->n, __ATOMIC_ACQUIRE);
}

void
model_spans_get (const ModelSpans *self, guint64 index, ModelSpan *ret_span)
{
  const Entry *entry = get_entry (self, index);
  guint64 what = __atomic_load_n (&entry->what, __ATOMIC_RELAXED);

  ret_span->begin_ns = entry->begin_ns;
  ret_span->end_ns =
      index + 1 < model_spans_get_n (self) ? get_entry (self, index + 1)->begin_ns : G_MAXINT64;
  ret_span->state = (ModelSpanState)(what & 0xff);
  ret_span->kind = (guint16)(what >> 8);
  ret_span->location = (guint32)(what >> 24);
}

/* The last checkpoint of @n that is not after @at_ns, searched from @from on, which is none after it
 * either: near first, for columns are asked one after the other. */
static guint64
find_checkpoint (const ModelSpans *self, guint64 n, guint64 from, gint64 at_ns)
{
  guint64 step = 1, low = from, high;

  while (low + step < n && get_checkpoint (self, low + step)->at_ns <= at_ns)
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, n);
  while (high - low > 1)
    {
      guint64 middle = low + (high - low) / 2;

      if (get_checkpoint (self, middle)->at_ns <= at_ns)
        low = middle;
      else
        high = middle;
    }
  return low;
}

/* The last entry of @n that is not after @at_ns, from that of @checkpoint on. */
static guint64
find_entry (const ModelSpans *self, guint64 n, guint64 checkpoint, gint64 at_ns)
{
  guint64 i = checkpoint * PER_CHECKPOINT;

  while (i + 1 < n && get_entry (self, i + 1)->begin_ns <= at_ns)
    i++;
  return i;
}

gboolean
model_spans_find (const ModelSpans *self, gint64 at_ns, guint64 *ret_index)
{
  guint64 n = model_spans_get_n (self);

  if (n == 0 || get_entry (self, 0)->begin_ns > at_ns)
    return FALSE;
  *ret_index = find_entry (
      self, n, find_checkpoint (self, (n + PER_CHECKPOINT - 1) / PER_CHECKPOINT, 0, at_ns), at_ns);
  return TRUE;
}

/* What was spent in each state until @at_ns; @checkpoint: where to search from, and what was found. */
static void
sum_until (const ModelSpans *self, guint64 n, gint64 at_ns, guint64 *checkpoint, gint64 *ret_ns)
{
  const Checkpoint *found;
  const Entry *entry;
  guint64 i;

  if (at_ns <= get_entry (self, 0)->begin_ns)
    {
      memset (ret_ns, 0, MODEL_N_SPAN_STATES * sizeof *ret_ns);
      return;
    }
  *checkpoint =
      find_checkpoint (self, (n + PER_CHECKPOINT - 1) / PER_CHECKPOINT, *checkpoint, at_ns);
  found = get_checkpoint (self, *checkpoint);
  memcpy (ret_ns, found->spent_ns, sizeof found->spent_ns);
  i = *checkpoint * PER_CHECKPOINT;
  entry = get_entry (self, i);
  while (i + 1 < n)
    {
      const Entry *next = get_entry (self, i + 1);

      if (next->begin_ns > at_ns)
        break;
      ret_ns[state_of (entry)] += next->begin_ns - entry->begin_ns;
      entry = next;
      i++;
    }
  ret_ns[state_of (entry)] += at_ns - entry->begin_ns;
}

void
model_spans_sum (const ModelSpans *self, gint64 from_ns, gint64 to_ns, guint n_columns,
                 gint64 now_ns, gint64 *ret_ns)
{
  guint64 n = model_spans_get_n (self), checkpoint = 0;
  gint64 before[MODEL_N_SPAN_STATES], after[MODEL_N_SPAN_STATES];
  const double width = n_columns > 0 ? (double)(to_ns - from_ns) / n_columns : 0;

  if (n == 0 || n_columns == 0 || to_ns <= from_ns)
    return;
  sum_until (self, n, MIN (from_ns, now_ns), &checkpoint, before);
  for (guint column = 0; column < n_columns; column++)
    {
      gint64 end_ns = column + 1 == n_columns ? to_ns : from_ns + (gint64)(width * (column + 1));

      sum_until (self, n, MIN (end_ns, now_ns), &checkpoint, after);
      for (guint state = 0; state < MODEL_N_SPAN_STATES; state++)
        ret_ns[column * MODEL_N_SPAN_STATES + state] += after[state] - before[state];
      memcpy (before, after, sizeof before);
    }
}
