/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Records that no honest program would write, and more of them than there is room for. */

#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define ROUNDS 60000

/* Few ids, so that everything meets everything: begun twice, ended twice, under the wrong kind. */
static guint64
random_object (GRand *rand)
{
  guint64 kind = g_rand_int_range (rand, 0, N_KINDS + 3);
  guint64 id = g_rand_int_range (rand, 0, 24);

  return g_rand_int_range (rand, 0, 50) == 0 ? (guint64)g_rand_int (rand) << 32 | g_rand_int (rand)
                                             : OBJECT (kind, id);
}

static void
feed_random (Fixture *f, GRand *rand)
{
  static char bytes[1024];
  ChannelEvent event = { 0 };

  f->now_ns += g_rand_int_range (rand, -1000, 5000000);
  event.time_ns =
      g_rand_int_range (rand, 0, 1000) == 0 ? G_MININT64 + g_rand_int (rand) : f->now_ns;
  event.type = g_rand_int_range (rand, 0, CHANNEL_TYPE_COUNT + 2);
  event.ring =
      g_rand_int_range (rand, 0, 100) == 0 ? g_rand_int (rand) : g_rand_int_range (rand, 0, 4);
  event.tid = g_rand_int_range (rand, 0, 200) == 0 ? (gint32)g_rand_int (rand) : 1;
  event.task = g_rand_boolean (rand) ? g_rand_int_range (rand, 0, 24) : random_object (rand);
  event.arg = g_rand_boolean (rand) ? g_rand_int_range (rand, 0, 24) : random_object (rand);
  event.location = g_rand_int_range (rand, 0, 12);
  event.status = g_rand_int_range (rand, -5, 5);
  event.key = g_rand_int_range (rand, 0, N_KINDS + 3);
  event.value = g_rand_boolean (rand) ? random_object (rand) : g_rand_int (rand);
  if (g_rand_boolean (rand))
    {
      for (guint i = 0; i < 64; i++)
        bytes[i] = (char)g_rand_int (rand);
      event.bytes = bytes;
      event.n_bytes = g_rand_int_range (rand, 0, sizeof bytes);
    }
  model_target_ingest (f->model, &event);
}

/* Each hold is in the lists of its resource, task and thread, and no other is. */
static void
check_holds (Fixture *f)
{
  guint n = 0, n_of_tasks = 0, n_of_threads = 0, n_without_task = 0, n_with_thread = 0;

  for (guint64 i = 0; i <= f->model->resources.mask; i++)
    {
      const ModelResource *resource = f->model->resources.slots[i].value;
      guint64 n_held = 0;
      guint here = 0;

      if (f->model->resources.slots[i].key == 0)
        continue;
      for (ModelHold *hold = resource->holds; hold != NULL; hold = hold->resource_next, here++)
        {
          g_assert_true (hold->resource == resource);
          g_assert_true (hold->task != NULL || hold->thread != NULL);
          n_held += hold->count;
          n_without_task += hold->task == NULL;
          n_with_thread += hold->thread != NULL;
        }
      g_assert_cmpuint (here, ==, resource->n_holds);
      g_assert_cmpuint (n_held, ==, resource->n_held);
      g_assert_true (here <= 1 || !model_resource_is_exclusive (resource));
      n += here;
    }
  for (ModelTask *task = f->model->first_task; task != NULL; task = task->next)
    for (ModelHold *hold = task->holds; hold != NULL; hold = hold->task_next, n_of_tasks++)
      g_assert_true (hold->task == task);
  for (guint i = 0; i < f->model->threads->len; i++)
    {
      ModelThread *thread = g_ptr_array_index (f->model->threads, i);

      if (thread == NULL)
        continue;
      for (ModelHold *hold = thread->holds; hold != NULL; hold = hold->thread_next, n_of_threads++)
        g_assert_true (hold->thread == thread);
      for (ModelAwait *await = thread->blocking; await != NULL; await = await->thread_next)
        g_assert_true (await->blocks && await->ring == thread->ring &&
                       model_table_find (&f->model->awaits, await->object) == await);
    }
  g_assert_cmpuint (n, ==, f->model->hold_slab.used);
  g_assert_cmpuint (n, ==, n_of_tasks + n_without_task);
  g_assert_cmpuint (n_with_thread, ==, n_of_threads);
}

