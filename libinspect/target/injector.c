/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* How one thread of a target is made to call a function, without a debugger and without harm:
 *
 * 1. Before anything is stopped: where dlopen() and the like are is read from the target's own memory;
 *    so is what it takes to judge a stack (safe-point.c).
 * 2. bootstrap.c is copied behind the last instruction of a code page of libc, where nothing is.
 * 3. A thread is stopped, by ptrace, where it holds nothing that malloc() or the loader needs.
 * 4. Its registers go onto its own stack, below what belongs to it, in the form in which the kernel
 *    puts them there for a signal handler: whatever becomes of us, the code ends by rt_sigreturn(2).
 * 5. It runs the code: a stack of its own, a pair of sockets, of which we take one (pidfd_getfd(2)) and
 *    send what it is to call, the call, the answer; then it sleeps.
 * 6. It is stopped once more, and put back exactly where it was, so that the kernel takes up the system
 *    call that it was in as if nothing had been.
 *
 * All of it in a thread of this process that ends afterwards: what it traces is let go with it. */

#include "config.h"

#include "target/injector.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <elf.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "agent/inside-layout.h"
#include "target/image.h"
#include "target/inside.h"
#include "target/mappings.h"
#include "target/safe-point.h"
#include "target/target-private.h"
#include "target/tracee.h"

#if defined(__x86_64__)

/* One thread is tried for so long, then the next. */
#define THREAD_US (500 * G_TIME_SPAN_MILLISECOND)
/* How long a moment is waited for in which it is safe; in how many tries. */
#define PATIENCE_US (5 * G_TIME_SPAN_SECOND)
/* A thread that was interrupted comes to its stop when it is scheduled. */
#define STOP_US (2 * G_TIME_SPAN_SECOND)
/* For it to come to where it is safe, before it is looked at again. */
#define RUN_US (20 * G_TIME_SPAN_MILLISECOND)
/* Between two tries, so that the thread gets on. */
#define PAUSE_US 1000
/* At first only a thread at rest will do, for which so long is looked before each stop. */
#define REST_TRIES 4u
#define REST_US 2000
/* For the call to return. It may wait for a lock of the loader that another thread has. */
#define CALL_US (20 * G_TIME_SPAN_SECOND)

/* Of its stack, for who looks for what it is in the middle of. */
#define MAX_WORDS 8192u

#define N_QUICK_LOOKS 2000u
#define LOOK_US 20

/* What lies below the stack pointer belongs to the program, too. */
#define RED_ZONE 128u
/* More than the frame of a signal, so that any stack has it that may be used by handlers. */
#define ROOM_BELOW (TRACEE_XSTATE_MAX + 4096u)

#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u
#define FP_SOFTWARE 464u /* offset of the kernel's part in the legacy area */

typedef struct
{
  int pid;
  int pidfd;
  int mem_fd;
  GPtrArray *mappings;
  TargetSafety *safety;
  guint64 open, find, explain; /* of the loader */
  guint64 call;
  guint64 code; /* where bootstrap.c goes */
  gsize code_size;
  Tracee tracee;
  guint n_tries;           /* stops so far */
  gboolean has_breakpoint; /* the tracee stops when it has come to where it is safe */
  guint64 stack_end;       /* of what is mapped of it */
  TargetStack *stack;      /* of a thread that was stopped */
  TraceeState *saved;
  const TargetInjection *injection;
  GCancellable *cancellable;
  TargetAttachStats stats;
  BootstrapReply reply;
  int socket;
  GError *error;
  gboolean done;
} Injector;

static void G_GNUC_PRINTF (2, 3) fail (Injector *self, const char *format, ...)
{
  g_autofree char *why = NULL;
  va_list arguments;

  if (self->error != NULL)
    return;
  va_start (arguments, format);
  why = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  self->error = g_error_new_literal (TARGET_ERROR, TARGET_ERROR_FAILED, why);
}

/* ---- What is to be known before --------------------------------------------------------------- */

