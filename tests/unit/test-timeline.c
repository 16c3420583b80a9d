/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The drawing of time: a function of what happened and of the viewport, which needs no display. Pictures
 * are in timeline/; with TIMELINE_WRITE_PICTURES set they are made anew, and looked at by whoever did. */

#include <cairo.h>
#include <glib/gstdio.h>
#include <string.h>

#include "causes.h"
#include "density.h"
#include "ink.h"
#include "order.h"
#include "raster.h"
#include "rows.h"
#include "search.h"
#include "sheets.h"
#include "ticks.h"
#include "timeline-story.h"
#include "trail.h"
#include "viewport.h"

#define WIDTH 320
#define HEIGHT 120
#define ROW 22

/* Fixed ones: the app may choose others, and that is no fault of what is drawn. */
static const UiStateLook looks[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_NONE] = { 0xfafafa, 0x242424, UI_PATTERN_PLAIN },
  [INSPECTOR_STATE_RUNNING] = { 0x009e73, 0x2fc498, UI_PATTERN_PLAIN },
  [INSPECTOR_STATE_READY] = { 0xe69f00, 0xf0b429, UI_PATTERN_DOTS },
  [INSPECTOR_STATE_WAITING] = { 0x56b4e9, 0x4a9fd4, UI_PATTERN_STRIPES },
  [INSPECTOR_STATE_SLEEPING] = { 0xb8c4ce, 0x5f6b75, UI_PATTERN_FALLING },
  [INSPECTOR_STATE_RESTING] = { 0xdfe3e6, 0x3d4348, UI_PATTERN_PLAIN },
  [INSPECTOR_STATE_BLOCKED] = { 0xd55e00, 0xf07a28, UI_PATTERN_CROSS },
};

typedef struct
{
  InspectorSession *session;
  InspectorHistory *history;
  TimelineRows *rows;
  TimelineViewport viewport;
  TimelineInk ink;
  TimelineRaster *raster;
  gint64 last_ns;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  gint64 first_ns;

  f->session = timeline_story_tell (&f->history);
  f->rows = timeline_rows_new (f->history);
  timeline_rows_update (f->rows);
  g_assert_true (inspector_history_get_range (f->history, &first_ns, &f->last_ns));
  f->last_ns = STORY_MS (STORY_END_MS); /* and not the time at which the test runs */
  f->viewport = (TimelineViewport){
    .origin_ns = first_ns, .ns_per_column = 1, .width = WIDTH, .height = HEIGHT, .row_height = ROW
  };
  timeline_ink_mix (&f->ink, looks, FALSE, 0.28);
  f->raster = timeline_raster_new ();
}

static void
teardown (Fixture *f, gconstpointer data)
{
  timeline_raster_free (f->raster);
  timeline_rows_free (f->rows);
  g_object_unref (f->session);
}

static guint32 *
draw (Fixture *f, TimelineSheet *sheet)
{
  guint n;
  const TimelineRow *rows = timeline_rows_get (f->rows, &n);

  *sheet = (TimelineSheet){ g_new0 (guint32, WIDTH * HEIGHT), WIDTH, HEIGHT, WIDTH };
  timeline_raster_draw (f->raster, f->history, rows, n, &f->viewport, &f->ink, f->last_ns, sheet, 0,
                        0, WIDTH, HEIGHT);
  return sheet->pixels;
}

static gboolean
is_of (const Fixture *f, guint32 pixel, InspectorState state)
{
  for (guint i = 0; i < TIMELINE_TILE * TIMELINE_TILE; i++)
    if (f->ink.tiles[state][i] == pixel)
      return TRUE;
  return FALSE;
}

/* Pixels of @state in the row and the column. */
static guint
count_in (const Fixture *f, const guint32 *pixels, guint row, int column, InspectorState state)
{
  guint n = 0;

  for (int line = 0; line < ROW - 2; line++)
    n += is_of (f, pixels[((int)row * ROW + line) * WIDTH + column], state);
  return n;
}

/* ---- Pictures ------------------------------------------------------------------------------------ */

