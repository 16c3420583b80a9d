/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Each rule on both sides of its edge, and beside it the healthy program that looks like it. */

#include <errno.h>
#include <string.h>
#include "channel/layout.h"
#include "model-fixture.h"
#include "model/model-private.h"

#define TASK 0x1000
#define OTHER 0x2000
#define LIMIT SECONDS (2)

typedef void (*Scene) (Fixture *f);

static void
await (Fixture *f, TestKind kind)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (kind, 0x50), 0);
}

/* ---- Scenes --------------------------------------------------------------------------------- */

static void
scene_file (Fixture *f)
{
  await (f, KIND_FILE);
}

static void
scene_file_bytes (Fixture *f)
{
  await (f, KIND_FILE);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_FD, 0);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_BYTES, 4096);
}

static void
scene_listen (Fixture *f)
{
  await (f, KIND_LISTEN);
}

static void
scene_interval (Fixture *f)
{
  await (f, KIND_INTERVAL);
  fixture_value (f, OBJECT (KIND_INTERVAL, 0x50), KEY_DUE, f->now_ns);
}

static void
scene_signal (Fixture *f)
{
  await (f, KIND_SIGNAL);
}

static void
scene_idle (Fixture *f)
{
  await (f, KIND_IDLE);
}

static void
scene_child (Fixture *f)
{
  await (f, KIND_CHILD);
}

static void
scene_plain (Fixture *f)
{
  await (f, KIND_PLAIN);
}

static void
scene_close (Fixture *f)
{
  await (f, KIND_CLOSE);
}

static void
scene_timer_due_now (Fixture *f)
{
  await (f, KIND_TIMER);
  fixture_value (f, OBJECT (KIND_TIMER, 0x50), KEY_DUE, f->now_ns);
}

static void
scene_timer_due_later (Fixture *f)
{
  await (f, KIND_TIMER);
  fixture_value (f, OBJECT (KIND_TIMER, 0x50), KEY_DUE, f->now_ns + SECONDS (3600));
}

static void
scene_timer_without_due (Fixture *f)
{
  await (f, KIND_TIMER);
}

static void
scene_work_queued (Fixture *f)
{
  await (f, KIND_WORK);
  fixture_value (f, OBJECT (KIND_WORK, 0x50), KEY_WORK, 0x401000);
}

static void
scene_work_running (Fixture *f)
{
  scene_work_queued (f);
  fixture_value (f, OBJECT (KIND_WORK, 0x50), KEY_RUNNING, 1);
}

static void
scene_file_running (Fixture *f)
{
  scene_file (f);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_FD, 7);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_RUNNING, 1);
}

static void
scene_connect (Fixture *f)
{
  await (f, KIND_CONNECT);
  fixture_peer (f, OBJECT (KIND_CONNECT, 0x50), 81);
}

static void
scene_connect_by_resource (Fixture *f)
{
  await (f, KIND_CONNECT);
  fixture_peer (f, OBJECT (KIND_TCP, 0x50), 81);
  fixture_value (f, OBJECT (KIND_TCP, 0x50), KEY_CLIENT, 1);
  fixture_value (f, OBJECT (KIND_CONNECT, 0x50), KEY_RESOURCE, OBJECT (KIND_TCP, 0x50));
}

static void
scene_write (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_WRITE, 0x50), 0);
  fixture_value (f, OBJECT (KIND_WRITE, 0x50), KEY_RESOURCE, OBJECT (KIND_TCP, 0x50));
}

static void
connected (Fixture *f, gboolean client)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_connection (f, TASK, 0x50, client);
}

/* The scenes start to wait at their end; fixture_ask() takes 1 ms. */
static void
ask (Fixture *f, const char *request)
{
  fixture_ask (f, TASK, 0x50, request, 0);
  f->now_ns -= MS (1);
}

static void
scene_http (Fixture *f)
{
  connected (f, TRUE);
  ask (f, "GET /a HTTP/1.1");
}

static void
scene_first_ask (Fixture *f)
{
  connected (f, TRUE);
  ask (f, NULL);
}

static void
scene_reliable_peer (Fixture *f)
{
  scene_first_ask (f);
  fixture_answer (f, TASK, 0x50);
  ask (f, NULL);
}

