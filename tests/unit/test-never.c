/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Waits that no thread is left to end, and programs at rest that only look like it. */

#include <string.h>
#include "channel/layout.h"
#include "model/doing.h"
#include "model-fixture.h"

#define LIMIT SECONDS (2)
#define CONDITION OBJECT (KIND_COND, 0xc0)
#define SEMAPHORE OBJECT (KIND_SEMAPHORE, 0xd0)
#define LOCK OBJECT (KIND_LOCK, 0xa0)
#define THREAD_TASK(ring) (0x1000 + (ring))

typedef void (*Scene) (Fixture *f);

static void
thread (Fixture *f, guint32 ring)
{
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_TASK_BEGIN, THREAD_TASK (ring), 0, 0);
  fixture_value (f, THREAD_TASK (ring), KEY_TID, 100 + ring);
}

/* Thread @ring sleeps in a call of @kind on @what. */
static void
sleep_in (Fixture *f, guint32 ring, guint32 kind, guint64 what)
{
  f->now_ns += MS (1);
  fixture_on (f, ring);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, THREAD_TASK (ring), OBJECT (kind, ring),
                fixture_place (f, "wait", "app.c", 10 + ring));
  if (what != 0)
    fixture_value (f, OBJECT (kind, ring), KEY_RESOURCE, what);
}

/* Threads 100 and 101 wait to be woken, and there are no others. */
static void
scene_asleep (Fixture *f)
{
  thread (f, 0);
  thread (f, 1);
  sleep_in (f, 0, KIND_WAKING, CONDITION);
  sleep_in (f, 1, KIND_WAKING, CONDITION);
  fixture_n_threads = 2;
  fixture_thread_state = 'S';
}

static void
scene_joined (Fixture *f)
{
  thread (f, 0);
  thread (f, 1);
  sleep_in (f, 0, KIND_JOINING, THREAD_TASK (1));
  sleep_in (f, 1, KIND_WAKING, CONDITION);
  fixture_n_threads = 2;
  fixture_thread_state = 'S';
}

static void
scene_lock_behind (Fixture *f)
{
  thread (f, 0);
  thread (f, 1);
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (0), LOCK, 0);
  sleep_in (f, 0, KIND_WAKING, CONDITION);
  sleep_in (f, 1, KIND_LOCKING, LOCK);
  fixture_n_threads = 2;
  fixture_thread_state = 'S';
}

static void
scene_semaphore (Fixture *f)
{
  thread (f, 0);
  sleep_in (f, 0, KIND_WAKING, SEMAPHORE);
  fixture_n_threads = 1;
  fixture_thread_state = 'S';
}

/* A handler may not signal a condition: it is no way out. */
static void
scene_condition_with_handlers (Fixture *f)
{
  scene_asleep (f);
  fixture_handles_signals = TRUE;
}

/* ---- Those that may go on ------------------------------------------------------------------- */

static void
scene_one_runs (Fixture *f)
{
  scene_asleep (f);
  fixture_thread_state = 'R';
}

static void
scene_stopped (Fixture *f)
{
  scene_asleep (f);
  fixture_thread_state = 'T';
}

static void
scene_thread_not_recorded (Fixture *f)
{
  scene_asleep (f);
  fixture_n_threads = 3;
}

static void
scene_threads_not_known (Fixture *f)
{
  scene_asleep (f);
  fixture_n_threads = 0;
}

static void
scene_deadline (Fixture *f)
{
  scene_asleep (f);
  fixture_value (f, OBJECT (KIND_WAKING, 1), KEY_DEADLINE, f->now_ns + SECONDS (3600));
}

static void
scene_shared_memory (Fixture *f)
{
  scene_asleep (f);
  fixture_is_shared = TRUE;
}

static void
scene_semaphore_with_handlers (Fixture *f)
{
  scene_semaphore (f);
  fixture_handles_signals = TRUE;
}

/* A descriptor is read: anybody may write to it. */
static void
scene_one_reads (Fixture *f)
{
  thread (f, 0);
  thread (f, 1);
  sleep_in (f, 0, KIND_WAKING, CONDITION);
  sleep_in (f, 1, KIND_CALL, 0);
  fixture_n_threads = 2;
  fixture_thread_state = 'S';
}