static void
assert_picture (const guint32 *pixels, const char *name)
{
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "timeline", file, NULL);
  cairo_surface_t *drawn = cairo_image_surface_create_for_data (
      (unsigned char *)pixels, CAIRO_FORMAT_RGB24, WIDTH, HEIGHT, WIDTH * 4);
  cairo_surface_t *kept;
  guint n_other = 0;

  if (g_getenv ("TIMELINE_WRITE_PICTURES") != NULL)
    g_assert_cmpint (cairo_surface_write_to_png (drawn, path), ==, CAIRO_STATUS_SUCCESS);
  kept = cairo_image_surface_create_from_png (path);
  g_assert_cmpint (cairo_surface_status (kept), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpint (cairo_image_surface_get_width (kept), ==, WIDTH);
  g_assert_cmpint (cairo_image_surface_get_height (kept), ==, HEIGHT);
  for (int y = 0; y < HEIGHT; y++)
    {
      const guint32 *line =
          (const guint32 *)(const void *)(cairo_image_surface_get_data (kept) +
                                          y * cairo_image_surface_get_stride (kept));

      for (int x = 0; x < WIDTH; x++)
        n_other += (line[x] & 0xffffff) != (pixels[y * WIDTH + x] & 0xffffff);
    }
  if (n_other > 0)
    {
      g_autofree char *wrong = g_test_build_filename (G_TEST_BUILT, file, NULL);

      cairo_surface_write_to_png (drawn, wrong);
      g_test_message ("%u pixels differ from %s: see %s", n_other, path, wrong);
    }
  cairo_surface_destroy (kept);
  cairo_surface_destroy (drawn);
  g_assert_cmpuint (n_other, ==, 0);
}

typedef struct
{
  const char *name;
  int from_ms, to_ms;
  gboolean is_dark;
  double strength;
} PictureCase;

static const PictureCase pictures[] = {
  { "whole", 0, STORY_END_MS, FALSE, 0.28 },
  { "whole-dark", 0, STORY_END_MS, TRUE, 0.28 },
  { "whole-contrast", 0, STORY_END_MS, FALSE, 0.75 },
  { "close", 1490, 1620, FALSE, 0.28 },
  { "edge", 2900, 3100, FALSE, 0.28 },
};

static void
test_picture (Fixture *f, gconstpointer data)
{
  const PictureCase *picture = data;
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  timeline_ink_mix (&f->ink, looks, picture->is_dark, picture->strength);
  timeline_viewport_fit (&f->viewport, STORY_MS (picture->from_ms), STORY_MS (picture->to_ms));
  pixels = draw (f, &sheet);
  assert_picture (pixels, picture->name);
}

static void
test_picture_tree (Fixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  timeline_rows_set_grouping (f->rows, TIMELINE_GROUP_PROGRAM);
  timeline_rows_set_pinned (f->rows, STORY_CHILD, TRUE);
  f->viewport.n_pinned = 1;
  f->viewport.top = 10;
  timeline_viewport_fit (&f->viewport, STORY_MS (0), STORY_MS (STORY_END_MS));
  pixels = draw (f, &sheet);
  assert_picture (pixels, "pinned");
}

/* ---- What must be seen --------------------------------------------------------------------------- */

/* A microsecond of ten hours. */
static void
test_blocked_sliver (Fixture *f, gconstpointer data)
{
  const gint64 steps_ns[] = { 1, 1000, 100000, STORY_MS (0), G_GINT64_CONSTANT (112500000000) };

  for (guint i = 0; i < G_N_ELEMENTS (steps_ns); i++)
    {
      TimelineSheet sheet;
      g_autofree guint32 *pixels = NULL;
      int column;

      f->viewport.ns_per_column = steps_ns[i];
      f->viewport.column = (STORY_MS (1505) - f->viewport.origin_ns) / steps_ns[i] - 7;
      pixels = draw (f, &sheet);
      column = (int)timeline_viewport_get_x (&f->viewport, STORY_MS (1505));
      g_assert_cmpint (column, ==, 7);
      g_assert_cmpuint (count_in (f, pixels, STORY_BUSY, column, INSPECTOR_STATE_BLOCKED), >, 0);
      if (steps_ns[i] >= 100000)
        g_assert_cmpuint (count_in (f, pixels, STORY_BUSY, column, INSPECTOR_STATE_WAITING), >, 0);
    }
}

