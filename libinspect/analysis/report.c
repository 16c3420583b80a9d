/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/report.h"

#include <string.h>
#include <sys/wait.h>
#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "inspector-probe.h"
#include "model/format.h"

#define MAX_BOXES 50   /* stuck tasks shown each by itself */
#define MAX_GROUPS 200 /* of the others */
#define MAX_PENDING 20
/* Beyond this many tasks, those of one place and rule are one group, whatever the peers are. */
#define MAX_EXACT 2000

static void
group_free (gpointer data)
{
  ReportGroup *group = data;

  g_free (group->name);
  g_free (group->culprit);
  g_free (group->behind);
  g_free (group->waits_for);
  g_free (group->place);
  g_free (group);
}

static void
target_free (gpointer data)
{
  ReportTarget *target = data;

  g_free (target->command);
  g_strfreev (target->runtimes);
  g_free (target->refusal);
  g_free (target->remark);
  g_free (target->core);
  g_ptr_array_unref (target->stuck);
  g_ptr_array_unref (target->others);
  g_ptr_array_unref (target->pending);
  g_ptr_array_unref (target->findings);
  g_ptr_array_unref (target->ran);
  g_ptr_array_unref (target->held);
  g_strfreev (target->changed);
  g_free (target);
}

Report *
report_new (InspectorReportReason reason, gint64 stuck_after_ns)
{
  Report *report = g_new0 (Report, 1);

  report->version = g_strdup (PACKAGE_VERSION);
  report->reason = reason;
  report->time_us = g_get_real_time ();
  report->stuck_after_ns = stuck_after_ns;
  report->targets = g_ptr_array_new_with_free_func (target_free);
  return report;
}

void
report_free (Report *report)
{
  if (report == NULL)
    return;
  g_free (report->version);
  g_ptr_array_unref (report->targets);
  g_free (report);
}

/* ---- Tasks ---------------------------------------------------------------------------------- */

typedef struct
{
  ReportTarget *target;
  const ReportInput *input;
  GPtrArray *blocked_threads;
  GHashTable *boxes;  /* key: ReportTask */
  GHashTable *groups; /* key: ReportGroup */
} Builder;

/* 0: by nobody. */
static guint
get_culprit (const ReportJudgement *judgement)
{
  if (!report_judgement_is_held_up (judgement))
    return 0;
  return g_array_index (judgement->verdicts, ReportVerdict, 0).wait.blocked->ring + 1;
}

static char *
make_place_key (const Builder *builder, const ReportJudgement *judgement)
{
  const AnalysisRule *rule = report_judgement_get_rule (judgement);
  const char *name = model_task_get_user_name (judgement->task);

  return g_strdup_printf ("%u %u %u %s %s", judgement->task->location,
                          report_judgement_get_location (judgement, builder->input->places),
                          get_culprit (judgement), rule != NULL ? rule->id : "",
                          name != NULL ? name : "");
}

static void
add_stuck (Builder *builder, const ReportJudgement *judgement)
{
  ReportTarget *target = builder->target;
  g_autofree char *key = make_place_key (builder, judgement);
  ReportTask *box = g_hash_table_lookup (builder->boxes, key);

  target->n_stuck++;
  /* Tasks come oldest first: the box is that of the one that began first. */
  if (box != NULL)
    {
      box->n_alike++;
      return;
    }
  if (target->stuck->len == MAX_BOXES)
    {
      target->n_stuck_hidden++;
      return;
    }
  box = report_task_new (builder->input, judgement);
  g_ptr_array_add (target->stuck, box);
  g_hash_table_insert (builder->boxes, g_steal_pointer (&key), box);
}

static char *
make_group_key (Builder *builder, const ReportJudgement *judgement, const char *name,
                const char *waits_for)
{
  const AnalysisRule *rule = report_judgement_get_rule (judgement);

  return g_strdup_printf ("%s %u %d %s\n%s", rule != NULL ? rule->id : "", get_culprit (judgement),
                          model_task_get_state (judgement->task), name, waits_for);
}

