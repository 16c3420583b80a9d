/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_STACK_PRIVATE_H
#define TARGET_STACK_PRIVATE_H

#include <glib.h>
#include <sys/user.h>

#include "inspector-probe.h"
#include "target/facts.h"

G_BEGIN_DECLS

#define TARGET_STACK_BYTES (256 * 1024)

/* A thread as it was at one instant. */
typedef struct
{
  guint64 sp, pc;
  guint64 registers[32]; /* in DWARF's order */
  guint n_registers;     /* 0: no more than sp and pc are known */
  guint64 frame_pointer; /* with that: a guess at it; 0: none */
  gsize length;
  guint8 bytes[TARGET_STACK_BYTES]; /* from sp on */
} TargetStack;

/* Its frames, the innermost first; each is the address after the instruction that it is at, as
 * return addresses are. Ends where it cannot go on. */
guint target_stack_unwind (const TargetStack *stack, int pid, int tid, TargetFrame *ret_frames,
                           guint max);

/* The same for many stacks of one process, as its files were when it was made; `pc` is where it is, or where it
 * returns to. */
typedef struct _TargetUnwinder TargetUnwinder;
TargetUnwinder *target_unwinder_new (int pid);
/* Of these files; memory beyond the stack is read by @read. One thread at a time. */
TargetUnwinder *target_unwinder_new_modules (const InspectorProbeModule *modules, guint n,
                                             gboolean (*read) (gpointer data, guint64 address,
                                                               void *buffer, gsize length),
                                             gpointer data);
void target_unwinder_free (TargetUnwinder *unwinder);
guint target_unwinder_walk (TargetUnwinder *unwinder, const TargetStack *stack, int tid,
                            TargetFrame *ret_frames, guint max);
/* Whether the function at @pc, the last of a walk, says that nobody has called it: a thread begins there. */
gboolean target_unwinder_is_whole (TargetUnwinder *unwinder, guint64 pc);

/* In DWARF's order. Returns: how many */
guint target_stack_take_registers (const struct user_regs_struct *from, guint64 *ret_registers);

/* A thread that sleeps, as far as it can be seen without a stop: FALSE where it runs. */
gboolean target_stack_copy_asleep (int pid, int tid, TargetStack *ret_stack);
/* Its stack from stack->sp on. */
gboolean target_stack_copy (int pid, TargetStack *stack);

/* ---- Stops, for whoever looks at more than one thread ---------------------------------------
 *
 * From one thread of this process, which has to end afterwards: with it ends what it traces. */

/* Whether it sleeps in a system call that the kernel takes up again by itself after a stop. */
gboolean target_stop_is_harmless (int pid, int tid, guint64 *ret_sp);
/* FALSE: it could not be stopped. */
gboolean target_stop_begin (int tid, int *ret_status);
/* Of @stack, all but the bytes. */
gboolean target_stop_take_registers (int tid, TargetStack *stack);
void target_stop_end (int tid, int status);
#if defined(__x86_64__)
/* Whether it was interrupted in a system call that then returns EINTR, though nothing but the stop was
 * the reason: the call has to be made once more. */
gboolean target_stop_has_to_be_hidden (int tid, const struct user_regs_struct *registers);
#endif

G_END_DECLS

#endif
