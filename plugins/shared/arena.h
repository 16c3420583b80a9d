/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SHARED_ARENA_H
#define SHARED_ARENA_H

/* Memory for the records of a table, from the kernel in slabs of which each is twice the one before, and never
 * given back. Any thread may call; not from signal handlers. */

#include <stddef.h>

#include "shared/lock.h"

typedef struct
{
  Lock lock;
  char *slab; /* what is left of the newest one */
  char *slab_end;
  size_t slab_size; /* of the next one, in bytes */
  size_t reserved;  /* in all of them */
} Arena;

#define ARENA_INIT                                                                                 \
  {                                                                                                \
    .slab_size = 16u << 10                                                                         \
  }

/* Like the agent's: memory from the kernel; NULL: there is none. */
typedef void *(*ArenaReserve) (size_t size);

/* @size bytes, all zero, at most 16 KiB. @most: no slab is added once there is so much. NULL: there is no room. */
void *arena_take (Arena *arena, size_t size, size_t most, ArenaReserve reserve);

#endif
