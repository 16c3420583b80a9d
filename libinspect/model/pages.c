/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* What comes from the kernel is zeros already. It is asked for and given back piece by piece, for what an allocator
 * has had before it has to clear. */
static void *
map (gsize size)
{
  char *begin = mmap (NULL, size + MODEL_PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  gsize before;

  if (begin == MAP_FAILED)
    return NULL;
  before = (MODEL_PAGE - (gsize)begin % MODEL_PAGE) % MODEL_PAGE;
  if (before > 0)
    munmap (begin, before);
  if (before < MODEL_PAGE)
    munmap (begin + before + size, MODEL_PAGE - before);
  /* A kernel that has none gives small ones. */
  madvise (begin + before, size & ~(MODEL_PAGE - 1), MADV_HUGEPAGE);
  return begin + before;
}

/* Of whole pages of the kernel. */
static gsize
round_up (gsize size)
{
  return (size + 4095) & ~(gsize)4095;
}

gpointer
model_pages_new (gsize size)
{
  void *memory = size < MODEL_PAGE ? calloc (1, size) : map (round_up (size));

  if (memory == NULL)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes", size);
  return memory;
}

void
model_pages_free (gpointer memory, gsize size)
{
  if (size < MODEL_PAGE)
    free (memory);
  else if (memory != NULL)
    munmap (memory, round_up (size));
}