static gboolean
look_up (const Injector *self, const char *prefix, const char *symbol, guint64 *ret_address)
{
  for (guint i = 0; i < self->mappings->len; i++)
    {
      const TargetMapping *mapping = self->mappings->pdata[i];
      g_autofree char *name = NULL;
      TargetImage image;

      if (!target_mapping_is_object (mapping))
        continue;
      name = target_mapping_dup_name (mapping);
      if (g_str_has_prefix (name, prefix) &&
          target_image_init_memory (&image, self->mem_fd, mapping->begin) &&
          target_image_lookup (&image, symbol, ret_address))
        return TRUE;
    }
  return FALSE;
}

/* In libc since glibc 2.34; before that in libdl, or by names that are libc's own. */
static gboolean
find_loader (Injector *self)
{
  if (look_up (self, "libc", "dlopen", &self->open) ||
      look_up (self, "libdl", "dlopen", &self->open))
    {
      look_up (self, "lib", "dlerror", &self->explain);
      return look_up (self, "libc", "dlsym", &self->find) ||
             look_up (self, "libdl", "dlsym", &self->find);
    }
  return look_up (self, "libc", "__libc_dlopen_mode", &self->open) &&
         look_up (self, "libc", "__libc_dlsym", &self->find);
}

/* The end of a segment of code is filled up to a page; what is mapped there belongs to nobody. */
static gboolean
find_room (Injector *self)
{
  self->code_size = (gsize)(__stop_target_bootstrap - __start_target_bootstrap);
  for (guint i = 0; i < self->mappings->len; i++)
    {
      const TargetMapping *mapping = self->mappings->pdata[i];
      g_autofree char *name = NULL;
      TargetImage image;

      if (!target_mapping_is_object (mapping))
        continue;
      name = target_mapping_dup_name (mapping);
      if (g_str_has_prefix (name, "ld") ||
          !target_image_init_memory (&image, self->mem_fd, mapping->begin))
        continue;
      for (guint k = 0; k < image.n_segments; k++)
        {
          const Elf64_Phdr *segment = &image.segments[k];
          guint64 end = image.bias + segment->p_vaddr + segment->p_memsz;
          guint64 begin = (end + 63) & ~(guint64)63;
          const TargetMapping *of_code;

          if (segment->p_type != PT_LOAD || (segment->p_flags & PF_X) == 0 ||
              (segment->p_flags & PF_W) != 0 || segment->p_filesz != segment->p_memsz)
            continue;
          of_code = target_mappings_find (self->mappings, end - 1);
          if (of_code == NULL || !of_code->is_executable || of_code->is_writable ||
              of_code->is_shared || of_code->inode != mapping->inode ||
              begin + self->code_size > of_code->end)
            continue;
          self->code = begin;
          return TRUE;
        }
    }
  return FALSE;
}

static gboolean
prepare (Injector *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", self->pid);

  self->mappings = target_mappings_read (self->pid);
  self->pidfd = (int)syscall (SYS_pidfd_open, self->pid, 0);
  self->mem_fd = open (path, O_RDWR | O_CLOEXEC);
  if (self->mappings == NULL || self->pidfd < 0 || self->mem_fd < 0)
    fail (self, "%s",
          errno == ENOSYS ? _ ("attaching needs Linux 5.6 or later") : g_strerror (errno));
  else if (!find_loader (self))
    fail (self, "%s", _ ("it has no loader that the agent could be loaded by"));
  else if (!find_room (self))
    fail (self, "%s", _ ("none of its libraries has room for the few bytes that load the agent"));
  else if (self->injection->call != NULL && !look_up (self, "", self->injection->call, &self->call))
    fail (self, "%s", _ ("the agent is not in it"));
  else
    self->safety = target_safety_new (self->pid, self->mappings);
  if (self->safety == NULL)
    fail (self, "%s", _ ("its files cannot be read, so that nobody can tell when it is safe"));
  return self->error == NULL;
}

