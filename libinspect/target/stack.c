/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where a thread of a target is, from outside. It is stopped for as long as it takes to copy its
 * registers and the top of its stack, some 100 us; what to make of them is found out afterwards.
 *
 * A stop must not show. Most system calls that it interrupts are taken up again by the kernel as if
 * nothing had been; some return EINTR to the program. So a thread that is within a system call is
 * stopped only where the call is known to be of the first kind; else its stack is read while it
 * sleeps, with no more of its registers than /proc tells. */

#include "config.h"

#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>

#include "target/stack-private.h"
#include "target/target-private.h"

/* How long anybody waits for a thread to come to its stop, which it does when it is scheduled; it
 * stands still from then on alone. Who traces it waits on, for it has been interrupted already. */
#define PATIENCE_US (100 * G_TIME_SPAN_MILLISECOND)
#define WAIT_US (30 * G_TIME_SPAN_SECOND)
#define FIRST_WAIT_US 50
#define LONGEST_WAIT_US 2000

#define GET_SIGNAL_MASK 0x420a /* PTRACE_GETSIGMASK */

/* ---- What the thread is in ------------------------------------------------------------------- */

typedef struct
{
  char line[256];      /* as /proc has it */
  gboolean is_running; /* in the program, or of no use to look at */
  long number;         /* of the system call; -1: it sleeps for another reason */
  guint64 arguments[6];
  guint64 sp, pc;
} Position;

static gboolean
read_position (int pid, int tid, Position *ret_position)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/syscall", pid, tid);
  g_autofree char *text = target_proc_read (path, sizeof ret_position->line - 1, NULL);
  g_auto (GStrv) words = NULL;
  guint n;

  if (text == NULL)
    return FALSE;
  *ret_position = (Position){ .number = -1 };
  g_strlcpy (ret_position->line, text, sizeof ret_position->line);
  words = g_strsplit (g_strstrip (text), " ", -1);
  n = g_strv_length (words);
  ret_position->is_running = n < 3;
  if (n < 3)
    return n == 1 && g_str_equal (words[0], "running");
  ret_position->number = strtol (words[0], NULL, 10);
  for (guint i = 0; n == 9 && i < G_N_ELEMENTS (ret_position->arguments); i++)
    ret_position->arguments[i] = g_ascii_strtoull (words[1 + i], NULL, 16);
  ret_position->sp = g_ascii_strtoull (words[n - 2], NULL, 16);
  ret_position->pc = g_ascii_strtoull (words[n - 1], NULL, 16);
  return TRUE;
}

/* Calls that the kernel takes up again by itself after a stop, with their results and timeouts as
 * they would have been. Not among them: epoll_wait, semop, io_getevents, sigtimedwait, and sockets,
 * which may have a timeout. */
static const int restarted[] = {
#ifdef SYS_poll
  SYS_poll,  SYS_select,   SYS_pause,
#endif
  SYS_ppoll, SYS_pselect6, SYS_futex, SYS_wait4, SYS_waitid, SYS_flock,
};

static const int on_descriptor[] = { SYS_read, SYS_write, SYS_readv, SYS_writev };

static gboolean
contains (const int *numbers, gsize n, long number)
{
  for (gsize i = 0; i < n; i++)
    if (numbers[i] == number)
      return TRUE;
  return FALSE;
}

/* A pipe or a file. Sockets may have a timeout, and what epoll, inotify and the like do is theirs. */
static gboolean
is_plain_descriptor (int pid, guint64 fd)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/fd/%" G_GUINT64_FORMAT, pid, fd);
  g_autofree char *link = g_file_read_link (path, NULL);

  return link != NULL && (g_str_has_prefix (link, "pipe:[") || link[0] == '/');
}

/* A sleep goes on, too; but where the program wants to know how much of it was left, the kernel says
 * so at a stop, as it does at Ctrl-Z, though the sleep then takes its time and returns 0. */
static gboolean
is_plain_sleep (const Position *position)
{
  return (position->number == SYS_nanosleep && position->arguments[1] == 0) ||
         (position->number == SYS_clock_nanosleep && position->arguments[3] == 0);
}

static gboolean
may_be_stopped (int pid, const Position *position)
{
  return position->is_running || is_plain_sleep (position) ||
         contains (restarted, G_N_ELEMENTS (restarted), position->number) ||
         (contains (on_descriptor, G_N_ELEMENTS (on_descriptor), position->number) &&
          is_plain_descriptor (pid, position->arguments[0]));
}

/* ---- Copies ---------------------------------------------------------------------------------- */

static gssize
copy_memory (int pid, guint64 address, void *buffer, gsize length)
{
  struct iovec to = { buffer, length };
  struct iovec from[TARGET_STACK_BYTES / 4096 + 1];
  gsize n = 0;

  /* A piece that cannot be read ends it, but is not half copied; so they are pages. */
  for (gsize done = 0; done < length; n++)
    {
      gsize piece = MIN (length - done, 4096 - (address + done) % 4096);

      from[n] = (struct iovec){ GSIZE_TO_POINTER (address + done), piece };
      done += piece;
      if (n + 1 == G_N_ELEMENTS (from))
        break;
    }
  return process_vm_readv (pid, &to, 1, from, n, 0);
}

