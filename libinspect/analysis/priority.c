/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/priority.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "model/format.h"

#define AGAIN_NS G_GINT64_CONSTANT (1000000000)
/* What is called less often leaves room for the others. */
#define AT_LEAST_A_SECOND 50
/* What has not been called for so long takes no turns any more. */
#define IDLE_NS (200 * G_GINT64_CONSTANT (1000000))
#define MAX_LOOPS 64
#define MAX_SHOWN 8

void
analysis_priority_clear (AnalysisPriority *priority)
{
  g_clear_pointer (&priority->first, g_array_unref);
  priority->next_ns = 0;
  priority->is_marked = FALSE;
}

static gboolean
get_rank (const ModelAwait *await, guint64 *ret_loop, gint64 *ret_rank)
{
  guint64 rank;

  if (!model_await_get_value (await, MODEL_KEY_OWNER, ret_loop) ||
      !model_await_get_value (await, MODEL_KEY_PRIORITY, &rank))
    return FALSE;
  *ret_rank = (gint64)rank;
  return TRUE;
}

/* ---- Who takes the turns -------------------------------------------------------------------- */

static gboolean
takes_turns (const ModelAwait *await, const AnalysisInstant *instant)
{
  return await->busy.rate >= AT_LEAST_A_SECOND && instant->now_ns - await->last_fired_ns <= IDLE_NS;
}

/* Of one loop the most urgent. */
static void
note_first (ModelTarget *model, GArray *first, const ModelAwait *await)
{
  guint64 loop, other_loop;
  gint64 rank, other_rank;

  if (!get_rank (await, &loop, &rank))
    return;
  for (guint i = 0; i < first->len; i++)
    {
      guint64 *object = &g_array_index (first, guint64, i);
      const ModelAwait *other = model_table_find (&model->awaits, *object);

      if (!get_rank (other, &other_loop, &other_rank) || other_loop != loop)
        continue;
      if (rank < other_rank || (rank == other_rank && await->busy.rate > other->busy.rate))
        *object = await->object;
      return;
    }
  if (first->len < MAX_LOOPS)
    g_array_append_val (first, await->object);
}

/* ---- Who starves ---------------------------------------------------------------------------- */

/* It would be called in the next turn: a timer that is due, and what is called in each. Of anything
 * else nobody knows. -1: not ready. */
static gint64
get_ready_ns (const ModelAwait *await)
{
  guint64 due;

  if (model_await_is (await, INSPECT_AWAIT_TIMER))
    return model_await_get_value (await, MODEL_KEY_DUE, &due) && due <= G_MAXINT64 ? (gint64)due
                                                                                   : -1;
  return model_await_is (await, INSPECT_AWAIT_LOOP) ? MAX (await->begin_ns, await->last_fired_ns)
                                                    : -1;
}

/* (nullable): what comes first all the time */
static const ModelAwait *
find_rival (ModelTarget *model, const GArray *first, const ModelAwait *await, gint64 now_ns,
            gint64 stuck_after_ns)
{
  gint64 ready_ns = get_ready_ns (await);
  guint64 loop, other_loop;
  gint64 rank, other_rank;

  /* What is in the midst of its callback is not called again before that returns. */
  if (ready_ns < 0 || now_ns - ready_ns <= stuck_after_ns || await->task->n_open_polls > 0 ||
      !get_rank (await, &loop, &rank))
    return NULL;
  for (guint i = 0; first != NULL && i < first->len; i++)
    {
      const ModelAwait *other =
          model_table_find (&model->awaits, g_array_index (first, guint64, i));

      if (other != NULL && other != await && get_rank (other, &other_loop, &other_rank) &&
          other_loop == loop && other_rank < rank)
        return other;
    }
  return NULL;
}

