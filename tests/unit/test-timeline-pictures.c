/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The drawing of time: a function of what happened and of the viewport, which needs no display. Pictures
 * are in timeline/; with TIMELINE_WRITE_PICTURES set they are made anew, and looked at by whoever did. */

#include <cairo.h>
#include <string.h>

#include "sheets.h"
#include "timeline-fixture.h"

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
test_picture (TimelineFixture *f, gconstpointer data)
{
  const PictureCase *picture = data;
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  timeline_fixture_mix (f, picture->is_dark, picture->strength);
  timeline_viewport_fit (&f->viewport, STORY_MS (picture->from_ms), STORY_MS (picture->to_ms));
  pixels = timeline_fixture_draw (f, &sheet);
  assert_picture (pixels, picture->name);
}

static const PictureCase waits_pictures[] = {
  { "waits", 0, WAITS_END_MS, FALSE, 0.28 },
  { "waits-dark", 0, WAITS_END_MS, TRUE, 0.28 },
  { "waits-contrast", 0, WAITS_END_MS, FALSE, 0.75 },
};

/* Rows of each height: a pattern has to be one in a low row, too. */
static void
test_waits_low (TimelineFixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  f->viewport.row_height = 10;
  timeline_viewport_fit (&f->viewport, STORY_MS (0), STORY_MS (WAITS_END_MS));
  pixels = timeline_fixture_draw (f, &sheet);
  assert_picture (pixels, "waits-low");
}

static void
test_picture_tree (TimelineFixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  timeline_rows_set_grouping (f->rows, TIMELINE_GROUP_PROGRAM);
  timeline_rows_set_pinned (f->rows, STORY_CHILD, TRUE);
  f->viewport.n_pinned = 1;
  f->viewport.top = 10;
  timeline_viewport_fit (&f->viewport, STORY_MS (0), STORY_MS (STORY_END_MS));
  pixels = timeline_fixture_draw (f, &sheet);
  assert_picture (pixels, "pinned");
}

/* ---- What must be seen --------------------------------------------------------------------------- */

/* A microsecond of ten hours. */
static void
test_blocked_sliver (TimelineFixture *f, gconstpointer data)
{
  const gint64 steps_ns[] = { 1, 1000, 100000, STORY_MS (0), G_GINT64_CONSTANT (112500000000) };

  for (guint i = 0; i < G_N_ELEMENTS (steps_ns); i++)
    {
      TimelineSheet sheet;
      g_autofree guint32 *pixels = NULL;
      int column;

      f->viewport.ns_per_column = steps_ns[i];
      f->viewport.column = (STORY_MS (1505) - f->viewport.origin_ns) / steps_ns[i] - 7;
      pixels = timeline_fixture_draw (f, &sheet);
      column = (int)timeline_viewport_get_x (&f->viewport, STORY_MS (1505));
      g_assert_cmpint (column, ==, 7);
      g_assert_cmpuint (
          timeline_fixture_count (f, pixels, STORY_BUSY, column, INSPECTOR_STATE_BLOCKED), >, 0);
      if (steps_ns[i] >= 100000)
        g_assert_cmpuint (
            timeline_fixture_count (f, pixels, STORY_BUSY, column, INSPECTOR_STATE_WAITING), >, 0);
    }
}

/* What is waited for shows in single spans and where they are summed up; beside it, what was blocked for a
 * microsecond. */
static void
test_families (TimelineFixture *f, gconstpointer data)
{
  static const InspectorState states[] = { INSPECTOR_STATE_WAITING, INSPECTOR_STATE_RESTING,
                                           INSPECTOR_STATE_BLOCKED, INSPECTOR_STATE_WAITING,
                                           INSPECTOR_STATE_WAITING };
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  timeline_viewport_fit (&f->viewport, STORY_MS (0), STORY_MS (WAITS_END_MS));
  pixels = timeline_fixture_draw (f, &sheet);
  for (guint family = 1; family < INSPECTOR_N_FAMILIES; family++)
    {
      gint64 at_ns = STORY_MS ((family - 1) * WAITS_MS + WAITS_MS / 4);
      int column = (int)timeline_viewport_get_x (&f->viewport, at_ns);
      int blocked = (int)timeline_viewport_get_x (&f->viewport,
                                                  at_ns + STORY_MS (WAITS_MS / 4) - STORY_MS (0));
      guint n_blocked = 0;

      for (guint row = 0; row < WAITS_N_TASKS; row++)
        for (guint other = 1; other < INSPECTOR_N_FAMILIES; other++)
          {
            guint n = timeline_fixture_count_part (f, pixels, row, column, states[row],
                                                   (InspectorFamily)other);

            if (row < WAITS_DENSE)
              g_assert_cmpuint (n, ==, other == family ? ROW - 2 : 0);
            else if (row == WAITS_ROW (family))
              g_assert_cmpint (n > 0, ==, other == family);
          }
      for (int i = -1; i <= 2; i++)
        n_blocked = MAX (n_blocked, timeline_fixture_count (f, pixels, WAITS_ROW (family),
                                                            blocked + i, INSPECTOR_STATE_BLOCKED));
      g_assert_cmpuint (n_blocked, >=, (ROW - 2) / 6);
    }
}

