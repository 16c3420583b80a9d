/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* An instant that is read from the keyframe before it is the same as one that is read from the beginning. */

#include <unistd.h>
#include <glib/gstdio.h>

#include "../bench/gen.h"
#include "inspect-keys.h"
#include "model/keyframe.h"
#include "session/inspector-history-private.h"
#include "session/session-private.h"

#define N_EVENTS 30000u
#define N_TASKS 50u
#define N_MOMENTS 23u

typedef struct
{
  char *folder, *path;
  guint n_keyframes;
  gint64 last_ns;
} Fixture;

typedef struct
{
  Fixture *fixture;
  RecordingWriter *writer;
  ModelTarget *model;
  guint32 number;
} Sink;

static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  recording_writer_add_keyframe_event (((Sink *)data)->writer, ((Sink *)data)->number, event);
}

static void
add (const ChannelEvent *event, void *data)
{
  Sink *self = data;

  self->fixture->last_ns = event->time_ns;
  model_target_ingest (self->model, event);
  recording_writer_add_event (self->writer, self->number, event);
  if (!recording_writer_wants_keyframe (self->writer, self->number))
    return;
  recording_writer_begin_keyframe (self->writer, self->number, FALSE);
  model_keyframe_tell (self->model, add_keyframe_event, self);
  recording_writer_end_keyframe (self->writer, self->number);
  self->fixture->n_keyframes++;
}

static void
setup (Fixture *f, gconstpointer data)
{
  const RecordingOptions options = { .lossless = TRUE,
                                     .events_a_block = 700,
                                     .keyframe_gap = GPOINTER_TO_UINT (data) };
  guint64 next_number = 1;
  Sink sink = { .fixture = f, .model = model_target_new (&gen_tables, NULL, &next_number) };
  g_autoptr (GError) error = NULL;
  Gen gen;

  f->folder = g_dir_make_tmp ("async-inspect-moment-XXXXXX", &error);
  g_assert_no_error (error);
  f->path = g_build_filename (f->folder, "run.airec", NULL);
  sink.writer = recording_writer_new (f->path, &options, &error);
  g_assert_no_error (error);
  sink.number = recording_writer_add_target (sink.writer, &gen_source, NULL);
  gen_init (&gen, N_TASKS);
  while (gen.n_events < N_EVENTS)
    gen_step (&gen, add, &sink);
  gen_clear (&gen);
  g_assert_true (recording_writer_close (sink.writer, NULL, &error));
  g_assert_no_error (error);
  model_target_free (sink.model);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  g_unlink (f->path);
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->path);
  g_free (f->folder);
}

/* ---- The model --------------------------------------------------------------------------------- */

static void
feed (const ChannelEvent *event, void *data)
{
  gpointer *both = data;

  if (event->time_ns <= *(gint64 *)both[1])
    model_target_ingest (both[0], event);
}

static ModelTarget *
read_from_the_beginning (HistoryProgram *program, const HistoryNames *names, guint64 *next_number,
                         gint64 at_ns)
{
  ModelTarget *model = model_target_new (names->tables, names->data, next_number);
  gpointer both[2] = { model, &at_ns };

  for (guint i = 0; i < recording_reader_get_n_blocks (program->reader); i++)
    if (recording_reader_get_block (program->reader, i)->type == RECORDING_EVENTS)
      g_assert_true (recording_reader_read_events (program->reader, i, feed, both, NULL));
  return model;
}

static void
assert_same_awaits (const ModelTask *a, const ModelTask *b)
{
  const ModelAwait *x = a->awaits, *y = b->awaits;

  for (; x != NULL && y != NULL; x = x->task_next, y = y->task_next)
    {
      g_assert_cmpuint (x->object, ==, y->object);
      g_assert_cmpint (x->begin_ns, ==, y->begin_ns);
      g_assert_cmpuint (x->location, ==, y->location);
      g_assert_cmpuint (x->attributes.n, ==, y->attributes.n);
      g_assert_cmpuint (x->resource != NULL ? x->resource->object : 0, ==,
                        y->resource != NULL ? y->resource->object : 0);
    }
  g_assert_true (x == NULL && y == NULL);
}

