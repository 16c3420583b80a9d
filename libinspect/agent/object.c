/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/object.h"

#include <elf.h>
#include <string.h>

#include "agent/memory.h"

#define MAX_DYNAMIC_ENTRIES 1024

/* ---- Segments -------------------------------------------------------------------------------- */

static const Elf64_Phdr *
find_segment (const AgentObject *object, uintptr_t address, uint32_t flags)
{
  for (uint32_t i = 0; i < object->n_headers; i++)
    {
      const Elf64_Phdr *segment = &object->headers[i];

      if (segment->p_type == PT_LOAD && (segment->p_flags & flags) == flags &&
          address - object->bias - segment->p_vaddr < segment->p_memsz)
        return segment;
    }
  return NULL;
}

bool
agent_object_contains (const AgentObject *object, uintptr_t address)
{
  return find_segment (object, address, 0) != NULL;
}

size_t
agent_object_bytes_from (const AgentObject *object, uintptr_t address, uint32_t flags)
{
  const Elf64_Phdr *segment = find_segment (object, address, flags);

  return segment != NULL ? segment->p_memsz - (address - object->bias - segment->p_vaddr) : 0;
}

bool
agent_object_has_segment (const AgentObject *object, uintptr_t address, size_t length,
                          uint32_t flags)
{
  return length > 0 && agent_object_bytes_from (object, address, flags) >= length;
}

