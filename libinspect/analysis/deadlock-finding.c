/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/deadlock-finding.h"

#include <glib/gi18n-lib.h>
#include "analysis/describe.h"
#include "inspector-probe.h"
#include "model/format.h"

#define MAX_AFFECTED 8 /* shown of those that wait behind it */

/* What lies between two waits of a cycle: the first needs a thing, which somebody has who cannot
 * go on because of the second. */
typedef struct
{
  ModelAwait *await;
  const AnalysisNode *thing; /* what it waits for: a resource, a task, or the thread of its job */
  const ModelHold *hold;     /* of @thing, by who has the next wait; NULL */
} Link;

typedef struct
{
  const ReportInput *input;
  const AnalysisDeadlock *deadlock;
  GArray *links; /* Link: once round the cycle */
  Finding *finding;
} Builder;

/* ---- Once round ----------------------------------------------------------------------------- */

static gboolean
is_in (const AnalysisDeadlock *deadlock, const AnalysisNode *node)
{
  return !node->is_free && node->component == deadlock->component;
}

static const AnalysisNode *
find_next (const AnalysisDeadlock *deadlock, const AnalysisNode *node)
{
  for (guint i = 0; i < node->n_edges; i++)
    {
      const AnalysisNode *next =
          analysis_graph_get (deadlock->graph, analysis_graph_get_edge (deadlock->graph, node, i));

      if (is_in (deadlock, next))
        return next;
    }
  return NULL;
}

static const ModelHold *
find_hold (const AnalysisNode *thing, const AnalysisNode *holder)
{
  if (thing->of != GRAPH_RESOURCE || holder == NULL)
    return NULL;
  for (const ModelHold *hold = thing->resource->holds; hold != NULL; hold = hold->resource_next)
    if ((holder->of == GRAPH_TASK && hold->task == holder->task) ||
        (holder->of == GRAPH_THREAD && hold->thread == holder->thread))
      return hold;
  return NULL;
}

/* From one wait to the next; NULL where the cycle is left, which cannot be. */
static const AnalysisNode *
follow_link (const AnalysisDeadlock *deadlock, const AnalysisNode *node, Link *link)
{
  link->await = node->await;
  link->thing = find_next (deadlock, node);
  if (link->thing == NULL)
    return NULL;
  node = link->thing;
  link->hold = find_hold (node, find_next (deadlock, node));
  while (node != NULL && node->of != GRAPH_AWAIT)
    node = find_next (deadlock, node);
  return node;
}

/* The latest wait closed the cycle, unless others have joined it: it is gone round from there. */
static const AnalysisNode *
find_latest (const AnalysisDeadlock *deadlock)
{
  const AnalysisNode *latest = NULL;

  for (guint i = 0; i < deadlock->graph->nodes->len; i++)
    {
      const AnalysisNode *node = analysis_graph_get (deadlock->graph, i);

      if (node->of == GRAPH_AWAIT && is_in (deadlock, node) &&
          (latest == NULL || node->await->begin_ns > latest->await->begin_ns))
        latest = node;
    }
  return latest;
}

static void
go_round (Builder *builder)
{
  const AnalysisNode *node = find_latest (builder->deadlock);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_direct_hash, g_direct_equal);
  gpointer at;

  while (node != NULL && !g_hash_table_contains (seen, node))
    {
      Link link = { 0 };

      g_hash_table_insert (seen, (gpointer)node, GUINT_TO_POINTER (builder->links->len));
      node = follow_link (builder->deadlock, node, &link);
      g_array_append_val (builder->links, link);
    }
  /* What leads into the cycle is not of it. */
  if (node != NULL && g_hash_table_lookup_extended (seen, node, NULL, &at))
    g_array_remove_range (builder->links, 0, GPOINTER_TO_UINT (at));
}

/* ---- What kind of cycle --------------------------------------------------------------------- */

typedef enum
{
  SHAPE_OWN_LOCK, /* the rows of the table below, first match first */
  SHAPE_OWN_END,
  SHAPE_OWN_HOLD,
  SHAPE_OWN_PIPE,
  SHAPE_PIPES,
  SHAPE_POOL,
  SHAPE_LOOP_CALL,
  SHAPE_LOOP_TASK,
  SHAPE_LOCKS,
  SHAPE_JOIN,
  SHAPE_OTHER,
} Shape;

typedef struct
{
  const char *title;      /* %u: tasks and threads in it, or no format */
  const char *suggestion; /* %s: the place to change */
} ShapeWords;

