/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_SLAB_H
#define MODEL_SLAB_H

#include <glib.h>

G_BEGIN_DECLS

/* Objects of one size, in chunks that are kept until the end: a target begins and ends millions of
 * awaits, and each must cost no more than a pop and a push. */
typedef struct
{
  gsize item_size;
  void *free_list;
  GPtrArray *chunks;
  guint left, n_of_chunk; /* unused items at the end of the last chunk; items that it has */
  guint used;
} ModelSlab;

void model_slab_init (ModelSlab *slab, gsize item_size);
void model_slab_clear (ModelSlab *slab);
/* Zeroed. */
void *model_slab_alloc (ModelSlab *slab);
/* Only the first @n_zeroed bytes are: of an item that was freed, the others are as they were then. */
void *model_slab_alloc_begin (ModelSlab *slab, gsize n_zeroed);
void model_slab_free (ModelSlab *slab, void *item);

G_END_DECLS

#endif
