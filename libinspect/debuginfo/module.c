/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <elfutils/libdwelf.h>

#include "debuginfo/module.h"
#include "debuginfo/separate.h"
#include "debuginfo/texts.h"
#include "debuginfo/variable.h"

/* Up to here a file is read, not mapped: a file that is overwritten in place while it is looked at
 * (cp over a library, strip) would raise SIGBUS in a mapping. Reading a larger one would take
 * memory and time that are worth more than that. */
#define READ_MAX_BYTES (128 << 20)

/* Files outside the system are opened at once, so that a rebuild, which replaces the file, does
 * not take the old one's symbols away. One limit for the process, as file descriptors are. */
#define HELD_MAX_FILES 128
static int n_held;

static gboolean
is_worth_holding (const char *path)
{
  static const char *const system[] = { "/usr/", "/lib/", "/lib64/" };

  for (guint i = 0; i < G_N_ELEMENTS (system); i++)
    if (g_str_has_prefix (path, system[i]))
      return FALSE;
  return n_held < HELD_MAX_FILES;
}

DebugModule *
debug_module_new (const Dwfl_Callbacks *callbacks, const char *path, guint64 start, guint64 end,
                  guint64 bias, const guint8 *build_id, gsize build_id_length)
{
  DebugModule *module = g_new0 (DebugModule, 1);

  module->callbacks = callbacks;
  module->path = g_strdup (path);
  module->name = *path != '\0' ? g_path_get_basename (path) : g_strdup ("?");
  module->start = start;
  module->end = end;
  module->bias = bias;
  if (build_id != NULL && build_id_length > 0)
    {
      module->build_id = g_memdup2 (build_id, build_id_length);
      module->build_id_length = build_id_length;
    }
  module->fd = -1;
  if (is_worth_holding (path))
    debug_module_open (module);
  return module;
}

void
debug_module_free (DebugModule *module)
{
  if (module == NULL)
    return;
  g_clear_pointer (&module->units, g_array_unref);
  g_clear_pointer (&module->linked, g_hash_table_unref);
  debug_package_free (module->package);
  g_free (module->missing);
  debug_variables_free (module->variables);
  if (module->dwfl != NULL)
    dwfl_end (module->dwfl);
  if (module->elf != NULL)
    elf_end (module->elf);
  if (module->fd >= 0)
    {
      close (module->fd);
      n_held--;
    }
  g_free (module->build_id);
  g_free (module->path);
  g_free (module->name);
  g_free (module);
}

gboolean
debug_module_equal (const DebugModule *a, const DebugModule *b)
{
  return a->start == b->start && a->end == b->end && a->bias == b->bias &&
         strcmp (a->path, b->path) == 0 && a->build_id_length == b->build_id_length &&
         (a->build_id_length == 0 || memcmp (a->build_id, b->build_id, a->build_id_length) == 0);
}

/* A path from a target may name anything: only a regular file is opened for good, and opening
 * never waits (a FIFO) nor has effects (a device). */
int
debug_open_regular (const char *path, gint64 *ret_size)
{
  struct stat status;
  int fd;

  if (!g_path_is_absolute (path))
    return -1;
  fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (fd < 0)
    return -1;
  if (fstat (fd, &status) < 0 || !S_ISREG (status.st_mode) || status.st_size <= 0)
    {
      close (fd);
      return -1;
    }
  *ret_size = status.st_size;
  return fd;
}

Elf *
debug_begin_elf (int fd, gint64 size)
{
  elf_version (EV_CURRENT);
  return elf_begin (fd, size <= READ_MAX_BYTES ? ELF_C_READ : ELF_C_READ_MMAP_PRIVATE, NULL);
}

static gboolean
has_build_id (Elf *elf, const guint8 *build_id, gsize length)
{
  const void *found = NULL;
  gssize found_length = dwelf_elf_gnu_build_id (elf, &found);

  return found_length == (gssize)length && memcmp (found, build_id, length) == 0;
}

void
debug_module_open (DebugModule *module)
{
  gint64 size = 0;
  GElf_Ehdr header;
  int fd;
  Elf *elf;

  if (module->opened)
    return;
  module->opened = TRUE;
  fd = debug_open_regular (module->path, &size);
  if (fd < 0)
    return;
  elf = debug_begin_elf (fd, size);
  if (elf == NULL || elf_kind (elf) != ELF_K_ELF || gelf_getehdr (elf, &header) == NULL ||
      (header.e_type != ET_EXEC && header.e_type != ET_DYN))
    goto refuse;
  if (module->build_id != NULL && !has_build_id (elf, module->build_id, module->build_id_length))
    {
      module->changed = TRUE;
      goto refuse;
    }
  module->elf = elf;
  module->fd = fd;
  n_held++;
  return;

refuse:
  if (elf != NULL)
    elf_end (elf);
  close (fd);
}

/* Where libdwfl is to believe the file: it takes the difference between the low end and the first
 * segment's page as the bias. */
