/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Records that wait in a queue before a model of many tasks make the same of it as those that do not, in the same
 * order, with the same texts. */

#include <string.h>

#include "../bench/gen.h"
#include "model/ahead.h"
#include "model/keyframe.h"

#define N_TASKS (MODEL_AHEAD_TASKS + 2000)
#define N_EVENTS 200000u

/* ---- The model --------------------------------------------------------------------------------- */

static void
push (const ChannelEvent *event, void *data)
{
  model_ahead_push (data, event);
}

static void
ingest (const ChannelEvent *event, void *data)
{
  model_target_ingest (data, event);
}

static void
keep (const ChannelEvent *event, void *data)
{
  g_array_append_vals (data, event, 1);
}

static void
generate (ChannelEventFunc func, gpointer data)
{
  Gen gen;

  gen_init (&gen, N_TASKS);
  while (gen.n_events < N_EVENTS)
    gen_step (&gen, func, data);
  gen_clear (&gen);
}

static void
test_same_model (void)
{
  static const ModelAheadFuncs funcs = { ingest, NULL };
  g_autoptr (GArray) a = g_array_new (FALSE, FALSE, sizeof (ChannelEvent));
  g_autoptr (GArray) b = g_array_new (FALSE, FALSE, sizeof (ChannelEvent));
  guint64 number = 1, other_number = 1;
  ModelTarget *direct = model_target_new (&gen_tables, NULL, &number);
  ModelTarget *queued = model_target_new (&gen_tables, NULL, &other_number);
  ModelAhead *ahead = model_ahead_new (queued, &funcs, queued);

  generate (ingest, direct);
  generate (push, ahead);
  g_assert_cmpuint (queued->stats.events, <, direct->stats.events);
  model_ahead_flush (ahead);
  g_assert_cmpuint (queued->stats.events, ==, direct->stats.events);
  g_assert_cmpuint (queued->tasks.count, >, MODEL_AHEAD_TASKS);
  model_keyframe_tell (direct, keep, a);
  model_keyframe_tell (queued, keep, b);
  g_assert_cmpuint (a->len, >, N_TASKS);
  g_assert_cmpuint (a->len, ==, b->len);
  for (guint i = 0; i < a->len; i++)
    g_assert_cmpmem (&g_array_index (a, ChannelEvent, i), sizeof (ChannelEvent),
                     &g_array_index (b, ChannelEvent, i), sizeof (ChannelEvent));
  model_ahead_free (ahead);
  model_target_free (direct);
  model_target_free (queued);
}

/* ---- What passes through ----------------------------------------------------------------------- */

typedef struct
{
  ModelTarget *model;
  guint n_taken, n_far, n_near;
} Passed;

#define TEXT_MAX 400u

/* Now and then one that is too long to wait. */
static guint
text_length (guint i)
{
  return i * 7 % (i % 501 == 0 ? TEXT_MAX : 100);
}

static void
check_text (const ChannelEvent *event, void *data)
{
  Passed *self = data;
  guint i = self->n_taken++;

  g_assert_cmpuint (event->value, ==, i);
  if (i % 3 != 0)
    {
      g_assert_null (event->bytes);
      return;
    }
  g_assert_cmpuint (event->n_bytes, ==, text_length (i));
  for (guint k = 0; k < event->n_bytes; k++)
    g_assert_cmpint (event->bytes[k], ==, (char)i);
}

static void
note_prepared (const ChannelEvent *event, gboolean is_near, void *data)
{
  Passed *self = data;

  g_assert_cmpuint (event->value, >=, self->n_taken);
  if (is_near)
    self->n_near++;
  else
    self->n_far++;
}

static void
push_texts (ModelAhead *ahead, guint n)
{
  char text[TEXT_MAX];

  for (guint i = 0; i < n; i++)
    {
      ChannelEvent event = {
        .time_ns = 1000 + i, .type = CHANNEL_ATTRIBUTE, .task = 0x10000 + i, .value = i
      };

      /* The text is gone as soon as it has been pushed. */
      memset (text, (char)i, sizeof text);
      if (i % 3 == 0)
        {
          event.bytes = text;
          event.n_bytes = text_length (i);
        }
      model_ahead_push (ahead, &event);
      memset (text, 0x55, sizeof text);
    }
}

static void
test_texts (gconstpointer data)
{
  static const ModelAheadFuncs funcs = { check_text, note_prepared };
  const guint n = 5000, n_tasks = GPOINTER_TO_UINT (data);
  guint64 number = 1;
  Passed passed = { .model = model_target_new (&gen_tables, NULL, &number) };
  ModelAhead *ahead = model_ahead_new (passed.model, &funcs, &passed);

  for (guint i = 0; i < n_tasks; i++)
    model_target_ingest (passed.model, &(ChannelEvent){ .time_ns = 1,
                                                        .type = CHANNEL_TASK_BEGIN,
                                                        .tid = 1,
                                                        .task = 0x1000000 + i * 256 });
  push_texts (ahead, n);
  model_ahead_flush (ahead);
  g_assert_cmpuint (passed.n_taken, ==, n);
  if (n_tasks < MODEL_AHEAD_TASKS)
    g_assert_cmpuint (passed.n_far, ==, 0);
  else
    {
      g_assert_cmpuint (passed.n_far, >, n / 2);
      g_assert_cmpuint (passed.n_near, >, 0);
    }
  model_ahead_free (ahead);
  model_target_free (passed.model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ahead/makes-the-same-model", test_same_model);
  g_test_add_data_func ("/ahead/keeps-texts", GUINT_TO_POINTER (MODEL_AHEAD_TASKS), test_texts);
  g_test_add_data_func ("/ahead/few-tasks-do-not-wait", GUINT_TO_POINTER (1), test_texts);
  return g_test_run ();
}
