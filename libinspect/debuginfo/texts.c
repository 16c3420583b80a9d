/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>

#include "debuginfo/texts.h"

typedef gboolean (*ChooseFunc) (const char *name, GElf_Word type, const char *prefix);

/* Returns: what is in the next section of those that are chosen; NULL: there is none with anything in it. No other
 * one is read. */
static const Elf_Data *
find_next (Elf *elf, Elf_Scn **section, ChooseFunc is_chosen, const char *prefix)
{
  GElf_Shdr header;
  gsize names;

  if (elf_getshdrstrndx (elf, &names) != 0)
    return NULL;
  while ((*section = elf_nextscn (elf, *section)) != NULL)
    {
      const Elf_Data *data;

      if (gelf_getshdr (*section, &header) == NULL ||
          !is_chosen (elf_strptr (elf, names, header.sh_name), header.sh_type, prefix))
        continue;
      data = elf_rawdata (*section, NULL);
      if (data != NULL && data->d_buf != NULL && data->d_size > 0)
        return data;
    }
  return NULL;
}

static gboolean
has_names_of_symbols (const char *name, GElf_Word type, const char *prefix)
{
  return type == SHT_STRTAB;
}

/* .debug_str, .debug_line_str and .debug_str.dwo, but not .debug_str_offsets. */
static gboolean
has_names_of_debug_info (const char *name, GElf_Word type, const char *prefix)
{
  return name != NULL &&
         (g_str_has_prefix (name, ".debug_") || g_str_has_prefix (name, ".zdebug_")) &&
         strstr (name, "_str") != NULL && strstr (name, "_str_") == NULL;
}

static gboolean
has_name (const char *name, GElf_Word type, const char *prefix)
{
  return name != NULL && g_str_has_prefix (name, prefix);
}

static gboolean
do_names_end (Elf *elf, ChooseFunc has_names)
{
  Elf_Scn *section = NULL;
  const Elf_Data *data;
  gsize names;

  if (elf_getshdrstrndx (elf, &names) != 0)
    return FALSE;
  while ((data = find_next (elf, &section, has_names, NULL)) != NULL)
    if (((const char *)data->d_buf)[data->d_size - 1] != '\0')
      return FALSE;
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
  const Elf_Data *data = find_next (elf, &section, has_name, prefix);

  if (data == NULL)
    return FALSE;
  *ret_start = data->d_buf;
  *ret_end = *ret_start + data->d_size;
  return TRUE;
}

gboolean
debug_texts_find_around (Elf *elf, const char *text, const char **ret_start, const char **ret_end)
{
  Elf_Scn *section = NULL;
  const Elf_Data *data;

  while ((data = find_next (elf, &section, has_name, ".debug_")) != NULL)
    if (text >= (const char *)data->d_buf && text < (const char *)data->d_buf + data->d_size)
      {
        *ret_start = data->d_buf;
        *ret_end = *ret_start + data->d_size;
        return TRUE;
      }
  return FALSE;
}
