/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_CALLS_H
#define TARGET_CALLS_H

#include "target/sleep.h"

G_BEGIN_DECLS

/* Fills what the system call @number with these arguments waits for. */
void kernel_call_describe (long number, const guint64 arguments[6], KernelSleep *sleep);
/* All of @length bytes of the memory of a process, or FALSE. */
gboolean kernel_memory_read (int pid, guint64 address, void *buffer, gsize length);

G_END_DECLS

#endif
