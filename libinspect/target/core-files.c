/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/core-private.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/launch.h"
#include "target/probed-module.h"

/* The files that a process had mapped when its core file was written. A file is believed to be the one
 * that was mapped where it has the build id that the memory has. */

typedef enum
{
  SAME,
  ANOTHER, /* it has another build id */
  ABSENT,
} FileState;

static FileState
compare (const char *path, const InspectorProbeModule *module)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  FileState state = ANOTHER;
  const void *id;
  ssize_t length;
  Elf *elf;

  if (fd < 0)
    return ABSENT;
  elf_version (EV_CURRENT);
  elf = elf_begin (fd, ELF_C_READ_MMAP, NULL);
  if (elf != NULL && elf_kind (elf) == ELF_K_ELF)
    {
      length = dwelf_elf_gnu_build_id (elf, &id);
      /* Without one on either side nothing speaks against it. */
      if (MAX (length, 0) == (ssize_t)module->build_id_length &&
          (length <= 0 || memcmp (id, module->build_id, (size_t)length) == 0))
        state = SAME;
    }
  if (elf != NULL)
    elf_end (elf);
  close (fd);
  return state;
}

/* ---- Modules ------------------------------------------------------------------------------------- */

typedef struct
{
  TargetCore *core;
  guint n_others; /* libraries that are not there, or others */
  char *other;    /* one of them */
  char *program;  /* (nullable): it is not there, or another one */
  FileState program_state;
} Search;

static gboolean
is_program (const TargetCore *self, const InspectorProbeModule *module)
{
  return self->entry >= module->start && self->entry < module->end;
}

static void
add_module (Search *search, const CoreMapping *first, guint64 end)
{
  TargetCore *self = search->core;
  CoreFile *file = g_hash_table_lookup (self->files, first->path);
  InspectorProbeModule module = { .start = first->begin, .end = end };
  const char *path = first->path;
  FileState state;

  module.is_program = is_program (self, &module);
  if (module.is_program && self->program != NULL)
    path = self->program;
  if (!target_probed_read_headers (&module, target_core_read_written, self))
    return;
  state = compare (path, &module);
  if (state == SAME && file->contents == NULL)
    file->contents = g_mapped_file_new (path, FALSE, NULL);
  if (state != SAME && module.is_program)
    {
      search->program = g_strdup (path);
      search->program_state = state;
    }
  else if (state != SAME)
    {
      search->n_others++;
      if (search->other == NULL)
        search->other = g_path_get_basename (path);
    }
  module.path = g_strdup (path);
  module.name = g_path_get_basename (path);
  g_array_append_val (self->modules, module);
}

static char *
dup_warning (const Search *search)
{
  if (search->program != NULL)
    return search->program_state == ABSENT
               ? g_strdup_printf (_ ("the program of the core file is not there any more: %s; "
                                     "say where it is: --exe PROGRAM"),
                                  search->program)
               : g_strdup_printf (_ ("%s is not what the core file is of, it was built anew since; "
                                     "say where the other one is: --exe PROGRAM"),
                                  search->program);
  if (search->core->n_missing > 0)
    {
      g_autofree char *missing = g_strdup_printf ("%" G_GUINT64_FORMAT, search->core->n_missing);

      return g_strdup_printf (_ ("the core file '%s' was cut off: %s bytes of memory are missing"),
                              search->core->path, missing);
    }
  if (search->n_others > 0)
    return g_strdup_printf (
        ngettext ("%u library of the core file is not here or another one by now (%s), so that "
                  "nothing is read from it",
                  "%u libraries of the core file are not here or others by now (%s is one), so "
                  "that nothing is read from them",
                  search->n_others),
        search->n_others, search->other);
  return NULL;
}

gboolean
target_core_find_modules (TargetCore *self, char **ret_warning, GError **error)
{
  Search search = { .core = self };
  gboolean is_wrong;

  for (guint i = 0; i < self->mappings->len;)
    {
      const CoreMapping *first = &g_array_index (self->mappings, CoreMapping, i);
      guint64 end = first->end;

      for (i++; i < self->mappings->len; i++)
        {
          const CoreMapping *next = &g_array_index (self->mappings, CoreMapping, i);

          if (next->path != first->path || next->offset == 0)
            break;
          end = next->end;
        }
      if (first->offset == 0)
        add_module (&search, first, end);
    }
  is_wrong = search.program != NULL && self->program != NULL;
  if (is_wrong)
    g_set_error (
        error, TARGET_ERROR, TARGET_ERROR_FAILED,
        search.program_state == ABSENT
            ? _ ("there is no program '%s'")
            : _ ("'%s' is not the program that the core file is of: their build ids differ"),
        self->program);
  else
    *ret_warning = dup_warning (&search);
  g_free (search.program);
  g_free (search.other);
  return !is_wrong;
}

const guint8 *
target_core_get_file (TargetCore *self, const CoreMapping *mapping, guint64 offset,
                      gsize *ret_length)
{
  const CoreFile *file = g_hash_table_lookup (self->files, mapping->path);
  gsize length = file->contents != NULL ? g_mapped_file_get_length (file->contents) : 0;

  if (offset >= length)
    return NULL;
  *ret_length = (gsize)(length - offset);
  return (const guint8 *)g_mapped_file_get_contents (file->contents) + offset;
}
