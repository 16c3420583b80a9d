/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/stops.h"

#include <glib/gi18n-lib.h>

static void
stop_free (gpointer data)
{
  Stop *stop = data;

  g_clear_object (&stop->target);
  g_free (stop->what);
  g_free (stop->place);
  g_free (stop);
}

Stops *
stops_new (InspectorSession *session)
{
  Stops *self = g_new0 (Stops, 1);

  self->session = session;
  self->breakpoints = g_ptr_array_new_with_free_func ((GDestroyNotify)breakpoint_free);
  self->stops = g_ptr_array_new_with_free_func (stop_free);
  self->next_id = self->next_stop = 1;
  return self;
}

void
stops_free (Stops *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->breakpoints);
  g_ptr_array_unref (self->stops);
  stops_end_step (self);
  debug_locals_free (self->locals);
  g_free (self);
}

void
stops_end_step (Stops *self)
{
  g_clear_object (&self->step.target);
  g_clear_pointer (&self->step.subject, g_free);
}

gboolean
stops_are_wanted (const Stops *self)
{
  return self->breakpoints->len > 0 || self->stops->len > 0 || self->is_paused ||
         self->step.target != NULL;
}

void
stops_look_for_tasks (Stops *self, const ModelTarget *model)
{
  for (guint i = 0; i < self->breakpoints->len; i++)
    {
      Breakpoint *breakpoint = self->breakpoints->pdata[i];

      if (breakpoint->of != BREAKPOINT_NUMBER || breakpoint->is_given ||
          *model->next_number <= breakpoint->number)
        continue;
      breakpoint->is_given = TRUE;
      self->generation++;
    }
}

gboolean
stops_stand_still (const Stops *self)
{
  for (guint i = 0; i < self->stops->len; i++)
    if (((const Stop *)self->stops->pdata[i])->has_thread)
      return TRUE;
  return FALSE;
}

/* ---- What threads have to stop at ---------------------------------------------------------------- */

#define BIT(type) (1u << CHANNEL_##type)

static ChannelBreak
step_break (const Step *step)
{
  static const guint32 events[] = {
    [INSPECTOR_STEP_POLL] = BIT (POLL_BEGIN) | BIT (RESUME) | BIT (TASK_END),
    [INSPECTOR_STEP_AWAIT] = BIT (AWAIT_BEGIN) | BIT (SUSPEND) | BIT (TASK_END),
    [INSPECTOR_STEP_ANY] = CHANNEL_BREAK_EVENTS,
  };

  return (ChannelBreak){ .events = events[step->to],
                         .number = STOPS_STEP,
                         .task = step->to != INSPECTOR_STEP_ANY ? step->task : 0 };
}

GArray *
stops_collect (Stops *self, InspectorTarget *target, const BreakpointProgram *program)
{
  GArray *breaks = g_array_new (FALSE, FALSE, sizeof (ChannelBreak));

  if (self->step.target == target)
    g_array_append_val (breaks, ((ChannelBreak[]){ step_break (&self->step) })[0]);
  for (guint i = 0; i < self->breakpoints->len; i++)
    {
      Breakpoint *breakpoint = self->breakpoints->pdata[i];
      guint before = breaks->len;

      if (!breakpoint->is_enabled)
        continue;
      breakpoint_arm (breakpoint, program, breaks);
      if (breaks->len <= CHANNEL_MAX_BREAKS)
        continue;
      g_array_set_size (breaks, MAX (before, MIN (breaks->len, CHANNEL_MAX_BREAKS)));
      g_free (breakpoint->trouble);
      breakpoint->trouble = g_strdup (_ ("there is no room for it; remove others"));
    }
  return breaks;
}

/* ---- What stands still ---------------------------------------------------------------------------- */

static void
note_standing (Stops *self)
{
  standing_note (&self->standing, stops_stand_still (self), g_get_monotonic_time () * 1000,
                 inspector_session_get_stuck_after (self->session));
}

gint64
stops_get_standing (const Stops *self, InspectorTarget *target, gint64 now_ns)
{
  gint64 longest_ns = 0;

  for (guint i = 0; i < self->stops->len; i++)
    {
      const Stop *stop = self->stops->pdata[i];

      if (stop->has_thread && stop->target == target)
        longest_ns = MAX (longest_ns, now_ns - stop->stop.at_ns);
    }
  return longest_ns;
}

void
stops_remove (Stops *self, guint index)
{
  g_ptr_array_remove_index (self->stops, index);
  note_standing (self);
}

static Stop *
find_known (Stops *self, InspectorTarget *target, const ChannelStop *at)
{
  for (guint i = 0; i < self->stops->len; i++)
    {
      Stop *stop = self->stops->pdata[i];

      if (stop->target == target && stop->has_thread && stop->at.ring == at->ring &&
          stop->at.parked == at->parked)
        return stop;
    }
  return NULL;
}

static Breakpoint *
find_breakpoint (Stops *self, guint id)
{
  for (guint i = 0; i < self->breakpoints->len; i++)
    if (((Breakpoint *)self->breakpoints->pdata[i])->id == id)
      return self->breakpoints->pdata[i];
  return NULL;
}

static void
set_words (Stop *stop)
{
  stop->stop.what = stop->what;
  stop->stop.place = stop->place;
}

/* Words for a task that has just ended. */
static const char *
get_stepped (const Stops *self, InspectorTarget *target, const ChannelStop *at)
{
  return at->type == CHANNEL_TASK_END && self->step.target == target && self->step.task == at->task
             ? self->step.subject
             : NULL;
}

