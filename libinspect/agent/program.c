/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/program.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "agent/memory.h"
#include "emit/sys.h"

/* Tables beyond that are not read: who starts such a program does not want to wait for it. */
#define MAX_SYMBOLS_BYTES (64u << 20)
#define MAX_STRINGS_BYTES (256u << 20)
#define MAX_SECTIONS 4096u
/* Of one runtime. */
#define MAX_FUNCTIONS 4096u

typedef struct
{
  const Elf64_Sym *symbols;
  size_t n_symbols;
  const char *strings; /* ends with a NUL */
  size_t strings_size;
  size_t symbols_bytes; /* of ours; 0: the tables are the object's */
} Table;

/* ---- The table ------------------------------------------------------------------------------- */

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

static bool
open_full (Table *table)
{
  int fd = sys_openat (AT_FDCWD, "/proc/self/exe", O_RDONLY | O_CLOEXEC, 0);
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
  *table = (Table){ .symbols = symbol_bytes,
                    .n_symbols = symbols.sh_size / sizeof (Elf64_Sym),
                    .strings = string_bytes,
                    .strings_size = strings.sh_size,
                    .symbols_bytes = symbols.sh_size };
  return true;
}

static void
open_table (Table *table, const AgentObject *program)
{
  if (!open_full (table))
    *table = (Table){ .symbols = program->symbols,
                      .n_symbols = program->n_symbols,
                      .strings = program->strings,
                      .strings_size = program->strings_size };
}

static void
close_table (Table *table)
{
  if (table->symbols_bytes == 0)
    return;
  agent_memory_release ((void *)table->symbols, table->symbols_bytes + 1);
  agent_memory_release ((void *)table->strings, table->strings_size + 1);
}

/* The name of a function that others may call, and that is in the code of the program; NULL for any
 * other symbol. A runtime whose functions are local was optimised together with the program: they may
 * have been changed, or copied into their callers. */
static const char *
get_function (const Table *table, const AgentObject *program, size_t i)
{
  const Elf64_Sym *symbol = &table->symbols[i];

  if (ELF64_ST_TYPE (symbol->st_info) != STT_FUNC || ELF64_ST_BIND (symbol->st_info) == STB_LOCAL ||
      symbol->st_shndx == SHN_UNDEF || symbol->st_value == 0 ||
      symbol->st_name >= table->strings_size ||
      !agent_object_has_segment (program, program->bias + symbol->st_value, 1, PF_X))
    return NULL;
  return table->strings + symbol->st_name;
}

bool
agent_program_has (const AgentObject *program, const char *const *names, size_t n_names)
{
  bool found = false;
  Table table;

  open_table (&table, program);
  for (size_t i = 0; i < table.n_symbols && !found; i++)
    {
      const char *name = get_function (&table, program, i);

      for (size_t k = 0; name != NULL && k < n_names && !found; k++)
        found = name[0] == names[k][0] && strcmp (name, names[k]) == 0;
    }
  close_table (&table);
  return found;
}

/* ---- The functions of one runtime ------------------------------------------------------------ */

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
count_up_to (const AgentProgramFunctions *functions, uintptr_t address)
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
find_block (AgentProgramFunctions *functions, const uint8_t *broken)
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
collect (AgentProgramFunctions *functions, const Table *table, const AgentObject *program,
         const char *prefix, char *names)
{
  for (size_t i = 0; i < table->n_symbols; i++)
    {
      const char *name = get_function (table, program, i);
      size_t length;

      if (name == NULL || !has_prefix (name, prefix))
        continue;
      length = strlen (name) + 1;
      memcpy (names, name, length);
      functions->functions[functions->n++] =
          (AgentFunction){ .address = program->bias + table->symbols[i].st_value,
                           .size = (uint32_t)table->symbols[i].st_size,
                           .hash = agent_object_hash_name (name),
                           .name = names };
      names += length;
    }
  sort (functions->functions, functions->n);
}

static void
note_others (const AgentProgramFunctions *functions, const Table *table, const AgentObject *program,
             const char *prefix, uint8_t *broken)
{
  for (size_t i = 0; i < table->n_symbols; i++)
    {
      const char *name = get_function (table, program, i);
      uint32_t before;

      if (name == NULL || has_prefix (name, prefix))
        continue;
      before = count_up_to (functions, program->bias + table->symbols[i].st_value);
      if (before < functions->n)
        broken[before] = 1;
    }
}

static uint32_t
measure (const Table *table, const AgentObject *program, const char *prefix, size_t *ret_bytes)
{
  uint32_t n = 0;

  *ret_bytes = 0;
  for (size_t i = 0; i < table->n_symbols; i++)
    {
      const char *name = get_function (table, program, i);

      if (name == NULL || !has_prefix (name, prefix))
        continue;
      n++;
      *ret_bytes += strlen (name) + 1;
    }
  return n;
}

bool
agent_program_take (const AgentObject *program, const char *prefix,
                    AgentProgramFunctions *ret_functions)
{
  AgentProgramFunctions functions = { 0 };
  size_t bytes, name_bytes;
  Table table;
  uint32_t n;

  open_table (&table, program);
  n = measure (&table, program, prefix, &name_bytes);
  bytes = n * (sizeof *functions.functions + 1) + name_bytes;
  if (n > 0 && n <= MAX_FUNCTIONS)
    functions.functions = agent_memory_reserve (bytes);
  if (functions.functions != NULL)
    {
      char *names = (char *)(functions.functions + n);
      uint8_t *broken = (uint8_t *)names + name_bytes;

      collect (&functions, &table, program, prefix, names);
      note_others (&functions, &table, program, prefix, broken);
      find_block (&functions, broken);
      *ret_functions = functions;
    }
  close_table (&table);
  return functions.functions != NULL;
}

const AgentFunction *
agent_program_find (const AgentProgramFunctions *functions, const char *name, uint32_t hash)
{
  for (uint32_t i = 0; i < functions->n; i++)
    if (functions->functions[i].hash == hash && strcmp (functions->functions[i].name, name) == 0)
      return &functions->functions[i];
  return NULL;
}