static gboolean
copy_stack (int pid, TargetStack *stack)
{
  gssize length = copy_memory (pid, stack->sp, stack->bytes, TARGET_STACK_BYTES - 4096);

  stack->length = length > 0 ? (gsize)length : 0;
  return length > 0;
}

/* It sleeps in the kernel, and did so the whole time. */
static gboolean
copy_asleep (int pid, int tid, const Position *before, TargetStack *stack)
{
  Position after;

  stack->sp = before->sp;
  stack->pc = before->pc;
  stack->n_registers = 0;
  stack->frame_pointer = 0;
  return copy_stack (pid, stack) && read_position (pid, tid, &after) && !after.is_running &&
         g_str_equal (before->line, after.line);
}

gboolean
target_stack_copy_asleep (int pid, int tid, TargetStack *ret_stack)
{
  Position position;

  return read_position (pid, tid, &position) && !position.is_running &&
         copy_asleep (pid, tid, &position, ret_stack);
}

gboolean
target_stack_copy (int pid, TargetStack *stack)
{
  return copy_stack (pid, stack);
}

/* ---- Stopping -------------------------------------------------------------------------------- */

/* Of those that wait in one queue, of the thread or (@flags) of its process. */
static gboolean
has_signals_in (int tid, guint32 flags, guint64 blocked)
{
  struct __ptrace_peeksiginfo_args from = { .flags = flags, .nr = 16 };
  siginfo_t signals[16];
  long n;

  do
    {
      n = ptrace (PTRACE_PEEKSIGINFO, tid, &from, signals);
      for (long i = 0; i < n; i++)
        if ((blocked >> (signals[i].si_signo - 1) & 1) == 0)
          return TRUE;
      from.off += (guint64)MAX (n, 0);
    }
  while (n == from.nr);
  return n < 0;
}

/* Whether a signal is on its way to a thread that is stopped, which would have ended the call by itself. Asked of the
 * thread, for its file in /proc takes twenty times as long to be read, and other threads may stand still, too. */
static gboolean
has_signals (int tid)
{
  guint64 blocked = 0;

  return ptrace (GET_SIGNAL_MASK, tid, (void *)sizeof blocked, &blocked) != 0 ||
         has_signals_in (tid, 0, blocked) ||
         has_signals_in (tid, PTRACE_PEEKSIGINFO_SHARED, blocked);
}

#if defined(__x86_64__)

typedef struct user_regs_struct Registers;

guint
target_stack_take_registers (const Registers *from, guint64 *ret_registers)
{
  const guint64 values[] = { from->rax, from->rdx, from->rcx, from->rbx, from->rsi, from->rdi,
                             from->rbp, from->rsp, from->r8,  from->r9,  from->r10, from->r11,
                             from->r12, from->r13, from->r14, from->r15, from->rip };

  memcpy (ret_registers, values, sizeof values);
  return G_N_ELEMENTS (values);
}

static void
take_registers (const Registers *from, TargetStack *stack)
{
  stack->n_registers = target_stack_take_registers (from, stack->registers);
  stack->sp = from->rsp;
  stack->pc = from->rip;
}

gboolean
target_stop_has_to_be_hidden (int tid, const Registers *registers)
{
  /* None of them has done anything when it returns EINTR. */
  static const int calls[] = {
    SYS_epoll_wait,      SYS_epoll_pwait, 441 /* epoll_pwait2 */,
    SYS_semop,           SYS_semtimedop,  SYS_recvfrom,
    SYS_recvmsg,         SYS_accept,      SYS_accept4,
    SYS_sendto,          SYS_sendmsg,     SYS_io_getevents,
    SYS_rt_sigtimedwait, SYS_read,        SYS_write,
    SYS_readv,           SYS_writev,
  };

  return (gint64)registers->rax == -EINTR &&
         contains (calls, G_N_ELEMENTS (calls), (long)registers->orig_rax) && !has_signals (tid);
}

/* It went into such a call just before it was stopped: then the call is made once more. Its timeout
 * starts again, which is the lesser evil. */
static void
hide_interruption (int tid, Registers *registers)
{
  struct iovec bytes = { registers, sizeof *registers };

  if (!target_stop_has_to_be_hidden (tid, registers))
    return;
  registers->rax = registers->orig_rax;
  registers->orig_rax = (guint64)-1;
  registers->rip -= 2;
  ptrace (PTRACE_SETREGSET, tid, NT_PRSTATUS, &bytes);
}

#elif defined(__aarch64__)

typedef struct user_regs_struct Registers;

guint
target_stack_take_registers (const Registers *from, guint64 *ret_registers)
{
  memcpy (ret_registers, from->regs, sizeof from->regs);
  ret_registers[31] = from->sp;
  return 32;
}

static void
take_registers (const Registers *from, TargetStack *stack)
{
  stack->n_registers = target_stack_take_registers (from, stack->registers);
  stack->sp = from->sp;
  stack->pc = from->pc;
}

static void
hide_interruption (int tid, Registers *registers)
{
}

#endif