/* Half of the time makes half of the height. */
static void
test_proportions (Fixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  f->viewport.ns_per_column = 100000000;
  pixels = draw (f, &sheet);
  g_assert_cmpuint (count_in (f, pixels, STORY_BUSY, 5, INSPECTOR_STATE_RUNNING), ==, 2);
  g_assert_cmpuint (count_in (f, pixels, STORY_BUSY, 5, INSPECTOR_STATE_WAITING), ==, ROW - 4);
}

/* What has ended, has ended, and what goes on fades. */
static void
test_ends (Fixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;
  int end;

  timeline_viewport_fit (&f->viewport, STORY_MS (2900), STORY_MS (3100));
  pixels = draw (f, &sheet);
  end = (int)timeline_viewport_get_x (&f->viewport, STORY_MS (STORY_END_MS)) + 2;
  for (int state = 1; state < INSPECTOR_N_STATES; state++)
    {
      g_assert_cmpuint (count_in (f, pixels, STORY_BUSY, end, (InspectorState)state), ==, 0);
      g_assert_cmpuint (count_in (f, pixels, STORY_CHILD, end + 60, (InspectorState)state), ==, 0);
    }
  g_assert_cmpuint (count_in (f, pixels, STORY_CHILD, end, INSPECTOR_STATE_WAITING), >, ROW / 2);
}

/* Whether spans are looked at one by one or as sums: a state has a pixel where it took time, and none where
 * it did not. */
static void
test_seen_is_what_was (Fixture *f, gconstpointer data)
{
  const gint64 steps_ns[] = { 333, 50000, 1000000, 3700000, 40000000 };

  for (guint i = 0; i < G_N_ELEMENTS (steps_ns); i++)
    {
      TimelineSheet sheet;
      g_autofree guint32 *pixels = NULL;

      f->viewport.ns_per_column = steps_ns[i];
      f->viewport.column = (STORY_MS (1205) - f->viewport.origin_ns) / steps_ns[i] - 100;
      pixels = draw (f, &sheet);
      for (guint track = 0; track < STORY_N_TASKS; track++)
        {
          gint64 sums[WIDTH * INSPECTOR_N_STATES];

          inspector_history_get_coverage (f->history, track,
                                          timeline_viewport_get_from (&f->viewport),
                                          timeline_viewport_get_to (&f->viewport), WIDTH, sums);
          for (int column = 0; column < WIDTH; column++)
            for (int state = 1; state < INSPECTOR_N_STATES; state++)
              /* What fades beyond the end is not known. */
              if (timeline_viewport_get_time (&f->viewport, column + 1) <= f->last_ns)
                g_assert_cmpint (count_in (f, pixels, track, column, (InspectorState)state) > 0, ==,
                                 sums[column * INSPECTOR_N_STATES + state] > 0);
        }
    }
}

static void
test_in_parts (Fixture *f, gconstpointer data)
{
  const gint64 steps_ns[] = { 1000000, 3700000 };

  for (guint i = 0; i < G_N_ELEMENTS (steps_ns); i++)
    {
      TimelineSheet sheet, part = { NULL };
      g_autofree guint32 *pixels = NULL, *parts = NULL;
      guint n;
      const TimelineRow *rows = timeline_rows_get (f->rows, &n);

      f->viewport.ns_per_column = steps_ns[i];
      pixels = draw (f, &sheet);
      part = sheet;
      part.pixels = parts = g_new0 (guint32, WIDTH * HEIGHT);
      for (int x = 0; x < WIDTH; x += 40)
        timeline_raster_draw (f->raster, f->history, rows, n, &f->viewport, &f->ink, f->last_ns,
                              &part, x, 0, 40, HEIGHT);
      g_assert_cmpmem (pixels, sizeof *pixels * WIDTH * HEIGHT, parts,
                       sizeof *parts * WIDTH * HEIGHT);
    }
}

/* ---- Moving what was drawn ----------------------------------------------------------------------- */

