/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The graph of many tasks, as a thread makes it: what it shows is what it would show if the session's thread had made it,
 * live and recorded; and that thread has done no more of it than to name what is shown. */

#include <fcntl.h>
#include <unistd.h>

#include "channel-builder.h"
#include "graph/wait-graph.h"
#include "inspect.h"
#include "inspector-graph.h"
#include "inspector.h"
#include "part-story.h"
#include "session/inspector-history-private.h"

#define N_MOMENTS 9u
#define MAX_NODES 24u
#define NOBODY 0x7ffffffe /* no process has this pid */
#define SECOND G_GINT64_CONSTANT (1000000000)

/* ---- What a thread has to do -------------------------------------------------------------------- */

/* Atomic: how often it was done, and how often by the thread of the session. */
typedef struct
{
  gint n, n_here;
} Work;

static Work loads, graphs, whole_graphs;
static GThread *here;

static void
count (Work *work)
{
  g_atomic_int_inc (&work->n);
  if (g_thread_self () == here)
    g_atomic_int_inc (&work->n_here);
}

/* The linker has calls of a function NAME come here (--wrap): tests/unit/meson.build. */
ModelTarget *__real_history_program_load (HistoryProgram *program, const HistoryNames *names,
                                          guint64 *next_number, gint64 at_ns);
ModelTarget *__wrap_history_program_load (HistoryProgram *program, const HistoryNames *names,
                                          guint64 *next_number, gint64 at_ns);
WaitGraph *__real_wait_graph_new (ModelTarget *model, const ExportGraphChoice *choice);
WaitGraph *__wrap_wait_graph_new (ModelTarget *model, const ExportGraphChoice *choice);
ExportWaitGraph *__real_export_wait_graph_new_chosen (const ReportInput *state,
                                                      const ExportGraphChoice *choice,
                                                      ExportNumberFunc number, gpointer data);
ExportWaitGraph *__wrap_export_wait_graph_new_chosen (const ReportInput *state,
                                                      const ExportGraphChoice *choice,
                                                      ExportNumberFunc number, gpointer data);

ModelTarget *
__wrap_history_program_load (HistoryProgram *program, const HistoryNames *names,
                             guint64 *next_number, gint64 at_ns)
{
  count (&loads);
  return __real_history_program_load (program, names, next_number, at_ns);
}

WaitGraph *
__wrap_wait_graph_new (ModelTarget *model, const ExportGraphChoice *choice)
{
  count (&graphs);
  return __real_wait_graph_new (model, choice);
}

ExportWaitGraph *
__wrap_export_wait_graph_new_chosen (const ReportInput *state, const ExportGraphChoice *choice,
                                     ExportNumberFunc number, gpointer data)
{
  count (&whole_graphs);
  return __real_export_wait_graph_new_chosen (state, choice, number, data);
}

static void
begin_counting (void)
{
  here = g_thread_self ();
  loads = graphs = whole_graphs = (Work){ 0, 0 };
}

static void
assert_not_here (gint n_graphs)
{
  g_assert_cmpint (g_atomic_int_get (&graphs.n), ==, n_graphs);
  g_assert_cmpint (g_atomic_int_get (&graphs.n_here), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&whole_graphs.n), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&loads.n_here), ==, 0);
}

/* ---- Graphs ------------------------------------------------------------------------------------- */

/* Each instant and each task of theirs is much. */
static InspectorHistory *
open_as_large (const PartStory *f)
{
  g_autoptr (GError) error = NULL;
  InspectorHistory *history = inspector_history_open_recording (f->path, NULL, &error);

  g_assert_no_error (error);
  ((HistoryProgram *)history->programs->pdata[0])->max_whole = 1;
  return history;
}

typedef struct
{
  InspectorGraph *graph;
  gboolean is_done, is_cancelled;
} Answer;

static void
on_built (GObject *history, GAsyncResult *result, gpointer data)
{
  Answer *answer = data;
  g_autoptr (GError) error = NULL;

  answer->graph =
      inspector_history_build_graph_finish (INSPECTOR_HISTORY (history), result, &error);
  answer->is_cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  if (!answer->is_cancelled)
    g_assert_no_error (error);
  answer->is_done = TRUE;
}

