/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "wrap.h"

#include "shared/lock.h"
#include "watchers.h"

#define SLAB 4096u /* bytes */
#define MAX_SLABS 4096u

static Lock lock;
static Wrap *first_free;
static uint32_t n_slabs;

static bool
add_slab (void)
{
  Wrap *wraps;

  if (__atomic_fetch_add (&n_slabs, 1, __ATOMIC_RELAXED) >= MAX_SLABS)
    {
      __atomic_fetch_sub (&n_slabs, 1, __ATOMIC_RELAXED);
      return false;
    }
  wraps = watchers.agent.reserve (SLAB);
  for (size_t i = 0; wraps != NULL && i < SLAB / sizeof (Wrap); i++)
    wrap_free (&wraps[i]);
  return wraps != NULL;
}

Wrap *
wrap_new (Callback callback, void *data)
{
  Wrap *wrap;

  do
    {
      lock_enter (&lock);
      wrap = first_free;
      if (wrap != NULL)
        first_free = wrap->next_free;
      lock_leave (&lock);
    }
  while (wrap == NULL && add_slab ());
  if (wrap == NULL)
    watchers.agent.count_skipped ();
  else
    *wrap = (Wrap){ .callback = callback, .data = data };
  return wrap;
}

void
wrap_free (Wrap *wrap)
{
  lock_enter (&lock);
  wrap->next_free = first_free;
  first_free = wrap;
  lock_leave (&lock);
}
