/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/silent.h"
#include "session/history.h"
#include "session/inspector-target-private.h"

#define LOOK_FOR_LOSSES_NS G_GINT64_CONSTANT (1000000000)

G_DEFINE_TYPE (InspectorTarget, inspector_target, G_TYPE_OBJECT)

gint64
inspector_target_now (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
inspector_target_finalize (GObject *object)
{
  InspectorTarget *self = INSPECTOR_TARGET (object);

  if (self->reader != NULL && self->state != INSPECTOR_TARGET_ENDED)
    channel_reader_stop_looking (self->reader);
  g_clear_pointer (&self->probe, analysis_probe_free);
  inspector_target_clear_source (self);
  g_clear_object (&self->history);
  analysis_facts_free (self->facts);
  g_free (self->command);
  g_free (self->refusal);
  g_free (self->remark);
  g_free (self->core);
  g_strfreev (self->libraries);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  g_ptr_array_unref (self->runtimes);
  G_OBJECT_CLASS (inspector_target_parent_class)->finalize (object);
}

static void
inspector_target_class_init (InspectorTargetClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_target_finalize;
}

static void
inspector_target_init (InspectorTarget *self)
{
  self->runtimes = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->runtimes, NULL);
  self->n_programs = 1;
}

InspectorTarget *
inspector_target_new (int pid, int parent_pid, const char *command, guint64 *next_number,
                      const AnalysisFactsSource *facts_source)
{
  InspectorTarget *self = g_object_new (INSPECTOR_TYPE_TARGET, NULL);

  self->pid = pid;
  self->parent_pid = parent_pid;
  self->command = g_strdup (command != NULL ? command : "?");
  self->next_number = next_number;
  self->begin_ns = inspector_target_now ();
  self->facts = analysis_facts_new (facts_source, pid);
  return self;
}

void
inspector_target_set_libraries (InspectorTarget *self, const char *const *libraries)
{
  g_strfreev (self->libraries);
  self->libraries = g_strdupv ((GStrv)libraries);
}

static void
get_channel_stats (InspectorTarget *self, ChannelStats *ret_stats)
{
  ChannelStats stats;

  inspector_target_get_source_stats (self, &stats);
  *ret_stats = self->earlier;
  inspector_target_add_stats (ret_stats, &stats);
}

/* What the kernel and the memory of the target tell, and what takes a walk through all waits: each at
 * most once a second. */
static void
look_further (InspectorTarget *self, const AnalysisInstant *instant)
{
  analysis_unread_check (&self->unread, self->model, self->facts, instant);
  analysis_priority_check (&self->priority, self->model, instant);
  analysis_unreferenced_check (&self->unreferenced, self->model, self->facts, instant);
  if (analysis_never_needs_look (&self->never, self->model, instant->now_ns))
    analysis_never_check (&self->never, self->model, self->facts, instant);
}

static gboolean
needs_further_look (InspectorTarget *self, gint64 now_ns)
{
  return now_ns >= self->unread.next_ns || now_ns >= self->priority.next_ns ||
         now_ns >= self->unreferenced.next_ns ||
         analysis_never_needs_look (&self->never, self->model, now_ns);
}

/* Who has said nothing since records were lost may have ended. */
static void
end_silent_tasks (InspectorTarget *self, gint64 now_ns)
{
  ChannelStats stats;
  guint64 n_lost;

  if (self->reader == NULL || now_ns < self->losses.next_ns)
    return;
  self->losses.next_ns = now_ns + LOOK_FOR_LOSSES_NS;
  inspector_target_get_source_stats (self, &stats);
  n_lost = stats.dropped + stats.overwritten + stats.torn;
  if (n_lost != self->losses.n_lost)
    self->losses.lost_ns = self->model->now_ns;
  self->losses.n_lost = n_lost;
  if (self->losses.lost_ns != 0)
    model_target_end_silent (self->model, self->losses.lost_ns, MODEL_MAX_SILENT);
}

