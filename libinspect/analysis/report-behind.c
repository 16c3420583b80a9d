/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who has what a stuck task waits for, and who waits for the task. */

#include "config.h"

#include "analysis/report.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "analysis/chain.h"
#include "analysis/describe.h"
#include "inspector-probe.h"
#include "model/format.h"

/* What a thread sleeps on: "127.0.0.1:8080, at whose other end is nginx (process 4711)", "pipe 4711". (nullable) */
static char *
dup_sleep_object (const TargetSleep *sleep, const TargetSocket *socket)
{
  const char *address =
      socket->peer != NULL && *socket->peer != '\0' ? socket->peer : socket->local;
  g_autofree char *safe = NULL;

  if (address == NULL || *address == '\0')
    address = sleep->thing;
  if (address == NULL)
    return NULL;
  safe = model_format_text (address, strlen (address));
  if (socket->peer_command != NULL)
    {
      g_autofree char *command =
          model_format_text (socket->peer_command, strlen (socket->peer_command));

      return g_strdup_printf (_ ("%s, at whose other end is %s (process %d)"), safe, command,
                              socket->peer_pid);
    }
  return g_steal_pointer (&safe);
}

/* (nullable): it is not known in which call */
static char *
describe_sleep (const ReportInput *input, int tid, const char *name)
{
  g_autofree char *object = NULL;
  TargetSocket socket;
  TargetSleep sleep;
  char *text;

  if (!analysis_facts_get_sleep (input->facts, tid, &sleep, &socket))
    return NULL;
  object = dup_sleep_object (&sleep, &socket);
  text = object != NULL
             ? g_strdup_printf (_ ("%s (thread %d), sleeping in %s() on %s"), name, tid, sleep.call,
                                object)
             : g_strdup_printf (_ ("%s (thread %d), sleeping in %s()"), name, tid, sleep.call);
  target_socket_clear (&socket);
  target_sleep_clear (&sleep);
  return text;
}

char *
report_describe_thread (const ReportInput *input, const ModelThread *thread)
{
  g_autofree char *name = NULL;
  char state = '\0';

  if (input->facts != NULL &&
      analysis_facts_get_thread (input->facts, thread->tid, &name, &state) && name != NULL)
    {
      g_autofree char *safe = model_format_text (name, strlen (name));
      g_autofree char *asleep = NULL;

      if (state == 'R')
        return g_strdup_printf (_ ("%s (thread %d), running"), safe, thread->tid);
      asleep = describe_sleep (input, thread->tid, safe);
      return asleep != NULL ? g_steal_pointer (&asleep)
                            : g_strdup_printf (_ ("%s (thread %d), sleeping in the kernel"), safe,
                                               thread->tid);
    }
  return g_strdup_printf (_ ("thread %d"), thread->tid);
}

static char *
name_holder (const ReportInput *input, const ModelHold *hold)
{
  g_autofree char *name = NULL;
  g_autofree char *number = NULL;
  g_autofree char *thread = NULL;

  if (hold->task != NULL && hold->task->id != 0)
    {
      name = analysis_describe_task (hold->task, hold->location, input->places);
      number = model_format_count (hold->task->number);
      return g_strdup_printf (_ ("%s (task %s)"), name, number);
    }
  if (hold->thread == NULL)
    return g_strdup (_ ("an unknown thread"));
  return report_describe_thread (input, hold->thread);
}

/* What the only holder waits for itself; NULL: it does not, or it is part of a cycle. */
static char *
describe_root (const ReportInput *input, const ModelHold *hold)
{
  const ModelAwait *sleep = analysis_hold_get_sleep (input->model, hold);
  g_autofree char *what = NULL;
  g_autofree char *where = NULL;
  AnalysisWait wait;

  if (sleep == NULL || sleep->episode != 0 || hold->resource_next != NULL)
    return NULL;
  wait = analysis_wait_of (input->model, sleep, input->now_ns);
  what = analysis_describe_wait (&wait, input->places);
  where = analysis_place_dup_text (analysis_places_get (input->places, sleep->location));
  return g_strdup_printf (_ ("who sleeps in %s: %s"), *where != '\0' ? where : "?", what);
}