/* Told something that was never answered before: a stream of notices, perhaps. */
static void
scene_unreliable_peer (Fixture *f)
{
  connected (f, TRUE);
  ask (f, NULL);
  fixture_answer (f, TASK, 0x50);
  ask (f, NULL);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_READ, 0x50), -ECANCELED);
  model_exchange_drop (f->model, model_table_find (&f->model->resources, OBJECT (KIND_TCP, 0x50)));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_value (f, OBJECT (KIND_READ, 0x50), KEY_RESOURCE, OBJECT (KIND_TCP, 0x50));
  ask (f, NULL);
}

static void
scene_answered (Fixture *f)
{
  scene_http (f);
  fixture_answer (f, TASK, 0x50);
}

static void
scene_server (Fixture *f)
{
  connected (f, FALSE);
  fixture_answer (f, TASK, 0x50);
  ask (f, NULL);
  fixture_answer (f, TASK, 0x50);
  ask (f, NULL);
}

static void
scene_not_reading (Fixture *f)
{
  scene_http (f);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_READ, 0x50), -ECANCELED);
}

static void
scene_callback (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
}

static void
scene_callback_returned (Fixture *f)
{
  scene_callback (f);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
}

/* A pool's thread polls the task whose work it runs. */
static void
scene_work_function (Fixture *f)
{
  scene_work_running (f);
  f->ring = 3;
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, OBJECT (KIND_WORK, 0x50), 0);
  f->ring = 0;
}

static void
scene_nothing (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
}

/* ---- Calls that sleep ----------------------------------------------------------------------- */

static void
sleep_on (Fixture *f, TestKind kind, guint64 resource)
{
  await (f, kind);
  if (resource != 0)
    fixture_value (f, OBJECT (kind, 0x50), KEY_RESOURCE, resource);
}

static void
scene_lock_held (Fixture *f)
{
  f->ring = 3;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, OTHER, OBJECT (KIND_LOCK, 0xa0), 0);
  f->ring = 0;
  sleep_on (f, KIND_LOCKING, OBJECT (KIND_LOCK, 0xa0));
}

static void
scene_lock_abandoned (Fixture *f)
{
  scene_lock_held (f);
  fixture_feed_status (f, CHANNEL_TASK_END, OTHER, 0, 0);
}

static void
scene_lock_of_unknown_holder (Fixture *f)
{
  sleep_on (f, KIND_LOCKING, OBJECT (KIND_LOCK, 0xa0));
}

static void
scene_sleeps_in_callback (Fixture *f)
{
  scene_callback (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_CALL, 0x50), 0);
}

/* A worker with nothing to do. */
static void
scene_idle_worker (Fixture *f)
{
  sleep_on (f, KIND_WAKING, OBJECT (KIND_COND, 0xc0));
}

static void
scene_semaphore (Fixture *f)
{
  sleep_on (f, KIND_WAKING, OBJECT (KIND_SEMAPHORE, 0xc0));
}

/* Threads may run for as long as they like, and who started them joins them. */
static void
scene_joins_thread (Fixture *f)
{
  f->ring = 3;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  f->ring = 0;
  sleep_on (f, KIND_JOINING, OTHER);
}

static void
scene_turns_loop (Fixture *f)
{
  sleep_on (f, KIND_TURNING, 0);
}

static void
scene_dropped (Fixture *f)
{
  await (f, KIND_WAKING);
  fixture_text (f, OBJECT (KIND_WAKING, 0x50), KEY_STATE, "dropped");
}

static void
scene_loop_not_run (Fixture *f)
{
  await (f, KIND_RETURNED);
  fixture_value (f, OBJECT (KIND_RETURNED, 0x50), KEY_RESOURCE, OBJECT (KIND_LOOP, 1));
}

static void
scene_cancelled (Fixture *f)
{
  await (f, KIND_WAKING);
  fixture_text (f, OBJECT (KIND_WAKING, 0x50), KEY_STATE, "cancelled");
}

static void
scene_nobody_left (Fixture *f)
{
  scene_idle_worker (f);
  fixture_task (f, TASK)->awaits->cannot_end = TRUE;
}

/* ---- The table ------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  Scene scene;
  const char *under, *over;  /* rules just before and just after the limit; NULL: none */
  AnalysisSeverity severity; /* after it */
  AnalysisCertainty certainty;
} RuleCase;

