/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* libinspect.so starts by itself when it is loaded, so that a program that embeds it needs no line
 * for that. With the agent beside it, it leaves the decision to the agent, which looks for runtimes
 * first; unless the program itself asked for libinspect.so. In a file of its own, because a test
 * that links the rest statically starts when it wants to. */

#include "emit/process.h"

#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#define SONAME "libinspect.so.0"

typedef ElfW (Dyn) Dynamic;

extern int dl_iterate_phdr (int (*callback) (struct dl_phdr_info *, size_t, void *), void *data)
    __attribute__ ((weak));

static bool
contains (const struct dl_phdr_info *object, const void *address)
{
  for (int i = 0; i < object->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &object->dlpi_phdr[i];

      if (segment->p_type == PT_LOAD &&
          (uintptr_t)address - object->dlpi_addr - segment->p_vaddr < segment->p_memsz)
        return true;
    }
  return false;
}

static const Dynamic *
find_dynamic (const struct dl_phdr_info *object)
{
  for (int i = 0; i < object->dlpi_phnum; i++)
    if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
      return (const Dynamic *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
  return NULL;
}

static bool
needs_libinspect (const struct dl_phdr_info *object)
{
  const Dynamic *dynamic = find_dynamic (object);
  uintptr_t strings = 0;

  for (const Dynamic *entry = dynamic; entry != NULL && entry->d_tag != DT_NULL; entry++)
    if (entry->d_tag == DT_STRTAB)
      strings = entry->d_un.d_ptr;
  if (strings == 0)
    return false;
  /* glibc relocates this entry in place, musl and the vdso leave it. */
  if (strings < object->dlpi_addr)
    strings += object->dlpi_addr;
  for (const Dynamic *entry = dynamic; entry->d_tag != DT_NULL; entry++)
    if (entry->d_tag == DT_NEEDED &&
        strcmp ((const char *)strings + entry->d_un.d_val, SONAME) == 0)
      return true;
  return false;
}

static int
find_embedder (struct dl_phdr_info *object, size_t size, void *data)
{
  return !contains (object, data) && needs_libinspect (object);
}

static __attribute__ ((constructor)) void
start_when_loaded (void)
{
  if (emit_process_getenv (CHANNEL_ENV_SOCKET) == NULL)
    return;
  if (&inspect_private_agent != NULL &&
      (dl_iterate_phdr == NULL ||
       dl_iterate_phdr (find_embedder, (void *)&inspect_private_agent) == 0))
    return;
  /* The agent waits when it has said which modules there are: what is armed before that has no addresses. */
  if (emit_process_start () == 0 && &inspect_private_agent == NULL)
    emit_process_hold ();
}
