/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/hidden.h"

#include <gio/gio.h>

#define PAUSE_US G_TIME_SPAN_SECOND

struct _Hidden
{
  gatomicrefcount references; /* ours, and that of a look */
  GPtrArray *runtimes;
  TargetSurvey *survey; /* of the look that is on its way */
  int pid;
  HiddenFunc func; /* NULL: nobody wants to know any more */
  gpointer data;
  gboolean is_looking;
  gint64 next_us, pause_us;
};

static void
release (Hidden *self)
{
  if (!g_atomic_ref_count_dec (&self->references))
    return;
  target_survey_free (self->survey);
  g_ptr_array_unref (self->runtimes);
  g_free (self);
}

static void
look_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Hidden *self = data;

  g_task_return_pointer (task, target_survey_look (self->survey, self->pid),
                         (GDestroyNotify)target_candidate_free);
}

static void
on_looked (GObject *source, GAsyncResult *result, gpointer data)
{
  Hidden *self = g_task_get_task_data (G_TASK (result));
  g_autoptr (TargetCandidate) candidate = g_task_propagate_pointer (G_TASK (result), NULL);
  HiddenFunc func = self->func;

  self->is_looking = FALSE;
  self->next_us = g_get_monotonic_time () + self->pause_us;
  self->pause_us *= 2;
  if (candidate == NULL || candidate->hidden == NULL || func == NULL)
    return;
  self->func = NULL;
  func (candidate, self->data);
}

Hidden *
hidden_new (GPtrArray *runtimes, int pid, HiddenFunc func, gpointer data)
{
  Hidden *self = g_new0 (Hidden, 1);

  g_atomic_ref_count_init (&self->references);
  self->runtimes = g_ptr_array_ref (runtimes);
  self->survey = target_survey_new (runtimes);
  self->pid = pid;
  self->func = func;
  self->data = data;
  self->pause_us = PAUSE_US;
  return self;
}

void
hidden_free (Hidden *self)
{
  if (self == NULL)
    return;
  self->func = NULL;
  release (self);
}

void
hidden_look (Hidden *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->func == NULL || self->is_looking || g_get_monotonic_time () < self->next_us)
    return;
  self->is_looking = TRUE;
  g_atomic_ref_count_inc (&self->references);
  task = g_task_new (NULL, NULL, on_looked, NULL);
  g_task_set_task_data (task, self, (GDestroyNotify)release);
  g_task_run_in_thread (task, look_in_thread);
}