static const RuleCase cases[] = {
  { "nothing", scene_nothing, NULL, NULL, ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "file", scene_file, "pending", "pool-job", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "file-bytes", scene_file_bytes, "pending", "descriptor-job", ANALYSIS_STUCK,
    ANALYSIS_INFERRED },
  { "file-running", scene_file_running, "pending", "job-running", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "work-queued", scene_work_queued, "pending", "work-queued", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "work-running", scene_work_running, "pending", "work-running", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "work-function", scene_work_function, "pending", "work-running", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "connect", scene_connect, "pending", "connecting", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "connect-by-resource", scene_connect_by_resource, "pending", "connecting", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "write", scene_write, "pending", "write-not-drained", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "close", scene_close, "pending", "not-closed", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "http", scene_http, "asked", "http-unanswered", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "reliable-peer", scene_reliable_peer, "asked", "peer-silent", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "first-ask", scene_first_ask, "asked", "unanswered", ANALYSIS_STUCK, ANALYSIS_INFERRED },
  { "unreliable-peer", scene_unreliable_peer, "asked", "unanswered", ANALYSIS_STUCK,
    ANALYSIS_INFERRED },
  { "timer-due-now", scene_timer_due_now, "timer", "timer-overdue", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "callback", scene_callback, NULL, "callback-blocks", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "dropped", scene_dropped, "signal-awaited", "dropped", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "loop-not-run", scene_loop_not_run, "signal-awaited", "loop-not-run", ANALYSIS_STUCK,
    ANALYSIS_INFERRED },
  { "cancelled", scene_cancelled, "signal-awaited", "signal-awaited", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "lock-held", scene_lock_held, "pending", "lock-held", ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "lock-abandoned", scene_lock_abandoned, "pending", "lock-abandoned", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "lock-of-unknown-holder", scene_lock_of_unknown_holder, "pending", "lock-holder-unknown",
    ANALYSIS_STUCK, ANALYSIS_CERTAIN },
  { "sleeps-in-a-callback", scene_sleeps_in_callback, "pending", "callback-sleeps", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },

  /* The healthy ones that look like them. */
  { "idle-worker", scene_idle_worker, "signal-awaited", "signal-awaited", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "semaphore", scene_semaphore, "signal-awaited", "signal-awaited", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "joins-a-thread", scene_joins_thread, "task-awaited", "task-awaited", ANALYSIS_WAITING,
    ANALYSIS_CERTAIN },
  { "turns-a-loop", scene_turns_loop, "repeating", "repeating", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "timer-due-later", scene_timer_due_later, "timer", "timer", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "timer-without-due-time", scene_timer_without_due, "timer", "timer", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "interval", scene_interval, "timer", "timer", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "listen", scene_listen, "listening", "listening", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "signal", scene_signal, "watching", "watching", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "idle-hook", scene_idle, "loop-phase", "loop-phase", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "child", scene_child, "child-process", "child-process", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "undescribed", scene_plain, "unknown", "unknown", ANALYSIS_RESTING, ANALYSIS_INFERRED },
  { "answered", scene_answered, "reading", "reading", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "keep-alive-server", scene_server, "reading", "reading", ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "not-reading", scene_not_reading, NULL, NULL, ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "callback-returned", scene_callback_returned, NULL, NULL, ANALYSIS_RESTING, ANALYSIS_CERTAIN },
};

static const AnalysisRule *
judge (Fixture *f, guint64 id, gint64 now_ns, AnalysisSeverity *ret_severity)
{
  g_autoptr (GPtrArray) blocked = analysis_find_blocked_threads (f->model, now_ns, LIMIT);
  const AnalysisRule *rule;
  ReportJudgement judgement;

  report_judge (&judgement, f->model, fixture_task (f, id), blocked, now_ns, LIMIT);
  rule = report_judgement_get_rule (&judgement);
  *ret_severity = report_judgement_get_severity (&judgement);
  report_judgement_clear (&judgement);
  return rule;
}

static void
test_edge (Fixture *f, gconstpointer data)
{
  const RuleCase *test = data;
  const AnalysisRule *rule;
  AnalysisSeverity severity;

  test->scene (f);
  rule = judge (f, TASK, f->now_ns + LIMIT, &severity);
  g_assert_cmpstr (rule != NULL ? rule->id : NULL, ==, test->under);
  g_assert_cmpint (severity, !=, ANALYSIS_STUCK);
  rule = judge (f, TASK, f->now_ns + LIMIT + 1, &severity);
  g_assert_cmpstr (rule != NULL ? rule->id : NULL, ==, test->over);
  g_assert_cmpint (severity, ==, test->severity);
  if (rule != NULL)
    g_assert_cmpint (rule->certainty, ==, test->certainty);
  /* For ever is no other case. */
  rule = judge (f, TASK, f->now_ns + SECONDS (3000), &severity);
  g_assert_cmpstr (rule != NULL ? rule->id : NULL, ==, test->over);
}

