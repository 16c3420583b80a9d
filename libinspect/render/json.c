/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The report as JSON: every number with its unit in its name, every state as a word that is never
 * translated. Sentences for people are there, too, so that no reader has to compose them. */

#include "config.h"

#include "render/json.h"

#include <glib/gi18n-lib.h>

static void
set (JsonBuilder *builder, const char *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
set_count (JsonBuilder *builder, const char *name, guint64 value)
{
  set (builder, name, (gint64)MIN (value, G_MAXINT64));
}

static void
set_bool (JsonBuilder *builder, const char *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

static void
set_null (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_null_value (builder);
}

/* NULL is null: not known is not the same as empty. */
static void
set_text (JsonBuilder *builder, const char *name, const char *value)
{
  if (value == NULL)
    set_null (builder, name);
  else
    {
      json_builder_set_member_name (builder, name);
      json_builder_add_string_value (builder, value);
    }
}

static void
set_known (JsonBuilder *builder, const char *name, gint64 value)
{
  if (value < 0)
    set_null (builder, name);
  else
    set (builder, name, value);
}

static void
set_texts (JsonBuilder *builder, const char *name, char **values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; values != NULL && values[i] != NULL; i++)
    json_builder_add_string_value (builder, values[i]);
  json_builder_end_array (builder);
}

static void
begin (JsonBuilder *builder, const char *name)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
}

static const char *
severity_word (AnalysisSeverity severity)
{
  static const char *const words[] = { "resting", "waiting", "stuck" };

  return words[severity];
}

static const char *
certainty_word (AnalysisCertainty certainty)
{
  return certainty == ANALYSIS_CERTAIN ? "certain" : "inferred";
}

static void
add_socket (JsonBuilder *builder, const ReportSocket *socket)
{
  if (socket == NULL)
    {
      set_null (builder, "socket");
      return;
    }
  begin (builder, "socket");
  set_text (builder, "kind", socket->kind);
  set_text (builder, "state", socket->state);
  set_text (builder, "local", socket->local);
  set_text (builder, "peer", socket->peer);
  set_count (builder, "send_queue_bytes", socket->send_queue_bytes);
  set_count (builder, "receive_queue_bytes", socket->receive_queue_bytes);
  set (builder, "retransmits", socket->retransmits);
  set (builder, "total_retransmits", socket->total_retransmits);
  set_known (builder, "last_received_ns", socket->last_received_ns);
  set (builder, "seen_ns", socket->seen_ns);
  set_known (builder, "peer_pid", socket->peer_pid > 0 ? socket->peer_pid : -1);
  set_text (builder, "peer_command", socket->peer_command);
  json_builder_end_object (builder);
}

static void
add_step (JsonBuilder *builder, const ReportStep *step)
{
  static const char *const states[] = { "done", "waiting", "not-yet" };

  json_builder_begin_object (builder);
  set_text (builder, "state", states[step->state]);
  set_text (builder, "function", step->function);
  if (step->is_planned)
    set_bool (builder, "planned", TRUE);
  if (step->state == REPORT_STEP_NOT_YET && step->is_planned)
    set_text (builder, "place", step->place);
  if (step->state != REPORT_STEP_NOT_YET)
    {
      set_text (builder, "kind", step->kind);
      set_text (builder, "place", step->place);
      set_text (builder, "waits_for", step->waits_for);
      set_known (builder, "duration_ns", step->duration_ns);
      if (step->state == REPORT_STEP_DONE)
        set (builder, "count", step->count);
      set (builder, "status", step->status);
    }
  if (step->state == REPORT_STEP_WAITING)
    {
      set_text (builder, "severity", severity_word (step->severity));
      set_text (builder, "rule", step->rule->id);
      add_socket (builder, step->socket);
    }
  json_builder_end_object (builder);
}

static void
add_polls (JsonBuilder *builder, const ReportTask *task)
{
  begin (builder, "polls");
  set_count (builder, "count", task->n_polls);
  set_known (builder, "average_gap_ns", task->poll_gap_ns);
  set_known (builder, "longest_ns", task->longest_poll_ns);
  set_text (builder, "longest_place", task->longest_poll_place);
  json_builder_end_object (builder);
}

