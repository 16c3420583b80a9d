/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <string.h>

#define MAX_TYPES 65536u

typedef struct
{
  const InspectSlotType *types;
  const InspectSlot *slots;
  uint32_t n_types, n_slots;
  const char *texts;
  size_t n_text_bytes;
} Told;

static bool
take_parts (const void *bytes, size_t size, Told *ret_told)
{
  InspectSlotsHeader header;
  size_t texts;

  if (size < sizeof header)
    return false;
  memcpy (&header, bytes, sizeof header);
  if (header.magic != INSPECT_SLOTS_MAGIC || header.size != size || header.n_types > MAX_TYPES ||
      header.n_slots > INSPECT_SLOTS_MAX)
    return false;
  texts = sizeof header + header.n_types * sizeof (InspectSlotType) +
          header.n_slots * sizeof (InspectSlot);
  if (texts >= size || ((const char *)bytes)[size - 1] != '\0')
    return false;
  ret_told->types = (const void *)((const char *)bytes + sizeof header);
  ret_told->slots = (const void *)(ret_told->types + header.n_types);
  ret_told->n_types = header.n_types;
  ret_told->n_slots = header.n_slots;
  ret_told->texts = (const char *)bytes + texts;
  ret_told->n_text_bytes = size - texts;
  return true;
}

static bool
is_sound (const Told *told)
{
  for (uint32_t i = 0; i < told->n_types; i++)
    if (told->types[i].function >= told->n_text_bytes || told->types[i].file >= told->n_text_bytes)
      return false;
  for (uint32_t i = 0; i < told->n_slots; i++)
    if (told->slots[i].of < INSPECT_SLOT_POLL || told->slots[i].of > INSPECT_SLOT_RELEASE ||
        told->slots[i].function == 0 ||
        (told->slots[i].type != INSPECT_SLOTS_NOWHERE && told->slots[i].type >= told->n_types))
      return false;
  return told->n_slots > 0;
}

bool
table_make (const InspectAgent *agent, const void *bytes, size_t size, Table *ret_table)
{
  Told told;
  TableType *types;
  TableEntry *entries;
  InspectSwap *swaps;

  if (!take_parts (bytes, size, &told) || !is_sound (&told))
    return false;
  types = agent->reserve ((told.n_types + 1) * sizeof *types);
  entries = agent->reserve (told.n_slots * sizeof *entries);
  swaps = agent->reserve (told.n_slots * sizeof *swaps);
  if (types == NULL || entries == NULL || swaps == NULL)
    return false;
  for (uint32_t i = 0; i < told.n_types; i++)
    {
      types[i].type = &told.types[i];
      types[i].location = (InspectLocation){ .function = told.texts + told.types[i].function,
                                             .file = told.texts + told.types[i].file,
                                             .line = told.types[i].line };
    }
  for (uint32_t i = 0; i < told.n_slots; i++)
    {
      const InspectSlot *slot = &told.slots[i];

      entries[i] =
          (TableEntry){ .original = (RustFunction)(uintptr_t)slot->function,
                        .type = slot->type != INSPECT_SLOTS_NOWHERE ? &types[slot->type] : NULL,
                        .of = slot->of };
      swaps[i] = (InspectSwap){ .slot = (void **)(uintptr_t)slot->address,
                                .from = (void *)(uintptr_t)slot->function,
                                .to = stub_get (i) };
    }
  *ret_table = (Table){ entries, told.n_slots, swaps };
  return true;
}