/* Each rule of the table is met by a case above, so that none is left untried. */
static void
test_table_is_tried (void)
{
  guint n;
  const AnalysisRule *rules = analysis_rules_get (&n);
  /* These need two tasks or a kind that no runtime has yet; they have tests of their own. */
  static const char *const elsewhere[] = {
    "deadlock",     "loop-blocked", "repeating", "not-done", "never",           "unread", "starved",
    "unreferenced", "peer-closed",  "asleep",    "running",  "sent-unanswered", NULL
  };

  for (guint i = 0; i < n; i++)
    {
      gboolean is_tried = g_strv_contains (elsewhere, rules[i].id);

      for (gsize j = 0; j < G_N_ELEMENTS (cases); j++)
        is_tried |= g_strcmp0 (cases[j].under, rules[i].id) == 0 ||
                    g_strcmp0 (cases[j].over, rules[i].id) == 0;
      if (!is_tried)
        g_error ("rule %s has no test", rules[i].id);
      /* What accuses says what to do, and names a place. */
      if (rules[i].severity == ANALYSIS_STUCK)
        g_assert_nonnull (strstr (rules[i].suggestion, "%s"));
      for (guint k = i + 1; k < n; k++)
        g_assert_cmpstr (rules[i].id, !=, rules[k].id);
    }
}

static void
test_not_done (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  /* A shutdown: one-shot, on a connection that is up. */
  await (f, KIND_CONNECT);
  g_assert_cmpstr (judge (f, TASK, f->now_ns + LIMIT, &severity)->id, ==, "pending");
  g_assert_cmpstr (judge (f, TASK, f->now_ns + LIMIT + 1, &severity)->id, ==, "not-done");
}

/* However short it has waited: who marks it has thought of that. */
static void
test_never (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_nobody_left (f);
  g_assert_cmpstr (judge (f, TASK, f->now_ns, &severity)->id, ==, "never");
  g_assert_cmpint (severity, ==, ANALYSIS_STUCK);
}

static void
test_unread (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_child (f);
  g_assert_cmpstr (judge (f, TASK, f->now_ns, &severity)->id, ==, "child-process");
  fixture_task (f, TASK)->awaits->is_unread = TRUE;
  g_assert_cmpstr (judge (f, TASK, f->now_ns, &severity)->id, ==, "unread");
  g_assert_cmpint (severity, ==, ANALYSIS_STUCK);
  g_assert_true (analysis_task_may_be_stuck (fixture_task (f, TASK), f->now_ns, LIMIT));
}

static const AnalysisRule *
judge_after (Fixture *f, gint64 for_ns)
{
  AnalysisSeverity severity;

  for (gint64 end_ns = f->now_ns + for_ns; f->now_ns < end_ns; f->now_ns += MS (500))
    inspector_target_refresh (f->target, f->now_ns);
  return judge (f, TASK, f->now_ns, &severity);
}

static void
test_peer_closed (Fixture *f, gconstpointer data)
{
  scene_http (f);
  fixture_set_socket ("ESTABLISHED");
  g_assert_cmpstr (judge_after (f, SECONDS (10))->id, ==, "http-unanswered");
  fixture_set_socket ("CLOSE_WAIT");
  /* It may be told within moments: the limit counts from when it was first seen. */
  g_assert_cmpstr (judge_after (f, LIMIT)->id, ==, "http-unanswered");
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "peer-closed");
  /* There is something to read yet, and then again nothing. */
  fixture_socket.receive_queue = 12;
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "http-unanswered");
  fixture_socket.receive_queue = 0;
  g_assert_cmpstr (judge_after (f, LIMIT)->id, ==, "http-unanswered");
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "peer-closed");
  /* Another connection has taken the descriptor. */
  fixture_socket.inode++;
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "http-unanswered");
}

static void
test_peer_closed_with_timeout (Fixture *f, gconstpointer data)
{
  scene_http (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_TIMER, 0x77), 0);
  fixture_value (f, OBJECT (KIND_TIMER, 0x77), KEY_DUE, f->now_ns + SECONDS (3600));
  fixture_set_socket ("CLOSE_WAIT");
  g_assert_cmpstr (judge_after (f, SECONDS (10))->id, ==, "http-unanswered");
}

