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
gboolean
target_linked_may_wait (const TargetImage *image)
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

void
target_symbols_clear (TargetSymbols *table)
{
  g_free (table->symbols);
  g_free (table->strings);
}

gboolean
target_symbols_read (TargetSymbols *table, const TargetImage *image)
{
  Elf64_Shdr of_symbols, of_strings;

  *table = (TargetSymbols){ 0 };
  if (!find_symbol_table (image, &of_symbols, &of_strings))
    return FALSE;
  table->symbols = (Elf64_Sym *)(void *)read_part (image, &of_symbols);
  table->n = of_symbols.sh_size / sizeof (Elf64_Sym);
  table->strings = read_part (image, &of_strings);
  table->strings_size = of_strings.sh_size;
  if (table->symbols == NULL || table->strings == NULL)
    {
      target_symbols_clear (table);
      return FALSE;
    }
  table->first_demoted =
      agent_whole_find_demoted (table->symbols, table->n, table->strings, table->strings_size);
  return TRUE;
}

/* Whether a function of one of those names was compiled as one that others call. */
static gboolean
has_whole (const TargetSymbols *table, char **names)
{
  for (gsize i = 0; i < table->n; i++)
    {
      const Elf64_Sym *symbol = &table->symbols[i];

      if (ELF64_ST_TYPE (symbol->st_info) == STT_FUNC && symbol->st_shndx != SHN_UNDEF &&
          symbol->st_name < table->strings_size &&
          agent_whole_is (symbol, i, table->first_demoted) &&
          g_strv_contains ((const char *const *)names, table->strings + symbol->st_name))
        return TRUE;
    }
  return FALSE;
}

/* Compilers put a point, and what they have done to it, behind the name of a function. */
static gboolean
is_named (const char *found, const char *name)
{
  gsize length = strlen (name);

  return strncmp (found, name, length) == 0 && (found[length] == '\0' || found[length] == '.');
}

static gboolean
has_functions (const TargetSymbols *table, char **names)
{
  for (guint k = 0; names != NULL && names[k] != NULL; k++)
    {
      gsize i = 0;

      while (i < table->n && (ELF64_ST_TYPE (table->symbols[i].st_info) != STT_FUNC ||
                              table->symbols[i].st_name >= table->strings_size ||
                              !is_named (table->strings + table->symbols[i].st_name, names[k])))
        i++;
      if (i == table->n)
        return FALSE;
    }
  return names != NULL && names[0] != NULL;
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

/* Of one that was optimised as a whole and stripped there is little left; who has its name for a variable of the
 * environment, and calls no other copy, has it inside. */
static gboolean
has_trace (const TargetImage *image, const TargetRuntime *runtime)
{
  return runtime->traces != NULL && runtime->traces[0] != NULL &&
         !target_image_imports (image, runtime->symbols) &&
         target_image_has_text (image, runtime->traces);
}

TargetLinked
target_linked_find (const TargetImage *image, const TargetRuntime *runtime)
{
  TargetLinked linked = TARGET_LINKED_NOT;
  TargetSymbols table;
  gboolean has_texts;

  if (image->is_memory || runtime->inside == NULL || runtime->inside[0] == NULL ||
      !target_linked_may_wait (image))
    return TARGET_LINKED_NOT;
  has_texts = has_all (image, runtime->inside);
  if (!target_symbols_read (&table, image))
    return has_texts || has_trace (image, runtime) ? TARGET_LINKED_NAMELESS : TARGET_LINKED_NOT;
  /* What was optimised as a whole lacks the texts that it makes no use of. */
  if (has_texts || has_functions (&table, runtime->functions))
    linked = has_whole (&table, runtime->symbols) ? TARGET_LINKED_NAMED : TARGET_LINKED_MERGED;
  target_symbols_clear (&table);
  return linked;
}

gboolean
target_linked_is_merged (const TargetImage *image, const TargetRuntime *runtime)
{
  const char *end = runtime->symbols[0] != NULL ? strchr (runtime->symbols[0], '_') : NULL;
  g_autofree char *prefix = NULL;
  gboolean is_merged;
  TargetSymbols table;

  if (image->is_memory || end == NULL || runtime->inside == NULL || runtime->inside[0] == NULL ||
      !target_linked_may_wait (image) || !target_symbols_read (&table, image))
    return FALSE;
  prefix = g_strndup (runtime->symbols[0], (gsize)(end + 1 - runtime->symbols[0]));
  is_merged =
      agent_whole_is_merged (table.symbols, table.n, table.strings, table.strings_size, prefix);
  target_symbols_clear (&table);
  return is_merged;
}