static void
test_moved_is_drawn (Fixture *f, gconstpointer data)
{
  static const struct
  {
    int dx, dy;
  } moves[] = { { 0, 0 },  { 7, 0 },     { -31, 0 }, { 0, 9 },     { 0, -3 },
                { 13, 4 }, { -90, -10 }, { 400, 0 }, { -320, 12 }, { 0, 200 } };
  TimelineSheets sheets;
  guint n;
  const TimelineRow *rows;

  timeline_rows_set_grouping (f->rows, TIMELINE_GROUP_PROGRAM);
  timeline_rows_set_pinned (f->rows, STORY_MIXED, TRUE);
  rows = timeline_rows_get (f->rows, &n);
  f->viewport.height = 70;
  f->viewport.n_pinned = 1;
  f->viewport.ns_per_column = 4000000;
  timeline_sheets_init (&sheets);
  for (guint i = 0; i < G_N_ELEMENTS (moves); i++)
    {
      TimelineSheet sheet;
      g_autofree guint32 *pixels = NULL;

      f->viewport.column += moves[i].dx;
      f->viewport.top += moves[i].dy;
      timeline_sheets_draw (&sheets, f->history, rows, n, &f->viewport, &f->ink, f->last_ns, 1);
      pixels = draw (f, &sheet);
      for (int y = 0; y < f->viewport.height; y++)
        g_assert_cmpmem (&sheets.sheets[sheets.current].pixels[y * WIDTH], WIDTH * 4,
                         &pixels[y * WIDTH], WIDTH * 4);
    }
  timeline_sheets_clear (&sheets);
}

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
assert_rows (Fixture *f, const char *expected)
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
test_rows (Fixture *f, gconstpointer data)
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

/* ---- Search and density -------------------------------------------------------------------------- */

static void
assert_found (Fixture *f, const char *text, const char *expected)
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
test_search (Fixture *f, gconstpointer data)
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
test_density (Fixture *f, gconstpointer data)
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
    n_blocked += is_of (f, sheet.pixels[y * sheet.stride + column], INSPECTOR_STATE_BLOCKED);
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
assert_step (Fixture *f, guint track, int at_ms, gboolean forth, int expected_ms)
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
test_causes (Fixture *f, gconstpointer data)
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
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autofree char *path = g_strconcat ("/timeline/picture/", pictures[i].name, NULL);

      g_test_add (path, Fixture, &pictures[i], setup, test_picture, teardown);
    }
  g_test_add ("/timeline/picture/pinned", Fixture, NULL, setup, test_picture_tree, teardown);
  g_test_add ("/timeline/blocked-sliver-is-seen", Fixture, NULL, setup, test_blocked_sliver,
              teardown);
  g_test_add ("/timeline/proportions", Fixture, NULL, setup, test_proportions, teardown);
  g_test_add ("/timeline/ends", Fixture, NULL, setup, test_ends, teardown);
  g_test_add ("/timeline/seen-is-what-was", Fixture, NULL, setup, test_seen_is_what_was, teardown);
  g_test_add ("/timeline/in-parts", Fixture, NULL, setup, test_in_parts, teardown);
  g_test_add ("/timeline/moved-is-drawn", Fixture, NULL, setup, test_moved_is_drawn, teardown);
  g_test_add_func ("/timeline/viewport/zoom-keeps-place", test_zoom_keeps_place);
  g_test_add_func ("/timeline/viewport/show-time", test_show_time);
  g_test_add_func ("/timeline/viewport/clamp", test_clamp);
  g_test_add_func ("/timeline/viewport/rows", test_rows_of_pixels);
  g_test_add_func ("/timeline/trail", test_trail);
  g_test_add_func ("/timeline/ticks", test_ticks);
  g_test_add ("/timeline/rows", Fixture, NULL, setup, test_rows, teardown);
  g_test_add ("/timeline/search", Fixture, NULL, setup, test_search, teardown);
  g_test_add ("/timeline/density", Fixture, NULL, setup, test_density, teardown);
  g_test_add ("/timeline/causes", Fixture, NULL, setup, test_causes, teardown);
  return g_test_run ();
}