gboolean
target_injector_has (int pid, const char *symbol)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", pid);
  Injector self = { .pid = pid, .mappings = target_mappings_read (pid) };
  gboolean found = FALSE;
  guint64 address;

  self.mem_fd = open (path, O_RDONLY | O_CLOEXEC);
  if (self.mappings != NULL && self.mem_fd >= 0)
    found = look_up (&self, "", symbol, &address);
  if (self.mem_fd >= 0)
    close (self.mem_fd);
  g_clear_pointer (&self.mappings, g_ptr_array_unref);
  return found;
}

/* ---- The thread ------------------------------------------------------------------------------- */

/* Where the frame goes must be mapped already, and be of a stack. */
static gboolean
has_room_below (Injector *self, guint64 sp)
{
  g_autoptr (GPtrArray) mappings = NULL;
  const TargetMapping *mapping = target_mappings_find (self->mappings, sp);

  /* The stack of a thread that has been begun since. */
  if (mapping == NULL)
    {
      mappings = target_mappings_read (self->pid);
      mapping = mappings != NULL ? target_mappings_find (mappings, sp) : NULL;
    }
  self->stack_end = mapping != NULL ? mapping->end : 0;
  return mapping != NULL && mapping->is_writable && !mapping->is_shared &&
         sp - mapping->begin > ROOM_BELOW + RED_ZONE;
}

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

/* Whether the first thread is still there. */
static gboolean
has_first (const Injector *self)
{
  char state = 'X';

  return target_facts_get_thread (self->pid, self->pid, NULL, &state) && state != 'Z' &&
         state != 'X';
}

/* The first thread comes first, for it is the one that carries the main loop; but one that sleeps
 * before one that runs, as that is more often where it is safe. */
static GArray *
list_threads (int pid)
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

typedef enum
{
  TRY_READY, /* it is stopped where it is safe */
  TRY_AGAIN,
  TRY_OTHER, /* this thread will not do */
} TryResult;

static gboolean
take_stack (Injector *self)
{
  return target_stop_take_registers (self->tracee.tid, self->stack) &&
         target_stack_copy (self->pid, self->stack);
}

/* The thread is stopped. It may have to run on for a bit. */
static TryResult
judge_stopped (Injector *self)
{
  guint64 until = 0;
  TargetPoint point;

  /* A signal of its own, a stop of the whole process: that goes first. */
  if (self->tracee.status >> 16 != PTRACE_EVENT_STOP || WSTOPSIG (self->tracee.status) != SIGTRAP)
    {
      if (!tracee_is_at_breakpoint (&self->tracee))
        return TRY_AGAIN;
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
          return TRY_AGAIN;
        }
    }
  if (!take_stack (self) || !has_room_below (self, self->stack->sp))
    return TRY_OTHER;
  point = target_safety_judge (self->safety, self->stack, self->tracee.tid, &until);
  if (point == TARGET_POINT_SAFE && !tracee_is_in_sequence (&self->tracee))
    return TRY_READY;
  self->has_breakpoint =
      point == TARGET_POINT_LATER && tracee_set_breakpoint (&self->tracee, until);
  return TRY_AGAIN;
}

static void
note_stop (Injector *self, gint64 begin_us)
{
  self->stats.stop_ns += (g_get_monotonic_time () - begin_us) * 1000;
  self->stats.n_stops++;
}