/* A program that writes to the descriptor itself: the kernel alone knows of it. */
static void
test_sent_unseen (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_value (f, OBJECT (KIND_READ, 0x50), KEY_RESOURCE, OBJECT (KIND_TCP, 0x50));
  fixture_value (f, OBJECT (KIND_TCP, 0x50), KEY_FD, 7);
  fixture_value (f, OBJECT (KIND_TCP, 0x50), KEY_CLIENT, 1);
  fixture_set_socket ("ESTABLISHED");
  fixture_socket.last_sent_ms = fixture_socket.last_received_ms = 5000;
  g_assert_cmpstr (judge_after (f, SECONDS (10))->id, ==, "reading");
  /* It is sent, within the limit and beyond it. */
  fixture_socket.last_sent_ms = 10;
  g_assert_cmpstr (judge_after (f, SECONDS (10))->id, ==, "reading");
  fixture_socket.last_sent_ms = 4000;
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "sent-unanswered");
  g_assert_true (analysis_task_may_be_stuck (fixture_task (f, TASK), f->now_ns, LIMIT));
  /* What has come is not read yet; then there is an answer. */
  fixture_socket.receive_queue = 3;
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "reading");
  fixture_socket.receive_queue = 0;
  fixture_socket.last_received_ms = 100;
  g_assert_cmpstr (judge_after (f, SECONDS (1))->id, ==, "reading");
}

static void
test_repeating (Fixture *f, gconstpointer data)
{
  const ModelKind kind = { .flags = INSPECT_AWAIT_REPEATS, .name = "", .phrase = "" };
  ModelAwait repeats = { .kind = &kind };
  AnalysisWait wait = { .model = f->model, .await = &repeats, .now_ns = SECONDS (99) };

  g_assert_cmpstr (analysis_rule_find (&wait)->id, ==, "repeating");
}

/* A call that may take for ever, as reading from a pipe does. */
static void
test_asleep (Fixture *f, gconstpointer data)
{
  const ModelKind kind = { .flags = INSPECT_AWAIT_BLOCKS, .name = "", .phrase = "" };
  ModelAwait sleeps = { .kind = &kind };
  ModelTask task = { 0 };
  AnalysisWait wait = { .model = f->model,
                        .task = &task,
                        .await = &sleeps,
                        .now_ns = SECONDS (99),
                        .stuck_after_ns = LIMIT };

  g_assert_cmpstr (analysis_rule_find (&wait)->id, ==, "asleep");
  g_assert_cmpint (analysis_rule_find (&wait)->severity, ==, ANALYSIS_WAITING);
}

/* The same of a thread that was seen to run. */
static void
test_running (Fixture *f, gconstpointer data)
{
  const ModelKind kind = { .flags = INSPECT_AWAIT_BLOCKS, .name = "", .phrase = "" };
  ModelAwait runs = { .kind = &kind };
  ModelTask task = { 0 };
  AnalysisWait wait = { .model = f->model,
                        .task = &task,
                        .await = &runs,
                        .now_ns = SECONDS (99),
                        .stuck_after_ns = LIMIT };

  model_attributes_set_value (&runs.attributes, 1, MODEL_KEY_RUNNING, 1);
  g_assert_cmpstr (analysis_rule_find (&wait)->id, ==, "running");
  g_assert_cmpint (analysis_rule_find (&wait)->severity, ==, ANALYSIS_RESTING);
}

/* ---- A loop that is held up ----------------------------------------------------------------- */

static void
test_held_up_tasks_are_not_accused (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_callback (f);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 0x60), 0);
  g_assert_cmpstr (judge (f, TASK, f->now_ns + LIMIT + 1, &severity)->id, ==, "callback-blocks");
  g_assert_cmpstr (judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==, "loop-blocked");
  g_assert_cmpint (severity, ==, ANALYSIS_WAITING);
}

static void
test_other_loops_are_not_excused (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_callback (f);
  f->ring = 1;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 0x60), 0);
  g_assert_cmpstr (judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==, "pool-job");
}

/* Begun on the same thread, served by another loop. */
static void
test_owners_count_more_than_threads (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_value (f, OBJECT (KIND_READ, 0x50), KEY_OWNER, OBJECT (KIND_LOOP, 1));
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, OTHER, OBJECT (KIND_FILE, 0x60), 0);
  fixture_value (f, OBJECT (KIND_FILE, 0x60), KEY_OWNER, OBJECT (KIND_LOOP, 2));
  g_assert_cmpstr (judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==, "pool-job");
  fixture_value (f, OBJECT (KIND_FILE, 0x60), KEY_OWNER, OBJECT (KIND_LOOP, 1));
  g_assert_cmpstr (judge (f, OTHER, f->now_ns + LIMIT + 1, &severity)->id, ==, "loop-blocked");
}

