/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "shared/arena.h"

#include <stdbool.h>

#define LARGEST_SLAB (1u << 20)

static void *
take (Arena *self, size_t size)
{
  char *taken = NULL;

  lock_enter (&self->lock);
  if ((size_t)(self->slab_end - self->slab) >= size)
    {
      taken = self->slab;
      self->slab += size;
    }
  lock_leave (&self->lock);
  return taken;
}

/* Asks the kernel, and so holds no lock; what another thread got meanwhile is given up. */
static bool
grow (Arena *self, size_t most, ArenaReserve reserve)
{
  size_t size = __atomic_load_n (&self->slab_size, __ATOMIC_RELAXED);
  char *slab;

  if (__atomic_load_n (&self->reserved, __ATOMIC_RELAXED) >= most)
    return false;
  slab = reserve (size);
  if (slab == NULL)
    return false;
  lock_enter (&self->lock);
  self->slab = slab;
  self->slab_end = slab + size;
  self->reserved += size;
  if (size < LARGEST_SLAB)
    __atomic_store_n (&self->slab_size, size * 2, __ATOMIC_RELAXED);
  lock_leave (&self->lock);
  return true;
}

void *
arena_take (Arena *self, size_t size, size_t most, ArenaReserve reserve)
{
  void *taken;

  while ((taken = take (self, size)) == NULL)
    if (!grow (self, most, reserve))
      return NULL;
  return taken;
}
