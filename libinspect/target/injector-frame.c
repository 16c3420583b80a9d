/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The frame that leads a thread back to where it was, whatever becomes of us, and what its code works on. It goes below
 * what the thread has on its stack. But a stack that is none of the thread's own, a coroutine's say, may end anywhere
 * below, and what comes there is somebody's: then it goes behind the variables of the program and of its libraries, up
 * to the end of the last page, which nobody has. */

#include "config.h"

#if defined(__x86_64__)

#include "target/injector-private.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "target/image.h"
#include "target/mappings.h"
#include "target/target-private.h"

/* Of its stack, for who looks for what it is in the middle of. */
#define MAX_WORDS 8192u

/* More than the frame of a signal, so that any stack has it that may be used by handlers. */
#define ROOM_BELOW (TRACEE_XSTATE_MAX + 4096u)

#define FP_MAGIC1 0x46505853u
#define FP_MAGIC2 0x46505845u
#define FP_SOFTWARE 464u /* offset of the kernel's part in the legacy area */
#define FP_LEGACY 512u

/* What the kernel reads of a context; libc's has more behind it. */
#define CONTEXT_BYTES (offsetof (ucontext_t, uc_sigmask) + sizeof (guint64))

/* What the code keeps below BootstrapData while it sleeps. */
#define BELOW_DATA 64u
#define PAGE 4096u

/* ---- Which stack it is ------------------------------------------------------------------------ */

static const TargetMapping *
find_below (const GPtrArray *mappings, const TargetMapping *mapping)
{
  for (guint i = 1; i < mappings->len; i++)
    if (mappings->pdata[i] == mapping)
      return mappings->pdata[i - 1];
  return NULL;
}

/* libc keeps what it knows of a thread above its stack, and has a page below that nobody may touch. */
static gboolean
is_own_stack (const Injector *self, const GPtrArray *mappings, const TargetMapping *mapping)
{
  const TargetMapping *below = find_below (mappings, mapping);
  guint64 sp = self->saved->registers.rsp, thread = self->saved->registers.fs_base;

  if (self->tracee.tid == self->pid && g_str_equal (mapping->path, "[stack]"))
    return TRUE;
  return mapping->inode == 0 && !g_str_equal (mapping->path, "[heap]") && thread > sp &&
         thread < mapping->end && below != NULL && below->end == mapping->begin &&
         !below->is_readable && !below->is_writable;
}

/* ---- Rooms that are nobody's ------------------------------------------------------------------ */

static gboolean
is_nothing (const Injector *self, guint64 begin, gsize length)
{
  guint8 bytes[PAGE];

  if (length > sizeof bytes || pread (self->mem_fd, bytes, length, (off_t)begin) != (gssize)length)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    if (bytes[i] != 0)
      return FALSE;
  return TRUE;
}

/* A heap may begin right behind a program, in the same page. Returns: where it does; 0: nobody knows */
static guint64
read_heap_begin (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/stat", pid);
  g_autofree char *text = target_proc_read (path, 4096, NULL);
  const char *after = text != NULL ? strrchr (text, ')') : NULL;
  g_auto (GStrv) words = after != NULL ? g_strsplit (after + 1, " ", -1) : NULL;

  /* proc_pid_stat(5): start_brk is the 47th, and the name the second. */
  return words != NULL && g_strv_length (words) > 45 ? g_ascii_strtoull (words[45], NULL, 10) : 0;
}

static void
add_rooms (Injector *self, const TargetImage *image, guint64 heap)
{
  for (guint i = 0; i < image->n_segments; i++)
    {
      const Elf64_Phdr *segment = &image->segments[i];
      guint64 last = image->bias + segment->p_vaddr + segment->p_memsz;
      guint64 begin = (last + 63) & ~(guint64)63, end = (last + PAGE - 1) & ~(guint64)(PAGE - 1);
      const TargetMapping *mapping;

      if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W) == 0 || begin >= end ||
          self->n_rooms == G_N_ELEMENTS (self->rooms) || (heap >= begin && heap < end))
        continue;
      mapping = target_mappings_find (self->mappings, last - 1);
      if (mapping == NULL || !mapping->is_writable || mapping->is_shared || end > mapping->end)
        continue;
      self->rooms[self->n_rooms++] = (InjectorRoom){ begin, end };
    }
}

static gboolean
is_in_room (const Injector *self, guint64 address)
{
  for (guint i = 0; i < self->n_rooms; i++)
    if (address >= self->rooms[i].begin && address < self->rooms[i].end)
      return TRUE;
  return FALSE;
}

