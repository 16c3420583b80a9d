/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is held and not waited for: nothing is wrong with it, and who looks for a culprit wants to know. */

#include "config.h"

#include "analysis/report.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "inspector-probe.h"
#include "model/format.h"

#define MAX_HELD 50

void
report_held_free (ReportHeld *held)
{
  g_free (held->what);
  g_free (held->holder);
  g_free (held->place);
  g_free (held);
}

/* Where it is by now. (nullable) */
static char *
dup_place (const ReportInput *input, const ModelTask *task)
{
  const ModelAwait *await = task->awaits;

  return await != NULL && await->location != 0
             ? analysis_place_dup_text (analysis_places_get (input->places, await->location))
             : NULL;
}

static ReportHeld *
held_new (const ReportInput *input, const ModelHold *hold)
{
  const ModelResource *resource = hold->resource;
  guint64 tid;
  ReportHeld *held = g_new0 (ReportHeld, 1);

  held->what = analysis_describe_resource (input->model, resource, input->places);
  held->holder = analysis_describe_task (hold->task, hold->location, input->places);
  held->task = hold->task->number;
  if (model_attributes_get_value (&resource->attributes, MODEL_KEY_TID, &tid) && tid <= G_MAXINT)
    held->tid = (int)tid;
  held->for_ns = MAX (input->now_ns - hold->since_ns, 0);
  held->is_again = model_resource_is (resource, INSPECTOR_PROBE_RESOURCE_AGAIN);
  /* Where it was then is not where it is. */
  held->place = held->is_again ? NULL : dup_place (input, hold->task);
  held->is_likely = model_resource_is (resource, INSPECTOR_PROBE_RESOURCE_LIKELY);
  return held;
}

void
report_add_held (ReportTarget *target, const ReportInput *input)
{
  for (const ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    {
      guint first = target->held->len;

      /* The latest comes first. */
      for (const ModelHold *hold = task->holds; hold != NULL; hold = hold->task_next)
        {
          if (!model_resource_is (hold->resource, INSPECTOR_PROBE_RESOURCE_HELD))
            continue;
          if (target->held->len < MAX_HELD)
            g_ptr_array_insert (target->held, (int)first, held_new (input, hold));
          target->n_held++;
        }
    }
}

char *
report_held_dup_holder (const ReportHeld *held)
{
  g_autofree char *who = held->tid != 0
                             ? g_strdup_printf (_ ("%s (thread %d)"), held->holder, held->tid)
                             : g_strdup (held->holder);

  return held->place != NULL && *held->place != '\0'
             ? g_strdup_printf (_ ("by %s, now in %s"), who, held->place)
             : g_strdup_printf (_ ("by %s"), who);
}

char *
report_held_dup_text (const ReportHeld *held)
{
  g_autofree char *what =
      held->is_likely ? g_strdup_printf (_ ("%s (inferred: memory that is like one)"), held->what)
                      : g_strdup (held->what);

  if (!held->is_again)
    return g_strdup_printf (_ ("%s, since before it was looked at"), what);
  return g_strdup_printf (_ ("%s, at each look; that thread has run in between"), what);
}