static char *
describe_holders (const ReportInput *input, const ModelResource *resource)
{
  const ModelHold *hold = resource->holds;
  g_autofree char *what = analysis_describe_resource (input->model, resource, input->places);
  g_autofree char *who = NULL;
  g_autofree char *where = NULL;
  g_autofree char *duration = NULL;
  g_autofree char *since = NULL;
  g_autofree char *root = NULL;
  guint64 holder;

  if (hold == NULL && resource->abandoned.since_ns != 0)
    {
      where = analysis_place_dup_text (
          analysis_places_get (input->places, resource->abandoned.location));
      return g_strdup_printf (_ ("%s, whose holder ended without releasing it, taken in %s"), what,
                              *where != '\0' ? where : "?");
    }
  if (hold == NULL && model_attributes_get_value (&resource->attributes, MODEL_KEY_TID, &holder) &&
      holder != 0 && holder <= G_MAXINT)
    return g_strdup_printf (_ ("%s, held by thread %d when the wait began, taken in ?"), what,
                            (int)holder);
  if (hold == NULL)
    return g_strdup_printf (_ ("%s: who holds it is not known"), what);
  who = name_holder (input, hold);
  where = analysis_place_dup_text (analysis_places_get (input->places, hold->location));
  if (input->core != NULL)
    return g_strdup_printf (hold->resource_next != NULL
                                ? _ ("%s, held by %s and others, taken in %s")
                                : _ ("%s, held by %s, taken in %s"),
                            what, who, *where != '\0' ? where : "?");
  duration = model_format_duration (MAX (input->now_ns - hold->since_ns, 0));
  /* Who had to wait told it: it was taken before that. */
  since = hold->is_hearsay ? g_strdup_printf (_ ("at least %s"), duration) : g_strdup (duration);
  if (hold->resource_next != NULL)
    return g_strdup_printf (_ ("%s, held by %s and others for %s, taken in %s"), what, who, since,
                            *where != '\0' ? where : "?");
  root = describe_root (input, hold);
  if (root != NULL)
    return g_strdup_printf (_ ("%s, held by %s for %s, taken in %s, %s"), what, who, since,
                            *where != '\0' ? where : "?", root);
  return g_strdup_printf (_ ("%s, held by %s for %s, taken in %s"), what, who, since,
                          *where != '\0' ? where : "?");
}

/* "python3 server.py (process 4711), reading from FIFO /tmp/jobs, for 3.2 s" */
static char *
describe_end (const ReportInput *input, const ModelTask *task)
{
  g_autofree char *name = analysis_describe_task (task, 0, input->places);
  const ModelAwait *await = task->awaits;
  const AnalysisWait wait = { .model = input->model,
                              .task = (ModelTask *)task,
                              .await = await,
                              .resource =
                                  await != NULL && !await->awaits_task ? await->resource : NULL,
                              .since_ns = await != NULL ? await->begin_ns : 0,
                              .now_ns = input->now_ns,
                              .stuck_after_ns = input->stuck_after_ns };
  g_autofree char *what = NULL;
  g_autofree char *duration = NULL;

  if (await == NULL)
    return g_steal_pointer (&name);
  what = analysis_describe_wait (&wait, input->places);
  duration = model_format_duration (analysis_wait_get_length (&wait));
  return g_strdup_printf (_ ("%s, %s, for %s"), name, what, duration);
}

/* Who is at the other end of a pipe or a connection, and what he does. */
static char *
describe_ends (const ReportInput *input, const ModelResource *resource)
{
  gboolean is_lock = model_resource_is (resource, INSPECT_RESOURCE_LOCK);
  g_autofree char *who = NULL;
  g_autofree char *count = NULL;
  guint n = 0;

  for (const ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next)
    {
      if (hold->task == NULL)
        continue;
      if (n++ == 0)
        who = describe_end (input, hold->task);
    }
  if (n == 0)
    return g_strdup (is_lock ? _ ("held by nobody who is known")
                             : _ ("at its other end: nobody who is known"));
  if (n == 1)
    return g_strdup_printf (is_lock ? _ ("held by %s") : _ ("at its other end: %s"), who);
  count = model_format_count (n - 1);
  return g_strdup_printf (is_lock ? _ ("held by %s; and %s more")
                                  : _ ("at its other end: %s; and %s more"),
                          who, count);
}

