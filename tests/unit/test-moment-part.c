/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A task that is read alone is what it is in the whole: what it waits for, what it holds, and who holds what it
 * waits for, at any instant between and behind keyframes. */

#include "inspector-graph.h"
#include "part-same.h"
#include "part-story.h"
#include "session/inspector-history-private.h"

#define N_MOMENTS 17u

/* ---- The fixture ------------------------------------------------------------------------------- */

/* The recording says which blocks name whom, or that is found out by reading them. */
static const char with_mentions, without_mentions;

static void
setup (PartStory *f, gconstpointer data)
{
  part_story_setup (f, data == &with_mentions);
}

/* ---- The tests --------------------------------------------------------------------------------- */

static guint
count_holders (const ModelTask *task)
{
  guint n = 0;

  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    n += await->resource != NULL ? await->resource->n_holds : 0;
  return n;
}

static void
test_one_task (PartStory *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  guint n_tasks = 0, n_holders = 0, n_joins = 0;
  HistoryNames names;

  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &names));
  for (guint i = 1; i <= N_MOMENTS; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / N_MOMENTS * i;
      guint64 number = 1;
      ModelTarget *whole = history_program_load (&program, &names, &number, at_ns);

      for (const ModelTask *task = whole->first_task; task != NULL; task = task->next, n_tasks++)
        {
          guint64 other_number = 1;
          ModelTarget *part =
              history_program_load_task (&program, &names, &other_number, task->id, at_ns, FALSE);

          part_same_task (whole, task, part);
          n_holders += count_holders (task);
          n_joins += task->awaits != NULL && task->awaits->awaits_task;
          model_target_free (part);
        }
      model_target_free (whole);
    }
  g_assert_cmpuint (n_tasks, >, N_MOMENTS * PART_STORY_N_TASKS / 2);
  g_assert_cmpuint (n_holders, >, N_MOMENTS);
  g_assert_cmpuint (n_joins, >, N_MOMENTS);
  history_program_close (&program);
}

static int
compare_texts (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *)a, *(const char *const *)b);
}

/* (transfer full): its nodes and its edges, in the order of their texts */
static GPtrArray *
list_graph (InspectorGraph *graph)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < inspector_graph_get_n_nodes (graph); i++)
    {
      InspectorNode node;

      g_assert_true (inspector_graph_get_node (graph, i, &node));
      g_ptr_array_add (texts, g_strdup_printf ("%d %s %d", node.kind, node.label, node.cycle != 0));
    }
  for (guint i = 0; i < inspector_graph_get_n_edges (graph); i++)
    {
      InspectorEdge edge;
      InspectorNode from, to;

      g_assert_true (inspector_graph_get_edge (graph, i, &edge));
      inspector_graph_get_node (graph, edge.from, &from);
      inspector_graph_get_node (graph, edge.to, &to);
      g_ptr_array_add (texts,
                       g_strdup_printf ("%s -> %s %s %s %d %d", from.label, to.label, edge.place,
                                        edge.duration, edge.is_hold, edge.cycle != 0));
    }
  g_ptr_array_sort (texts, compare_texts);
  return texts;
}

/* Whom a task waits for is the same, whether all tasks were read or those alone. */
static void
test_ahead (PartStory *f, gconstpointer data)
{
  guint n_edges = 0, n_parts = 0, n_cycles = 0;

  for (guint i = 1; i < 8; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 8 * i;
      g_autoptr (GError) error = NULL;
      g_autoptr (InspectorHistory) whole = inspector_history_open_recording (f->path, NULL, &error);
      g_autoptr (InspectorHistory) part = inspector_history_open_recording (f->path, NULL, &error);

      g_assert_no_error (error);
      ((HistoryProgram *)part->programs->pdata[0])->max_whole = 1;
      for (guint track = 0; track < inspector_history_get_n_tracks (whole); track++)
        {
          const ModelTrack *shape = inspector_history_peek_track (whole, track);
          const InspectorGraphChoice choice = { .max_nodes = 256,
                                                .focus = shape->number,
                                                .only_ahead = TRUE };
          g_autoptr (InspectorGraph) a = NULL, b = NULL;
          g_autoptr (GPtrArray) x = NULL, y = NULL;

          if (shape->begin_ns > at_ns || shape->end_ns <= at_ns || shape->id == 0)
            continue;
          a = inspector_history_build_graph_of (whole, at_ns, &choice, &error);
          g_assert_no_error (error);
          history_forget_moment (part);
          b = inspector_history_build_graph_of (part, at_ns, &choice, &error);
          g_assert_no_error (error);
          n_parts += part->parts.length;
          x = list_graph (a);
          y = list_graph (b);
          g_assert_cmpuint (x->len, ==, y->len);
          for (guint k = 0; k < x->len; k++)
            g_assert_cmpstr (x->pdata[k], ==, y->pdata[k]);
          n_edges += inspector_graph_get_n_edges (a);
          for (guint k = 0; k < x->len; k++)
            n_cycles += g_str_has_suffix (x->pdata[k], " 1");
        }
    }
  g_assert_cmpuint (n_parts, >, 100);
  g_assert_cmpuint (n_edges, >, 100);
  g_test_message ("%u parts, %u edges, %u in cycles", n_parts, n_edges, n_cycles);
}

