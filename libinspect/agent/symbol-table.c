/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/symbol-table.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/memory.h"
#include "agent/whole.h"
#include "emit/sys.h"

extern unsigned long getauxval (unsigned long type) __attribute__ ((weak));

/* Tables beyond that are not read: who starts such a program does not want to wait for it. */
#define MAX_SYMBOLS_BYTES (64u << 20)
#define MAX_STRINGS_BYTES (256u << 20)
#define MAX_SECTIONS 4096u

/* ---- The file -------------------------------------------------------------------------------- */

static bool
read_at (int fd, void *to, size_t bytes, uint64_t offset)
{
  for (size_t done = 0; done < bytes;)
    {
      long got = SYS_CALL4 (SYS_pread64, fd, (char *)to + done, bytes - done, offset + done);

      if (got == -EINTR)
        continue;
      if (got <= 0)
        return false;
      done += (size_t)got;
    }
  return true;
}

/* A part of the file; NULL: it cannot be read. One byte more, a NUL, is there behind it. */
static void *
read_part (int fd, const Elf64_Shdr *section)
{
  void *memory = agent_memory_reserve (section->sh_size + 1);

  if (memory != NULL && !read_at (fd, memory, section->sh_size, section->sh_offset))
    {
      agent_memory_release (memory, section->sh_size + 1);
      memory = NULL;
    }
  return memory;
}

