/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/texts.h"

static const char *
get_section_name (Elf *elf, gsize names, Elf_Scn *section, GElf_Shdr *ret_header)
{
  return gelf_getshdr (section, ret_header) != NULL ? elf_strptr (elf, names, ret_header->sh_name)
                                                    : NULL;
}

static gboolean
has_names_of_symbols (const char *name, const GElf_Shdr *header)
{
  return header->sh_type == SHT_STRTAB;
}

/* .debug_str, .debug_line_str and .debug_str.dwo, but not .debug_str_offsets. */
static gboolean
has_names_of_debug_info (const char *name, const GElf_Shdr *header)
{
  return name != NULL &&
         (g_str_has_prefix (name, ".debug_") || g_str_has_prefix (name, ".zdebug_")) &&
         strstr (name, "_str") != NULL && strstr (name, "_str_") == NULL;
}

static gboolean
do_names_end (Elf *elf, gboolean (*has_names) (const char *name, const GElf_Shdr *header))
{
  Elf_Scn *section = NULL;
  GElf_Shdr header;
  gsize names;

  if (elf_getshdrstrndx (elf, &names) != 0)
    return FALSE;
  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      const char *name = get_section_name (elf, names, section, &header);
      const Elf_Data *data;

      if (!has_names (name, &header))
        continue;
      data = elf_rawdata (section, NULL);
      if (data != NULL && data->d_buf != NULL && data->d_size > 0 &&
          ((const char *)data->d_buf)[data->d_size - 1] != '\0')
        return FALSE;
    }
  return TRUE;
}

gboolean
debug_texts_end_symbols (Elf *elf)
{
  return do_names_end (elf, has_names_of_symbols);
}

gboolean
debug_texts_end_debug_info (Elf *elf)
{
  return do_names_end (elf, has_names_of_debug_info);
}

gboolean
debug_texts_find_section (Elf *elf, const char *prefix, const char **ret_start,
                          const char **ret_end)
{
  Elf_Scn *section = NULL;
  GElf_Shdr header;
  gsize names;

  if (elf_getshdrstrndx (elf, &names) != 0)
    return FALSE;
  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      const char *name = get_section_name (elf, names, section, &header);
      const Elf_Data *data;

      if (name == NULL || !g_str_has_prefix (name, prefix))
        continue;
      data = elf_rawdata (section, NULL);
      if (data == NULL || data->d_buf == NULL || data->d_size == 0)
        continue;
      *ret_start = data->d_buf;
      *ret_end = *ret_start + data->d_size;
      return TRUE;
    }
  return FALSE;
}