static const ShapeWords words[] = {
  [SHAPE_OWN_LOCK] = { N_ ("deadlock: a thread waits for a lock that it holds itself"),
                       N_ ("do not take the lock again at %s while it is held, or make it "
                           "recursive") },
  [SHAPE_OWN_END] = { N_ ("deadlock: a task waits for its own end"),
                      N_ ("do not wait at %s for what cannot end before that wait") },
  [SHAPE_OWN_HOLD] = { N_ ("deadlock: a task waits for what it holds itself"),
                       N_ ("do not wait at %s for more of what is held already, or let go of it "
                           "before") },
  [SHAPE_OWN_PIPE] = { N_ ("deadlock: a process waits for the other end of a pipe or connection "
                           "that "
                           "nobody but itself has open"),
                       N_ ("close the end that is not used, in this process and in what it starts, "
                           "before the wait at %s") },
  [SHAPE_PIPES] = { N_ ("deadlock: %u processes or threads wait for each other through pipes or "
                        "connections"),
                    N_ ("read while there is something to write and while something is waited for, "
                        "by poll() or in a thread of its own, at %s") },
  [SHAPE_POOL] = { N_ ("deadlock: all threads of a pool wait for work that is queued behind them"),
                   N_ ("do not wait at %s, in a thread of the pool, for other work of that pool; "
                       "give the inner work a pool of its own") },
  [SHAPE_LOOP_CALL] = { N_ ("deadlock: a thread sleeps in a call that only its own loop can end"),
                        N_ ("make the call at %s an asynchronous one: the loop that has to serve "
                            "it stands still meanwhile") },
  [SHAPE_LOOP_TASK] = { N_ ("deadlock: a thread waits for a task that needs the loop which this "
                            "thread runs"),
                        N_ ("do not block at %s: let the loop turn, and go on in the task's "
                            "callback") },
  [SHAPE_LOCKS] = { N_ ("deadlock: %u tasks hold locks and wait for each other's"),
                    N_ ("take the locks in the same order everywhere; at %s it is another one") },
  [SHAPE_JOIN] = { N_ ("deadlock: a task waits for another one to end, and holds a lock which that "
                       "one needs"),
                   N_ ("let go of the lock before the wait at %s") },
  [SHAPE_OTHER] = { N_ ("deadlock: %u tasks wait for each other"),
                    N_ ("do not wait at %s while others wait for this") },
};

static const Link *
get_link (const Builder *builder, guint index)
{
  return &g_array_index (builder->links, Link, index % builder->links->len);
}

static gboolean
thing_is (const Link *link, guint32 flags)
{
  return link->thing != NULL && link->thing->of == GRAPH_RESOURCE &&
         model_resource_is (link->thing->resource, flags);
}

static Shape
find_shape (const Builder *builder)
{
  guint n = builder->links->len, n_locks = 0, n_loops = 0, n_tasks = 0, n_pipes = 0;

  for (guint i = 0; i < n; i++)
    {
      const Link *link = get_link (builder, i);

      if (thing_is (link, INSPECT_RESOURCE_ANY) && model_await_is (link->await, INSPECT_AWAIT_POOL))
        return SHAPE_POOL;
      n_locks += thing_is (link, INSPECT_RESOURCE_LOCK);
      n_pipes +=
          thing_is (link, INSPECTOR_PROBE_RESOURCE_ENDS) && !thing_is (link, INSPECT_RESOURCE_LOCK);
      n_loops += thing_is (link, INSPECT_RESOURCE_LOOP);
      n_tasks += link->thing != NULL && link->thing->of == GRAPH_TASK;
    }
  if (n_pipes > 0)
    return n == 1 ? SHAPE_OWN_PIPE : SHAPE_PIPES;
  if (n == 1 && n_locks == 1)
    return SHAPE_OWN_LOCK;
  if (n == 1 && n_tasks == 1)
    return SHAPE_OWN_END;
  if (n_loops > 0 && n == 1)
    return SHAPE_LOOP_CALL;
  if (n == 1)
    return SHAPE_OWN_HOLD;
  if (n_loops > 0 && n_tasks > 0)
    return SHAPE_LOOP_TASK;
  if (n_locks == n)
    return SHAPE_LOCKS;
  return n_locks > 0 && n_tasks > 0 ? SHAPE_JOIN : SHAPE_OTHER;
}

/* The wait that should not be where it is: the one that makes a loop or a thread of a pool stand
 * still; else the one that closed the cycle. */