static bool
find_sections (int fd, Elf64_Shdr *ret_symbols, Elf64_Shdr *ret_strings)
{
  Elf64_Ehdr header;

  if (!read_at (fd, &header, sizeof header, 0) || memcmp (header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_shentsize != sizeof *ret_symbols || header.e_shnum > MAX_SECTIONS)
    return false;
  for (uint32_t i = 0; i < header.e_shnum; i++)
    {
      uint64_t sections = header.e_shoff;

      if (!read_at (fd, ret_symbols, sizeof *ret_symbols, sections + i * sizeof *ret_symbols))
        return false;
      if (ret_symbols->sh_type == SHT_SYMTAB)
        return ret_symbols->sh_link < header.e_shnum &&
               read_at (fd, ret_strings, sizeof *ret_strings,
                        sections + ret_symbols->sh_link * sizeof *ret_strings) &&
               ret_symbols->sh_size <= MAX_SYMBOLS_BYTES && ret_symbols->sh_size > 0 &&
               ret_strings->sh_size <= MAX_STRINGS_BYTES && ret_strings->sh_size > 0;
    }
  return false;
}

/* Whether what was loaded came from this file, which may have been replaced since. */
static bool
is_same_file (int fd, const AgentObject *object)
{
  uintptr_t id = (uintptr_t)object->build_id - object->bias;
  uint8_t bytes[64];

  if (object->build_id == NULL || object->build_id_length > sizeof bytes)
    return false;
  for (uint32_t i = 0; i < object->n_headers; i++)
    {
      const Elf64_Phdr *segment = &object->headers[i];

      if (segment->p_type == PT_LOAD && id - segment->p_vaddr < segment->p_filesz)
        return read_at (fd, bytes, object->build_id_length,
                        segment->p_offset + (id - segment->p_vaddr)) &&
               memcmp (bytes, object->build_id, object->build_id_length) == 0;
    }
  return false;
}

/* Of the program the kernel has the file itself. */
static int
open_file (const AgentObject *object)
{
  bool is_program =
      getauxval != NULL && getauxval (AT_PHDR) == (unsigned long)(uintptr_t)object->headers;
  int fd = sys_openat (AT_FDCWD, is_program ? "/proc/self/exe" : object->name,
                       O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);

  if (fd >= 0 && !is_program && !is_same_file (fd, object))
    {
      sys_close (fd);
      fd = -ENOENT;
    }
  return fd;
}

/* ---- The table ------------------------------------------------------------------------------- */

static bool
open_full (AgentSymbolTable *table, const AgentObject *object)
{
  int fd = open_file (object);
  Elf64_Shdr symbols, strings;
  void *symbol_bytes = NULL, *string_bytes = NULL;

  if (fd < 0)
    return false;
  if (find_sections (fd, &symbols, &strings))
    {
      symbol_bytes = read_part (fd, &symbols);
      string_bytes = read_part (fd, &strings);
    }
  sys_close (fd);
  if (symbol_bytes == NULL || string_bytes == NULL)
    {
      if (symbol_bytes != NULL)
        agent_memory_release (symbol_bytes, symbols.sh_size + 1);
      if (string_bytes != NULL)
        agent_memory_release (string_bytes, strings.sh_size + 1);
      return false;
    }
  *table = (AgentSymbolTable){ .symbols = symbol_bytes,
                               .n_symbols = symbols.sh_size / sizeof (Elf64_Sym),
                               .strings = string_bytes,
                               .strings_size = strings.sh_size,
                               .symbols_bytes = symbols.sh_size };
  table->first_demoted = agent_whole_find_demoted (table->symbols, table->n_symbols, table->strings,
                                                   table->strings_size);
  return true;
}

/* Process-wide, under the agent's lock; NULL where the inspector that is there now knows nothing. */
static const AgentKnown *known;
static size_t known_size;

void
agent_symbol_table_learn (const void *bytes, size_t size)
{
  const AgentKnown *head = bytes;

  known = NULL;
  known_size = size;
  if (head != NULL && size >= sizeof *head && head->magic == AGENT_KNOWN_MAGIC &&
      head->n_objects <= (size - sizeof *head) / sizeof (AgentKnownObject))
    known = head;
}

static bool
is_within (uint64_t offset, uint64_t bytes)
{
  return offset <= known_size && bytes <= known_size - offset;
}

static bool
is_prefix_of (const AgentKnownObject *object, const char *prefix)
{
  return prefix == NULL || (object->prefix[sizeof object->prefix - 1] == '\0' &&
                            strcmp (object->prefix, prefix) == 0);
}

static bool
is_same_object (const AgentKnownObject *one, const AgentObject *object)
{
  return object->build_id != NULL && one->build_id_length == object->build_id_length &&
         one->build_id_length <= sizeof one->build_id &&
         memcmp (one->build_id, object->build_id, one->build_id_length) == 0;
}

static bool
open_known (AgentSymbolTable *table, const AgentObject *object, const char *prefix)
{
  const AgentKnownObject *objects = known != NULL ? (const void *)(known + 1) : NULL;

  for (uint32_t i = 0; known != NULL && i < known->n_objects; i++)
    {
      const AgentKnownObject *one = &objects[i];

      if (one->dynamic != (uint64_t)(uintptr_t)object->dynamic || !is_prefix_of (one, prefix) ||
          !is_same_object (one, object))
        continue;
      if (one->symbols % sizeof (uint64_t) != 0 || one->strings_size == 0 ||
          !is_within (one->symbols, (uint64_t)one->n_symbols * sizeof (Elf64_Sym)) ||
          !is_within (one->strings, one->strings_size) ||
          ((const char *)known)[one->strings + one->strings_size - 1] != '\0')
        return false;
      *table = (AgentSymbolTable){
        .symbols = (const void *)((const char *)known + one->symbols),
        .n_symbols = one->n_symbols,
        .strings = (const char *)known + one->strings,
        .strings_size = one->strings_size,
        .first_demoted = SIZE_MAX,
        .known = one,
      };
      return true;
    }
  return false;
}

void
agent_symbol_table_lend (AgentSymbolTable *table, const AgentObject *object)
{
  *table = (AgentSymbolTable){ .symbols = object->symbols,
                               .n_symbols = agent_object_count_symbols (object),
                               .strings = object->strings,
                               .strings_size = object->strings_size,
                               .first_demoted = SIZE_MAX };
}

void
agent_symbol_table_open (AgentSymbolTable *table, const AgentObject *object, const char *prefix)
{
  if (!open_known (table, object, prefix) && !open_full (table, object))
    agent_symbol_table_lend (table, object);
}

void
agent_symbol_table_close (AgentSymbolTable *table)
{
  if (table->symbols_bytes == 0)
    return;
  agent_memory_release ((void *)table->symbols, table->symbols_bytes + 1);
  agent_memory_release ((void *)table->strings, table->strings_size + 1);
}

const char *
agent_symbol_table_get_function (const AgentSymbolTable *table, const AgentObject *object, size_t i)
{
  const Elf64_Sym *symbol = &table->symbols[i];

  if (ELF64_ST_TYPE (symbol->st_info) != STT_FUNC ||
      !agent_whole_is (symbol, i, table->first_demoted) || symbol->st_shndx == SHN_UNDEF ||
      symbol->st_value == 0 || symbol->st_name >= table->strings_size ||
      !agent_object_has_segment (object, object->bias + symbol->st_value, 1, PF_X))
    return NULL;
  return table->strings + symbol->st_name;
}