static void
assert_same_task (const ModelTask *a, const ModelTask *b)
{
  const ModelHold *x = a->holds, *y = b->holds;

  g_assert_cmpint (a->begin_ns, ==, b->begin_ns);
  g_assert_cmpint (a->began_before, ==, b->began_before);
  g_assert_cmpint (a->is_from_outside, ==, b->is_from_outside);
  g_assert_cmpuint (a->location, ==, b->location);
  g_assert_cmpuint (a->state_name, ==, b->state_name);
  g_assert_cmpuint (a->n_open_polls, ==, b->n_open_polls);
  g_assert_cmpint (model_task_get_state (a), ==, model_task_get_state (b));
  assert_same_awaits (a, b);
  for (; x != NULL && y != NULL; x = x->task_next, y = y->task_next)
    {
      g_assert_cmpuint (x->resource->object, ==, y->resource->object);
      g_assert_cmpint (x->since_ns, ==, y->since_ns);
    }
  g_assert_true (x == NULL && y == NULL);
}

static void
assert_same_model (const ModelTarget *a, const ModelTarget *b)
{
  guint n = 0;

  for (const ModelTask *task = a->first_task; task != NULL; task = task->next, n++)
    {
      const ModelTask *other = task->id != 0 ? model_table_find (&b->tasks, task->id) : b->outside;

      g_assert_nonnull (other);
      assert_same_task (task, other);
    }
  for (const ModelTask *task = b->first_task; task != NULL; task = task->next)
    n--;
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpuint (a->resources.count, ==, b->resources.count);
}

static void
test_same (Fixture *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  HistoryNames names;

  g_assert_cmpuint (f->n_keyframes, >, 5);
  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &names));
  for (guint i = 0; i <= N_MOMENTS; i++)
    {
      gint64 at_ns = GEN_BEGIN_NS + (f->last_ns - GEN_BEGIN_NS) / N_MOMENTS * i;
      guint64 number = 1, other_number = 1;
      ModelTarget *model = history_program_load (&program, &names, &number, at_ns);
      ModelTarget *whole = read_from_the_beginning (&program, &names, &other_number, at_ns);

      assert_same_model (whole, model);
      model_target_free (model);
      model_target_free (whole);
    }
  history_program_close (&program);
}

/* Forward in small steps is the same as there at once. */
static void
test_steps_forward (Fixture *f, gconstpointer data)
{
  HistoryProgram program = { .path = f->path, .number = 1 };
  guint64 number = 1, other_number = 1;
  gint64 step_ns = (f->last_ns - GEN_BEGIN_NS) / 400, at_ns = GEN_BEGIN_NS + 7 * step_ns;
  ModelTarget *model = NULL;
  guint n_advanced = 0;
  HistoryNames names;

  g_assert_true (history_program_open (&program, 0, NULL));
  g_assert_true (history_program_get_names (&program, &names));
  model = history_program_load (&program, &names, &number, at_ns);
  for (; at_ns < f->last_ns - step_ns; at_ns += step_ns)
    {
      ModelTarget *whole;

      if (!history_program_advance (&program, model, at_ns, at_ns + step_ns))
        {
          model_target_free (model);
          model = history_program_load (&program, &names, &number, at_ns + step_ns);
          continue;
        }
      n_advanced++;
      whole = history_program_load (&program, &names, &other_number, at_ns + step_ns);
      assert_same_model (whole, model);
      model_target_free (whole);
    }
  g_assert_cmpuint (n_advanced, >, 300);
  model_target_free (model);
  history_program_close (&program);
}

/* ---- From outside ------------------------------------------------------------------------------ */

static InspectorHistory *
open_recording (const Fixture *f, InspectorSession **ret_session)
{
  InspectorHistory *history;
  g_autoptr (GError) error = NULL;

  *ret_session = inspector_session_new ();
  history = inspector_session_keep_history (*ret_session);
  g_assert_true (inspector_session_open_recording (*ret_session, f->path, NULL, &error));
  g_assert_no_error (error);
  return history;
}

