/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What becomes history, what is one step though it took several awaits, and what is foretold. */

#include <errno.h>
#include <string.h>
#include "analysis/describe.h"
#include "analysis/predict.h"
#include "channel/layout.h"
#include "model-fixture.h"

#define TASK 0x1000

static ModelTask *
begin (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "main_flow", "m.c", 1));
  return fixture_task (f, TASK);
}

static void
one_shot (Fixture *f, TestKind kind, guint32 place, gint32 status)
{
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (kind, 0x50), place);
  f->now_ns += MS (3);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (kind, 0x50), status);
}

static ModelResource *
connection (Fixture *f, guint64 id)
{
  return model_table_find (&f->model->resources, OBJECT (KIND_TCP, id));
}

/* A connection of which nobody said who opened it. */
static void
anonymous (Fixture *f)
{
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_READ, 0x20), 0);
  fixture_value (f, OBJECT (KIND_READ, 0x20), KEY_RESOURCE, OBJECT (KIND_TCP, 0x20));
}

typedef struct
{
  const char *name;
  TestKind kind;
  gint32 status;
  guint n_steps;
} OneShotCase;

static const OneShotCase one_shots[] = {
  { "file", KIND_FILE, 0, 1 },
  { "failed-file", KIND_FILE, -ENOENT, 1 },
  { "timer-that-fired", KIND_TIMER, 0, 1 },
  { "timer-that-was-stopped", KIND_TIMER, -ECANCELED, 0 },
  { "close", KIND_CLOSE, 0, 0 },
  { "repeating", KIND_INTERVAL, -ECANCELED, 0 },
  { "undescribed", KIND_PLAIN, 0, 0 },
};

static void
test_one_shot (Fixture *f, gconstpointer data)
{
  const OneShotCase *test = data;
  guint32 place = fixture_place (f, "load", "m.c", 10);
  ModelTask *task = begin (f);

  one_shot (f, test->kind, place, test->status);
  g_assert_cmpuint (task->n_steps, ==, test->n_steps);
  if (test->n_steps == 0)
    return;
  g_assert_cmpuint (model_task_get_step (task, 0)->location, ==, place);
  g_assert_cmpint (model_task_get_step (task, 0)->status, ==, test->status);
  g_assert_cmpint (model_task_get_step (task, 0)->end_ns - model_task_get_step (task, 0)->begin_ns,
                   ==, MS (3));
}

static void
test_only_the_latest_are_kept (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  for (guint i = 1; i <= 40; i++)
    one_shot (f, KIND_FILE, i, 0);
  g_assert_cmpuint (task->n_steps, ==, MODEL_STEPS_MAX);
  g_assert_cmpuint (task->n_steps_seen, ==, 40);
  g_assert_cmpuint (model_task_get_step (task, 0)->location, ==, 40 - MODEL_STEPS_MAX + 1);
  g_assert_cmpuint (model_task_get_step (task, MODEL_STEPS_MAX - 1)->location, ==, 40);
  g_assert_true (task->path->is_cut);
}

/* Of very many tasks few steps each; once there are fewer again, more, and all of them in order. */
static void
test_many_tasks_have_fewer (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  for (guint i = 0; i < MODEL_STEPS_TASKS; i++)
    fixture_feed (f, CHANNEL_TASK_BEGIN, TASK + 16 * (i + 1), 0, 0);
  for (guint i = 1; i <= 11; i++)
    one_shot (f, KIND_FILE, i, 0);
  g_assert_cmpuint (task->n_steps, ==, 4);
  g_assert_cmpuint (task->n_steps_seen, ==, 11);
  for (guint i = 0; i < 4; i++)
    g_assert_cmpuint (model_task_get_step (task, i)->location, ==, 8 + i);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK + 16, 0, 0);
  for (guint i = 12; i <= 40; i++)
    {
      one_shot (f, KIND_FILE, i, 0);
      for (guint k = 0; k < task->n_steps; k++)
        g_assert_cmpuint (model_task_get_step (task, k)->location, ==, i + k + 1 - task->n_steps);
    }
  g_assert_cmpuint (task->n_steps, ==, MODEL_STEPS_MAX);
}

/* ---- Exchanges ------------------------------------------------------------------------------ */

