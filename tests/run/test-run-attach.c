/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that runs already is looked at, and goes on as if nothing had been. */

#include "subject.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

static void
test_goes_on (void)
{
  g_autofree char *program = run_app ("attach-subject");
  Subject subject;
  guint n;

  subject_begin (&subject, PROGRAM (program));
  n = subject_count_descriptors (&subject);
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 3; i++)
    {
      RunResult result;

      run_plain (&result, PROGRAM ("attach", "--json", "--for", "100ms", "--output", "-", "--pid",
                                   subject.pid));
      g_test_message ("%s%s", result.out, result.err);
      g_assert_cmpint (result.status, ==, 0);
      g_assert_nonnull (strstr (result.out, "libuv.so"));
      g_assert_cmpuint (subject_count_descriptors (&subject), ==, n);
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

/* The second inspector sees what the first one saw, for the first has left all as it was. */
static void
test_what_was_pending (gconstpointer data)
{
  static const char *const pending[] = { "waiting for connections on 127.0.0.1:",
                                         "timer every 20.0 ms", "waiting to read from 127.0.0.1:" };
  g_autofree char *program = run_app (data);
  g_autofree char *place =
      g_strdup_printf ("attach-subject.c:%u", run_label_line ("attach-subject.c", "LISTENS"));
  Subject subject;

  if (!g_file_test (program, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no libuv here that can be linked into a program");
      return;
    }

  subject_begin (&subject, PROGRAM (program));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      JsonObject *found;
      RunResult result;

      subject_attach (&result, &subject, "150ms");
      g_assert_cmpint (result.status, ==, 0);
      found =
          subject_assert_pending (run_last_report (&result, NULL), pending, G_N_ELEMENTS (pending));
      g_assert_cmpstr (json_object_get_string_member (found, "name"), ==, "on_connection");
      g_assert_cmpstr (json_object_get_string_member (found, "place"), ==, place);
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

/* The thread that is borrowed stands on a stack that has hardly any room left: nothing goes there, nor to what lies
 * below it. */
static void
test_on_a_coroutine (gconstpointer where)
{
  g_autofree char *program = run_app ("attach-coroutine");
  Subject subject;

  subject_begin (&subject, PROGRAM (program, where));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 3; i++)
    {
      RunResult result;

      subject_attach (&result, &subject, "60ms");
      g_assert_null (strstr (result.err, "cannot"));
      run_result_clear (&result);
    }
  subject_end (&subject, "intact");
}

static void
test_what_glib_waits_for (void)
{
  static const char *const names[] = { "on_tick", "on_input", "on_hangup" };
  g_autofree char *program = run_app ("attach-glib");
  g_autofree char *place =
      g_strdup_printf ("attach-glib.c:%u", run_label_line ("attach-glib.c", "TICKS"));
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      JsonArray *others;
      JsonObject *target;
      RunResult result;
      guint n_found = 0;

      subject_attach (&result, &subject, "150ms");
      g_assert_cmpint (result.status, ==, 0);
      target = json_array_get_object_element (
          json_object_get_array_member (run_last_report (&result, NULL), "targets"), 0);
      others = json_object_get_array_member (target, "others");
      for (guint k = 0; k < json_array_get_length (others); k++)
        {
          JsonObject *other = json_array_get_object_element (others, k);
          const char *name = json_object_get_string_member (other, "name");

          for (guint m = 0; m < G_N_ELEMENTS (names); m++)
            n_found += g_str_equal (name, names[m]);
          if (g_str_equal (name, "on_tick"))
            g_assert_cmpstr (json_object_get_string_member (other, "place"), ==, place);
        }
      g_assert_cmpuint (n_found, ==, G_N_ELEMENTS (names));
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

/* Nothing is loaded, and yet it is seen; also where libuv is in the program itself, as in node. */
static void
test_only_looks (void)
{
  static const char *const names[] = { "on_connection", "on_tick", "on_question" };
  g_autofree char *program = run_app ("attach-subject");
  g_autofree char *maps = NULL;
  g_autofree char *text = NULL;
  guint n_found = 0;
  JsonArray *others;
  RunResult result;
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  run_plain (&result, PROGRAM ("attach", "--look", "--json", "--for", "1s", "--output", "-",
                               "--pid", subject.pid));
  g_test_message ("%s%s", result.out, result.err);
  if (strstr (result.err, "does not allow") != NULL || strstr (result.err, "ptrace_scope") != NULL)
    g_test_skip (result.err);
  else
    {
      g_autoptr (JsonNode) node = json_from_string (
          strrchr (g_strstrip (result.out), '\n') != NULL ? strrchr (result.out, '\n') : result.out,
          NULL);

      g_assert_cmpint (result.status, ==, 0);
      others = json_object_get_array_member (
          json_array_get_object_element (
              json_object_get_array_member (json_node_get_object (node), "targets"), 0),
          "others");
      for (guint i = 0; i < json_array_get_length (others); i++)
        for (guint k = 0; k < G_N_ELEMENTS (names); k++)
          n_found += g_str_equal (names[k], json_object_get_string_member (
                                                json_array_get_object_element (others, i), "name"));
      g_assert_cmpuint (n_found, ==, G_N_ELEMENTS (names));
      maps = g_strdup_printf ("/proc/%s/maps", subject.pid);
      g_assert_true (g_file_get_contents (maps, &text, NULL, NULL));
      g_assert_null (strstr (text, "inspect-agent"));
      g_assert_null (strstr (text, "libinspect.so"));
    }
  run_result_clear (&result);
  subject_end (&subject, "ticked");
}

/* Text that was wrapped, as it was before. */
static char *
dup_one_line (const char *text)
{
  g_autoptr (GRegex) space = g_regex_new ("\\s+", 0, 0, NULL);

  return g_regex_replace_literal (space, text, -1, 0, " ", 0, NULL);
}

/* A deadlock that was there before, in a program that is not touched; found again and again, so that a machine with
 * little time for it finds it later. */
static void
test_looks_at_locks (void)
{
  g_autofree char *program = run_app ("attach-locks");
  g_autofree char *transfer =
      g_strdup_printf ("waits in transfer at attach-locks.c:%u for mutex “journal”",
                       run_label_line ("attach-locks.c", "WAITS: journal"));
  g_autofree char *audit =
      g_strdup_printf ("waits in audit at attach-locks.c:%u for mutex “accounts”",
                       run_label_line ("attach-locks.c", "WAITS: accounts"));
  gboolean is_found = FALSE;
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  for (guint i = 0; i < 20 && !is_found; i++)
    {
      g_autofree char *text = NULL;
      RunResult result;

      run_plain (&result, PROGRAM ("attach", "--look", "--for", "1s", "--output", "-", "--pid",
                                   subject.pid));
      g_test_message ("%s%s", result.out, result.err);
      if (strstr (result.err, "does not allow") != NULL ||
          strstr (result.err, "ptrace_scope") != NULL)
        {
          g_test_skip (result.err);
          is_found = TRUE;
        }
      text = dup_one_line (result.out);
      is_found = is_found || (strstr (text, "Deadlock: 2 tasks") != NULL &&
                              strstr (text, transfer) != NULL && strstr (text, audit) != NULL);
      run_result_clear (&result);
    }
  g_assert_true (is_found);
  subject_end (&subject, "still here");
}

/* There is nothing of libuv in it, whatever its memory looks like. */
static void
test_looks_at_no_loop (void)
{
  g_autofree char *program = run_app ("like-a-loop");
  Subject subject;
  RunResult result;

  subject_begin (&subject, PROGRAM (program));
  run_plain (&result,
             PROGRAM ("attach", "--look", "--for", "1s", "--output", "-", "--pid", subject.pid));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_null (strstr (result.out, "libuv"));
  run_result_clear (&result);
  subject_end (&subject, "still here");
}

static void
test_looks_at_healthy_locks (void)
{
  g_autofree char *program = run_app ("attach-locks");
  Subject subject;
  RunResult result;

  subject_begin (&subject, PROGRAM (program, "healthy"));
  run_plain (&result, PROGRAM ("attach", "--look", "--for", "1s", "--stuck-after", "500ms",
                               "--output", "-", "--pid", subject.pid));
  g_test_message ("%s%s", result.out, result.err);
  g_assert_null (strstr (result.out, "stuck, "));
  g_assert_null (strstr (result.out, "Deadlock"));
  g_assert_null (strstr (result.out, "are stuck"));
  run_result_clear (&result);
  subject_end (&subject, "still here");
}

/* A program in a container, which does not see the files of the agent: all is handed over. */
static void
test_sees_none_of_our_files (void)
{
  g_autofree char *program = run_app ("attach-subject");
  g_autofree char *folder = g_dir_make_tmp ("attach-XXXXXX", NULL);
  g_autofree char *copy = g_build_filename (folder, "subject", NULL);
  g_autofree char *build = g_path_get_dirname (g_getenv ("ASYNC_INSPECT_AGENT"));
  g_autofree char *contents = NULL;
  gsize length = 0;
  Subject subject;
  RunResult result;

  run_bare (&result, PROGRAM ("unshare", "-m", "true"));
  if (result.status != 0)
    {
      g_test_skip ("no mount namespaces here");
      run_result_clear (&result);
      return;
    }
  run_result_clear (&result);
  g_assert_true (g_file_get_contents (program, &contents, &length, NULL));
  g_assert_true (g_file_set_contents_full (copy, contents, (gssize)length, 0, 0700, NULL));
  subject_begin (&subject,
                 PROGRAM ("unshare", "-m", "sh", "-c", "mount -t tmpfs none \"$1\" && exec \"$2\"",
                          "sh", build, copy));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      subject_attach (&result, &subject, "100ms");
      g_assert_cmpint (result.status, ==, 0);
      g_assert_nonnull (
          subject_find_pending (run_last_report (&result, NULL), "timer every 20.0 ms"));
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
  g_unlink (copy);
  g_rmdir (folder);
}

/* A connection that nobody accepts, since before. */
static void
test_stuck_since_before (void)
{
  g_autofree char *program = run_app ("attach-stuck");
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  if (subject_may_be_attached_to (&subject))
    {
      JsonObject *task;
      RunResult result;

      subject_attach (&result, &subject, "400ms");
      task = run_find_stuck (run_last_report (&result, "stuck"), "on_connect");
      g_assert_nonnull (task);
      g_assert_true (json_object_get_boolean_member (task, "began_before_inspection"));
      run_result_clear (&result);

      run_plain (&result, PROGRAM ("attach", "--for", "400ms", "--stuck-after", "100ms", "--output",
                                   "-", "--pid", subject.pid));
      g_test_message ("%s", result.out);
      g_assert_nonnull (strstr (result.out, "since before it was looked at"));
      g_assert_nonnull (strstr (result.out, "after attaching to it"));
      run_result_clear (&result);
    }
  subject_end (&subject, "still connecting");
}

/* There is nothing to take out of it, and that is said. */
static void
test_detach_from_nothing (void)
{
  g_autofree char *program = run_app ("attach-subject");
  Subject subject;
  RunResult result;

  subject_begin (&subject, PROGRAM (program));
  run_plain (&result, PROGRAM ("detach", "--pid", subject.pid));
  g_assert_cmpint (result.status, ==, 125);
  run_assert_one_line (&result, subject.pid);
  run_result_clear (&result);
  subject_end (&subject, "ticked");
}

static gboolean
is_inspected (const Subject *subject)
{
  g_autofree char *words = g_strdup_printf ("{\"pid\":%s,", subject->pid);
  const char *found, *end;
  RunResult result;
  gboolean is;

  run_plain (&result, PROGRAM ("ps", "--json"));
  found = strstr (result.out, words);
  g_assert_nonnull (found);
  end = strchrnul (found, '}');
  found = strstr (found, "\"inspected\":true");
  is = found != NULL && found < end;
  run_result_clear (&result);
  return is;
}

static void
wait_until_inspected (const Subject *subject)
{
  for (guint i = 0; i < 1000 && !is_inspected (subject); i++)
    ;
  g_assert_true (is_inspected (subject));
}

static void
test_one_inspector_at_a_time (void)
{
  g_autofree char *program = run_app ("attach-subject");
  g_autoptr (GSubprocess) first = NULL;
  Subject subject;
  RunResult result;

  subject_begin (&subject, PROGRAM (program));
  if (subject_may_be_attached_to (&subject))
    {
      first = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL,
                                g_getenv ("TEST_ASYNC_INSPECT"), "attach", "--json", "--output",
                                "-", "--stuck-after", "50ms", "--pid", subject.pid, NULL);
      wait_until_inspected (&subject);
      run_plain (&result, PROGRAM ("attach", "--for", "10ms", "--pid", subject.pid));
      g_assert_cmpint (result.status, ==, 125);
      run_assert_one_line (&result, "another inspector");
      run_result_clear (&result);
      g_subprocess_send_signal (first, SIGTERM);
      g_subprocess_wait (first, NULL, NULL);
      g_assert_cmpint (g_subprocess_get_exit_status (first), ==, 0);
    }
  subject_end (&subject, "ticked");
}

/* Its guard cannot be started, so that nobody is left who could: the next one does it. */
static void
test_inspector_is_killed_with_its_guard (void)
{
  g_autofree char *program = run_app ("attach-subject");
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  if (subject_may_be_attached_to (&subject))
    {
      g_autoptr (GSubprocessLauncher) launcher =
          g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
      g_autoptr (GSubprocess) first = NULL;
      gboolean is_left = TRUE;
      RunResult result;

      g_subprocess_launcher_setenv (launcher, "ASYNC_INSPECT_COMMAND", "/nonexistent", TRUE);
      first =
          g_subprocess_launcher_spawn (launcher, NULL, g_getenv ("TEST_ASYNC_INSPECT"), "attach",
                                       "--output", "/dev/null", "--pid", subject.pid, NULL);
      wait_until_inspected (&subject);
      g_subprocess_force_exit (first);
      g_subprocess_wait (first, NULL, NULL);
      for (guint i = 0; i < 1000 && is_left; i++)
        is_left = is_inspected (&subject);
      subject_attach (&result, &subject, "100ms");
      g_assert_cmpint (result.status, ==, 0);
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

/* Nobody says goodbye, and yet all is as it was: another inspector can attach, and nothing is left to
 * detach from. */
static void
test_inspector_is_killed (void)
{
  g_autofree char *program = run_app ("attach-subject");
  Subject subject;

  subject_begin (&subject, PROGRAM (program));
  if (subject_may_be_attached_to (&subject))
    {
      g_autoptr (GSubprocess) first = NULL;
      gboolean is_left = TRUE;
      RunResult result;

      first = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, NULL, g_getenv ("TEST_ASYNC_INSPECT"),
                                "attach", "--output", "/dev/null", "--pid", subject.pid, NULL);
      wait_until_inspected (&subject);
      g_subprocess_force_exit (first);
      g_subprocess_wait (first, NULL, NULL);
      for (guint i = 0; i < 1000 && is_left; i++)
        is_left = is_inspected (&subject);
      g_assert_false (is_left);
      subject_attach (&result, &subject, "100ms");
      g_assert_cmpint (result.status, ==, 0);
      g_assert_nonnull (
          subject_find_pending (run_last_report (&result, NULL), "timer every 20.0 ms"));
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

/* Code that a thread is in the middle of is not written to: that is said, and leaves nothing behind. */
static void
test_in_the_way (void)
{
  g_autofree char *program = run_app ("attach-subject-inside");
  Subject subject;

  if (!g_file_test (program, G_FILE_TEST_EXISTS))
    {
      g_test_skip ("there is no libuv to link into a program");
      return;
    }
  subject_begin (&subject, PROGRAM (program, "in-the-way"));
  if (subject_may_be_attached_to (&subject))
    {
      RunResult result;

      for (guint i = 0; i < 2; i++)
        {
          run_plain (&result, PROGRAM ("attach", "--for", "10ms", "--pid", subject.pid));
          g_assert_cmpint (result.status, ==, 125);
          run_assert_one_line (&result, "no moment came");
          run_result_clear (&result);
          g_assert_false (is_inspected (&subject));
        }
      g_subprocess_send_signal (subject.process, SIGUSR1);
      subject_attach (&result, &subject, "100ms");
      g_assert_cmpint (result.status, ==, 0);
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

static void
test_refusals (void)
{
  g_autofree char *program = run_app ("static-program");
  g_autofree char *self = g_strdup_printf ("%d", getpid ());
  const struct
  {
    const char *const *arguments;
    const char *words;
  } rows[] = {
    { PROGRAM ("attach"), "--pid PID" },
    { PROGRAM ("attach", "4711"), "--pid 4711" },
    { PROGRAM ("attach", "--pid", "0"), "'0'" },
    { PROGRAM ("attach", "--pid", "bash"), "'bash'" },
    { PROGRAM ("attach", "--pid", self, "--for", "soon"), "'soon'" },
    { PROGRAM ("attach", "--pid", "2147483647"), "no such process" },
    { PROGRAM ("detach"), "--pid PID" },
    { PROGRAM ("detach", "--pid", "-1"), "'-1'" },
    { PROGRAM ("detach", "--pid", "2147483647"), "no such process" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      RunResult result;

      run_plain (&result, rows[i].arguments);
      g_test_message ("%s", result.err);
      g_assert_cmpint (result.status, ==, 125);
      run_assert_one_line (&result, rows[i].words);
      run_result_clear (&result);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/attach/goes-on", test_goes_on);
  g_test_add_data_func ("/attach/what-was-pending", "attach-subject", test_what_was_pending);
  g_test_add_data_func ("/attach/what-was-pending-inside", "attach-subject-inside",
                        test_what_was_pending);
  g_test_add_data_func ("/attach/on-a-coroutine/heap", "heap", test_on_a_coroutine);
  g_test_add_data_func ("/attach/on-a-coroutine/mapped", "mapped", test_on_a_coroutine);
  g_test_add_func ("/attach/what-glib-waits-for", test_what_glib_waits_for);
  g_test_add_func ("/attach/sees-none-of-our-files", test_sees_none_of_our_files);
  g_test_add_func ("/attach/only-looks", test_only_looks);
  g_test_add_func ("/attach/looks-at-locks", test_looks_at_locks);
  g_test_add_func ("/attach/looks-at-healthy-locks", test_looks_at_healthy_locks);
  g_test_add_func ("/attach/looks-at-no-loop", test_looks_at_no_loop);
  g_test_add_func ("/attach/stuck-since-before", test_stuck_since_before);
  g_test_add_func ("/attach/detach-from-nothing", test_detach_from_nothing);
  g_test_add_func ("/attach/one-inspector-at-a-time", test_one_inspector_at_a_time);
  g_test_add_func ("/attach/inspector-is-killed", test_inspector_is_killed);
  g_test_add_func ("/attach/inspector-is-killed-with-its-guard",
                   test_inspector_is_killed_with_its_guard);
  g_test_add_func ("/attach/in-the-way", test_in_the_way);
  g_test_add_func ("/attach/refusals", test_refusals);
  return g_test_run ();
}