/* What the spans say a task waited for is what it waited for. */
static void
test_moments_are_spans (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  InspectorHistory *history = open_recording (f, &session);
  guint n_tracks = inspector_history_get_n_tracks (history), n_waits = 0;

  for (guint i = 1; i < N_MOMENTS; i++)
    {
      gint64 at_ns = GEN_BEGIN_NS + (f->last_ns - GEN_BEGIN_NS) / N_MOMENTS * i;
      gint n_live = 0;

      for (guint track = 0; track < n_tracks; track++)
        {
          g_autoptr (GError) error = NULL;
          InspectorMoment *moment = inspector_history_get_moment (history, track, at_ns, &error);
          const InspectorPending *pending;
          InspectorSpan span;

          g_assert_no_error (error);
          if (moment == NULL)
            continue;
          n_live++;
          g_assert_true (inspector_history_get_state_at (history, track, at_ns, &span));
          pending = moment->pending->len > 0 ? moment->pending->pdata[0] : NULL;
          if (span.kind != 0)
            {
              n_waits++;
              g_assert_nonnull (pending);
              g_assert_cmpstr (pending->kind, ==,
                               inspector_history_get_kind (history, track, span.kind));
              g_assert_cmpint (pending->begin_ns, ==, span.begin_ns);
              g_assert_cmpstr (pending->text, !=, "");
            }
          inspector_moment_free (moment);
        }
      g_assert_cmpint (inspector_history_count_live (history, at_ns, NULL), ==, n_live);
    }
  g_assert_cmpuint (n_waits, >, N_MOMENTS * N_TASKS / 4);
}

/* ---- Records around an instant ----------------------------------------------------------------- */

static void
assert_in_order (const GPtrArray *events)
{
  for (guint i = 1; i < events->len; i++)
    g_assert_cmpint (((InspectorEvent *)events->pdata[i - 1])->at_ns, <=,
                     ((InspectorEvent *)events->pdata[i])->at_ns);
}

static void
test_events (Fixture *f, gconstpointer data)
{
  static const char *const begins[] = { "await-begin", "suspend", NULL };
  g_autoptr (InspectorSession) session = NULL;
  InspectorHistory *history = open_recording (f, &session);
  gint64 at_ns = GEN_BEGIN_NS + (f->last_ns - GEN_BEGIN_NS) / 2;
  g_autoptr (GPtrArray) all =
      inspector_history_list_events (history, G_MAXUINT, 0, 99999, NULL, NULL);
  g_autoptr (GPtrArray) before =
      inspector_history_list_events (history, G_MAXUINT, at_ns, -1000, NULL, NULL);
  g_autoptr (GPtrArray) after =
      inspector_history_list_events (history, G_MAXUINT, at_ns, 1000, NULL, NULL);
  g_autoptr (GPtrArray) of_one =
      inspector_history_list_events (history, 3, at_ns, 20, begins, NULL);
  g_autoptr (GPtrArray) none =
      inspector_history_list_events (history, G_MAXUINT, f->last_ns + 1, 10, NULL, NULL);
  guint at = 0;

  g_assert_cmpuint (all->len, >=, N_EVENTS);
  assert_in_order (all);
  while (((InspectorEvent *)all->pdata[at])->at_ns < at_ns)
    at++;
  g_assert_cmpuint (before->len, ==, 1000);
  g_assert_cmpuint (after->len, ==, 1000);
  for (guint i = 0; i < 1000; i++)
    {
      const InspectorEvent *a = before->pdata[i], *b = all->pdata[at - 1000 + i];
      const InspectorEvent *c = after->pdata[i], *d = all->pdata[at + i];

      g_assert_cmpint (a->at_ns, ==, b->at_ns);
      g_assert_cmpstr (a->type, ==, b->type);
      g_assert_cmpint (c->at_ns, ==, d->at_ns);
      g_assert_cmpuint (c->object, ==, d->object);
    }
  g_assert_cmpuint (of_one->len, >, 0);
  for (guint i = 0; i < of_one->len; i++)
    {
      const InspectorEvent *event = of_one->pdata[i];

      g_assert_cmpuint (event->track, ==, 3);
      g_assert_true (g_strv_contains (begins, event->type));
      g_assert_true (g_str_has_prefix (event->kind, "gen."));
      g_assert_true (g_str_has_suffix (event->place, "0"));
    }
  g_assert_cmpuint (none->len, ==, 0);
}

