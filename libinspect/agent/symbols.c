/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/object.h"

#include <elf.h>
#include <string.h>

#define VERSION_HIDDEN 0x8000u
/* Of a chain of version entries; glibc's libc has some forty. */
#define MAX_VERSIONS 1024u

/* ---- Names ----------------------------------------------------------------------------------- */

const char *
agent_object_symbol_name (const AgentObject *object, size_t index)
{
  if (index == 0 || index >= object->n_symbols ||
      object->symbols[index].st_name >= object->strings_size)
    return NULL;
  return object->strings + object->symbols[index].st_name;
}

uint32_t
agent_object_hash_name (const char *name)
{
  uint32_t hash = 5381;

  for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++)
    hash = hash * 33 + *c;
  return hash;
}

/* ---- Versions -------------------------------------------------------------------------------- */

/* The number of a symbol's version; 0 where the object has none. */
static uint16_t
get_version (const AgentObject *object, size_t index)
{
  const uint16_t *version = object->versions + index;

  if (object->versions == NULL ||
      !agent_object_has_segment (object, (uintptr_t)version, sizeof *version, PF_R))
    return 0;
  return *version;
}

/* The next entry of a chain, @offset bytes on; NULL at its end, or where it leads out of bounds. */
static const void *
follow (const AgentObject *object, const void *entry, uint32_t offset, size_t size)
{
  uintptr_t next = (uintptr_t)entry + offset;

  if (offset == 0 || next % 4 != 0 || !agent_object_has_segment (object, next, size, PF_R))
    return NULL;
  return (const void *)next;
}

uint32_t
agent_object_needed_version (const AgentObject *object, size_t index)
{
  uint16_t wanted = get_version (object, index) & ~VERSION_HIDDEN;
  const Elf64_Verneed *need = object->version_needs;
  uint32_t steps = 0;

  /* 0 and 1 are "local" and "any". */
  if (wanted < 2)
    return 0;
  for (size_t i = 0; need != NULL && i < object->n_version_needs && steps < MAX_VERSIONS; i++)
    {
      const Elf64_Vernaux *version = follow (object, need, need->vn_aux, sizeof *version);

      for (; version != NULL && steps < MAX_VERSIONS; steps++)
        {
          if (version->vna_other == wanted)
            return version->vna_hash;
          version = follow (object, version, version->vna_next, sizeof *version);
        }
      need = follow (object, need, need->vn_next, sizeof *need);
    }
  return 0;
}

/* The number by which @object knows the version whose name has that hash; 0 where it has none. */
static uint16_t
find_definition (const AgentObject *object, uint32_t version)
{
  const Elf64_Verdef *definition = object->version_definitions;

  for (size_t i = 0; definition != NULL && i < object->n_version_definitions && i < MAX_VERSIONS;
       i++)
    {
      if (definition->vd_hash == version)
        return definition->vd_ndx & ~VERSION_HIDDEN;
      definition = follow (object, definition, definition->vd_next, sizeof *definition);
    }
  return 0;
}

/* ---- Lookup ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  uint32_t hash;
  uint16_t version; /* 0: the default one; old ones are there for programs of their time alone */
} Wanted;

static bool
is_wanted_version (const AgentObject *object, size_t index, const Wanted *wanted)
{
  uint16_t version = get_version (object, index);

  return wanted->version == 0 ? (version & VERSION_HIDDEN) == 0
                              : (version & ~VERSION_HIDDEN) == wanted->version;
}

static void *
accept_symbol (const AgentObject *object, size_t index, const Wanted *wanted)
{
  const char *found = agent_object_symbol_name (object, index);
  const Elf64_Sym *symbol;
  uint8_t type;

  if (found == NULL || strcmp (found, wanted->name) != 0)
    return NULL;
  symbol = &object->symbols[index];
  type = ELF64_ST_TYPE (symbol->st_info);
  if (symbol->st_shndx == SHN_UNDEF || symbol->st_shndx == SHN_ABS || symbol->st_value == 0 ||
      (type != STT_FUNC && type != STT_NOTYPE && type != STT_OBJECT) ||
      ELF64_ST_BIND (symbol->st_info) == STB_LOCAL || !is_wanted_version (object, index, wanted) ||
      !agent_object_contains (object, object->bias + symbol->st_value))
    return NULL;
  return (void *)(object->bias + symbol->st_value);
}

static void *
lookup_gnu (const AgentObject *object, const Wanted *wanted)
{
  const uint32_t *table = object->gnu_hash;
  uint32_t n_buckets = table[0], first = table[1], n_words = table[2], shift = table[3];
  const Elf64_Addr *bloom = (const void *)(table + 4);
  const uint32_t *buckets = (const uint32_t *)(bloom + n_words);
  const uint32_t *chain = buckets + n_buckets;
  const uint32_t hash = wanted->hash;
  const unsigned bits = 8 * sizeof (Elf64_Addr);
  size_t limit = agent_object_bytes_from (object, (uintptr_t)chain, PF_R) / sizeof *chain;
  Elf64_Addr word;

  if (n_buckets == 0 || n_words == 0 || limit == 0 ||
      !agent_object_has_segment (object, (uintptr_t)table, (uintptr_t)chain - (uintptr_t)table,
                                 PF_R))
    return NULL;
  word = bloom[(hash / bits) % n_words];
  if (((word >> (hash % bits)) & (word >> ((hash >> (shift % 32)) % bits)) & 1) == 0)
    return NULL;
  for (uint32_t index = buckets[hash % n_buckets]; index >= first && index - first < limit; index++)
    {
      uint32_t other = chain[index - first];
      void *found;

      if (((other ^ hash) >> 1) == 0 && (found = accept_symbol (object, index, wanted)) != NULL)
        return found;
      if ((other & 1) != 0)
        break;
    }
  return NULL;
}

