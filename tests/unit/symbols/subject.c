/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * Prints where it and its libraries are mapped, and addresses that a tool might ask about. */

#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "subject.h"

static void
print_note (const char *note, size_t size)
{
  const ElfW (Nhdr) *header = (const void *)note;
  const unsigned char *id;

  if (size < sizeof *header + 4 || header->n_type != NT_GNU_BUILD_ID || header->n_namesz != 4)
    return;
  id = (const unsigned char *)note + sizeof *header + 4;
  for (unsigned i = 0; i < header->n_descsz; i++)
    printf ("%02x", id[i]);
}

static int
print_module (struct dl_phdr_info *info, size_t size, void *data)
{
  char path[4096] = "";
  unsigned long low = -1ul, high = 0;

  (void)size;
  (void)data;
  if (info->dlpi_name[0] != '\0')
    strncpy (path, info->dlpi_name, sizeof path - 1);
  else if (readlink ("/proc/self/exe", path, sizeof path - 1) < 0)
    return 0;
  for (int i = 0; i < info->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *header = &info->dlpi_phdr[i];
      unsigned long start = info->dlpi_addr + header->p_vaddr;

      if (header->p_type != PT_LOAD)
        continue;
      low = start < low ? start : low;
      high = start + header->p_memsz > high ? start + header->p_memsz : high;
    }
  printf ("M %lx %lx %lx -", low & -4096ul, (high + 4095) & -4096ul,
          (unsigned long)info->dlpi_addr);
  for (int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_NOTE)
      print_note ((const char *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr),
                  info->dlpi_phdr[i].p_memsz);
  printf (" %s\n", path);
  return 0;
}

static __attribute__ ((noinline)) void
report (const char *label)
{
  printf ("C %s %lx\n", label, (unsigned long)__builtin_return_address (0));
}

static inline __attribute__ ((always_inline)) void
inlined_helper (void)
{
  report ("inlined"); /* CALL: inlined */
}

static __attribute__ ((noinline)) void
caller_of_inlined (void)
{
  inlined_helper (); /* PUT: inlined */
  NOT_LAST;
}

static __attribute__ ((noinline)) void
direct (void) /* FUNCTION: direct */
{
  report ("direct"); /* CALL: direct */
  NOT_LAST;
}

/* Its first instruction belongs to what was inlined into it. */
__attribute__ ((noinline)) void exported (int *value);
static inline __attribute__ ((always_inline)) void
bump (int *value)
{
  *value += 1;
}

__attribute__ ((noinline)) void
exported (int *value) /* FUNCTION: exported */
{
  bump (value);
  report ("exported"); /* CALL: exported */
  NOT_LAST;
}

int
main (void)
{
  int value = 0;

  dl_iterate_phdr (print_module, NULL);
  direct ();
  caller_of_inlined ();
  exported (&value);
  library_call (report);
  library_ask (report);
  printf ("F direct %lx\n", (unsigned long)direct);
  printf ("F exported %lx\n", (unsigned long)exported);
  return 0;
}
