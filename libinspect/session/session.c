/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-process.h"
#include "session/episodes.h"
#include "session/history.h"
#include "session/session-private.h"
#include "session/stops.h"
#include "target/probes.h"

#include <time.h>

/* A poll reads for so long at most, of CPU time, so that whoever polls stays responsive; between looks at
 * the clock it reads so many events. */
#define POLL_NS (10 * 1000 * 1000)
#define EVENTS_A_LOOK 4096

G_DEFINE_QUARK (inspector - error - quark, inspector_error)

struct _InspectorSession
{
  GObject parent_instance;
  GListStore *targets;
  gint64 stuck_after_ns;
  guint64 next_number;
  Episodes *episodes; /* of tasks that were told of as stuck */
  const AnalysisFactsSource *facts_source;
  GStrv libraries;     /* of the runtimes' own */
  GPtrArray *probes;   /* TargetProbe; NULL: nothing is read from outside */
  gboolean only_looks; /* nothing of the targets may be stopped */
  SessionRecording recording;
  gboolean is_profiled;
  ProfileRange profile_range;
  InspectorHistory *history; /* NULL: it is not kept */
  Stops *stops;
  gboolean keeps_variables, hides_memory;
};

G_DEFINE_TYPE (InspectorSession, inspector_session, G_TYPE_OBJECT)

enum
{
  SIGNAL_DEADLOCK,
  SIGNAL_STUCK,
  SIGNAL_STOPPED,
  SIGNAL_WENT_ON,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

static void
inspector_session_finalize (GObject *object)
{
  InspectorSession *self = INSPECTOR_SESSION (object);

  inspector_session_stop_recording (self, NULL, NULL);
  analysis_indexing_finish (self->recording.indexing);
  stops_free (self->stops);
  g_object_unref (self->targets);
  g_clear_object (&self->history);
  episodes_free (self->episodes);
  g_strfreev (self->libraries);
  g_clear_pointer (&self->probes, g_ptr_array_unref);
  G_OBJECT_CLASS (inspector_session_parent_class)->finalize (object);
}

static void
inspector_session_class_init (InspectorSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_session_finalize;
  signals[SIGNAL_DEADLOCK] =
      g_signal_new ("deadlock", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                    G_TYPE_NONE, 1, INSPECTOR_TYPE_TARGET);
  signals[SIGNAL_STUCK] = g_signal_new ("stuck", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                        NULL, NULL, NULL, G_TYPE_NONE, 1, INSPECTOR_TYPE_TASK);
  signals[SIGNAL_STOPPED] = g_signal_new ("stopped", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_POINTER);
  signals[SIGNAL_WENT_ON] = g_signal_new ("went-on", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
inspector_session_init (InspectorSession *self)
{
  self->targets = g_list_store_new (INSPECTOR_TYPE_TARGET);
  self->stuck_after_ns = INSPECTOR_STUCK_AFTER_DEFAULT_NS;
  self->next_number = 1;
  self->episodes = episodes_new ();
  self->facts_source = &analysis_facts_kernel;
  self->stops = stops_new (self);
}

InspectorSession *
inspector_session_new (void)
{
  return g_object_new (INSPECTOR_TYPE_SESSION, NULL);
}

void
inspector_session_set_facts_source (InspectorSession *self, const AnalysisFactsSource *source)
{
  self->facts_source = source;
}

void
inspector_session_set_runtime_libraries (InspectorSession *self, const char *const *libraries)
{
  g_return_if_fail (INSPECTOR_IS_SESSION (self));
  g_strfreev (self->libraries);
  self->libraries = g_strdupv ((GStrv)libraries);
}

static char **
use_probes (InspectorSession *self, gboolean has_agent)
{
  g_autoptr (GPtrArray) warnings = NULL;

  self->only_looks = !has_agent;
  self->probes = target_probes_find (has_agent, &warnings);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->targets)); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (G_LIST_MODEL (self->targets), i);

      inspector_target_set_probes (target, self->probes, !self->only_looks);
    }
  g_ptr_array_set_free_func (warnings, NULL);
  g_ptr_array_add (warnings, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&warnings), FALSE);
}

