/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The report, as people read it. */

#include <string.h>

#include "channel/layout.h"
#include "render/layout.h"
#include "render/text.h"
#include "report-story.h"

static char *
render (Fixture *f, InspectorTextFlags flags, guint width)
{
  g_autoptr (InspectorReport) report =
      inspector_session_build_report_at (f->session, INSPECTOR_REPORT_STUCK, f->now_ns);

  return inspector_report_to_text (report, flags, width);
}

static void
test_box (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_hang (f);
  fixture_set_socket ("ESTABLISHED");
  fixture_socket.peer_pid = 123;
  fixture_socket.peer_command = (char *)"server";
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_cmpstr (
      text, ==,
      "async-inspect: ./client (pid 4711, testrt 1.0), 9.3 s after its start: 1 task is stuck\n"
      "\n"
      "Task #42  fetch_user_data > fetch_posts   BLOCKED 2.3 s   (request.c:88)\n"
      "  done     fetch_user      145 ms         http GET 127.0.0.1:8080/user/12345\n"
      "  WAITING  fetch_posts     2.3 s   <--    http GET 127.0.0.1:8080/posts/12345\n"
      "             tcp 127.0.0.1:51312 -> 127.0.0.1:8080  ESTABLISHED, 0 B queued, "
      "peer: server (pid 123)\n"
      "             times out in 27.6 s   (fetch_user_data at request.c:131)\n"
      "  not yet  fetch_friends                  (seen in 41 earlier tasks of this kind)\n"
      "  resumed 1 time\n"
      "  why: the HTTP request was sent and has not been answered\n"
      "  try: see why the server does not answer, or set a shorter timeout where the request is "
      "sent, at request.c:88 (fetch_posts)\n"
      "\n"
      "inspection: too few events to measure its cost, 1,374 events, 0 lost\n");
}

static void
test_socket_troubles (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_hang (f);
  fixture_set_socket ("CLOSE_WAIT");
  fixture_socket.send_queue = 1200000;
  fixture_socket.receive_queue = 12;
  fixture_socket.retransmits = 3;
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (
      strstr (text, "8080  CLOSE_WAIT, 1.1 MiB queued, 12 B not read, 3 retransmits\n"));
}

/* What was known of its sockets when a program ended is still told, with its age. */
static void
test_facts_outlive_the_program (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_hang (f);
  fixture_set_socket ("ESTABLISHED");
  fixture_process.state = 'S';
  fixture_process.cpu_ns = SECONDS (1);
  inspector_target_refresh (f->target, f->now_ns);
  inspector_target_set_ended (f->target, TRUE, 9);
  inspector_target_set_times (f->target, f->now_ns - SECONDS (20), f->now_ns + MS (400));
  fixture_socket.state = NULL;
  f->now_ns += SECONDS (1000);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (
      strstr (text, "when it was ended by signal 9 (Killed) after 20.4 s: 1 task was stuck\n"));
  g_assert_nonnull (strstr (text, "BLOCKED 2.7 s"));
  g_assert_nonnull (strstr (text, "ESTABLISHED, 0 B queued, seen 400 ms earlier\n"));
}

/* A later process of the same pid is not taken for it. */
static void
test_facts_are_of_one_process (Fixture *f, gconstpointer data)
{
  InspectorTargetStats stats;

  fixture_process = (TargetProcess){ .state = 'S', .cpu_ns = 1000, .start_ticks = 7 };
  inspector_target_refresh (f->target, f->now_ns);
  fixture_process = (TargetProcess){ .state = 'R', .cpu_ns = 999999, .start_ticks = 8 };
  inspector_target_get_stats (f->target, &stats);
  g_assert_cmpint (stats.cpu_ns, ==, 1000);
}

static void
test_no_timeout (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "load", "a.c", 1));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 1),
                fixture_place (f, "load", "a.c", 2));
  fixture_text (f, OBJECT (KIND_FILE, 1), KEY_PATH, "/mnt/gone");
  f->now_ns += SECONDS (323);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "Task #1  load                    BLOCKED 5 m 23 s   (a.c:2)\n"
                                  "  WAITING  load   5 m 23 s  <--  opening /mnt/gone\n"
                                  "             no timer of this task is pending: it waits until "
                                  "something else ends it\n"));
}

/* It gave up by itself until it came to a part that does not. */
static void
test_no_timeout_any_more (Fixture *f, gconstpointer data)
{
  g_autofree char *before = NULL;
  g_autofree char *text = NULL;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "load", "a.c", 1));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 1),
                fixture_place (f, "load", "a.c", 2));
  fixture_value (f, OBJECT (KIND_FILE, 1), KEY_DEADLINE, f->now_ns + SECONDS (60));
  f->now_ns += SECONDS (10);
  before = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (before, "times out in 50.0 s"));
  fixture_value (f, OBJECT (KIND_FILE, 1), KEY_DEADLINE, G_MAXINT64);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_null (strstr (text, "times out"));
  g_assert_nonnull (strstr (text, "no timer of this task is pending"));
}

