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
#include <string.h>
#include <elf.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "agent/inside-layout.h"
#include "target/image.h"
#include "target/inside.h"
#include "target/injector-private.h"
#include "target/mappings.h"
#include "target/target-private.h"
#include "target/turns.h"

#if defined(__x86_64__)

/* One thread is tried for so long, then the next. */
#define THREAD_US (500 * G_TIME_SPAN_MILLISECOND)
/* How long a moment is waited for in which it is safe; in how many tries. */
#define PATIENCE_US (5 * G_TIME_SPAN_SECOND)

void
injector_fail (Injector *self, const char *format, ...)
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

void
injector_note_stop (Injector *self, gint64 begin_us)
{
  self->stats.stop_ns += (g_get_monotonic_time () - begin_us) * 1000;
  self->stats.n_stops++;
}

/* ---- What is to be known before --------------------------------------------------------------- */

static gboolean
look_up (const Injector *self, const char *prefix, const char *symbol, guint64 *ret_address)
{
  return target_mappings_look_up (self->mappings, self->mem_fd, prefix, symbol, ret_address);
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
    injector_fail (self, "%s",
                   errno == ENOSYS ? _ ("attaching needs Linux 5.6 or later") : g_strerror (errno));
  else if (!find_loader (self))
    injector_fail (self, "%s", _ ("it has no loader that the agent could be loaded by"));
  else if (!find_room (self))
    injector_fail (self, "%s",
                   _ ("none of its libraries has room for the few bytes that load the agent"));
  else if (self->injection->call != NULL && !look_up (self, "", self->injection->call, &self->call))
    injector_fail (self, "%s", _ ("the agent is not in it"));
  else
    {
      injector_frame_find_rooms (self);
      self->safety = target_safety_new (self->pid, self->mappings);
    }
  if (self->safety == NULL)
    injector_fail (self, "%s",
                   _ ("its files cannot be read, so that nobody can tell when it is safe"));
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

/* ---- The whole of it -------------------------------------------------------------------------- */

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
    injector_fail (self, "%s", why);
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

/* FALSE: this thread is in no place where it could make a call. */
static gboolean
stop_and_call (Injector *self, int tid, gint64 until_us)
{
  gint64 begin_us = 0;

  if (injector_try_thread (self, tid, until_us, &begin_us) != INJECTOR_READY)
    return FALSE;
  if (is_same_program (self))
    injector_call (self, begin_us);
  else
    {
      injector_fail (self, "%s", _ ("it has begun another program meanwhile; try again"));
      tracee_detach (&self->tracee);
    }
  return TRUE;
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
      g_autoptr (GArray) threads = injector_list_threads (self->pid);

      if (threads->len == 0)
        injector_fail (self, "%s", _ ("it has ended meanwhile"));
      target_safety_prime (self->safety, threads);
      for (guint i = 0; i < threads->len && !is_over && self->error == NULL; i++)
        {
          int tid = g_array_index (threads, int, i);

          if (g_cancellable_set_error_if_cancelled (self->cancellable, &self->error))
            break;
          if (tid != self->pid && !first.is_attached && injector_has_first (self) &&
              !tracee_attach (&first, self->pid, self->pid))
            injector_fail (self, "%s", _ ("another program traces it"));
          else
            is_over =
                stop_and_call (self, tid, MIN (until_us, g_get_monotonic_time () + THREAD_US));
          tracee_detach (&first);
        }
    }
  self->stats.has_called = is_over && self->error == NULL && self->reply.result == 0;
  if (self->stats.has_called)
    write_inside (self);
  if (!is_over && self->n_judged > 0 && self->n_opaque == self->n_judged)
    injector_fail (self, "%s",
                   _ ("nobody can tell when it is safe, for its stack is a coroutine's, or leads "
                      "through code that "
                      "does not say how to follow it; start it by 'async-inspect run', or look at "
                      "it from outside "
                      "(attach --look)"));
  if (!is_over)
    injector_fail (self, "%s",
                   _ ("no moment came in 5 seconds in which none of its threads was in the middle "
                      "of allocating or loading; try again, or look at it from outside (attach "
                      "--look)"));
}

static gpointer
run_in_thread (gpointer data)
{
  target_turns_shorten ();
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
  *ret_stats = self.stats;
  if (done)
    {
      *ret_reply = self.reply;
      *ret_socket = self.socket;
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
