/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <elf.h>

#include "agent/kernel.h"
#include "agent/memory.h"
#include "agent/unwind.h"
#include "emit/sys.h"

/* Between the place of a call and the end of the stack; a thread that is deeper pays for a look
 * each time. */
#define OWN_MAX_PAGES 1024u
/* Of a stack that is none of the thread's own: coroutines, the alternate stack of signals. */
#define FOREIGN_MAX_PAGES 32u

extern unsigned long getauxval (unsigned long type) __attribute__ ((weak));

static uintptr_t
get_thread_pointer (void)
{
  uintptr_t pointer;

#if defined(__x86_64__)
  __asm__ ("movq %%fs:0, %0" : "=r"(pointer));
#elif defined(__aarch64__)
  __asm__ ("mrs %0, tpidr_el0" : "=r"(pointer));
#endif
  return pointer;
}

/* Something that lies above all frames of this thread, in the same mapping: for the first thread
 * the name of the program, for others what libc keeps of them. */
static uintptr_t
get_own_end (void)
{
  if (sys_gettid () != sys_getpid ())
    return get_thread_pointer ();
  return getauxval != NULL ? getauxval (AT_EXECFN) : 0;
}

/* A thread's own stack stays where it is for as long as the thread runs, so that it has to be looked
 * at but once, and again when calls go deeper. Any other may be gone the next time. */
uintptr_t
agent_stack_find_end (uintptr_t sp, uint64_t limits[2])
{
  uintptr_t page, first, end;
  uint32_t n;

  if (sp >= limits[0] && sp < limits[1])
    return limits[1];
  if (agent_kernel_is_locked_up ())
    return 0;
  page = agent_memory_page_size ();
  first = sp & ~(page - 1);
  end = get_own_end () & ~(uintptr_t)7;
  if (end > sp && (end - first) / page < OWN_MAX_PAGES)
    {
      n = (uint32_t)((end - 1 - first) / page) + 1;
      if (agent_kernel_count_readable (sp, n) == n)
        {
          limits[0] = first;
          limits[1] = end;
          return end;
        }
    }
  n = agent_kernel_count_readable (sp, FOREIGN_MAX_PAGES);
  return n > 0 ? first + n * page : 0;
}
