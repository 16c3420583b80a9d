/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is told of all tasks at an instant, without a model of them, is what a model of them knows: at any instant
 * between and behind keyframes. */

#include <glib/gstdio.h>

#include "inspector-instant.h"
#include "part-same.h"
#include "part-story.h"
#include "session/history-instant.h"

#define N_MOMENTS 60u

/* ---- What is compared --------------------------------------------------------------------------- */

static void
assert_same_hold (const ModelHold *a, const ModelHold *b)
{
  g_assert_cmpuint (a->resource->object, ==, b->resource->object);
  g_assert_cmpuint (a->task != NULL ? a->task->id : 0, ==, b->task != NULL ? b->task->id : 0);
  g_assert_cmpint (a->since_ns, ==, b->since_ns);
  g_assert_cmpuint (a->location, ==, b->location);
  part_same_attributes (&a->resource->attributes, &b->resource->attributes);
}

/* Of what it waits for and somebody has, the latest. */
static const ModelResource *
find_awaited (const ModelTask *task)
{
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (await->resource != NULL && await->resource->holds != NULL)
      return await->resource;
  return NULL;
}

static guint
compare_awaited (const ModelTask *task, const ModelResource *found)
{
  const ModelResource *awaited = find_awaited (task);
  const ModelHold *x = awaited != NULL ? awaited->holds : NULL;
  const ModelHold *y = found != NULL ? found->holds : NULL;
  guint n = 0;

  for (; x != NULL && y != NULL; x = x->resource_next, y = y->resource_next, n++)
    assert_same_hold (x, y);
  g_assert_true (x == NULL && y == NULL);
  return n;
}

static guint
compare_holds (const ModelTask *task, const ModelTask *found)
{
  const ModelHold *x = task->holds, *y = found != NULL ? found->holds : NULL;
  guint n = 0;

  for (; x != NULL && y != NULL; x = x->task_next, y = y->task_next, n++)
    assert_same_hold (x, y);
  g_assert_true (x == NULL && y == NULL);
  return n;
}

/* ---- The tests --------------------------------------------------------------------------------- */

typedef struct
{
  guint n_tasks, n_names, n_holders, n_holds;
} Counts;

static void
compare_all (const HistoryInstant *instant, const ModelTarget *held, const ModelTarget *whole,
             Counts *counts)
{
  for (const ModelTask *task = whole->first_task; task != NULL; task = task->next)
    {
      guint32 number = history_instant_find (instant, task->id);

      g_assert_cmpuint (history_instant_get_state_name (instant, number, task->begin_ns), ==,
                        task->state_name);
      counts->n_tasks++;
      counts->n_names += task->state_name != 0;
      counts->n_holders +=
          compare_awaited (task, history_instant_get_awaited (instant, number, task->begin_ns));
      counts->n_holds += compare_holds (task, model_table_find (&held->tasks, task->id));
    }
}

static void
test_all_tasks (PartStory *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  Counts counts = { 0 };
  HistoryNames names;

  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &names));
  for (guint i = 1; i <= N_MOMENTS; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / N_MOMENTS * i;
      guint64 number = 1;
      ModelTarget *whole = history_program_load (&program, &names, &number, at_ns);
      HistoryInstant *instant = history_instant_new (&program, &names, at_ns);

      history_instant_take (instant);

      compare_all (instant, history_instant_get_model (instant), whole, &counts);
      history_instant_free (instant);
      model_target_free (whole);
    }
  g_assert_cmpuint (counts.n_tasks, >, N_MOMENTS * PART_STORY_N_TASKS / 2);
  g_assert_cmpuint (counts.n_names, >, N_MOMENTS);
  g_assert_cmpuint (counts.n_holders, >, N_MOMENTS);
  g_assert_cmpuint (counts.n_holds, >, N_MOMENTS);
  history_program_close (&program);
}

static void
compare_holders (const GPtrArray *a, const GPtrArray *b)
{
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    {
      const InspectorHolder *x = a->pdata[i], *y = b->pdata[i];

      g_assert_cmpstr (x->what, ==, y->what);
      g_assert_cmpstr (x->place, ==, y->place);
      g_assert_cmpint (x->since_ns, ==, y->since_ns);
      g_assert_cmpuint (x->track, ==, y->track);
    }
}

