/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_KERNEL_H
#define AGENT_KERNEL_H

/* What only the kernel can say about the memory of this process, asked so that no answer is a
 * fault. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Notes under which filter of system calls the program starts. */
void agent_kernel_begin (void);
/* A program that has locked itself up since may die of a system call that it did not foresee. */
bool agent_kernel_is_locked_up (void);

/* Copies @length bytes of this process. False where they are not all readable. */
bool agent_kernel_copy (void *to, uintptr_t from, size_t length);
/* How many pages from that of @address on can be read, @max at the most; 0 where it cannot say. */
uint32_t agent_kernel_count_readable (uintptr_t address, uint32_t max);

#endif
