/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a thread is made to do that stands where it is safe: the talk with the code that it runs, and its way
 * back. */

#include "config.h"

#if defined(__x86_64__)

#include "target/injector-private.h"

#include <elf.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/answer.h"

/* For the call to return. It may wait for a lock of the loader that another thread has. */
#define CALL_US (20 * G_TIME_SPAN_SECOND)

/* Who looks all the time has a processor that the thread may be waiting for. */
#define N_QUICK_LOOKS 20u
#define LOOK_US 10
/* Between two looks for what is not told: a fault, or its end. */
#define ASLEEP_MS 2

static gboolean
write_code (Injector *self, const void *bytes)
{
  if (pwrite (self->mem_fd, bytes, self->code_size, (off_t)self->code) == (gssize)self->code_size)
    return TRUE;
  injector_fail (self, _ ("the system does not let its code be written to (%s)"),
                 g_strerror (errno));
  return FALSE;
}

/* ---- The call --------------------------------------------------------------------------------- */

static gboolean
read_data (const Injector *self, guint64 at, BootstrapData *ret_data)
{
  return pread (self->mem_fd, ret_data, sizeof *ret_data, (off_t)at) == sizeof *ret_data;
}

/* Who sleeps is woken late on a busy machine; so the first looks are made without. */
static void
wait_a_little (guint n_looks)
{
  if (n_looks > N_QUICK_LOOKS)
    g_usleep (LOOK_US);
}

/* Whether the thread has stopped by itself: a fault in what it was made to run, or its end. */
static gboolean
has_stopped (Injector *self)
{
  return self->tracee.is_stopped || !self->tracee.is_attached || tracee_wait (&self->tracee, 0) ||
         !self->tracee.is_attached;
}

/* A fault of the processor, which is ours. */
static gboolean
has_faulted (const Injector *self)
{
  static const int faults[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGSYS };

  /* The breakpoint that led here may be told of after the stop. */
  if (!self->tracee.is_stopped || self->tracee.status >> 16 != 0 ||
      tracee_is_at_breakpoint (&self->tracee))
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (faults); i++)
    if (WSTOPSIG (self->tracee.status) == faults[i])
      return TRUE;
  return FALSE;
}

/* Whether the thread does what it was made to do. A stop that is no fault is of an earlier interruption, or of
 * the whole process (Ctrl-Z): it goes on. */
static gboolean
goes_on (Injector *self)
{
  return !has_stopped (self) ||
         (self->tracee.is_stopped && !has_faulted (self) && tracee_continue (&self->tracee));
}

static gboolean
send_message (Injector *self)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (BOOTSTRAP_MAX_FDS * sizeof (int))];
  } control;
  struct iovec bytes = { (void *)self->injection->message, self->injection->message_size };
  struct msghdr header = { .msg_iov = &bytes, .msg_iovlen = 1 };
  gsize size = self->injection->n_fds * sizeof (int);

  if (size > 0)
    {
      memset (&control, 0, sizeof control);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (size);
      memcpy (CMSG_DATA (&control.header), self->injection->fds, size);
      header.msg_control = &control;
      header.msg_controllen = CMSG_SPACE (size);
    }
  return sendmsg (self->socket, &header, MSG_NOSIGNAL) == (gssize)bytes.iov_len;
}

/* The thread runs; it makes a pair of sockets and waits for a message in one. */
static gboolean
talk (Injector *self, guint64 at)
{
  gint64 until_us = g_get_monotonic_time () + CALL_US;
  BootstrapData data = { 0 };
  guint n_looks = 0;

  while (g_get_monotonic_time () < until_us && read_data (self, at, &data) &&
         data.has_sockets == 0 && data.is_parked == 0 && goes_on (self))
    wait_a_little (n_looks++);
  /* Why is said by its answer. */
  if (data.has_sockets == 0)
    return FALSE;
  self->socket = (int)syscall (SYS_pidfd_getfd, self->pidfd, data.sockets[1], 0);
  if (self->socket < 0 || !send_message (self))
    {
      injector_fail (self, _ ("no connection to it could be made (%s)"), g_strerror (errno));
      return FALSE;
    }
  for (guint i = 0; i < self->injection->n_answers; i++)
    target_answer_send (self->socket, self->injection->answers[i].runtime,
                        self->injection->answers[i].bytes);
  return TRUE;
}

/* Until the thread closes its end of the socket, which is the last thing that takes long. Who looks all the time instead
 * has a processor that the thread may be waiting for, keeps it from mapping memory while it is looked at, and on a busy
 * machine has had its share when it is wanted. */