static void
scene_one_is_outside_of_awaits (Fixture *f)
{
  thread (f, 0);
  thread (f, 1);
  sleep_in (f, 0, KIND_WAKING, CONDITION);
  fixture_n_threads = 2;
  fixture_thread_state = 'S';
}

static void
scene_on_something_unknown (Fixture *f)
{
  thread (f, 0);
  sleep_in (f, 0, KIND_WAKING, 0);
  fixture_n_threads = 1;
  fixture_thread_state = 'S';
}

/* That is a deadlock, and told as one. */
static void
scene_own_lock (Fixture *f)
{
  thread (f, 0);
  thread (f, 1);
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, THREAD_TASK (0), LOCK, 0);
  sleep_in (f, 0, KIND_LOCKING, LOCK);
  sleep_in (f, 1, KIND_WAKING, CONDITION);
  fixture_n_threads = 2;
  fixture_thread_state = 'S';
}

typedef struct
{
  const char *name;
  Scene scene;
  guint n_stuck;    /* after the limit, of waits that cannot end */
  guint n_subjects; /* of the finding; 0: there is none */
} NeverCase;

static const NeverCase cases[] = {
  { "all-wait-to-be-woken", scene_asleep, 2, 2 },
  { "one-joins-the-other", scene_joined, 1, 1 },
  { "one-waits-for-the-others-lock", scene_lock_behind, 1, 1 },
  { "semaphore", scene_semaphore, 1, 1 },
  { "condition-in-a-process-with-handlers", scene_condition_with_handlers, 2, 2 },

  { "one-runs", scene_one_runs, 0, 0 },
  { "stopped", scene_stopped, 0, 0 },
  { "thread-that-is-not-recorded", scene_thread_not_recorded, 0, 0 },
  { "threads-are-not-known", scene_threads_not_known, 0, 0 },
  { "deadline", scene_deadline, 0, 0 },
  { "shared-memory", scene_shared_memory, 0, 0 },
  { "semaphore-in-a-process-with-handlers", scene_semaphore_with_handlers, 0, 0 },
  { "one-reads", scene_one_reads, 0, 0 },
  { "one-is-outside-of-awaits", scene_one_is_outside_of_awaits, 0, 0 },
  { "on-something-unknown", scene_on_something_unknown, 0, 0 },
  { "deadlock", scene_own_lock, 0, 0 },
};

/* ---- What is found -------------------------------------------------------------------------- */

static const Finding *
find (Fixture *f, InspectorReport **ret_report)
{
  const ReportTarget *target;

  inspector_session_check (f->session, f->now_ns);
  *ret_report = inspector_session_build_report_at (f->session, INSPECTOR_REPORT_ASKED, f->now_ns);
  target = g_ptr_array_index (inspector_report_peek (*ret_report)->targets, 0);
  for (guint i = 0; i < target->findings->len; i++)
    {
      const Finding *finding = g_ptr_array_index (target->findings, i);

      if (finding->kind == FINDING_NEVER)
        return finding;
    }
  return NULL;
}

static guint
count_subjects (const Finding *finding)
{
  guint n = 0;

  for (guint i = 0; finding != NULL && i < finding->evidence->len; i++)
    n += ((FindingEvidence *)g_ptr_array_index (finding->evidence, i))->role == FINDING_SUBJECT;
  return n;
}

static guint
count_marked (Fixture *f)
{
  guint n = 0;

  for (const ModelTask *task = f->model->first_task; task != NULL; task = task->next)
    for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
      n += await->cannot_end;
  return n;
}

static void
test_case (Fixture *f, gconstpointer data)
{
  const NeverCase *test = data;
  g_autoptr (InspectorReport) before = NULL;
  g_autoptr (InspectorReport) after = NULL;
  const Finding *finding;

  inspector_session_set_stuck_after (f->session, LIMIT);
  test->scene (f);
  f->now_ns += LIMIT;
  g_assert_null (find (f, &before));
  g_assert_cmpuint (count_marked (f), ==, 0);
  f->now_ns += SECONDS (2);
  finding = find (f, &after);
  g_assert_cmpuint (count_subjects (finding), ==, test->n_subjects);
  g_assert_cmpuint (count_marked (f), ==, test->n_stuck);
  if (finding == NULL)
    return;
  g_assert_cmpint (finding->certainty, ==, ANALYSIS_CERTAIN);
  g_assert_true (finding->is_pending);
  g_assert_nonnull (strstr (finding->suggestion, "app.c:1"));
  g_assert_true (g_str_has_prefix (finding->id, "never-"));
}

