/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is shown of a graph: deadlocks always, what is near the task that is looked at, and the rest by kind,
 * so that nothing is lost without being counted. */

#include <string.h>
#include <time.h>

#include "channel/layout.h"
#include "graph/wait-graph.h"
#include "model-fixture.h"

#define WAITERS 0x1000
#define N_WAITERS 40u
#define HOLDER 0x10
#define FIRST 0x21
#define SECOND 0x22
#define LOCK(i) OBJECT (KIND_LOCK, 0x70 + (i))

typedef struct
{
  Fixture f;
  AnalysisPlaces *places;
  ExportWaitGraph *graph;
} Story;

static void
begin (Story *s, guint64 task, const char *name)
{
  fixture_feed (&s->f, CHANNEL_TASK_BEGIN, task, 0, fixture_place (&s->f, "begin", "app.c", 5));
  if (name != NULL)
    fixture_text (&s->f, task, KEY_NAME, name);
}

static void
wait_for (Story *s, guint64 task, guint64 lock)
{
  s->f.now_ns += MS (1);
  fixture_feed (&s->f, CHANNEL_AWAIT_BEGIN, task, OBJECT (KIND_ASYNC_LOCKING, task),
                fixture_place (&s->f, "wait", "app.c", 20));
  fixture_value (&s->f, OBJECT (KIND_ASYNC_LOCKING, task), KEY_RESOURCE, lock);
}

static void
take (Story *s, guint64 task, guint64 lock)
{
  s->f.now_ns += MS (1);
  fixture_feed (&s->f, CHANNEL_ACQUIRE, task, lock, fixture_place (&s->f, "take", "app.c", 10));
}

/* Forty workers wait for lock 0, which HOLDER has; it waits for lock 3. FIRST and SECOND have locks 1 and 2
 * and wait for the other's. */
static void
setup (Story *s, gconstpointer data)
{
  fixture_setup (&s->f, NULL);
  s->places = analysis_places_new (&fixture_tables, &s->f, NULL, NULL);
  begin (s, HOLDER, "holder");
  take (s, HOLDER, LOCK (0));
  for (guint i = 0; i < N_WAITERS; i++)
    {
      g_autofree char *name = g_strdup_printf ("worker %u", i);

      begin (s, WAITERS + i, name);
      wait_for (s, WAITERS + i, LOCK (0));
    }
  wait_for (s, HOLDER, LOCK (3));
  begin (s, FIRST, "first");
  begin (s, SECOND, "second");
  take (s, FIRST, LOCK (1));
  take (s, SECOND, LOCK (2));
  wait_for (s, FIRST, LOCK (2));
  wait_for (s, SECOND, LOCK (1));
}

static void
teardown (Story *s, gconstpointer data)
{
  export_wait_graph_free (s->graph);
  analysis_places_free (s->places);
  fixture_teardown (&s->f, NULL);
}

static guint64
get_number (const ModelTask *task, gpointer data)
{
  return task->number;
}

static void
choose (Story *s, const ExportGraphChoice *choice)
{
  const ReportInput input = { .pid = 4711,
                              .command = "app",
                              .model = s->f.model,
                              .places = s->places,
                              .now_ns = s->f.now_ns + SECONDS (2) };

  g_clear_pointer (&s->graph, export_wait_graph_free);
  s->graph = export_wait_graph_new_chosen (&input, choice, get_number, NULL);
}

static const ExportNode *
find (Story *s, const char *begin)
{
  for (guint i = 0; i < s->graph->nodes->len; i++)
    {
      const ExportNode *node = &g_array_index (s->graph->nodes, ExportNode, i);

      if (strstr (node->label->str, begin) != NULL)
        return node;
    }
  return NULL;
}

static guint
count_members (Story *s)
{
  guint n = s->graph->n_hidden;

  for (guint i = 0; i < s->graph->nodes->len; i++)
    n += g_array_index (s->graph->nodes, ExportNode, i).n_members;
  return n;
}

#define N_NODES (N_WAITERS + 3 + 4)