/* What lies there of an inspector that was killed: its thread has taken the way back by itself, or does so soon. */
static gboolean
find_left (Injector *self)
{
  for (guint i = 0; i < self->n_rooms; i++)
    for (guint64 at = self->rooms[i].begin; at + sizeof (BootstrapData) <= self->rooms[i].end;
         at += 64)
      {
        BootstrapData data;
        ucontext_t context;

        if (pread (self->mem_fd, &data, sizeof data, (off_t)at) != sizeof data ||
            data.is_apart != BOOTSTRAP_APART || data.is_parked != 1 ||
            !is_in_room (self, data.context) ||
            pread (self->mem_fd, &context, CONTEXT_BYTES, (off_t)data.context) !=
                (gssize)CONTEXT_BYTES ||
            !is_in_room (self, GPOINTER_TO_SIZE (context.uc_mcontext.fpregs)))
          continue;
        self->frame = (InjectorFrame){ .data = at,
                                       .context = data.context,
                                       .fp = GPOINTER_TO_SIZE (context.uc_mcontext.fpregs),
                                       .is_apart = TRUE };
        return TRUE;
      }
  return FALSE;
}

/* Those in which there is something are somebody's after all. */
static void
drop_used (Injector *self)
{
  guint n = 0;

  for (guint i = 0; i < self->n_rooms; i++)
    if (is_nothing (self, self->rooms[i].begin, self->rooms[i].end - self->rooms[i].begin))
      self->rooms[n++] = self->rooms[i];
  self->n_rooms = n;
}

/* Those of the program, and of the libraries that it needs: these stay for as long as it does. */
static void
collect_rooms (Injector *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/exe", self->pid);
  g_autofree char *name = g_file_read_link (path, NULL);
  guint64 heap = read_heap_begin (self->pid);
  TargetImage program = { 0 };

  for (guint pass = 0; pass < 2 && name != NULL && heap != 0; pass++)
    for (guint i = 0; i < self->mappings->len; i++)
      {
        const TargetMapping *mapping = self->mappings->pdata[i];
        gboolean is_program = g_str_equal (mapping->path, name);
        g_autofree char *file = NULL;
        TargetImage image;

        if (!target_mapping_is_object (mapping) || is_program != (pass == 0) ||
            !target_image_init_memory (&image, self->mem_fd, mapping->begin))
          continue;
        file = target_mapping_dup_name (mapping);
        if (is_program)
          program = image;
        /* What the loader has behind its own variables it uses itself. */
        if (is_program || (!g_str_has_prefix (file, "ld") && target_image_needs (&program, &image)))
          add_rooms (self, &image, heap);
      }
}

void
injector_frame_find_rooms (Injector *self)
{
  collect_rooms (self);
  if (find_left (self))
    {
      g_usleep (2 * BOOTSTRAP_PARK_MS * 1000);
      injector_frame_wipe (self);
    }
  drop_used (self);
}

/* Returns: where it is; 0: there is no room for it */
static guint64
take_room (Injector *self, gsize size)
{
  gsize rounded = (size + 63) & ~(gsize)63;

  for (guint i = 0; i < self->n_rooms; i++)
    if (self->rooms[i].end - self->rooms[i].begin >= rounded)
      {
        guint64 at = self->rooms[i].begin;

        self->rooms[i].begin += rounded;
        return at;
      }
  return 0;
}

/* ---- Where it goes ---------------------------------------------------------------------------- */

static gboolean
place_below (Injector *self)
{
  guint64 top = (self->saved->registers.rsp - INJECTOR_RED_ZONE) & ~(guint64)63;

  self->frame.fp_size = self->saved->xstate_size;
  self->frame.fp = (top - self->frame.fp_size - 64) & ~(guint64)63;
  self->frame.context = (self->frame.fp - CONTEXT_BYTES) & ~(guint64)63;
  self->frame.data = (self->frame.context - sizeof (BootstrapData)) & ~(guint64)63;
  return TRUE;
}

/* Of the extended registers only those that a function has to keep: the thread is within one of libc's that sleeps, and
 * what else there is is lost at its return. It is put back with all of them, as long as we are there to do it. */
static gboolean
place_apart (Injector *self)
{
  InjectorRoom before[G_N_ELEMENTS (self->rooms)];

  memcpy (before, self->rooms, sizeof before);
  self->frame.fp_size = FP_LEGACY;
  self->frame.fp = take_room (self, FP_LEGACY);
  self->frame.context = take_room (self, CONTEXT_BYTES);
  self->frame.data = take_room (self, BELOW_DATA + sizeof (BootstrapData));
  memcpy (self->rooms, before, sizeof before);
  if (self->frame.fp == 0 || self->frame.context == 0 || self->frame.data == 0)
    return FALSE;
  self->frame.data += BELOW_DATA;
  return TRUE;
}

