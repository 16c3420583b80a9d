/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What stands still at a breakpoint, and what does not: a program with several threads that all work, seen through
 * memory that it shares with this test. By the public interface alone. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include <inspector-launch.h>
#include <inspector-stops.h>

#include "fixture.h"
#include "stops-uv.h"

typedef struct
{
  InspectorLaunch *launch;
  InspectorSession *session;
  char *path;
  const volatile gulong *counters;
} Fixture;

static void
start (Fixture *fixture, const char *what, const char *breakpoint, gboolean stop_all)
{
  g_autofree char *program = g_build_filename (g_getenv ("TEST_RUN_BUILD"), "stops-uv", NULL);
  const char *argv[] = { program, what, fixture->path, NULL };
  g_autoptr (GError) error = NULL;

  fixture->launch = inspector_launch_new (argv, NULL, NULL, &error);
  g_assert_no_error (error);
  fixture->session = inspector_launch_get_session (fixture->launch);
  inspector_session_set_stop_all (fixture->session, stop_all);
  inspector_session_add_breakpoint (fixture->session, breakpoint, &error);
  g_assert_no_error (error);
  g_assert_true (inspector_launch_start (fixture->launch, &error));
  g_assert_no_error (error);
}

static void
share (Fixture *fixture)
{
  int fd = g_file_open_tmp ("inspect-stops-XXXXXX", &fixture->path, NULL);

  g_assert_cmpint (ftruncate (fd, 4096), ==, 0);
  fixture->counters = mmap (NULL, 4096, PROT_READ, MAP_SHARED, fd, 0);
  g_assert_true (fixture->counters != MAP_FAILED);
  close (fd);
}

static void
finish (Fixture *fixture)
{
  inspector_launch_signal (fixture->launch, SIGKILL);
  while (!inspector_launch_has_ended (fixture->launch, NULL))
    g_main_context_iteration (NULL, TRUE);
  g_object_unref (fixture->launch);
  if (fixture->path == NULL)
    return;
  munmap ((void *)fixture->counters, 4096);
  g_unlink (fixture->path);
  g_free (fixture->path);
}

/* The ids of what stands still. */
static GArray *
list_stops (const Fixture *fixture)
{
  g_autoptr (GPtrArray) stops = inspector_session_list_stops (fixture->session);
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < stops->len; i++)
    g_array_append_val (ids, ((const InspectorStop *)stops->pdata[i])->id);
  return ids;
}

static gboolean
is_same (const GArray *a, const GArray *b)
{
  return a->len == b->len && memcmp (a->data, b->data, a->len * sizeof (guint)) == 0;
}

static void
wait_for_stops (const Fixture *fixture, guint n)
{
  for (;;)
    {
      g_autoptr (GArray) stops = list_stops (fixture);

      if (stops->len >= n)
        return;
      g_main_context_iteration (NULL, TRUE);
    }
}

static void
copy_counters (const Fixture *fixture, gulong *into)
{
  for (guint i = 0; i < N_COUNTERS; i++)
    into[i] = fixture->counters[i];
}

static void
wait_until_it_counts (const Fixture *fixture, guint counter)
{
  gulong before = fixture->counters[counter];

  while (fixture->counters[counter] == before)
    g_main_context_iteration (NULL, TRUE);
}

/* Nothing counts any more while they stand still. Threads go on by themselves when this process gets no time to
 * say that it is there; a round in which that was so says nothing, and there is another. */
static void
assert_all_stand_still (Fixture *fixture)
{
  for (;;)
    {
      gulong before[N_COUNTERS], after[N_COUNTERS];
      g_autoptr (GArray) stops = NULL, still = NULL;

      wait_for_stops (fixture, N_COUNTERS);
      stops = list_stops (fixture);
      copy_counters (fixture, before);
      for (guint i = 0; i < 30; i++)
        g_main_context_iteration (NULL, TRUE);
      copy_counters (fixture, after);
      /* What has gone on meanwhile is known after the next look. */
      inspector_session_poll (fixture->session);
      still = list_stops (fixture);
      if (!is_same (stops, still))
        continue;
      g_assert_cmpint (memcmp (before, after, sizeof before), ==, 0);
      return;
    }
}

static void
test_all_stand_still (void)
{
  Fixture fixture = { 0 };

  share (&fixture);
  start (&fixture, "threads", "checkpoint", TRUE);
  assert_all_stand_still (&fixture);
  inspector_session_remove_breakpoint (fixture.session, 1);
  inspector_session_continue (fixture.session, 0);
  for (guint i = 0; i < N_COUNTERS; i++)
    wait_until_it_counts (&fixture, i);
  /* And once more, all at once. */
  inspector_session_pause (fixture.session);
  assert_all_stand_still (&fixture);
  inspector_session_continue (fixture.session, 0);
  for (guint i = 0; i < N_COUNTERS; i++)
    wait_until_it_counts (&fixture, i);
  finish (&fixture);
}

