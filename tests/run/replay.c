/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "replay.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>
#include <gio/gio.h>
#include <gio/gunixinputstream.h>

#include "fixture.h"

#define REPORT_FD 9 /* in the command */

/* ---- Running it --------------------------------------------------------------------------------- */

static GDataInputStream *
lines_of (GInputStream *stream)
{
  return g_data_input_stream_new (stream);
}

/* (nullable) (transfer full) */
static char *
read_line (GDataInputStream *lines)
{
  g_autoptr (GError) error = NULL;
  char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);

  g_assert_no_error (error);
  return line;
}

static GSubprocess *
start (const char *const *program, const char *path, GDataInputStream **ret_reports)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                 G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  g_autofree char *output = g_strdup_printf ("/dev/fd/%d", REPORT_FD);
  const char *const command[] = { g_getenv ("TEST_ASYNC_INSPECT"),
                                  "run",
                                  "--json",
                                  "--output",
                                  output,
                                  "--stuck-after",
                                  "300ms",
                                  "--record",
                                  path,
                                  "--",
                                  NULL };
  g_autoptr (GError) error = NULL;
  GSubprocess *process;
  int ends[2];

  for (guint i = 0; command[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)command[i]);
  for (guint i = 0; program[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)program[i]);
  g_ptr_array_add (argv, NULL);
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
  g_subprocess_launcher_take_fd (launcher, ends[1], REPORT_FD);
  process = g_subprocess_launcher_spawnv (launcher, (const char *const *)argv->pdata, &error);
  g_assert_no_error (error);
  *ret_reports = lines_of (g_unix_input_stream_new (ends[0], TRUE));
  return process;
}

/* A server of HTTP that has told its port. */
static void
ask (const char *port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (
      client, "127.0.0.1", (guint16)g_ascii_strtoull (port, NULL, 10), NULL, &error);
  static const char request[] = "GET /user/1 HTTP/1.1\r\n\r\n";
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *answer = NULL;

  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                             strlen (request), NULL, NULL, &error);
  g_assert_no_error (error);
  lines = lines_of (g_object_ref (g_io_stream_get_input_stream (G_IO_STREAM (connection))));
  answer = read_line (lines);
  g_assert_true (answer != NULL && g_str_has_prefix (answer, "HTTP/1.1 200"));
}

static JsonObject *
parse (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = json_from_string (text, &error);

  g_assert_no_error (error);
  return json_node_dup_object (node);
}

static gboolean
is_for (JsonObject *report, const char *reason)
{
  return g_str_equal (json_object_get_string_member (report, "reason"), reason);
}

/* (transfer full): its report when it had ended */
static JsonObject *
run_live (const char *const *program, ReplayLength length, const char *path)
{
  g_autoptr (GDataInputStream) reports = NULL;
  g_autoptr (GSubprocess) process = start (program, path, &reports);
  g_autoptr (GDataInputStream) output =
      lines_of (g_object_ref (g_subprocess_get_stdout_pipe (process)));
  JsonObject *last = NULL;
  gboolean is_told = length == REPLAY_TO_ITS_END;
  char *line;

  if (length == REPLAY_TO_ITS_END)
    g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL);
  if (length == REPLAY_UNTIL_IT_IS_READY || length == REPLAY_UNTIL_IT_ANSWERED)
    {
      g_autofree char *said = read_line (output);

      g_assert_nonnull (said);
      if (length == REPLAY_UNTIL_IT_ANSWERED)
        ask (said);
      g_subprocess_send_signal (process, SIGTERM);
      is_told = TRUE;
    }
  while ((line = read_line (reports)) != NULL)
    {
      g_clear_pointer (&last, json_object_unref);
      last = parse (line);
      g_free (line);
      if (!is_told && is_for (last, "stuck"))
        {
          g_subprocess_send_signal (process, SIGTERM);
          is_told = TRUE;
        }
    }
  g_assert_true (g_subprocess_wait (process, NULL, NULL));
  if (last == NULL || !is_for (last, "exit"))
    g_error ("%s: no report of its end", program[0]);
  return last;
}