/* Returns with the thread stopped for TRY_READY, and let go else. */
static TryResult
try_thread (Injector *self, int tid, gint64 until_us, gint64 *ret_begin_us)
{
  TryResult result = TRY_AGAIN;

  if (!tracee_attach (&self->tracee, self->pid, tid))
    {
      if (errno == EPERM)
        fail (self, "%s", _ ("another program traces it, or the system does not allow it"));
      return TRY_OTHER;
    }
  self->stats.n_threads++;
  while (result == TRY_AGAIN && g_get_monotonic_time () < until_us)
    {
      gint64 begin_us;

      if (self->n_tries < REST_TRIES)
        wait_for_rest (self, tid);
      begin_us = g_get_monotonic_time ();
      if (!tracee_stop (&self->tracee, begin_us + STOP_US))
        {
          result = TRY_OTHER;
          break;
        }
      begin_us = g_get_monotonic_time ();
      result = judge_stopped (self);
      if (result == TRY_READY)
        {
          tracee_set_breakpoint (&self->tracee, 0);
          *ret_begin_us = begin_us;
          return TRY_READY;
        }
      note_stop (self, begin_us);
      if (result == TRY_OTHER || !tracee_continue (&self->tracee))
        break;
      /* To the breakpoint, or just for a while. */
      tracee_wait (&self->tracee,
                   g_get_monotonic_time () + (self->has_breakpoint ? RUN_US : PAUSE_US));
    }
  if (tracee_stop (&self->tracee, g_get_monotonic_time () + STOP_US))
    tracee_set_breakpoint (&self->tracee, 0);
  tracee_detach (&self->tracee);
  return result == TRY_READY ? TRY_OTHER : result;
}

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
  guint64 top = (self->saved->registers.rsp - RED_ZONE) & ~(guint64)63;
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
  fail (self, _ ("the system does not let its code be written to (%s)"), g_strerror (errno));
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
      fail (self, _ ("no connection to it could be made (%s)"), g_strerror (errno));
      return FALSE;
    }
  return TRUE;
}

