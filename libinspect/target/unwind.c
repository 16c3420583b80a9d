/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <sys/uio.h>
#include <elfutils/libdwfl.h>

#include "target/stack-private.h"

/* libdw's unwinder over a copy: the thread has long gone on. The tables are read from the files, and
 * what they say about memory that is not in the copy from the process. */

typedef struct
{
  const TargetStack *stack;
  int pid, tid;
  guint64 *frames;
  guint n, max;
} Walk;

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
           dwfl_thread_state_registers (thread, 16, 1, &stack->pc);
  return dwfl_thread_state_registers (thread, 0, stack->n_registers, stack->registers);
#elif defined(__aarch64__)
  dwfl_thread_state_register_pc (thread, stack->pc);
  if (stack->n_registers == 0)
    return dwfl_thread_state_registers (thread, 31, 1, &stack->sp);
  return dwfl_thread_state_registers (thread, 0, stack->n_registers, stack->registers);
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
  /* The instruction that it is at, or the one after a call. */
  walk->frames[walk->n++] = is_activation ? pc + 1 : pc;
  return walk->n < walk->max ? DWARF_CB_OK : DWARF_CB_ABORT;
}

/* Unwind tables are in the file itself, also of one that is stripped. */
static int
find_no_debuginfo (Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base,
                   const char *file, const char *link, GElf_Word crc, char **ret_name)
{
  return -1;
}

guint
target_stack_unwind (const TargetStack *stack, int pid, int tid, guint64 *ret_frames, guint max)
{
  static const Dwfl_Callbacks files = {
    .find_elf = dwfl_linux_proc_find_elf,
    .find_debuginfo = find_no_debuginfo,
  };
  static const Dwfl_Thread_Callbacks threads = {
    .next_thread = next_thread,
    .memory_read = read_memory,
    .set_initial_registers = set_registers,
  };
  Walk walk = { stack, pid, tid, ret_frames, 0, max };
  Dwfl *dwfl = max > 0 ? dwfl_begin (&files) : NULL;

  if (dwfl == NULL)
    return 0;
  dwfl_report_begin (dwfl);
  if (dwfl_linux_proc_report (dwfl, pid) == 0 && dwfl_report_end (dwfl, NULL, NULL) == 0 &&
      dwfl_attach_state (dwfl, NULL, pid, &threads, &walk))
    dwfl_getthread_frames (dwfl, tid, take_frame, &walk);
  dwfl_end (dwfl);
  return walk.n;
}
