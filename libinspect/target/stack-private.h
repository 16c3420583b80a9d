/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_STACK_PRIVATE_H
#define TARGET_STACK_PRIVATE_H

#include <glib.h>

G_BEGIN_DECLS

#define TARGET_STACK_BYTES (256 * 1024)

/* A thread as it was at one instant. */
typedef struct
{
  guint64 sp, pc;
  guint64 registers[32]; /* in DWARF's order */
  guint n_registers;     /* 0: no more than sp and pc are known */
  gsize length;
  guint8 bytes[TARGET_STACK_BYTES]; /* from sp on */
} TargetStack;

/* Its frames, the innermost first; each is the address after the instruction that it is at, as
 * return addresses are. Ends where it cannot go on. */
guint target_stack_unwind (const TargetStack *stack, int pid, int tid, guint64 *ret_frames,
                           guint max);

G_END_DECLS

#endif
