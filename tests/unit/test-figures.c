/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A profile as a view reads it: tables, charts, frozen, and of a stretch of a recording. */

#include <string.h>
#include <glib/gstdio.h>

#include "profile-story.h"

static gint64
get_figure (const InspectorProfileRow *row, InspectorProfileTable of, const char *id)
{
  const InspectorProfileColumn *columns;
  guint n;

  columns = inspector_profile_table_get_columns (of, &n);
  g_assert_cmpuint (n, <=, INSPECTOR_PROFILE_MAX_COLUMNS);
  for (guint i = 0; i < n; i++)
    if (g_str_equal (columns[i].id, id))
      return row->figures[i];
  g_assert_not_reached ();
}

/* Within the error of percentiles. */
static void
assert_about (gint64 is, gint64 wanted)
{
  g_assert_cmpint (ABS (is - wanted), <=, wanted / 100);
}

static void
assert_fetch (const InspectorProfileRow *row)
{
  const InspectorProfileTable of = INSPECTOR_PROFILE_OPERATIONS;

  g_assert_cmpstr (row->name, ==, "fetch");
  g_assert_cmpstr (row->place, ==, "fetch at app.c:30");
  g_assert_cmpstr (row->file, ==, "/src/app.c");
  g_assert_cmpuint (row->line, ==, 30);
  g_assert_cmpint (row->pid, ==, STORY_PID);
  g_assert_false (row->is_minor);
  g_assert_cmpint (get_figure (row, of, "count"), ==, 2);
  g_assert_cmpint (get_figure (row, of, "total_ns"), ==, 8 * STORY_SECOND);
  g_assert_cmpint (get_figure (row, of, "share"), ==, 1000000);
  g_assert_cmpint (get_figure (row, of, "mean_ns"), ==, 4 * STORY_SECOND);
  assert_about (get_figure (row, of, "p50_ns"), 2 * STORY_SECOND);
  assert_about (get_figure (row, of, "p99_ns"), 6 * STORY_SECOND);
  g_assert_cmpint (get_figure (row, of, "max_ns"), ==, 6 * STORY_SECOND);
  g_assert_cmpint (get_figure (row, of, "pending"), ==, 0);
}

static void
test_operations (void)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  g_autoptr (InspectorFigures) figures = inspector_profile_build_figures (profile);

  g_assert_cmpuint (inspector_figures_get_n_programs (figures), ==, 1);
  g_assert_nonnull (strstr (inspector_figures_get_program (figures, 0), "app"));
  g_assert_null (inspector_figures_get_program (figures, 1));
  g_assert_null (inspector_figures_get_note (figures, 0));
  g_assert_cmpuint (inspector_figures_get_n_rows (figures, INSPECTOR_PROFILE_OPERATIONS), ==, 1);
  assert_fetch (inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 0));
  g_assert_null (inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 1));
}

/* A row leads to the task that took longest. */
static void
test_the_slowest (void)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  g_autoptr (InspectorFigures) figures = inspector_profile_build_figures (profile);
  InspectorHistory *history = inspector_session_get_history (session);
  const InspectorProfileRow *row =
      inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 0);
  guint slow, other;

  g_assert_cmphex (row->task, ==, STORY_SLOW);
  g_assert_cmpint (row->at_ns, ==, 4 * STORY_SECOND);
  g_assert_cmpint (row->took_ns, ==, 6 * STORY_SECOND);
  g_assert_true (inspector_history_find_task (history, row->pid, row->task, row->at_ns, &slow));
  g_assert_true (inspector_history_find_track (history, 3, &other));
  g_assert_cmpuint (slow, ==, other);
  g_assert_false (
      inspector_history_find_task (history, row->pid + 1, row->task, row->at_ns, &slow));
  g_assert_false (inspector_history_find_task (history, row->pid, row->task, 0, &slow));
}

static void
test_tables (void)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  g_autoptr (InspectorFigures) figures = inspector_profile_build_figures (profile);
  const InspectorProfileRow *tasks = NULL, *path;

  for (guint i = 0; i < INSPECTOR_PROFILE_N_TABLES; i++)
    g_assert_cmpuint (strlen (inspector_profile_table_get_title (i)), >, 0);
  for (guint i = 0; i < inspector_figures_get_n_rows (figures, INSPECTOR_PROFILE_TASKS); i++)
    if (g_str_equal (inspector_figures_get_row (figures, INSPECTOR_PROFILE_TASKS, i)->name,
                     "handle"))
      tasks = inspector_figures_get_row (figures, INSPECTOR_PROFILE_TASKS, i);
  g_assert_nonnull (tasks);
  g_assert_cmpint (get_figure (tasks, INSPECTOR_PROFILE_TASKS, "count"), ==, 2);
  g_assert_cmpint (get_figure (tasks, INSPECTOR_PROFILE_TASKS, "running_ns"), ==, 2 * STORY_SECOND);
  g_assert_cmpint (get_figure (tasks, INSPECTOR_PROFILE_TASKS, "waiting_ns"), ==, 8 * STORY_SECOND);
  g_assert_cmphex (tasks->task, ==, STORY_SLOW);
  path = inspector_figures_get_row (figures, INSPECTOR_PROFILE_PATHS, 0);
  g_assert_nonnull (path);
  g_assert_nonnull (strstr (path->name, "handle"));
  g_assert_cmpint (get_figure (path, INSPECTOR_PROFILE_PATHS, "tasks"), ==, 2);
}

