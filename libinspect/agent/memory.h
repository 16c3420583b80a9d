/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_MEMORY_H
#define AGENT_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Memory from the kernel, zeroed; NULL where there is none. Any thread. */
void *agent_memory_reserve (size_t bytes);
void agent_memory_release (void *memory, size_t bytes);

uintptr_t agent_memory_page_size (void);

typedef enum
{
  AGENT_MEMORY_WRITABLE,
  AGENT_MEMORY_PROTECTED,
  AGENT_MEMORY_UNKNOWN,
} AgentMemoryAccess;

/* Whether @address, a multiple of 4, may be stored to now; leaves what is there as it is. */
AgentMemoryAccess agent_memory_probe (uintptr_t address);

/* CLOCK_MONOTONIC_COARSE; a few milliseconds are enough here. */
uint64_t agent_memory_now_ns (void);

#endif
