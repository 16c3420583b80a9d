/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "rule-scenes.h"

#include <errno.h>

#include "channel/layout.h"
#include "model/model-private.h"

void
scene_await (Fixture *f, TestKind kind)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (kind, 0x50), 0);
}

void
scene_file (Fixture *f)
{
  scene_await (f, KIND_FILE);
}

void
scene_file_bytes (Fixture *f)
{
  scene_await (f, KIND_FILE);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_FD, 0);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_BYTES, 4096);
}

void
scene_listen (Fixture *f)
{
  scene_await (f, KIND_LISTEN);
}

void
scene_interval (Fixture *f)
{
  scene_await (f, KIND_INTERVAL);
  fixture_value (f, OBJECT (KIND_INTERVAL, 0x50), KEY_DUE, f->now_ns);
}

void
scene_signal (Fixture *f)
{
  scene_await (f, KIND_SIGNAL);
}

void
scene_idle (Fixture *f)
{
  scene_await (f, KIND_IDLE);
}

void
scene_child (Fixture *f)
{
  scene_await (f, KIND_CHILD);
}

void
scene_plain (Fixture *f)
{
  scene_await (f, KIND_PLAIN);
}

void
scene_close (Fixture *f)
{
  scene_await (f, KIND_CLOSE);
}

void
scene_timer_due_now (Fixture *f)
{
  scene_await (f, KIND_TIMER);
  fixture_value (f, OBJECT (KIND_TIMER, 0x50), KEY_DUE, f->now_ns);
}

void
scene_timer_due_later (Fixture *f)
{
  scene_await (f, KIND_TIMER);
  fixture_value (f, OBJECT (KIND_TIMER, 0x50), KEY_DUE, f->now_ns + SECONDS (3600));
}

void
scene_timer_without_due (Fixture *f)
{
  scene_await (f, KIND_TIMER);
}

void
scene_work_queued (Fixture *f)
{
  scene_await (f, KIND_WORK);
  fixture_value (f, OBJECT (KIND_WORK, 0x50), KEY_WORK, 0x401000);
}

void
scene_work_running (Fixture *f)
{
  scene_work_queued (f);
  fixture_value (f, OBJECT (KIND_WORK, 0x50), KEY_RUNNING, 1);
}

void
scene_file_running (Fixture *f)
{
  scene_file (f);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_FD, 7);
  fixture_value (f, OBJECT (KIND_FILE, 0x50), KEY_RUNNING, 1);
}

void
scene_connect (Fixture *f)
{
  scene_await (f, KIND_CONNECT);
  fixture_peer (f, OBJECT (KIND_CONNECT, 0x50), 81);
}

void
scene_connect_by_resource (Fixture *f)
{
  scene_await (f, KIND_CONNECT);
  fixture_peer (f, OBJECT (KIND_TCP, 0x50), 81);
  fixture_value (f, OBJECT (KIND_TCP, 0x50), KEY_CLIENT, 1);
  fixture_value (f, OBJECT (KIND_CONNECT, 0x50), KEY_RESOURCE, OBJECT (KIND_TCP, 0x50));
}

void
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
void
scene_ask (Fixture *f, const char *request)
{
  fixture_ask (f, TASK, 0x50, request, 0);
  f->now_ns -= MS (1);
}

void
scene_http (Fixture *f)
{
  connected (f, TRUE);
  scene_ask (f, "GET /a HTTP/1.1");
}

void
scene_first_ask (Fixture *f)
{
  connected (f, TRUE);
  scene_ask (f, NULL);
}

void
scene_reliable_peer (Fixture *f)
{
  scene_first_ask (f);
  fixture_answer (f, TASK, 0x50);
  scene_ask (f, NULL);
}

/* Told something that was never answered before: a stream of notices, perhaps. */
void
scene_unreliable_peer (Fixture *f)
{
  connected (f, TRUE);
  scene_ask (f, NULL);
  fixture_answer (f, TASK, 0x50);
  scene_ask (f, NULL);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_READ, 0x50), -ECANCELED);
  model_exchange_drop (f->model, model_table_find (&f->model->resources, OBJECT (KIND_TCP, 0x50)));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_READ, 0x50), 0);
  fixture_value (f, OBJECT (KIND_READ, 0x50), KEY_RESOURCE, OBJECT (KIND_TCP, 0x50));
  scene_ask (f, NULL);
}

void
scene_answered (Fixture *f)
{
  scene_http (f);
  fixture_answer (f, TASK, 0x50);
}

void
scene_server (Fixture *f)
{
  connected (f, FALSE);
  fixture_answer (f, TASK, 0x50);
  scene_ask (f, NULL);
  fixture_answer (f, TASK, 0x50);
  scene_ask (f, NULL);
}

void
scene_not_reading (Fixture *f)
{
  scene_http (f);
  fixture_feed_status (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_READ, 0x50), -ECANCELED);
}

