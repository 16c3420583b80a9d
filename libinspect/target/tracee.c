/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#if defined(__x86_64__)

#include "target/tracee.h"

#include <elf.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "target/stack-private.h"
#include "target/target-private.h"
#include "target/turns.h"

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif
#define GET_SIGNAL_MASK 0x420a /* PTRACE_GETSIGMASK */
#define SET_SIGNAL_MASK 0x420b
#define GET_RSEQ 0x420f /* PTRACE_GET_RSEQ_CONFIGURATION */

/* Who sleeps is woken late on a busy machine, while the thread stands still: the first looks are made
 * without. Who is in a rush is woken at once, and has the processor that the thread may be waiting for. */
#define N_QUICK_LOOKS 50u
#define N_LOOKS_IN_RUSH 4u
#define FIRST_WAIT_US 10
#define LONGEST_WAIT_US 500

/* -ERESTARTSYS and its like, which never reach a program (linux/errno.h). */
#define RESTART_SYS 512
#define RESTART_NO_INTERRUPT 513
#define RESTART_NO_HANDLER 514
#define RESTART_BLOCK 516

/* ---- Stops ------------------------------------------------------------------------------------ */

/* A signal that the program ignores or blocks would lose that when the processor raises it. */
static gboolean
takes_trap (int pid, int tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/status", pid, tid);
  g_autofree char *text = target_proc_read (path, 16384, NULL);
  static const char *const lines[] = { "\nSigBlk:\t", "\nSigIgn:\t" };

  for (gsize i = 0; text != NULL && i < G_N_ELEMENTS (lines); i++)
    {
      const char *line = strstr (text, lines[i]);

      if (line == NULL ||
          (g_ascii_strtoull (line + strlen (lines[i]), NULL, 16) >> (SIGTRAP - 1) & 1) != 0)
        return FALSE;
    }
  return text != NULL;
}

gboolean
tracee_attach (Tracee *tracee, int pid, int tid)
{
  *tracee = (Tracee){ .pid = pid, .tid = tid };
  if (ptrace (PTRACE_SEIZE, tid, NULL, NULL) != 0)
    return FALSE;
  tracee->is_attached = TRUE;
  tracee->may_break = takes_trap (pid, tid);
  return TRUE;
}

gboolean
tracee_wait (Tracee *tracee, gint64 until_us)
{
  guint n_quick = target_turns_is_rush () ? N_LOOKS_IN_RUSH : N_QUICK_LOOKS;
  gulong wait_us = FIRST_WAIT_US;

  for (guint i = 0; tracee->is_attached; i++)
    {
      pid_t got = waitpid (tracee->tid, &tracee->status, WNOHANG | __WALL);

      if (got == tracee->tid)
        {
          tracee->is_stopped = WIFSTOPPED (tracee->status);
          /* What has ended is nobody's tracee any more. */
          tracee->is_attached = tracee->is_stopped;
          return tracee->is_stopped;
        }
      if (got < 0 && errno != EINTR)
        tracee->is_attached = FALSE;
      if (g_get_monotonic_time () >= until_us)
        return FALSE;
      if (i < n_quick)
        continue;
      g_usleep (wait_us);
      wait_us = MIN (wait_us * 2, LONGEST_WAIT_US);
    }
  return FALSE;
}

gboolean
tracee_interrupt (Tracee *tracee)
{
  return ptrace (PTRACE_INTERRUPT, tracee->tid, NULL, NULL) == 0;
}

gboolean
tracee_stop (Tracee *tracee, gint64 until_us)
{
  return tracee->is_stopped || (tracee_interrupt (tracee) && tracee_wait (tracee, until_us));
}

/* The signal that it was stopped for, which is the program's; 0 for a stop of ours. */
static long
get_signal (const Tracee *tracee)
{
  if (!tracee->is_stopped || tracee->status >> 16 != 0 || tracee_is_at_breakpoint (tracee))
    return 0;
  return WSTOPSIG (tracee->status);
}

/* What a stop has broken off must not show, however often it happens. */
static gboolean
hide_stop_of (const Tracee *tracee, struct user_regs_struct *registers)
{
  if (!target_stop_has_to_be_hidden (tracee->tid, registers))
    return TRUE;
  registers->rip -= 2;
  registers->rax = registers->orig_rax;
  registers->orig_rax = (guint64)-1;
  return tracee_set_registers (tracee, registers);
}

static void
hide_stop (const Tracee *tracee)
{
  struct user_regs_struct registers;
  struct iovec bytes = { &registers, sizeof registers };

  if (get_signal (tracee) == 0 && ptrace (PTRACE_GETREGSET, tracee->tid, NT_PRSTATUS, &bytes) == 0)
    hide_stop_of (tracee, &registers);
}

gboolean
tracee_prepare_end (const Tracee *tracee, struct user_regs_struct *registers)
{
  return tracee->is_stopped && get_signal (tracee) == 0 && hide_stop_of (tracee, registers);
}

gboolean
tracee_continue (Tracee *tracee)
{
  if (tracee->is_stopped)
    hide_stop (tracee);
  if (!tracee->is_stopped || ptrace (PTRACE_CONT, tracee->tid, NULL, get_signal (tracee)) != 0)
    return FALSE;
  tracee->is_stopped = FALSE;
  return TRUE;
}

