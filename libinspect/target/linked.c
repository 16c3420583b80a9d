/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/linked.h"

#include <unistd.h>

#define MAX_SECTIONS 4096u

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
has_symbol_table (const TargetImage *image)
{
  guint n = MIN (image->header.e_shnum, MAX_SECTIONS);

  for (guint i = 0; i < n; i++)
    {
      Elf64_Shdr section;

      if (pread (image->fd, &section, sizeof section,
                 (off_t)(image->header.e_shoff + i * sizeof section)) != sizeof section)
        return FALSE;
      if (section.sh_type == SHT_SYMTAB)
        return TRUE;
    }
  return FALSE;
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
  return has_symbol_table (image) ? TARGET_LINKED_NAMED : TARGET_LINKED_NAMELESS;
}
