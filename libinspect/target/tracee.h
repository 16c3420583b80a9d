/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_TRACEE_H
#define TARGET_TRACEE_H

/* One thread of a target under ptrace: its stops, its registers, a breakpoint of the processor. All
 * calls of one tracee come from one thread of this process. x86-64. */

#include <glib.h>
#include <sys/user.h>

G_BEGIN_DECLS

#define TRACEE_XSTATE_MAX 16384

typedef struct
{
  struct user_regs_struct registers;
  guint8 xstate[TRACEE_XSTATE_MAX]; /* as PTRACE_GETREGSET has it */
  gsize xstate_size;
  guint64 signal_mask;
} TraceeState;

typedef struct
{
  int pid, tid;
  int status; /* of the latest stop, as waitpid() has it */
  gboolean is_attached;
  gboolean is_stopped;
  gboolean may_break; /* a breakpoint may be used: its signal is neither blocked nor ignored */
} Tracee;

/* Makes it a tracee; it runs on. FALSE: it is another's, or has ended; errno says which. */
gboolean tracee_attach (Tracee *tracee, int pid, int tid);
/* Asks it to stop, which tracee_wait() then waits for: for who stops many. */
gboolean tracee_interrupt (Tracee *tracee);
/* Stops it. FALSE: it does not come to a stop before @until_us (on the monotonic clock) */
gboolean tracee_stop (Tracee *tracee, gint64 until_us);
/* Lets it run; a signal that it was stopped for is delivered. */
gboolean tracee_continue (Tracee *tracee);
/* Waits until it stops by itself; FALSE: not before @until_us, or it has ended. */
gboolean tracee_wait (Tracee *tracee, gint64 until_us);
/* Stops by itself at the instruction at @address; 0: no more. */
gboolean tracee_set_breakpoint (Tracee *tracee, guint64 address);
/* Whether this stop is for the breakpoint, and nothing else. */
gboolean tracee_is_at_breakpoint (const Tracee *tracee);
/* Whether it stands in the middle of a restartable sequence (rseq(2)), or that is not known. */
gboolean tracee_is_in_sequence (const Tracee *tracee);

gboolean tracee_save (const Tracee *tracee, TraceeState *ret_state);
gboolean tracee_restore (const Tracee *tracee, const TraceeState *state);
gboolean tracee_set_registers (const Tracee *tracee, const struct user_regs_struct *registers);
gboolean tracee_set_signal_mask (const Tracee *tracee, guint64 mask);
/* Where the kernel takes up a system call that the stop has interrupted by itself, it does so when the
 * thread runs on with these registers; this makes them say so explicitly. */
void tracee_make_restart (int tid, struct user_regs_struct *registers);

/* It is stopped with these registers, and the thread that traces it ends now, which lets go of it: it is made to go on as
 * if it had never been stopped. FALSE: it has to be let go by tracee_detach() */
gboolean tracee_prepare_end (const Tracee *tracee, struct user_regs_struct *registers);
/* Lets it go, as if it had never been stopped. Also where it could not be stopped. */
void tracee_detach (Tracee *tracee);

G_END_DECLS

#endif
