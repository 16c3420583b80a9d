/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "slots.h"

#include "shared/lock.h"

static Lock lock;

bool
slots_is_ours (const void *function)
{
  return (const char *)function >= __start_watcher_trampolines &&
         (const char *)function <= __stop_watcher_trampolines;
}

static uint32_t
find (const Slots *slots, Callback original, uint32_t n)
{
  uint32_t i = 0;

  while (i < n && slots->originals[i] != original)
    i++;
  return i;
}

static uint32_t
add (Slots *slots, Callback original)
{
  uint32_t i;

  lock_enter (&lock);
  i = find (slots, original, slots->n);
  if (i == slots->n && i < N_SLOTS)
    {
      slots->originals[i] = original;
      /* Pairs with the acquire in slots_get(): an original is there before it counts. */
      __atomic_store_n (&slots->n, i + 1, __ATOMIC_RELEASE);
    }
  lock_leave (&lock);
  return i;
}

Callback
slots_get (Slots *slots, Callback original)
{
  uint32_t n = __atomic_load_n (&slots->n, __ATOMIC_ACQUIRE), i;

  if (slots_is_ours ((const void *)original))
    return original;
  i = find (slots, original, n);
  if (i == n)
    i = add (slots, original);
  return i < N_SLOTS ? slots->functions[i] : NULL;
}

Callback
slots_original (const Slots *slots, Callback function)
{
  if (slots_is_ours ((const void *)function))
    for (uint32_t i = 0; i < N_SLOTS; i++)
      if (slots->functions[i] == function)
        return slots->originals[i];
  return function;
}
