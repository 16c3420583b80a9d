/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <elfutils/libdwfl.h>
#include <elfutils/version.h>

#include "target/stack-private.h"

/* libdw's unwinder over a copy: the thread has long gone on. The tables are read from the files, and
 * what they say about memory that is not in the copy from the process. */

struct _TargetUnwinder
{
  Dwfl *dwfl;
  int pid, tid;
  gboolean (*read) (gpointer data, guint64 address, void *buffer, gsize length); /* NULL: of @pid */
  gpointer read_data;
  const TargetStack *stack; /* of this walk */
  TargetFrame *frames;
  guint n, max;
};

typedef TargetUnwinder Walk;

static pid_t
next_thread (Dwfl *dwfl, void *data, void **thread_data)
{
  const Walk *walk = data;

  /* There is one. */
  if (*thread_data != NULL)
    return 0;
  *thread_data = data;
  return walk->tid;
}

static bool
read_memory (Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *data)
{
  const Walk *walk = data;
  const TargetStack *stack = walk->stack;
  struct iovec to = { result, sizeof *result };
  struct iovec from = { GSIZE_TO_POINTER (address), sizeof *result };

  if (address >= stack->sp && address - stack->sp < stack->length &&
      stack->length - (address - stack->sp) >= sizeof *result)
    {
      memcpy (result, stack->bytes + (address - stack->sp), sizeof *result);
      return true;
    }
  if (walk->read != NULL)
    return walk->read (walk->read_data, address, result, sizeof *result);
  return process_vm_readv (walk->pid, &to, 1, &from, 1, 0) == sizeof *result;
}

static bool
set_registers (Dwfl_Thread *thread, void *data)
{
  const Walk *walk = data;
  const TargetStack *stack = walk->stack;

#if defined(__x86_64__)
  if (stack->n_registers == 0)
    return dwfl_thread_state_registers (thread, 7, 1, &stack->sp) &&
           dwfl_thread_state_registers (thread, 16, 1, &stack->pc) &&
           (stack->frame_pointer == 0 ||
            dwfl_thread_state_registers (thread, 6, 1, &stack->frame_pointer));
  return dwfl_thread_state_registers (thread, 0, stack->n_registers, stack->registers);
#elif defined(__aarch64__)
  dwfl_thread_state_register_pc (thread, stack->pc);
  if (stack->n_registers == 0)
    return dwfl_thread_state_registers (thread, 31, 1, &stack->sp);
  return dwfl_thread_state_registers (thread, 0, stack->n_registers, stack->registers);
#endif
}

static void
take_registers (Dwfl_Frame *frame, TargetFrame *ret_frame)
{
#if _ELFUTILS_PREREQ(0, 188)
  for (guint i = 0; i < G_N_ELEMENTS (ret_frame->registers); i++)
    {
      Dwarf_Word value = 0;

      if (dwfl_frame_reg (frame, i, &value) != 0)
        continue;
      ret_frame->registers[i] = value;
      ret_frame->known |= 1u << i;
    }
#endif
}

static int
take_frame (Dwfl_Frame *frame, void *data)
{
  Walk *walk = data;
  Dwarf_Addr pc = 0;
  bool is_activation = false;

  if (!dwfl_frame_pc (frame, &pc, &is_activation))
    return DWARF_CB_ABORT;
  walk->frames[walk->n] = (TargetFrame){ .pc = pc, .is_activation = is_activation };
  take_registers (frame, &walk->frames[walk->n++]);
  return walk->n < walk->max ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* Unwind tables are in the file itself, also of one that is stripped. */
static int
find_no_debuginfo (Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                   const char *file, const char *link, GElf_Word crc, char **ret_name)
{
  return -1;
}

static const Dwfl_Thread_Callbacks threads = {
  .next_thread = next_thread,
  .memory_read = read_memory,
  .set_initial_registers = set_registers,
};

TargetUnwinder *
target_unwinder_new (int pid)
{
  static const Dwfl_Callbacks files = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = find_no_debuginfo,
  };
  TargetUnwinder *self = g_new0 (TargetUnwinder, 1);

  self->pid = pid;
  self->dwfl = dwfl_begin (&files);
  if (self->dwfl != NULL)
    dwfl_report_begin (self->dwfl);
  if (self->dwfl != NULL && dwfl_linux_proc_report (self->dwfl, pid) == 0 &&
      dwfl_report_end (self->dwfl, NULL, NULL) == 0 &&
      dwfl_attach_state (self->dwfl, NULL, pid, &threads, self))
    return self;
  target_unwinder_free (self);
  return NULL;
}