/* A value is said as what it is: an object is not a number of seventeen digits. */
static void
test_values_of_events (Fixture *f, gconstpointer data)
{
  static const char *const types[] = { "attribute", NULL };
  g_autoptr (InspectorSession) session = NULL;
  InspectorHistory *history = open_recording (f, &session);
  g_autoptr (GPtrArray) all =
      inspector_history_list_events (history, G_MAXUINT, 0, 1000, types, NULL);
  guint n_objects = 0, n_bytes = 0;

  for (guint i = 0; i < all->len; i++)
    {
      const InspectorEvent *event = all->pdata[i];

      if (g_str_equal (event->kind, INSPECT_KEY_RESOURCE))
        n_objects += g_str_has_prefix (event->text, "0x");
      else if (g_str_equal (event->kind, INSPECT_KEY_BYTES))
        n_bytes += g_str_has_suffix (event->text, " B") || g_str_has_suffix (event->text, " KiB");
    }
  g_assert_cmpuint (n_objects, >, 0);
  g_assert_cmpuint (n_bytes, >, 0);
  g_assert_cmpuint (n_objects + n_bytes, ==, all->len);
}

/* Piece by piece is the same as at once. */
static void
test_events_between (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorSession) session = NULL;
  InspectorHistory *history = open_recording (f, &session);
  g_autoptr (GPtrArray) all = inspector_history_list_events (history, 3, 0, 99999, NULL, NULL);
  g_autoptr (GPtrArray) few =
      inspector_history_list_events_between (history, 3, 0, G_MAXINT64, 5, NULL, NULL);
  gint64 length = f->last_ns + 1 - GEN_BEGIN_NS;
  guint n = 0;

  for (gint64 i = 0; i < 7; i++)
    {
      gint64 from_ns = GEN_BEGIN_NS + i * length / 7, to_ns = GEN_BEGIN_NS + (i + 1) * length / 7;
      g_autoptr (GPtrArray) some =
          inspector_history_list_events_between (history, 3, from_ns, to_ns, 99999, NULL, NULL);

      for (guint k = 0; k < some->len; k++, n++)
        {
          const InspectorEvent *event = some->pdata[k], *same = all->pdata[n];

          g_assert_cmpint (event->at_ns, >=, from_ns);
          g_assert_cmpint (event->at_ns, <, to_ns);
          g_assert_cmpint (event->at_ns, ==, same->at_ns);
          g_assert_cmpstr (event->type, ==, same->type);
        }
    }
  g_assert_cmpuint (n, ==, all->len);
  g_assert_cmpuint (few->len, ==, 5);
}