/* Until all is done and the thread sleeps. */
static void
wait_for_answer (Injector *self, guint64 at)
{
  gint64 until_us = g_get_monotonic_time () + CALL_US;
  BootstrapData data = { 0 };
  guint n_looks = 0;

  while (read_data (self, at, &data) && data.is_parked == 0 && g_get_monotonic_time () < until_us)
    {
      if (!goes_on (self))
        break;
      wait_a_little (n_looks++);
    }
  if (data.is_parked != 0 && data.reply.magic == BOOTSTRAP_REPLY_MAGIC)
    self->reply = data.reply;
  else if (has_faulted (self))
    fail (self, _ ("the agent has failed in it (signal %d), and was taken out; please report this"),
          WSTOPSIG (self->tracee.status));
  else if (!self->tracee.is_attached)
    fail (self, "%s", _ ("it has ended meanwhile"));
  else if (data.is_parked != 0)
    fail (self, "%s", _ ("it has no memory left (ulimit -v)"));
  else
    fail (self, "%s",
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
      fail (self, "%s", _ ("its stack cannot be written to"));
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
      fail (self, _ ("its registers cannot be set (%s)"), g_strerror (errno));
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
  gint64 until_us = g_get_monotonic_time () + STOP_US;

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

/* With the thread stopped where it is safe. */
static void
inject (Injector *self, gint64 begin_us)
{
  g_autofree guint8 *nothing = NULL;

  if (!tracee_save (&self->tracee, self->saved))
    fail (self, _ ("its registers cannot be read (%s)"), g_strerror (errno));
  else if (write_code (self, __start_target_bootstrap))
    {
      gboolean is_out;

      run_call (self);
      is_out = put_back (self);
      tracee_detach (&self->tracee);
      note_stop (self, begin_us);
      nothing = g_malloc0 (self->code_size);
      if (is_out && pwrite (self->mem_fd, nothing, self->code_size, (off_t)self->code) < 0)
        g_debug ("process %d keeps our code, which is never run again", self->pid);
      return;
    }
  tracee_detach (&self->tracee);
  note_stop (self, begin_us);
}

/* A runtime that is linked into the program has no slots; the agent, which may have come just now, has
 * left word of what is to be written to its code. */
static void
write_inside (Injector *self)
{
  guint64 table;
  char *why = NULL;

  g_clear_pointer (&self->mappings, g_ptr_array_unref);
  self->mappings = target_mappings_read (self->pid);
  if (self->mappings != NULL && look_up (self, "", AGENT_INSIDE_SYMBOL, &table))
    why = target_inside_do (self->pid, self->mem_fd, table, &self->stats.stop_ns);
  if (why != NULL)
    fail (self, "%s", why);
  g_free (why);
}

/* The process may have become another program meanwhile: what was read is of the one before. */
static gboolean
is_same_program (const Injector *self)
{
  guint8 before[64], now[64];
  struct iovec to = { now, sizeof now };
  struct iovec from = { GSIZE_TO_POINTER (self->stack->sp), sizeof now };

  return pread (self->mem_fd, before, sizeof before, (off_t)self->stack->sp) == sizeof before &&
         process_vm_readv (self->pid, &to, 1, &from, 1, 0) == sizeof now &&
         memcmp (before, now, sizeof now) == 0;
}

static void
run (Injector *self)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  Tracee first = { 0 };
  gboolean is_over = FALSE;

  /* Whoever has the first thread has the process: no two do this at once. */
  while (!is_over && self->error == NULL && g_get_monotonic_time () < until_us)
    {
      g_autoptr (GArray) threads = list_threads (self->pid);

      if (threads->len == 0)
        fail (self, "%s", _ ("it has ended meanwhile"));
      target_safety_prime (self->safety, threads);
      for (guint i = 0; i < threads->len && !is_over && self->error == NULL; i++)
        {
          int tid = g_array_index (threads, int, i);
          gint64 begin_us = 0;

          if (g_cancellable_set_error_if_cancelled (self->cancellable, &self->error))
            break;
          if (tid != self->pid && !first.is_attached && has_first (self) &&
              !tracee_attach (&first, self->pid, self->pid))
            fail (self, "%s", _ ("another program traces it"));
          else if (try_thread (self, tid, MIN (until_us, g_get_monotonic_time () + THREAD_US),
                               &begin_us) == TRY_READY)
            {
              is_over = TRUE;
              if (is_same_program (self))
                inject (self, begin_us);
              else
                {
                  fail (self, "%s", _ ("it has begun another program meanwhile; try again"));
                  tracee_detach (&self->tracee);
                }
            }
          tracee_detach (&first);
        }
    }
  if (is_over && self->error == NULL && self->reply.result == 0)
    write_inside (self);
  if (!is_over)
    fail (self, "%s",
          _ ("no moment came in 5 seconds in which none of its threads was in the middle "
             "of allocating or loading; try again"));
}

static gpointer
run_in_thread (gpointer data)
{
  run (data);
  return NULL;
}

gboolean
target_inject (int pid, const TargetInjection *injection, GCancellable *cancellable,
               BootstrapReply *ret_reply, int *ret_socket, TargetAttachStats *ret_stats,
               GError **error)
{
  Injector self = { .pid = pid,
                    .pidfd = -1,
                    .mem_fd = -1,
                    .socket = -1,
                    .injection = injection,
                    .cancellable = cancellable };
  gboolean done;

  self.stack = g_new0 (TargetStack, 1);
  self.saved = g_new0 (TraceeState, 1);
  if (prepare (&self))
    g_thread_join (g_thread_new ("attach", run_in_thread, &self));
  done = self.error == NULL;
  if (done)
    {
      *ret_reply = self.reply;
      *ret_socket = self.socket;
      *ret_stats = self.stats;
    }
  else
    {
      if (self.socket >= 0)
        close (self.socket);
      g_propagate_error (error, self.error);
    }
  if (self.pidfd >= 0)
    close (self.pidfd);
  if (self.mem_fd >= 0)
    close (self.mem_fd);
  target_safety_free (self.safety);
  g_clear_pointer (&self.mappings, g_ptr_array_unref);
  g_free (self.stack);
  g_free (self.saved);
  return done;
}

#else

gboolean
target_injector_has (int pid, const char *symbol)
{
  return FALSE;
}

gboolean
target_inject (int pid, const TargetInjection *injection, GCancellable *cancellable,
               BootstrapReply *ret_reply, int *ret_socket, TargetAttachStats *ret_stats,
               GError **error)
{
  g_set_error_literal (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                       _ ("attaching is written for x86-64 alone; start the program by "
                          "'async-inspect run'"));
  return FALSE;
}

#endif
