/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/linked.h"

#include <string.h>
#include <unistd.h>

#include "agent/whole.h"

/* As the agent has it (agent/symbol-table.c). */
#define MAX_SECTIONS 4096u
#define MAX_SYMBOLS_BYTES (64u << 20)
#define MAX_STRINGS_BYTES (256u << 20)

/* Who waits for descriptors asks the kernel by one of these; the agent leaves other files alone by the same rule
 * (agent/copies.c). */
static gboolean
may_wait (const TargetImage *image)
{
  static char *const waits[] = { (char *)"epoll_ctl", (char *)"epoll_create1", (char *)"syscall",
                                 NULL };

  return target_image_imports (image, (char **)waits);
}

static gboolean
read_section (const TargetImage *image, guint index, Elf64_Shdr *ret_section)
{
  return pread (image->fd, ret_section, sizeof *ret_section,
                (off_t)(image->header.e_shoff + index * sizeof *ret_section)) ==
         sizeof *ret_section;
}

static gboolean
find_symbol_table (const TargetImage *image, Elf64_Shdr *ret_symbols, Elf64_Shdr *ret_strings)
{
  guint n = MIN (image->header.e_shnum, MAX_SECTIONS);

  if (image->header.e_shentsize != sizeof *ret_symbols)
    return FALSE;
  for (guint i = 0; i < n && read_section (image, i, ret_symbols); i++)
    if (ret_symbols->sh_type == SHT_SYMTAB)
      return ret_symbols->sh_link < n && read_section (image, ret_symbols->sh_link, ret_strings) &&
             ret_symbols->sh_size > 0 && ret_symbols->sh_size <= MAX_SYMBOLS_BYTES &&
             ret_strings->sh_size > 0 && ret_strings->sh_size <= MAX_STRINGS_BYTES;
  return FALSE;
}

/* One byte more, a NUL, is there behind it; NULL: it cannot be read. */
static char *
read_part (const TargetImage *image, const Elf64_Shdr *section)
{
  char *bytes = g_try_malloc (section->sh_size + 1);
  gsize done = 0;

  while (bytes != NULL && done < section->sh_size)
    {
      gssize got = pread (image->fd, bytes + done, section->sh_size - done,
                          (off_t)(section->sh_offset + done));

      if (got <= 0)
        g_clear_pointer (&bytes, g_free);
      else
        done += (gsize)got;
    }
  if (bytes != NULL)
    bytes[section->sh_size] = '\0';
  return bytes;
}

/* Whether a function of one of those names was compiled as one that others call. */
static gboolean
has_whole (const Elf64_Sym *symbols, gsize n, const char *strings, gsize strings_size, char **names)
{
  gsize first_demoted = agent_whole_find_demoted (symbols, n, strings, strings_size);

  for (gsize i = 0; i < n; i++)
    if (ELF64_ST_TYPE (symbols[i].st_info) == STT_FUNC && symbols[i].st_shndx != SHN_UNDEF &&
        symbols[i].st_name < strings_size && agent_whole_is (&symbols[i], i, first_demoted) &&
        g_strv_contains ((const char *const *)names, strings + symbols[i].st_name))
      return TRUE;
  return FALSE;
}

static TargetLinked
look_up_names (const TargetImage *image, const TargetRuntime *runtime)
{
  g_autofree char *symbols = NULL, *strings = NULL;
  Elf64_Shdr of_symbols, of_strings;

  if (!find_symbol_table (image, &of_symbols, &of_strings))
    return TARGET_LINKED_NAMELESS;
  symbols = read_part (image, &of_symbols);
  strings = read_part (image, &of_strings);
  if (symbols == NULL || strings == NULL)
    return TARGET_LINKED_NAMELESS;
  return has_whole ((const Elf64_Sym *)(const void *)symbols,
                    of_symbols.sh_size / sizeof (Elf64_Sym), strings, of_strings.sh_size,
                    runtime->symbols)
             ? TARGET_LINKED_NAMED
             : TARGET_LINKED_MERGED;
}

static gboolean
has_all (const TargetImage *image, char **texts)
{
  for (guint i = 0; texts[i] != NULL; i++)
    {
      char *one[] = { texts[i], NULL };

      if (!target_image_has_text (image, one))
        return FALSE;
    }
  return texts[0] != NULL;
}

TargetLinked
target_linked_find (const TargetImage *image, const TargetRuntime *runtime)
{
  if (image->is_memory || runtime->inside == NULL || !may_wait (image) ||
      !has_all (image, runtime->inside))
    return TARGET_LINKED_NOT;
  return look_up_names (image, runtime);
}