static void
check_invariants (Fixture *f)
{
  guint n_tasks = 0, n_awaits = 0, n_polls = 0, n_open = 0;

  for (ModelTask *task = f->model->first_task; task != NULL; task = task->next)
    {
      guint here = 0;

      n_tasks++;
      n_open += task->n_open_polls;
      for (ModelAwait *await = task->awaits; await != NULL; await = await->task_next, here++)
        {
          g_assert_true (await->task == task);
          g_assert_true (model_table_find (&f->model->awaits, await->object) == await);
        }
      g_assert_cmpuint (here, ==, task->n_awaits);
      for (ModelAwait *call = task->calls; call != NULL; call = call->task_next, here++)
        {
          g_assert_true (call->task == task && call->is_call);
          g_assert_true (model_table_find (&f->model->awaits, call->object) == call);
        }
      n_awaits += here;
      g_assert_cmpuint (task->n_steps, <=, MODEL_STEPS_MAX);
      for (guint i = 0; i < task->n_steps; i++)
        g_assert_cmpint (model_task_get_step (task, i)->end_ns, >=,
                         model_task_get_step (task, i)->begin_ns);
      for (ModelResource *r = task->exchanges; r != NULL; r = r->exchange.next)
        g_assert_true (r->exchange.task == task);
    }
  for (guint i = 0; i < f->model->threads->len; i++)
    {
      ModelThread *thread = g_ptr_array_index (f->model->threads, i);

      for (guint j = 0; thread != NULL && j < MIN (thread->depth, MODEL_POLL_DEPTH); j++)
        n_polls += thread->polls[j].task != NULL;
    }
  check_holds (f);
  g_assert_cmpuint (n_tasks, ==, f->model->task_slab.used);
  g_assert_cmpuint (n_awaits, ==, f->model->awaits.count);
  g_assert_cmpuint (n_awaits, ==, f->model->await_slab.used);
  g_assert_cmpuint (f->model->resources.count, ==, f->model->resource_slab.used);
  g_assert_cmpuint (n_polls, ==, n_open);
}

/* The quick answer never hides what the rules would find. */
static void
check_quick_answer (Fixture *f)
{
  gint64 now_ns = f->now_ns + SECONDS (3);
  g_autoptr (GPtrArray) blocked = analysis_find_blocked_threads (f->model, now_ns, SECONDS (2));

  for (ModelTask *task = f->model->first_task; task != NULL; task = task->next)
    {
      ReportJudgement judgement;

      report_judge (&judgement, f->model, task, blocked, now_ns, SECONDS (2));
      if (report_judgement_get_severity (&judgement) == ANALYSIS_STUCK)
        g_assert_true (analysis_task_may_be_stuck (task, now_ns, SECONDS (2)));
      report_judgement_clear (&judgement);
    }
}

static void
test_random_records (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (GPOINTER_TO_UINT (data));

  for (guint i = 1; i < 10; i++)
    fixture_place (f, "function", "file.c", i);
  f->model->limits.max_live = 40;
  f->model->limits.max_history = 50;
  for (guint i = 0; i < ROUNDS; i++)
    {
      feed_random (f, rand);
      if (i % 5000 == 0)
        {
          g_autoptr (InspectorReport) report = inspector_session_build_report_at (
              f->session, INSPECTOR_REPORT_ASKED, f->now_ns + SECONDS (3));
          g_autofree char *text = inspector_report_to_text (report, INSPECTOR_TEXT_COLOUR, 80);
          g_autofree char *json = inspector_report_to_json (report);

          g_assert_true (g_utf8_validate (text, -1, NULL));
          g_assert_true (g_utf8_validate (json, -1, NULL));
          inspector_session_check (f->session, f->now_ns + SECONDS (3));
          inspector_target_refresh (f->target, f->now_ns);
          check_invariants (f);
          check_quick_answer (f);
        }
    }
  check_invariants (f);
  g_assert_cmpuint (f->model->task_slab.used, <=, 40);
  g_assert_cmpuint (f->model->hold_slab.used, <=, 40);
  g_assert_cmpuint (f->model->history_count, <=, 50);
}

