/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/probed-module.h"

#include <elf.h>
#include <string.h>

#define MAX_HEADERS 64u
#define MAX_NOTES 65536u
#define MAX_SEGMENT (G_GUINT64_CONSTANT (1) << 40)

void
target_probed_module_clear (gpointer data)
{
  InspectorProbeModule *module = data;

  g_free ((char *)module->path);
  g_free ((char *)module->name);
  g_free ((guint8 *)module->build_id);
}

/* Of a note section: name and description are each filled up to a multiple of four. */
static void
take_build_id (InspectorProbeModule *module, const guint8 *notes, gsize length)
{
  gsize at = 0;

  while (length - at >= sizeof (Elf64_Nhdr))
    {
      Elf64_Nhdr note;
      gsize name, text;

      memcpy (&note, notes + at, sizeof note);
      name = at + sizeof note;
      text = name + ((gsize)note.n_namesz + 3) / 4 * 4;
      at = text + ((gsize)note.n_descsz + 3) / 4 * 4;
      if (at > length)
        return;
      if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
          memcmp (notes + name, "GNU", 4) == 0 && note.n_descsz > 0 && note.n_descsz <= 64)
        {
          module->build_id = g_memdup2 (notes + text, note.n_descsz);
          module->build_id_length = note.n_descsz;
          return;
        }
    }
}

/* What the file says of itself, as the process has it in memory. */
gboolean
target_probed_read_headers (InspectorProbeModule *module, TargetReadFunc read, gpointer data)
{
  Elf64_Ehdr header;
  Elf64_Phdr headers[MAX_HEADERS];
  gboolean is_found = FALSE;

  if (!read (data, module->start, &header, sizeof header) ||
      memcmp (header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_phentsize != sizeof *headers || header.e_phnum == 0 ||
      header.e_phnum > MAX_HEADERS ||
      !read (data, module->start + header.e_phoff, headers, header.e_phnum * sizeof *headers))
    return FALSE;
  for (guint i = 0; i < header.e_phnum && !is_found; i++)
    if (headers[i].p_type == PT_LOAD)
      {
        guint64 align = MAX (headers[i].p_align, 1);

        module->bias = module->start - (headers[i].p_vaddr & ~(align - 1));
        is_found = TRUE;
      }
  /* Of variables that begin as zeros no more than the first page is mapped from the file. */
  for (guint i = 0; i < header.e_phnum && is_found; i++)
    if (headers[i].p_type == PT_LOAD && headers[i].p_memsz <= MAX_SEGMENT)
      module->end = MAX (module->end, module->bias + headers[i].p_vaddr + headers[i].p_memsz);
  for (guint i = 0; i < header.e_phnum && module->build_id == NULL; i++)
    if (headers[i].p_type == PT_NOTE && headers[i].p_filesz <= MAX_NOTES)
      {
        g_autofree guint8 *notes = g_malloc (headers[i].p_filesz + 1);

        if (read (data, module->bias + headers[i].p_vaddr, notes, headers[i].p_filesz))
          take_build_id (module, notes, headers[i].p_filesz);
      }
  return is_found;
}