static void
assert_same_moment (const InspectorMoment *a, const InspectorMoment *b)
{
  g_assert_cmpint (a != NULL, ==, b != NULL);
  if (a == NULL)
    return;
  g_assert_cmpint (a->state, ==, b->state);
  g_assert_cmpstr (a->name, ==, b->name);
  g_assert_cmpuint (a->holds->len, ==, b->holds->len);
  g_assert_cmpuint (a->variables->len, ==, b->variables->len);
  g_assert_cmpuint (a->pending->len, ==, b->pending->len);
  for (guint i = 0; i < a->pending->len; i++)
    {
      const InspectorPending *x = a->pending->pdata[i], *y = b->pending->pdata[i];

      g_assert_cmpstr (x->text, ==, y->text);
      g_assert_cmpstr (x->place, ==, y->place);
      g_assert_cmpuint (x->awaited, ==, y->awaited);
      g_assert_cmpuint (x->holders->len, ==, y->holders->len);
    }
}

/* Who asks a history for a task is told the same, of however many records it is made. */
static void
test_from_outside (PartStory *f, gconstpointer data)
{
  guint n_holders = 0;

  for (guint i = 1; i < 5; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 5 * i;
      g_autoptr (GError) error = NULL;
      g_autoptr (InspectorHistory) whole = inspector_history_open_recording (f->path, NULL, &error);
      g_autoptr (InspectorHistory) part = inspector_history_open_recording (f->path, NULL, &error);

      g_assert_no_error (error);
      ((HistoryProgram *)part->programs->pdata[0])->max_whole = 1;
      g_assert_cmpint (inspector_history_count_live (whole, at_ns, &error), >,
                       PART_STORY_N_TASKS / 2);
      g_assert_cmpint (inspector_history_count_live (whole, at_ns, &error), ==,
                       inspector_history_count_live (part, at_ns, &error));
      for (guint track = 0; track < inspector_history_get_n_tracks (whole); track++)
        {
          InspectorMoment *a = inspector_history_get_moment (whole, track, at_ns, &error);
          InspectorMoment *b = inspector_history_get_moment (part, track, at_ns, &error);

          g_assert_no_error (error);
          assert_same_moment (a, b);
          for (guint k = 0; a != NULL && k < a->pending->len; k++)
            {
              const InspectorPending *x = a->pending->pdata[k], *y = b->pending->pdata[k];

              for (guint h = 0; h < x->holders->len; h++, n_holders++)
                {
                  const InspectorHolder *p = x->holders->pdata[h], *q = y->holders->pdata[h];

                  g_assert_cmpuint (p->track, ==, q->track);
                  g_assert_cmpint (p->since_ns, ==, q->since_ns);
                  g_assert_cmpint (p->tid, ==, q->tid);
                }
            }
          inspector_moment_free (a);
          inspector_moment_free (b);
        }
    }
  g_assert_cmpuint (n_holders, >, 5);
}

/* ---- In a thread -------------------------------------------------------------------------------- */

static void
on_read (GObject *history, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (
      inspector_history_read_moments_finish (INSPECTOR_HISTORY (history), result, &error));
  g_assert_no_error (error);
  *(gboolean *)data = TRUE;
}

static void
read_aside (InspectorHistory *history, const guint *tracks, guint n, gint64 at_ns,
            gboolean is_ahead)
{
  gboolean is_done = FALSE;

  inspector_history_read_moments_async (history, tracks, n, at_ns, is_ahead, NULL, on_read,
                                        &is_done);
  while (!is_done)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (inspector_history_has_moments (history, tracks, n, at_ns, is_ahead));
}

