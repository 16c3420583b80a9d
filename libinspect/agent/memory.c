/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/memory.h"

#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <sys/mman.h>
#include <time.h>

#include "emit/sys.h"

extern unsigned long getauxval (unsigned long type) __attribute__ ((weak));

void *
agent_memory_reserve (size_t bytes)
{
  void *memory = sys_mmap (NULL, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  return sys_is_error (memory) ? NULL : memory;
}

void
agent_memory_release (void *memory, size_t bytes)
{
  if (memory != NULL)
    sys_munmap (memory, bytes);
}

uintptr_t
agent_memory_page_size (void)
{
  uintptr_t size = getauxval != NULL ? getauxval (AT_PAGESZ) : 0;

  return size != 0 ? size : 4096;
}

AgentMemoryAccess
agent_memory_probe (uintptr_t address)
{
  /* Nobody waits on it. */
  static uint32_t own;
  long result;

  /* No call tells the protection of a page, and reading /proc/self/maps is slow and needs a
   * descriptor. This one makes the kernel OR zero into the word, atomically: EFAULT where that
   * is not allowed, and no change where it is. */
  result = sys_call6 (SYS_futex, (long)&own, FUTEX_WAKE_OP | FUTEX_PRIVATE_FLAG, 0, 0,
                      (long)address, FUTEX_OP (FUTEX_OP_OR, 0, FUTEX_OP_CMP_LT, 0));
  if (result >= 0)
    return AGENT_MEMORY_WRITABLE;
  return result == -EFAULT ? AGENT_MEMORY_PROTECTED : AGENT_MEMORY_UNKNOWN;
}

uint64_t
agent_memory_now_ns (void)
{
  struct timespec now = { 0 };

  sys_clock_gettime (CLOCK_MONOTONIC_COARSE, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