static InspectorGraph *
build_aside (InspectorHistory *history, gint64 at_ns, const InspectorGraphChoice *choice)
{
  Answer answer = { NULL };

  g_assert_false (inspector_history_has_graph (history, at_ns));
  inspector_history_build_graph_async (history, at_ns, choice, NULL, on_built, &answer);
  while (!answer.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_nonnull (answer.graph);
  return answer.graph;
}

static void
assert_same_node (InspectorGraph *a, InspectorGraph *b, guint index)
{
  InspectorNode x, y;

  g_assert_true (inspector_graph_get_node (a, index, &x));
  g_assert_true (inspector_graph_get_node (b, index, &y));
  g_assert_cmpstr (x.label, ==, y.label);
  g_assert_cmpint (x.kind, ==, y.kind);
  g_assert_cmpuint (x.number, ==, y.number);
  g_assert_cmpuint (x.id, ==, y.id);
  g_assert_cmpuint (x.group, ==, y.group);
  g_assert_cmpuint (x.n_members, ==, y.n_members);
  g_assert_cmpint (x.cycle != 0, ==, y.cycle != 0);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

static char *
dup_edges (InspectorGraph *graph)
{
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < inspector_graph_get_n_edges (graph); i++)
    {
      InspectorEdge edge;

      g_assert_true (inspector_graph_get_edge (graph, i, &edge));
      g_ptr_array_add (lines, g_strdup_printf ("%u %u %d %s %s %u", edge.from, edge.to,
                                               edge.is_hold, edge.place, edge.duration, edge.n));
    }
  g_ptr_array_sort (lines, compare_texts);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **)lines->pdata);
}

static void
assert_same_graph (InspectorGraph *a, InspectorGraph *b)
{
  g_autofree char *x = dup_edges (a), *y = dup_edges (b);

  g_assert_cmpuint (inspector_graph_get_n_nodes (a), ==, inspector_graph_get_n_nodes (b));
  g_assert_cmpuint (inspector_graph_get_n_hidden (a), ==, inspector_graph_get_n_hidden (b));
  g_assert_cmpuint (inspector_graph_get_n_cycles (a), ==, inspector_graph_get_n_cycles (b));
  for (guint i = 0; i < inspector_graph_get_n_nodes (a); i++)
    assert_same_node (a, b, i);
  g_assert_cmpstr (x, ==, y);
}

/* Forth through the recording and back, so that what a thread has read is gone on from, and read anew. */
static gint64
choose_moment (const PartStory *f, guint i)
{
  guint step = i < N_MOMENTS ? i + 1 : 2 * N_MOMENTS - i;

  return PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / (N_MOMENTS + 1) * step;
}

/* ---- The tests ---------------------------------------------------------------------------------- */

static void
test_recorded (PartStory *f, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) alone = inspector_history_open_recording (f->path, NULL, &error);
  g_autoptr (InspectorHistory) aside = open_as_large (f);
  guint64 open = 0;
  guint n_edges = 0, n_folds = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < 2 * N_MOMENTS; i++)
    {
      gint64 at_ns = choose_moment (f, i);
      const ModelTrack *focus = inspector_history_peek_track (alone, 1 + i);
      const InspectorGraphChoice choice = { .max_nodes = MAX_NODES,
                                            .folds = i % 3 != 0,
                                            .focus = i % 2 != 0 ? focus->number : 0,
                                            .only_part = i % 4 == 3,
                                            .open = &open,
                                            .n_open = 1 };
      g_autoptr (InspectorGraph) a =
          inspector_history_build_graph_of (alone, at_ns, &choice, &error);
      g_autoptr (InspectorGraph) b = NULL;

      g_assert_no_error (error);
      begin_counting ();
      b = build_aside (aside, at_ns, &choice);
      assert_not_here (1);
      assert_same_graph (a, b);
      /* Nor is there a model of all tasks that this thread would have to free. */
      g_assert_cmpuint (g_hash_table_size (aside->moments), ==, 0);
      n_edges += inspector_graph_get_n_edges (b);
      for (guint k = 0; k < inspector_graph_get_n_nodes (b); k++)
        {
          InspectorNode node;

          inspector_graph_get_node (b, k, &node);
          n_folds += node.n_members > 1;
          if (node.n_members > 1)
            open = node.group;
        }
    }
  g_assert_cmpuint (n_edges, >, N_MOMENTS);
  g_assert_cmpuint (n_folds, >, 0);
}

/* What was read is gone on from: nothing is read twice. */
static void
test_goes_on (PartStory *f, gconstpointer unused)
{
  g_autoptr (InspectorHistory) history = open_as_large (f);
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES };

  begin_counting ();
  for (guint i = 0; i < 3; i++)
    g_object_unref (build_aside (history, f->last_ns - 1, &choice));
  assert_not_here (3);
  g_assert_cmpint (g_atomic_int_get (&loads.n), ==, 1);
}