/* Whatever woke it, it was something: none of them is stuck any more. */
static void
test_goes_on (Fixture *f, gconstpointer data)
{
  g_autoptr (InspectorReport) before = NULL;
  g_autoptr (InspectorReport) after = NULL;

  inspector_session_set_stuck_after (f->session, LIMIT);
  scene_asleep (f);
  f->now_ns += LIMIT + SECONDS (1);
  g_assert_nonnull (find (f, &before));
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_AWAIT_END, THREAD_TASK (0), OBJECT (KIND_WAKING, 0), 0);
  g_assert_null (find (f, &after));
  g_assert_cmpuint (count_marked (f), ==, 0);
}

/* ---- What views draw ------------------------------------------------------------------------ */

static void
await_judged (gpointer data, const ModelAwait *await, gint64 now_ns)
{
  gint64 *last_ns = data;

  *last_ns = now_ns;
}

static ModelSpanState
state_of (Fixture *f, guint32 ring, guint n_polls)
{
  return model_doing_find (fixture_task (f, THREAD_TASK (ring)), n_polls, 0, NULL).state;
}

/* A thread that waits for something to do is idle; once nobody is left who could give it any, it is blocked,
 * since the last thing that happened. */
static void
test_idle_until_found (Fixture *f, gconstpointer data)
{
  static const ModelObserver observer = { .await_judged = await_judged };
  g_autoptr (InspectorReport) before = NULL;
  g_autoptr (InspectorReport) after = NULL;
  gint64 judged_ns = 0, last_ns;

  inspector_session_set_stuck_after (f->session, LIMIT);
  scene_asleep (f);
  last_ns = f->now_ns;
  model_target_add_observer (f->model, &observer, &judged_ns);
  g_assert_cmpint (state_of (f, 0, 0), ==, MODEL_SPAN_RESTING);
  /* In a callback it keeps its loop from turning. */
  g_assert_cmpint (state_of (f, 0, 1), ==, MODEL_SPAN_BLOCKED);
  f->now_ns += LIMIT + SECONDS (1);
  g_assert_nonnull (find (f, &before));
  g_assert_cmpint (judged_ns, ==, last_ns);
  g_assert_cmpint (state_of (f, 0, 0), ==, MODEL_SPAN_BLOCKED);
  fixture_on (f, 0);
  fixture_feed (f, CHANNEL_AWAIT_END, THREAD_TASK (0), OBJECT (KIND_WAKING, 0), 0);
  g_assert_null (find (f, &after));
  g_assert_cmpint (judged_ns, ==, f->model->now_ns);
  g_assert_cmpint (state_of (f, 1, 0), ==, MODEL_SPAN_RESTING);
  model_target_remove_observer (f->model, &judged_ns);
}

static void
test_locks_block (Fixture *f, gconstpointer data)
{
  scene_lock_behind (f);
  g_assert_cmpint (state_of (f, 0, 0), ==, MODEL_SPAN_RESTING);
  g_assert_cmpint (state_of (f, 1, 0), ==, MODEL_SPAN_BLOCKED);
  scene_joined (f);
  g_assert_cmpint (state_of (f, 0, 0), ==, MODEL_SPAN_BLOCKED);
}

/* Its threads' wait is stuck, so that it is told while the program still runs. */
static void
test_is_stuck (Fixture *f, gconstpointer data)
{
  inspector_session_set_stuck_after (f->session, LIMIT);
  scene_asleep (f);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT), ==, 0);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT + SECONDS (2)), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/never/", cases[i].name, NULL);

      g_test_add (path, Fixture, &cases[i], fixture_setup_session, test_case, fixture_teardown);
    }
  g_test_add ("/never/over-once-something-happens", Fixture, NULL, fixture_setup_session,
              test_goes_on, fixture_teardown);
  g_test_add ("/never/idle-until-found", Fixture, NULL, fixture_setup_session,
              test_idle_until_found, fixture_teardown);
  g_test_add ("/never/locks-block", Fixture, NULL, fixture_setup_session, test_locks_block,
              fixture_teardown);
  g_test_add ("/never/is-stuck", Fixture, NULL, fixture_setup_session, test_is_stuck,
              fixture_teardown);
  return g_test_run ();
}
