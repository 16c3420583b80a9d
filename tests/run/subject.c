/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "subject.h"

#include <string.h>

void
subject_begin (Subject *subject, const char *const *argv)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = NULL;

  subject->process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error);
  g_assert_no_error (error);
  subject->pid = g_strdup (g_subprocess_get_identifier (subject->process));
  subject->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (subject->process));
  line = g_data_input_stream_read_line (subject->lines, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, "ready");
}

void
subject_end (Subject *subject, const char *words)
{
  g_autofree char *line = NULL;

  g_output_stream_close (g_subprocess_get_stdin_pipe (subject->process), NULL, NULL);
  line = g_data_input_stream_read_line (subject->lines, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, words);
  g_subprocess_wait (subject->process, NULL, NULL);
  g_assert_true (g_subprocess_get_if_exited (subject->process));
  g_assert_cmpint (g_subprocess_get_exit_status (subject->process), ==, 0);
  g_object_unref (subject->lines);
  g_object_unref (subject->process);
  g_free (subject->pid);
}

guint
subject_count_descriptors (const Subject *subject)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/fd", subject->pid);
  g_autoptr (GDir) folder = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (folder != NULL && g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

gboolean
subject_may_be_attached_to (const Subject *subject)
{
  RunResult result;
  gboolean may;

  run_plain (&result,
             PROGRAM ("attach", "--for", "10ms", "--output", "/dev/null", "--pid", subject->pid));
  may = strstr (result.err, "does not allow") == NULL &&
        strstr (result.err, "ptrace_scope") == NULL && strstr (result.err, "seccomp") == NULL &&
        strstr (result.err, "x86-64 alone") == NULL;
  if (!may)
    g_test_skip (result.err);
  run_result_clear (&result);
  return may;
}

JsonObject *
subject_find_pending (JsonObject *report, const char *waits_for)
{
  JsonArray *targets = json_object_get_array_member (report, "targets");
  JsonArray *others =
      json_object_get_array_member (json_array_get_object_element (targets, 0), "others");

  for (guint i = 0; i < json_array_get_length (others); i++)
    {
      JsonObject *other = json_array_get_object_element (others, i);

      if (g_str_has_prefix (json_object_get_string_member (other, "waits_for"), waits_for))
        return other;
    }
  return NULL;
}

JsonObject *
subject_assert_pending (JsonObject *report, const char *const *waits_for, guint n)
{
  JsonObject *found;

  for (guint i = 0; i < n; i++)
    {
      found = subject_find_pending (report, waits_for[i]);
      g_test_message ("%s", waits_for[i]);
      g_assert_nonnull (found);
      g_assert_true (json_object_get_boolean_member (found, "began_before_inspection"));
    }
  return subject_find_pending (report, waits_for[0]);
}

static void
attach (RunResult *result, const Subject *subject, const char *duration, const char *option)
{
  g_auto (GStrv) lines = NULL;

  run_plain (result, PROGRAM ("attach", "--json", "--stuck-after", "100ms", "--for", duration,
                              "--output", "-", "--pid", subject->pid, option));
  g_test_message ("%s%s", result->out, result->err);
  lines = g_strsplit (result->out, "\n", -1);
  result->reports = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref);
  for (guint i = 0; lines[i] != NULL && *lines[i] != '\0'; i++)
    {
      g_autoptr (JsonNode) node = json_from_string (lines[i], NULL);

      g_ptr_array_add (result->reports, json_node_dup_object (node));
    }
}

void
subject_attach (RunResult *result, const Subject *subject, const char *duration)
{
  attach (result, subject, duration, NULL);
}

void
subject_look (RunResult *result, const Subject *subject, const char *duration)
{
  attach (result, subject, duration, "--look");
}