/* Which process is at the other end of what it waits for, or that nobody is known to end it. NULL: nothing is to be said */
static char *
dup_behind (const Builder *builder, const ReportJudgement *judgement)
{
  const ModelResource *resource =
      judgement->verdicts->len > 0
          ? g_array_index (judgement->verdicts, ReportVerdict, 0).wait.resource
          : NULL;

  if (resource == NULL || !model_resource_is (resource, INSPECTOR_PROBE_RESOURCE_ENDS) ||
      resource->holds == NULL)
    return report_describe_signaller (builder->input, judgement);
  return report_describe_behind (builder->input, judgement, NULL);
}

static ReportGroup *
group_new (Builder *builder, const ReportJudgement *judgement, char *name, char *waits_for)
{
  ReportGroup *group = g_new0 (ReportGroup, 1);
  guint32 location = report_judgement_get_location (judgement, builder->input->places);

  group->severity = report_judgement_get_severity (judgement);
  group->is_held_up = report_judgement_is_held_up (judgement);
  group->rule = report_judgement_get_rule (judgement);
  group->runs = judgement->task->n_open_polls > 0;
  group->is_ready = model_task_get_state (judgement->task) == MODEL_TASK_READY;
  group->is_process = analysis_is_process (judgement->task);
  group->culprit = report_judgement_describe_culprit (judgement, builder->input->places);
  group->behind = dup_behind (builder, judgement);
  group->name = name;
  group->waits_for = waits_for;
  group->place = g_strdup (analysis_places_get (builder->input->places, location)->where);
  group->began_before = judgement->task->began_before;
  group->first_number = judgement->task->number;
  return group;
}

/* Timers differ in when they are due, which is no reason to tell them apart. */
static gboolean
is_timer (const ReportJudgement *judgement)
{
  const AnalysisRule *rule = report_judgement_get_rule (judgement);

  return rule != NULL && judgement->thread == NULL && judgement->verdicts->len > 0 &&
         g_array_index (judgement->verdicts, ReportVerdict, 0).wait.await != NULL &&
         model_await_is (g_array_index (judgement->verdicts, ReportVerdict, 0).wait.await,
                         INSPECT_AWAIT_TIMER);
}

static void
add_other (Builder *builder, const ReportJudgement *judgement)
{
  AnalysisPlaces *places = builder->input->places;
  ReportTarget *target = builder->target;
  g_autofree char *name = NULL;
  g_autofree char *waits_for = NULL;
  g_autofree char *key = NULL;
  ReportGroup *group;

  if (target->n_tasks > MAX_EXACT || is_timer (judgement))
    {
      key = make_place_key (builder, judgement);
      group = g_hash_table_lookup (builder->groups, key);
    }
  else
    group = NULL;
  if (group == NULL)
    {
      name = analysis_describe_task (judgement->task,
                                     report_judgement_get_location (judgement, places), places);
      waits_for = report_judgement_describe (judgement, places);
      if (key == NULL)
        key = make_group_key (builder, judgement, name, waits_for);
      group = g_hash_table_lookup (builder->groups, key);
    }
  if (group == NULL && target->others->len < MAX_GROUPS)
    {
      group = group_new (builder, judgement, g_steal_pointer (&name), g_steal_pointer (&waits_for));
      g_ptr_array_add (target->others, group);
      g_hash_table_insert (builder->groups, g_steal_pointer (&key), group);
    }
  if (group == NULL)
    return;
  /* Of a core file one of each kind is told in full: here they are in the same order. */
  if (group->count == 0 && builder->input->core != NULL)
    g_ptr_array_add (target->pending, report_task_new (builder->input, judgement));
  group->count++;
  group->oldest_ns =
      MAX (group->oldest_ns, report_judgement_get_age (judgement, builder->input->now_ns));
}

/* What may rest for ever, and still keeps a function of the program from its end. */
static gboolean
keeps_function (const ReportJudgement *judgement)
{
  const ModelAwait *await = judgement->verdicts->len > 0
                                ? g_array_index (judgement->verdicts, ReportVerdict, 0).wait.await
                                : NULL;

  return await != NULL && model_await_is (await, INSPECT_AWAIT_SUSPENDS) &&
         !model_await_is (await, INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_REPEATS);
}