static const Stop *
add_stop (Stops *self, InspectorTarget *target, const BreakpointProgram *program,
          const ChannelStop *at, guint breakpoint)
{
  Stop *stop = g_new0 (Stop, 1);
  const ModelTask *task = breakpoint_stop_get_task (program, at);

  stop->target = g_object_ref (target);
  stop->has_thread = TRUE;
  stop->at = *at;
  stop->what = breakpoint_describe_stop (program, at, get_stepped (self, target, at));
  stop->place = analysis_place_dup_text (
      analysis_places_get (program->places, breakpoint_stop_get_location (program, at)));
  stop->stop = (InspectorStop){
    .id = self->next_stop++,
    .pid = inspector_target_get_pid (target),
    .tid = at->tid,
    .task = task != NULL && task->id != 0 ? task->number : 0,
    .breakpoint = breakpoint,
    .at_ns = g_get_monotonic_time () * 1000,
  };
  set_words (stop);
  inspector_target_mark_stop (target, at, TRUE);
  g_ptr_array_add (self->stops, stop);
  note_standing (self);
  return stop;
}

static void
pause_others (Stops *self)
{
  if (!self->stop_all || self->is_paused)
    return;
  self->is_paused = TRUE;
  self->generation++;
}

/* Whether it stays: else it goes on as if nothing had been. */
static gboolean
take_stop (Stops *self, InspectorTarget *target, const BreakpointProgram *program,
           const ChannelStop *at, guint *ret_breakpoint)
{
  Breakpoint *breakpoint;

  *ret_breakpoint = 0;
  if (self->is_paused)
    return TRUE;
  if (at->number == STOPS_STEP)
    {
      if (self->step.target != target)
        return FALSE;
      self->generation++;
      return TRUE;
    }
  breakpoint = at->number != 0 ? find_breakpoint (self, at->number) : NULL;
  if (breakpoint == NULL || !breakpoint_matches (breakpoint, program, at))
    return FALSE;
  breakpoint->n_hits++;
  *ret_breakpoint = breakpoint->id;
  self->generation++;
  return TRUE;
}

static gboolean
find_new (Stops *self, InspectorTarget *target, GPtrArray *found)
{
  BreakpointProgram program;
  gboolean has_gone = FALSE;
  ChannelStop at;

  if (!inspector_target_get_program (target, &program))
    return FALSE;
  for (guint ring = 0; inspector_target_find_stop (target, ring, &at); ring = at.ring + 1)
    {
      guint breakpoint;

      if (find_known (self, target, &at) != NULL)
        continue;
      if (!take_stop (self, target, &program, &at, &breakpoint))
        {
          inspector_target_go (target, &at);
          has_gone = TRUE;
          continue;
        }
      g_ptr_array_add (found, (gpointer)add_stop (self, target, &program, &at, breakpoint));
      /* Where one was going to is forgotten once one stops elsewhere. */
      stops_end_step (self);
      pause_others (self);
    }
  return has_gone;
}

static gboolean
is_gone (const Stop *stop)
{
  return inspector_target_get_state (stop->target) == INSPECTOR_TARGET_ENDED ||
         (stop->has_thread && !inspector_target_is_stopped (stop->target, &stop->at));
}

/* Threads that end, or that think that nobody looks, go on. */
static gboolean
drop_gone (Stops *self)
{
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = self->stops->len; i > 0; i--)
    {
      const Stop *stop = self->stops->pdata[i - 1];

      if (!is_gone (stop))
        continue;
      if (stop->has_thread)
        inspector_target_mark_stop (stop->target, &stop->at, FALSE);
      g_array_append_val (ids, stop->stop.id);
      stops_remove (self, i - 1);
    }
  for (guint i = 0; i < ids->len; i++)
    inspector_session_tell_went_on (self->session, g_array_index (ids, guint, i));
  return ids->len > 0;
}

gboolean
stops_poll (Stops *self)
{
  GListModel *targets = inspector_session_get_targets (self->session);
  g_autoptr (GPtrArray) found = g_ptr_array_new ();
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (guint));
  gboolean any;

  any = drop_gone (self);
  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      if (inspector_target_get_state (target) != INSPECTOR_TARGET_LIVE)
        continue;
      any |= find_new (self, target, found);
      inspector_target_arm (target, self);
    }
  /* Whoever is told may continue what was found with it. */
  for (guint i = 0; i < found->len; i++)
    g_array_append_val (ids, ((Stop *)found->pdata[i])->stop.id);
  for (guint i = 0; i < ids->len; i++)
    {
      const InspectorStop *stop =
          inspector_session_find_stop (self->session, g_array_index (ids, guint, i));

      if (stop != NULL)
        inspector_session_tell_stopped (self->session, stop);
    }
  return any || ids->len > 0;
}

void
stops_meet_deadlock (Stops *self, InspectorTarget *target)
{
  for (guint i = 0; i < self->breakpoints->len; i++)
    {
      Breakpoint *breakpoint = self->breakpoints->pdata[i];
      Stop *stop;

      if (breakpoint->of != BREAKPOINT_DEADLOCK || !breakpoint->is_enabled)
        continue;
      breakpoint->n_hits++;
      stop = g_new0 (Stop, 1);
      stop->target = g_object_ref (target);
      stop->what = g_strdup (_ ("a deadlock has formed"));
      stop->place = g_strdup ("");
      stop->stop = (InspectorStop){ .id = self->next_stop++,
                                    .pid = inspector_target_get_pid (target),
                                    .breakpoint = breakpoint->id,
                                    .at_ns = g_get_monotonic_time () * 1000 };
      set_words (stop);
      g_ptr_array_add (self->stops, stop);
      pause_others (self);
      inspector_session_tell_stopped (self->session, &stop->stop);
      return;
    }
}
