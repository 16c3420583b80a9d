/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the timeline is made of besides its pictures: places, rows, ticks, what is found and counted. */

#include <glib/gstdio.h>
#include <string.h>

#include "causes.h"
#include "density.h"
#include "order.h"
#include "search.h"
#include "ticks.h"
#include "timeline-fixture.h"
#include "trail.h"

/* ---- Viewport ------------------------------------------------------------------------------------ */

static void
test_zoom_keeps_place (void)
{
  TimelineViewport viewport = {
    .origin_ns = 1000, .ns_per_column = 1000, .width = 800, .height = 100, .row_height = 20
  };
  gint64 at_ns = timeline_viewport_get_time (&viewport, 300);

  for (int i = 0; i < 200; i++)
    {
      double was = (double)viewport.ns_per_column;

      timeline_viewport_zoom (&viewport, 300, was * (i < 100 ? 1.07 : 1 / 1.07));
      g_assert_cmpint (ABS (timeline_viewport_get_time (&viewport, 300) - at_ns), <=,
                       viewport.ns_per_column);
      at_ns = timeline_viewport_get_time (&viewport, 300);
    }
  /* The smallest steps lead somewhere. */
  viewport.ns_per_column = 1;
  timeline_viewport_zoom (&viewport, 0, 1.2);
  g_assert_cmpint (viewport.ns_per_column, ==, 2);
  timeline_viewport_zoom (&viewport, 0, 0.1);
  g_assert_cmpint (viewport.ns_per_column, ==, 1);
}

static void
test_show_time (void)
{
  TimelineViewport viewport = {
    .ns_per_column = 10, .width = 100, .height = 100, .row_height = 20
  };

  /* What is pointed at does not run away. */
  timeline_viewport_show_time (&viewport, 5);
  timeline_viewport_show_time (&viewport, 999);
  g_assert_cmpint (viewport.column, ==, 0);
  timeline_viewport_show_time (&viewport, 1000);
  g_assert_cmpint (viewport.column, ==, 10);
  timeline_viewport_show_time (&viewport, 99);
  g_assert_cmpint (viewport.column, ==, -1);
}

static void
test_clamp (void)
{
  TimelineViewport viewport = { .origin_ns = 0,
                                .ns_per_column = 1,
                                .width = 100,
                                .height = 100,
                                .row_height = 20,
                                .top = 5000,
                                .column = -1000000 };

  timeline_viewport_clamp (&viewport, 0, 100000, 8);
  g_assert_cmpint (viewport.top, ==, 60);
  g_assert_cmpint (timeline_viewport_get_to (&viewport), ==, 10);
  viewport.ns_per_column = G_GINT64_CONSTANT (1) << 50;
  timeline_viewport_clamp (&viewport, 0, 100000, 3);
  g_assert_cmpint (viewport.ns_per_column, <, 5000);
  g_assert_cmpint (viewport.top, ==, 0);
}

static void
test_rows_of_pixels (void)
{
  TimelineViewport viewport = {
    .ns_per_column = 1, .width = 10, .height = 100, .row_height = 20, .top = 50, .n_pinned = 2
  };

  g_assert_cmpuint (timeline_viewport_get_row (&viewport, 0), ==, 0);
  g_assert_cmpuint (timeline_viewport_get_row (&viewport, 39), ==, 1);
  g_assert_cmpuint (timeline_viewport_get_row (&viewport, 40), ==, 4);
  g_assert_cmpint (timeline_viewport_get_y (&viewport, 1), ==, 20);
  g_assert_cmpint (timeline_viewport_get_y (&viewport, 4), ==, 30);
  timeline_viewport_show_row (&viewport, 4);
  g_assert_cmpint (timeline_viewport_get_y (&viewport, 4), ==, 40);
  timeline_viewport_show_row (&viewport, 9);
  g_assert_cmpint (timeline_viewport_get_y (&viewport, 9), ==, 80);
}

static void
test_trail (void)
{
  TimelineTrail trail;
  TimelineViewport here = { .column = 1, .ns_per_column = 1 };

  timeline_trail_init (&trail);
  g_assert_false (timeline_trail_go_back (&trail, &here));
  for (gint64 i = 0; i < 3; i++)
    {
      timeline_trail_leave (&trail, &here, 1000000 + i * 1000); /* one movement */
      here.column = 10 + i;
    }
  timeline_trail_leave (&trail, &here, 5000000);
  here.column = 100;
  g_assert_true (timeline_trail_go_back (&trail, &here));
  g_assert_cmpint (here.column, ==, 12);
  g_assert_true (timeline_trail_go_back (&trail, &here));
  g_assert_cmpint (here.column, ==, 1);
  g_assert_false (timeline_trail_go_back (&trail, &here));
  g_assert_true (timeline_trail_go_forth (&trail, &here));
  g_assert_true (timeline_trail_go_forth (&trail, &here));
  g_assert_cmpint (here.column, ==, 100);
  timeline_trail_go_back (&trail, &here);
  timeline_trail_leave (&trail, &here, 9000000);
  g_assert_false (timeline_trail_go_forth (&trail, &here));
  timeline_trail_clear (&trail);
}