char **
inspector_session_use_probes (InspectorSession *self)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);
  g_return_val_if_fail (self->probes == NULL, NULL);
  return use_probes (self, TRUE);
}

char **
inspector_session_use_probes_alone (InspectorSession *self)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);
  g_return_val_if_fail (self->probes == NULL, NULL);
  return use_probes (self, FALSE);
}

Stops *
inspector_session_get_stops (InspectorSession *self)
{
  return self->stops;
}

void
inspector_session_tell_stopped (InspectorSession *self, const InspectorStop *stop)
{
  g_signal_emit (self, signals[SIGNAL_STOPPED], 0, stop);
}

void
inspector_session_tell_went_on (InspectorSession *self, guint id)
{
  g_signal_emit (self, signals[SIGNAL_WENT_ON], 0, id);
}

GListModel *
inspector_session_get_targets (InspectorSession *self)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);
  return G_LIST_MODEL (self->targets);
}

/* The store holds a reference as long as the session lives. */
static InspectorTarget *
peek_target (InspectorSession *self, guint index)
{
  InspectorTarget *target = g_list_model_get_item (G_LIST_MODEL (self->targets), index);

  g_object_unref (target);
  return target;
}

static guint
count_targets (InspectorSession *self)
{
  return g_list_model_get_n_items (G_LIST_MODEL (self->targets));
}

InspectorTarget *
inspector_session_find_target (InspectorSession *self, int pid)
{
  InspectorTarget *found = NULL;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);

  for (guint i = 0; i < count_targets (self); i++)
    {
      InspectorTarget *target = peek_target (self, i);

      if (inspector_target_get_pid (target) != pid)
        continue;
      found = target;
      if (inspector_target_get_state (target) != INSPECTOR_TARGET_ENDED)
        break;
    }
  return found;
}

InspectorTarget *
inspector_session_add_target (InspectorSession *self, int pid, const char *command, int parent_pid)
{
  InspectorTarget *target = inspector_session_find_target (self, pid);

  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);

  if (target != NULL && inspector_target_get_state (target) != INSPECTOR_TARGET_ENDED)
    return target;
  target = inspector_target_new (pid, parent_pid, command, &self->next_number, self->facts_source);
  inspector_target_set_libraries (target, (const char *const *)self->libraries);
  inspector_target_set_recording (target, self->recording.writer);
  if (self->is_profiled)
    inspector_target_set_profile (target, &self->profile_range);
  inspector_target_set_history (target, self->history);
  inspector_target_keep_variables (target, self->keeps_variables, self->hides_memory);
  inspector_target_set_probes (target, self->probes, !self->only_looks);
  g_list_store_append (self->targets, target);
  g_object_unref (target);
  return target;
}

void
inspector_session_keep_variables (InspectorSession *self)
{
  g_return_if_fail (INSPECTOR_IS_SESSION (self));
  self->keeps_variables = TRUE;
}

void
inspector_session_hide_memory (InspectorSession *self)
{
  g_return_if_fail (INSPECTOR_IS_SESSION (self));
  self->hides_memory = TRUE;
}

InspectorHistory *
inspector_session_keep_history (InspectorSession *self)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);
  if (self->history == NULL)
    self->history = inspector_history_new ();
  return self->history;
}

InspectorHistory *
inspector_session_get_history (InspectorSession *self)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);
  return self->history;
}

/* ---- What targets feed beside their models ------------------------------------------------------ */

SessionRecording *
inspector_session_get_recording (InspectorSession *self)
{
  return &self->recording;
}

const char *const *
inspector_session_get_runtime_libraries (InspectorSession *self)
{
  return (const char *const *)self->libraries;
}

