/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Which thread of a process is to make a call, and when: stopped where it holds nothing that malloc() or the
 * loader needs. */

#include "config.h"

#if defined(__x86_64__)

#include "target/injector-private.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/mappings.h"
#include "target/target-private.h"

/* For it to come to where it is safe, before it is looked at again. */
#define RUN_US (20 * G_TIME_SPAN_MILLISECOND)
/* Between two tries, so that the thread gets on. */
#define PAUSE_US 1000
/* At first only a thread at rest will do, for which so long is looked before each stop. */
#define REST_TRIES 4u
#define REST_US 2000
#define LOOK_US 20

/* Where a main loop is at rest, so that what waits in it can be looked at. */
static gboolean
is_rest (gint64 system_call)
{
  static const int calls[] = {
    SYS_epoll_wait, SYS_epoll_pwait, 441 /* epoll_pwait2 */, SYS_poll,
    SYS_ppoll,      SYS_select,      SYS_pselect6,           SYS_restart_syscall,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (calls); i++)
    if (system_call == calls[i])
      return TRUE;
  return FALSE;
}

/* How soon a thread is tried: the first one carries the main loop; one that is at rest will do, one that
 * sleeps may, and one that runs may have to get somewhere else first. */
static guint
get_rank (int pid, int tid, char state)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", pid, tid);
  g_autofree char *text = NULL;

  if (tid == pid)
    return 0;
  if (state != 'S')
    return 3;
  text = target_proc_read (path, 64, NULL);
  return text != NULL && g_ascii_isdigit (*text) && is_rest (g_ascii_strtoll (text, NULL, 10)) ? 1
                                                                                               : 2;
}

gboolean
injector_has_first (const Injector *self)
{
  char state = 'X';

  return target_facts_get_thread (self->pid, self->pid, NULL, &state) && state != 'Z' &&
         state != 'X';
}

/* The first thread comes first, for it is the one that carries the main loop; but one that sleeps
 * before one that runs, as that is more often where it is safe. */
GArray *
injector_list_threads (int pid)
{
  g_autoptr (GArray) all = target_facts_get_threads (pid);
  GArray *threads = g_array_new (FALSE, FALSE, sizeof (int));

  for (guint pass = 0; all != NULL && pass < 4; pass++)
    for (guint i = 0; i < all->len; i++)
      {
        int tid = g_array_index (all, int, i);
        char state = 'X';

        if (!target_facts_get_thread (pid, tid, NULL, &state) || state == 'Z' || state == 'X')
          continue;
        if (pass == get_rank (pid, tid, state))
          g_array_append_val (threads, tid);
      }
  return threads;
}

/* Looks, without a stop, until the thread seems to be there; not for long. */
static void
wait_for_rest (const Injector *self, int tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", self->pid, tid);
  gint64 until_us = g_get_monotonic_time () + REST_US;
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  char text[64];

  while (fd >= 0 && g_get_monotonic_time () < until_us)
    {
      gssize length = pread (fd, text, sizeof text - 1, 0);

      text[MAX (length, 0)] = '\0';
      if (length <= 0 || (g_ascii_isdigit (*text) && is_rest (g_ascii_strtoll (text, NULL, 10))))
        break;
      g_usleep (LOOK_US);
    }
  if (fd >= 0)
    close (fd);
}

static gboolean
take_stack (Injector *self)
{
  return target_stop_take_registers (self->tracee.tid, self->stack) &&
         target_stack_copy (self->pid, self->stack);
}

/* The thread is stopped. It may have to run on for a bit. */
static InjectorTry
judge_stopped (Injector *self)
{
  guint64 until = 0;
  gboolean is_idle;
  TargetPoint point;

  /* A signal of its own, a stop of the whole process: that goes first. */
  if (self->tracee.status >> 16 != PTRACE_EVENT_STOP || WSTOPSIG (self->tracee.status) != SIGTRAP)
    {
      if (!tracee_is_at_breakpoint (&self->tracee))
        return INJECTOR_AGAIN;
    }
  /* At first only where it is at rest. */
  if (self->n_tries++ < REST_TRIES)
    {
      struct user_regs_struct registers;
      struct iovec bytes = { &registers, sizeof registers };

      if (ptrace (PTRACE_GETREGSET, self->tracee.tid, NT_PRSTATUS, &bytes) == 0 &&
          !is_rest ((gint64)registers.orig_rax))
        {
          self->has_breakpoint = FALSE;
          return INJECTOR_AGAIN;
        }
    }
  if (!take_stack (self))
    return INJECTOR_OTHER;
  self->n_judged++;
  point = target_safety_judge (self->safety, self->stack, self->tracee.tid, &until, &is_idle);
  if (point == TARGET_POINT_SAFE && !tracee_is_in_sequence (&self->tracee) &&
      tracee_save (&self->tracee, self->saved))
    {
      if (injector_frame_place (self, is_idle))
        return INJECTOR_READY;
      self->n_opaque++;
      return INJECTOR_OTHER;
    }
  self->n_opaque += point == TARGET_POINT_OPAQUE;
  self->has_breakpoint =
      point == TARGET_POINT_LATER && tracee_set_breakpoint (&self->tracee, until);
  return INJECTOR_AGAIN;
}

InjectorTry
injector_try_thread (Injector *self, int tid, gint64 until_us, gint64 *ret_begin_us)
{
  InjectorTry result = INJECTOR_AGAIN;

  if (!tracee_attach (&self->tracee, self->pid, tid))
    {
      if (errno == EPERM)
        injector_fail (self, "%s",
                       _ ("another program traces it, or the system does not allow it"));
      return INJECTOR_OTHER;
    }
  self->stats.n_threads++;
  while (result == INJECTOR_AGAIN && g_get_monotonic_time () < until_us)
    {
      gint64 begin_us;

      if (self->n_tries < REST_TRIES)
        wait_for_rest (self, tid);
      begin_us = g_get_monotonic_time ();
      if (!tracee_stop (&self->tracee, begin_us + INJECTOR_STOP_US))
        {
          result = INJECTOR_OTHER;
          break;
        }
      begin_us = g_get_monotonic_time ();
      result = judge_stopped (self);
      if (result == INJECTOR_READY)
        {
          tracee_set_breakpoint (&self->tracee, 0);
          *ret_begin_us = begin_us;
          return INJECTOR_READY;
        }
      injector_note_stop (self, begin_us);
      if (result == INJECTOR_OTHER || !tracee_continue (&self->tracee))
        break;
      /* To the breakpoint, or just for a while. */
      tracee_wait (&self->tracee,
                   g_get_monotonic_time () + (self->has_breakpoint ? RUN_US : PAUSE_US));
    }
  if (tracee_stop (&self->tracee, g_get_monotonic_time () + INJECTOR_STOP_US))
    tracee_set_breakpoint (&self->tracee, 0);
  tracee_detach (&self->tracee);
  return result == INJECTOR_READY ? INJECTOR_OTHER : result;
}

#endif