void
scene_callback (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
}

void
scene_callback_returned (Fixture *f)
{
  scene_callback (f);
  fixture_feed (f, CHANNEL_POLL_END, TASK, 0, 0);
}

/* A pool's thread polls the task whose work it runs. */
void
scene_work_function (Fixture *f)
{
  scene_work_running (f);
  f->ring = 3;
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, OBJECT (KIND_WORK, 0x50), 0);
  f->ring = 0;
}

void
scene_nothing (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
}

/* ---- Calls that sleep ----------------------------------------------------------------------- */

static void
sleep_on (Fixture *f, TestKind kind, guint64 resource)
{
  scene_await (f, kind);
  if (resource != 0)
    fixture_value (f, OBJECT (kind, 0x50), KEY_RESOURCE, resource);
}

void
scene_lock_held (Fixture *f)
{
  f->ring = 3;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, OTHER, OBJECT (KIND_LOCK, 0xa0), 0);
  f->ring = 0;
  sleep_on (f, KIND_LOCKING, OBJECT (KIND_LOCK, 0xa0));
}

void
scene_lock_abandoned (Fixture *f)
{
  scene_lock_held (f);
  fixture_feed_status (f, CHANNEL_TASK_END, OTHER, 0, 0);
}

void
scene_lock_of_unknown_holder (Fixture *f)
{
  sleep_on (f, KIND_LOCKING, OBJECT (KIND_LOCK, 0xa0));
}

void
scene_sleeps_in_callback (Fixture *f)
{
  scene_callback (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_CALL, 0x50), 0);
}

/* A worker with nothing to do. */
void
scene_idle_worker (Fixture *f)
{
  sleep_on (f, KIND_WAKING, OBJECT (KIND_COND, 0xc0));
}

void
scene_semaphore (Fixture *f)
{
  sleep_on (f, KIND_WAKING, OBJECT (KIND_SEMAPHORE, 0xc0));
}

/* Somebody has been seen to have one; nobody has. */
void
scene_connections_taken (Fixture *f)
{
  f->ring = 3;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  fixture_feed (f, CHANNEL_ACQUIRE, OTHER, OBJECT (KIND_CONNECTIONS, 0xc8), 0);
  f->ring = 0;
  scene_connections_free (f);
}

void
scene_connections_free (Fixture *f)
{
  sleep_on (f, KIND_WAKING, OBJECT (KIND_CONNECTIONS, 0xc8));
}

/* Threads may run for as long as they like, and who started them joins them. */
void
scene_joins_thread (Fixture *f)
{
  f->ring = 3;
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  f->ring = 0;
  sleep_on (f, KIND_JOINING, OTHER);
}

void
scene_turns_loop (Fixture *f)
{
  sleep_on (f, KIND_TURNING, 0);
}

/* A callback of one loop runs @inner within itself. */
static void
run_loop_in_callback (Fixture *f, guint64 inner)
{
  fixture_feed (f, CHANNEL_ACQUIRE, 0, OBJECT (KIND_LOOP, 1), 0);
  sleep_on (f, KIND_TURNING, inner);
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_ACQUIRE, 0, inner, 0);
  f->now_ns -= MS (1);
}

void
scene_other_loop_in_callback (Fixture *f)
{
  run_loop_in_callback (f, OBJECT (KIND_LOOP, 2));
}

void
scene_own_loop_in_callback (Fixture *f)
{
  run_loop_in_callback (f, OBJECT (KIND_LOOP, 1));
}

void
scene_dropped (Fixture *f)
{
  scene_await (f, KIND_WAKING);
  fixture_text (f, OBJECT (KIND_WAKING, 0x50), KEY_STATE, "dropped");
}

void
scene_peer_stopped (Fixture *f)
{
  scene_await (f, KIND_WAKING);
  fixture_text (f, OBJECT (KIND_WAKING, 0x50), KEY_STATE, "peer-stopped");
}

void
scene_owed (Fixture *f)
{
  scene_await (f, KIND_READ);
  fixture_text (f, OBJECT (KIND_READ, 0x50), KEY_STATE, "owed");
}

void
scene_loop_not_run (Fixture *f)
{
  scene_await (f, KIND_RETURNED);
  fixture_value (f, OBJECT (KIND_RETURNED, 0x50), KEY_RESOURCE, OBJECT (KIND_LOOP, 1));
}

void
scene_cancelled (Fixture *f)
{
  scene_await (f, KIND_WAKING);
  fixture_text (f, OBJECT (KIND_WAKING, 0x50), KEY_STATE, "cancelled");
}

void
scene_nobody_left (Fixture *f)
{
  scene_idle_worker (f);
  fixture_task (f, TASK)->awaits->cannot_end = TRUE;
}

const AnalysisRule *
scene_judge (Fixture *f, guint64 id, gint64 now_ns, AnalysisSeverity *ret_severity)
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