static const ModelAwait *
find_culprit (const Builder *builder, Shape shape)
{
  const ModelAwait *latest = get_link (builder, 0)->await;

  for (guint i = 0; i < builder->links->len; i++)
    {
      const Link *link = get_link (builder, i),
                 *before = get_link (builder, i + builder->links->len - 1);

      if ((shape == SHAPE_LOOP_CALL || shape == SHAPE_LOOP_TASK) &&
          thing_is (before, INSPECT_RESOURCE_LOOP))
        return link->await;
      if (shape == SHAPE_POOL && link->await->blocks)
        return link->await;
      if (shape == SHAPE_JOIN && thing_is (before, INSPECT_RESOURCE_LOCK) &&
          link->thing->of == GRAPH_TASK)
        return link->await;
      /* Of another process nobody knows where it is. */
      if ((link->await->location != 0) != (latest->location != 0)
              ? link->await->location != 0
              : link->await->begin_ns > latest->begin_ns)
        latest = link->await;
    }
  return latest;
}

/* ---- Evidence ------------------------------------------------------------------------------- */

static char *
name_task (const Builder *builder, const ModelTask *task, guint32 location)
{
  g_autofree char *name = analysis_describe_task (task, location, builder->input->places);

  g_autofree char *number = model_format_count (task->number);

  return g_strdup_printf (_ ("%s (task %s)"), name, number);
}

static void
name_thing (const Builder *builder, FindingThing *thing, const Link *link)
{
  const AnalysisNode *node = link->thing;

  if (node->of == GRAPH_RESOURCE)
    {
      thing->name = analysis_describe_resource (builder->input->model, node->resource,
                                                builder->input->places);
      thing->kind = g_strdup (node->resource->kind->name);
      thing->object = node->resource->object;
      thing->relation =
          model_resource_is (node->resource, INSPECT_RESOURCE_LOOP) ? FINDING_RUNS : FINDING_HOLDS;
      return;
    }
  thing->relation = FINDING_COMPLETES;
  thing->kind = g_strdup ("task");
  if (node->of == GRAPH_TASK)
    {
      thing->name = name_task (builder, node->task, 0);
      thing->object = node->task->number;
    }
  else
    thing->name = finding_describe_thread (builder->input->facts, node->thread->tid);
}

static gint64
ago (const Builder *builder, gint64 time_ns)
{
  return MAX (builder->input->now_ns - time_ns, 0);
}

static void
fill_who (const Builder *builder, FindingEvidence *evidence, const ModelAwait *await)
{
  const ModelThread *thread = model_target_get_thread (builder->input->model, await->ring);

  evidence->pid = builder->input->pid;
  if (await->task->id != 0)
    {
      evidence->task = await->task->number;
      evidence->task_name =
          analysis_describe_task (await->task, await->location, builder->input->places);
    }
  evidence->tid = await->blocks && thread != NULL ? thread->tid : await->task->tid;
  if (evidence->tid > 0)
    evidence->thread = finding_describe_thread (builder->input->facts, evidence->tid);
}

static void
fill_wanted (const Builder *builder, FindingEvidence *evidence, const Link *link)
{
  guint64 deadline;

  name_thing (builder, &evidence->wanted, link);
  finding_place_set (&evidence->wanted.place, builder->input->places, link->await->location);
  evidence->wanted.since_ns = ago (builder, link->await->begin_ns);
  if (model_await_get_value (link->await, MODEL_KEY_DEADLINE, &deadline) && deadline < G_MAXINT64)
    {
      evidence->has_deadline = TRUE;
      evidence->deadline_in_ns = (gint64)deadline - builder->input->now_ns;
    }
}

static void
fill_held (const Builder *builder, FindingEvidence *evidence, const Link *before)
{
  name_thing (builder, &evidence->held, before);
  if (before->hold == NULL)
    return;
  finding_place_set (&evidence->held.place, builder->input->places, before->hold->location);
  evidence->held.since_ns = ago (builder, before->hold->since_ns);
}

static const char *
place_or (const FindingPlace *place)
{
  return place->text != NULL && *place->text != '\0' ? place->text : _ ("an unknown place");
}

static char *
describe_held (const FindingThing *held, const Link *before)
{
  if (thing_is (before, INSPECTOR_PROBE_RESOURCE_ENDS) && !thing_is (before, INSPECT_RESOURCE_LOCK))
    return g_strdup_printf (_ ("it has the other end of what is waited for: %s"), held->name);
  switch (held->relation)
    {
    case FINDING_RUNS:
      return g_strdup_printf (_ ("it runs %s, entered in %s"), held->name, place_or (&held->place));
    case FINDING_COMPLETES:
      return g_strdup (_ ("its own end is waited for"));
    default:
      return g_strdup_printf (_ ("it holds %s, taken in %s"), held->name, place_or (&held->place));
    }
}

