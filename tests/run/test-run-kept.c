/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Libraries that have a libuv of their own in them. */

#include "subject.h"

#include <string.h>

typedef struct
{
  const char *library;
  const char *mode; /* of kept-loader */
} KeptCase;

static const KeptCase cases[] = {
  { "kept-shown", "alone" },  { "kept-shown", "among-threads" },  { "kept-shown", "found" },
  { "kept-bound", "alone" },  { "kept-bound", "among-threads" },  { "kept-hidden", "alone" },
  { "kept-hidden", "found" }, { "kept-hidden", "among-threads" },
};

/* NULL, and the test is skipped: it is not built here. */
static char *
find_library (const char *name)
{
  g_autofree char *path = g_strdup_printf ("%s/kept/lib%s.so", g_getenv ("TEST_APPS_BUILD"), name);

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  g_test_skip ("there is no libuv here that can be linked into a library");
  return NULL;
}

static void
test_run (gconstpointer data)
{
  const KeptCase *test = data;
  g_autofree char *library = find_library (test->library);
  g_autofree char *loader = run_app ("kept/kept-loader");
  g_autofree char *place =
      g_strdup_printf ("connect-hang.c:%u", run_label_line ("connect-hang.c", "AWAIT: connect"));
  JsonObject *task;
  RunResult result;

  if (library == NULL)
    return;
  run_json (&result, "--stuck-after 500ms", PROGRAM (loader, library, test->mode));
  g_test_message ("%s%s", result.report_text, result.err);
  g_assert_cmpint (result.status, ==, 0);
  g_assert_nonnull (strstr (result.out, "connect: ECANCELED"));
  task = run_find_stuck (run_last_report (&result, "stuck"), NULL);
  g_assert_nonnull (task);
  g_assert_cmpstr (json_object_get_string_member (task, "rule"), ==, "connecting");
  g_assert_cmpstr (json_object_get_string_member (task, "place"), ==, place);
  run_result_clear (&result);
}

/* No function in it has a name: that nothing is known of it is said, live and in the list of processes, and it runs as
 * it would. */
static void
test_nameless (void)
{
  static const char *const words =
      "libkept-stripped.so has a runtime linked into it and was stripped";
  g_autofree char *library = find_library ("kept-stripped");
  g_autofree char *loader = run_app ("kept/kept-loader");
  g_autoptr (GDataInputStream) lines = NULL;
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;
  RunResult result;

  if (library == NULL)
    return;
  process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                            G_SUBPROCESS_FLAGS_STDERR_PIPE,
                        &error, g_getenv ("TEST_ASYNC_INSPECT"), "run", loader, library, NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
      g_assert_nonnull (line);
      g_test_message ("%s", line);
    }
  while (strstr (line, words) == NULL);
  run_plain (&result, PROGRAM ("ps"));
  g_assert_nonnull (strstr (result.out, words));
  run_result_clear (&result);
  g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, 0);
}

static void
test_attach (gconstpointer mode)
{
  static const char *const pending[] = { "waiting for connections on 127.0.0.1:",
                                         "timer every 20.0 ms", "waiting to read from 127.0.0.1:" };
  g_autofree char *library = find_library ("kept-subject");
  g_autofree char *loader = run_app ("kept/kept-loader");
  g_autofree char *place =
      g_strdup_printf ("attach-subject.c:%u", run_label_line ("attach-subject.c", "LISTENS"));
  Subject subject;

  if (library == NULL)
    return;
  subject_begin (&subject, PROGRAM (loader, library, mode));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      JsonObject *found;
      RunResult result;

      subject_attach (&result, &subject, "150ms");
      g_assert_cmpint (result.status, ==, 0);
      found =
          subject_assert_pending (run_last_report (&result, NULL), pending, G_N_ELEMENTS (pending));
      g_assert_cmpstr (json_object_get_string_member (found, "place"), ==, place);
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strdup_printf ("/kept/%s/%s", cases[i].library, cases[i].mode);

      g_test_add_data_func (path, &cases[i], test_run);
    }
  g_test_add_func ("/kept/nameless", test_nameless);
  g_test_add_data_func ("/kept/attach", "alone", test_attach);
  g_test_add_data_func ("/kept/attach-among-threads", "among-threads", test_attach);
  return g_test_run ();
}
