/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/leak.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "model/format.h"

typedef struct
{
  FindingKind kind;
  gboolean (*is_so) (const ModelAwait *await);
  const char *title, *detail, *suggestion;
} LeakWords;

static gboolean
is_unreferenced (const ModelAwait *await)
{
  return await->is_unreferenced;
}

static const LeakWords leaks[] = {
  { FINDING_LEAK, analysis_await_is_dropped, N_ ("leak: dropped without ever returning"),
    N_ ("the last reference to what would have called it is gone"),
    N_ ("return a result or an error on every way out of what is begun at %s") },
  { FINDING_NEVER, is_unreferenced,
    N_ ("cannot make progress: nobody references what would end it any more"),
    N_ ("it was neither returned nor freed, and its address is nowhere in the memory and the "
        "registers "
        "of the process"),
    N_ ("keep what is begun at %s where it can be returned from, and return on every way out") },
};

static void
add_wait (const ReportInput *input, Finding *finding, const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (input->model, await, input->now_ns);
  FindingEvidence *evidence = finding_add_evidence (finding, FINDING_SUBJECT);
  g_autofree char *number = NULL;
  const char *where;

  if (evidence == NULL)
    return;
  evidence->pid = input->pid;
  evidence->wanted.name = analysis_describe_wait (&wait, input->places);
  evidence->wanted.kind = g_strdup (await->kind->name);
  evidence->wanted.since_ns = MAX (input->now_ns - await->begin_ns, 0);
  finding_place_set (&evidence->wanted.place, input->places, await->location);
  evidence->task_name = analysis_describe_task (await->task, await->location, input->places);
  where = evidence->wanted.place.text;
  if (where == NULL || *where == '\0')
    where = _ ("an unknown place");
  if (await->task->id == 0)
    {
      evidence->sentence = g_strdup_printf (_ ("%s, made at %s: its callback will never be called"),
                                            evidence->wanted.name, where);
      return;
    }
  evidence->task = await->task->number;
  number = model_format_count (await->task->number);
  evidence->sentence =
      g_strdup_printf (_ ("task %s: %s, made at %s: its callback will never be called"), number,
                       evidence->wanted.name, where);
}

static Finding *
finding_of_place (const ReportInput *input, const LeakWords *words, const ModelAwait *await)
{
  Finding *finding = finding_new (words->kind, ANALYSIS_CERTAIN);
  FindingPlace place = { 0 };

  finding_place_set (&place, input->places, await->location);
  finding->is_pending = TRUE;
  finding->title = g_strdup (_ (words->title));
  finding->detail = g_strdup (_ (words->detail));
  finding_suggest (finding, words->suggestion, &place);
  finding_place_clear (&place);
  return finding;
}

/* One finding a place: what is wrong is on one line, however often it is run. */
static void
add_findings (const ReportInput *input, const LeakWords *words, GPtrArray *findings)
{
  g_autoptr (GHashTable) by_place = g_hash_table_new (g_direct_hash, g_direct_equal);
  GHashTableIter iter;
  gpointer value;

  for (ModelTask *task = input->model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        gpointer key = GUINT_TO_POINTER (await->location);
        Finding *finding;

        if (input->now_ns - await->begin_ns <= input->stuck_after_ns || !words->is_so (await))
          continue;
        finding = g_hash_table_lookup (by_place, key);
        if (finding == NULL)
          {
            finding = finding_of_place (input, words, await);
            g_hash_table_insert (by_place, key, finding);
            g_ptr_array_add (findings, finding);
          }
        finding->since_ns = MAX (finding->since_ns, input->now_ns - await->begin_ns);
        add_wait (input, finding, await);
      }
  g_hash_table_iter_init (&iter, by_place);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Finding *finding = value;

      if (report_has_losses (&input->stats))
        finding->certainty = ANALYSIS_INFERRED;
      finding_seal (finding);
    }
}

void
leak_add_findings (const ReportInput *input, GPtrArray *findings)
{
  for (gsize i = 0; i < G_N_ELEMENTS (leaks); i++)
    add_findings (input, &leaks[i], findings);
}
