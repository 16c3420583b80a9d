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
  guint64 what; /* part, kind, location, number of the part: 8, 16, 32, 8 bits */
} Entry;

/* What had been spent in each part but the first when the entry number @index * PER_CHECKPOINT began. */
typedef struct
{
  gint64 at_ns;
  gint64 spent_ns[MODEL_SPAN_PARTS - 1];
} Checkpoint;

#define NUMBER_SHIFT 56

G_STATIC_ASSERT (sizeof (Entry) == 16);
G_STATIC_ASSERT (sizeof (Checkpoint) == 96);
G_STATIC_ASSERT (MODEL_N_SPAN_STATES <= 8 && MODEL_N_FAMILIES <= 32);
G_STATIC_ASSERT (MODEL_SPAN_PARTS >= MODEL_N_SPAN_STATES);

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

/* What was spent in the first part is what remains. */
static inline void
get_spent (const ModelSpans *self, guint64 number, gint64 *ret_ns)
{
  const Checkpoint *checkpoint;
  gint64 rest_ns;

  memset (ret_ns, 0, MODEL_SPAN_PARTS * sizeof *ret_ns);
  if (number == 0)
    return;
  checkpoint = get_checkpoint (self, number);
  rest_ns = checkpoint->at_ns - get_entry (self, 0)->begin_ns;
  for (guint i = 1; i < MODEL_SPAN_PARTS; i++)
    {
      ret_ns[i] = checkpoint->spent_ns[i - 1];
      rest_ns -= ret_ns[i];
    }
  ret_ns[0] = rest_ns;
}

/* Pairs with the release stores of what is published: whoever has seen a number, sees what it is. */
static inline guint
number_of (const Entry *entry)
{
  return (guint)(__atomic_load_n (&entry->what, __ATOMIC_ACQUIRE) >> NUMBER_SHIFT);
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
  gint64 spent_ns[MODEL_SPAN_PARTS];

  checkpoint->at_ns = at_ns;
  get_spent (self, number - 1, spent_ns);
  for (guint64 i = (number - 1) * PER_CHECKPOINT + 1; i <= number * PER_CHECKPOINT; i++)
    {
      const Entry *next = get_entry (self, i);

      spent_ns[number_of (entry)] += next->begin_ns - entry->begin_ns;
      entry = next;
    }
  memcpy (checkpoint->spent_ns, spent_ns + 1, sizeof checkpoint->spent_ns);
}

/* The numbers that are free, less those that states will want which have not been seen. */
static int
count_spare (const ModelSpans *self)
{
  guint seen = 0;

  for (guint i = 0; i < self->n_parts; i++)
    seen |= 1u << MODEL_PART_STATE (self->parts[i]);
  return (int)(MODEL_SPAN_PARTS - self->n_parts) -
         (int)(MODEL_N_SPAN_STATES - (guint)__builtin_popcount (seen));
}

/* Where a part finds no number, it has that of another of its state, for states have to be exact; and that one
 * is of what is other from then on, for it is several. It stays so: spare numbers never become more. */
static guint
share_number (ModelSpans *self, ModelSpanState state)
{
  const ModelPart other = MODEL_PART (state, MODEL_FAMILY_OTHER);
  guint first = self->n_parts;

  for (guint i = self->n_parts; i > 0; i--)
    {
      if (self->parts[i - 1] == other)
        return i - 1;
      if (MODEL_PART_STATE (self->parts[i - 1]) == state)
        first = i - 1;
    }
  __atomic_store_n (&self->parts[first], other, __ATOMIC_RELAXED);
  return first;
}

static guint
number_part (ModelSpans *self, ModelPart part)
{
  gboolean has_state = FALSE;

  if (self->n_parts == 0)
    self->n_parts = 1;
  for (guint i = 0; i < self->n_parts; i++)
    {
      if (self->parts[i] == part)
        return i;
      has_state |= MODEL_PART_STATE (self->parts[i]) == MODEL_PART_STATE (part);
    }
  if (has_state && count_spare (self) <= 0)
    return share_number (self, MODEL_PART_STATE (part));
  __atomic_store_n (&self->parts[self->n_parts], part, __ATOMIC_RELAXED);
  return self->n_parts++;
}

