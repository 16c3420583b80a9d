/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a thread is made to do that stands where it is safe: the frame that leads it back, the talk with the
 * code that it runs, and its way back. */

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
#include <ucontext.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/answer.h"

/* For the call to return. It may wait for a lock of the loader that another thread has. */
#define CALL_US (20 * G_TIME_SPAN_SECOND)

/* Of its stack, for who looks for what it is in the middle of. */
#define MAX_WORDS 8192u

#define N_QUICK_LOOKS 2000u
#define LOOK_US 20
/* Between two looks for what is not told: a fault, or its end. */
#define ASLEEP_MS 2

#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u
#define FP_SOFTWARE 464u /* offset of the kernel's part in the legacy area */

/* ---- The frame -------------------------------------------------------------------------------- */

/* What rt_sigreturn(2) takes: linux/arch/x86/kernel/signal_64.c. */
static void
fill_context (Injector *self, guint8 *bytes, guint64 context, guint64 fp)
{
  struct user_regs_struct registers = self->saved->registers;
  ucontext_t *to = (ucontext_t *)(void *)(bytes + context);
  greg_t *gregs = to->uc_mcontext.gregs;
  guint8 *fp_bytes = bytes + fp;
  guint32 size = (guint32)self->saved->xstate_size;
  guint32 extended = size + 4, magic1 = FP_MAGIC1, magic2 = FP_MAGIC2;
  guint64 features;

  tracee_make_restart (self->pid, self->tracee.tid, &registers);
  to->uc_flags = 7; /* UC_FP_XSTATE, UC_SIGCONTEXT_SS, UC_STRICT_RESTORE_SS */
  gregs[REG_R8] = (greg_t)registers.r8;
  gregs[REG_R9] = (greg_t)registers.r9;
  gregs[REG_R10] = (greg_t)registers.r10;
  gregs[REG_R11] = (greg_t)registers.r11;
  gregs[REG_R12] = (greg_t)registers.r12;
  gregs[REG_R13] = (greg_t)registers.r13;
  gregs[REG_R14] = (greg_t)registers.r14;
  gregs[REG_R15] = (greg_t)registers.r15;
  gregs[REG_RDI] = (greg_t)registers.rdi;
  gregs[REG_RSI] = (greg_t)registers.rsi;
  gregs[REG_RBP] = (greg_t)registers.rbp;
  gregs[REG_RBX] = (greg_t)registers.rbx;
  gregs[REG_RDX] = (greg_t)registers.rdx;
  gregs[REG_RAX] = (greg_t)registers.rax;
  gregs[REG_RCX] = (greg_t)registers.rcx;
  gregs[REG_RSP] = (greg_t)registers.rsp;
  gregs[REG_RIP] = (greg_t)registers.rip;
  gregs[REG_EFL] = (greg_t)registers.eflags;
  gregs[REG_CSGSFS] =
      (greg_t)(registers.cs | registers.gs << 16 | registers.fs << 32 | registers.ss << 48);
  memcpy (&to->uc_sigmask, &self->saved->signal_mask, sizeof self->saved->signal_mask);

  memcpy (fp_bytes, self->saved->xstate, size);
  memcpy (&features, self->saved->xstate + FP_SOFTWARE, sizeof features);
  memset (fp_bytes + FP_SOFTWARE, 0, 48);
  memcpy (fp_bytes + FP_SOFTWARE, &magic1, 4);
  memcpy (fp_bytes + FP_SOFTWARE + 4, &extended, 4);
  memcpy (fp_bytes + FP_SOFTWARE + 8, &features, 8);
  memcpy (fp_bytes + FP_SOFTWARE + 16, &size, 4);
  memcpy (fp_bytes + size, &magic2, 4);
}

/* What is told of where the thread stands. */
static void
fill_site (Injector *self, InspectSite *site)
{
  const struct user_regs_struct *from = &self->saved->registers;
  const guint64 registers[] = { from->rax, from->rdx, from->rcx, from->rbx, from->rsi, from->rdi,
                                from->rbp, from->rsp, from->r8,  from->r9,  from->r10, from->r11,
                                from->r12, from->r13, from->r14, from->r15 };
  const guint64 arguments[] = { from->rdi, from->rsi, from->rdx, from->r10, from->r8, from->r9 };
  guint64 stack = (from->rsp + 7) & ~(guint64)7;

  *site = (InspectSite){ .size = sizeof *site,
                         .system_call = (gint64)from->orig_rax >= 0 ? (gint32)from->orig_rax : -1,
                         .stack = GSIZE_TO_POINTER (stack) };
  memcpy (site->registers, registers, sizeof registers);
  memcpy (site->arguments, arguments, sizeof arguments);
  site->n_words = MIN ((self->stack_end - stack) / 8, MAX_WORDS);
}

/* Lays all out below the stack pointer. Returns: where the BootstrapData is; 0: it could not be written
 */
static guint64
write_frame (Injector *self)
{
  guint64 top = (self->saved->registers.rsp - INJECTOR_RED_ZONE) & ~(guint64)63;
  guint64 fp = (top - self->saved->xstate_size - 64) & ~(guint64)63;
  guint64 context = (fp - sizeof (ucontext_t)) & ~(guint64)63;
  guint64 base = (context - sizeof (BootstrapData)) & ~(guint64)63;
  g_autofree guint8 *bytes = g_malloc0 (top - base);
  BootstrapData data = { .context = context,
                         .open = self->open,
                         .find = self->find,
                         .explain = self->explain,
                         .call = self->call };
  ucontext_t *to;

  fill_site (self, &data.site);
  memcpy (bytes, &data, sizeof data);
  fill_context (self, bytes, context - base, fp - base);
  to = (ucontext_t *)(void *)(bytes + (context - base));
  to->uc_mcontext.fpregs = GSIZE_TO_POINTER (fp);
  if (pwrite (self->mem_fd, bytes, top - base, (off_t)base) != (gssize)(top - base))
    return 0;
  return base;
}

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
  guint64 at = write_frame (self);

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

  if (!tracee_save (&self->tracee, self->saved))
    injector_fail (self, _ ("its registers cannot be read (%s)"), g_strerror (errno));
  else if (write_code (self, __start_target_bootstrap))
    {
      gboolean is_out;

      run_call (self);
      is_out = put_back (self);
      tracee_detach (&self->tracee);
      injector_note_stop (self, begin_us);
      nothing = g_malloc0 (self->code_size);
      if (is_out && pwrite (self->mem_fd, nothing, self->code_size, (off_t)self->code) < 0)
        g_debug ("process %d keeps our code, which is never run again", self->pid);
      return;
    }
  tracee_detach (&self->tracee);
  injector_note_stop (self, begin_us);
}

#endif
