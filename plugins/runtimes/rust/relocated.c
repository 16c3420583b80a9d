/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <gelf.h>
#include <string.h>

/* The words of a file's data that the loader makes into addresses. Of what is linked to run anywhere the
 * addresses stand in the relocations that name no symbol; else, and where these are packed (RELR), in the
 * words themselves. */

#if defined(__x86_64__)
#define RELATIVE R_X86_64_RELATIVE
#elif defined(__aarch64__)
#define RELATIVE R_AARCH64_RELATIVE
#else
#define RELATIVE 0
#endif

typedef struct
{
  void (*func) (gpointer data, RustWord word);
  gpointer data;
} Visit;

static void
visit_relocations (const Visit *visit, Elf_Data *data, gsize n)
{
  for (gsize i = 0; i < n && i <= G_MAXINT; i++)
    {
      GElf_Rela relocation;

      if (gelf_getrela (data, (int)i, &relocation) == NULL)
        return;
      if (GELF_R_TYPE (relocation.r_info) == RELATIVE)
        visit->func (visit->data, (RustWord){ relocation.r_offset, (guint64)relocation.r_addend });
    }
}

static void
visit_contents (const Visit *visit, Elf_Data *data, guint64 begin)
{
  const guint8 *bytes = data->d_buf;

  for (gsize at = -begin & 7; bytes != NULL && data->d_size >= 8 && at <= data->d_size - 8; at += 8)
    {
      guint64 word;

      memcpy (&word, bytes + at, sizeof word);
      if (word != 0)
        visit->func (visit->data, (RustWord){ begin + at, word });
    }
}

static gboolean
is_data (const GElf_Shdr *header)
{
  return header->sh_type == SHT_PROGBITS && (header->sh_flags & SHF_ALLOC) != 0 &&
         (header->sh_flags & SHF_WRITE) != 0 && (header->sh_flags & SHF_EXECINSTR) == 0;
}

void
rust_visit_words (Elf *elf, void (*func) (gpointer data, RustWord word), gpointer data)
{
  const Visit visit = { func, data };
  Elf_Scn *section = NULL;

  while ((section = elf_nextscn (elf, section)) != NULL)
    {
      GElf_Shdr header;
      Elf_Data *contents;

      if (gelf_getshdr (section, &header) == NULL)
        return;
      if (header.sh_type != SHT_RELA && !is_data (&header))
        continue;
      contents = elf_getdata (section, NULL);
      if (contents == NULL)
        continue;
      if (is_data (&header))
        visit_contents (&visit, contents, header.sh_addr);
      else if ((header.sh_flags & SHF_ALLOC) != 0 && header.sh_entsize > 0)
        visit_relocations (&visit, contents, header.sh_size / header.sh_entsize);
    }
}
