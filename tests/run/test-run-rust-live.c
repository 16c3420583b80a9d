/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Live events of Rust's tasks: programs of which it is known how often each task is polled. */

#include "cargo.h"
#include "fixture.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

#define PROJECT "rust-live"
/* tests/apps/rust-live */
#define TURNS 100
#define BRIEF 50
#define EXCHANGES 20

static char *why_skipped; /* NULL: they are built */

/* ---- What was recorded ---------------------------------------------------------------------------- */

typedef struct
{
  char *file;
  char **lines; /* of CSV, the first one has the names of the columns */
  char **columns;
} Recorded;

static int
find_column (const Recorded *recorded, const char *name)
{
  for (int i = 0; recorded->columns[i] != NULL; i++)
    if (g_str_equal (recorded->columns[i], name))
      return i;
  g_error ("there is no column %s", name);
}

static void
record_once (Recorded *recorded, const char *const *program)
{
  g_autoptr (GPtrArray) argv = g_ptr_array_new ();
  RunResult result;
  int fd = g_file_open_tmp ("rust-live-XXXXXX", &recorded->file, NULL);

  g_assert_cmpint (fd, >=, 0);
  close (fd);
  g_ptr_array_add (argv, (gpointer) "record");
  g_ptr_array_add (argv, (gpointer) "--on=exit");
  g_ptr_array_add (argv, (gpointer) "-o");
  g_ptr_array_add (argv, recorded->file);
  g_ptr_array_add (argv, (gpointer) "--");
  for (guint i = 0; program[i] != NULL; i++)
    g_ptr_array_add (argv, (gpointer)program[i]);
  g_ptr_array_add (argv, NULL);
  run_plain (&result, (const char *const *)argv->pdata);
  g_test_message ("%s%s", result.out, result.err);
  g_assert_cmpint (result.status, ==, 0);
  run_result_clear (&result);
  run_plain (&result, PROGRAM ("export", "--to=csv", recorded->file));
  g_assert_cmpint (result.status, ==, 0);
  recorded->lines = g_strsplit (result.out, "\n", -1);
  recorded->columns = g_strsplit (recorded->lines[0], ",", -1);
  run_result_clear (&result);
}

static void
recorded_clear (Recorded *recorded)
{
  g_unlink (recorded->file);
  g_free (recorded->file);
  g_strfreev (recorded->lines);
  g_strfreev (recorded->columns);
}

/* How many rows of @record there are of tasks of that name, and, of those, with @value in @column (NULL: any). */
static guint
count (const Recorded *recorded, const char *record, const char *task, const char *column,
       const char *value)
{
  int name = find_column (recorded, "task_name");
  int wanted = column != NULL ? find_column (recorded, column) : -1;
  guint n = 0;

  for (guint i = 1; recorded->lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (recorded->lines[i], ",", -1);

      if (g_strv_length (fields) == g_strv_length (recorded->columns) &&
          g_str_equal (fields[0], record) && g_str_equal (fields[name], task))
        n += wanted < 0 || g_str_equal (fields[wanted], value);
    }
  return n;
}

#define MAX_TRIES 8

/* A program goes on without live events where it takes too long to find out what its tasks are, on a machine with
 * much to do: then there are none at all. */
static void
record (Recorded *recorded, const char *const *program)
{
  for (guint i = 0; i < MAX_TRIES; i++)
    {
      record_once (recorded, program);
      if (i + 1 == MAX_TRIES || count (recorded, "poll", "brief", NULL, NULL) > 0)
        return;
      recorded_clear (recorded);
    }
}

static char *
dup_field (const Recorded *recorded, const char *task, const char *column)
{
  int name = find_column (recorded, "task_name"), wanted = find_column (recorded, column);

  for (guint i = 1; recorded->lines[i] != NULL; i++)
    {
      g_auto (GStrv) fields = g_strsplit (recorded->lines[i], ",", -1);

      if (g_strv_length (fields) == g_strv_length (recorded->columns) &&
          g_str_equal (fields[0], "task") && g_str_equal (fields[name], task))
        return g_strdup (fields[wanted]);
    }
  g_error ("there is no task %s", task);
}

static guint
count_wakes (const Recorded *recorded)
{
  RunResult result;
  guint n = 0;

  run_plain (&result, PROGRAM ("export", "--to=chrome", recorded->file));
  g_assert_cmpint (result.status, ==, 0);
  for (const char *at = result.out; (at = strstr (at, "\"name\":\"wakes\"")) != NULL; at++)
    n++;
  run_result_clear (&result);
  return n;
}

/* ---- tokio ---------------------------------------------------------------------------------------- */

typedef struct
{
  const char *name;
  const char *threads;
  gboolean
      is_lto; /* optimised across all crates at once, where little is left of the functions of tokio */
} TokioCase;

static const TokioCase tokio_cases[] = {
  { "current-thread", "0", FALSE },
  { "multi-thread", "2", FALSE },
  { "lto", "2", TRUE },
};

