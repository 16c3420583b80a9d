/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "fixture.h"

#include <string.h>
#include <sys/wait.h>
#include <glib/gstdio.h>

static const char *
need_env (const char *name)
{
  const char *value = g_getenv (name);

  if (value == NULL)
    g_error ("%s is not set; run the tests by meson", name);
  return value;
}

char *
run_app (const char *name)
{
  return g_build_filename (need_env ("TEST_APPS_BUILD"), name, NULL);
}

char *
run_app_source (const char *name)
{
  return g_build_filename (need_env ("TEST_APPS_SOURCE"), name, NULL);
}

guint
run_label_line (const char *source, const char *label)
{
  g_autofree char *path
      = g_path_is_absolute (source) ? g_strdup (source) : run_app_source (source);
  g_autofree char *text = NULL;
  g_autofree char *mark = g_strdup_printf ("/* %s */", label);
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    if (strstr (lines[i], mark) != NULL)
      return i + 1;
  g_error ("no label '%s' in %s", mark, path);
}

static void
spawn (RunResult *result, const char *const *argv)
{
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  process = g_subprocess_newv (argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE,
                               &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &result->out, &result->err, &error);
  g_assert_no_error (error);
  result->status = g_subprocess_get_if_exited (process)
                       ? g_subprocess_get_exit_status (process)
                       : 128 + g_subprocess_get_term_sig (process);
}

static void
add_all (GPtrArray *argv, const char *const *more)
{
  for (; *more != NULL; more++)
    g_ptr_array_add (argv, g_strdup (*more));
}

static void
parse_reports (RunResult *result)
{
  g_auto (GStrv) lines = g_strsplit (result->report_text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autoptr (JsonNode) node = NULL;
      g_autoptr (GError) error = NULL;

      if (*lines[i] == '\0')
        continue;
      node = json_from_string (lines[i], &error);
      g_assert_no_error (error);
      g_assert_true (JSON_NODE_HOLDS_OBJECT (node));
      g_ptr_array_add (result->reports, json_node_dup_object (node));
    }
}

void
run_json (RunResult *result, const char *options, const char *const *program)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *path = NULL;
  g_auto (GStrv) words = g_strsplit (options, " ", -1);
  int fd = g_file_open_tmp ("async-inspect-report-XXXXXX", &path, NULL);

  g_assert_cmpint (fd, >=, 0);
  g_close (fd, NULL);
  *result = (RunResult){ .reports = g_ptr_array_new_with_free_func ((GDestroyNotify)json_object_unref) };
  add_all (argv, PROGRAM (need_env ("TEST_ASYNC_INSPECT"), "run", "--json", "--output", path));
  for (guint i = 0; words[i] != NULL; i++)
    if (*words[i] != '\0')
      g_ptr_array_add (argv, g_strdup (words[i]));
  g_ptr_array_add (argv, g_strdup ("--"));
  add_all (argv, program);
  g_ptr_array_add (argv, NULL);
  spawn (result, (const char *const *)argv->pdata);
  g_assert_true (g_file_get_contents (path, &result->report_text, NULL, NULL));
  g_unlink (path);
  parse_reports (result);
}

void
run_plain (RunResult *result, const char *const *arguments)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new_with_free_func (g_free);

  *result = (RunResult){ 0 };
  g_ptr_array_add (argv, g_strdup (need_env ("TEST_ASYNC_INSPECT")));
  add_all (argv, arguments);
  g_ptr_array_add (argv, NULL);
  spawn (result, (const char *const *)argv->pdata);
}

void
run_bare (RunResult *result, const char *const *program)
{
  *result = (RunResult){ 0 };
  spawn (result, program);
}

void
run_result_clear (RunResult *result)
{
  g_clear_pointer (&result->out, g_free);
  g_clear_pointer (&result->err, g_free);
  g_clear_pointer (&result->report_text, g_free);
  g_clear_pointer (&result->reports, g_ptr_array_unref);
}

JsonObject *
run_last_report (RunResult *result, const char *reason)
{
  for (guint i = result->reports->len; i > 0; i--)
    {
      JsonObject *report = result->reports->pdata[i - 1];

      if (reason == NULL || g_str_equal (json_object_get_string_member (report, "reason"), reason))
        return report;
    }
  g_error ("no report for '%s' in: %s%s", reason, result->report_text, result->err);
}

void
run_assert_one_line (RunResult *result, const char *contains)
{
  g_assert_nonnull (strstr (result->err, contains));
  g_assert_true (g_str_has_prefix (result->err, "async-inspect: "));
  g_assert_cmpuint (strcspn (result->err, "\n") + 1, ==, strlen (result->err));
  g_assert_cmpstr (result->out, ==, "");
}

void
run_assert_refused (const char *const *arguments, const char *contains)
{
  RunResult result;

  run_plain (&result, arguments);
  g_assert_cmpint (result.status, ==, 125);
  run_assert_one_line (&result, contains);
  run_result_clear (&result);
}

/* ---- Looking into reports --------------------------------------------------------------------- */

typedef gboolean (*Matches) (JsonObject *object, const char *text);

static JsonObject *
find_in_targets (JsonObject *report, const char *member, Matches matches, const char *text)
{
  JsonArray *targets = json_object_get_array_member (report, "targets");

  for (guint i = 0; i < json_array_get_length (targets); i++)
    {
      JsonArray *array = json_object_get_array_member (json_array_get_object_element (targets, i),
                                                       member);

      for (guint k = 0; k < json_array_get_length (array); k++)
        if (matches (json_array_get_object_element (array, k), text))
          return json_array_get_object_element (array, k);
    }
  return NULL;
}

static gboolean
has_name (JsonObject *object, const char *text)
{
  return text == NULL || g_strcmp0 (json_object_get_string_member (object, "name"), text) == 0;
}

static gboolean
has_rule (JsonObject *object, const char *text)
{
  return g_strcmp0 (json_object_get_string_member_with_default (object, "rule", ""), text) == 0;
}

JsonObject *
run_find_stuck (JsonObject *report, const char *name)
{
  return find_in_targets (report, "stuck", has_name, name);
}

JsonObject *
run_find_other (JsonObject *report, const char *rule)
{
  return find_in_targets (report, "others", has_rule, rule);
}

static gboolean
has_kind (JsonObject *object, const char *text)
{
  return text == NULL || g_strcmp0 (json_object_get_string_member (object, "kind"), text) == 0;
}

JsonObject *
run_find_finding (JsonObject *report, const char *kind)
{
  return find_in_targets (report, "findings", has_kind, kind);
}

JsonObject *
run_find_step (JsonObject *task, const char *state, const char *function)
{
  JsonArray *steps = json_object_get_array_member (task, "steps");

  for (guint i = 0; i < json_array_get_length (steps); i++)
    {
      JsonObject *step = json_array_get_object_element (steps, i);

      if (g_str_equal (json_object_get_string_member (step, "state"), state)
          && (function == NULL
              || g_strcmp0 (json_object_get_string_member (step, "function"), function) == 0))
        return step;
    }
  return NULL;
}

guint
run_count_stuck (RunResult *result)
{
  guint count = 0;

  for (guint i = 0; i < result->reports->len; i++)
    count += (guint)json_object_get_int_member (result->reports->pdata[i], "stuck");
  return count;
}
