/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Each rule on both sides of its edge, and beside it the healthy program that looks like it. */

#include <string.h>

#include "rule-scenes.h"

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
  { "file-running", scene_file_running, "pending", "job-running", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
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
  { "peer-stopped", scene_peer_stopped, "signal-awaited", "peer-stopped", ANALYSIS_STUCK,
    ANALYSIS_CERTAIN },
  { "owed", scene_owed, "reading", "owed", ANALYSIS_STUCK, ANALYSIS_INFERRED },
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

  { "other-loop-in-a-callback", scene_other_loop_in_callback, "repeating", "callback-sleeps",
    ANALYSIS_STUCK, ANALYSIS_CERTAIN },

  /* The healthy ones that look like them. */
  { "own-loop-in-a-callback", scene_own_loop_in_callback, "repeating", "repeating",
    ANALYSIS_RESTING, ANALYSIS_CERTAIN },
  { "idle-worker", scene_idle_worker, "signal-awaited", "signal-awaited", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "semaphore", scene_semaphore, "signal-awaited", "signal-awaited", ANALYSIS_RESTING,
    ANALYSIS_CERTAIN },
  { "connections-taken", scene_connections_taken, "signal-awaited", "permits-held",
    ANALYSIS_WAITING, ANALYSIS_CERTAIN },
  { "connections-free", scene_connections_free, "signal-awaited", "signal-awaited",
    ANALYSIS_RESTING, ANALYSIS_CERTAIN },
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

static void
test_edge (Fixture *f, gconstpointer data)
{
  const RuleCase *test = data;
  const AnalysisRule *rule;
  AnalysisSeverity severity;

  test->scene (f);
  rule = scene_judge (f, TASK, f->now_ns + LIMIT, &severity);
  g_assert_cmpstr (rule != NULL ? rule->id : NULL, ==, test->under);
  g_assert_cmpint (severity, !=, ANALYSIS_STUCK);
  rule = scene_judge (f, TASK, f->now_ns + LIMIT + 1, &severity);
  g_assert_cmpstr (rule != NULL ? rule->id : NULL, ==, test->over);
  g_assert_cmpint (severity, ==, test->severity);
  if (rule != NULL)
    g_assert_cmpint (rule->certainty, ==, test->certainty);
  /* For ever is no other case. */
  rule = scene_judge (f, TASK, f->now_ns + SECONDS (3000), &severity);
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
    "deadlock", "loop-blocked",    "repeating",    "not-done",    "never",
    "unread",   "starved",         "unreferenced", "peer-closed", "asleep",
    "running",  "sent-unanswered", "seen-running", NULL
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
  scene_await (f, KIND_CONNECT);
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns + LIMIT, &severity)->id, ==, "pending");
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns + LIMIT + 1, &severity)->id, ==, "not-done");
}

/* However short it has waited: who marks it has thought of that. */
static void
test_never (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_nobody_left (f);
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns, &severity)->id, ==, "never");
  g_assert_cmpint (severity, ==, ANALYSIS_STUCK);
}

static void
test_unread (Fixture *f, gconstpointer data)
{
  AnalysisSeverity severity;

  scene_child (f);
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns, &severity)->id, ==, "child-process");
  fixture_task (f, TASK)->awaits->is_unread = TRUE;
  g_assert_cmpstr (scene_judge (f, TASK, f->now_ns, &severity)->id, ==, "unread");
  g_assert_cmpint (severity, ==, ANALYSIS_STUCK);
  g_assert_true (analysis_task_may_be_stuck (fixture_task (f, TASK), f->now_ns, LIMIT));
}

static const AnalysisRule *
judge_after (Fixture *f, gint64 for_ns)
{
  AnalysisSeverity severity;

  for (gint64 end_ns = f->now_ns + for_ns; f->now_ns < end_ns; f->now_ns += MS (500))
    inspector_target_refresh (f->target, f->now_ns);
  return scene_judge (f, TASK, f->now_ns, &severity);
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

/* A wait that a look has seen may be over since then: as long as it is short, it is as long as it was then. */
static void
test_length_as_seen (Fixture *f, gconstpointer data)
{
  static const struct
  {
    guint32 ring;
    gint64 since_ns, length_ns;
  } waits[] = {
    { MODEL_OUTSIDE_RING, SECONDS (90) - 20, 20 },
    { MODEL_OUTSIDE_RING, SECONDS (90) + 20, 0 },
    { MODEL_OUTSIDE_RING, SECONDS (90) - LIMIT, SECONDS (1) + LIMIT },
    { 0, SECONDS (90) - 20, SECONDS (1) + 20 },
  };

  f->model->looked_ns = SECONDS (90);
  for (gsize i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      const ModelAwait await = { .ring = waits[i].ring };
      const AnalysisWait wait = { .model = f->model,
                                  .await = &await,
                                  .since_ns = waits[i].since_ns,
                                  .now_ns = SECONDS (91),
                                  .stuck_after_ns = LIMIT };

      g_assert_cmpint (analysis_wait_get_length (&wait), ==, waits[i].length_ns);
    }
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
  ADD ("length-as-seen", fixture_setup, test_length_as_seen);
  ADD ("edge/never", fixture_setup, test_never);
  ADD ("edge/unread", fixture_setup, test_unread);
  ADD ("edge/peer-closed", fixture_setup_session, test_peer_closed);
  ADD ("edge/sent-unseen", fixture_setup_session, test_sent_unseen);
  ADD ("edge/peer-closed-with-a-timeout", fixture_setup_session, test_peer_closed_with_timeout);
  ADD ("edge/repeating", fixture_setup, test_repeating);
  return g_test_run ();
}
