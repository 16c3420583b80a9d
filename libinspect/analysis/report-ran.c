/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a program did when a signal ended it: the callbacks that had not returned. */

#include "config.h"

#include "analysis/report.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "model/format.h"

/* More than these threads say nothing of why. */
#define MAX_RAN 16u

void
report_ran_free (ReportRan *ran)
{
  g_free (ran->name);
  finding_place_clear (&ran->place);
  g_free (ran);
}

static ReportRan *
ran_new (const ReportInput *input, const ModelThread *thread, const ModelPoll *poll)
{
  ReportRan *ran = g_new0 (ReportRan, 1);

  ran->tid = thread->tid;
  finding_place_set (&ran->place, input->places, poll->location);
  if (poll->task == NULL || poll->task->id == 0)
    return ran;
  ran->task = poll->task->number;
  ran->name = analysis_describe_task (poll->task, 0, input->places);
  return ran;
}

char *
report_ran_dup_text (const ReportRan *ran)
{
  g_autofree char *number = model_format_count (ran->task);
  const char *what = *ran->place.text != '\0' ? ran->place.text : "?";

  if (ran->task == 0)
    return g_strdup_printf (_ ("at its end it ran %s, outside of any task"), what);
  return g_strdup_printf (_ ("at its end it ran %s, in task %s (%s)"), what, number,
                          ran->name != NULL && *ran->name != '\0' ? ran->name : "?");
}

/* One that sleeps in a call did not do what ended the program. */
static const ModelPoll *
get_poll (const ModelThread *thread)
{
  if (thread == NULL || thread->depth == 0 || thread->depth > MODEL_POLL_DEPTH ||
      thread->blocking != NULL)
    return NULL;
  return &thread->polls[thread->depth - 1];
}

void
report_add_ran (ReportTarget *target, const ReportInput *input)
{
  if (target->state != INSPECTOR_TARGET_ENDED || target->exit_signal == 0)
    return;
  for (guint i = 0; i < input->model->threads->len && target->ran->len < MAX_RAN; i++)
    {
      const ModelThread *thread = g_ptr_array_index (input->model->threads, i);
      const ModelPoll *poll = get_poll (thread);

      if (poll != NULL)
        g_ptr_array_add (target->ran, ran_new (input, thread, poll));
    }
}
