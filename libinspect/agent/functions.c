/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/functions.h"

#include <elf.h>
#include <string.h>

#include "agent/memory.h"
#include "agent/symbol-table.h"
#include "agent/whole.h"

/* Of one runtime. */
#define MAX_FUNCTIONS 4096u

static bool
has_prefix (const char *name, const char *prefix)
{
  while (*prefix != '\0' && *name == *prefix)
    {
      name++;
      prefix++;
    }
  return *prefix == '\0';
}

bool
agent_functions_has (const AgentObject *object, const char *const *names, size_t n_names)
{
  bool found = false;
  AgentSymbolTable table;

  agent_symbol_table_open (&table, object, NULL);
  for (size_t i = 0; i < table.n_symbols && !found; i++)
    {
      const char *name = agent_symbol_table_get_function (&table, object, i);

      for (size_t k = 0; name != NULL && k < n_names && !found; k++)
        found = name[0] == names[k][0] && strcmp (name, names[k]) == 0;
    }
  agent_symbol_table_close (&table);
  return found;
}

bool
agent_functions_offers_others (const AgentObject *object, const char *prefix)
{
  AgentSymbolTable table;

  agent_symbol_table_lend (&table, object);
  for (size_t i = 0; i < table.n_symbols; i++)
    {
      const char *name = agent_symbol_table_get_function (&table, object, i);

      /* Some linkers offer what begins and ends a library, too. */
      if (name != NULL && name[0] != '_' && !has_prefix (name, prefix))
        return true;
    }
  return false;
}

/* ---- The functions of one runtime ------------------------------------------------------------ */

static void
sort (AgentFunction *functions, uint32_t n)
{
  for (uint32_t gap = n / 2; gap > 0; gap /= 2)
    for (uint32_t i = gap; i < n; i++)
      {
        AgentFunction moved = functions[i];
        uint32_t at = i;

        for (; at >= gap && functions[at - gap].address > moved.address; at -= gap)
          functions[at] = functions[at - gap];
        functions[at] = moved;
      }
}

/* How many functions begin at or before @address. */
static uint32_t
count_up_to (const AgentFunctions *functions, uintptr_t address)
{
  uint32_t low = 0, high = functions->n;

  while (low < high)
    {
      uint32_t middle = low + (high - low) / 2;

      if (functions->functions[middle].address <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* @broken: for each function, whether one of others lies between it and the one before. */
static void
find_block (AgentFunctions *functions, const uint8_t *broken)
{
  uint32_t begin = 0;

  for (uint32_t i = 1; i <= functions->n; i++)
    {
      const AgentFunction *last = &functions->functions[i - 1];

      if (i < functions->n && !broken[i])
        continue;
      if (i - begin > functions->n_in_block)
        {
          functions->n_in_block = i - begin;
          functions->block_start = functions->functions[begin].address;
          functions->block_end = last->address + last->size;
        }
      begin = i;
    }
}

static void
collect (AgentFunctions *functions, const AgentSymbolTable *table, const AgentObject *object,
         const char *prefix, char *names)
{
  for (size_t i = 0; i < table->n_symbols; i++)
    {
      const char *name = agent_symbol_table_get_function (table, object, i);
      size_t length;

      if (name == NULL || !has_prefix (name, prefix))
        continue;
      length = strlen (name) + 1;
      memcpy (names, name, length);
      functions->functions[functions->n++] =
          (AgentFunction){ .address = object->bias + table->symbols[i].st_value,
                           .size = (uint32_t)table->symbols[i].st_size,
                           .hash = agent_object_hash_name (name),
                           .name = names };
      names += length;
    }
  sort (functions->functions, functions->n);
}

static void
note_others (const AgentFunctions *functions, const AgentSymbolTable *table,
             const AgentObject *object, const char *prefix, uint8_t *broken)
{
  for (size_t i = 0; i < table->n_symbols; i++)
    {
      const char *name = agent_symbol_table_get_function (table, object, i);
      uint32_t before;

      if (name == NULL || has_prefix (name, prefix))
        continue;
      before = count_up_to (functions, object->bias + table->symbols[i].st_value);
      if (before < functions->n)
        broken[before] = 1;
    }
}

static uint32_t
measure (const AgentSymbolTable *table, const AgentObject *object, const char *prefix,
         size_t *ret_bytes)
{
  uint32_t n = 0;

  *ret_bytes = 0;
  for (size_t i = 0; i < table->n_symbols; i++)
    {
      const char *name = agent_symbol_table_get_function (table, object, i);

      if (name == NULL || !has_prefix (name, prefix))
        continue;
      n++;
      *ret_bytes += strlen (name) + 1;
    }
  return n;
}

bool
agent_functions_take (const AgentObject *object, const char *prefix, AgentFunctions *ret_functions)
{
  AgentFunctions functions = { 0 };
  size_t bytes, name_bytes;
  AgentSymbolTable table;
  uint32_t n;

  agent_symbol_table_open (&table, object, prefix);
  n = measure (&table, object, prefix, &name_bytes);
  bytes = n * (sizeof *functions.functions + 1) + name_bytes;
  if (n > 0 && n <= MAX_FUNCTIONS)
    functions.functions = agent_memory_reserve (bytes);
  if (functions.functions != NULL)
    {
      char *names = (char *)(functions.functions + n);
      uint8_t *broken = (uint8_t *)names + name_bytes;

      collect (&functions, &table, object, prefix, names);
      note_others (&functions, &table, object, prefix, broken);
      find_block (&functions, broken);
      functions.is_merged = table.known != NULL
                                ? table.known->is_merged != 0
                                : agent_whole_is_merged (table.symbols, table.n_symbols,
                                                         table.strings, table.strings_size, prefix);
      *ret_functions = functions;
    }
  agent_symbol_table_close (&table);
  return functions.functions != NULL;
}

const AgentFunction *
agent_functions_find (const AgentFunctions *functions, const char *name, uint32_t hash)
{
  for (uint32_t i = 0; i < functions->n; i++)
    if (functions->functions[i].hash == hash && strcmp (functions->functions[i].name, name) == 0)
      return &functions->functions[i];
  return NULL;
}