/* Half of the time makes half of the height. */
static void
test_proportions (TimelineFixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;

  f->viewport.ns_per_column = 100000000;
  pixels = timeline_fixture_draw (f, &sheet);
  g_assert_cmpuint (timeline_fixture_count (f, pixels, STORY_BUSY, 5, INSPECTOR_STATE_RUNNING), ==,
                    2);
  g_assert_cmpuint (timeline_fixture_count (f, pixels, STORY_BUSY, 5, INSPECTOR_STATE_WAITING), ==,
                    ROW - 4);
}

/* What has ended, has ended, and what goes on fades. */
static void
test_ends (TimelineFixture *f, gconstpointer data)
{
  TimelineSheet sheet;
  g_autofree guint32 *pixels = NULL;
  int end;

  timeline_viewport_fit (&f->viewport, STORY_MS (2900), STORY_MS (3100));
  pixels = timeline_fixture_draw (f, &sheet);
  end = (int)timeline_viewport_get_x (&f->viewport, STORY_MS (STORY_END_MS)) + 2;
  for (int state = 1; state < INSPECTOR_N_STATES; state++)
    {
      g_assert_cmpuint (timeline_fixture_count (f, pixels, STORY_BUSY, end, (InspectorState)state),
                        ==, 0);
      g_assert_cmpuint (
          timeline_fixture_count (f, pixels, STORY_CHILD, end + 60, (InspectorState)state), ==, 0);
    }
  g_assert_cmpuint (timeline_fixture_count (f, pixels, STORY_CHILD, end, INSPECTOR_STATE_WAITING),
                    >, ROW / 2);
}

/* Whether spans are looked at one by one or as sums: a state has a pixel where it took time, and none where
 * it did not. */
static void
test_seen_is_what_was (TimelineFixture *f, gconstpointer data)
{
  const gint64 steps_ns[] = { 333, 50000, 1000000, 3700000, 40000000 };

  for (guint i = 0; i < G_N_ELEMENTS (steps_ns); i++)
    {
      TimelineSheet sheet;
      g_autofree guint32 *pixels = NULL;

      f->viewport.ns_per_column = steps_ns[i];
      f->viewport.column = (STORY_MS (1205) - f->viewport.origin_ns) / steps_ns[i] - 100;
      pixels = timeline_fixture_draw (f, &sheet);
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
                g_assert_cmpint (
                    timeline_fixture_count (f, pixels, track, column, (InspectorState)state) > 0,
                    ==, sums[column * INSPECTOR_N_STATES + state] > 0);
        }
    }
}

static void
test_in_parts (TimelineFixture *f, gconstpointer data)
{
  const gint64 steps_ns[] = { 1000000, 3700000 };

  for (guint i = 0; i < G_N_ELEMENTS (steps_ns); i++)
    {
      TimelineSheet sheet, part = { NULL };
      g_autofree guint32 *pixels = NULL, *parts = NULL;
      guint n;
      const TimelineRow *rows = timeline_rows_get (f->rows, &n);

      f->viewport.ns_per_column = steps_ns[i];
      pixels = timeline_fixture_draw (f, &sheet);
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
test_moved_is_drawn (TimelineFixture *f, gconstpointer data)
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
      pixels = timeline_fixture_draw (f, &sheet);
      for (int y = 0; y < f->viewport.height; y++)
        g_assert_cmpmem (&sheets.sheets[sheets.current].pixels[y * WIDTH], WIDTH * 4,
                         &pixels[y * WIDTH], WIDTH * 4);
    }
  timeline_sheets_clear (&sheets);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (pictures); i++)
    {
      g_autofree char *path = g_strconcat ("/timeline-pictures/", pictures[i].name, NULL);

      g_test_add (path, TimelineFixture, &pictures[i], timeline_fixture_setup, test_picture,
                  timeline_fixture_teardown);
    }
  for (guint i = 0; i < G_N_ELEMENTS (waits_pictures); i++)
    {
      g_autofree char *path = g_strconcat ("/timeline-pictures/", waits_pictures[i].name, NULL);

      g_test_add (path, TimelineFixture, &waits_pictures[i], timeline_fixture_setup_waits,
                  test_picture, timeline_fixture_teardown);
    }
  g_test_add ("/timeline-pictures/waits-low", TimelineFixture, NULL, timeline_fixture_setup_waits,
              test_waits_low, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/families", TimelineFixture, NULL, timeline_fixture_setup_waits,
              test_families, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/pinned", TimelineFixture, NULL, timeline_fixture_setup,
              test_picture_tree, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/blocked-sliver-is-seen", TimelineFixture, NULL,
              timeline_fixture_setup, test_blocked_sliver, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/proportions", TimelineFixture, NULL, timeline_fixture_setup,
              test_proportions, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/ends", TimelineFixture, NULL, timeline_fixture_setup, test_ends,
              timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/seen-is-what-was", TimelineFixture, NULL, timeline_fixture_setup,
              test_seen_is_what_was, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/in-parts", TimelineFixture, NULL, timeline_fixture_setup,
              test_in_parts, timeline_fixture_teardown);
  g_test_add ("/timeline-pictures/moved-is-drawn", TimelineFixture, NULL, timeline_fixture_setup,
              test_moved_is_drawn, timeline_fixture_teardown);
  return g_test_run ();
}
