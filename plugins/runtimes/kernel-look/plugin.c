/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "say.h"

typedef struct
{
  KernelStacks *stacks;
  KernelKept *kept;
  KernelEnds *ends;
} Look;

/* Each target has a thread that looks at it, and what is asked of the kernel about sockets is kept for all of them. */
static GMutex asking;

static gpointer
look_open (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning)
{
  Look *self;

  /* What one has left says nothing of where its threads slept. */
  if (target->pid == 0)
    return NULL;
  self = g_new0 (Look, 1);
  self->stacks = kernel_stacks_new ();
  self->kept = kernel_kept_new ();
  self->ends = kernel_ends_new ();
  return self;
}

static void
look_close (gpointer data)
{
  Look *self = data;

  kernel_stacks_free (self->stacks);
  kernel_kept_free (self->kept);
  kernel_ends_free (self->ends);
  g_free (self);
}

static gboolean
look_look (gpointer data, const InspectorProbeTarget *target, const InspectorProbeSink *sink)
{
  Look *self = data;
  g_autoptr (GPtrArray) processes = NULL;

  kernel_kept_begin (self->kept, target->now_ns);
  kernel_ends_begin (self->ends, target->now_ns);
  g_mutex_lock (&asking);
  processes = kernel_processes_find (target->pid, target->now_ns, self->kept, self->ends);
  g_mutex_unlock (&asking);
  kernel_say (processes, target, self->stacks, sink);
  kernel_stacks_tidy (self->stacks);
  return TRUE;
}

INSPECTOR_PROBE_DEFINE (.open = look_open, .look = look_look, .close = look_close)