static char *
describe_wanted (const Builder *builder, const char *who, const FindingThing *wanted,
                 const ModelAwait *await)
{
  const AnalysisWait wait = analysis_wait_of (builder->input->model, await, builder->input->now_ns);
  g_autofree char *what = NULL;

  switch (wanted->relation)
    {
    case FINDING_RUNS:
      what = analysis_describe_wait (&wait, builder->input->places);
      return g_strdup_printf (_ ("%s waits in %s for what only %s can bring: %s"), who,
                              place_or (&wanted->place), wanted->name, what);
    case FINDING_COMPLETES:
      return g_strdup_printf (_ ("%s waits in %s for the end of %s"), who,
                              place_or (&wanted->place), wanted->name);
    default:
      /* Of another process it is not known. */
      if (wanted->place.text == NULL || *wanted->place.text == '\0')
        return g_strdup_printf (_ ("%s waits for %s"), who, wanted->name);
      return g_strdup_printf (_ ("%s waits in %s for %s"), who, wanted->place.text, wanted->name);
    }
}

static void
add_evidence (Builder *builder, FindingRole role, const Link *link, const Link *before)
{
  FindingEvidence *evidence = finding_add_evidence (builder->finding, role);
  g_autofree char *who = NULL;
  g_autofree char *wanted = NULL;
  g_autofree char *held = NULL;

  if (evidence == NULL)
    return;
  fill_who (builder, evidence, link->await);
  fill_wanted (builder, evidence, link);
  if (before != NULL)
    fill_held (builder, evidence, before);
  if (evidence->task != 0)
    who = name_task (builder, link->await->task, link->await->location);
  else if (evidence->thread != NULL)
    who = g_strdup (evidence->thread);
  else
    who = g_strdup (_ ("something outside of any task"));
  wanted = describe_wanted (builder, who, &evidence->wanted, link->await);
  if (evidence->held.name != NULL)
    held = describe_held (&evidence->held, before);
  evidence->sentence =
      held != NULL ? g_strdup_printf (_ ("%s; %s"), wanted, held) : g_steal_pointer (&wanted);
}

static gboolean
is_linked (const Builder *builder, const ModelAwait *await)
{
  for (guint i = 0; i < builder->links->len; i++)
    if (get_link (builder, i)->await == await)
      return TRUE;
  return FALSE;
}

/* What @await's task or thread holds that others of the knot wait for. */
static void
find_held_in (const Builder *builder, const ModelAwait *await, Link *ret_before)
{
  const ModelThread *thread = model_target_get_thread (builder->input->model, await->ring);
  const AnalysisGraph *graph = builder->deadlock->graph;

  for (guint i = 0; i < graph->nodes->len && ret_before->hold == NULL; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);

      if (node->of != GRAPH_RESOURCE || !is_in (builder->deadlock, node))
        continue;
      for (const ModelHold *hold = node->resource->holds; hold != NULL; hold = hold->resource_next)
        if ((hold->task != NULL && hold->task == await->task) ||
            (await->blocks && thread != NULL && hold->thread == thread))
          *ret_before = (Link){ .thing = node, .hold = hold };
    }
}

/* A knot has waits beside the cycle that was gone round: each worker of a pool, each reader. */
static void
add_others (Builder *builder)
{
  const AnalysisGraph *graph = builder->deadlock->graph;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);
      Link link = { 0 }, before = { 0 };

      if (node->of != GRAPH_AWAIT || !is_in (builder->deadlock, node) ||
          (builder->links->len <= FINDING_MAX_EVIDENCE && is_linked (builder, node->await)))
        continue;
      if (builder->finding->evidence->len == FINDING_MAX_EVIDENCE)
        {
          builder->finding->n_hidden++;
          continue;
        }
      follow_link (builder->deadlock, node, &link);
      find_held_in (builder, link.await, &before);
      add_evidence (builder, FINDING_WAITS, &link, before.thing != NULL ? &before : NULL);
    }
}

