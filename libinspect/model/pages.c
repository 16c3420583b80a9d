/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

gpointer
model_pages_new (gsize size)
{
  void *memory = NULL;

  if (size < MODEL_PAGE)
    memory = calloc (1, size);
  else if (posix_memalign (&memory, MODEL_PAGE, size) == 0)
    {
      /* A kernel that has none gives small ones. */
      madvise (memory, size & ~(MODEL_PAGE - 1), MADV_HUGEPAGE);
      memset (memory, 0, size);
    }
  if (memory == NULL)
    g_error ("no memory for %" G_GSIZE_FORMAT " bytes", size);
  return memory;
}

void
model_pages_free (gpointer memory)
{
  free (memory);
}
