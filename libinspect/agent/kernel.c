/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/kernel.h"

#include <linux/prctl.h>
#include <sys/uio.h>

#include "agent/memory.h"
#include "emit/sys.h"

/* Of one call; the kernel takes no more than 1024. */
#define MAX_PAGES 64u

static int seccomp_mode;

void
agent_kernel_begin (void)
{
  seccomp_mode = sys_prctl (PR_GET_SECCOMP, 0);
}

bool
agent_kernel_is_locked_up (void)
{
  return sys_prctl (PR_GET_SECCOMP, 0) != seccomp_mode;
}

/* Its return value is the number of bytes up to the first that cannot be read. */
static long
copy (const struct iovec *to, const struct iovec *from, size_t n_from)
{
  return sys_call6 (SYS_process_vm_readv, sys_getpid (), (long)to, 1, (long)from, (long)n_from, 0);
}

bool
agent_kernel_copy (void *to, uintptr_t from, size_t length)
{
  return copy (&(struct iovec){ to, length }, &(struct iovec){ (void *)from, length }, 1) ==
         (long)length;
}

uint32_t
agent_kernel_count_readable (uintptr_t address, uint32_t max)
{
  uintptr_t page = agent_memory_page_size ();
  uint32_t total = 0;

  address &= ~(page - 1);
  while (total < max)
    {
      struct iovec from[MAX_PAGES];
      uint8_t bytes[MAX_PAGES];
      uint32_t n = max - total < MAX_PAGES ? max - total : MAX_PAGES;
      long got;

      for (uint32_t i = 0; i < n; i++)
        from[i] = (struct iovec){ (void *)(address + (total + i) * page), 1 };
      got = copy (&(struct iovec){ bytes, n }, from, n);
      total += got > 0 ? (uint32_t)got : 0;
      if (got != (long)n)
        break;
    }
  return total;
}
