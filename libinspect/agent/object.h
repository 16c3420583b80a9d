/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_OBJECT_H
#define AGENT_OBJECT_H

/* One loaded object, as its program headers and dynamic section describe it. They are the word of
 * somebody else's linker: every table is checked to lie in a loaded segment before it is read. */

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct
{
  uintptr_t bias;
  uintptr_t start, end; /* of all its segments */
  const Elf64_Phdr *headers;
  uint32_t n_headers;
  const char *name; /* the loader's; "" for the program itself */

  const Elf64_Dyn *dynamic; /* also what it is known by: no two objects share one */
  const char *soname;       /* or NULL */
  const char *strings;      /* ends with a NUL */
  size_t strings_size;
  const Elf64_Sym *symbols;
  size_t n_symbols; /* no more than this; the tables do not say it exactly */
  const uint16_t *versions;
  const Elf64_Verneed *version_needs;
  size_t n_version_needs;
  const Elf64_Verdef *version_definitions;
  size_t n_version_definitions;
  const uint32_t *gnu_hash;
  const uint32_t *sysv_hash;
  const Elf64_Rela *data_relocations; /* those that name no symbol left out */
  size_t n_data_relocations;
  const Elf64_Rela *call_relocations;
  size_t n_call_relocations;

  /* The pages that the loader protects once it has relocated the object; empty where none. */
  uintptr_t relro_start, relro_end;

  const uint8_t *build_id;
  size_t build_id_length;
} AgentObject;

/* False for an object without a dynamic section. */
bool agent_object_init (AgentObject *object, const struct dl_phdr_info *info);

bool agent_object_contains (const AgentObject *object, uintptr_t address);
/* How many bytes there are from @address to the end of its segment, which has @flags. */
size_t agent_object_bytes_from (const AgentObject *object, uintptr_t address, uint32_t flags);
/* True where all @length bytes lie in one segment that has @flags (PF_R, PF_W). */
bool agent_object_has_segment (const AgentObject *object, uintptr_t address, size_t length,
                               uint32_t flags);

uint32_t agent_object_hash_name (const char *name);
/* The function or variable that it offers to others by that name, in its default version; NULL
 * where it has none, or where the symbol has to be resolved by code (IFUNC, TLS). */
void *agent_object_lookup (const AgentObject *object, const char *name, uint32_t hash);
/* The same in the version whose name has that hash; 0 is the default one. */
void *agent_object_lookup_version (const AgentObject *object, const char *name, uint32_t hash,
                                   uint32_t version);
/* Hash of the name of the version in which @object wants that symbol of its own table; 0: any. */
uint32_t agent_object_needed_version (const AgentObject *object, size_t index);
/* Whether @object uses one of those functions of others, by more than a weak reference. */
bool agent_object_imports (const AgentObject *object, const char *const *names, size_t n_names);
/* Whether it defines all of these and calls each of them itself, by slots of its own. */
bool agent_object_calls_own (const AgentObject *object, const char *const *names, size_t n_names);
/* NULL where @index or what it leads to is out of bounds. */
const char *agent_object_symbol_name (const AgentObject *object, size_t index);
/* By its hash table. */
size_t agent_object_count_symbols (const AgentObject *object);
bool agent_object_needs (const AgentObject *object, const char *soname);

/* Differs, but for bad luck, between any two objects that were ever loaded, also where one was
 * loaded to where the other had been. */
uint64_t agent_object_fingerprint (const AgentObject *object);

#endif
