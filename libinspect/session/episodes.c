/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/episodes.h"

#include "session/session-private.h"

#define MAX_TOLD_A_CHECK 256
#define MAX_IDS 32 /* of one target */

struct _Episodes
{
  GHashTable *known; /* task number: since when it waits for what it was told for */
  GHashTable *next;  /* those that go on, and the new ones; NULL: no check is under way */
  GPtrArray *tasks;  /* InspectorTask to tell about */
  guint n_stuck;
};

static GHashTable *
new_table (void)
{
  return g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
}

Episodes *
episodes_new (void)
{
  Episodes *self = g_new0 (Episodes, 1);

  self->known = new_table ();
  return self;
}

void
episodes_free (Episodes *self)
{
  g_hash_table_unref (self->known);
  g_clear_pointer (&self->next, g_hash_table_unref);
  g_clear_pointer (&self->tasks, g_ptr_array_unref);
  g_free (self);
}

static void
note_stuck (Episodes *self, const ReportInput *input, const ReportJudgement *judgement)
{
  gint64 key = (gint64)judgement->task->number;
  gint64 since = report_judgement_get_since (judgement);
  const gint64 *told = g_hash_table_lookup (self->known, &key);

  self->n_stuck++;
  if (told == NULL || *told != since)
    {
      if (self->tasks->len == MAX_TOLD_A_CHECK)
        return;
      g_ptr_array_add (self->tasks, inspector_task_new (input, judgement));
    }
  g_hash_table_insert (self->next, g_memdup2 (&key, sizeof key), g_memdup2 (&since, sizeof since));
}

/* A thread whose callback belongs to no known task: numbered by its ring, which no task is. */
static void
check_stray_threads (Episodes *self, const ReportInput *input, GPtrArray *blocked)
{
  for (guint i = 0; i < blocked->len; i++)
    {
      const ModelThread *thread = g_ptr_array_index (blocked, i);
      ModelTask nobody = { .number = G_MAXUINT64 - thread->ring };
      ReportJudgement judgement = { .task = &nobody, .thread = thread };

      if (thread->polls[thread->depth - 1].task != NULL)
        continue;
      analysis_thread_get_blocked (input->model, thread, input->now_ns, input->stuck_after_ns,
                                   &judgement.blocked_since_ns, &judgement.is_work);
      judgement.verdicts = g_array_new (FALSE, FALSE, sizeof (ReportVerdict));
      note_stuck (self, input, &judgement);
      report_judgement_clear (&judgement);
    }
}

void
episodes_begin (Episodes *self)
{
  g_assert (self->next == NULL);
  self->next = new_table ();
  self->tasks = g_ptr_array_new_with_free_func (g_object_unref);
  self->n_stuck = 0;
}

/* Whoever stops it in a debugger knows why it does not go on. */
static gboolean
is_stopped (const ReportInput *input)
{
  const TargetProcess *process =
      input->facts != NULL ? analysis_facts_get_process (input->facts) : NULL;

  return process != NULL && (process->state == 'T' || process->state == 't');
}

gboolean
episodes_check (Episodes *self, const ReportInput *input, GArray *stuck)
{
  g_autoptr (GPtrArray) blocked = NULL;

  if (input->model == NULL || is_stopped (input))
    return FALSE;
  blocked = analysis_find_blocked_threads (input->model, input->now_ns, input->stuck_after_ns);
  for (ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    {
      ReportJudgement judgement;

      if (!analysis_task_may_be_stuck (task, input->now_ns, input->stuck_after_ns))
        continue;
      report_judge (&judgement, input->model, task, blocked, input->now_ns, input->stuck_after_ns);
      if (report_judgement_get_severity (&judgement) == ANALYSIS_STUCK)
        {
          note_stuck (self, input, &judgement);
          if (stuck->len < MAX_IDS)
            g_array_append_val (stuck, task->id);
        }
      report_judgement_clear (&judgement);
    }
  check_stray_threads (self, input, blocked);
  return TRUE;
}

GPtrArray *
episodes_end (Episodes *self, guint *ret_n_stuck)
{
  g_hash_table_unref (self->known);
  self->known = g_steal_pointer (&self->next);
  *ret_n_stuck = self->n_stuck;
  return g_steal_pointer (&self->tasks);
}
