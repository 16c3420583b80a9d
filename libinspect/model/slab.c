/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model/slab.h"

#include <string.h>

#include "model/pages.h"

#define CHUNK_ITEMS 256u
/* Of the processor's cache. What is larger than two lines begins at one. */
#define LINE 64u
/* Whoever has so many will have more. */
#define MANY_CHUNKS 16u

void
model_slab_init (ModelSlab *slab, gsize item_size)
{
  gsize unit = item_size > 2 * LINE ? LINE : 16;

  memset (slab, 0, sizeof *slab);
  slab->item_size = MAX ((item_size + unit - 1) & ~(unit - 1), unit);
  slab->chunks = g_ptr_array_new ();
}

/* Items of the chunk of that number. */
static gsize
count_items (const ModelSlab *slab, guint chunk)
{
  return chunk < MANY_CHUNKS ? CHUNK_ITEMS : MAX (CHUNK_ITEMS, MODEL_PAGE / slab->item_size);
}

static gsize
get_chunk_size (const ModelSlab *slab, guint chunk)
{
  gsize n = count_items (slab, chunk);

  return n > CHUNK_ITEMS ? MODEL_PAGE : n * slab->item_size;
}

void
model_slab_clear (ModelSlab *slab)
{
  for (guint i = 0; slab->chunks != NULL && i < slab->chunks->len; i++)
    model_pages_free (slab->chunks->pdata[i], get_chunk_size (slab, i));
  g_clear_pointer (&slab->chunks, g_ptr_array_unref);
  slab->free_list = NULL;
  slab->left = slab->n_of_chunk = slab->used = 0;
}

static void
add_chunk (ModelSlab *slab)
{
  guint chunk = slab->chunks->len;

  g_ptr_array_add (slab->chunks, model_pages_new (get_chunk_size (slab, chunk)));
  slab->left = slab->n_of_chunk = (guint)count_items (slab, chunk);
}

void *
model_slab_alloc_begin (ModelSlab *slab, gsize n_zeroed)
{
  char *item = slab->free_list;

  slab->used++;
  if (item != NULL)
    {
      slab->free_list = *(void **)item;
      return memset (item, 0, n_zeroed);
    }
  if (slab->left == 0)
    add_chunk (slab);
  item = g_ptr_array_index (slab->chunks, slab->chunks->len - 1);
  return item + (slab->n_of_chunk - slab->left--) * slab->item_size;
}

void *
model_slab_alloc (ModelSlab *slab)
{
  return model_slab_alloc_begin (slab, slab->item_size);
}

void
model_slab_free (ModelSlab *slab, void *item)
{
  *(void **)item = slab->free_list;
  slab->free_list = item;
  slab->used--;
}
