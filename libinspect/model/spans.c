/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/spans.h"

#include <string.h>

/* Spans lie in slots: of 4, 4, 8, 16 and so on up to 512 spans, then of 1,024 each. A task of three
 * spans takes little, and of one of millions at most a slot is empty. In a slot the checkpoints, if
 * it has room for 16 spans or more, come after the spans. */
#define FIRST_ENTRIES 4u
#define LARGEST 1024u
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

G_STATIC_ASSERT (sizeof (Entry) == 16);
G_STATIC_ASSERT (sizeof (Checkpoint) == 64);

/* ---- Where what is ---------------------------------------------------------------------------- */

typedef struct
{
  guint64 slot;
  guint64 offset;
  guint64 size; /* of the slot */
} Position;

static inline Position
find_position (guint64 index)
{
  guint64 first;
  guint log;

  if (index < FIRST_ENTRIES)
    return (Position){ 0, index, FIRST_ENTRIES };
  if (index >= LARGEST)
    return (Position){ 8 + index / LARGEST, index % LARGEST, LARGEST };
  log = 63u - (guint)__builtin_clzll (index);
  first = G_GUINT64_CONSTANT (1) << log;
  return (Position){ log - 1, index - first, first };
}

/* Pairs with the release stores in add_slot(): whoever has seen that an entry is published, sees where
 * it is. */
static inline gpointer *
get_slots (const ModelSpans *self)
{
  gpointer *slots = __atomic_load_n (&self->slots, __ATOMIC_ACQUIRE);

  return slots != NULL ? slots : (gpointer *)self->few;
}

static inline Entry *
get_entry (const ModelSpans *self, guint64 index)
{
  Position position = find_position (index);

  return (Entry *)get_slots (self)[position.slot] + position.offset;
}

/* The first one, which is all zeros, is kept nowhere. */
static inline Checkpoint *
get_checkpoint (const ModelSpans *self, guint64 number)
{
  Position position = find_position (number * PER_CHECKPOINT);
  Entry *entries = get_slots (self)[position.slot];

  return (Checkpoint *)(entries + position.size) + position.offset / PER_CHECKPOINT;
}

static inline gint64
get_checkpoint_time (const ModelSpans *self, guint64 number)
{
  return number > 0 ? get_checkpoint (self, number)->at_ns : get_entry (self, 0)->begin_ns;
}

static inline void
get_spent (const ModelSpans *self, guint64 number, gint64 *ret_ns)
{
  if (number > 0)
    memcpy (ret_ns, get_checkpoint (self, number)->spent_ns, MODEL_N_SPAN_STATES * sizeof *ret_ns);
  else
    memset (ret_ns, 0, MODEL_N_SPAN_STATES * sizeof *ret_ns);
}

static inline ModelSpanState
state_of (const Entry *entry)
{
  return (ModelSpanState)(__atomic_load_n (&entry->what, __ATOMIC_RELAXED) & 0xff);
}

/* ---- Adding ----------------------------------------------------------------------------------- */

/* The array that was full stays where it is, for others may be reading it. */
static gboolean
make_room (ModelSpans *self, ModelStore *store, guint slot)
{
  guint room = self->slots != NULL ? self->n_slots : MODEL_SPANS_INLINE;
  gpointer *slots;

  if (slot < room)
    return TRUE;
  slots = model_store_allocate (store, (gsize)room * 4 * sizeof *slots);
  if (slots == NULL)
    return FALSE;
  memcpy (slots, get_slots (self), room * sizeof *slots);
  self->n_slots = room * 4;
  __atomic_store_n (&self->slots, slots, __ATOMIC_RELEASE);
  return TRUE;
}

static gboolean
add_slot (ModelSpans *self, ModelStore *store, const Position *position)
{
  gsize size =
      position->size * sizeof (Entry) + position->size / PER_CHECKPOINT * sizeof (Checkpoint);
  gpointer slot;

  if (!make_room (self, store, (guint)position->slot))
    return FALSE;
  slot = model_store_allocate (store, size);
  if (slot == NULL)
    return FALSE;
  __atomic_store_n (&get_slots (self)[position->slot], slot, __ATOMIC_RELEASE);
  return TRUE;
}

/* From the one before and the entries since: nothing but them is kept while spans are added. */
static void
add_checkpoint (ModelSpans *self, guint64 number, gint64 at_ns)
{
  Checkpoint *checkpoint = get_checkpoint (self, number);
  const Entry *entry = get_entry (self, (number - 1) * PER_CHECKPOINT);

  checkpoint->at_ns = at_ns;
  get_spent (self, number - 1, checkpoint->spent_ns);
  for (guint64 i = (number - 1) * PER_CHECKPOINT + 1; i <= number * PER_CHECKPOINT; i++)
    {
      const Entry *next = get_entry (self, i);

      checkpoint->spent_ns[state_of (entry)] += next->begin_ns - entry->begin_ns;
      entry = next;
    }
}

static guint64
pack (ModelSpanState state, guint16 kind, guint32 location)
{
  return (guint64)state | (guint64)kind << 8 | (guint64)location << 24;
}

gboolean
model_spans_add (ModelSpans *self, ModelStore *store, gint64 at_ns, ModelSpanState state,
                 guint16 kind, guint32 location)
{
  if (self->n > 0 && get_entry (self, self->n - 1)->what == pack (state, kind, location))
    return TRUE;
  return model_spans_append (self, store, at_ns, state, kind, location);
}

gboolean
model_spans_append (ModelSpans *self, ModelStore *store, gint64 at_ns, ModelSpanState state,
                    guint16 kind, guint32 location)
{
  const guint64 what = pack (state, kind, location);
  guint64 n = self->n;
  Position position;

  if (n > 0)
    {
      Entry *last = get_entry (self, n - 1);

      /* What took no time is not kept: a wait that ends with a turn has nothing in between. */
      if (at_ns <= last->begin_ns)
        {
          __atomic_store_n (&last->what, what, __ATOMIC_RELAXED);
          return TRUE;
        }
    }
  position = find_position (n);
  if (position.offset == 0 && !add_slot (self, store, &position))
    return FALSE;
  ((Entry *)get_slots (self)[position.slot])[position.offset] = (Entry){ at_ns, what };
  if (n > 0 && n % PER_CHECKPOINT == 0)
    add_checkpoint (self, n / PER_CHECKPOINT, at_ns);
  __atomic_store_n (&self->n, n + 1, __ATOMIC_RELEASE);
  return TRUE;
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

  while (low + step < n && get_checkpoint_time (self, low + step) <= at_ns)
    {
      low += step;
      step *= 2;
    }
  high = MIN (low + step, n);
  while (high - low > 1)
    {
      guint64 middle = low + (high - low) / 2;

      if (get_checkpoint_time (self, middle) <= at_ns)
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
  const Entry *entry;
  guint64 i;

  if (at_ns <= get_entry (self, 0)->begin_ns)
    {
      memset (ret_ns, 0, MODEL_N_SPAN_STATES * sizeof *ret_ns);
      return;
    }
  *checkpoint =
      find_checkpoint (self, (n + PER_CHECKPOINT - 1) / PER_CHECKPOINT, *checkpoint, at_ns);
  get_spent (self, *checkpoint, ret_ns);
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