/* A session that is not recorded says so, instead of telling nothing. */
static void
test_not_recorded (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  InspectorTarget *target = inspector_session_add_target (session, 0x7ffffffe, "./server", 0);
  static const ChannelEvent events[] = {
    { .time_ns = 100, .type = CHANNEL_TASK_BEGIN, .task = 0x10, .location = 1 },
    { .time_ns = 200, .type = CHANNEL_POLL_BEGIN, .task = 0x10, .location = 2 },
    { .time_ns = 300, .type = CHANNEL_POLL_END, .task = 0x10 },
  };
  g_autoptr (GError) error = NULL;
  InspectorMoment *now;
  int dummy;

  inspector_target_attach_tables (target, &gen_tables, &dummy, NULL, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    inspector_target_ingest (target, &events[i]);
  now = inspector_history_get_moment (history, 0, 300, &error);
  g_assert_no_error (error);
  g_assert_cmpint (now->state, ==, INSPECTOR_STATE_UNKNOWN);
  inspector_moment_free (now);
  g_assert_null (inspector_history_get_moment (history, 0, 200, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
}

static void
ingest (const ChannelEvent *event, void *model)
{
  model_target_ingest (model, event);
}

/* What a program told of itself and what was seen of it from outside, some of which had begun before. */
static void
test_keyframe_keeps_what_began_before (void)
{
  static const guint outside = MODEL_OUTSIDE_RING;
  static const guint64 await = (guint64)1 << 48 | 0x99;
  const ChannelEvent events[] = {
    { .time_ns = 100, .type = CHANNEL_POLL_BEGIN, .task = 0x10, .location = 2, .tid = 7 },
    { .time_ns = 110, .type = CHANNEL_TASK_BEGIN, .task = 0x20, .arg = 0x10, .location = 1 },
    { .time_ns = 120, .type = CHANNEL_TASK_BEGIN, .task = 0x30, .arg = 0x20, .ring = outside },
    { .time_ns = 130, .type = CHANNEL_TASK_BEGIN, .task = 0x40, .arg = 0x20, .ring = outside },
    { .time_ns = 140, .type = CHANNEL_AWAIT_BEGIN, .task = 0x40, .arg = await, .ring = outside },
    { .time_ns = 150, .type = CHANNEL_TASK_BEGIN, .task = 0x40, .arg = 0x40, .ring = outside },
    { .time_ns = 160, .type = CHANNEL_TASK_BEGIN, .task = 0x50, .arg = 0x50, .ring = 0, .tid = 7 },
  };
  static const gboolean began_before[] = { TRUE, FALSE, FALSE, TRUE, FALSE };
  guint64 number = 1;
  ModelTarget *model = model_target_new (&gen_tables, NULL, &number);
  ModelTarget *again = model_target_new (&gen_tables, NULL, &number);

  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    model_target_ingest (model, &events[i]);
  for (guint i = 0; i < G_N_ELEMENTS (began_before); i++)
    {
      const ModelTask *task = model_table_find (&model->tasks, 0x10 * (i + 1));

      g_assert_cmpint (task->began_before, ==, began_before[i]);
      g_assert_cmpint (task->is_from_outside, ==, i == 2 || i == 3);
    }
  model_keyframe_tell (model, ingest, again);
  assert_same_model (model, again);
  for (guint i = 2; i < 4; i++)
    {
      const ModelTask *task = model_table_find (&again->tasks, 0x10 * (i + 1));
      const ModelTask *parent = model_table_find (&again->tasks, 0x20);

      g_assert_cmpuint (task->parent, ==, parent->number);
    }
  g_assert_cmpuint (((ModelAwait *)model_table_find (&again->awaits, await))->ring, ==, outside);
  model_target_free (model);
  model_target_free (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/moment/keyframes-change-nothing", Fixture, GUINT_TO_POINTER (2500), setup,
              test_same, teardown);
  g_test_add ("/moment/steps-forward", Fixture, GUINT_TO_POINTER (2500), setup, test_steps_forward,
              teardown);
  g_test_add ("/moment/agrees-with-the-spans", Fixture, GUINT_TO_POINTER (2500), setup,
              test_moments_are_spans, teardown);
  g_test_add ("/moment/records-around-it", Fixture, GUINT_TO_POINTER (2500), setup, test_events,
              teardown);
  g_test_add ("/moment/values-of-records", Fixture, GUINT_TO_POINTER (2500), setup,
              test_values_of_events, teardown);
  g_test_add ("/moment/records-piece-by-piece", Fixture, GUINT_TO_POINTER (2500), setup,
              test_events_between, teardown);
  g_test_add_func ("/moment/keyframe-keeps-what-began-before",
                   test_keyframe_keeps_what_began_before);
  g_test_add_func ("/moment/is-not-known-where-nothing-is-recorded", test_not_recorded);
  return g_test_run ();
}