/* Nor is what two views want at once. */
static void
test_two_at_once (PartStory *f, gconstpointer unused)
{
  g_autoptr (InspectorHistory) history = open_as_large (f);
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES };
  const InspectorGraphChoice other = { .max_nodes = MAX_NODES, .folds = TRUE };
  Answer first = { NULL }, second = { NULL };

  begin_counting ();
  inspector_history_build_graph_async (history, f->last_ns - 1, &choice, NULL, on_built, &first);
  inspector_history_build_graph_async (history, f->last_ns - 1, &other, NULL, on_built, &second);
  while (!first.is_done || !second.is_done)
    g_main_context_iteration (NULL, TRUE);
  assert_not_here (2);
  g_assert_cmpint (g_atomic_int_get (&loads.n), ==, 1);
  g_object_unref (first.graph);
  g_object_unref (second.graph);
}

/* Whoever goes on to another instant before this one is read; and a history that goes meanwhile. */
static void
test_given_up (PartStory *f, gconstpointer unused)
{
  InspectorHistory *history = open_as_large (f);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES };
  Answer first = { NULL }, second = { NULL };

  inspector_history_build_graph_async (history, f->last_ns / 2, &choice, cancellable, on_built,
                                       &first);
  g_cancellable_cancel (cancellable);
  inspector_history_build_graph_async (history, f->last_ns - 1, &choice, NULL, on_built, &second);
  g_object_unref (history);
  while (!first.is_done || !second.is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (first.is_cancelled);
  g_assert_null (first.graph);
  g_assert_nonnull (second.graph);
  g_object_unref (second.graph);
}

/* A program that runs, and is recorded: its tasks wait. */
static InspectorSession *
open_live (InspectorHistory **ret_history, const char *path)
{
  ChannelBuilderShape shape = { 0 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  InspectorSession *session = inspector_session_new ();
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint32 place = channel_builder_add_location (builder, "src/app.c", "load", 7);
  guint64 kind = channel_builder_add_kind (builder, INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT,
                                           "t.read", "reading");
  g_autoptr (GError) error = NULL;

  *ret_history = inspector_session_keep_history (session);
  for (guint64 id = 0x1000; id < 0x5000; id += 0x1000)
    {
      channel_builder_record (builder, ring, (guint64)SECOND, CHANNEL_TASK_BEGIN, place, id, 0);
      channel_builder_record (builder, ring, 2 * (guint64)SECOND, CHANNEL_AWAIT_BEGIN, place, id,
                              kind << 48 | id);
    }
  g_assert_true (inspector_session_start_recording (session, path, TRUE, &error));
  inspector_target_attach_channel (inspector_session_add_target (session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, F_SEAL_SHRINK | F_SEAL_GROW),
                                   &error);
  g_assert_no_error (error);
  channel_builder_free (builder);
  while (inspector_session_poll (session))
    ;
  return session;
}

/* Now, of a program that runs: its recording says what its model says. */
static void
test_live (PartStory *unused, gconstpointer data)
{
  InspectorHistory *history;
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorGraph) a = NULL, b = NULL;
  const InspectorGraphChoice choice = { .max_nodes = MAX_NODES };
  HistoryProgram *program;

  close (g_file_open_tmp ("async-inspect-graph-XXXXXX", &path, &error));
  g_assert_no_error (error);
  session = open_live (&history, path);
  program = history->programs->pdata[0];
  g_assert_true (inspector_history_has_graph (history, 20 * SECOND));
  a = inspector_history_build_graph_of (history, 20 * SECOND, &choice, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (inspector_graph_get_n_nodes (a), ==, 4);
  program->max_whole = 1;
  begin_counting ();
  b = build_aside (history, 20 * SECOND, &choice);
  assert_not_here (1);
  assert_same_graph (a, b);
  g_assert_cmpint (unlink (path), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/graph-aside/recorded", PartStory, NULL, part_story_setup_whole, test_recorded,
              part_story_teardown);
  g_test_add ("/graph-aside/goes-on", PartStory, NULL, part_story_setup_whole, test_goes_on,
              part_story_teardown);
  g_test_add ("/graph-aside/two-at-once", PartStory, NULL, part_story_setup_whole, test_two_at_once,
              part_story_teardown);
  g_test_add ("/graph-aside/given-up", PartStory, NULL, part_story_setup_whole, test_given_up,
              part_story_teardown);
  g_test_add ("/graph-aside/live", PartStory, NULL, NULL, test_live, NULL);
  return g_test_run ();
}