/* As in a program that has one timer for all. */
static void
test_timer_of_something_else (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "load", "a.c", 1));
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 1),
                fixture_place (f, "load", "a.c", 2));
  f->now_ns += SECONDS (5);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_TIMER, 2),
                fixture_place (f, "tick", "a.c", 9));
  fixture_value (f, OBJECT (KIND_TIMER, 2), KEY_DUE, f->now_ns + SECONDS (1));
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "BLOCKED 5.0 s   (a.c:2)"));
  g_assert_null (strstr (text, "times out"));
  g_assert_null (strstr (text, "no timer of this task is pending"));
}

static void
test_healthy (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_serve (f, 2);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_cmpstr (
      text, ==,
      "async-inspect: ./client (pid 4711, testrt 1.0), 3.0 s after its start: nothing is stuck: 4 "
      "tasks, 0 waiting, 4 at rest (2 listen, 2 timers)\n"
      "inspection: too few events to measure its cost, 10 events, 0 lost\n");
}

static void
test_pending_at_exit (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_serve (f, 1);
  inspector_target_set_ended (f->target, TRUE, 3 << 8);
  inspector_target_set_times (f->target, f->now_ns - SECONDS (3), f->now_ns);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_true (g_str_has_prefix (
      text, "async-inspect: ./client (pid 4711, testrt 1.0), when it ended with status 3 after 3.0 "
            "s: nothing was "
            "stuck, 2 tasks were pending: 0 waiting, 2 at rest (1 listens, 1 timer)\n"));
}

static void
test_callback_is_the_one_cause (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_serve (f, 5);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "compute", "s.c", 8));
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, fixture_place (f, "on_read", "s.c", 12));
  f->now_ns += SECONDS (2.3);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, ": 1 task is stuck\n"));
  g_assert_nonnull (strstr (text, "Task #11  compute > on_read   RUNS FOR 2.3 s   (s.c:12)\n"));
  g_assert_nonnull (strstr (text, "  on app (thread 100), running\n"
                                  "  10 other tasks wait for this loop\n"));
  g_assert_nonnull (strstr (text,
                            "  5 ×  serve   5.3 s  listening   (waits for its loop, which compute "
                            "(task 11) holds up in on_read at s.c:12)\n"));
}

/* A callback that belongs to no task that we know is told all the same. */
static void
test_stray_callback (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture_feed (f, CHANNEL_POLL_BEGIN, 0, 0, fixture_place (f, "on_spin", "s.c", 12));
  f->now_ns += SECONDS (2.3);
  g_assert_cmpuint (inspector_session_check (f->session, f->now_ns), ==, 1);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "on_spin   RUNS FOR 2.3 s   (s.c:12)\n"));
}

static void
test_alike_are_one_box (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  gint64 start_ns = f->now_ns;

  for (guint i = 0; i < 1234; i++)
    {
      f->now_ns = start_ns;
      report_story_fetch (f, TASK + i, 0x2000 + i, TRUE);
    }
  f->now_ns += SECONDS (3);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, ": 1,234 tasks are stuck\n"));
  g_assert_nonnull (strstr (text, "  and 1,233 more tasks that are stuck at the same place\n"));
  g_assert_null (strstr (text, "Task #2"));
}

/* Of waits of one task that are alike three are shown, and of all of them a dozen. */
static void
test_many_waits (Fixture *f, gconstpointer data)
{
  guint32 connect = fixture_place (f, "dial", "s.c", 12);
  g_autofree char *text = NULL, *more = NULL;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, fixture_place (f, "serve", "s.c", 8));
  for (guint i = 0; i < 2000; i++)
    fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_CONNECT, 0x1000 + i), connect);
  f->now_ns += SECONDS (3);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "  … 1,997 more waits\n"));
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *function = g_strdup_printf ("dial_%u", i);

      fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_CONNECT, 0x8000 + i),
                    fixture_place (f, g_intern_string (function), "s.c", 20 + i));
    }
  f->now_ns += SECONDS (3);
  more = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (more, "  … 2,008 more waits\n"));
  g_assert_nonnull (strstr (more, "WAITING  dial_11 "));
  g_assert_null (strstr (more, "dial_10 "));
}

typedef struct
{
  guint64 cost_ns;
  gint64 cpu_ns;
  guint64 dropped;
  const char *footer;
} FooterCase;