void
inspector_session_set_profile (InspectorSession *self, const ProfileRange *range)
{
  self->is_profiled = range != NULL;
  if (range != NULL)
    self->profile_range = *range;
  for (guint i = 0; i < count_targets (self); i++)
    inspector_target_set_profile (peek_target (self, i), range);
}

static gint64
get_limit (InspectorSession *self, gint64 now_ns)
{
  return self->stuck_after_ns + standing_get (&self->stops->standing, now_ns, self->stuck_after_ns);
}

void
inspector_session_fill_input (InspectorSession *self, InspectorTarget *target, gint64 now_ns,
                              ReportInput *ret_input)
{
  inspector_target_fill_input (target, now_ns, get_limit (self, now_ns), ret_input);
  ret_input->stands_ns = stops_get_standing (self->stops, target, now_ns);
}

/* (transfer container): InspectorTarget with a deadlock that is new; NULL: there is none */
static GPtrArray *
find_deadlocks (InspectorSession *self, gint64 now_ns)
{
  gint64 limit_ns = get_limit (self, now_ns);
  GPtrArray *targets = NULL;

  for (guint i = 0; i < count_targets (self); i++)
    {
      InspectorTarget *target = peek_target (self, i);

      inspector_target_find_deadlocks (target, now_ns, limit_ns);
      if (!inspector_target_take_deadlocks (target))
        continue;
      if (targets == NULL)
        targets = g_ptr_array_new_with_free_func (g_object_unref);
      g_ptr_array_add (targets, g_object_ref (target));
    }
  return targets;
}

static void
tell_deadlocks (InspectorSession *self, GPtrArray *targets)
{
  g_object_ref (self);
  for (guint i = 0; targets != NULL && i < targets->len; i++)
    {
      g_signal_emit (self, signals[SIGNAL_DEADLOCK], 0, g_ptr_array_index (targets, i));
      stops_meet_deadlock (self->stops, g_ptr_array_index (targets, i));
    }
  g_object_unref (self);
}

static gboolean
has_live_target (InspectorSession *self)
{
  for (guint i = 0; i < count_targets (self); i++)
    if (inspector_target_get_state (peek_target (self, i)) == INSPECTOR_TARGET_LIVE)
      return TRUE;
  return FALSE;
}

static gint64
get_cpu_ns (void)
{
  struct timespec used;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used);
  return (gint64)used.tv_sec * 1000000000 + used.tv_nsec;
}

/* Every target gets its turn, however much others say. Returns: whether it had anything to say */
static gboolean
drain (InspectorTarget *target, gint64 until_ns)
{
  gboolean is_busy = FALSE;
  gsize n;

  do
    {
      n = inspector_target_drain (target, EVENTS_A_LOOK);
      is_busy |= n > 0;
    }
  while (n >= EVENTS_A_LOOK && get_cpu_ns () < until_ns);
  return is_busy;
}

gboolean
inspector_session_poll (InspectorSession *self)
{
  g_autoptr (GPtrArray) deadlocked = NULL;
  gint64 now_ns = g_get_monotonic_time () * 1000;
  gint64 until_ns = get_cpu_ns () + POLL_NS;
  gboolean is_busy = FALSE;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), FALSE);

  for (guint i = 0; i < count_targets (self); i++)
    {
      is_busy |= drain (peek_target (self, i), until_ns);
      is_busy |= inspector_target_look (peek_target (self, i), now_ns);
    }
  inspector_session_add_keyframes (self);
  if (self->history != NULL)
    {
      /* Time goes on for who waits. */
      if (has_live_target (self))
        analysis_history_reach (self->history, now_ns);
      analysis_history_tell (self->history);
    }
  deadlocked = find_deadlocks (self, now_ns);
  for (guint i = 0; i < count_targets (self); i++)
    is_busy |= inspector_target_is_unsure (peek_target (self, i));
  /* Its tasks are stuck, however short they have waited: whoever is told finds them so. */
  if (deadlocked != NULL)
    {
      g_object_ref (self);
      tell_deadlocks (self, deadlocked);
      inspector_session_check (self, now_ns);
      g_object_unref (self);
    }
  g_object_ref (self);
  stops_poll (self->stops);
  is_busy |= stops_are_wanted (self->stops) && has_live_target (self);
  g_object_unref (self);
  return is_busy;
}

