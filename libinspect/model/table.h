/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_TABLE_H
#define MODEL_TABLE_H

#include <glib.h>

G_BEGIN_DECLS

/* Objects of a target by their 64-bit id. Open addressing with linear probing; a removal moves
 * what follows back, so that no tombstones pile up under ids that come and go all day. Key 0 is no
 * key. */
typedef struct
{
  guint64 key;
  void *value;
} ModelTableSlot;

typedef struct
{
  ModelTableSlot *slots;
  guint64 mask;
  guint count;
} ModelTable;

void model_table_init (ModelTable *table);
/* An empty one: @n will find room in it as it is. */
void model_table_reserve (ModelTable *table, guint n);
void model_table_clear (ModelTable *table);
/* @key must not be there. */
void model_table_add (ModelTable *table, guint64 key, void *value);
void model_table_remove (ModelTable *table, guint64 key);

static inline guint64
model_table_hash (guint64 key)
{
  /* Ids are addresses: their low bits are alike. The product's high half is well mixed. */
  key *= G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  return key ^ key >> 32;
}

static inline void *
model_table_find (const ModelTable *table, guint64 key)
{
  if (key == 0)
    return NULL;
  for (guint64 i = model_table_hash (key) & table->mask;; i = (i + 1) & table->mask)
    {
      if (table->slots[i].key == key)
        return table->slots[i].value;
      if (table->slots[i].key == 0)
        return NULL;
    }
}

G_END_DECLS

#endif