static const FooterCase footers[] = {
  { 6, 1000, 0, "inspection: 0.6 % of the program's CPU (6 ns), 41,203 events, 0 lost\n" },
  { 1500, -1, 0, "inspection: 1.5 µs of CPU, 41,203 events, 0 lost\n" },
  { 1500, 1000, 0, "inspection: 1.5 µs of CPU, 41,203 events, 0 lost\n" },
  { 0, 1000, 0, "inspection: too few events to measure its cost, 41,203 events, 0 lost\n" },
  { 6, 1000, 1200,
    "inspection: 0.6 % of the program's CPU (6 ns), 41,203 events, 1,200 lost (1,200 dropped)\n" },
};

static void
test_footer (Fixture *f, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (footers); i++)
    {
      Report *report = report_new (INSPECTOR_REPORT_ASKED, SECONDS (2));
      g_autofree char *text = NULL;
      ReportInput input;

      inspector_target_fill_input (f->target, f->now_ns, SECONDS (2), &input);
      input.stats = (ChannelStats){ .events = 41203,
                                    .cost_ns = footers[i].cost_ns,
                                    .dropped = footers[i].dropped };
      input.cpu_ns = footers[i].cpu_ns;
      report_add_target (report, &input);
      text = export_text (report, INSPECTOR_TEXT_PLAIN, 0);
      g_assert_true (g_str_has_suffix (text, footers[i].footer));
      report_free (report);
    }
}

/* A child in which nothing is amiss takes a line, one that lost something is spoken of in full. */
static void
test_quiet_children (Fixture *f, gconstpointer data)
{
  for (guint64 dropped = 0; dropped < 2; dropped++)
    {
      Report *report = report_new (INSPECTOR_REPORT_ASKED, SECONDS (2));
      g_autofree char *text = NULL;
      ReportInput input;

      inspector_target_fill_input (f->target, f->now_ns, SECONDS (2), &input);
      input.command = "/bin/parent";
      report_add_target (report, &input);
      input.command = "/bin/child --word";
      input.stats = (ChannelStats){ .events = 41203, .dropped = dropped };
      report_add_target (report, &input);
      text = export_text (report, INSPECTOR_TEXT_PLAIN, 0);
      g_assert_nonnull (strstr (text, "/bin/parent"));
      if (dropped == 0)
        {
          g_assert_nonnull (strstr (text, "nothing is stuck in 1 other process: child (pid "));
          g_assert_null (strstr (text, "--word"));
        }
      else
        g_assert_nonnull (strstr (text, "/bin/child --word"));
      report_free (report);
    }
}

static void
test_losses_make_it_less_certain (Fixture *f, gconstpointer data)
{
  ReportInput input;
  ReportJudgement judgement;
  g_autoptr (GPtrArray) blocked = g_ptr_array_new ();
  Report *report = report_new (INSPECTOR_REPORT_STUCK, SECONDS (2));
  g_autofree char *text = NULL;
  ReportTask *box;

  report_story_hang (f);
  inspector_target_fill_input (f->target, f->now_ns, SECONDS (2), &input);
  input.stats.dropped = 1;
  report_judge (&judgement, f->model, fixture_task (f, TASK), blocked, f->now_ns, SECONDS (2));
  box = report_task_new (&input, &judgement);
  g_assert_cmpint (box->certainty, ==, ANALYSIS_INFERRED);
  g_assert_cmpint (box->rule->certainty, ==, ANALYSIS_CERTAIN);
  report_task_free (box);
  report_judgement_clear (&judgement);
  report_add_target (report, &input);
  text = export_text (report, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (
      strstr (text, ": 1 task is stuck, or its end was among the 1 events that were lost\n"));
  report_free (report);
}

/* It waits for nothing because it is at work. */
static void
test_running (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  report_story_hang (f);
  fixture_feed (f, CHANNEL_TASK_BEGIN, 0x9000, 0, fixture_place (f, "turn", "s.c", 90));
  fixture_feed (f, CHANNEL_POLL_BEGIN, 0x9000, 0, 0);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "turn   0 ns  runs\n"));
}

static void
test_colour_moves_nothing (Fixture *f, gconstpointer data)
{
  g_autofree char *plain = NULL, *coloured = NULL;
  g_autoptr (GRegex) escapes = g_regex_new ("\033\\[[0-9;]*m", 0, 0, NULL);
  g_autofree char *stripped = NULL;

  report_story_hang (f);
  plain = render (f, INSPECTOR_TEXT_PLAIN, 72);
  coloured = render (f, INSPECTOR_TEXT_COLOUR, 72);
  g_assert_nonnull (strstr (coloured, "\033[1;31mBLOCKED 2.3 s"));
  g_assert_null (strchr (plain, '\033'));
  stripped = g_regex_replace (escapes, coloured, -1, 0, "", 0, NULL);
  g_assert_cmpstr (stripped, ==, plain);
}