void
inspector_session_refresh_facts (InspectorSession *self)
{
  gint64 now_ns = g_get_monotonic_time () * 1000;

  g_return_if_fail (INSPECTOR_IS_SESSION (self));

  for (guint i = 0; i < count_targets (self); i++)
    inspector_target_refresh (peek_target (self, i), now_ns);
  if (self->recording.writer != NULL)
    recording_writer_flush (self->recording.writer);
}

void
inspector_session_set_stuck_after (InspectorSession *self, gint64 duration_ns)
{
  g_return_if_fail (INSPECTOR_IS_SESSION (self));
  g_return_if_fail (duration_ns > 0);
  self->stuck_after_ns = duration_ns;
}

gint64
inspector_session_get_stuck_after (InspectorSession *self)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), 0);
  return self->stuck_after_ns;
}

/* ---- What has become stuck ------------------------------------------------------------------ */

static void
check_target (InspectorSession *self, InspectorTarget *target, gint64 now_ns)
{
  g_autoptr (GArray) stuck = g_array_new (FALSE, FALSE, sizeof (guint64));
  ReportInput input;

  if (inspector_target_get_state (target) == INSPECTOR_TARGET_ENDED)
    return;
  inspector_session_fill_input (self, target, now_ns, &input);
  if (episodes_check (self->episodes, &input, stuck))
    inspector_target_show_objects (target, stuck);
}

guint
inspector_session_check (InspectorSession *self, gint64 now_ns)
{
  g_autoptr (GPtrArray) deadlocked = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  guint n_stuck = 0;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), 0);

  if (now_ns < 0)
    now_ns = g_get_monotonic_time () * 1000;
  deadlocked = find_deadlocks (self, now_ns);
  /* What waits while somebody looks at a thread that stands still waits for them. */
  if (!stops_stand_still (self->stops))
    {
      episodes_begin (self->episodes);
      for (guint i = 0; i < count_targets (self); i++)
        check_target (self, peek_target (self, i), now_ns);
      tasks = episodes_end (self->episodes, &n_stuck);
    }
  /* Handlers may do anything, so they run when the walk is over. */
  g_object_ref (self);
  tell_deadlocks (self, deadlocked);
  for (guint i = 0; tasks != NULL && i < tasks->len; i++)
    g_signal_emit (self, signals[SIGNAL_STUCK], 0, g_ptr_array_index (tasks, i));
  g_object_unref (self);
  return n_stuck;
}

/* ---- Reports -------------------------------------------------------------------------------- */

InspectorReport *
inspector_session_build_report_at (InspectorSession *self, InspectorReportReason reason,
                                   gint64 now_ns)
{
  Report *report = report_new (reason, self->stuck_after_ns);
  gint64 limit_ns = get_limit (self, now_ns);

  for (guint i = 0; i < count_targets (self); i++)
    {
      ReportInput input;

      inspector_target_find_deadlocks (peek_target (self, i), now_ns, limit_ns);
      inspector_session_fill_input (self, peek_target (self, i), now_ns, &input);
      input.wants_pending = reason == INSPECTOR_REPORT_INTERRUPTED;
      if (inspector_session_find_target (self, input.parent_pid) == NULL)
        input.parent_pid = 0;
      report_add_target (report, &input);
    }
  return inspector_report_new (report);
}

InspectorReport *
inspector_session_build_report (InspectorSession *self, InspectorReportReason reason)
{
  g_return_val_if_fail (INSPECTOR_IS_SESSION (self), NULL);
  return inspector_session_build_report_at (self, reason, g_get_monotonic_time () * 1000);
}
