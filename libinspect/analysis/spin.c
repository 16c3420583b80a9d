/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/spin.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "model/format.h"

#define IDLE_NS (100 * G_GINT64_CONSTANT (1000000))
#define AT_LEAST_NS (2 * G_GINT64_CONSTANT (1000000000))
/* Of the time from one call to the next, in percent: a callback that reads or computes takes more. */
#define MAX_SHARE 30
/* Whatever that is of it: there is no time for one system call. */
#define NO_TIME_NS 1000
#define MAX_FOUND 4

/* It has been called without end for long, is so still, and each call is over at once. */
static gboolean
is_spinning (const ReportInput *input, const ModelAwait *await)
{
  const ModelTask *task = await->task;
  gint64 for_ns = input->now_ns - await->busy.since_ns;
  double mean_ns;

  if (await->busy.since_ns == 0 || await->busy.rate < MODEL_BUSY_RATE || task->n_polls == 0 ||
      for_ns <= MAX (input->stuck_after_ns, AT_LEAST_NS) ||
      input->now_ns - await->last_fired_ns > IDLE_NS || task->n_polls < await->n_fired / 2)
    return FALSE;
  mean_ns = (double)task->polled_ns / (double)task->n_polls;
  return mean_ns < NO_TIME_NS || mean_ns * await->busy.rate * 100 < MAX_SHARE * 1e9;
}

static Finding *
finding_of_await (const ReportInput *input, const ModelAwait *await)
{
  const ModelTask *task = await->task;
  const AnalysisWait wait = analysis_wait_of (input->model, await, input->now_ns);
  guint32 callback =
      task->longest_poll_location != 0 ? task->longest_poll_location : await->location;
  Finding *finding = finding_new (FINDING_SPIN, ANALYSIS_INFERRED);
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_SUBJECT);
  g_autofree char *rate = model_format_count (await->busy.rate);
  const char *text;

  evidence->pid = input->pid;
  evidence->task = task->id != 0 ? task->number : 0;
  evidence->task_name = analysis_describe_task (task, await->location, input->places);
  evidence->wanted.name = analysis_describe_wait (&wait, input->places);
  evidence->wanted.kind = g_strdup (await->kind->name);
  evidence->wanted.since_ns = MAX (input->now_ns - await->busy.since_ns, 0);
  finding_place_set (&evidence->wanted.place, input->places, callback);
  text = evidence->wanted.place.text;
  evidence->sentence =
      g_strdup_printf (_ ("%s is called %s times a second: %s"),
                       text != NULL && *text != '\0' ? text : _ ("an unknown function"), rate,
                       evidence->wanted.name);
  finding->is_pending = TRUE;
  finding->since_ns = evidence->wanted.since_ns;
  finding->title = g_strdup (_ ("spin: a loop never sleeps"));
  finding->detail =
      g_strdup (_ ("it is called again at once whatever it does, and each call is over "
                   "in no time"));
  finding_suggest (
      finding, N_ ("take what makes it ready, or remove it until there is something to do, in %s"),
      &evidence->wanted.place);
  finding_seal (finding);
  return finding;
}

void
spin_add_findings (const ReportInput *input, GPtrArray *findings)
{
  guint n = 0;

  for (ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      if (n < MAX_FOUND && is_spinning (input, await))
        {
          g_ptr_array_add (findings, finding_of_await (input, await));
          n++;
        }
}
