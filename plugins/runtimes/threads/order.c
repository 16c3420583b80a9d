/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which locks were taken while which others were held. Each such nesting is told once of each thread,
 * and once more when another thread has begun; the inspector looks for two that contradict each other,
 * and leaves out what one thread did, or what was over before the other thread began. */

#include "held.h"

#define SEEN_BITS 12u
#define SITES_BITS 10u
#define FACTOR UINT64_C (0x9e3779b97f4a7c15)

/* From the same places so many different locks are told, then one in so many: code that takes a
 * lock of each of a million objects inside another has one order, not a million. */
#define SITE_ALL 128u
#define SITE_SAMPLE 64u

/* Two nestings that share a place push each other out, which costs records that were said before. */
static uint64_t seen[1u << SEEN_BITS];
static uint32_t sites[1u << SITES_BITS];
/* Raised when a thread has begun: what was done before could not meet what it does. */
static uint32_t epoch;

void
order_tell_again (void)
{
  __atomic_fetch_add (&epoch, 1, __ATOMIC_RELAXED);
}

static inline uint64_t
mix (uint64_t hash, uint64_t value)
{
  hash = (hash ^ value) * FACTOR;
  return hash ^ hash >> 32;
}

static bool
is_within_bounds (const Thread *self)
{
  uint64_t hash = 0;
  uint32_t *count;
  uint32_t n;

  for (const Held *held = &self->held[1]; held < self->top; held++)
    if (!held_is_free (held))
      hash = mix (hash, (uintptr_t)held->caller);
  count = &sites[hash >> (64 - SITES_BITS)];
  n = __atomic_add_fetch (count, 1, __ATOMIC_RELAXED);
  return n <= SITE_ALL || n % SITE_SAMPLE == 0;
}

static RARE bool
is_worth_telling (Thread *self)
{
  const Held *latest = self->top - 1;
  bool is_nested = false;

  for (Held *held = &self->held[1]; held < latest; held++)
    {
      if (held_is_free (held) || held_remove_stale (self, held))
        continue;
      /* Taken once more by the thread that has it: no order. */
      if (held->lock == latest->lock)
        return false;
      /* Another thread told of it, too late to say in which order it was taken: next time. */
      if (held->is_hearsay && __atomic_load_n (&held->publish, __ATOMIC_RELAXED) != 0)
        return false;
      is_nested = true;
    }
  return is_nested && is_within_bounds (self);
}

/* An object that lives where another one did has a generation of its own, the child of a fork has
 * another thread. */
bool
order_is_new (Thread *self)
{
  uint64_t hash;

  registry_check_process ();
  hash = (uint64_t)__atomic_load_n (&epoch, __ATOMIC_RELAXED) << 32 | (uint32_t)self->tid;
  for (const Held *held = &self->held[1]; held < self->top; held++)
    if (!held_is_free (held))
      hash = mix (hash, (uintptr_t)held->lock ^ (uint64_t)waited_of (held->lock)->generation << 48);
  if (LIKELY (__atomic_load_n (&seen[hash >> (64 - SEEN_BITS)], __ATOMIC_RELAXED) == hash))
    return false;
  if (!plugin_is_on () || !is_worth_telling (self))
    return false;
  __atomic_store_n (&seen[hash >> (64 - SEEN_BITS)], hash, __ATOMIC_RELAXED);
  return true;
}