/* (transfer full) (nullable) */
static char *
build_tokio (const TokioCase *test)
{
  g_autofree char *target = run_cargo_target (PROJECT);
  g_autofree char *why = NULL;

  if (run_cargo_is_missing (why_skipped))
    return NULL;
  if (!test->is_lto)
    return run_cargo_program (PROJECT, "tokio-turns");
  why = run_cargo_build (PROJECT, PROGRAM ("--bins", "--no-default-features", "--profile", "lto"));
  if (why == NULL)
    return g_build_filename (target, "lto", "tokio-turns", NULL);
  g_test_skip (why);
  return NULL;
}

static void
test_tokio (gconstpointer data)
{
  const TokioCase *test = data;
  g_autofree char *program = build_tokio (test);
  Recorded recorded;

  if (program == NULL)
    return;
  record (&recorded, PROGRAM (program, "once", test->threads));
  g_assert_cmpuint (count (&recorded, "task", "counted", NULL, NULL), ==, 1);
  g_assert_cmpuint (count (&recorded, "poll", "counted", NULL, NULL), ==, TURNS + 1);
  g_assert_cmpuint (count (&recorded, "task", "counted", "open", "1"), ==, 1);
  g_assert_cmpuint (count (&recorded, "task", "brief", NULL, NULL), ==, BRIEF);
  g_assert_cmpuint (count (&recorded, "poll", "brief", NULL, NULL), ==, BRIEF);
  g_assert_cmpuint (count (&recorded, "task", "brief", "open", "0"), ==, BRIEF);
  g_assert_cmpuint (count (&recorded, "task", "brief", "status", "0"), ==, BRIEF);
  g_assert_cmpuint (count (&recorded, "poll", "ping", NULL, NULL), >, 1);
  g_assert_cmpuint (count (&recorded, "task", "pong", "open", "0"), ==, 1);
  /* A poll that ends by a panic ends; so does a task that is aborted. */
  g_assert_cmpuint (count (&recorded, "poll", "panics", "open", "0"), ==, 2);
  g_assert_cmpuint (count (&recorded, "task", "panics", "open", "0"), ==, 1);
  g_assert_cmpuint (count (&recorded, "task", "aborted", "open", "0"), ==, 1);
  /* A wake is drawn from where it came to the poll that it led to. Of a task that yields it is the scheduler
   * that wakes it, and no task. */
  g_assert_cmpuint (count_wakes (&recorded), >=, 2 * EXCHANGES);
  recorded_clear (&recorded);
}

/* ---- What they make a profile of ------------------------------------------------------------------- */

static const struct
{
  const char *name;
  gint64 seen, ended, polls;
} profiled[] = {
  { "counted", 1, 0, TURNS + 1 },
  { "brief", BRIEF, BRIEF, BRIEF },
  { "panics", 1, 1, 2 },
};

/* (nullable) */
static JsonObject *
find_tasks (JsonArray *tasks, const char *name)
{
  for (guint i = 0; i < json_array_get_length (tasks); i++)
    if (g_str_equal (
            json_object_get_string_member (json_array_get_object_element (tasks, i), "name"), name))
      return json_array_get_object_element (tasks, i);
  return NULL;
}

/* (transfer full): the tasks of a profile, as record() makes one */
static JsonArray *
profile (const char *program, const char *threads)
{
  JsonArray *tasks = NULL;

  for (guint i = 0; i < MAX_TRIES && (tasks == NULL || find_tasks (tasks, "brief") == NULL); i++)
    {
      g_autoptr (JsonNode) root = NULL;
      JsonArray *programs;
      RunResult result;

      g_clear_pointer (&tasks, json_array_unref);
      run_plain (&result, PROGRAM ("profile", "--format=json", "--output", "-", "--", program,
                                   "once", threads));
      g_assert_cmpint (result.status, ==, 0);
      g_test_message ("%s", result.out);
      root = json_from_string (result.out, NULL);
      g_assert_nonnull (root);
      programs = json_object_get_array_member (json_node_get_object (root), "programs");
      tasks = json_array_ref (
          json_object_get_array_member (json_array_get_object_element (programs, 0), "tasks"));
      run_result_clear (&result);
    }
  return tasks;
}

static void
test_profile (gconstpointer data)
{
  const TokioCase *test = data;
  g_autofree char *program = build_tokio (test);
  g_autoptr (JsonArray) tasks = NULL;

  if (program == NULL)
    return;
  tasks = profile (program, test->threads);
  for (guint i = 0; i < G_N_ELEMENTS (profiled); i++)
    {
      JsonObject *found = find_tasks (tasks, profiled[i].name);

      g_assert_nonnull (found);
      g_assert_cmpint (json_object_get_int_member (found, "seen"), ==, profiled[i].seen);
      g_assert_cmpint (json_object_get_int_member (found, "ended"), ==, profiled[i].ended);
      g_assert_cmpint (json_object_get_int_member (found, "polls"), ==, profiled[i].polls);
    }
}

/* ---- async-task ----------------------------------------------------------------------------------- */

