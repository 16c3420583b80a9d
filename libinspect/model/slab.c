/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model/slab.h"

#include <string.h>

#include "model/pages.h"

#define CHUNK_ITEMS 256u
/* Whoever has so many will have more. */
#define MANY_CHUNKS 16u

void
model_slab_init (ModelSlab *slab, gsize item_size)
{
  memset (slab, 0, sizeof *slab);
  slab->item_size = MAX ((item_size + 15) & ~(gsize)15, 16);
  slab->chunks = g_ptr_array_new_with_free_func (model_pages_free);
}

void
model_slab_clear (ModelSlab *slab)
{
  g_clear_pointer (&slab->chunks, g_ptr_array_unref);
  slab->free_list = NULL;
  slab->left = slab->n_of_chunk = slab->used = 0;
}

static void
add_chunk (ModelSlab *slab)
{
  gsize n = CHUNK_ITEMS;

  if (slab->chunks->len >= MANY_CHUNKS)
    n = MAX (n, MODEL_PAGE / slab->item_size);
  g_ptr_array_add (slab->chunks,
                   model_pages_new (n > CHUNK_ITEMS ? MODEL_PAGE : n * slab->item_size));
  slab->left = slab->n_of_chunk = (guint)n;
}

void *
model_slab_alloc (ModelSlab *slab)
{
  char *item = slab->free_list;

  slab->used++;
  if (item != NULL)
    {
      slab->free_list = *(void **)item;
      return memset (item, 0, slab->item_size);
    }
  if (slab->left == 0)
    add_chunk (slab);
  item = g_ptr_array_index (slab->chunks, slab->chunks->len - 1);
  return item + (slab->n_of_chunk - slab->left--) * slab->item_size;
}

void
model_slab_free (ModelSlab *slab, void *item)
{
  *(void **)item = slab->free_list;
  slab->free_list = item;
  slab->used--;
}