void
analysis_priority_check (AnalysisPriority *priority, ModelTarget *model,
                         const AnalysisInstant *instant)
{
  if (instant->now_ns < priority->next_ns)
    return;
  priority->next_ns = instant->now_ns + MIN (AGAIN_NS, instant->stuck_after_ns);
  if (priority->first == NULL)
    priority->first = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_array_set_size (priority->first, 0);
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      if (takes_turns (await, instant))
        note_first (model, priority->first, await);
  if (priority->first->len == 0 && !priority->is_marked)
    return;
  priority->is_marked = FALSE;
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        await->is_starved = find_rival (model, priority->first, await, instant->now_ns,
                                        instant->stuck_after_ns) != NULL;
        priority->is_marked |= await->is_starved;
      }
}

/* ---- In words ------------------------------------------------------------------------------- */

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

static FindingEvidence *
add_await (const ReportInput *input, Finding *finding, FindingRole role, const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (input->model, await, input->now_ns);
  FindingEvidence *evidence = finding_add_evidence (finding, role);

  if (evidence == NULL)
    return NULL;
  evidence->pid = input->pid;
  evidence->task = await->task->id != 0 ? await->task->number : 0;
  evidence->task_name = analysis_describe_task (await->task, await->location, input->places);
  evidence->wanted.name = analysis_describe_wait (&wait, input->places);
  evidence->wanted.kind = g_strdup (await->kind->name);
  finding_place_set (&evidence->wanted.place, input->places, await->location);
  return evidence;
}

static void
add_rival (const ReportInput *input, Finding *finding, const ModelAwait *rival)
{
  FindingEvidence *evidence = add_await (input, finding, FINDING_CAUSE, rival);
  g_autofree char *rate = model_format_count (rival->busy.rate);
  guint64 loop;
  gint64 rank = 0;

  get_rank (rival, &loop, &rank);
  evidence->sentence =
      g_strdup_printf (_ ("begun in %s, with priority %d, and called %s times a second: %s"),
                       place_or (&evidence->wanted.place), (int)rank, rate, evidence->wanted.name);
  finding_suggest (finding,
                   N_ ("let what is begun at %s rest when it has nothing to do, or give it a "
                       "priority that comes later"),
                   &evidence->wanted.place);
}

static void
add_starved (const ReportInput *input, Finding *finding, const ModelAwait *await)
{
  gint64 for_ns = MAX (input->now_ns - get_ready_ns (await), 0);
  g_autofree char *duration = model_format_duration (for_ns);
  FindingEvidence *evidence;
  guint64 loop;
  gint64 rank = 0;

  finding->since_ns = MAX (finding->since_ns, for_ns);
  if (finding->evidence->len > MAX_SHOWN)
    {
      finding->n_hidden++;
      return;
    }
  evidence = add_await (input, finding, FINDING_SUBJECT, await);
  evidence->wanted.since_ns = for_ns;
  get_rank (await, &loop, &rank);
  evidence->sentence = g_strdup_printf (
      _ ("begun in %s, with priority %d, and ready for %s without having been called: %s"),
      place_or (&evidence->wanted.place), (int)rank, duration, evidence->wanted.name);
}

/* One finding a loop. */
void
priority_add_findings (const ReportInput *input, GPtrArray *findings)
{
  const GArray *first = input->priority != NULL ? input->priority->first : NULL;
  g_autoptr (GHashTable) by_rival = g_hash_table_new (g_direct_hash, g_direct_equal);
  guint begin = findings->len;

  for (const ModelTask *task = input->model->first_task;
       first != NULL && first->len > 0 && task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      {
        const ModelAwait *rival =
            await->is_starved
                ? find_rival (input->model, first, await, input->now_ns, input->stuck_after_ns)
                : NULL;
        Finding *finding;

        if (rival == NULL)
          continue;
        finding = g_hash_table_lookup (by_rival, rival);
        if (finding == NULL)
          {
            finding = finding_new (FINDING_STARVED, ANALYSIS_INFERRED);
            finding->title = g_strdup (
                _ ("starved: it is ready, and something of a higher priority always comes first"));
            add_rival (input, finding, rival);
            g_hash_table_insert (by_rival, (gpointer)rival, finding);
            g_ptr_array_add (findings, finding);
          }
        add_starved (input, finding, await);
      }
  for (guint i = begin; i < findings->len; i++)
    finding_seal (g_ptr_array_index (findings, i));
}