static JsonObject *
run_again (const char *path)
{
  RunResult result;
  JsonObject *report;

  run_plain (&result, PROGRAM ("open", "--json", path));
  if (result.status != 0 || *result.err != '\0')
    g_error ("%s: %s", path, result.err);
  report = parse (result.out);
  run_result_clear (&result);
  return report;
}

/* ---- What need not be the same ------------------------------------------------------------------ */

/* What was lost is one number in a recording. */
static void
sum_up_losses (JsonObject *target)
{
  static const char *const kinds[] = { "dropped", "overwritten", "torn", "invalid" };
  JsonObject *inspection = json_object_get_object_member (target, "inspection");
  gint64 n = 0;

  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      n += json_object_get_int_member (inspection, kinds[i]);
      json_object_remove_member (inspection, kinds[i]);
    }
  json_object_set_int_member (inspection, "lost", n);
}

static gboolean
said_something (JsonObject *target)
{
  JsonObject *inspection = json_object_get_object_member (target, "inspection");

  return json_array_get_length (json_object_get_array_member (target, "runtimes")) > 0 ||
         json_object_get_int_member (inspection, "events") > 0;
}

/* By pid; of one that went on only who it is, for what it did until the recording ended is in no report.
 * (element-type JsonObject) (transfer container) */
static GHashTable *
get_targets (JsonObject *report, GHashTable *live)
{
  JsonArray *array = json_object_get_array_member (report, "targets");
  GHashTable *targets = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *target = json_array_get_object_element (array, i);
      gpointer pid = GINT_TO_POINTER ((int)json_object_get_int_member (target, "pid"));
      JsonObject *same = live != NULL ? g_hash_table_lookup (live, pid) : target;

      if (!said_something (target))
        continue;
      g_assert_false (g_hash_table_contains (targets, pid));
      g_assert_nonnull (same);
      if (!g_str_equal (json_object_get_string_member (same, "state"), "ended"))
        continue;
      sum_up_losses (target);
      g_hash_table_insert (targets, pid, target);
    }
  return targets;
}

/* ---- Comparing ---------------------------------------------------------------------------------- */

typedef struct
{
  const char *program;
  GString *path; /* of what is compared */
  gboolean
      has_processes; /* tasks of several processes are numbered in the order in which these are read */
} Comparison;

static void assert_same (Comparison *self, JsonNode *a, JsonNode *b);

static void
differ (const Comparison *self, JsonNode *a, JsonNode *b)
{
  g_autofree char *live = a != NULL ? json_to_string (a, FALSE) : g_strdup ("not there");
  g_autofree char *recorded = b != NULL ? json_to_string (b, FALSE) : g_strdup ("not there");

  g_error ("%s: %s is %s live, and %s in the recording", self->program, self->path->str, live,
           recorded);
}

static gboolean
is_number_of_task (const Comparison *self, const char *name)
{
  static const char *const names[] = { "number", "first_number", "task", NULL };

  return self->has_processes && g_strv_contains (names, name);
}

/* Sentences name tasks by number, too: "which main (task 765) holds up". */
static char *
dup_without_numbers (JsonNode *text)
{
  g_autoptr (GRegex) number = g_regex_new ("\\btask [0-9,]+", 0, 0, NULL);

  return g_regex_replace_literal (number, json_node_get_string (text), -1, 0, "task", 0, NULL);
}

static gboolean
is_same_value (const Comparison *self, JsonNode *a, JsonNode *b)
{
  g_autofree char *one = NULL, *other = NULL;

  if (json_node_equal (a, b))
    return TRUE;
  if (!self->has_processes || json_node_get_value_type (a) != G_TYPE_STRING ||
      json_node_get_value_type (b) != G_TYPE_STRING)
    return FALSE;
  one = dup_without_numbers (a);
  other = dup_without_numbers (b);
  return g_str_equal (one, other);
}