static void
test_charts (void)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  g_autoptr (InspectorFigures) figures = inspector_profile_build_figures (profile);
  const InspectorProfileChart *chart = inspector_figures_get_chart (figures, 0);
  guint64 n = 0;

  g_assert_nonnull (chart);
  g_assert_cmpuint (strlen (chart->title), >, 0);
  g_assert_cmpuint (strlen (chart->figures), >, 0);
  for (guint i = 0; i < chart->n_bars; i++)
    n += chart->bars[i].count;
  g_assert_cmpuint (n, ==, 3); /* callbacks */
}

/* ---- Frozen ------------------------------------------------------------------------------------ */

static gpointer
build_elsewhere (gpointer data)
{
  g_autoptr (InspectorProfile) frozen = data;

  return inspector_profile_build_figures (frozen);
}

static void
test_frozen (void)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  InspectorProfile *frozen = inspector_profile_freeze (profile);
  g_autofree char *before = inspector_profile_to_json (profile);
  g_autofree char *after = inspector_profile_to_json (frozen);
  g_autoptr (InspectorFigures) figures = NULL;

  g_assert_cmpstr (before, ==, after);
  inspector_profile_update (frozen); /* says what it said */
  g_clear_object (&profile);
  g_clear_object (&session);
  figures = g_thread_join (g_thread_new ("figures", build_elsewhere, frozen));
  assert_fetch (inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 0));
}

/* ---- A stretch --------------------------------------------------------------------------------- */

typedef struct
{
  char *folder, *path;
} Fixture;

static void
setup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = NULL;

  fixture->folder = g_dir_make_tmp ("figures-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->folder, "story.airec", NULL);
  session = profile_story_open (fixture->path, &profile);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static void
test_read_all (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorProfile) profile =
      inspector_profile_read (fixture->path, 0, -1, NULL, &error);
  g_autoptr (InspectorFigures) figures = NULL;

  g_assert_no_error (error);
  figures = inspector_profile_build_figures (profile);
  assert_fetch (inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 0));
}

/* What ended before counts not, nor does what ended later. */
static void
test_read_stretch (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorProfile) late =
      inspector_profile_read (fixture->path, 6 * STORY_SECOND, 12 * STORY_SECOND, NULL, &error);
  g_autoptr (InspectorProfile) early =
      inspector_profile_read (fixture->path, 0, 6 * STORY_SECOND, NULL, &error);
  g_autoptr (InspectorFigures) figures = inspector_profile_build_figures (late);
  const InspectorProfileRow *row =
      inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 0);

  g_assert_no_error (error);
  g_assert_cmpint (get_figure (row, INSPECTOR_PROFILE_OPERATIONS, "count"), ==, 1);
  g_assert_cmpint (row->took_ns, ==, 6 * STORY_SECOND);
  g_clear_object (&figures);
  figures = inspector_profile_build_figures (early);
  row = inspector_figures_get_row (figures, INSPECTOR_PROFILE_OPERATIONS, 0);
  g_assert_cmpint (get_figure (row, INSPECTOR_PROFILE_OPERATIONS, "count"), ==, 1);
  g_assert_cmpint (get_figure (row, INSPECTOR_PROFILE_OPERATIONS, "total_ns"), ==,
                   2 * STORY_SECOND);
}

static void
test_read_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  g_assert_null (inspector_profile_read (fixture->path, 0, -1, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_clear_error (&error);
  g_assert_null (inspector_profile_read (fixture->folder, 0, -1, NULL, &error));
  g_assert_nonnull (error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figures/operations", test_operations);
  g_test_add_func ("/figures/lead-to-the-slowest-task", test_the_slowest);
  g_test_add_func ("/figures/tables", test_tables);
  g_test_add_func ("/figures/charts", test_charts);
  g_test_add_func ("/figures/of-a-frozen-profile-in-a-thread", test_frozen);
  g_test_add ("/figures/of-a-recording", Fixture, NULL, setup, test_read_all, teardown);
  g_test_add ("/figures/of-a-stretch", Fixture, NULL, setup, test_read_stretch, teardown);
  g_test_add ("/figures/of-nothing", Fixture, NULL, setup, test_read_nothing, teardown);
  return g_test_run ();
}