static uint32_t
hash_sysv (const char *name)
{
  uint32_t hash = 0;

  for (const unsigned char *c = (const unsigned char *)name; *c != '\0'; c++)
    {
      hash = (hash << 4) + *c;
      hash ^= (hash >> 24) & 0xf0;
    }
  return hash & 0x0fffffff;
}

static void *
lookup_sysv (const AgentObject *object, const Wanted *wanted)
{
  const uint32_t *table = object->sysv_hash;
  uint32_t n_buckets = table[0], n_chain = table[1];
  const uint32_t *buckets = table + 2;
  const uint32_t *chain = buckets + n_buckets;
  uint32_t steps = 0;

  if (n_buckets == 0 ||
      !agent_object_has_segment (object, (uintptr_t)table,
                                 (2 + (size_t)n_buckets + n_chain) * sizeof *table, PF_R))
    return NULL;
  for (uint32_t index = buckets[hash_sysv (wanted->name) % n_buckets];
       index != 0 && index < n_chain && steps < n_chain; index = chain[index], steps++)
    {
      void *found = accept_symbol (object, index, wanted);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void *
look_up (const AgentObject *object, const Wanted *wanted)
{
  if (object->symbols == NULL)
    return NULL;
  if (object->gnu_hash != NULL)
    return lookup_gnu (object, wanted);
  if (object->sysv_hash != NULL)
    return lookup_sysv (object, wanted);
  return NULL;
}

void *
agent_object_lookup (const AgentObject *object, const char *name, uint32_t hash)
{
  return look_up (object, &(Wanted){ name, hash, 0 });
}

void *
agent_object_lookup_version (const AgentObject *object, const char *name, uint32_t hash,
                             uint32_t version)
{
  uint16_t number = version != 0 ? find_definition (object, version) : 0;

  /* Who asks for a version gets the default from an object that has none at all. */
  if (version != 0 && number == 0 && object->version_definitions != NULL)
    return NULL;
  return look_up (object, &(Wanted){ name, hash, number });
}

/* ---- How many there are ---------------------------------------------------------------------- */

/* The chains of a GNU hash table go to the last symbol. */
static size_t
count_gnu (const AgentObject *object)
{
  const uint32_t *table = object->gnu_hash;
  uint32_t n_buckets = table[0], first = table[1], n_words = table[2], last = 0;
  const Elf64_Addr *bloom = (const void *)(table + 4);
  const uint32_t *buckets = (const uint32_t *)(bloom + n_words);
  const uint32_t *chain = buckets + n_buckets;
  size_t limit;

  if (!agent_object_has_segment (object, (uintptr_t)table, (uintptr_t)chain - (uintptr_t)table,
                                 PF_R))
    return 0;
  limit = agent_object_bytes_from (object, (uintptr_t)chain, PF_R) / sizeof *chain;
  for (uint32_t i = 0; i < n_buckets; i++)
    last = buckets[i] > last ? buckets[i] : last;
  if (last < first)
    return first;
  while (last - first < limit && (chain[last - first] & 1) == 0)
    last++;
  return (size_t)last + 1;
}

size_t
agent_object_count_symbols (const AgentObject *object)
{
  size_t n = 0;

  if (object->symbols == NULL)
    return 0;
  if (object->gnu_hash != NULL)
    n = count_gnu (object);
  else if (object->sysv_hash != NULL)
    n = object->sysv_hash[1];
  return n < object->n_symbols ? n : object->n_symbols;
}

/* ---- Imports --------------------------------------------------------------------------------- */

/* A weak reference is that of a library which asks whether the program has threads at all. A libc
 * that has them inside always answers: then each program with libselinux would be one with threads. */
static bool
is_import (const Elf64_Sym *symbol)
{
  return symbol->st_shndx == SHN_UNDEF && ELF64_ST_BIND (symbol->st_info) != STB_WEAK;
}

static bool
is_one_of (const char *name, const char *const *names, size_t n_names)
{
  for (size_t i = 0; i < n_names; i++)
    if (name[0] == names[i][0] && strcmp (name, names[i]) == 0)
      return true;
  return false;
}

/* The hash tables are of what an object defines, so that its relocations have to be gone through. */
static bool
table_imports (const AgentObject *object, const Elf64_Rela *table, size_t n,
               const char *const *names, size_t n_names)
{
  for (size_t i = 0; i < n; i++)
    {
      size_t index = ELF64_R_SYM (table[i].r_info);
      const char *name = agent_object_symbol_name (object, index);

      if (name != NULL && is_one_of (name, names, n_names) && is_import (&object->symbols[index]))
        return true;
    }
  return false;
}

bool
agent_object_imports (const AgentObject *object, const char *const *names, size_t n_names)
{
  return n_names > 0 && (table_imports (object, object->call_relocations,
                                        object->n_call_relocations, names, n_names) ||
                         table_imports (object, object->data_relocations,
                                        object->n_data_relocations, names, n_names));
}

static bool
calls_own (const AgentObject *object, const char *name)
{
  for (size_t i = 0; i < object->n_call_relocations; i++)
    {
      size_t index = ELF64_R_SYM (object->call_relocations[i].r_info);
      const char *found = agent_object_symbol_name (object, index);

      if (found != NULL && strcmp (found, name) == 0 &&
          object->symbols[index].st_shndx != SHN_UNDEF)
        return true;
    }
  return false;
}

bool
agent_object_calls_own (const AgentObject *object, const char *const *names, size_t n_names)
{
  size_t n = 0;

  while (n < n_names && calls_own (object, names[n]))
    n++;
  return n_names > 0 && n == n_names;
}