static void
test_all (Story *s, gconstpointer data)
{
  choose (s, &(ExportGraphChoice){ .max_nodes = 1000 });
  g_assert_cmpuint (s->graph->nodes->len, ==, N_NODES);
  g_assert_cmpuint (s->graph->edges->len, ==, N_WAITERS + 6);
  g_assert_cmpuint (s->graph->n_hidden, ==, 0);
  g_assert_cmpuint (s->graph->n_cycles, ==, 1);
  for (guint i = 0; i < s->graph->nodes->len; i++)
    g_assert_cmpuint (g_array_index (s->graph->nodes, ExportNode, i).id, !=, 0);
}

static void
test_cut (Story *s, gconstpointer data)
{
  choose (s, &(ExportGraphChoice){ .max_nodes = 6 });
  g_assert_cmpuint (s->graph->nodes->len, ==, 6);
  g_assert_cmpuint (count_members (s), ==, N_NODES);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (g_array_index (s->graph->nodes, ExportNode, i).cycle, ==, 1);
}

static void
test_folded (Story *s, gconstpointer data)
{
  const ExportNode *fold;
  guint n_edges = 0;

  choose (s, &(ExportGraphChoice){ .max_nodes = 300, .folds = TRUE });
  g_assert_cmpuint (s->graph->nodes->len, ==, 1 + 3 + 4);
  g_assert_cmpuint (count_members (s), ==, N_NODES);
  fold = find (s, "40 × worker …");
  g_assert_nonnull (fold);
  g_assert_cmpuint (fold->n_members, ==, N_WAITERS);
  g_assert_cmpuint (fold->id, ==, 0);
  g_assert_nonnull (strstr (fold->label->str, "\n"));
  for (guint i = 0; i < s->graph->edges->len; i++)
    {
      const ExportEdge *edge = &g_array_index (s->graph->edges, ExportEdge, i);

      if (&g_array_index (s->graph->nodes, ExportNode, edge->from) != fold)
        continue;
      n_edges++;
      g_assert_cmpuint (edge->n, ==, N_WAITERS);
      /* The oldest one, and the place that all have. */
      g_assert_cmpstr (edge->place, ==, "app.c:20");
      g_assert_cmpstr (edge->duration, ==, "2.0 s");
    }
  g_assert_cmpuint (n_edges, ==, 1);
}

static void
test_opened (Story *s, gconstpointer data)
{
  guint64 group;

  choose (s, &(ExportGraphChoice){ .max_nodes = 300, .folds = TRUE });
  group = find (s, "worker")->group;
  choose (s, &(ExportGraphChoice){ .max_nodes = 300, .folds = TRUE, .open = &group, .n_open = 1 });
  g_assert_cmpuint (s->graph->nodes->len, ==, N_NODES);
  /* And where there is no room for all of them, the rest stays folded. */
  choose (s, &(ExportGraphChoice){ .max_nodes = 20, .folds = TRUE, .open = &group, .n_open = 1 });
  g_assert_cmpuint (s->graph->nodes->len, ==, 21);
  g_assert_cmpuint (count_members (s), ==, N_NODES);
}

/* One of many: itself and all that it needs stand for themselves, the others are still one. */
static void
test_focus (Story *s, gconstpointer data)
{
  choose (s, &(ExportGraphChoice){
                 .max_nodes = 300, .folds = TRUE, .focus = fixture_task (&s->f, WAITERS + 7) });
  g_assert_cmpuint (s->graph->nodes->len, ==, 2 + 3 + 4);
  g_assert_nonnull (find (s, "worker 7"));
  g_assert_cmpuint (find (s, "39 × worker")->n_members, ==, N_WAITERS - 1);
  g_assert_cmpuint (count_members (s), ==, N_NODES);
}

