/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is around handles and requests of libuv, and what callbacks of GLib are handed, of programs that say nothing:
 * at a breakpoint, in a recording, for an inspector that asks. */

#include <signal.h>
#include <string.h>
#include <glib/gstdio.h>

#include <inspector-history.h>
#include <inspector-launch.h>

#include "fixture.h"

typedef struct
{
  const char *program, *what, *stop;
  const char *shown; /* NULL: nothing may be */
} ShownCase;

static const ShownCase shown_cases[] = {
  { "objects-uv", "container", "on_container",
    "{number: 12, host: \"example.org\", timer: uv_timer_s {…}, n_requests: 0} (inferred)\n" },
  { "objects-uv", "data", "on_data", "{id: 4711, user: \"alice\"} (inferred)\n" },
  /* Two types; the memory is too small for one of them. */
  { "objects-uv", "either", "on_either", "{id: 4711, user: \"alice\"} (inferred)\n" },
  { "objects-uv", "static", "on_nothing", "  client *global = 0x" },
  { "objects-uv", "embedded", "kind:uv.async",
    "{backlog: 128, waker: uv_async_s {…}, name: \"waker\"} (inferred)\n" },
  { "objects-uv", "work", "kind:uv.work", "{request: uv_work_s {…}, result: " },
  { "objects-uv", "work", "after_work", "{request: uv_work_s {…}, result: 42} (inferred)\n" },
  /* Two structs of one size have one in them, and nobody says which it is; nothing has. */
  { "objects-uv", "two", "kind:uv.idle", NULL },
  { "objects-uv", "plain", "on_nothing", NULL },
  { "objects-glib", "tick", "on_tick", " *app = 0x" },
  { "objects-glib", "typed", "on_typed", "{n_ticks: 0, title: \"the title\", loop: 0x" },
  { "objects-glib", "task", "on_loaded", " *load = 0x" },
  { "objects-glib", "task", "kind:gio.file-load-contents", ", attempts: 7} (inferred)\n" },
};

static void
test_shown (gconstpointer level)
{
#ifndef __x86_64__
  g_test_skip ("code of this machine is not followed");
  return;
#endif
  for (gsize i = 0; i < G_N_ELEMENTS (shown_cases); i++)
    {
      const ShownCase *row = &shown_cases[i];
      g_autofree char *name = g_strconcat (row->program, level, NULL);
      g_autofree char *program = g_build_filename (g_getenv ("TEST_RUN_BUILD"), name, NULL);
      RunResult result = { 0 };
      gboolean is_right;

      run_plain (&result, PROGRAM ("run", "--break", row->stop, "--command", "vars", "--command",
                                   "kill", "--", program, row->what));
      is_right = strstr (result.err, "Breakpoint 1: ") != NULL &&
                 (row->shown != NULL ? strstr (result.err, row->shown) != NULL
                                     : strstr (result.err, "nothing has been said") != NULL);
      if (!is_right)
        g_error ("%s %s at %s: %s", name, row->what, row->stop, result.err);
      run_result_clear (&result);
    }
}

/* ---- For an inspector, and into a recording ------------------------------------------------------- */

/* What is said of "client" in the latest moment of any task; NULL: nothing. */
static char *
dup_client (InspectorHistory *history, guint track, gint64 at_ns)
{
  InspectorMoment *moment = inspector_history_get_moment (history, track, at_ns, NULL);
  char *found = NULL;

  if (moment == NULL)
    return NULL;
  for (guint i = 0; i < moment->variables->len && found == NULL; i++)
    {
      const InspectorVariable *variable = moment->variables->pdata[i];

      if (g_str_equal (variable->name, "client"))
        found = g_strdup (variable->value);
    }
  inspector_moment_free (moment);
  return found;
}

static char *
dup_client_now (InspectorHistory *history)
{
  char *found = NULL;
  gint64 first_ns, last_ns;

  if (!inspector_history_get_range (history, &first_ns, &last_ns))
    return NULL;
  for (guint i = 0; i < inspector_history_get_n_tracks (history) && found == NULL; i++)
    found = dup_client (history, i, last_ns);
  return found;
}

/* How many different values a recording has of it. */
static guint
count_recorded (InspectorHistory *history)
{
  static const char *const types[] = { "attribute", NULL };
  g_autoptr (GHashTable) values = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) events =
      inspector_history_list_events (history, G_MAXUINT, 0, 100000, types, NULL);

  for (guint i = 0; events != NULL && i < events->len; i++)
    {
      const InspectorEvent *event = events->pdata[i];

      if (strstr (event->text, "timer: uv_timer_s {…}") != NULL)
        {
          g_assert_true (g_str_has_suffix (event->text, "(inferred)"));
          g_hash_table_add (values, g_strdup (event->text));
        }
    }
  return g_hash_table_size (values);
}