static void
test_others_go_on (void)
{
  Fixture fixture = { 0 };
  g_autoptr (GArray) stops = NULL;

  share (&fixture);
  start (&fixture, "threads", "checkpoint", FALSE);
  wait_for_stops (&fixture, 1);
  for (guint i = 0; i < N_COUNTERS - 1; i++)
    wait_until_it_counts (&fixture, i);
  stops = list_stops (&fixture);
  g_assert_cmpuint (stops->len, <=, 1);
  inspector_session_remove_breakpoint (fixture.session, 1);
  inspector_session_continue (fixture.session, 0);
  wait_until_it_counts (&fixture, N_COUNTERS - 1);
  finish (&fixture);
}

/* A callback that stands still with a lock keeps others from going on, and that is said. */
static void
test_says_what_it_holds (void)
{
  Fixture fixture = { 0 };
  gboolean is_said = FALSE;

  start (&fixture, "holds", "kind:uv.timer-repeat", FALSE);
  while (!is_said)
    {
      g_autoptr (GPtrArray) stops = inspector_session_list_stops (fixture.session);
      g_auto (GStrv) lines = NULL;

      if (stops->len > 0)
        lines = inspector_session_dup_stop_holds (fixture.session,
                                                  ((const InspectorStop *)stops->pdata[0])->id);
      for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
        is_said |= g_str_has_prefix (lines[i], "holds mutex first, which task ") &&
                   g_str_has_suffix (lines[i], "(want) waits for");
      g_main_context_iteration (NULL, TRUE);
    }
  inspector_session_continue (fixture.session, 0);
  /* The program goes on to its own end. */
  finish (&fixture);
}

/* To find out where a thread of a large program stands takes its time, in which nothing is read: what stands still goes
 * on standing. A thread goes on when it has heard nothing for a second; a machine that gives this process nothing for
 * so long says nothing. */
static void
test_stands_while_nothing_is_read (void)
{
  Fixture fixture = { 0 };
  gboolean stands = FALSE;

  share (&fixture);
  start (&fixture, "threads", "checkpoint", FALSE);
  for (guint try = 0; try < 10 && !stands; try++)
    {
      g_autoptr (GArray) before = NULL, after = NULL;

      wait_for_stops (&fixture, 1);
      before = list_stops (&fixture);
      g_usleep (1500 * 1000);
      inspector_session_poll (fixture.session);
      after = list_stops (&fixture);
      stands = is_same (before, after);
    }
  g_assert_true (stands);
  finish (&fixture);
}

/* Who looks at a thread that stands still keeps others waiting: that is no fault of the program's, neither
 * then nor at once after it went on. */
static void
test_accuses_nobody (void)
{
  Fixture fixture = { 0 };
  g_autoptr (InspectorReport) report = NULL;
  g_autofree char *text = NULL;
  gint64 stood;

  start (&fixture, "holds", "kind:uv.timer-repeat", FALSE);
  /* More than passes on a busy machine before it is seen that it stands still. */
  inspector_session_set_stuck_after (fixture.session, 1000 * G_GINT64_CONSTANT (1000000));
  wait_for_stops (&fixture, 1);
  stood = g_get_monotonic_time ();
  while (g_get_monotonic_time () - stood < 1500 * 1000)
    {
      g_assert_cmpuint (inspector_session_check (fixture.session, -1), ==, 0);
      g_main_context_iteration (NULL, FALSE);
    }
  report = inspector_session_build_report (fixture.session, INSPECTOR_REPORT_ASKED);
  g_assert_cmpuint (inspector_report_get_n_stuck (report), ==, 0);
  text = inspector_report_to_text (report, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "it has stood at a breakpoint for "));
  inspector_session_continue (fixture.session, 0);
  g_assert_cmpuint (inspector_session_check (fixture.session, -1), ==, 0);
  finish (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/run/stops/all-stand-still", test_all_stand_still);
  g_test_add_func ("/run/stops/others-go-on", test_others_go_on);
  g_test_add_func ("/run/stops/says-what-it-holds", test_says_what_it_holds);
  g_test_add_func ("/run/stops/stands-while-nothing-is-read", test_stands_while_nothing_is_read);
  g_test_add_func ("/run/stops/accuses-nobody", test_accuses_nobody);
  return g_test_run ();
}