/* What is not stuck by the rules, and may be what a test that was stopped has waited for. */
static void
add_pending (Builder *builder, const ReportJudgement *judgement)
{
  ReportTarget *target = builder->target;

  if (builder->input->core != NULL)
    return;
  if (builder->input->wants_pending && target->pending->len < MAX_PENDING &&
      (report_judgement_get_severity (judgement) == ANALYSIS_WAITING || keeps_function (judgement)))
    g_ptr_array_add (target->pending, report_task_new (builder->input, judgement));
}

static void
add_task (Builder *builder, ModelTask *task)
{
  const ReportInput *input = builder->input;
  ReportTarget *target = builder->target;
  ReportJudgement judgement;

  report_judge (&judgement, input->model, task, builder->blocked_threads, input->now_ns,
                input->stuck_after_ns);
  if (report_judgement_get_severity (&judgement) == ANALYSIS_STUCK)
    add_stuck (builder, &judgement);
  else
    {
      if (report_judgement_is_held_up (&judgement))
        target->n_held_up++;
      if (analysis_is_process (task))
        ;
      else if (task->n_open_polls > 0)
        target->n_running++;
      else if (judgement.verdicts->len == 0 && task->calls == NULL)
        target->n_idle++;
      else if (report_judgement_get_severity (&judgement) == ANALYSIS_WAITING)
        target->n_waiting++;
      else
        target->n_resting++;
      add_other (builder, &judgement);
      add_pending (builder, &judgement);
    }
  report_judgement_clear (&judgement);
}

/* The stand-in for what happens outside of any task, when nothing does. */
static gboolean
is_empty_outside (const ModelTask *task)
{
  return task->id == 0 && task->awaits == NULL && task->n_open_polls == 0;
}

static int
compare_boxes (gconstpointer a, gconstpointer b)
{
  const ReportTask *x = *(ReportTask *const *)a, *y = *(ReportTask *const *)b;

  /* A callback that does not return explains the rest. */
  if (x->blocks_loop != y->blocks_loop)
    return y->blocks_loop - x->blocks_loop;
  if (x->waiting_ns != y->waiting_ns)
    return x->waiting_ns > y->waiting_ns ? -1 : 1;
  return x->number < y->number ? -1 : x->number > y->number;
}

static int
compare_groups (gconstpointer a, gconstpointer b)
{
  const ReportGroup *x = *(ReportGroup *const *)a, *y = *(ReportGroup *const *)b;

  if (x->is_process != y->is_process)
    return x->is_process - y->is_process;
  if (x->severity != y->severity)
    return (int)y->severity - (int)x->severity;
  if (x->count != y->count)
    return x->count > y->count ? -1 : 1;
  return x->first_number < y->first_number ? -1 : x->first_number > y->first_number;
}

/* A callback of no known task that does not return is told, too. */
static void
add_stray_threads (Builder *builder)
{
  const ReportInput *input = builder->input;

  for (guint i = 0; i < builder->blocked_threads->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (builder->blocked_threads, i);
      ModelTask nobody = { .longest_poll_ns = -1, .begin_ns = input->now_ns };
      ReportJudgement judgement = { .task = &nobody, .thread = thread };

      if (thread->polls[thread->depth - 1].task != NULL)
        continue;
      analysis_thread_get_blocked (input->model, thread, input->now_ns, input->stuck_after_ns,
                                   &judgement.blocked_since_ns, &judgement.is_work);
      judgement.verdicts = g_array_new (FALSE, FALSE, sizeof (ReportVerdict));
      builder->target->n_stuck++;
      g_ptr_array_add (builder->target->stuck, report_task_new (input, &judgement));
      report_judgement_clear (&judgement);
    }
}