static void
test_nested_loop_that_turns_is_healthy (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_callback (f);
  for (guint i = 0; i < 10; i++)
    {
      f->now_ns += SECONDS (1);
      fixture_feed (f, CHANNEL_POLL_BEGIN, OTHER, 0, 0);
      fixture_feed (f, CHANNEL_POLL_END, OTHER, 0, 0);
    }
  g_assert_null (judge (f, TASK, f->now_ns + LIMIT, &severity));
  g_assert_cmpstr (judge (f, TASK, f->now_ns + LIMIT + 1, &severity)->id, ==, "callback-blocks");
}

static void
test_pool_work_holds_up_no_loop (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) blocked = NULL;

  scene_work_function (f);
  blocked = analysis_find_blocked_threads (f->model, f->now_ns + SECONDS (60), LIMIT);
  g_assert_cmpuint (blocked->len, ==, 0);
}

/* ---- Episodes ------------------------------------------------------------------------------- */

static void
count_signal (InspectorSession *session, InspectorTask *task, gpointer data)
{
  guint *count = data;

  g_assert_cmpuint (inspector_task_get_number (task), ==, 1);
  g_assert_cmpint (inspector_task_get_waiting_ns (task), >, LIMIT);
  (*count)++;
}

static void
test_told_once_an_episode (Fixture *f, gconstpointer data)
{
  guint count = 0;

  g_signal_connect (f->session, "stuck", G_CALLBACK (count_signal), &count);
  scene_http (f);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT), ==, 0);
  g_assert_cmpuint (count, ==, 0);
  for (guint i = 1; i < 5; i++)
    g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT + i), ==, 1);
  g_assert_cmpuint (count, ==, 1);
  /* It moves on, and is stuck again. */
  f->now_ns += SECONDS (3);
  fixture_answer (f, TASK, 0x50);
  ask (f, "GET /b HTTP/1.1");
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT), ==, 0);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + LIMIT + 1), ==, 1);
  g_assert_cmpuint (count, ==, 2);
}

static void
test_stopped_process_is_not_accused (Fixture *f, gconstpointer data)
{
  scene_http (f);
  fixture_process.state = 'T';
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + SECONDS (60)), ==, 0);
  fixture_process.state = 'S';
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns + SECONDS (60)), ==, 1);
}

#define ADD(path, setup, func)                                                                     \
  g_test_add ("/rules/" path, Fixture, NULL, setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/rules/edge/", cases[i].name, NULL);
      g_test_add (path, Fixture, &cases[i], fixture_setup, test_edge, fixture_teardown);
    }
  g_test_add_func ("/rules/each-has-a-test", test_table_is_tried);
  ADD ("edge/not-done", fixture_setup, test_not_done);
  ADD ("edge/asleep", fixture_setup, test_asleep);
  ADD ("edge/running", fixture_setup, test_running);
  ADD ("edge/never", fixture_setup, test_never);
  ADD ("edge/unread", fixture_setup, test_unread);
  ADD ("edge/peer-closed", fixture_setup_session, test_peer_closed);
  ADD ("edge/sent-unseen", fixture_setup_session, test_sent_unseen);
  ADD ("edge/peer-closed-with-a-timeout", fixture_setup_session, test_peer_closed_with_timeout);
  ADD ("edge/repeating", fixture_setup, test_repeating);
  ADD ("loop/held-up-tasks-are-not-accused", fixture_setup, test_held_up_tasks_are_not_accused);
  ADD ("loop/other-loops-are-not-excused", fixture_setup, test_other_loops_are_not_excused);
  ADD ("loop/owners-count-more-than-threads", fixture_setup, test_owners_count_more_than_threads);
  ADD ("loop/nested-loop-that-turns-is-healthy", fixture_setup,
       test_nested_loop_that_turns_is_healthy);
  ADD ("loop/pool-work-holds-up-no-loop", fixture_setup, test_pool_work_holds_up_no_loop);
  ADD ("episode/told-once", fixture_setup_session, test_told_once_an_episode);
  ADD ("episode/stopped-process-is-not-accused", fixture_setup_session,
       test_stopped_process_is_not_accused);
  return g_test_run ();
}
