/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What runs on threads, and what led to it. */

#include "export/walk-private.h"

#include "analysis/describe.h"

static void
fill_poll (Walk *walk, const ModelThread *thread, const ModelPoll *poll, ExportSpan *ret_span)
{
  *ret_span = (ExportSpan){ .of = EXPORT_POLL,
                            .task = poll->number,
                            .tid = thread->tid,
                            .kind = "poll",
                            .place = walk_get_place (walk, poll->location),
                            .begin_ns = poll->begin_ns };
  ret_span->name = ret_span->place.function != NULL ? ret_span->place.function
                   : *ret_span->place.where != '\0' ? ret_span->place.where
                                                    : "?";
}

static void
tell_flows (Walk *walk, const ModelThread *thread, const ModelPoll *poll, const ModelAwait *cause)
{
  Live *live = poll->task != NULL ? walk_get_live (walk, poll->task) : NULL;
  Wait *known = cause != NULL ? g_hash_table_lookup (walk->waits, cause) : NULL;

  /* Only the first time that it fires did it wait since its begin. */
  if (known != NULL && cause->n_fired == 0)
    {
      known->is_cause = TRUE;
      TELL (walk, flow,
            &(ExportFlow){ EXPORT_RESUMES, known->id, cause->begin_ns, poll->begin_ns,
                           walk_get_tid (walk, cause->ring), thread->tid, cause->task->number,
                           poll->number });
    }
  if (live == NULL || live->woken_ns == 0)
    return;
  TELL (walk, flow,
        &(ExportFlow){ EXPORT_WAKES, ++walk->n_wakes, live->woken_ns, poll->begin_ns,
                       live->waker_tid, thread->tid, live->waker, poll->number });
  live->woken_ns = 0;
}

static Stack *
get_stack (Walk *walk, const ModelThread *thread)
{
  Stack *stack = g_hash_table_lookup (walk->stacks, thread);

  if (stack == NULL)
    g_hash_table_insert (walk->stacks, (gpointer)thread, stack = g_new0 (Stack, 1));
  return stack;
}

void
walk_poll_began (gpointer data, const ModelThread *thread, const ModelPoll *poll, ModelAwait *cause)
{
  Walk *walk = data;
  Stack *stack = get_stack (walk, thread);
  gsize depth = (gsize)(poll - thread->polls);
  const Wait *known = cause != NULL ? g_hash_table_lookup (walk->waits, cause) : NULL;
  ExportSpan span;

  walk->n_running++;
  walk_tell_thread (walk, thread->tid);
  tell_flows (walk, thread, poll, cause);
  fill_poll (walk, thread, poll, &span);
  stack->ids[depth] = span.id = ++walk->n_spans;
  stack->causes[depth] = span.cause = known != NULL ? known->id : 0;
  TELL (walk, span_begin, &span);
  walk_count (walk, poll->begin_ns, FALSE);
}

void
walk_tell_poll (Walk *walk, const ModelThread *thread, const ModelPoll *poll, gint64 end_ns,
                gboolean is_open)
{
  const Stack *stack = get_stack (walk, thread);
  g_autofree char *name = NULL;
  ExportSpan span;

  walk->n_running -= walk->n_running > 0;
  if (walk->writer->span == NULL)
    return;
  fill_poll (walk, thread, poll, &span);
  if (poll->task != NULL)
    name = analysis_describe_task (poll->task, poll->task->location, walk->input.places);
  span.id = stack->ids[poll - thread->polls];
  span.cause = stack->causes[poll - thread->polls];
  span.task_name = name;
  span.is_outside = poll->task != NULL && poll->task->id == 0;
  span.end_ns = MAX (end_ns, poll->begin_ns);
  span.is_open = is_open;
  walk->writer->span (walk->data, &span);
}

void
walk_poll_ended (gpointer data, const ModelThread *thread, const ModelPoll *poll, gint64 end_ns)
{
  walk_tell_poll (data, thread, poll, end_ns, FALSE);
}