static void
test_async_task (gconstpointer runtime)
{
  g_autofree char *program = run_cargo_program (PROJECT, "smol-turns");
  g_autofree char *outer = NULL;
  g_autofree char *parent = NULL;
  Recorded recorded;

  if (run_cargo_is_missing (why_skipped))
    return;
  record (&recorded, PROGRAM (program, runtime));
  g_assert_cmpuint (count (&recorded, "poll", "counted", NULL, NULL), ==, TURNS + 1);
  g_assert_cmpuint (count (&recorded, "task", "brief", NULL, NULL), ==, BRIEF);
  g_assert_cmpuint (count (&recorded, "poll", "brief", NULL, NULL), ==, BRIEF);
  g_assert_cmpuint (count (&recorded, "poll", "pong", NULL, NULL), >, 1);
  outer = dup_field (&recorded, "outer", "task");
  parent = dup_field (&recorded, "inner", "parent");
  g_assert_cmpstr (parent, ==, outer);
  g_assert_cmpuint (count_wakes (&recorded), >=, 2 * TURNS);
  recorded_clear (&recorded);
}

/* ---- One that runs already -------------------------------------------------------------------------- */

/* Of the data of its own file that is read only once it has begun. */
static char *
dup_checksum (const char *pid)
{
  g_autofree char *link = g_strdup_printf ("/proc/%s/exe", pid);
  g_autofree char *maps = g_strdup_printf ("/proc/%s/maps", pid);
  g_autofree char *memory = g_strdup_printf ("/proc/%s/mem", pid);
  g_autofree char *file = g_file_read_link (link, NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  int fd = open (memory, O_RDONLY | O_CLOEXEC);
  guint n = 0;

  g_assert_cmpint (fd, >=, 0);
  g_assert_true (g_file_get_contents (maps, &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      char *end;
      guint64 from = g_ascii_strtoull (lines[i], &end, 16);
      guint64 to = *end == '-' ? g_ascii_strtoull (end + 1, NULL, 16) : from;
      g_autofree guint8 *bytes = g_malloc (to - from + 1);

      if (!g_str_has_suffix (lines[i], file) || strstr (lines[i], " r--p ") == NULL)
        continue;
      g_assert_cmpint (pread (fd, bytes, to - from, (off_t)from), ==, (gssize)(to - from));
      g_checksum_update (checksum, bytes, (gssize)(to - from));
      n++;
    }
  close (fd);
  g_assert_cmpuint (n, >, 0);
  return g_strdup (g_checksum_get_string (checksum));
}

/* "..., 5,277,380 events, 0 lost" */
static guint64
get_events (const char *report)
{
  guint64 n = 0;
  const char *at = strstr (report, " lost");

  at = at != NULL ? g_strrstr_len (report, at - report, " events") : NULL;
  while (at != NULL && at > report && (g_ascii_isdigit (at[-1]) || at[-1] == ','))
    at--;
  for (; at != NULL && (g_ascii_isdigit (*at) || *at == ','); at++)
    if (*at != ',')
      n = n * 10 + (guint64)(*at - '0');
  return n;
}

static void
test_attach (void)
{
  g_autofree char *program = run_cargo_program (PROJECT, "tokio-turns");
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GDataInputStream) output = NULL;
  g_autofree char *line = NULL;
  g_autofree char *before = NULL;
  const char *pid;

  if (run_cargo_is_missing (why_skipped))
    return;
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
                              NULL, program, "ever", "2", NULL);
  g_assert_nonnull (process);
  pid = g_subprocess_get_identifier (process);
  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (output, NULL, NULL, NULL);
  g_assert_cmpstr (line, ==, "ready");
  before = dup_checksum (pid);
  /* On a machine that is busy the time may be over before it has begun. */
  for (guint i = 0, n_seen = 0; n_seen < 2; i++)
    {
      g_autofree char *after = NULL;
      RunResult result;

      g_assert_cmpuint (i, <, 8);

      run_plain (&result, PROGRAM ("attach", "--for", "4s", "--output", "-", "--pid", pid));
      g_test_message ("%s%s", result.out, result.err);
      /* A look from outside makes but a few of them. */
      n_seen += get_events (result.out) > 1000;
      run_result_clear (&result);
      after = dup_checksum (pid);
      g_assert_cmpstr (after, ==, before);
    }
  /* The signal is sent by another thread. */
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  why_skipped = run_cargo_build (PROJECT, PROGRAM ("--bins"));
  for (guint i = 0; i < G_N_ELEMENTS (tokio_cases); i++)
    {
      g_autofree char *counts = g_strconcat ("/run/rust-live/tokio/", tokio_cases[i].name, NULL);
      g_autofree char *profile = g_strconcat ("/run/rust-live/profile/", tokio_cases[i].name, NULL);

      g_test_add_data_func (counts, &tokio_cases[i], test_tokio);
      g_test_add_data_func (profile, &tokio_cases[i], test_profile);
    }
  g_test_add_data_func ("/run/rust-live/smol", "smol", test_async_task);
  g_test_add_data_func ("/run/rust-live/async-std", "async-std", test_async_task);
  g_test_add_func ("/run/rust-live/attach-leaves-it-as-it-was", test_attach);
  return g_test_run ();
}