/* FALSE: it has ended, or does not come; it may be deep in the kernel. */
static gboolean
wait_for_stop (int tid, int *ret_status)
{
  gint64 until_us = g_get_monotonic_time () + WAIT_US;

  for (gulong wait_us = FIRST_WAIT_US; g_get_monotonic_time () < until_us;
       wait_us = MIN (wait_us * 2, LONGEST_WAIT_US))
    {
      pid_t got = waitpid (tid, ret_status, WNOHANG | __WALL);

      if (got == tid)
        return WIFSTOPPED (*ret_status);
      if (got < 0 && errno != EINTR)
        return FALSE;
      g_usleep (wait_us);
    }
  return FALSE;
}

gboolean
target_stop_is_harmless (int pid, int tid, guint64 *ret_sp)
{
  Position position;

  if (!read_position (pid, tid, &position) || position.is_running ||
      !may_be_stopped (pid, &position))
    return FALSE;
  *ret_sp = position.sp;
  return TRUE;
}

/* A thread that ends lets go of all that it traces, so that nothing is left stopped whatever goes
 * wrong in here. But not before its stop: what it was interrupted in would return EINTR. */
gboolean
target_stop_begin (int tid, int *ret_status)
{
  return ptrace (PTRACE_SEIZE, tid, NULL, NULL) == 0 &&
         ptrace (PTRACE_INTERRUPT, tid, NULL, NULL) == 0 && wait_for_stop (tid, ret_status);
}

gboolean
target_stop_take_registers (int tid, TargetStack *stack)
{
  Registers registers;
  struct iovec bytes = { &registers, sizeof registers };

  if (ptrace (PTRACE_GETREGSET, tid, NT_PRSTATUS, &bytes) != 0)
    return FALSE;
  take_registers (&registers, stack);
  return TRUE;
}

void
target_stop_end (int tid, int status)
{
  Registers registers;
  struct iovec bytes = { &registers, sizeof registers };
  /* A signal that came first is its own. */
  long signal = status >> 16 == 0 ? WSTOPSIG (status) : 0;

  if (ptrace (PTRACE_GETREGSET, tid, NT_PRSTATUS, &bytes) == 0)
    hide_interruption (tid, &registers);
  ptrace (PTRACE_DETACH, tid, NULL, signal);
}

static gboolean
copy_stopped (int pid, int tid, TargetStack *stack)
{
  gboolean done;
  int status = 0;

  if (!target_stop_begin (tid, &status))
    return FALSE;
  done = target_stop_take_registers (tid, stack) && copy_stack (pid, stack);
  target_stop_end (tid, status);
  return done;
}

/* ---- Both ------------------------------------------------------------------------------------ */

/* What the tracing thread and the one that asks have in common; whoever leaves last frees it. */
typedef struct
{
  int pid, tid;
  GMutex lock;
  GCond cond;
  gboolean is_over, is_done;
  TargetStack stack;
} Job;

static void
job_clear (gpointer data)
{
  Job *job = data;

  g_mutex_clear (&job->lock);
  g_cond_clear (&job->cond);
}

/* In a thread of its own, which is what traces. */
static gpointer
run_job (gpointer data)
{
  Job *job = data;
  Position position;
  gboolean done = FALSE;

  if (read_position (job->pid, job->tid, &position))
    done = may_be_stopped (job->pid, &position)
               ? copy_stopped (job->pid, job->tid, &job->stack)
               : copy_asleep (job->pid, job->tid, &position, &job->stack);
  g_mutex_lock (&job->lock);
  job->is_done = done;
  job->is_over = TRUE;
  g_cond_signal (&job->cond);
  g_mutex_unlock (&job->lock);
  g_atomic_rc_box_release_full (job, job_clear);
  return NULL;
}

static gboolean
wait_for_job (Job *job)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  gboolean done;

  g_mutex_lock (&job->lock);
  while (!job->is_over && g_cond_wait_until (&job->cond, &job->lock, until_us))
    ;
  done = job->is_over && job->is_done;
  g_mutex_unlock (&job->lock);
  return done;
}

guint
target_facts_get_frames (int pid, int tid, TargetFrame *ret_frames, guint max)
{
  Job *job = g_atomic_rc_box_new0 (Job);
  GThread *thread;
  guint n = 0;

  job->pid = pid;
  job->tid = tid;
  g_mutex_init (&job->lock);
  g_cond_init (&job->cond);
  thread = g_thread_try_new ("stack", run_job, g_atomic_rc_box_acquire (job), NULL);
  if (thread == NULL)
    g_atomic_rc_box_release (job);
  else
    {
      g_thread_unref (thread);
      if (wait_for_job (job))
        n = target_stack_unwind (&job->stack, pid, tid, ret_frames, max);
    }
  g_atomic_rc_box_release_full (job, job_clear);
  return n;
}

guint
target_facts_get_stack (int pid, int tid, guint64 *ret_frames, guint max)
{
  g_autofree TargetFrame *frames = g_new (TargetFrame, max);
  guint n = target_facts_get_frames (pid, tid, frames, max);

  for (guint i = 0; i < n; i++)
    ret_frames[i] = frames[i].pc;
  return n;
}