/* A program that begins and ends for ever does not grow the model. */
static void
test_churn_does_not_grow (Fixture *f, gconstpointer data)
{
  guint chunks = 0;

  for (guint i = 0; i < 100000; i++)
    {
      guint64 id = 0x10000 + (guint64)i * 64;

      fixture_feed (f, CHANNEL_TASK_BEGIN, id, 0, 1 + i % 7);
      fixture_connection (f, id, id, TRUE);
      fixture_ask (f, id, id, "GET / HTTP/1.1", 2);
      fixture_answer (f, id, id);
      fixture_feed (f, CHANNEL_RESOURCE_END, id, OBJECT (KIND_TCP, id), 0);
      fixture_feed_status (f, CHANNEL_TASK_END, id, 0, 0);
      if (i == 100)
        chunks = f->model->task_slab.chunks->len + f->model->await_slab.chunks->len +
                 f->model->resource_slab.chunks->len;
    }
  g_assert_cmpuint (f->model->task_slab.chunks->len + f->model->await_slab.chunks->len +
                        f->model->resource_slab.chunks->len,
                    ==, chunks);
  g_assert_cmpuint (f->model->awaits.mask, <, 1024);
  g_assert_cmpuint (f->model->stats.tasks_finished, ==, 100000);
}

/* Ids chosen to fall on one another in the table. */
static void
test_table_against_a_reference (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  g_autoptr (GHashTable) reference =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  ModelTable table;

  model_table_init (&table);
  for (guint i = 0; i < 200000; i++)
    {
      gint64 key = g_rand_int_range (rand, 1, 700) * (gint64)(i % 3 == 0 ? 64 : 4096);
      gpointer expected = g_hash_table_lookup (reference, &key);

      g_assert_true (model_table_find (&table, key) == expected);
      if (expected != NULL)
        {
          model_table_remove (&table, key);
          g_hash_table_remove (reference, &key);
        }
      else
        {
          model_table_add (&table, key, GUINT_TO_POINTER (i + 1));
          g_hash_table_insert (reference, g_memdup2 (&key, sizeof key), GUINT_TO_POINTER (i + 1));
        }
    }
  g_assert_cmpuint (table.count, ==, g_hash_table_size (reference));
  model_table_clear (&table);
}

/* Told, never judged: the machine may be busy. A timer's life: begin, two facts, resume, end. */
static void
test_throughput (Fixture *f, gconstpointer data)
{
  const guint n = g_test_perf () ? 2000000 : 200000;
  gint64 begin_us = g_get_monotonic_time ();
  guint64 before = f->model->stats.events;

  for (guint i = 0; i < n; i++)
    {
      guint64 task = 0x10000 + (guint64)(i % 1000) * 64;
      guint64 await = OBJECT (KIND_FILE, task);

      if (i < 1000)
        fixture_feed (f, CHANNEL_TASK_BEGIN, task, 0, 1);
      f->now_ns += 100;
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, await, 2);
      fixture_value (f, await, KEY_OWNER, OBJECT (KIND_LOOP, 1));
      fixture_value (f, await, KEY_DUE, 7);
      fixture_feed (f, CHANNEL_RESUME, task, await, 3);
      fixture_feed (f, CHANNEL_POLL_END, task, 0, 0);
    }
  g_test_message ("%.1f million events/s", (double)(f->model->stats.events - before) /
                                               MAX (g_get_monotonic_time () - begin_us, 1));
  g_assert_cmpuint (f->model->awaits.count, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint seed = 1; seed <= 8; seed++)
    {
      g_autofree char *path = g_strdup_printf ("/model/hostile/random/%u", seed);
      g_test_add (path, Fixture, GUINT_TO_POINTER (seed), fixture_setup_session,
                  test_random_records, fixture_teardown);
    }
  g_test_add ("/model/hostile/churn-does-not-grow", Fixture, NULL, fixture_setup,
              test_churn_does_not_grow, fixture_teardown);
  g_test_add_func ("/model/table/against-a-reference", test_table_against_a_reference);
  g_test_add ("/model/throughput", Fixture, NULL, fixture_setup, test_throughput, fixture_teardown);
  return g_test_run ();
}
