/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "index.h"

#include <dwarf.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

/* Whether a file has code of Rust in it. Most programs have none, and are not to wait until all of their
 * debug info has been read. */

#define MAX_UNITS 64
#define MAX_SEARCHED_BYTES (256u << 20)

static Elf_Data *
find_section (Elf *elf, const char *wanted)
{
  Elf_Scn *section = NULL;
  size_t names;

  if (elf_getshdrstrndx (elf, &names) != 0)
    return NULL;
  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;
      const char *name;

      if (gelf_getshdr (section, &header) == NULL)
        return NULL;
      name = elf_strptr (elf, names, header.sh_name);
      if (g_strcmp0 (name, wanted) == 0)
        return elf_getdata (section, NULL);
    }
  return NULL;
}

/* Each compiler leaves its name there, and strip leaves it, too. */
static gboolean
has_text (Elf *elf, const char *section, const char *text)
{
  const Elf_Data *data = find_section (elf, section);

  return data != NULL && data->d_buf != NULL && data->d_size <= MAX_SEARCHED_BYTES &&
         memmem (data->d_buf, data->d_size, text, strlen (text)) != NULL;
}

static gboolean
is_in_comment (Elf *elf)
{
  return has_text (elf, ".comment", "rustc version");
}

/* Compilers before 1.73 did not. */
static gboolean
is_in_units (Elf *elf)
{
  Dwarf *dwarf = dwarf_begin_elf (elf, DWARF_C_READ, NULL);
  Dwarf_CU *cu = NULL;
  gboolean is_found = FALSE;
  Dwarf_Die die;

  for (guint i = 0; dwarf != NULL && i < MAX_UNITS && !is_found &&
                    dwarf_get_units (dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0;
       i++)
    is_found = dwarf_srclang (&die) == DW_LANG_Rust;
  if (dwarf != NULL)
    dwarf_end (dwarf);
  return is_found;
}

/* Panics say in which file of a library they happened, also where all else was stripped. */
static gboolean
uses_tasks (Elf *elf)
{
  static const char *const places[] = { "/tokio-", "/async-task-" };

  for (guint i = 0; i < G_N_ELEMENTS (places); i++)
    if (has_text (elf, ".rodata", places[i]))
      return TRUE;
  return has_text (elf, ".strtab", "5tokio7runtime4task");
}

static gboolean
ask (const char *path, gboolean (*question) (Elf *elf))
{
  gboolean answer = FALSE;
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  Elf *elf;

  if (fd < 0)
    return FALSE;
  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ_MMAP_PRIVATE, NULL);
  if (elf != NULL && elf_kind (elf) == ELF_K_ELF)
    answer = question (elf);
  if (elf != NULL)
    elf_end (elf);
  close (fd);
  return answer;
}

static gboolean
is_rust (Elf *elf)
{
  return is_in_comment (elf) || is_in_units (elf);
}

gboolean
rust_is_in_file (const char *path)
{
  return ask (path, is_rust);
}

gboolean
rust_uses_tasks (const char *path)
{
  return ask (path, uses_tasks);
}