/* Many tasks at once, by a thread: nothing is left to be read, and each is what it is when it is asked for alone. */
static void
test_aside (PartStory *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) alone = inspector_history_open_recording (f->path, NULL, &error);
  g_autoptr (InspectorHistory) aside = inspector_history_open_recording (f->path, NULL, &error);
  guint n_tracks, n_known = 0;

  g_assert_no_error (error);
  n_tracks = inspector_history_get_n_tracks (aside);
  ((HistoryProgram *)aside->programs->pdata[0])->max_whole = 1;
  for (guint i = 1; i < 5; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 5 * i;
      g_autoptr (GArray) tracks = g_array_new (FALSE, FALSE, sizeof (guint));

      for (guint track = i; track < n_tracks; track += 3)
        g_array_append_val (tracks, track);
      g_assert_false (inspector_history_has_moments (aside, (const guint *)(gpointer)tracks->data,
                                                     tracks->len, at_ns, FALSE));
      read_aside (aside, (const guint *)(gpointer)tracks->data, tracks->len, at_ns, FALSE);
      for (guint k = 0; k < tracks->len; k++)
        {
          guint track = g_array_index (tracks, guint, k);
          InspectorMoment *a = inspector_history_get_moment (alone, track, at_ns, &error);
          InspectorMoment *b = inspector_history_get_moment (aside, track, at_ns, &error);

          g_assert_no_error (error);
          assert_same_moment (a, b);
          n_known += a != NULL;
          inspector_moment_free (a);
          inspector_moment_free (b);
        }
      /* It was one reading for all of them. */
      g_assert_cmpuint (aside->parts.length, ==, i);
    }
  g_assert_cmpuint (n_known, >, 40);
}

/* All tasks, for a graph; and it is not there any more once another instant was. */
static void
test_aside_whole (PartStory *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) history = inspector_history_open_recording (f->path, NULL, &error);
  gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / 2;
  g_autoptr (InspectorGraph) a = NULL, b = NULL;
  g_autoptr (GPtrArray) x = NULL, y = NULL;

  g_assert_no_error (error);
  a = inspector_history_build_graph (history, at_ns, 256, &error);
  g_assert_no_error (error);
  history_forget_moment (history);
  ((HistoryProgram *)history->programs->pdata[0])->max_whole = 1;
  g_assert_false (inspector_history_has_moments (history, NULL, 0, at_ns, FALSE));
  read_aside (history, NULL, 0, at_ns, FALSE);
  b = inspector_history_build_graph (history, at_ns, 256, &error);
  g_assert_no_error (error);
  x = list_graph (a);
  y = list_graph (b);
  g_assert_cmpuint (x->len, ==, y->len);
  for (guint i = 0; i < x->len; i++)
    g_assert_cmpstr (x->pdata[i], ==, y->pdata[i]);
  read_aside (history, NULL, 0, at_ns / 2 + f->last_ns / 2, FALSE);
  g_assert_false (inspector_history_has_moments (history, NULL, 0, at_ns, FALSE));
}

static void
on_cancelled (GObject *history, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (
      inspector_history_read_moments_finish (INSPECTOR_HISTORY (history), result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  *(gboolean *)data = TRUE;
}

/* Whoever goes on to another instant before this one is read; and a history that goes meanwhile. */
static void
test_aside_given_up (PartStory *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  InspectorHistory *history = inspector_history_open_recording (f->path, NULL, &error);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_cancelled = FALSE, is_done = FALSE;

  g_assert_no_error (error);
  ((HistoryProgram *)history->programs->pdata[0])->max_whole = 1;
  g_cancellable_cancel (cancellable);
  inspector_history_read_moments_async (history, NULL, 0, f->last_ns / 2, FALSE, cancellable,
                                        on_cancelled, &is_cancelled);
  inspector_history_read_moments_async (history, NULL, 0, f->last_ns - 1, FALSE, NULL, on_read,
                                        &is_done);
  g_object_unref (history);
  while (!is_cancelled || !is_done)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/moment-part/is-what-it-is-in-the-whole", PartStory, &with_mentions, setup,
              test_one_task, part_story_teardown);
  g_test_add ("/moment-part/is-what-it-is-without-mentions", PartStory, &without_mentions, setup,
              test_one_task, part_story_teardown);
  g_test_add ("/moment-part/from-outside", PartStory, &with_mentions, setup, test_from_outside,
              part_story_teardown);
  g_test_add ("/moment-part/from-outside-without-mentions", PartStory, &without_mentions, setup,
              test_from_outside, part_story_teardown);
  g_test_add ("/moment-part/ahead", PartStory, &with_mentions, setup, test_ahead,
              part_story_teardown);
  g_test_add ("/moment-part/ahead-without-mentions", PartStory, &without_mentions, setup,
              test_ahead, part_story_teardown);
  g_test_add ("/moment-part/aside", PartStory, &with_mentions, setup, test_aside,
              part_story_teardown);
  g_test_add ("/moment-part/aside-whole", PartStory, &with_mentions, setup, test_aside_whole,
              part_story_teardown);
  g_test_add ("/moment-part/aside-given-up", PartStory, &with_mentions, setup, test_aside_given_up,
              part_story_teardown);
  return g_test_run ();
}