static void
sleep_a_little (const Injector *self, guint n_looks)
{
  struct pollfd socket = { .fd = self->socket };

  if (self->socket < 0 || poll (&socket, 1, ASLEEP_MS) != 0)
    wait_a_little (n_looks);
}

/* Until all is done and the thread sleeps. */
static void
wait_for_answer (Injector *self, guint64 at)
{
  gint64 until_us = g_get_monotonic_time () + CALL_US;
  BootstrapData data = { 0 };
  guint n_looks = 0;

  do
    sleep_a_little (self, n_looks++);
  while (read_data (self, at, &data) && data.is_parked == 0 && g_get_monotonic_time () < until_us &&
         goes_on (self));
  if (data.is_parked != 0 && data.reply.magic == BOOTSTRAP_REPLY_MAGIC)
    self->reply = data.reply;
  else if (has_faulted (self))
    injector_fail (
        self, _ ("the agent has failed in it (signal %d), and was taken out; please report this"),
        WSTOPSIG (self->tracee.status));
  else if (!self->tracee.is_attached)
    injector_fail (self, "%s", _ ("it has ended meanwhile"));
  else if (data.is_parked != 0)
    injector_fail (self, "%s", _ ("it has no memory left (ulimit -v)"));
  else
    injector_fail (self, "%s",
                   _ ("another thread of it has been in the loader for 20 seconds; try again when "
                      "it has loaded what it loads"));
}

static void
run_call (Injector *self)
{
  struct user_regs_struct registers = self->saved->registers;
  /* All but what a fault of the processor raises; these must not be blocked (signal(7)). */
  guint64 mask = ~(guint64)(1 << (SIGSEGV - 1) | 1 << (SIGBUS - 1) | 1 << (SIGILL - 1) |
                            1 << (SIGFPE - 1) | 1 << (SIGTRAP - 1));
  guint64 at = injector_frame_write (self);

  if (at == 0)
    {
      injector_fail (self, "%s", _ ("its stack cannot be written to"));
      return;
    }
  registers.rip = self->code + (guint64)(target_bootstrap_entry - __start_target_bootstrap);
  registers.rdi = at;
  registers.rsp = at;
  registers.orig_rax = (guint64)-1;
  registers.eflags &= ~(unsigned long long)(0x400 | 0x100); /* direction, single step */
  if (!tracee_set_signal_mask (&self->tracee, mask) ||
      !tracee_set_registers (&self->tracee, &registers) || !tracee_continue (&self->tracee))
    {
      injector_fail (self, _ ("its registers cannot be set (%s)"), g_strerror (errno));
      tracee_restore (&self->tracee, self->saved);
      return;
    }
  talk (self, at);
  wait_for_answer (self, at);
}

/* From within our code the thread goes back to where it was; it may have done so by itself. Returns:
 * whether nobody is in our code any more */
static gboolean
put_back (Injector *self)
{
  struct user_regs_struct registers;
  struct iovec bytes = { &registers, sizeof registers };
  gint64 until_us = g_get_monotonic_time () + INJECTOR_STOP_US;

  if (!tracee_stop (&self->tracee, until_us) ||
      ptrace (PTRACE_GETREGSET, self->tracee.tid, NT_PRSTATUS, &bytes) != 0)
    return !self->tracee.is_attached;
  if (has_faulted (self))
    self->tracee.status |= PTRACE_EVENT_STOP
                           << 16; /* it is not the program's, and does not go to it */
  else if (registers.rip < self->code || registers.rip > self->code + self->code_size)
    /* Back already; or waiting for a lock of the loader, from where it goes back by itself. */
    return self->reply.magic == BOOTSTRAP_REPLY_MAGIC;
  return tracee_restore (&self->tracee, self->saved);
}

void
injector_call (Injector *self, gint64 begin_us)
{
  g_autofree guint8 *nothing = NULL;

  if (write_code (self, __start_target_bootstrap))
    {
      gboolean is_out;

      run_call (self);
      is_out = put_back (self);
      tracee_detach (&self->tracee);
      injector_note_stop (self, begin_us);
      if (is_out)
        injector_frame_wipe (self);
      nothing = g_malloc0 (self->code_size);
      if (is_out && pwrite (self->mem_fd, nothing, self->code_size, (off_t)self->code) < 0)
        g_debug ("process %d keeps our code, which is never run again", self->pid);
      return;
    }
  tracee_detach (&self->tracee);
  injector_note_stop (self, begin_us);
}

#endif
