/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Before what is given, so that it can be given back: where it really begins. */
typedef struct
{
  char *begin;
  guint64 unused; /* alignment */
} Header;

gpointer
model_pages_new (gsize size)
{
  gsize room = sizeof (Header) + (size < MODEL_PAGE ? 0 : MODEL_PAGE);
  /* What comes from the kernel is zeros already, and is not written to for that a second time. */
  char *begin = calloc (1, size + room), *memory;

  if (begin == NULL)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes", size);
  memory = begin + sizeof (Header);
  if (size >= MODEL_PAGE)
    {
      memory = (char *)(((gsize)memory + MODEL_PAGE - 1) & ~(MODEL_PAGE - 1));
      /* A kernel that has none gives small ones. */
      madvise (memory, size & ~(MODEL_PAGE - 1), MADV_HUGEPAGE);
    }
  ((Header *)memory)[-1].begin = begin;
  return memory;
}

void
model_pages_free (gpointer memory)
{
  if (memory != NULL)
    free (((Header *)memory)[-1].begin);
}