static char *
describe_awaited (const ReportInput *input, ModelAwait *await)
{
  const ModelTask *awaited = model_await_get_awaited (input->model, await);
  g_autofree char *name = NULL;
  g_autofree char *number = NULL;

  if (awaited == NULL)
    return NULL;
  name = analysis_describe_task (
      awaited, awaited->awaits != NULL ? awaited->awaits->location : awaited->location,
      input->places);
  /* A process is known by its number. */
  if (model_await_is (await, INSPECT_AWAIT_EXTERNAL))
    {
      g_autofree char *end = describe_end (input, awaited);

      return g_strdup_printf (_ ("until it ends: %s"), end);
    }
  number = model_format_count (awaited->number);
  return g_strdup_printf (_ ("until %s (task %s) ends"), name, number);
}

/* "for look_up (task 3), which waits in look_up at dns.c:46: looking up example.net" */
static char *
describe_awaiter (const ReportInput *input, const ModelAwait *awaiter)
{
  const AnalysisWait wait = analysis_wait_of (input->model, awaiter, input->now_ns);
  g_autofree char *what = analysis_describe_wait (&wait, input->places);
  g_autofree char *place =
      analysis_place_dup_text (analysis_places_get (input->places, awaiter->location));
  g_autofree char *name = NULL;
  g_autofree char *number = NULL;

  if (awaiter->task->id == 0)
    return g_strdup_printf (_ ("for what was begun in %s: %s"), *place != '\0' ? place : "?", what);
  name = analysis_describe_task (awaiter->task, awaiter->location, input->places);
  number = model_format_count (awaiter->task->number);
  return g_strdup_printf (_ ("for %s (task %s), which waits in %s: %s"), name, number,
                          *place != '\0' ? place : "?", what);
}

const ModelAwait *
report_find_awaiter (ModelTarget *model, const ModelTask *task)
{
  for (const ModelTask *other = model->first_task; task->id != 0 && other != NULL;
       other = other->next)
    for (const ModelAwait *await = other->awaits; await != NULL; await = await->task_next)
      if (await->awaits_task && await->awaited.id == task->id &&
          model_await_get_awaited (model, (ModelAwait *)await) == task)
        return await;
  return NULL;
}

/* Who sleeps until other code of the program says so, since before it was looked at: that one has said nothing yet by which
 * it could be known. */
char *
report_describe_signaller (const ReportInput *input, const ReportJudgement *judgement)
{
  const AnalysisWait *wait = judgement->verdicts->len > 0
                                 ? &g_array_index (judgement->verdicts, ReportVerdict, 0).wait
                                 : NULL;
  g_autofree char *where = NULL;

  if (wait == NULL || wait->await == NULL || !judgement->task->began_before ||
      wait->await->awaits_task || !model_await_is_for_signal (wait->await) ||
      !model_await_is (wait->await, INSPECT_AWAIT_WATCHES))
    return NULL;
  where = analysis_place_dup_text (analysis_places_get (input->places, wait->await->location));
  return g_strdup_printf (
      wait->resource != NULL && model_resource_is (wait->resource, INSPECT_RESOURCE_ANY)
          ? _ ("in %s, since before it was looked at; who posts it is not known")
          : _ ("in %s, since before it was looked at; who signals it is not known"),
      *where != '\0' ? where : "?");
}

char *
report_describe_behind (const ReportInput *input, const ReportJudgement *judgement,
                        const ModelAwait *awaiter)
{
  const AnalysisWait *wait = judgement->verdicts->len > 0
                                 ? &g_array_index (judgement->verdicts, ReportVerdict, 0).wait
                                 : NULL;

  if (awaiter != NULL)
    return describe_awaiter (input, awaiter);
  if (wait != NULL && wait->resource != NULL && judgement->thread == NULL &&
      (wait->await == NULL || !wait->await->awaits_task) &&
      model_resource_is (wait->resource, INSPECTOR_PROBE_RESOURCE_ENDS))
    return describe_ends (input, wait->resource);
  if (wait == NULL || wait->await == NULL || judgement->thread != NULL)
    return NULL;
  if (wait->await->awaits_task)
    return describe_awaited (input, (ModelAwait *)wait->await);
  if (wait->resource != NULL &&
      (model_resource_is (wait->resource, INSPECT_RESOURCE_LOCK) ||
       (analysis_hands_out_seen (wait->resource) && wait->resource->holds != NULL)))
    return describe_holders (input, wait->resource);
  return NULL;
}