static guint64
pack (ModelPart part, guint16 kind, guint32 location)
{
  return (guint64)part | (guint64)kind << 8 | (guint64)location << 24;
}

void
model_spans_prepare (const ModelSpans *self, gboolean is_first)
{
  Position position;

  if (self->n == 0)
    return;
  position = find_position (self->n - 1);
  if (is_first)
    __builtin_prefetch (&get_slots (self)[position.slot]);
  else
    __builtin_prefetch ((Entry *)get_slots (self)[position.slot] + position.offset, 1);
}

gboolean
model_spans_add (ModelSpans *self, ModelStore *store, gint64 at_ns, ModelPart part, guint16 kind,
                 guint32 location)
{
  if (self->n > 0 && (get_entry (self, self->n - 1)->what << 8) >> 8 == pack (part, kind, location))
    return TRUE;
  return model_spans_append (self, store, at_ns, part, kind, location);
}

gboolean
model_spans_append (ModelSpans *self, ModelStore *store, gint64 at_ns, ModelPart part, guint16 kind,
                    guint32 location)
{
  const guint64 what = pack (part, kind, location) | (guint64)number_part (self, part)
                                                         << NUMBER_SHIFT;
  guint64 n = self->n;
  Position position;

  if (n > 0)
    {
      Entry *last = get_entry (self, n - 1);

      /* What took no time is not kept: a wait that ends with a turn has nothing in between. */
      if (at_ns <= last->begin_ns)
        {
          __atomic_store_n (&last->what, what, __ATOMIC_RELEASE);
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
  ret_span->state = MODEL_PART_STATE (what & 0xff);
  ret_span->family = MODEL_PART_FAMILY (what & 0xff);
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

guint64
model_spans_guess (const ModelSpans *self, gint64 at_ns, gint64 begin_ns, gint64 end_ns)
{
  guint64 n = model_spans_get_n (self);

  if (at_ns <= begin_ns || n == 0)
    return 0;
  if (at_ns >= end_ns)
    return n - 1;
  return (guint64)(((double)at_ns - (double)begin_ns) / ((double)end_ns - (double)begin_ns) *
                   (double)(n - 1));
}

guint64
model_spans_guess_again (const ModelSpans *self, gint64 at_ns, guint64 guess, double each_ns)
{
  guint64 n = model_spans_get_n (self);
  double index;

  if (guess >= n)
    return guess;
  index = (double)guess +
          ((double)at_ns - (double)get_entry (self, guess)->begin_ns) / MAX (each_ns, 1);
  return index <= 0 ? 0 : index >= (double)n ? n - 1 : (guint64)index;
}

/* Of four spans a line. */
#define LINE 64

void
model_spans_prepare_near (const ModelSpans *self, guint64 index, ModelSpansWanted wanted)
{
  const gpointer *slot;
  const char *entry;

  if (index >= model_spans_get_n (self))
    return;
  slot = &get_slots (self)[find_position (index).slot];
  if (wanted == MODEL_SPANS_WHERE)
    {
      __builtin_prefetch (slot);
      return;
    }
  entry = (const char *)((const Entry *)*slot + find_position (index).offset);
  __builtin_prefetch (entry);
  if (wanted != MODEL_SPANS_NEAR)
    return;
  __builtin_prefetch (entry - LINE);
  __builtin_prefetch (entry + LINE);
}

/* In steps that double, until it lies between two of them; then by halves. */
gboolean
model_spans_find_near (const ModelSpans *self, gint64 at_ns, guint64 guess, guint64 *ret_index)
{
  guint64 n = model_spans_get_n (self), low, high, step = 1;

  if (n == 0)
    return FALSE;
  low = MIN (guess, n - 1);
  if (get_entry (self, low)->begin_ns <= at_ns)
    {
      while (low + step < n && get_entry (self, low + step)->begin_ns <= at_ns)
        {
          low += step;
          step *= 2;
        }
      high = MIN (low + step, n);
    }
  else
    {
      for (high = low; high > 0; step *= 2)
        {
          low = high - MIN (step, high);
          if (get_entry (self, low)->begin_ns <= at_ns)
            break;
          high = low;
        }
      if (high == 0)
        return FALSE;
    }
  while (high - low > 1)
    {
      guint64 middle = low + (high - low) / 2;

      if (get_entry (self, middle)->begin_ns <= at_ns)
        low = middle;
      else
        high = middle;
    }
  *ret_index = low;
  return TRUE;
}

/* What was spent in each part until @at_ns; @checkpoint: where to search from, and what was found. */
static void
sum_until (const ModelSpans *self, guint64 n, gint64 at_ns, guint64 *checkpoint, gint64 *ret_ns)
{
  const Entry *entry;
  guint64 i;

  if (at_ns <= get_entry (self, 0)->begin_ns)
    {
      memset (ret_ns, 0, MODEL_SPAN_PARTS * sizeof *ret_ns);
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
      ret_ns[number_of (entry)] += next->begin_ns - entry->begin_ns;
      entry = next;
      i++;
    }
  ret_ns[number_of (entry)] += at_ns - entry->begin_ns;
}

static inline ModelPart
get_part (const ModelSpans *self, guint number)
{
  return __atomic_load_n (&self->parts[number], __ATOMIC_RELAXED);
}

/* By state, or else by number of the part. */
static inline void
sum_columns (const ModelSpans *self, gint64 from_ns, gint64 to_ns, guint n_columns, gint64 now_ns,
             gboolean by_state, gint64 *ret_ns)
{
  const guint stride = by_state ? MODEL_N_SPAN_STATES : MODEL_SPAN_PARTS;
  guint64 n = model_spans_get_n (self), checkpoint = 0;
  gint64 before[MODEL_SPAN_PARTS], after[MODEL_SPAN_PARTS];
  const double width = n_columns > 0 ? (double)(to_ns - from_ns) / n_columns : 0;

  if (n == 0 || n_columns == 0 || to_ns <= from_ns)
    return;
  sum_until (self, n, MIN (from_ns, now_ns), &checkpoint, before);
  for (guint column = 0; column < n_columns; column++)
    {
      gint64 end_ns = column + 1 == n_columns ? to_ns : from_ns + (gint64)(width * (column + 1));

      sum_until (self, n, MIN (end_ns, now_ns), &checkpoint, after);
      for (guint i = 0; i < MODEL_SPAN_PARTS; i++)
        ret_ns[column * stride + (by_state ? MODEL_PART_STATE (get_part (self, i)) : i)] +=
            after[i] - before[i];
      memcpy (before, after, sizeof before);
    }
}

void
model_spans_sum (const ModelSpans *self, gint64 from_ns, gint64 to_ns, guint n, gint64 now_ns,
                 gint64 *ret_ns)
{
  sum_columns (self, from_ns, to_ns, n, now_ns, TRUE, ret_ns);
}

guint
model_spans_sum_parts (const ModelSpans *self, gint64 from_ns, gint64 to_ns, guint n, gint64 now_ns,
                       ModelPart *ret_parts, gint64 *ret_ns)
{
  guint n_parts = 1;

  sum_columns (self, from_ns, to_ns, n, now_ns, FALSE, ret_ns);
  ret_parts[0] = MODEL_SPAN_NONE;
  while (n_parts < MODEL_SPAN_PARTS && get_part (self, n_parts) != 0)
    {
      ret_parts[n_parts] = get_part (self, n_parts);
      n_parts++;
    }
  return n_parts;
}