static void
add_values (JsonBuilder *builder, const char *name, const GPtrArray *values)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < values->len; i++)
    {
      const ReportValue *value = g_ptr_array_index (values, i);

      json_builder_begin_object (builder);
      set_text (builder, "name", value->name);
      set_text (builder, "type", value->type);
      set_text (builder, "value", value->text);
      set_text (builder, "certainty",
                certainty_word (value->is_inferred ? ANALYSIS_INFERRED : ANALYSIS_CERTAIN));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_stack (JsonBuilder *builder, const GPtrArray *stack)
{
  json_builder_set_member_name (builder, "stack");
  json_builder_begin_array (builder);
  for (guint i = 0; i < stack->len; i++)
    {
      const ReportFrame *frame = g_ptr_array_index (stack, i);

      json_builder_begin_object (builder);
      set_text (builder, "function", frame->function);
      set_text (builder, "place", frame->place);
      if (frame->variables != NULL)
        set_text (builder, "variables", frame->variables);
      if (frame->values != NULL)
        add_values (builder, "values", frame->values);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_task (JsonBuilder *builder, const ReportTask *task)
{
  json_builder_begin_object (builder);
  set_known (builder, "number", task->number != 0 ? (gint64)task->number : -1);
  set_known (builder, "parent", task->parent != 0 ? (gint64)task->parent : -1);
  set_text (builder, "name", task->name);
  set_bool (builder, "named_by_program", task->is_named_by_user);
  set_text (builder, "began_in", task->began_in);
  set_text (builder, "current", *task->current != '\0' ? task->current : NULL);
  set_text (builder, "place", task->place);
  if (task->variables != NULL)
    set_text (builder, "variables", task->variables);
  if (task->locals != NULL)
    add_values (builder, "locals", task->locals);
  add_values (builder, "values", task->values);
  add_stack (builder, task->stack);
  set_text (builder, "state", task->runs ? "running" : "waiting");
  set_text (builder, "state_name", task->state_name);
  set_text (builder, "waits_for", task->waits_for);
  set (builder, "waiting_ns", task->waiting_ns);
  set (builder, "age_ns", task->age_ns);
  set_bool (builder, "began_before_inspection", task->began_before);
  set_text (builder, "rule", task->rule->id);
  set_text (builder, "certainty", certainty_word (task->certainty));
  set_text (builder, "reason", _ (task->rule->phrase));
  set_text (builder, "behind", task->behind);
  set_text (builder, "suggestion", task->suggestion);
  set_text (builder, "thread", task->thread);
  set (builder, "holds_up", task->n_held_up);
  set (builder, "alike", task->n_alike);
  if (task->deadline.is_set)
    {
      begin (builder, "deadline");
      set (builder, "in_ns", task->deadline.in_ns);
      set_text (builder, "place", task->deadline.place);
      json_builder_end_object (builder);
    }
  else
    set_null (builder, "deadline");
  json_builder_set_member_name (builder, "steps");
  json_builder_begin_array (builder);
  for (guint i = 0; i < task->steps->len; i++)
    add_step (builder, g_ptr_array_index (task->steps, i));
  json_builder_end_array (builder);
  set_count (builder, "earlier_steps", task->n_earlier_steps);
  set_count (builder, "predicted_from", task->predicted_from);
  add_polls (builder, task);
  set_known (builder, "woken_by", task->woken_by != 0 ? (gint64)task->woken_by : -1);
  set_text (builder, "woken_at", *task->woken_place != '\0' ? task->woken_place : NULL);
  json_builder_end_object (builder);
}

static void
add_group (JsonBuilder *builder, const ReportGroup *group)
{
  json_builder_begin_object (builder);
  set (builder, "count", group->count);
  set_text (builder, "name", group->name);
  set_text (builder, "severity",
            group->rule != NULL ? severity_word (group->severity)
            : group->runs       ? "running"
                                : "idle");
  set_text (builder, "rule", group->rule != NULL ? group->rule->id : NULL);
  set_text (builder, "reason",
            group->culprit != NULL ? group->culprit
            : group->rule != NULL  ? _ (group->rule->phrase)
                                   : NULL);
  set_text (builder, "waits_for", group->waits_for);
  set_text (builder, "place", group->place);
  set_bool (builder, "began_before_inspection", group->began_before);
  set (builder, "oldest_ns", group->oldest_ns);
  set_count (builder, "first_number", group->first_number);
  json_builder_end_object (builder);
}

static void
add_inspection (JsonBuilder *builder, const ReportTarget *target)
{
  const ChannelStats *stats = &target->stats;

  begin (builder, "inspection");
  set_count (builder, "cost_ns", stats->cost_ns);
  set_known (builder, "cpu_ns", target->cpu_ns);
  set_count (builder, "events", stats->events);
  set_count (builder, "dropped", stats->dropped);
  set_count (builder, "overwritten", stats->overwritten);
  set_count (builder, "torn", stats->torn);
  set_count (builder, "invalid", stats->invalid);
  set_count (builder, "table_losses", stats->table_losses);
  set_count (builder, "skipped", stats->skipped);
  set_count (builder, "cut_stacks", stats->cut_stacks);
  set_bool (builder, "silent", stats->silent);
  set_count (builder, "ends_not_seen", target->model.ends_not_seen);
  set_count (builder, "unknown_ends", target->model.unknown_ends);
  set_count (builder, "beyond_limit", target->model.beyond_limit);
  set_texts (builder, "changed_files", target->changed);
  set_bool (builder, "lacks_debug_info", target->lacks_debug_info);
  json_builder_end_object (builder);
}

static void
add_tasks (JsonBuilder *builder, const ReportTarget *target)
{
  begin (builder, "tasks");
  set (builder, "live", target->n_tasks);
  set (builder, "stuck", target->n_stuck);
  set (builder, "waiting", target->n_waiting);
  set (builder, "resting", target->n_resting);
  set (builder, "running", target->n_running);
  set (builder, "idle", target->n_idle);
  set (builder, "held_up", target->n_held_up);
  set (builder, "processes", target->n_processes);
  set_count (builder, "finished", target->n_finished);
  set_count (builder, "forgotten", target->n_forgotten);
  json_builder_end_object (builder);
}

static void
add_end (JsonBuilder *builder, const ReportTarget *target)
{
  gboolean is_known = target->state == INSPECTOR_TARGET_ENDED && target->status_is_known;

  set_known (builder, "exit_status",
             is_known && target->exit_signal == 0 ? target->exit_status : -1);
  set_known (builder, "exit_signal",
             is_known && target->exit_signal != 0 ? target->exit_signal : -1);
}

static void
add_finding_place (JsonBuilder *builder, const char *name, const FindingPlace *place)
{
  begin (builder, name);
  set_text (builder, "function", place->function);
  set_text (builder, "place", place->where);
  set_texts (builder, "stack", place->stack);
  json_builder_end_object (builder);
}

static void
add_finding_thing (JsonBuilder *builder, const char *name, const FindingThing *thing)
{
  g_autofree char *object = g_strdup_printf ("%" G_GINT64_MODIFIER "x", thing->object);

  if (thing->name == NULL)
    {
      set_null (builder, name);
      return;
    }
  begin (builder, name);
  set_text (builder, "name", thing->name);
  set_text (builder, "kind", thing->kind);
  set_text (builder, "relation", finding_relation_get_word (thing->relation));
  set_text (builder, "object", thing->object != 0 ? object : NULL);
  set_known (builder, "since_ns", thing->since_ns);
  add_finding_place (builder, "at", &thing->place);
  json_builder_end_object (builder);
}

static void
add_evidence (JsonBuilder *builder, const FindingEvidence *evidence)
{
  json_builder_begin_object (builder);
  set_text (builder, "role", finding_role_get_word (evidence->role));
  set_known (builder, "task", evidence->task != 0 ? (gint64)evidence->task : -1);
  set_text (builder, "name", evidence->task_name);
  set_text (builder, "thread", evidence->thread);
  set_known (builder, "pid", evidence->pid > 0 ? evidence->pid : -1);
  set_known (builder, "tid", evidence->tid > 0 ? evidence->tid : -1);
  add_finding_thing (builder, "wants", &evidence->wanted);
  add_finding_thing (builder, "holds", &evidence->held);
  if (evidence->has_deadline)
    set (builder, "deadline_in_ns", evidence->deadline_in_ns);
  else
    set_null (builder, "deadline_in_ns");
  set_text (builder, "sentence", evidence->sentence);
  json_builder_end_object (builder);
}

static void
add_finding (JsonBuilder *builder, const Finding *finding)
{
  json_builder_begin_object (builder);
  set_text (builder, "kind", finding_kind_get_word (finding->kind));
  set_text (builder, "id", finding->id);
  set_text (builder, "certainty", certainty_word (finding->certainty));
  set_bool (builder, "pending", finding->is_pending);
  set_bool (builder, "began_before_inspection", finding->began_before);
  set_known (builder, "since_ns", finding->since_ns);
  set_count (builder, "count", finding->count);
  if (finding->has_deadline)
    set (builder, "deadline_in_ns", finding->deadline_in_ns);
  else
    set_null (builder, "deadline_in_ns");
  set_text (builder, "title", finding->title);
  set_text (builder, "detail", finding->detail);
  json_builder_set_member_name (builder, "evidence");
  json_builder_begin_array (builder);
  for (guint i = 0; i < finding->evidence->len; i++)
    add_evidence (builder, g_ptr_array_index (finding->evidence, i));
  json_builder_end_array (builder);
  set (builder, "evidence_hidden", finding->n_hidden);
  set_text (builder, "suggestion", finding->suggestion);
  add_finding_place (builder, "change", &finding->change);
  json_builder_end_object (builder);
}

static void
add_ran (JsonBuilder *builder, const ReportTarget *target)
{
  json_builder_set_member_name (builder, "ran_at_end");
  json_builder_begin_array (builder);
  for (guint i = 0; i < target->ran->len; i++)
    {
      const ReportRan *ran = g_ptr_array_index (target->ran, i);

      json_builder_begin_object (builder);
      set_known (builder, "task", ran->task != 0 ? (gint64)ran->task : -1);
      set_text (builder, "name", ran->name);
      set_known (builder, "tid", ran->tid > 0 ? ran->tid : -1);
      add_finding_place (builder, "callback", &ran->place);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_held (JsonBuilder *builder, const ReportTarget *target)
{
  json_builder_set_member_name (builder, "held");
  json_builder_begin_array (builder);
  for (guint i = 0; i < target->held->len; i++)
    {
      const ReportHeld *held = target->held->pdata[i];

      json_builder_begin_object (builder);
      set_text (builder, "what", held->what);
      set_text (builder, "holder", held->holder);
      set_text (builder, "holder_place", held->place);
      set_count (builder, "task", held->task);
      set_known (builder, "tid", held->tid != 0 ? held->tid : -1);
      set (builder, "seen_for_ns", held->for_ns);
      set_bool (builder, "holder_ran_since", held->is_again);
      set_text (builder, "certainty",
                certainty_word (held->is_likely ? ANALYSIS_INFERRED : ANALYSIS_CERTAIN));
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);
}

static void
add_target (JsonBuilder *builder, const ReportTarget *target)
{
  static const char *const states[] = { "starting", "live", "refused", "ended" };

  json_builder_begin_object (builder);
  set (builder, "pid", target->pid);
  set_known (builder, "parent_pid", target->parent_pid > 0 ? target->parent_pid : -1);
  set_text (builder, "command", target->command);
  set_texts (builder, "runtimes", target->runtimes);
  set_text (builder, "state", states[target->state]);
  set_text (builder, "refusal", target->refusal);
  set_text (builder, "remark", target->remark);
  set_text (builder, "core", target->core);
  add_end (builder, target);
  add_ran (builder, target);
  set_bool (builder, "stopped", target->is_stopped);
  set_known (builder, "standing_ns", target->stands_ns > 0 ? target->stands_ns : -1);
  set_bool (builder, "attached", target->is_attached);
  set (builder, "running_ns", target->running_ns);
  set (builder, "programs", target->n_programs);
  set_count (builder, "replaced_tasks", target->n_replaced);
  add_tasks (builder, target);
  json_builder_set_member_name (builder, "findings");
  json_builder_begin_array (builder);
  for (guint i = 0; i < target->findings->len; i++)
    add_finding (builder, g_ptr_array_index (target->findings, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "stuck");
  json_builder_begin_array (builder);
  for (guint i = 0; i < target->stuck->len; i++)
    add_task (builder, g_ptr_array_index (target->stuck, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "pending");
  json_builder_begin_array (builder);
  for (guint i = 0; i < target->pending->len; i++)
    add_task (builder, g_ptr_array_index (target->pending, i));
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "others");
  json_builder_begin_array (builder);
  for (guint i = 0; i < target->others->len; i++)
    add_group (builder, g_ptr_array_index (target->others, i));
  json_builder_end_array (builder);
  add_held (builder, target);
  add_inspection (builder, target);
  json_builder_end_object (builder);
}

JsonNode *
export_json (const Report *report)
{
  static const char *const reasons[] = { "asked", "stuck", "interrupted", "exit" };
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  set (builder, "schema", EXPORT_JSON_SCHEMA_VERSION);
  set_text (builder, "version", report->version);
  set_text (builder, "reason", reasons[report->reason]);
  set (builder, "time_us", report->time_us);
  set (builder, "stuck_after_ns", report->stuck_after_ns);
  set (builder, "stuck", report->n_stuck);
  json_builder_set_member_name (builder, "targets");
  json_builder_begin_array (builder);
  for (guint i = 0; i < report->targets->len; i++)
    add_target (builder, g_ptr_array_index (report->targets, i));
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}