static void
find_build_id (AgentObject *object, const Elf64_Phdr *header)
{
  const char *note = (const char *)(object->bias + header->p_vaddr);
  size_t left = header->p_memsz;

  if (!agent_object_has_segment (object, (uintptr_t)note, left, PF_R))
    return;
  while (left >= sizeof (Elf64_Nhdr))
    {
      const Elf64_Nhdr *head = (const void *)note;
      size_t name_size = ((size_t)head->n_namesz + 3) & ~(size_t)3;
      size_t size = sizeof *head + name_size + (((size_t)head->n_descsz + 3) & ~(size_t)3);

      if (size > left)
        return;
      if (head->n_type == NT_GNU_BUILD_ID && head->n_namesz == sizeof ELF_NOTE_GNU &&
          memcmp (head + 1, ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0)
        {
          object->build_id = (const uint8_t *)(head + 1) + name_size;
          object->build_id_length = head->n_descsz;
          return;
        }
      note += size;
      left -= size;
    }
}

/* Rounded as the loader rounds: a page that is shared with what follows stays writable. */
static void
set_relro (AgentObject *object, const Elf64_Phdr *header)
{
  uintptr_t page = agent_memory_page_size ();
  uintptr_t start = (object->bias + header->p_vaddr) & ~(page - 1);
  uintptr_t end = (object->bias + header->p_vaddr + header->p_memsz) & ~(page - 1);

  if (start >= end || !agent_object_contains (object, object->bias + header->p_vaddr))
    return;
  object->relro_start = start;
  object->relro_end = end;
}

/* ---- Dynamic section ------------------------------------------------------------------------- */

/* glibc adds the bias to these entries in place, musl and the vdso leave them as in the file. */
static uintptr_t
resolve_pointer (const AgentObject *object, uintptr_t value)
{
  return value < object->bias ? value + object->bias : value;
}

typedef struct
{
  uintptr_t strings, symbols, versions, gnu_hash, sysv_hash, rela, plt;
  uintptr_t version_needs, version_definitions;
  size_t strings_size, rela_size, relative_count, plt_size;
  size_t n_version_needs, n_version_definitions;
  size_t soname; /* 0: none */
  bool plt_is_rela;
} Dynamic;

static void
read_entry (const AgentObject *object, const Elf64_Dyn *entry, Dynamic *result)
{
  uintptr_t pointer = resolve_pointer (object, entry->d_un.d_ptr);

  switch (entry->d_tag)
    {
    case DT_STRTAB:
      result->strings = pointer;
      break;
    case DT_SYMTAB:
      result->symbols = pointer;
      break;
    case DT_VERSYM:
      result->versions = pointer;
      break;
    case DT_VERNEED:
      result->version_needs = pointer;
      break;
    case DT_VERNEEDNUM:
      result->n_version_needs = entry->d_un.d_val;
      break;
    case DT_VERDEF:
      result->version_definitions = pointer;
      break;
    case DT_VERDEFNUM:
      result->n_version_definitions = entry->d_un.d_val;
      break;
    case DT_GNU_HASH:
      result->gnu_hash = pointer;
      break;
    case DT_HASH:
      result->sysv_hash = pointer;
      break;
    case DT_RELA:
      result->rela = pointer;
      break;
    case DT_JMPREL:
      result->plt = pointer;
      break;
    case DT_STRSZ:
      result->strings_size = entry->d_un.d_val;
      break;
    case DT_RELASZ:
      result->rela_size = entry->d_un.d_val;
      break;
    case DT_RELACOUNT:
      result->relative_count = entry->d_un.d_val;
      break;
    case DT_PLTRELSZ:
      result->plt_size = entry->d_un.d_val;
      break;
    case DT_SONAME:
      result->soname = entry->d_un.d_val;
      break;
    case DT_PLTREL:
      result->plt_is_rela = entry->d_un.d_val == DT_RELA;
      break;
    default:
      break;
    }
}

/* How many entries the section may have. */
static size_t
dynamic_capacity (const AgentObject *object)
{
  size_t capacity = agent_object_bytes_from (object, (uintptr_t)object->dynamic, 0) / sizeof (Elf64_Dyn);

  return capacity < MAX_DYNAMIC_ENTRIES ? capacity : MAX_DYNAMIC_ENTRIES;
}

/* A table of that many bytes, at the least; NULL where it is not all there. */
static const void *
find_table (const AgentObject *object, uintptr_t address, size_t length, size_t alignment)
{
  if (address % alignment != 0 || !agent_object_has_segment (object, address, length, PF_R))
    return NULL;
  return (const void *)address;
}

static void
set_strings (AgentObject *object, const Dynamic *dynamic)
{
  const char *strings = find_table (object, dynamic->strings, dynamic->strings_size, 1);

  if (strings == NULL || strings[dynamic->strings_size - 1] != '\0')
    return;
  object->strings = strings;
  object->strings_size = dynamic->strings_size;
  if (dynamic->soname > 0 && dynamic->soname < dynamic->strings_size)
    object->soname = strings + dynamic->soname;
}

static void
set_symbols (AgentObject *object, const Dynamic *dynamic)
{
  if (object->strings == NULL)
    return;
  object->symbols = find_table (object, dynamic->symbols, sizeof (Elf64_Sym), 8);
  if (object->symbols == NULL)
    return;
  object->n_symbols = agent_object_bytes_from (object, dynamic->symbols, PF_R) / sizeof (Elf64_Sym);
  object->versions = find_table (object, dynamic->versions, sizeof (uint16_t), 2);
  object->version_needs = find_table (object, dynamic->version_needs, sizeof (Elf64_Verneed), 4);
  object->n_version_needs = dynamic->n_version_needs;
  object->version_definitions =
      find_table (object, dynamic->version_definitions, sizeof (Elf64_Verdef), 4);
  object->n_version_definitions = dynamic->n_version_definitions;
  object->gnu_hash = find_table (object, dynamic->gnu_hash, 4 * sizeof (uint32_t), 8);
  object->sysv_hash = find_table (object, dynamic->sysv_hash, 2 * sizeof (uint32_t), 4);
}

static void
set_relocations (AgentObject *object, const Dynamic *dynamic)
{
  size_t count = dynamic->rela_size / sizeof (Elf64_Rela);
  const Elf64_Rela *data;

  if (object->symbols == NULL)
    return;
  data = find_table (object, dynamic->rela, dynamic->rela_size, 8);
  if (data != NULL && dynamic->relative_count < count)
    {
      object->data_relocations = data + dynamic->relative_count;
      object->n_data_relocations = count - dynamic->relative_count;
    }
  if (dynamic->plt_is_rela)
    object->call_relocations = find_table (object, dynamic->plt, dynamic->plt_size, 8);
  if (object->call_relocations != NULL)
    object->n_call_relocations = dynamic->plt_size / sizeof (Elf64_Rela);
}

static bool
read_headers (AgentObject *object)
{
  object->start = UINTPTR_MAX;
  for (uint32_t i = 0; i < object->n_headers; i++)
    {
      const Elf64_Phdr *header = &object->headers[i];
      uintptr_t address = object->bias + header->p_vaddr;

      if (header->p_type == PT_DYNAMIC)
        object->dynamic = (const Elf64_Dyn *)address;
      if (header->p_type != PT_LOAD)
        continue;
      if (address < object->start)
        object->start = address;
      if (address + header->p_memsz > object->end)
        object->end = address + header->p_memsz;
    }
  for (uint32_t i = 0; i < object->n_headers; i++)
    {
      if (object->headers[i].p_type == PT_NOTE && object->build_id == NULL)
        find_build_id (object, &object->headers[i]);
      if (object->headers[i].p_type == PT_GNU_RELRO)
        set_relro (object, &object->headers[i]);
    }
  return object->dynamic != NULL && (uintptr_t)object->dynamic % 8 == 0 &&
         object->start < object->end;
}

bool
agent_object_init (AgentObject *object, const struct dl_phdr_info *info)
{
  Dynamic dynamic = { 0 };
  size_t capacity;

  memset (object, 0, sizeof *object);
  object->bias = info->dlpi_addr;
  object->headers = info->dlpi_phdr;
  object->n_headers = info->dlpi_phnum;
  object->name = info->dlpi_name != NULL ? info->dlpi_name : "";
  if (!read_headers (object))
    return false;

  capacity = dynamic_capacity (object);
  for (size_t i = 0; i < capacity && object->dynamic[i].d_tag != DT_NULL; i++)
    read_entry (object, &object->dynamic[i], &dynamic);
  set_strings (object, &dynamic);
  set_symbols (object, &dynamic);
  set_relocations (object, &dynamic);
  return true;
}

bool
agent_object_needs (const AgentObject *object, const char *soname)
{
  size_t capacity = dynamic_capacity (object);

  if (object->strings == NULL || soname == NULL)
    return false;
  for (size_t i = 0; i < capacity && object->dynamic[i].d_tag != DT_NULL; i++)
    if (object->dynamic[i].d_tag == DT_NEEDED &&
        object->dynamic[i].d_un.d_val < object->strings_size &&
        strcmp (object->strings + object->dynamic[i].d_un.d_val, soname) == 0)
      return true;
  return false;
}

static uint64_t
mix (uint64_t hash, uint64_t value)
{
  return (hash ^ value) * 0x9e3779b97f4a7c15u + (hash >> 29);
}

uint64_t
agent_object_fingerprint (const AgentObject *object)
{
  uint64_t hash = mix (object->bias, (uintptr_t)object->dynamic);
  size_t capacity = dynamic_capacity (object);

  for (const char *c = object->name; *c != '\0'; c++)
    hash = mix (hash, (unsigned char)*c);
  for (size_t i = 0; i < capacity && object->dynamic[i].d_tag != DT_NULL; i++)
    /* The loader writes an address of its own here at some time. */
    if (object->dynamic[i].d_tag != DT_DEBUG)
      hash = mix (hash, object->dynamic[i].d_un.d_val);
  for (size_t i = 0; i < object->build_id_length; i++)
    hash = mix (hash, object->build_id[i]);
  return hash != 0 ? hash : 1;
}