static void
test_ask_and_answer_are_one_step (Fixture *f, gconstpointer data)
{
  guint32 place = fixture_place (f, "fetch", "m.c", 10);
  ModelTask *task = begin (f);
  const ModelStep *step;

  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "GET /a HTTP/1.1", place);
  g_assert_cmpuint (task->n_steps, ==, 0);
  g_assert_true (task->exchanges == connection (f, 0x20));
  f->now_ns += MS (9);
  fixture_answer (f, TASK, 0x20);
  g_assert_null (task->exchanges);
  g_assert_cmpuint (task->n_steps, ==, 1);
  step = model_task_get_step (task, 0);
  g_assert_true (step->is_exchange);
  g_assert_cmpuint (step->location, ==, place);
  g_assert_cmpint (step->end_ns - step->begin_ns, ==, MS (10));
  g_assert_cmpuint (step->bytes, ==, 87);
  g_assert_cmpstr (model_attributes_get_text (&step->attributes, MODEL_KEY_REQUEST), ==,
                   "GET /a HTTP/1.1");
  /* More of the same answer is no further step. */
  fixture_answer (f, TASK, 0x20);
  g_assert_cmpuint (task->n_steps, ==, 1);
}

static void
test_request_may_come_after_the_ask (Fixture *f, gconstpointer data)
{
  begin (f);
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  fixture_text (f, OBJECT (KIND_TCP, 0x20), KEY_REQUEST, "GET /late HTTP/1.1");
  g_assert_cmpstr (connection (f, 0x20)->exchange.request->data, ==, "GET /late HTTP/1.1");
}

static void
test_old_request_is_not_taken_again (Fixture *f, gconstpointer data)
{
  begin (f);
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "GET /a HTTP/1.1", 0);
  fixture_answer (f, TASK, 0x20);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  g_assert_null (connection (f, 0x20)->exchange.request);
}

static void
test_pipelined_requests_are_not_mixed_up (Fixture *f, gconstpointer data)
{
  begin (f);
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "GET /1 HTTP/1.1", 0);
  fixture_ask (f, TASK, 0x20, "GET /2 HTTP/1.1", 0);
  g_assert_cmpstr (connection (f, 0x20)->exchange.request->data, ==, "GET /1 HTTP/1.1");
  g_assert_cmpuint (connection (f, 0x20)->exchange.n_asks, ==, 2);
  fixture_answer (f, TASK, 0x20);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  g_assert_null (connection (f, 0x20)->exchange.request);
}

static void
test_body_belongs_to_its_request (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "POST /a HTTP/1.1", 0);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  g_assert_cmpuint (connection (f, 0x20)->exchange.n_asks, ==, 3);
  g_assert_cmpuint (connection (f, 0x20)->exchange.bytes, ==, 3 * 87);
  fixture_answer (f, TASK, 0x20);
  g_assert_cmpuint (task->n_steps, ==, 1);
}

static void
test_a_server_is_owed_nothing (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  fixture_connection (f, TASK, 0x20, FALSE);
  for (guint i = 0; i < 3; i++)
    {
      fixture_answer (f, TASK, 0x20); /* a request comes in */
      fixture_ask (f, TASK, 0x20, NULL, 5);
    }
  g_assert_false (model_resource_is_client (connection (f, 0x20)));
  g_assert_false (analysis_exchange_is_waited_for (connection (f, 0x20)));
  /* Its writes are a step of their own, done three times. */
  g_assert_cmpuint (task->n_steps, ==, 1);
  g_assert_cmpuint (model_task_get_step (task, 0)->n, ==, 3);
  g_assert_false (model_task_get_step (task, 0)->is_exchange);
}

static void
test_writes_at_two_places_are_two_steps (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  fixture_connection (f, TASK, 0x20, FALSE);
  for (guint i = 0; i < 4; i++)
    {
      fixture_answer (f, TASK, 0x20);
      fixture_ask (f, TASK, 0x20, NULL, i < 2 ? 5 : 6);
    }
  g_assert_cmpuint (task->n_steps, ==, 2);
  g_assert_cmpuint (model_task_get_step (task, 0)->n, ==, 2);
  g_assert_cmpuint (model_task_get_step (task, 1)->n, ==, 2);
}

static void
test_who_speaks_first_asks (Fixture *f, gconstpointer data)
{
  begin (f);
  anonymous (f);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  g_assert_false (model_resource_is_client (connection (f, 0x20)));
  fixture_answer (f, TASK, 0x20);
  g_assert_true (model_resource_is_client (connection (f, 0x20)));
}

static void
test_who_is_spoken_to_first_answers (Fixture *f, gconstpointer data)
{
  begin (f);
  anonymous (f);
  fixture_answer (f, TASK, 0x20);
  fixture_ask (f, TASK, 0x20, NULL, 0);
  fixture_answer (f, TASK, 0x20);
  g_assert_false (model_resource_is_client (connection (f, 0x20)));
}