static void
test_ticks (void)
{
  static const struct
  {
    gint64 least, step, at, most;
    const char *label;
  } cases[] = {
    { 3, 5, 15, 100, "15 ns" },
    { 30000, 50000, 1250000, 1500000, "1.25 ms" },
    { 130000000, 200000000, 1200000000, G_GINT64_CONSTANT (5000000000), "1.2 s" },
    { G_GINT64_CONSTANT (11000000000), G_GINT64_CONSTANT (15000000000),
      G_GINT64_CONSTANT (11115000000000), G_GINT64_CONSTANT (12000000000000), "3:05:15" },
    { 1000000, 1000000, G_GINT64_CONSTANT (125001000000), G_GINT64_CONSTANT (126000000000),
      "2:05.001" },
    { 1, 1, 0, 10, "0 ns" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gint64 step = timeline_ticks_get_step (cases[i].least);
      g_autofree char *label = timeline_ticks_dup_label (cases[i].at, step, cases[i].most);

      g_assert_cmpint (step, ==, cases[i].step);
      g_assert_cmpstr (label, ==, cases[i].label);
    }
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

static void
assert_rows (TimelineFixture *f, const char *expected)
{
  g_autoptr (GString) said = g_string_new (NULL);
  guint n;
  const TimelineRow *rows = timeline_rows_get (f->rows, &n);

  for (guint i = 0; i < n; i++)
    {
      guint found;

      g_string_append_printf (said, "%s%.*s%d", i > 0 ? " " : "", rows[i].depth, "-----",
                              (int)rows[i].track);
      if (rows[i].track != G_MAXUINT)
        {
          g_assert_true (timeline_rows_find (f->rows, rows[i].track, &found));
          g_assert_cmpuint (found, ==, i);
        }
    }
  g_assert_cmpstr (said->str, ==, expected);
}

static void
test_rows (TimelineFixture *f, gconstpointer data)
{
  guint row;

  assert_rows (f, "0 1 2 3");
  timeline_rows_set_grouping (f->rows, TIMELINE_GROUP_PARENT);
  assert_rows (f, "0 -3 1 2");
  timeline_rows_toggle_folded (f->rows, 0);
  assert_rows (f, "0 1 2");
  timeline_rows_reveal (f->rows, STORY_CHILD);
  assert_rows (f, "0 -3 1 2");
  g_assert_true (timeline_rows_move (f->rows, STORY_BUSY, 1));
  assert_rows (f, "1 0 -3 2");
  g_assert_false (timeline_rows_move (f->rows, STORY_CHILD, 1));
  timeline_rows_set_pinned (f->rows, STORY_BRIEF, TRUE);
  timeline_rows_set_pinned (f->rows, STORY_CHILD, TRUE);
  assert_rows (f, "2 3 1 0");
  g_assert_true (timeline_rows_move (f->rows, STORY_CHILD, -1));
  assert_rows (f, "3 2 1 0");
  timeline_rows_hide (f->rows, STORY_CHILD);
  timeline_rows_hide (f->rows, STORY_MIXED);
  assert_rows (f, "2 0");
  g_assert_false (timeline_rows_find (f->rows, STORY_CHILD, &row));
  g_assert_cmpuint (timeline_rows_get_n_hidden (f->rows), ==, 2);
  timeline_rows_show_hidden (f->rows);
  assert_rows (f, "2 1 0 -3");
  timeline_rows_set_pinned (f->rows, STORY_BRIEF, FALSE);
  timeline_rows_set_grouping (f->rows, TIMELINE_GROUP_NONE);
  timeline_rows_set_order (f->rows, TIMELINE_ORDER_BLOCKED);
  assert_rows (f, "1 0 2 3");
  timeline_rows_set_order (f->rows, TIMELINE_ORDER_LIFE);
  assert_rows (f, "3 0 1 2"); /* it goes on until the test runs */
  timeline_rows_set_grouping (f->rows, TIMELINE_GROUP_PROGRAM);
  assert_rows (f, "-1 -3 -0 -1 -2");
  timeline_rows_toggle_folded (f->rows, 0);
  assert_rows (f, "-1");
}

/* What is no task of the program is a group at its end, however tasks are grouped. */
static void
test_processes (void)
{
  TimelineFixture f = { NULL };
  const TimelineRow *rows;
  guint n;

  f.session = timeline_story_tell_processes (&f.history);
  f.rows = timeline_rows_new (f.history);
  g_assert_true (timeline_rows_update (f.rows));
  assert_rows (&f, "0 3 -1 -1 -2");
  rows = timeline_rows_get (f.rows, &n);
  g_assert_true (timeline_rows_get_group (f.rows, rows[2].group)->is_of_processes);
  g_assert_cmpuint (timeline_rows_get_group (f.rows, rows[2].group)->n_tasks, ==, 2);
  g_assert_false (timeline_rows_is_process (f.rows, STORY_SECOND));
  timeline_rows_set_grouping (f.rows, TIMELINE_GROUP_PARENT);
  assert_rows (&f, "0 -3 -1 -1 -2");
  timeline_rows_set_grouping (f.rows, TIMELINE_GROUP_RUNTIME);
  assert_rows (&f, "-1 -0 -3 -1 -1 -2");
  timeline_rows_toggle_folded (f.rows, 3);
  assert_rows (&f, "-1 -0 -3 -1");
  timeline_rows_reveal (f.rows, STORY_OTHER_PROCESS);
  assert_rows (&f, "-1 -0 -3 -1 -1 -2");
  timeline_rows_set_grouping (f.rows, TIMELINE_GROUP_NONE);
  timeline_rows_set_pinned (f.rows, STORY_OTHER_PROCESS, TRUE);
  assert_rows (&f, "2 0 3 -1 -1");
  timeline_rows_hide (f.rows, STORY_PROCESS);
  assert_rows (&f, "2 0 3");
  g_assert_false (timeline_rows_update (f.rows));
  timeline_rows_free (f.rows);
  g_object_unref (f.session);
}

/* ---- Search and density -------------------------------------------------------------------------- */

static void
assert_found (TimelineFixture *f, const char *text, const char *expected)
{
  TimelineSearch *search = timeline_search_new (f->history, text);
  g_autoptr (GString) said = g_string_new (NULL);

  while (timeline_search_go_on (search, 0))
    ;
  for (guint i = 0; i < STORY_N_TASKS; i++)
    if (g_hash_table_contains (search->found, GUINT_TO_POINTER (i)))
      g_string_append_printf (said, "%u", i);
  g_assert_cmpstr (said->str, ==, expected);
  timeline_search_free (search);
}

static void
test_search (TimelineFixture *f, gconstpointer data)
{
  TimelineSearch *search = timeline_search_new (f->history, "state:blocked");
  InspectorSpan span;

  assert_found (f, "", "");
  assert_found (f, "load", "0123"); /* where each of them began */
  assert_found (f, "LOAD #2", "1");
  assert_found (f, "state:blocked", "01");
  assert_found (f, "state:sleeping load", "1");
  assert_found (f, "state:nonsense", "");
  g_assert_true (timeline_search_find_span (search, STORY_BUSY, STORY_MS (0), &span));
  g_assert_cmpint (span.begin_ns, ==, STORY_MS (1505));
  g_assert_cmpint (span.end_ns, ==, STORY_MS (1505) + 1000);
  /* There is no other one: round again. */
  g_assert_false (timeline_search_find_span (search, STORY_BUSY, STORY_MS (1505), &span));
  g_assert_cmpint (span.begin_ns, ==, STORY_MS (1505));
  timeline_search_free (search);
}

typedef struct
{
  GMainLoop *loop;
  TimelineDensity *density;
} Counted;

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  Counted *counted = data;

  counted->density = timeline_density_count_finish (result);
  g_main_loop_quit (counted->loop);
}

/* The whole is the sum of its parts, and what was blocked for a moment is seen in it. */
static void
test_density (TimelineFixture *f, gconstpointer data)
{
  Counted counted = { g_main_loop_new (NULL, FALSE), NULL };
  TimelineSheet sheet = { g_new0 (guint32, 60 * 20), 60, 20, 60 };
  gint64 blocked_ns = 0, running_ns = 0;
  guint n_blocked = 0;
  int column = 60 * 1505 / STORY_END_MS;

  timeline_density_count_async (f->history, STORY_MS (0), STORY_MS (STORY_END_MS), 60, NULL,
                                on_counted, &counted);
  g_main_loop_run (counted.loop);
  for (guint i = 0; i < counted.density->n; i++)
    {
      blocked_ns += counted.density->sums[i * INSPECTOR_N_STATES + INSPECTOR_STATE_BLOCKED];
      running_ns += counted.density->sums[i * INSPECTOR_N_STATES + INSPECTOR_STATE_RUNNING];
    }
  g_assert_cmpint (blocked_ns, ==, 400 * G_GINT64_CONSTANT (1000000) + 1000);
  g_assert_cmpint (running_ns, ==, 300 * G_GINT64_CONSTANT (1000000));
  timeline_density_draw (counted.density, &f->ink, &sheet);
  for (int y = 0; y < sheet.height; y++)
    n_blocked += timeline_fixture_is_of (f, sheet.pixels[y * sheet.stride + column],
                                         INSPECTOR_STATE_BLOCKED);
  g_assert_cmpuint (n_blocked, >=, 2);
  g_free (sheet.pixels);
  timeline_density_free (counted.density);
  g_main_loop_unref (counted.loop);
}

/* ---- Who woke whom ------------------------------------------------------------------------------- */

typedef struct
{
  GMainLoop *loop;
  TimelineCauses *causes;
  InspectorCause cause;
  gboolean is_found;
} Told;

static void
on_causes (GObject *source, GAsyncResult *result, gpointer data)
{
  Told *told = data;

  told->causes = timeline_causes_find_finish (result);
  g_main_loop_quit (told->loop);
}

static void
on_step (GObject *source, GAsyncResult *result, gpointer data)
{
  Told *told = data;

  told->is_found = timeline_causes_step_finish (result, &told->cause);
  g_main_loop_quit (told->loop);
}

static void
assert_step (TimelineFixture *f, guint track, int at_ms, gboolean forth, int expected_ms)
{
  Told told = { g_main_loop_new (NULL, FALSE) };
  InspectorTrack info;

  inspector_history_get_track (f->history, track, &info);
  timeline_causes_step_async (f->history, info.number, STORY_MS (at_ms), forth, NULL, on_step,
                              &told);
  g_main_loop_run (told.loop);
  g_main_loop_unref (told.loop);
  g_assert_cmpint (told.is_found, ==, expected_ms >= 0);
  if (expected_ms >= 0)
    g_assert_cmpint (told.cause.at_ns, ==, STORY_MS (expected_ms));
}

static void
test_causes (TimelineFixture *f, gconstpointer data)
{
  Told told = { g_main_loop_new (NULL, FALSE) };
  InspectorTrack busy, child;
  const InspectorCause *cause;

  inspector_history_get_track (f->history, STORY_BUSY, &busy);
  inspector_history_get_track (f->history, STORY_CHILD, &child);
  timeline_causes_find_async (f->history, child.number, STORY_MS (0), STORY_MS (STORY_END_MS), NULL,
                              on_causes, &told);
  g_main_loop_run (told.loop);
  g_main_loop_unref (told.loop);
  g_assert_cmpuint (told.causes->n, ==, 1);
  cause = &g_array_index (told.causes->causes, InspectorCause, 0);
  g_assert_cmpuint (cause->from, ==, busy.number);
  g_assert_cmpint (cause->at_ns, ==, STORY_MS (1000));
  timeline_causes_free (told.causes);
  assert_step (f, STORY_CHILD, 2900, FALSE, 1000);
  assert_step (f, STORY_CHILD, 1000, FALSE, 1000);
  assert_step (f, STORY_CHILD, 999, FALSE, -1);
  assert_step (f, STORY_BUSY, 0, TRUE, 1000);
  assert_step (f, STORY_BUSY, 1001, TRUE, -1);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timeline/viewport/zoom-keeps-place", test_zoom_keeps_place);
  g_test_add_func ("/timeline/viewport/show-time", test_show_time);
  g_test_add_func ("/timeline/viewport/clamp", test_clamp);
  g_test_add_func ("/timeline/viewport/rows", test_rows_of_pixels);
  g_test_add_func ("/timeline/rows/processes", test_processes);
  g_test_add_func ("/timeline/trail", test_trail);
  g_test_add_func ("/timeline/ticks", test_ticks);
  g_test_add ("/timeline/rows", TimelineFixture, NULL, timeline_fixture_setup, test_rows,
              timeline_fixture_teardown);
  g_test_add ("/timeline/search", TimelineFixture, NULL, timeline_fixture_setup, test_search,
              timeline_fixture_teardown);
  g_test_add ("/timeline/density", TimelineFixture, NULL, timeline_fixture_setup, test_density,
              timeline_fixture_teardown);
  g_test_add ("/timeline/causes", TimelineFixture, NULL, timeline_fixture_setup, test_causes,
              timeline_fixture_teardown);
  return g_test_run ();
}