void
tracee_detach (Tracee *tracee)
{
  if (!tracee->is_attached)
    return;
  /* It was interrupted, and has to come to that stop, or what it is in would return EINTR. */
  if (!tracee->is_stopped)
    tracee_stop (tracee, g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND);
  if (tracee->is_stopped)
    {
      int status = get_signal (tracee) != 0 ? tracee->status : tracee->status | 1 << 16;

      target_stop_end (tracee->tid, status);
    }
  tracee->is_attached = tracee->is_stopped = FALSE;
}

/* ---- Breakpoints ------------------------------------------------------------------------------ */

static gboolean
poke_debug (const Tracee *tracee, int number, guint64 value)
{
  size_t offset = offsetof (struct user, u_debugreg) + (size_t)number * sizeof (value);

  return ptrace (PTRACE_POKEUSER, tracee->tid, (void *)offset, (void *)value) == 0;
}

gboolean
tracee_set_breakpoint (Tracee *tracee, guint64 address)
{
  if (address == 0)
    return poke_debug (tracee, 7, 0) && poke_debug (tracee, 6, 0);
  /* Enabled for this thread, on execution. */
  return tracee->may_break && poke_debug (tracee, 7, 0) && poke_debug (tracee, 0, address) &&
         poke_debug (tracee, 7, 1);
}

gboolean
tracee_is_at_breakpoint (const Tracee *tracee)
{
  siginfo_t info;

  return tracee->is_stopped && tracee->status >> 16 == 0 && WSTOPSIG (tracee->status) == SIGTRAP &&
         ptrace (PTRACE_GETSIGINFO, tracee->tid, NULL, &info) == 0 && info.si_code == TRAP_HWBKPT;
}

/* ---- Registers -------------------------------------------------------------------------------- */

typedef struct
{
  guint64 address;
  guint32 size, signature, flags, pad;
} RseqConfiguration;

gboolean
tracee_is_in_sequence (const Tracee *tracee)
{
  RseqConfiguration configuration = { 0 };
  guint64 sequence = 0;
  struct iovec to = { &sequence, sizeof sequence }, from;

  if (ptrace (GET_RSEQ, tracee->tid, (void *)sizeof configuration, &configuration) < 0 ||
      configuration.address == 0)
    return FALSE; /* the kernel is too old to tell, or the thread has none */
  /* struct rseq: cpu_id_start, cpu_id, rseq_cs. The kernel clears it lazily: now and then one that is
   * over is taken for one that is not. */
  from = (struct iovec){ GSIZE_TO_POINTER (configuration.address + 8), sizeof sequence };
  return process_vm_readv (tracee->pid, &to, 1, &from, 1, 0) != sizeof sequence || sequence != 0;
}

gboolean
tracee_save (const Tracee *tracee, TraceeState *ret_state)
{
  struct iovec general = { &ret_state->registers, sizeof ret_state->registers };
  struct iovec extended = { ret_state->xstate, sizeof ret_state->xstate };

  if (ptrace (PTRACE_GETREGSET, tracee->tid, NT_PRSTATUS, &general) != 0 ||
      ptrace (PTRACE_GETREGSET, tracee->tid, NT_X86_XSTATE, &extended) != 0 ||
      extended.iov_len < 576 || extended.iov_len == sizeof ret_state->xstate ||
      ptrace (GET_SIGNAL_MASK, tracee->tid, (void *)sizeof ret_state->signal_mask,
              &ret_state->signal_mask) != 0)
    return FALSE;
  ret_state->xstate_size = extended.iov_len;
  return TRUE;
}

gboolean
tracee_set_registers (const Tracee *tracee, const struct user_regs_struct *registers)
{
  struct iovec bytes = { (void *)registers, sizeof *registers };

  return ptrace (PTRACE_SETREGSET, tracee->tid, NT_PRSTATUS, &bytes) == 0;
}

gboolean
tracee_set_signal_mask (const Tracee *tracee, guint64 mask)
{
  return ptrace (SET_SIGNAL_MASK, tracee->tid, (void *)sizeof mask, &mask) == 0;
}

gboolean
tracee_restore (const Tracee *tracee, const TraceeState *state)
{
  struct iovec extended = { (void *)state->xstate, state->xstate_size };
  gboolean done = ptrace (PTRACE_SETREGSET, tracee->tid, NT_X86_XSTATE, &extended) == 0;

  done = tracee_set_registers (tracee, &state->registers) && done;
  return tracee_set_signal_mask (tracee, state->signal_mask) && done;
}

void
tracee_make_restart (int tid, struct user_regs_struct *registers)
{
  gint64 result = -(gint64)registers->rax;

  if ((gint64)registers->orig_rax < 0)
    return;
  if (result == RESTART_SYS || result == RESTART_NO_INTERRUPT || result == RESTART_NO_HANDLER ||
      result == RESTART_BLOCK || target_stop_has_to_be_hidden (tid, registers))
    {
      registers->rip -= 2;
      registers->rax = registers->orig_rax;
    }
  registers->orig_rax = (guint64)-1;
}

#endif