static void
test_part (Story *s, gconstpointer data)
{
  choose (s, &(ExportGraphChoice){ .max_nodes = 300,
                                   .folds = TRUE,
                                   .only_part = TRUE,
                                   .focus = fixture_task (&s->f, WAITERS + 7) });
  g_assert_null (find (s, "first"));
  g_assert_nonnull (find (s, "holder"));
  g_assert_cmpuint (s->graph->n_hidden, ==, 4);
  g_assert_cmpuint (count_members (s), ==, N_NODES);
  choose (s, &(ExportGraphChoice){ .max_nodes = 300,
                                   .folds = TRUE,
                                   .only_part = TRUE,
                                   .focus = fixture_task (&s->f, FIRST) });
  g_assert_cmpuint (s->graph->nodes->len, ==, 4);
}

/* Five of a kind are not too many, six are. */
static void
test_few (Story *s, gconstpointer data)
{
  static const struct
  {
    guint n, n_nodes;
  } cases[] = { { 5, 5 }, { 6, 1 } };

  for (guint k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      Story own = { 0 };

      fixture_setup (&own.f, NULL);
      own.places = analysis_places_new (&fixture_tables, &own.f, NULL, NULL);
      for (guint i = 0; i < cases[k].n; i++)
        {
          begin (&own, WAITERS + i, NULL);
          wait_for (&own, WAITERS + i, LOCK (0));
        }
      choose (&own, &(ExportGraphChoice){ .max_nodes = 300, .folds = TRUE });
      g_assert_cmpuint (own.graph->nodes->len, ==, cases[k].n_nodes + 1);
      teardown (&own, NULL);
    }
}

/* Of this thread: others may have the processor meanwhile. */
static gint64
get_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* The graph is built many times a second while a program runs. How long it takes decides nothing. */
static void
test_scale (Story *s, gconstpointer data)
{
  guint n = GPOINTER_TO_UINT (data);
  gint64 begin_us;

  for (guint i = 0; i < n; i++)
    {
      begin (s, 0x100000 + i, NULL);
      take (s, 0x100000 + i, OBJECT (KIND_LOCK, 0x100000 + i));
      wait_for (s, 0x100000 + i, OBJECT (KIND_LOCK, 0x100000 + i / 2));
    }
  for (guint i = 0; i < 3; i++)
    {
      begin_us = get_cpu_us ();
      choose (s, &(ExportGraphChoice){ .max_nodes = 300, .folds = TRUE });
      g_test_message ("%u tasks: %.1f ms, %u nodes", n, (double)(get_cpu_us () - begin_us) / 1000,
                      s->graph->nodes->len);
    }
  g_assert_cmpuint (s->graph->nodes->len, <=, 348);
  /* A lock that nobody waits for is no node. */
  g_assert_cmpuint (count_members (s), ==, N_NODES + n + n / 2);
}

/* Without a name of its own it is called by where it began, as in tables and reports, wherever it waits now. */
static void
test_named_by_where_it_began (Story *s, gconstpointer data)
{
  begin (s, 0x31, NULL);
  wait_for (s, 0x31, LOCK (0));
  choose (s, &(ExportGraphChoice){ .max_nodes = 1000 });
  g_assert_nonnull (find (s, " begin\n"));
  g_assert_null (find (s, " wait\n"));
  for (guint64 task = 0x32; task < 0x3a; task++)
    {
      begin (s, task, NULL);
      wait_for (s, task, LOCK (0));
    }
  choose (s, &(ExportGraphChoice){ .max_nodes = 300, .folds = TRUE });
  g_assert_nonnull (find (s, "9 × begin\n"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/wait-graph/" path, Story, NULL, setup, func, teardown)
  ADD ("all", test_all);
  ADD ("cut", test_cut);
  ADD ("folded", test_folded);
  ADD ("opened", test_opened);
  ADD ("focus", test_focus);
  ADD ("part", test_part);
  ADD ("few", test_few);
  ADD ("named-by-where-it-began", test_named_by_where_it_began);
#undef ADD
  for (guint n = 1000; n <= 100000; n *= 10)
    {
      g_autofree char *path = g_strdup_printf ("/wait-graph/scale/%u", n);

      g_test_add (path, Story, GUINT_TO_POINTER (n), setup, test_scale, teardown);
    }
  return g_test_run ();
}
