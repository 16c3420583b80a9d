/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "analysis/unreferenced.h"

#include "analysis/rules.h"

#define AGAIN_NS G_GINT64_CONSTANT (1000000000)
#define MAX_PAUSE_NS (60 * AGAIN_NS)
#define MAX_CANDIDATES 64

static gboolean
is_candidate (const ModelAwait *await, const AnalysisInstant *instant, guint64 *ret_address)
{
  guint64 deadline;

  return !await->is_unreferenced &&
         instant->drained_ns - await->begin_ns > instant->stuck_after_ns &&
         model_attributes_get_value (&await->attributes, MODEL_KEY_COMPLETER, ret_address) &&
         *ret_address != 0 && !analysis_await_is_dropped (await) &&
         !model_await_get_value (await, MODEL_KEY_DEADLINE, &deadline);
}

static void
find_candidates (ModelTarget *model, const AnalysisInstant *instant, GPtrArray *awaits,
                 GArray *addresses)
{
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        guint64 address;

        if (awaits->len == MAX_CANDIDATES)
          return;
        if (!is_candidate (await, instant, &address))
          continue;
        g_ptr_array_add (awaits, await);
        g_array_append_val (addresses, address);
      }
}

/* Whoever is new may be lost; those that were asked about before are known to somebody. */
static gboolean
has_new (AnalysisUnreferenced *unreferenced, const GPtrArray *awaits)
{
  gint64 newest_ns = 0;
  gboolean is_new;

  for (guint i = 0; i < awaits->len; i++)
    newest_ns = MAX (newest_ns, ((const ModelAwait *)g_ptr_array_index (awaits, i))->begin_ns);
  is_new = newest_ns > unreferenced->newest_ns;
  unreferenced->newest_ns = MAX (newest_ns, unreferenced->newest_ns);
  return is_new;
}

/* ---- Who is lost ---------------------------------------------------------------------------- */

typedef struct
{
  guint64 object;
  gint64 begin_ns;
} Suspect;

void
analysis_unreferenced_clear (AnalysisUnreferenced *unreferenced)
{
  g_clear_pointer (&unreferenced->suspects, g_array_unref);
  *unreferenced = (AnalysisUnreferenced){ 0 };
}

/* What had ended by the time of the look is referenced by nobody either. */
static void
suspect (AnalysisUnreferenced *unreferenced, const GPtrArray *awaits, const gboolean *is_found,
         gint64 asked_ns)
{
  g_clear_pointer (&unreferenced->suspects, g_array_unref);
  unreferenced->suspects = g_array_new (FALSE, FALSE, sizeof (Suspect));
  unreferenced->asked_ns = asked_ns;
  for (guint i = 0; i < awaits->len; i++)
    {
      const ModelAwait *await = g_ptr_array_index (awaits, i);
      const Suspect lost = { await->object, await->begin_ns };

      if (!is_found[i])
        g_array_append_val (unreferenced->suspects, lost);
    }
}

/* All records have been read that were written until then, and it is still pending. */
static void
judge_suspects (AnalysisUnreferenced *unreferenced, ModelTarget *model,
                const AnalysisInstant *instant)
{
  if (unreferenced->suspects == NULL ||
      instant->drained_ns <= unreferenced->asked_ns + ANALYSIS_SETTLE_NS)
    return;
  for (guint i = 0; i < unreferenced->suspects->len; i++)
    {
      const Suspect *lost = &g_array_index (unreferenced->suspects, Suspect, i);
      ModelAwait *await = model_table_find (&model->awaits, lost->object);

      if (await != NULL && await->begin_ns == lost->begin_ns && !analysis_await_is_dropped (await))
        await->is_unreferenced = TRUE;
    }
  g_clear_pointer (&unreferenced->suspects, g_array_unref);
}

void
analysis_unreferenced_check (AnalysisUnreferenced *unreferenced, ModelTarget *model,
                             AnalysisFacts *facts, const AnalysisInstant *instant)
{
  g_autoptr (GPtrArray) awaits = NULL;
  g_autoptr (GArray) addresses = NULL;
  gboolean is_found[MAX_CANDIDATES] = { FALSE };
  gint64 pause_ns, begin_us;

  /* Their ends may be among what was lost. */
  if (instant->now_ns < unreferenced->next_ns || instant->has_losses)
    return;
  unreferenced->next_ns = instant->now_ns + AGAIN_NS;
  judge_suspects (unreferenced, model, instant);
  awaits = g_ptr_array_new ();
  addresses = g_array_new (FALSE, FALSE, sizeof (guint64));
  find_candidates (model, instant, awaits, addresses);
  if (awaits->len == 0)
    return;
  pause_ns = has_new (unreferenced, awaits) ? AGAIN_NS : unreferenced->pause_ns;
  unreferenced->pause_ns = MIN (pause_ns * 2, MAX_PAUSE_NS);
  unreferenced->next_ns = instant->now_ns + pause_ns;
  begin_us = g_get_monotonic_time ();
  if (!analysis_facts_find_references (facts, (const guint64 *)addresses->data, addresses->len,
                                       is_found))
    return;
  suspect (unreferenced, awaits, is_found,
           instant->now_ns + (g_get_monotonic_time () - begin_us) * 1000);
  if (unreferenced->suspects->len > 0)
    unreferenced->next_ns = instant->now_ns + AGAIN_NS / 2;
}
