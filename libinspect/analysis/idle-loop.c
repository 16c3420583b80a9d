/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/idle-loop.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "analysis/wait.h"
#include "model/format.h"

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

static Finding *
finding_of_loop (const ReportInput *input, const ModelResource *loop)
{
  Finding *finding = finding_new (FINDING_NEVER, ANALYSIS_INFERRED);
  g_autofree char *name = analysis_describe_resource (input->model, loop, input->places);
  g_autofree char *ago = NULL;

  finding->title = g_strdup_printf (_ ("nobody runs %s, which others wait for"), name);
  if (loop->released_ns == 0)
    {
      finding->detail =
          g_strdup (_ ("what is pending there is ready, and no thread has been seen to "
                       "run that loop; one may yet"));
      return finding;
    }
  ago = model_format_duration (MAX (input->now_ns - loop->released_ns, 0));
  finding->detail =
      g_strdup_printf (_ ("what is pending there is ready, and the last thread that ran "
                          "that loop left it %s ago; one may come back"),
                       ago);
  return finding;
}

static void
add_wait (const ReportInput *input, Finding *finding, const AnalysisWait *wait,
          const ModelResource *loop)
{
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_SUBJECT);
  g_autofree char *what = NULL;

  finding->since_ns = MAX (finding->since_ns, analysis_wait_get_age (wait));
  if (evidence == NULL)
    return;
  what = analysis_describe_wait (wait, input->places);
  evidence->pid = input->pid;
  evidence->task = wait->task->id != 0 ? wait->task->number : 0;
  evidence->task_name = analysis_describe_task (wait->task, wait->location, input->places);
  evidence->wanted.relation = FINDING_RUNS;
  evidence->wanted.name = analysis_describe_resource (input->model, loop, input->places);
  evidence->wanted.kind = g_strdup (loop->kind->name);
  evidence->wanted.object = loop->object;
  evidence->wanted.since_ns = MAX (input->now_ns - wait->since_ns, 0);
  finding_place_set (&evidence->wanted.place, input->places, wait->location);
  evidence->sentence = g_strdup_printf (_ ("%s waits for it, begun in %s: %s"), evidence->task_name,
                                        place_or (&evidence->wanted.place), what);
}

static void
finish (Finding *finding)
{
  const FindingEvidence *first = g_ptr_array_index (finding->evidence, 0);

  finding_suggest (finding,
                   N_ ("run that loop, or begin what waits for it in one that is run, at %s"),
                   &first->wanted.place);
  finding_seal (finding);
}

/* One finding a loop, whatever waits for it. */
void
idle_loop_add_findings (const ReportInput *input, GPtrArray *findings)
{
  g_autoptr (GHashTable) by_loop = g_hash_table_new (g_direct_hash, g_direct_equal);
  guint first = findings->len;

  for (ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        AnalysisWait wait = analysis_wait_of (input->model, await, input->now_ns);
        const ModelResource *loop;
        Finding *finding;

        wait.stuck_after_ns = input->stuck_after_ns;
        loop = analysis_wait_get_idle_loop (&wait);
        if (loop == NULL)
          continue;
        finding = g_hash_table_lookup (by_loop, loop);
        if (finding == NULL)
          {
            finding = finding_of_loop (input, loop);
            g_hash_table_insert (by_loop, (gpointer)loop, finding);
            g_ptr_array_add (findings, finding);
          }
        add_wait (input, finding, &wait, loop);
      }
  for (guint i = first; i < findings->len; i++)
    finish (g_ptr_array_index (findings, i));
}
