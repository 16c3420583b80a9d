/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* An inspector that was killed says nothing: only its heartbeat stops. */

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include "emit-fixture.h"
#include "emit/process.h"

#define DEADLINE_S 15

static time_t
seconds (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return now.tv_sec;
}

/* Ends when the gate closes or the test says so by a signal. */
static void
emit_while_on (gconstpointer data)
{
  time_t deadline = seconds () + DEADLINE_S;

  target_start ();
  while (inspect_is_on () && seconds () < deadline)
    for (int i = 0; i < 100; i++)
      inspect_task_begin (1, 0, 0);
  g_assert_false (inspect_is_on ());
  g_assert_false (emit_process_is_started ());
}

static void
test_dead_heart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, data, emit_while_on, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->state.value, ==, CHANNEL_STATE_SILENT);
}

/* Beats until @until_us, and says how long it took at most from one to the next: on a busy machine we may be
 * the ones who got no turn. */
static gint64
beat_until (Channel *channel, gint64 until_us)
{
  gint64 longest_us = 0, last_us = g_get_monotonic_time ();

  while (last_us < until_us)
    {
      gint64 now_us;

      channel_beat (channel);
      channel_consume (channel, 0);
      g_usleep (10000);
      now_us = g_get_monotonic_time ();
      longest_us = MAX (longest_us, now_us - last_us);
      last_us = now_us;
    }
  return longest_us;
}

/* Beats for three times as long as a dead one would have been borne. */
static void
test_beating_heart (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  gint64 longest_us;

  fixture_spawn (fixture, data, emit_while_on, NULL);
  channel = fixture_accept (fixture);
  longest_us = beat_until (channel, g_get_monotonic_time () + 3 * EMIT_HEARTBEAT_DEAD_MS * 1000);
  if (longest_us > EMIT_HEARTBEAT_DEAD_MS * 1000 / 2)
    {
      g_test_skip ("this process had no turn for too long");
      return;
    }
  g_assert_cmpuint (channel->header->state.value, ==, CHANNEL_STATE_LIVE);
  g_assert_cmpint (waitpid (fixture->target, NULL, WNOHANG), ==, 0);
  channel->control->looking = 0;
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->state.value, ==, CHANNEL_STATE_LIVE);
}

/* Ctrl-Z stops target and inspector alike, and the target may be the first that runs again: the
 * time in between is not held against the inspector. */
static void
test_stopped_together (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  int status;

  fixture_spawn (fixture, data, emit_while_on, NULL);
  channel = fixture_accept (fixture);
  for (int i = 0; i < 2; i++)
    {
      channel_beat (channel);
      g_assert_no_errno (kill (fixture->target, SIGSTOP));
      g_assert_cmpint (waitpid (fixture->target, &status, WUNTRACED), ==, fixture->target);
      g_assert_true (WIFSTOPPED (status));
      g_usleep (1000000);
      g_assert_no_errno (kill (fixture->target, SIGCONT));
      g_usleep (10000);
      g_assert_cmpuint (channel->header->state.value, ==, CHANNEL_STATE_LIVE);
    }
  channel->control->looking = 0;
  fixture_join (fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/emit/heartbeat/dead-with-a-full-ring", Fixture, "policy=drop,records=1024",
              fixture_setup, test_dead_heart, fixture_teardown);
  g_test_add ("/emit/heartbeat/dead-while-overwriting", Fixture, "policy=overwrite,records=1024",
              fixture_setup, test_dead_heart, fixture_teardown);
  g_test_add ("/emit/heartbeat/beating", Fixture, "policy=drop,records=1024", fixture_setup,
              test_beating_heart, fixture_teardown);
  g_test_add ("/emit/heartbeat/stopped-together", Fixture, "policy=overwrite", fixture_setup,
              test_stopped_together, fixture_teardown);
  return g_test_run ();
}