static gboolean
get_range (const DebugModule *module, guint64 *ret_low, guint64 *ret_high)
{
  gboolean found = FALSE;
  size_t n_headers = 0;
  guint64 low = 0, high = 0;

  if (elf_getphdrnum (module->elf, &n_headers) != 0)
    return FALSE;
  for (size_t i = 0; i < n_headers; i++)
    {
      GElf_Phdr header;

      if (gelf_getphdr (module->elf, (int)i, &header) == NULL)
        return FALSE;
      if (header.p_type != PT_LOAD)
        continue;
      if (!found)
        low = header.p_vaddr & -header.p_align;
      found = TRUE;
      high = MAX (high, header.p_vaddr + header.p_memsz);
    }
  low += module->bias;
  high += module->bias;
  if (!found || high <= low)
    return FALSE;
  *ret_low = low;
  *ret_high = high;
  return TRUE;
}

int
debug_module_find_elf (Dwfl_Module *dwfl_module, void **userdata, const char *name, Dwarf_Addr base,
                       char **ret_file_name, Elf **ret_elf)
{
  DebugModule *module = *userdata;
  int fd = module->fd;

  if (module->elf == NULL)
    return -1;
  *ret_file_name = strdup (module->path); /* libdwfl frees it */
  *ret_elf = g_steal_pointer (&module->elf);
  module->fd = -1;
  n_held--;
  return fd;
}

int
debug_module_find_debuginfo (Dwfl_Module *dwfl_module, void **userdata, const char *name,
                             Dwarf_Addr base, const char *file_name, const char *debuglink_file,
                             GElf_Word debuglink_crc, char **ret_file_name)
{
  DebugModule *module = *userdata;

  return debug_separate_find (module->dwfl, dwfl_module, userdata, name, base, file_name,
                              debuglink_file, debuglink_crc, ret_file_name);
}

Dwfl_Module *
debug_module_get_dwfl (DebugModule *module)
{
  Dwfl_Module *dwfl_module;
  void **userdata = NULL;
  guint64 low, high;
  GElf_Addr bias;

  if (module->reported)
    return module->dwfl_module;
  module->reported = TRUE;
  debug_module_open (module);
  if (module->elf == NULL || !get_range (module, &low, &high))
    return NULL;

  module->dwfl = dwfl_begin (module->callbacks);
  if (module->dwfl == NULL)
    return NULL;
  dwfl_report_begin (module->dwfl);
  dwfl_module = dwfl_report_module (module->dwfl, module->name, low, high);
  dwfl_report_end (module->dwfl, NULL, NULL);
  if (dwfl_module == NULL)
    return NULL;
  dwfl_module_info (dwfl_module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
  *userdata = module;
  if (dwfl_module_getelf (dwfl_module, &bias) != NULL && bias == module->bias)
    module->dwfl_module = dwfl_module;
  return module->dwfl_module;
}

gboolean
debug_module_can_ask_for_symbols (DebugModule *module)
{
  Dwfl_Module *dwfl_module = debug_module_get_dwfl (module);
  GElf_Addr bias;
  Dwarf *dwarf;
  Elf *elf;

  if (module->names_checked || dwfl_module == NULL)
    return module->names_ended;
  module->names_checked = TRUE;
  elf = dwfl_module_getelf (dwfl_module, &bias);
  /* The symbols may come out of the separate file, too. */
  dwarf = dwfl_module_getdwarf (dwfl_module, &bias);
  module->names_ended = elf != NULL && debug_texts_end_symbols (elf) &&
                        (dwarf == NULL || debug_texts_end_symbols (dwarf_getelf (dwarf)));
  return module->names_ended;
}

static gboolean
do_names_end (Dwarf *dwarf)
{
  Dwarf *shared = dwarf_getalt (dwarf);

  return debug_texts_end_debug_info (dwarf_getelf (dwarf)) &&
         (shared == NULL || debug_texts_end_debug_info (dwarf_getelf (shared)));
}

Dwarf *
debug_module_get_dwarf (DebugModule *module, Dwarf_Addr *ret_bias)
{
  Dwfl_Module *dwfl_module = debug_module_get_dwfl (module);
  Dwarf *dwarf = dwfl_module != NULL ? dwfl_module_getdwarf (dwfl_module, ret_bias) : NULL;

  if (dwarf == NULL)
    return NULL;
  if (!module->info_checked)
    {
      module->info_checked = TRUE;
      module->info_ended = do_names_end (dwarf);
      debug_texts_find_section (dwarf_getelf (dwarf), ".debug_info", &module->info,
                                &module->info_end);
    }
  return module->info_ended ? dwarf : NULL;
}

const char *
debug_module_get_die_name (const DebugModule *module, Dwarf_Die *die)
{
  const char *name = dwarf_diename (die);

  if (name == NULL || name < module->info || name >= module->info_end ||
      memchr (name, 0, (gsize)(module->info_end - name)) != NULL)
    return name;
  return NULL;
}

/* (nullable) */
static DebugVariables *
get_variables (DebugModule *module)
{
  if (!module->variables_opened)
    module->variables =
        debug_variables_open (module->path, module->build_id, module->build_id_length);
  module->variables_opened = TRUE;
  return module->variables;
}

char *
debug_module_dup_variable (DebugModule *module, guint64 address)
{
  DebugVariables *variables = get_variables (module);

  return variables != NULL ? debug_variables_dup_path (variables, address - module->bias) : NULL;
}

DebugPart
debug_module_find_part (DebugModule *module, guint64 address, const char *name)
{
  DebugVariables *variables = get_variables (module);

  return variables != NULL ? debug_variables_find_part (variables, address - module->bias, name)
                           : DEBUG_PART_UNKNOWN;
}