static void
test_failed_ask_is_a_failed_step (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_WRITE, 0x20), 7);
  fixture_value (f, OBJECT (KIND_WRITE, 0x20), KEY_RESOURCE, OBJECT (KIND_TCP, 0x20));
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_WRITE, 0x20), -EPIPE);
  g_assert_null (task->exchanges);
  g_assert_cmpuint (task->n_steps, ==, 1);
  g_assert_cmpint (model_task_get_step (task, 0)->status, ==, -EPIPE);
}

static void
test_hanging_up_is_an_answer_that_failed (Fixture *f, gconstpointer data)
{
  ModelTask *task = begin (f);

  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "GET /a HTTP/1.1", 7);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_READ, 0x20), -ECONNRESET);
  g_assert_cmpuint (task->n_steps, ==, 1);
  g_assert_cmpint (model_task_get_step (task, 0)->status, ==, -ECONNRESET);
}

static void
test_who_stops_reading_waits_for_nothing (Fixture *f, gconstpointer data)
{
  begin (f);
  fixture_connection (f, TASK, 0x20, TRUE);
  fixture_ask (f, TASK, 0x20, "GET /a HTTP/1.1", 7);
  g_assert_true (analysis_exchange_is_waited_for (connection (f, 0x20)));
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_READ, 0x20), -ECANCELED);
  g_assert_false (analysis_exchange_is_waited_for (connection (f, 0x20)));
}

/* ---- Words ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *request;
  const char *text;
} RequestCase;

static const RequestCase requests[] = {
  { "origin-form", "GET /posts/12345 HTTP/1.1", "http GET 127.0.0.1:8080/posts/12345" },
  { "with-crlf", "GET /a HTTP/1.1\r\n", "http GET 127.0.0.1:8080/a" },
  { "absolute-form", "GET http://a.example/b HTTP/1.1", "http GET http://a.example/b" },
  { "authority-form", "CONNECT a.example:443 HTTP/1.1", "http CONNECT a.example:443" },
  { "asterisk-form", "OPTIONS * HTTP/1.1", "http OPTIONS 127.0.0.1:8080*" },
  { "no-http", "HELO there", "“HELO there” to 127.0.0.1:8080" },
  { "cut", "GET /very", "“GET /very” to 127.0.0.1:8080" },
  { "escape", "GET /\033[2J HTTP/1.1", "http GET 127.0.0.1:8080/\357\277\275[2J" },
};

static void
test_request_words (gconstpointer data)
{
  const RequestCase *test = data;
  g_autofree char *text =
      analysis_describe_request (test->request, strlen (test->request), "127.0.0.1:8080");

  g_assert_cmpstr (text, ==, test->text);
}

/* ---- Predictions ---------------------------------------------------------------------------- */

static void
run_through (Fixture *f, const char *functions)
{
  g_auto (GStrv) names = g_strsplit (functions, " ", -1);

  begin (f);
  for (guint i = 0; names[i] != NULL; i++)
    one_shot (f, KIND_FILE, fixture_place (f, names[i], "m.c", 100 + i), 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
}

static char *
predict (Fixture *f, const char *so_far, const char *current, guint64 *ret_seen_in)
{
  g_auto (GStrv) names = g_strsplit (so_far, " ", -1);
  AnalysisPlaces *places = analysis_places_new (&fixture_tables, f, NULL, NULL);
  AnalysisPrediction prediction;
  char *text;

  begin (f);
  for (guint i = 0; names[i] != NULL; i++)
    one_shot (f, KIND_FILE, fixture_place (f, names[i], "m.c", 200 + i), 0);
  analysis_predict (f->model, fixture_task (f, TASK), fixture_place (f, current, "m.c", 300),
                    places, &prediction);
  text = prediction.functions != NULL ? g_strjoinv (" ", prediction.functions) : NULL;
  *ret_seen_in = prediction.seen_in;
  analysis_prediction_clear (&prediction);
  analysis_places_free (places);
  return text;
}

typedef struct
{
  const char *name;
  const char *ways[6];
  const char *so_far, *current;
  const char *follows; /* NULL: nothing is said */
  guint64 seen_in;
} PredictCase;

static const PredictCase predictions[] = {
  { "what-followed",
    { "user posts friends", "user posts friends" },
    "user",
    "posts",
    "friends",
    2 },
  { "several", { "user posts friends build" }, "user", "posts", "friends build", 1 },
  { "nothing-known", { NULL }, "user", "posts", NULL, 0 },
  { "nothing-followed", { "user posts" }, "user", "posts", NULL, 0 },
  { "most-frequent",
    { "user posts a", "user posts b", "user posts b", "user posts c" },
    "user",
    "posts",
    "b",
    2 },
  { "most-frequent-ends",
    { "user posts", "user posts", "user posts a" },
    "user",
    "posts",
    NULL,
    0 },
  { "another-way", { "login posts friends" }, "user", "posts", NULL, 0 },
  { "repeats-count-once", { "user user user posts friends" }, "user", "posts", "friends", 1 },
};

static void
test_predict (Fixture *f, gconstpointer data)
{
  const PredictCase *test = data;
  g_autofree char *follows = NULL;
  guint64 seen_in;

  for (guint i = 0; i < G_N_ELEMENTS (test->ways) && test->ways[i] != NULL; i++)
    run_through (f, test->ways[i]);
  follows = predict (f, test->so_far, test->current, &seen_in);
  g_assert_cmpstr (follows, ==, test->follows);
  g_assert_cmpuint (seen_in, ==, test->seen_in);
}

static void
test_failed_tasks_predict_nothing (Fixture *f, gconstpointer data)
{
  g_autofree char *follows = NULL;
  guint64 seen_in;

  begin (f);
  one_shot (f, KIND_FILE, fixture_place (f, "user", "m.c", 1), 0);
  one_shot (f, KIND_FILE, fixture_place (f, "posts", "m.c", 2), 0);
  one_shot (f, KIND_FILE, fixture_place (f, "complain", "m.c", 3), 0);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, -EIO);
  follows = predict (f, "user", "posts", &seen_in);
  g_assert_null (follows);
}