void
inspector_target_find_deadlocks (InspectorTarget *self, gint64 now_ns, gint64 stuck_after_ns)
{
  AnalysisInstant instant = { .now_ns = now_ns, .stuck_after_ns = stuck_after_ns };
  gboolean has_ended = self->state == INSPECTOR_TARGET_ENDED;
  ChannelStats stats;

  /* A test suite has thousands of targets, most of which have ended. */
  if (self->model == NULL)
    return;
  if (!has_ended)
    end_silent_tasks (self, now_ns);
  if (!analysis_deadlocks_needs_look (self->deadlocks) &&
      (has_ended || !needs_further_look (self, now_ns)))
    return;
  get_channel_stats (self, &stats);
  instant.has_losses = report_has_losses (&stats);
  instant.drained_ns = self->reader != NULL ? self->drained_ns : now_ns;
  if (has_ended)
    instant.drained_ns = self->end_ns;
  else
    look_further (self, &instant);
  if (analysis_deadlocks_needs_look (self->deadlocks))
    self->n_untold += analysis_deadlocks_check (self->deadlocks, &instant);
}

gboolean
inspector_target_take_deadlocks (InspectorTarget *self)
{
  guint n = self->n_untold;

  self->n_untold = 0;
  return n > 0;
}

gboolean
inspector_target_is_unsure (InspectorTarget *self)
{
  return self->model != NULL && analysis_deadlocks_is_unsure (self->deadlocks);
}

/* ---- What is said about it ------------------------------------------------------------------ */

void
inspector_target_set_refused (InspectorTarget *self, const char *reason)
{
  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  g_free (self->refusal);
  self->refusal = g_strdup (reason);
  if (self->state == INSPECTOR_TARGET_STARTING)
    self->state = INSPECTOR_TARGET_REFUSED;
}

void
inspector_target_set_probes (InspectorTarget *self, GPtrArray *probes, gboolean may_stop)
{
  g_clear_pointer (&self->probe, analysis_probe_free);
  if (probes != NULL && probes->len > 0 && self->pid > 0)
    self->probe = analysis_probe_new (probes, self, may_stop);
}

gboolean
inspector_target_look (InspectorTarget *self, gint64 now_ns)
{
  return self->state != INSPECTOR_TARGET_ENDED && analysis_probe_poll (self->probe, now_ns);
}

void
inspector_target_set_remark (InspectorTarget *self, const char *remark)
{
  g_free (self->remark);
  self->remark = g_strdup (remark);
}

void
inspector_target_add_runtime (InspectorTarget *self, const char *id, const char *detail)
{
  g_autofree char *name = NULL;

  g_return_if_fail (INSPECTOR_IS_TARGET (self));
  /* The detail is the file that the runtime is in. */
  name = detail != NULL && *detail != '\0' ? g_path_get_basename (detail) : g_strdup (id);

  for (guint i = 0; i + 1 < self->runtimes->len; i++)
    if (g_str_equal (g_ptr_array_index (self->runtimes, i), name))
      return;
  g_ptr_array_insert (self->runtimes, self->runtimes->len - 1, g_strdup (name));
}

void
inspector_target_end_history (InspectorTarget *self)
{
  if (self->history != NULL && self->model != NULL)
    analysis_history_end_program (self->history, self->model, self->end_ns);
}

void
inspector_target_set_ended (InspectorTarget *self, gboolean status_is_known, int wait_status)
{
  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  if (status_is_known)
    {
      self->status_is_known = TRUE;
      self->wait_status = wait_status;
    }
  if (self->state != INSPECTOR_TARGET_ENDED)
    {
      self->end_ns = inspector_target_now ();
      /* Of a recording, the end is known later. */
      if (self->history != NULL && self->reader != NULL)
        analysis_history_reach (self->history, self->end_ns);
      if (self->model != NULL)
        inspector_target_drain_to_end (self);
      if (self->reader != NULL)
        inspector_target_end_history (self);
      g_clear_pointer (&self->probe, analysis_probe_free);
      analysis_facts_get_process (self->facts); /* a zombie still knows its CPU time */
      inspector_target_begin_due_record (self);
      inspector_target_end_record (self, TRUE);
      analysis_facts_set_ended (self->facts);
      self->state = INSPECTOR_TARGET_ENDED;
      inspector_target_release_ended (self);
    }
}

int
inspector_target_get_pid (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), 0);
  return self->pid;
}

int
inspector_target_get_parent_pid (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), 0);
  return self->parent_pid;
}

const char *
inspector_target_get_command (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), NULL);
  return self->command;
}