/* The holders of the first wait that has some. */
static const GPtrArray *
get_holders (const InspectorMoment *moment)
{
  for (guint i = 0; i < moment->pending->len; i++)
    if (((const InspectorPending *)moment->pending->pdata[i])->holders->len > 0)
      return ((const InspectorPending *)moment->pending->pdata[i])->holders;
  return NULL;
}

static void
compare_state (InspectorInstant *instant, guint track, const InspectorMoment *moment)
{
  g_autoptr (GPtrArray) variables = inspector_instant_list_variables (instant, track);
  g_autoptr (GPtrArray) holds = inspector_instant_list_holds (instant, track);
  g_autoptr (GPtrArray) holders = inspector_instant_list_holders (instant, track);
  const GPtrArray *known = get_holders (moment);
  InspectorTaskState state;

  g_assert_true (inspector_instant_get_task (instant, track, &state));
  g_assert_cmpint (state.row.state, ==, moment->state);
  g_assert_cmpstr (state.state_name, ==, moment->state_name);
  g_assert_cmpuint (state.n_holds, ==, moment->holds->len);
  g_assert_cmpuint (state.n_holders, ==, known != NULL ? known->len : 0);
  compare_holders (holds, moment->holds);
  if (known != NULL)
    {
      const InspectorHolder *latest = known->pdata[0];

      compare_holders (holders, known);
      g_assert_cmpuint (state.holder, ==, latest->track);
      g_assert_cmpint (state.held_since_ns, ==, latest->since_ns);
    }
  g_assert_cmpuint (variables->len, ==, moment->variables->len);
  for (guint i = 0; i < variables->len; i++)
    {
      const InspectorVariable *x = variables->pdata[i], *y = moment->variables->pdata[i];

      g_assert_cmpstr (x->name, ==, y->name);
      g_assert_cmpstr (x->value, ==, y->value);
      g_assert_cmpstr (x->type, ==, y->type);
    }
}

/* Who asks for all tasks is told what he is told who asks for each. */
static void
test_from_outside (PartStory *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) history = inspector_history_open_recording (f->path, NULL, &error);
  guint n_alive = 0, n_variables = 0;

  g_assert_no_error (error);
  for (guint i = 0; i < N_MOMENTS; i++)
    {
      gint64 at_ns = PART_STORY_BEGIN_NS + (f->last_ns - PART_STORY_BEGIN_NS) / (N_MOMENTS - 1) * i;
      g_autoptr (InspectorInstant) instant =
          inspector_history_read_instant (history, at_ns, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (inspector_instant_get_n_tasks (instant), ==,
                        inspector_history_get_n_tracks (history));
      for (guint track = 0; track < inspector_history_get_n_tracks (history); track++)
        {
          InspectorMoment *moment = inspector_history_get_moment (history, track, at_ns, &error);
          InspectorTaskState state;

          g_assert_no_error (error);
          if (moment != NULL)
            compare_state (instant, track, moment);
          else
            g_assert_false (inspector_instant_get_task (instant, track, &state));
          n_alive += moment != NULL;
          n_variables += moment != NULL ? moment->variables->len : 0;
          inspector_moment_free (moment);
        }
    }
  g_assert_cmpuint (n_alive, >, 100);
  g_assert_cmpuint (n_variables, >, 100);
}

/* What cannot be read is said. */
static void
test_gone (PartStory *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) history = inspector_history_open_recording (f->path, NULL, &error);

  g_assert_no_error (error);
  g_assert_cmpint (g_unlink (f->path), ==, 0);
  g_assert_null (inspector_history_read_instant (history, f->last_ns, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/instant/is-what-a-model-knows", PartStory, NULL, part_story_setup_whole,
              test_all_tasks, part_story_teardown);
  g_test_add ("/instant/from-outside", PartStory, NULL, part_story_setup_whole, test_from_outside,
              part_story_teardown);
  g_test_add ("/instant/recording-is-gone", PartStory, NULL, part_story_setup_whole, test_gone,
              part_story_teardown);
  return g_test_run ();
}
