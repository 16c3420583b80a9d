/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/probed-stack.h"

#include <string.h>

#include "target/own-threads.h"
#include "target/target-private.h"

/* Which functions a thread is in. A copy of its stack is unwound: of one that sleeps it is made without a
 * stop, of one that runs its registers are needed. */

#define STATUS_MAX_BYTES 16384

guint64
target_probed_count_sleeps (int pid, int tid, int *ret_own_tid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/task/%d/status", pid, tid);
  g_autofree char *text = target_proc_read (path, STATUS_MAX_BYTES, NULL);
  const char *line = text != NULL ? strstr (text, "\nvoluntary_ctxt_switches:") : NULL;

  if (ret_own_tid != NULL)
    *ret_own_tid = target_status_get_own_tid (text);
  return line != NULL ? g_ascii_strtoull (line + strlen ("\nvoluntary_ctxt_switches:\t"), NULL, 10)
                      : 0;
}

#define MAX_GUESSES 64
#define MAX_GUESSED_BYTES 8192

static gboolean
is_code (const InspectorProbeTarget *target, guint64 address)
{
  const InspectorProbeRegion *region = inspector_probe_find_region (target, address);

  return region != NULL && region->is_code;
}

static gboolean
is_whole (TargetUnwinder *unwinder, const TargetFrame *frames, guint n)
{
  return n > 0 && target_unwinder_is_whole (unwinder, frames[n - 1].pc - 1);
}

/* Of a thread that sleeps the kernel tells no register but two, and functions may keep theirs by the frame
 * pointer: where that points, one is saved, whatever it was used for, and behind it the address to return
 * to. That is a guess, which is believed where it leads to the beginning of the thread. */
static guint
walk_by_guess (TargetUnwinder *unwinder, const InspectorProbeTarget *target, TargetStack *stack,
               int tid, TargetFrame *frames)
{
  guint n_guesses = 0;
  guint64 words[2];

  for (gsize at = 0;
       at + sizeof words <= MIN (stack->length, MAX_GUESSED_BYTES) && n_guesses < MAX_GUESSES;
       at += sizeof *words)
    {
      guint n;

      memcpy (words, stack->bytes + at, sizeof words);
      if (!is_code (target, words[1]))
        continue;
      n_guesses++;
      stack->frame_pointer = stack->sp + at;
      n = target_unwinder_walk (unwinder, stack, tid, frames, INSPECTOR_PROBE_MAX_CALLS);
      if (is_whole (unwinder, frames, n))
        return n;
    }
  stack->frame_pointer = 0;
  return target_unwinder_walk (unwinder, stack, tid, frames, INSPECTOR_PROBE_MAX_CALLS);
}

static gboolean
unwind (TargetUnwinder **unwinder, const InspectorProbeTarget *target, TargetStack *stack, int tid,
        InspectorProbeStack *ret_stack)
{
  g_autofree TargetFrame *frames = g_new0 (TargetFrame, INSPECTOR_PROBE_MAX_CALLS);

  if (*unwinder == NULL)
    *unwinder = target_unwinder_new_modules (target->modules, target->n_modules, target->read,
                                             target->data);
  if (*unwinder == NULL)
    return FALSE;
  ret_stack->n_calls =
      target_unwinder_walk (*unwinder, stack, tid, frames, INSPECTOR_PROBE_MAX_CALLS);
  if (stack->n_registers == 0 && !is_whole (*unwinder, frames, ret_stack->n_calls))
    ret_stack->n_calls = walk_by_guess (*unwinder, target, stack, tid, frames);
  for (guint i = 0; i < ret_stack->n_calls; i++)
    {
      InspectorProbeCall *call = &ret_stack->calls[i];

      call->pc = frames[i].pc;
      call->is_activation = frames[i].is_activation;
      memcpy (call->registers, frames[i].registers, sizeof call->registers);
      call->known = frames[i].known;
    }
  return ret_stack->n_calls > 0;
}

static gboolean
copy_running (int pid, int tid, TargetStack *stack)
{
  gboolean is_copied;
  int status = 0;

  if (!target_stop_begin (tid, &status))
    return FALSE;
  is_copied = target_stop_take_registers (tid, stack) && target_stack_copy (pid, stack);
  target_stop_end (tid, status);
  return is_copied;
}

gboolean
target_probed_get_stack (int pid, TargetUnwinder **unwinder, const InspectorProbeTarget *target,
                         const InspectorProbeThread *thread, gboolean may_stop,
                         InspectorProbeStack *ret_stack)
{
  g_autofree TargetStack *stack = g_new (TargetStack, 1);

  ret_stack->is_asleep = target_stack_copy_asleep (pid, thread->tid, stack);
  if (!ret_stack->is_asleep && (!may_stop || !copy_running (pid, thread->tid, stack)))
    return FALSE;
  /* It was another sleep. */
  if (ret_stack->is_asleep &&
      (stack->sp != thread->sp || stack->pc != thread->pc ||
       target_probed_count_sleeps (pid, thread->tid, NULL) != thread->n_sleeps))
    return FALSE;
  return unwind (unwinder, target, stack, thread->tid, ret_stack);
}

gboolean
target_probed_get_core_stack (TargetCore *core, TargetUnwinder **unwinder,
                              const InspectorProbeTarget *target,
                              const InspectorProbeThread *thread, InspectorProbeStack *ret_stack)
{
  g_autofree TargetStack *stack = g_new (TargetStack, 1);

  *ret_stack = (InspectorProbeStack){ .is_asleep = target_core_is_asleep (core, thread->tid) };
  stack->sp = thread->sp;
  stack->pc = thread->pc;
  stack->length = 0; /* all of it is read where it is */
  stack->n_registers = target_core_get_registers (core, thread->tid, stack->registers);
  return unwind (unwinder, target, stack, thread->tid, ret_stack);
}