InspectorTargetState
inspector_target_get_state (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), INSPECTOR_TARGET_ENDED);
  return self->state;
}

const char *
inspector_target_get_refusal (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), NULL);
  return self->refusal;
}

gboolean
inspector_target_has_runtime (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), FALSE);
  return self->runtimes->len > 1;
}

const char *const *
inspector_target_get_runtimes (InspectorTarget *self)
{
  g_return_val_if_fail (INSPECTOR_IS_TARGET (self), NULL);
  return (const char *const *)self->runtimes->pdata;
}

void
inspector_target_get_stats (InspectorTarget *self, InspectorTargetStats *ret_stats)
{
  ChannelStats stats;
  const TargetProcess *process;

  g_return_if_fail (INSPECTOR_IS_TARGET (self));

  get_channel_stats (self, &stats);
  process = analysis_facts_get_process (self->facts);
  *ret_stats = (InspectorTargetStats){
    .events = stats.events,
    .lost = stats.dropped + stats.overwritten + stats.torn,
    .skipped = stats.skipped,
    .tasks = self->earlier_tasks + (self->model != NULL ? self->model->stats.tasks : 0),
    .pending_tasks =
        self->model != NULL ? self->model->stats.tasks - self->model->stats.tasks_finished : 0,
    .cost_ns = (gint64)MIN (stats.cost_ns, G_MAXINT64),
    .cpu_ns = process != NULL ? process->cpu_ns : -1,
  };
}

/* ---- For the session ------------------------------------------------------------------------ */

ModelTarget *
inspector_target_get_model (InspectorTarget *self)
{
  return self->model;
}

void
inspector_target_stop_clock (InspectorTarget *self)
{
  self->is_recorded = TRUE;
}

void
inspector_target_add_lost (InspectorTarget *self, guint64 n_lost)
{
  self->earlier.dropped += n_lost;
}

void
inspector_target_set_times (InspectorTarget *self, gint64 begin_ns, gint64 end_ns)
{
  self->begin_ns = begin_ns;
  self->end_ns = end_ns;
  if (self->history != NULL)
    analysis_history_reach (self->history, end_ns);
}

void
inspector_target_refresh (InspectorTarget *self, gint64 now_ns)
{
  analysis_facts_refresh (self->facts, self->model, now_ns);
  inspector_target_refresh_objects (self);
  inspector_target_say_record (self, now_ns);
}

static const char *const *
get_changed (gpointer symbols)
{
  return debug_symbols_get_changed (symbols);
}

void
inspector_target_fill_input (InspectorTarget *self, gint64 now_ns, gint64 stuck_after_ns,
                             ReportInput *ret_input)
{
  const TargetProcess *process = analysis_facts_get_process (self->facts);

  *ret_input = (ReportInput){
    .pid = self->pid,
    .parent_pid = self->parent_pid,
    .command = self->command,
    .runtimes = inspector_target_get_runtimes (self),
    .state = self->state,
    .refusal = self->refusal,
    .remark = self->remark,
    .core = self->core,
    .core_signal = self->core_signal,
    .status_is_known = self->status_is_known,
    .wait_status = self->wait_status,
    .begin_ns = self->begin_ns,
    .now_ns = self->state == INSPECTOR_TARGET_ENDED || self->is_recorded
                  ? MIN (now_ns, self->end_ns)
                  : now_ns,
    .stuck_after_ns = stuck_after_ns,
    .is_attached = self->is_attached,
    .n_programs = self->n_programs,
    .n_replaced = self->n_replaced,
    .model = self->model,
    .places = self->places,
    .facts = self->facts,
    .deadlocks = self->deadlocks,
    .lock_order = self->lock_order,
    .priority = &self->priority,
    .unread = &self->unread,
    .get_changed = self->symbols != NULL ? get_changed : NULL,
    .changed_data = self->symbols,
    .cpu_ns = process != NULL ? process->cpu_ns : -1,
  };
  get_channel_stats (self, &ret_input->stats);
}

void
inspector_target_set_attached (InspectorTarget *self)
{
  g_return_if_fail (INSPECTOR_IS_TARGET (self));
  self->is_attached = TRUE;
  analysis_probe_set_attached (self->probe);
}
