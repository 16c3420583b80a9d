/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/objects-heap.h"

/* glibc/malloc/malloc.c, "struct malloc_chunk": before what a program gets is a word with the size of all of it, of
 * which the lowest three bits are flags; it lies in steps of 16 and is 32 at least, and the user has all of it
 * but for one word. The next one behind it has a flag that this one is in use. A block that would leave less than 32
 * bytes gets these, too. Anything else that a word and its neighbour can be is hardly that. */

#define WORD 8u
#define STEP 16u
#define SMALLEST 32u
#define IN_USE 1u
#define MAPPED 2u
#define FLAGS 7u
#define LARGEST (G_GUINT64_CONSTANT (1) << 32)

/* FALSE: it is none. */
static gboolean
read_size (const DebugMemory *memory, guint64 address, guint64 *ret_size, guint64 *ret_flags)
{
  guint64 word, size;

  if (address % STEP != 0 || !debug_memory_read_number (memory, address - WORD, WORD, &word))
    return FALSE;
  size = word & ~(guint64)FLAGS;
  *ret_size = size;
  *ret_flags = word & FLAGS;
  return size >= SMALLEST && size % STEP == 0 && size < LARGEST;
}

ObjectsHeap
objects_heap_fits (const DebugMemory *memory, guint64 address, guint64 size)
{
  guint64 block, flags, next, next_flags, needed;

  if (!read_size (memory, address, &block, &flags) || (flags & MAPPED) != 0)
    return OBJECTS_HEAP_UNKNOWN;
  /* The last one has what is left of the heap behind it, whose size need not be a block's. */
  if (!read_size (memory, address + block, &next, &next_flags) || (next_flags & IN_USE) == 0)
    return OBJECTS_HEAP_UNKNOWN;
  needed = MAX ((size + WORD + STEP - 1) / STEP * STEP, SMALLEST);
  if (block < needed)
    return OBJECTS_HEAP_TOO_SMALL;
  return block < needed + SMALLEST ? OBJECTS_HEAP_EXACT : OBJECTS_HEAP_LARGER;
}
