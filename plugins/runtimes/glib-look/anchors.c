/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "anchors.h"

#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

static const char *const names[N_SORTS] = {
  [SORT_TIMEOUT] = "g_timeout_funcs",    [SORT_IDLE] = "g_idle_funcs",
  [SORT_IO] = "g_io_watch_funcs",        [SORT_CHILD] = "g_child_watch_funcs",
  [SORT_SIGNAL] = "g_unix_signal_funcs", [SORT_FD] = "g_unix_fd_source_funcs",
};

static const char *const functions[N_FUNCTIONS] = {
  [FUNCTION_TYPE] = "g_task_get_type",
  [FUNCTION_SOURCE_TAG] = "g_task_get_source_tag",
  [FUNCTION_NAME] = "g_task_get_name",
  [FUNCTION_CONTEXT] = "g_task_get_context",
  [FUNCTION_CANCELLABLE] = "g_task_get_cancellable",
  [FUNCTION_COMPLETED] = "g_task_get_completed",
};

static void
take_function (const char *name, guint64 address, Anchors *anchors)
{
  for (guint i = 0; i < N_FUNCTIONS; i++)
    if (g_str_equal (name, functions[i]))
      anchors->functions[i] = address;
}

static void
take_symbol (const char *name, guint64 address, Anchors *anchors)
{
  if (g_str_equal (name, "glib_minor_version"))
    anchors->minor_version = address;
  for (guint i = 0; i < N_SORTS; i++)
    if (names[i] != NULL && g_str_equal (name, names[i]))
      anchors->funcs[i] = address;
}

static void
read_table (Elf *elf, Elf_Scn *section, guint64 bias, Anchors *anchors)
{
  GElf_Shdr header;
  Elf_Data *data = elf_getdata (section, NULL);
  gsize n;

  if (data == NULL || gelf_getshdr (section, &header) == NULL || header.sh_entsize == 0)
    return;
  n = header.sh_size / header.sh_entsize;
  for (gsize i = 0; i < n && i < G_MAXINT; i++)
    {
      GElf_Sym symbol;
      const char *name;

      if (gelf_getsym (data, (int)i, &symbol) == NULL || symbol.st_shndx == SHN_UNDEF)
        continue;
      name = elf_strptr (elf, header.sh_link, symbol.st_name);
      if (name != NULL && GELF_ST_TYPE (symbol.st_info) == STT_OBJECT)
        take_symbol (name, symbol.st_value + bias, anchors);
      else if (name != NULL && GELF_ST_TYPE (symbol.st_info) == STT_FUNC)
        take_function (name, symbol.st_value + bias, anchors);
    }
}

/* What it exports is there also where it was stripped. */
static void
read_module (const InspectorProbeModule *module, Anchors *anchors)
{
  int fd = open (module->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  Elf_Scn *section = NULL;
  Elf *elf;

  if (fd < 0)
    return;
  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ_MMAP, NULL);
  while (elf != NULL && (section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;

      if (gelf_getshdr (section, &header) != NULL &&
          (header.sh_type == SHT_DYNSYM || header.sh_type == SHT_SYMTAB))
        read_table (elf, section, module->bias, anchors);
    }
  elf_end (elf);
  close (fd);
}

/* By its name, or, where it is linked statically, because the program itself has it. */
gboolean
look_find_anchors (const InspectorProbeTarget *target, Anchors *ret_anchors)
{
  *ret_anchors = (Anchors){ 0 };
  for (guint i = 0; i < target->n_modules; i++)
    {
      g_autofree char *name = g_path_get_basename (target->modules[i].name);

      if (g_str_has_prefix (name, "libglib-2.0.so") || g_str_has_prefix (name, "libgio-2.0.so") ||
          target->modules[i].is_program)
        read_module (&target->modules[i], ret_anchors);
    }
  return ret_anchors->funcs[SORT_TIMEOUT] != 0 && ret_anchors->funcs[SORT_IDLE] != 0;
}

Sort
look_get_sort (const Anchors *anchors, guint64 funcs)
{
  for (guint i = SORT_OTHER + 1; i < N_SORTS; i++)
    if (anchors->funcs[i] != 0 && anchors->funcs[i] == funcs)
      return i;
  return SORT_OTHER;
}