static void
assert_same_objects (Comparison *self, JsonNode *a, JsonNode *b)
{
  JsonObject *one = json_node_get_object (a), *other = json_node_get_object (b);
  JsonObjectIter iter;
  const char *name;
  JsonNode *node;
  gsize length = self->path->len;

  if (json_object_get_size (one) != json_object_get_size (other))
    differ (self, a, b);
  json_object_iter_init (&iter, one);
  while (json_object_iter_next (&iter, &name, &node))
    if (!is_number_of_task (self, name))
      {
        g_string_append_printf (self->path, ".%s", name);
        assert_same (self, node, json_object_get_member (other, name));
        g_string_truncate (self->path, length);
      }
}

static void
assert_same_arrays (Comparison *self, JsonNode *a, JsonNode *b)
{
  JsonArray *one = json_node_get_array (a), *other = json_node_get_array (b);
  gsize length = self->path->len;

  if (json_array_get_length (one) != json_array_get_length (other))
    differ (self, a, b);
  for (guint i = 0; i < json_array_get_length (one); i++)
    {
      g_string_append_printf (self->path, "[%u]", i);
      assert_same (self, json_array_get_element (one, i), json_array_get_element (other, i));
      g_string_truncate (self->path, length);
    }
}

static void
assert_same (Comparison *self, JsonNode *a, JsonNode *b)
{
  if (b == NULL || json_node_get_node_type (a) != json_node_get_node_type (b))
    differ (self, a, b);
  else if (JSON_NODE_HOLDS_OBJECT (a))
    assert_same_objects (self, a, b);
  else if (JSON_NODE_HOLDS_ARRAY (a))
    assert_same_arrays (self, a, b);
  else if (!is_same_value (self, a, b))
    differ (self, a, b);
}

static void
compare (const char *program, JsonObject *live, JsonObject *recorded)
{
  g_autoptr (GHashTable) targets = get_targets (live, NULL);
  g_autoptr (GHashTable) all = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) again = NULL;
  JsonArray *array = json_object_get_array_member (live, "targets");
  Comparison self = { program, g_string_new (NULL), json_array_get_length (array) > 1 };
  GHashTableIter iter;
  gpointer pid, target;

  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonObject *one = json_array_get_object_element (array, i);

      g_hash_table_insert (all, GINT_TO_POINTER ((int)json_object_get_int_member (one, "pid")),
                           one);
    }
  again = get_targets (recorded, all);
  g_assert_cmpuint (g_hash_table_size (again), ==, g_hash_table_size (targets));
  g_assert_cmpint (json_object_get_int_member (live, "stuck_after_ns"), ==,
                   json_object_get_int_member (recorded, "stuck_after_ns"));
  g_hash_table_iter_init (&iter, targets);
  while (g_hash_table_iter_next (&iter, &pid, &target))
    {
      g_autoptr (JsonNode) one = json_node_new (JSON_NODE_OBJECT);
      g_autoptr (JsonNode) other = json_node_new (JSON_NODE_OBJECT);

      g_assert_true (g_hash_table_contains (again, pid));
      json_node_set_object (one, target);
      json_node_set_object (other, g_hash_table_lookup (again, pid));
      g_string_printf (self.path, "process %d", GPOINTER_TO_INT (pid));
      assert_same (&self, one, other);
    }
  g_string_free (self.path, TRUE);
}

char *
replay_assert_equal (const char *const *argv, ReplayLength length, const char *path)
{
  JsonObject *live = run_live (argv, length, path), *recorded = run_again (path);
  gboolean is_empty =
      json_array_get_length (json_object_get_array_member (recorded, "targets")) == 0;

  compare (argv[0], live, recorded);
  json_object_unref (live);
  json_object_unref (recorded);
  return is_empty ? NULL : g_strdup (path);
}