static void
add_tasks (ReportTarget *target, const ReportInput *input)
{
  Builder builder = { .target = target, .input = input };

  builder.blocked_threads =
      analysis_find_blocked_threads (input->model, input->now_ns, input->stuck_after_ns);
  builder.boxes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  builder.groups = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    {
      gboolean is_process = analysis_is_process (task);

      target->n_processes += is_process;
      target->n_tasks += !is_process && !is_empty_outside (task);
    }
  for (ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    if (!is_empty_outside (task))
      add_task (&builder, task);
  add_stray_threads (&builder);
  for (guint i = 0; input->core != NULL && i < target->pending->len; i++)
    ((ReportTask *)target->pending->pdata[i])->n_alike =
        ((const ReportGroup *)target->others->pdata[i])->count;
  g_ptr_array_sort (target->stuck, compare_boxes);
  g_ptr_array_sort (target->others, compare_groups);
  if (target->stuck->len > 0 && ((ReportTask *)target->stuck->pdata[0])->blocks_loop)
    ((ReportTask *)target->stuck->pdata[0])->n_held_up = target->n_held_up;

  g_hash_table_unref (builder.boxes);
  g_hash_table_unref (builder.groups);
  g_ptr_array_unref (builder.blocked_threads);
}

/* ---- Targets -------------------------------------------------------------------------------- */

static void
fill_status (ReportTarget *target, const ReportInput *input)
{
  target->status_is_known = input->status_is_known;
  if (!input->status_is_known)
    return;
  if (WIFEXITED (input->wait_status))
    target->exit_status = WEXITSTATUS (input->wait_status);
  else if (WIFSIGNALED (input->wait_status))
    target->exit_signal = WTERMSIG (input->wait_status);
}

static void
fill_process (ReportTarget *target, const ReportInput *input)
{
  const TargetProcess *process =
      input->facts != NULL ? analysis_facts_get_process (input->facts) : NULL;

  target->cpu_ns = input->cpu_ns;
  if (process == NULL)
    return;
  target->cpu_ns = MAX (target->cpu_ns, process->cpu_ns);
  target->stands_ns = input->stands_ns;
  target->is_stopped =
      target->state != INSPECTOR_TARGET_ENDED && (process->state == 'T' || process->state == 't');
}

/* Arguments and refusals are the target's words. */
static char *
dup_safe (const char *text)
{
  return text != NULL ? model_format_text (text, strlen (text)) : NULL;
}

void
report_add_target (Report *report, const ReportInput *input)
{
  ReportTarget *target = g_new0 (ReportTarget, 1);

  target->pid = input->pid;
  target->parent_pid = input->parent_pid;
  target->command = dup_safe (input->command);
  target->runtimes = g_strdupv ((char **)input->runtimes);
  target->state = input->state;
  target->is_attached = input->is_attached;
  target->refusal = dup_safe (input->refusal);
  target->remark = dup_safe (input->remark);
  target->core = dup_safe (input->core);
  target->core_signal = input->core_signal;
  target->running_ns = MAX (input->now_ns - input->begin_ns, 0);
  target->n_programs = input->n_programs;
  target->n_replaced = input->n_replaced;
  target->stuck = g_ptr_array_new_with_free_func ((GDestroyNotify)report_task_free);
  target->others = g_ptr_array_new_with_free_func (group_free);
  target->pending = g_ptr_array_new_with_free_func ((GDestroyNotify)report_task_free);
  target->findings = g_ptr_array_new_with_free_func ((GDestroyNotify)finding_free);
  target->ran = g_ptr_array_new_with_free_func ((GDestroyNotify)report_ran_free);
  target->held = g_ptr_array_new_with_free_func ((GDestroyNotify)report_held_free);
  target->stats = input->stats;
  fill_status (target, input);
  fill_process (target, input);
  if (input->model != NULL)
    {
      analysis_places_begin_report (input->places);
      add_tasks (target, input);
      report_add_findings (target, input);
      report_add_ran (target, input);
      report_add_held (target, input);
      target->model = input->model->stats;
      target->n_finished = input->model->stats.tasks_finished;
      target->n_forgotten = input->model->stats.tasks_forgotten;
      target->lacks_debug_info = analysis_places_lack_debug_info (input->places);
    }
  /* Only now: the places above have been looked up. */
  if (input->get_changed != NULL)
    target->changed = g_strdupv ((char **)input->get_changed (input->changed_data));
  report->n_stuck += target->n_stuck;
  g_ptr_array_add (report->targets, target);
}