static int
take_first (Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, void *data)
{
  *(Dwfl_Module **)data = module;
  return DWARF_CB_ABORT;
}

/* A module may have a file of another name by now, or none. */
static void
report_modules (Dwfl *dwfl, const InspectorProbeModule *modules, guint n)
{
  for (guint i = 0; i < n; i++)
    dwfl_report_elf (dwfl, modules[i].name, modules[i].path, -1, modules[i].bias, true);
}

TargetUnwinder *
target_unwinder_new_modules (const InspectorProbeModule *modules, guint n,
                             gboolean (*read) (gpointer data, guint64 address, void *buffer,
                                               gsize length),
                             gpointer data)
{
  static const Dwfl_Callbacks files = {
    .find_elf = dwfl_build_id_find_elf,
    .find_debuginfo = find_no_debuginfo,
  };
  TargetUnwinder *self = g_new0 (TargetUnwinder, 1);
  Dwfl_Module *first = NULL;

  self->read = read;
  self->read_data = data;
  self->pid = 1;
  self->dwfl = dwfl_begin (&files);
  if (self->dwfl != NULL)
    {
      dwfl_report_begin (self->dwfl);
      report_modules (self->dwfl, modules, n);
      dwfl_report_end (self->dwfl, NULL, NULL);
      dwfl_getmodules (self->dwfl, take_first, &first, 0);
    }
  /* Of which machine it is the files say. */
  if (first != NULL && dwfl_module_getelf (first, &(GElf_Addr){ 0 }) != NULL &&
      dwfl_attach_state (self->dwfl, NULL, self->pid, &threads, self))
    return self;
  target_unwinder_free (self);
  return NULL;
}

void
target_unwinder_free (TargetUnwinder *self)
{
  if (self == NULL)
    return;
  if (self->dwfl != NULL)
    dwfl_end (self->dwfl);
  g_free (self);
}

guint
target_unwinder_walk (TargetUnwinder *self, const TargetStack *stack, int tid,
                      TargetFrame *ret_frames, guint max)
{
  self->stack = stack;
  self->tid = tid;
  self->frames = ret_frames;
  self->n = 0;
  self->max = max;
  if (max > 0)
    dwfl_getthread_frames (self->dwfl, tid, take_frame, self);
  return self->n;
}

#if defined(__aarch64__)
#define REGISTER_RETURN 30
#else
#define REGISTER_RETURN 16
#endif

gboolean
target_unwinder_is_whole (TargetUnwinder *self, guint64 pc)
{
  Dwfl_Module *module = dwfl_addrmodule (self->dwfl, pc);
  Dwarf_Addr bias = 0;
  Dwarf_CFI *cfi = module != NULL ? dwfl_module_eh_cfi (module, &bias) : NULL;
  Dwarf_Frame *frame = NULL;
  Dwarf_Op some[3], *operations = some;
  size_t n = 1;
  gboolean is_end;

  if (cfi == NULL || dwarf_cfi_addrframe (cfi, pc - bias, &frame) != 0)
    return FALSE;
  is_end = dwarf_frame_register (frame, REGISTER_RETURN, some, &operations, &n) == 0 && n == 0;
  free (frame);
  return is_end;
}

guint
target_stack_unwind (const TargetStack *stack, int pid, int tid, TargetFrame *ret_frames, guint max)
{
  TargetUnwinder *unwinder = target_unwinder_new (pid);
  guint n = unwinder != NULL ? target_unwinder_walk (unwinder, stack, tid, ret_frames, max) : 0;

  /* The instruction that it is at, or the one after a call. */
  for (guint i = 0; i < n; i++)
    ret_frames[i].pc += ret_frames[i].is_activation;
  target_unwinder_free (unwinder);
  return n;
}

gboolean
target_facts_read_memory (int pid, guint64 address, void *buffer, gsize length)
{
  struct iovec to = { buffer, length };
  struct iovec from = { GSIZE_TO_POINTER (address), length };

  return process_vm_readv (pid, &to, 1, &from, 1, 0) == (gssize)length;
}