/* Who waits behind it for what is held in it. */
static void
add_affected (Builder *builder)
{
  const AnalysisGraph *graph = builder->deadlock->graph;
  guint n = 0;

  for (guint i = 0; i < graph->nodes->len; i++)
    {
      const AnalysisNode *node = analysis_graph_get (graph, i);

      if (node->of != GRAPH_RESOURCE || !is_in (builder->deadlock, node))
        continue;
      for (ModelAwait *await = node->resource->awaits; await != NULL; await = await->resource_next)
        {
          const Link link = { .await = await, .thing = node };

          if (analysis_graph_is_taken_up (await) ||
              (await->node < graph->nodes->len &&
               analysis_graph_get (graph, await->node)->object == await))
            continue;
          if (n++ < MAX_AFFECTED)
            add_evidence (builder, FINDING_AFFECTED, &link, NULL);
          else
            builder->finding->n_hidden++;
        }
    }
}

/* ---- The finding ---------------------------------------------------------------------------- */

static guint
count_waits (const AnalysisDeadlock *deadlock)
{
  guint n = 0;

  for (guint i = 0; i < deadlock->graph->nodes->len; i++)
    n += analysis_graph_get (deadlock->graph, i)->of == GRAPH_AWAIT &&
         is_in (deadlock, analysis_graph_get (deadlock->graph, i));
  return n;
}

static gboolean
is_about_pipes (const Builder *builder)
{
  Shape shape = find_shape (builder);

  return shape == SHAPE_OWN_PIPE || shape == SHAPE_PIPES;
}

static char *
describe_certainty (const Builder *builder)
{
  const AnalysisDeadlock *deadlock = builder->deadlock;
  gint64 in_ns = deadlock->deadline_ns - builder->input->now_ns;
  g_autofree char *in = NULL;

  if (deadlock->has_deadline && in_ns > 0)
    {
      in = model_format_duration (in_ns);
      return g_strdup_printf (_ ("not for ever: one of these waits gives up in %s"), in);
    }
  if (deadlock->has_deadline)
    return g_strdup (_ ("one of these waits should have given up by now"));
  if (deadlock->is_as_seen && is_about_pipes (builder))
    return g_strdup (
        _ ("as far as is seen: a process that is not ours to look into may have an end "
           "of one of them open, too"));
  if (deadlock->is_as_seen)
    return g_strdup (_ ("as far as is seen: somebody else may hold permits, too"));
  if (!deadlock->is_proven)
    return g_strdup (_ ("records were lost, so that one of them may have let go unseen"));
  return NULL;
}

/* It was waited for when the task was first seen, which was not its beginning. */
static gboolean
began_before (const ModelAwait *await)
{
  return await->task != NULL && await->task->began_before &&
         await->begin_ns <= await->task->begin_ns;
}

static void
say (Builder *builder)
{
  Shape shape = find_shape (builder);
  const char *title = _ (words[shape].title);
  const char *gap = strstr (title, "%u");
  FindingPlace place = { 0 };

  builder->finding->title = gap == NULL
                                ? g_strdup (title)
                                : g_strdup_printf ("%.*s%u%s", (int)(gap - title), title,
                                                   count_waits (builder->deadlock), gap + 2);
  builder->finding->detail = describe_certainty (builder);
  finding_place_set (&place, builder->input->places, find_culprit (builder, shape)->location);
  finding_suggest (builder->finding, words[shape].suggestion, &place);
  finding_place_clear (&place);
}

Finding *
deadlock_finding_new (const ReportInput *input, const AnalysisDeadlock *deadlock)
{
  Builder builder = { .input = input, .deadlock = deadlock };
  guint n;

  builder.links = g_array_new (FALSE, TRUE, sizeof (Link));
  builder.finding =
      finding_new (FINDING_DEADLOCK, deadlock->is_proven ? ANALYSIS_CERTAIN : ANALYSIS_INFERRED);
  builder.finding->since_ns = MAX (input->now_ns - deadlock->formed_ns, 0);
  builder.finding->has_deadline = deadlock->has_deadline;
  if (deadlock->has_deadline)
    builder.finding->deadline_in_ns = deadlock->deadline_ns - input->now_ns;
  go_round (&builder);
  n = builder.links->len;
  builder.finding->began_before = n > 0 && began_before (get_link (&builder, 0)->await);
  for (guint i = 0; i < MIN (n, FINDING_MAX_EVIDENCE); i++)
    add_evidence (&builder, FINDING_WAITS, get_link (&builder, i), get_link (&builder, i + n - 1));
  add_others (&builder);
  add_affected (&builder);
  say (&builder);
  finding_seal (builder.finding);
  g_array_unref (builder.links);
  return builder.finding;
}