/* Where the frame goes must be mapped already. */
gboolean
injector_frame_place (Injector *self, gboolean is_idle)
{
  g_autoptr (GPtrArray) mappings = NULL;
  guint64 sp = self->saved->registers.rsp;
  const GPtrArray *all = self->mappings;
  const TargetMapping *mapping = target_mappings_find (all, sp);

  /* The stack of a thread that has been begun since. */
  if (mapping == NULL)
    {
      all = mappings = target_mappings_read (self->pid);
      mapping = mappings != NULL ? target_mappings_find (mappings, sp) : NULL;
    }
  if (mapping == NULL || !mapping->is_writable || mapping->is_shared)
    return FALSE;
  self->stack_end = mapping->end;
  self->frame.is_apart = !is_own_stack (self, all, mapping);
  if (self->frame.is_apart)
    return is_idle && place_apart (self);
  return sp - mapping->begin > ROOM_BELOW + INJECTOR_RED_ZONE && place_below (self);
}

/* ---- What is in it ---------------------------------------------------------------------------- */

/* What rt_sigreturn(2) takes: linux/arch/x86/kernel/signal_64.c. */
static void
fill_context (Injector *self, ucontext_t *to)
{
  struct user_regs_struct registers = self->saved->registers;
  greg_t *gregs = to->uc_mcontext.gregs;

  tracee_make_restart (self->tracee.tid, &registers);
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
  to->uc_mcontext.fpregs = GSIZE_TO_POINTER (self->frame.fp);
}

static void
fill_fp (const Injector *self, guint8 *bytes)
{
  guint32 size = (guint32)self->frame.fp_size;
  guint32 extended = size + 4, magic1 = FP_MAGIC1, magic2 = FP_MAGIC2;
  guint64 features;

  memcpy (bytes, self->saved->xstate, size);
  memcpy (&features, self->saved->xstate + FP_SOFTWARE, sizeof features);
  memset (bytes + FP_SOFTWARE, 0, 48);
  if (size == FP_LEGACY)
    return;
  memcpy (bytes + FP_SOFTWARE, &magic1, 4);
  memcpy (bytes + FP_SOFTWARE + 4, &extended, 4);
  memcpy (bytes + FP_SOFTWARE + 8, &features, 8);
  memcpy (bytes + FP_SOFTWARE + 16, &size, 4);
  memcpy (bytes + size, &magic2, 4);
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

guint64
injector_frame_write (Injector *self)
{
  guint8 fp[TRACEE_XSTATE_MAX + 64] = { 0 };
  BootstrapData data = { .context = self->frame.context,
                         .open = self->open,
                         .find = self->find,
                         .explain = self->explain,
                         .call = self->call,
                         .is_apart = self->frame.is_apart ? BOOTSTRAP_APART : 0 };
  ucontext_t context;
  const struct iovec here[] = { { &data, sizeof data },
                                { &context, CONTEXT_BYTES },
                                { fp, self->frame.fp_size + (self->frame.is_apart ? 0 : 4) } };
  const struct iovec there[] = { { GSIZE_TO_POINTER (self->frame.data), here[0].iov_len },
                                 { GSIZE_TO_POINTER (self->frame.context), here[1].iov_len },
                                 { GSIZE_TO_POINTER (self->frame.fp), here[2].iov_len } };
  gssize total = (gssize)(here[0].iov_len + here[1].iov_len + here[2].iov_len);

  memset (&context, 0, sizeof context);
  fill_site (self, &data.site);
  fill_context (self, &context);
  fill_fp (self, fp);
  return process_vm_writev (self->pid, here, 3, there, 3, 0) == total ? self->frame.data : 0;
}

void
injector_frame_wipe (Injector *self)
{
  const guint8 nothing[PAGE] = { 0 };
  const struct iovec here[] = { { (void *)nothing, BELOW_DATA + sizeof (BootstrapData) },
                                { (void *)nothing, CONTEXT_BYTES },
                                { (void *)nothing, FP_LEGACY } };
  const struct iovec there[] = {
    { GSIZE_TO_POINTER (self->frame.data - BELOW_DATA), here[0].iov_len },
    { GSIZE_TO_POINTER (self->frame.context), here[1].iov_len },
    { GSIZE_TO_POINTER (self->frame.fp), here[2].iov_len },
  };

  if (self->frame.is_apart && process_vm_writev (self->pid, here, 3, there, 3, 0) < 0)
    g_debug ("process %d keeps what its thread was led back by", self->pid);
}

#endif