/* Whatever the program is called and says, no escape and no broken character gets out. */
static void
test_hostile_names (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_text (f, TASK, KEY_NAME, "\033]0;owned\007 日本語 \xff\xfe");
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_FILE, 1), 0);
  fixture_text (f, OBJECT (KIND_FILE, 1), KEY_PATH, "/tmp/\n\r\033[2J\xe2\x80\xae{path}%s%n");
  f->now_ns += SECONDS (3);
  for (guint width = 0; width < 100; width += 7)
    {
      g_free (g_steal_pointer (&text));
      text = render (f, INSPECTOR_TEXT_PLAIN, width);
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_null (strchr (text, '\033'));
      g_assert_null (strchr (text, '\r'));
    }
  g_free (g_steal_pointer (&text));
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (strstr (text, "日本語"));
  g_assert_nonnull (strstr (text, "{path}%s%n"));
}

static void
test_uninspected (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;

  inspector_session_add_target (f->session, 4712, "sh\033[2J", 4711);
  inspector_target_set_refused (inspector_session_find_target (f->session, 4712), "no memory");
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_null (strchr (text, '\033'));
  g_assert_nonnull (strstr (text, "[2J (pid 4712), "));
  g_assert_nonnull (strstr (text, ": it cannot be inspected: no memory\n"));
}

static void
test_exec (Fixture *f, gconstpointer data)
{
  g_autofree char *text = NULL;
  InspectorTargetStats stats;

  report_story_hang (f);
  inspector_target_attach_tables (f->target, &fixture_tables, f, NULL, NULL);
  f->model = inspector_target_get_model (f->target);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  /* Numbers go on: a task is the session's, not the program's. */
  g_assert_cmpuint (fixture_task (f, TASK)->number, ==, 43);
  inspector_target_get_stats (f->target, &stats);
  g_assert_cmpuint (stats.tasks, ==, 43);
  g_assert_cmpuint (stats.pending_tasks, ==, 1);
  text = render (f, INSPECTOR_TEXT_PLAIN, 0);
  g_assert_nonnull (
      strstr (text, "the process replaced its program (exec), which cut off 1 task\n"));
  g_assert_nonnull (strstr (text, "nothing is stuck"));
}

/* ---- Layout --------------------------------------------------------------------------------- */

typedef struct
{
  const char *text;
  guint columns;
  const char *cut;
} CutCase;

static const CutCase cuts[] = {
  { "fits", 4, "fits" },  { "longer", 4, "lon…" },   { "äöüß", 4, "äöüß" },
  { "äöüßx", 4, "äöü…" }, { "日本語", 6, "日本語" }, { "日本語", 5, "日本…" },
  { "日本語", 4, "日…" }, { "abc", 1, "…" },         { "abc", 0, "" },
};

static void
test_cut (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cuts); i++)
    {
      g_autofree char *cut = layout_cut (cuts[i].text, cuts[i].columns);

      g_assert_cmpstr (cut, ==, cuts[i].cut);
      g_assert_cmpuint (layout_text_width (cut), <=, cuts[i].columns);
    }
}

#define ADD(path, func)                                                                            \
  g_test_add ("/report/" path, Fixture, NULL, fixture_setup_session, func, fixture_teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("text/box", test_box);
  ADD ("text/socket-troubles", test_socket_troubles);
  ADD ("text/facts-outlive-the-program", test_facts_outlive_the_program);
  ADD ("facts-are-of-one-process", test_facts_are_of_one_process);
  ADD ("text/no-timeout", test_no_timeout);
  ADD ("text/no-timeout-any-more", test_no_timeout_any_more);
  ADD ("text/timer-of-something-else", test_timer_of_something_else);
  ADD ("text/healthy-is-short", test_healthy);
  ADD ("text/pending-at-exit", test_pending_at_exit);
  ADD ("text/callback-is-the-one-cause", test_callback_is_the_one_cause);
  ADD ("text/stray-callback", test_stray_callback);
  ADD ("text/alike-are-one-box", test_alike_are_one_box);
  ADD ("text/many-waits", test_many_waits);
  ADD ("text/running", test_running);
  ADD ("text/colour-moves-nothing", test_colour_moves_nothing);
  ADD ("text/hostile-names", test_hostile_names);
  ADD ("text/uninspected", test_uninspected);
  ADD ("text/exec", test_exec);
  ADD ("text/footer", test_footer);
  ADD ("text/quiet-children", test_quiet_children);
  ADD ("losses-make-it-less-certain", test_losses_make_it_less_certain);
  g_test_add_func ("/report/layout/cut", test_cut);
  return g_test_run ();
}