static void
test_recorded (void)
{
  g_autofree char *program = g_build_filename (g_getenv ("TEST_RUN_BUILD"), "objects-uv-O2", NULL);
  g_autofree char *folder = g_dir_make_tmp ("inspect-objects-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "one.airec", NULL);
  const char *argv[] = { program, "again", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorLaunch) launch = inspector_launch_new (argv, NULL, NULL, &error);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (InspectorSession) replay = inspector_session_new ();
  InspectorSession *session;
  InspectorHistory *history;

  g_assert_no_error (error);
  session = inspector_launch_get_session (launch);
  history = inspector_session_keep_history (session);
  inspector_session_keep_variables (session);
  g_assert_true (inspector_session_start_recording (session, path, FALSE, &error));
  g_assert_true (inspector_launch_start (launch, &error));
  g_assert_no_error (error);
  /* It never ends, and is let go of when all has been seen. */
  while (g_hash_table_size (seen) < 3 || count_recorded (history) < 3)
    {
      char *now = dup_client_now (history);

      if (now != NULL && g_str_has_suffix (now, "timer: uv_timer_s {…}, n_requests: 0} (inferred)"))
        g_hash_table_add (seen, now);
      else
        g_free (now);
      g_main_context_iteration (NULL, TRUE);
    }
  inspector_launch_signal (launch, SIGKILL);
  while (!inspector_launch_has_ended (launch, NULL))
    g_main_context_iteration (NULL, TRUE);
  inspector_session_stop_recording (session, NULL, &error);
  g_assert_no_error (error);
  history = inspector_session_keep_history (replay);
  g_assert_true (inspector_session_open_recording (replay, path, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (count_recorded (history), >=, 3);
  g_unlink (path);
  g_rmdir (folder);
}

/* ---- In a report ------------------------------------------------------------------------------------ */

static void
on_stuck (InspectorSession *session, InspectorTask *task, gpointer is_stuck)
{
  *(gboolean *)is_stuck = TRUE;
}

static void
assert_reported (InspectorSession *session)
{
  g_autoptr (InspectorReport) report =
      inspector_session_build_report (session, INSPECTOR_REPORT_STUCK);
  g_autofree char *text = inspector_report_to_text (report, 0, 0);
  g_autofree char *json = inspector_report_to_json (report);

  if (strstr (text, "asker = {number: 5, question: \"GET /answer HTTP/1.1") == NULL ||
      strstr (text, "}   (inferred)\n") == NULL)
    g_error ("%s", text);
  if (strstr (json, "\"values\":[{\"name\":\"asker\",\"type\":\"asker *\",\"value\":\"0x") == NULL ||
      strstr (json, "connection: uv_tcp_s {…}") == NULL ||
      strstr (json, "\"certainty\":\"inferred\"}]") == NULL)
    g_error ("%s", json);
}

/* While it runs, when it has ended, and from a recording. */
static void
test_reported (void)
{
  g_autofree char *program = g_build_filename (g_getenv ("TEST_RUN_BUILD"), "objects-uv-O0", NULL);
  g_autofree char *folder = g_dir_make_tmp ("inspect-objects-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "one.airec", NULL);
  const char *argv[] = { program, "ask", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorLaunch) launch = inspector_launch_new (argv, NULL, NULL, &error);
  g_autoptr (InspectorSession) replay = inspector_session_new ();
  InspectorSession *session;
  gboolean is_stuck = FALSE;

  g_assert_no_error (error);
  session = inspector_launch_get_session (launch);
  inspector_session_set_stuck_after (session, 100 * G_GINT64_CONSTANT (1000000));
  g_signal_connect (session, "stuck", G_CALLBACK (on_stuck), &is_stuck);
  g_assert_true (inspector_session_start_recording (session, path, FALSE, &error));
  g_assert_true (inspector_launch_start (launch, &error));
  g_assert_no_error (error);
  while (!is_stuck)
    g_main_context_iteration (NULL, TRUE);
  assert_reported (session);
  inspector_launch_signal (launch, SIGKILL);
  while (!inspector_launch_has_ended (launch, NULL))
    g_main_context_iteration (NULL, TRUE);
  assert_reported (session);
  inspector_session_stop_recording (session, NULL, &error);
  g_assert_no_error (error);
  inspector_session_set_stuck_after (replay, 100 * G_GINT64_CONSTANT (1000000));
  g_assert_true (inspector_session_open_recording (replay, path, NULL, &error));
  g_assert_no_error (error);
  assert_reported (replay);
  g_unlink (path);
  g_rmdir (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/run/objects/shown/O0", "-O0", test_shown);
  g_test_add_data_func ("/run/objects/shown/O2", "-O2", test_shown);
  g_test_add_func ("/run/objects/recorded", test_recorded);
#ifdef __x86_64__
  g_test_add_func ("/run/objects/reported", test_reported);
#endif
  return g_test_run ();
}