static void
test_ways_are_bounded (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *way = g_strdup_printf ("start step%u", i);
      run_through (f, way);
    }
  g_assert_cmpuint (f->model->lineage_list->len, ==, 1);
  {
    const ModelLineage *lineage = g_ptr_array_index (f->model->lineage_list, 0);

    g_assert_cmpuint (lineage->n_finished, ==, 100);
    g_assert_cmpuint (lineage->sequences->len + lineage->n_other, ==, 100);
    g_assert_cmpuint (lineage->n_other, >, 0);
  }
}

#define ADD(path, func)                                                                            \
  g_test_add ("/steps/" path, Fixture, NULL, fixture_setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (one_shots); i++)
    {
      g_autofree char *path = g_strconcat ("/steps/one-shot/", one_shots[i].name, NULL);
      g_test_add (path, Fixture, &one_shots[i], fixture_setup, test_one_shot, fixture_teardown);
    }
  ADD ("only-the-latest-are-kept", test_only_the_latest_are_kept);
  ADD ("many-tasks-have-fewer", test_many_tasks_have_fewer);
  ADD ("exchange/ask-and-answer-are-one", test_ask_and_answer_are_one_step);
  ADD ("exchange/request-after-the-ask", test_request_may_come_after_the_ask);
  ADD ("exchange/old-request-is-not-taken-again", test_old_request_is_not_taken_again);
  ADD ("exchange/pipelined-are-not-mixed-up", test_pipelined_requests_are_not_mixed_up);
  ADD ("exchange/body-belongs-to-its-request", test_body_belongs_to_its_request);
  ADD ("exchange/server-is-owed-nothing", test_a_server_is_owed_nothing);
  ADD ("repeat/two-places", test_writes_at_two_places_are_two_steps);
  ADD ("exchange/who-speaks-first-asks", test_who_speaks_first_asks);
  ADD ("exchange/who-is-spoken-to-first-answers", test_who_is_spoken_to_first_answers);
  ADD ("exchange/failed-ask", test_failed_ask_is_a_failed_step);
  ADD ("exchange/hanging-up-is-an-answer-that-failed", test_hanging_up_is_an_answer_that_failed);
  ADD ("exchange/who-stops-reading-waits-for-nothing", test_who_stops_reading_waits_for_nothing);
  for (gsize i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autofree char *path = g_strconcat ("/steps/request/", requests[i].name, NULL);
      g_test_add_data_func (path, &requests[i], test_request_words);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (predictions); i++)
    {
      g_autofree char *path = g_strconcat ("/steps/predict/", predictions[i].name, NULL);
      g_test_add (path, Fixture, &predictions[i], fixture_setup, test_predict, fixture_teardown);
    }
  ADD ("predict/failed-tasks-say-nothing", test_failed_tasks_predict_nothing);
  ADD ("predict/ways-are-bounded", test_ways_are_bounded);
  return g_test_run ();
}
