/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "own-module.h"

#include <link.h>

#define PAGE G_GUINT64_CONSTANT (4096)

static int
take (struct dl_phdr_info *info, size_t size, void *data)
{
  OwnModule *module = data;
  guint64 low = G_MAXUINT64, high = 0;

  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_LOAD)
      {
        guint64 start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

        low = MIN (low, start);
        high = MAX (high, start + info->dlpi_phdr[i].p_memsz);
      }
  module->start = low & ~(PAGE - 1);
  module->end = (high + PAGE - 1) & ~(PAGE - 1);
  module->bias = info->dlpi_addr;
  return 1; /* the program is the first */
}

void
own_module_find (OwnModule *ret_module)
{
  *ret_module = (OwnModule){ .path = g_file_read_link ("/proc/self/exe", NULL) };
  dl_iterate_phdr (take, ret_module);
}

void
own_module_clear (OwnModule *module)
{
  g_free (module->path);
}
