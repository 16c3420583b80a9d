/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is stuck is told of once, as long as it is the same wait. */

#include "rule-scenes.h"

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
  scene_ask (f, "GET /b HTTP/1.1");
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

#define ADD(path, setup, func) g_test_add ("/" path, Fixture, NULL, setup, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("episode/told-once", fixture_setup_session, test_told_once_an_episode);
  ADD ("episode/stopped-process-is-not-accused", fixture_setup_session,
       test_stopped_process_is_not_accused);
  return g_test_run ();
}
