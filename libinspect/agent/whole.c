/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/whole.h"

#include <stdint.h>
#include <string.h>

static const char *
get_name (const Elf64_Sym *symbol, const char *strings, size_t strings_size)
{
  return symbol->st_name < strings_size ? strings + symbol->st_name : "";
}

static bool
is_file (const Elf64_Sym *symbol)
{
  return ELF64_ST_TYPE (symbol->st_info) == STT_FILE;
}

/* What was optimised as a whole stands below a file that has no name, or the name of none: "<artificial>" of gcc,
 * "ld-temp.o" of LLVM. The last file of a table may have no name all the same: GNU ld's own. */
static bool
is_of_whole (const char *file)
{
  return file[0] == '\0' || file[0] == '<' || strcmp (file, "ld-temp.o") == 0;
}

/* Linkers write the local symbols of each file below its name. What they have made local themselves, for the
 * object is not to offer it, comes behind all files: below no name (GNU ld), or that of the last file, which
 * is the compiler's and has no functions (gold). Those were compiled as functions that others call. */
size_t
agent_whole_find_demoted (const Elf64_Sym *symbols, size_t n, const char *strings,
                          size_t strings_size)
{
  const char *name = NULL;
  size_t last = 0;

  for (size_t i = 0; i < n; i++)
    {
      if (!is_file (&symbols[i]))
        continue;
      if (name != NULL && is_of_whole (name))
        return SIZE_MAX;
      name = get_name (&symbols[i], strings, strings_size);
      last = i;
    }
  if (name == NULL || (name[0] != '\0' && strcmp (name, "crtstuff.c") != 0))
    return SIZE_MAX;
  return last;
}

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
agent_whole_is_merged (const Elf64_Sym *symbols, size_t n, const char *strings, size_t strings_size,
                       const char *prefix)
{
  bool is_within = false, has_found = false;

  for (size_t i = 0; i < n; i++)
    {
      const char *name = get_name (&symbols[i], strings, strings_size);

      if (is_file (&symbols[i]))
        {
          /* Another file follows, so that the one before was not the linker's own. */
          if (has_found)
            return true;
          is_within = is_of_whole (name);
        }
      else if (is_within && ELF64_ST_BIND (symbols[i].st_info) == STB_LOCAL &&
               ELF64_ST_TYPE (symbols[i].st_info) == STT_FUNC && has_prefix (name, prefix))
        has_found = true;
    }
  return false;
}
