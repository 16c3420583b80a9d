/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Libraries that have a libuv of their own in them. */

#include "subject.h"

#include <signal.h>
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

typedef struct
{
  const char *library;
  const char *words;  /* of the line live */
  const char *listed; /* of the line in the list of processes; NULL: there it is as any other */
  const char *last;   /* what it says at its end */
  int status; /* of a run: 125 where the agent itself has found that there is nothing to inspect */
} UnseenCase;

static const UnseenCase unseen[] = {
  { "kept-stripped", "libkept-stripped.so has a runtime linked into it and was stripped",
    "libkept-stripped.so has a runtime linked into it and was stripped", "ticked", 0 },
  { "kept-merged",
    "libkept-merged.so has a runtime linked into it and was optimised as a whole (-flto)",
    "libkept-merged.so has a runtime linked into it and was optimised as a whole (-flto)",
    "still here", 0 },
  { "kept-merged-stripped",
    "libkept-merged-stripped.so has a runtime linked into it and was stripped",
    "libkept-merged-stripped.so has a runtime linked into it and was stripped", "still here", 0 },
  { "kept-merged-shown", "libkept-merged-shown.so has a runtime of its own in it (uv)",
    "libkept-merged-shown.so has a runtime linked into it and was optimised as a whole (-flto)",
    "still here", 125 },
};

/* Returns once it has said that. */
static GSubprocess *
begin_and_hear (const char *const *argv, const char *words)
{
  g_autoptr (GError) error = NULL;
  GSubprocess *process =
      g_subprocess_newv (argv,
                         G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                             G_SUBPROCESS_FLAGS_STDERR_PIPE,
                         &error);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;

  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stderr_pipe (process));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  do
    {
      g_free (line);
      line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
      g_assert_nonnull (line);
      g_test_message ("%s", line);
    }
  while (strstr (line, words) == NULL);
  return process;
}

static void
end (GSubprocess *process, int status)
{
  g_subprocess_wait (process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (process));
  g_assert_cmpint (g_subprocess_get_exit_status (process), ==, status);
  g_object_unref (process);
}

/* No function in it can be hooked: that nothing is known of it is said, live and in the list of processes, and it runs
 * as it would. */
static void
test_unseen (gconstpointer data)
{
  const UnseenCase *test = data;
  const char *command = g_getenv ("TEST_ASYNC_INSPECT");
  g_autofree char *library = find_library (test->library);
  g_autofree char *loader = run_app ("kept/kept-loader");
  GSubprocess *process;
  RunResult result;
  Subject subject;

  if (library == NULL)
    return;
  process = begin_and_hear (PROGRAM (command, "run", loader, library), test->words);
  run_plain (&result, PROGRAM ("ps"));
  if (test->listed != NULL)
    g_assert_nonnull (strstr (result.out, test->listed));
  run_result_clear (&result);
  g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
  end (process, test->status);

  subject_begin (&subject, PROGRAM (loader, library));
  if (subject_may_be_attached_to (&subject))
    {
      process = begin_and_hear (PROGRAM (command, "attach", "--pid", subject.pid), test->words);
      g_subprocess_send_signal (process, SIGINT);
      end (process, test->status);
    }
  subject_end (&subject, test->last);
}

/* One of two is followed; of the other it is said, whether it comes later or is there when somebody attaches. */
static void
test_two_copies (void)
{
  static const char *const words = "libkept-private.so has a second copy of a runtime (uv) in it";
  const char *command = g_getenv ("TEST_ASYNC_INSPECT");
  g_autofree char *library = find_library ("kept-private");
  g_autofree char *program = run_app ("kept/two-loops");
  GSubprocess *process;
  Subject subject;

  if (library == NULL)
    return;
  process = begin_and_hear (PROGRAM (command, "run", program, library), words);
  g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
  end (process, 0);

  subject_begin (&subject, PROGRAM (program, library));
  for (guint i = 0; subject_may_be_attached_to (&subject) && i < 2; i++)
    {
      RunResult result;

      subject_attach (&result, &subject, "10ms");
      g_assert_nonnull (strstr (result.err, words));
      run_result_clear (&result);
    }
  subject_end (&subject, "ticked");
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
  for (gsize i = 0; i < G_N_ELEMENTS (unseen); i++)
    {
      g_autofree char *path = g_strdup_printf ("/kept/unseen/%s", unseen[i].library);

      g_test_add_data_func (path, &unseen[i], test_unseen);
    }
  g_test_add_func ("/kept/two-copies", test_two_copies);
  g_test_add_data_func ("/kept/attach", "alone", test_attach);
  g_test_add_data_func ("/kept/attach-among-threads", "among-threads", test_attach);
  return g_test_run ();
}
