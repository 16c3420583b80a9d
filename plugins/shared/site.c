/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "site.h"

#include <sys/syscall.h>
#include <sys/uio.h>

#include "emit/sys.h"

#define MAX_WORDS 8192u
#define MAX_CANDIDATES 512u

bool
site_copy (void *to, uint64_t from, size_t length)
{
  struct iovec here = { to, length }, there = { (void *)(uintptr_t)from, length };

  return sys_call6 (SYS_process_vm_readv, sys_getpid (), (long)&here, 1, (long)&there, 1, 0) ==
         (long)length;
}

bool
site_is_epoll_wait (const InspectSite *site)
{
  switch (site->system_call)
    {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
    case SYS_epoll_pwait:
      return true;
    default:
      return false;
    }
}

static bool
may_be_address (uint64_t word)
{
  return word % sizeof (void *) == 0 && word >= 4096 && word < UINT64_C (1) << 47;
}

uint64_t
site_find (const InspectSite *site, SiteTest test, const void *data)
{
  uint64_t n_words = site->n_words < MAX_WORDS ? site->n_words : MAX_WORDS, before = 0;
  uint32_t n = 0;

  for (size_t i = 0; i < sizeof site->registers / sizeof *site->registers; i++)
    if (may_be_address (site->registers[i]) && test (site->registers[i], data))
      return site->registers[i];
  for (uint64_t i = 0; i < n_words && n < MAX_CANDIDATES; i++)
    {
      uint64_t word = site->stack[i];

      if (word == before || !may_be_address (word))
        continue;
      before = word;
      n++;
      if (test (word, data))
        return word;
    }
  return 0;
}
