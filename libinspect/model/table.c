/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model/table.h"

#include <string.h>

#include "model/pages.h"

#define FIRST_SIZE 64

void
model_table_init (ModelTable *table)
{
  table->slots = model_pages_new (FIRST_SIZE * sizeof *table->slots);
  table->mask = FIRST_SIZE - 1;
  table->count = 0;
}

void
model_table_reserve (ModelTable *table, guint n)
{
  guint64 size = FIRST_SIZE;

  while (size / 2 <= n)
    size *= 2;
  if (table->count > 0 || size <= table->mask + 1)
    return;
  model_table_clear (table);
  table->slots = model_pages_new (size * sizeof *table->slots);
  table->mask = size - 1;
}

void
model_table_clear (ModelTable *table)
{
  if (table->slots != NULL)
    model_pages_free (table->slots, (table->mask + 1) * sizeof *table->slots);
  table->slots = NULL;
  table->count = 0;
}

static void
insert (ModelTable *table, guint64 key, void *value)
{
  guint64 i = model_table_hash (key) & table->mask;

  while (table->slots[i].key != 0)
    i = (i + 1) & table->mask;
  table->slots[i].key = key;
  table->slots[i].value = value;
}

void
model_table_add (ModelTable *table, guint64 key, void *value)
{
  g_assert (key != 0);
  /* At most half full: a miss then costs two probes on average. */
  if (table->count >= table->mask / 2)
    {
      ModelTableSlot *old = table->slots;
      guint64 old_size = table->mask + 1;

      table->slots = model_pages_new (old_size * 2 * sizeof *table->slots);
      table->mask = old_size * 2 - 1;
      for (guint64 i = 0; i < old_size; i++)
        if (old[i].key != 0)
          insert (table, old[i].key, old[i].value);
      model_pages_free (old, old_size * sizeof *old);
    }
  insert (table, key, value);
  table->count++;
}

void
model_table_remove (ModelTable *table, guint64 key)
{
  guint64 mask = table->mask;
  guint64 hole = model_table_hash (key) & mask;

  if (key == 0)
    return;
  while (table->slots[hole].key != key)
    {
      if (table->slots[hole].key == 0)
        return;
      hole = (hole + 1) & mask;
    }
  table->count--;
  for (guint64 i = (hole + 1) & mask; table->slots[i].key != 0; i = (i + 1) & mask)
    {
      guint64 home = model_table_hash (table->slots[i].key) & mask;

      /* An entry may fill the hole when the hole lies between its home and where it is. */
      if (((i - home) & mask) >= ((i - hole) & mask))
        {
          table->slots[hole] = table->slots[i];
          hole = i;
        }
    }
  memset (&table->slots[hole], 0, sizeof table->slots[hole]);
}
