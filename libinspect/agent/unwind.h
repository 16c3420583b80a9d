/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_UNWIND_H
#define AGENT_UNWIND_H

/* The call stack of the calling thread. No lock, no memory from anybody, no call of the loader;
 * nothing outside of the thread's stack and of the unwind tables is read, whatever these say. */

#include <stdint.h>

/* Where the walk starts. */
typedef struct
{
  uintptr_t pc, sp, fp;
} AgentFrame;

/* The frame of the function that uses it. */
#if defined(__x86_64__)
#define AGENT_FRAME_HERE(frame)                                                                    \
  __asm__ volatile("leaq 0(%%rip), %0\n\tmovq %%rsp, %1\n\tmovq %%rbp, %2"                         \
                   : "=&r"((frame).pc), "=&r"((frame).sp), "=&r"((frame).fp))
#elif defined(__aarch64__)
#define AGENT_FRAME_HERE(frame)                                                                    \
  __asm__ volatile("adr %0, .\n\tmov %1, sp\n\tmov %2, x29"                                        \
                   : "=&r"((frame).pc), "=&r"((frame).sp), "=&r"((frame).fp))
#endif

/* The end of what may be read of the stack that @sp is on; 0 for none. @limits: two words of the
 * thread's own, both 0 before the first call. */
uintptr_t agent_stack_find_end (uintptr_t sp, uint64_t limits[2]);

/* The return addresses of the program's functions from @frame on, the innermost first; functions of
 * the agent and of plugins are left out. @end: of the stack. Ends at the first frame that cannot be
 * followed, and at @max. Returns: how many */
uint32_t agent_unwind (const AgentFrame *frame, uintptr_t end, uintptr_t *frames, uint32_t max);

#endif
