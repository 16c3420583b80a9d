/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The flame graph of the view "Profile": where its frames are, how one goes from one to the next, and
 * what it looks like. */

#include <string.h>

#include "flame-draw.h"
#include "golden.h"
#include "profile-story.h"

static FlameLayout *
lay_out (InspectorFlameBy by)
{
  g_autoptr (InspectorProfile) profile = NULL;
  g_autoptr (InspectorSession) session = profile_story_open (NULL, &profile);
  g_autoptr (InspectorFlame) flame = inspector_profile_build_flame (profile, by);

  return flame_layout_new (flame);
}

static guint
find_box (const FlameLayout *layout, const char *name, InspectorFlameKind kind)
{
  for (guint i = 0; i < layout->n_boxes; i++)
    if (g_str_has_prefix (layout->boxes[i].name, name) && layout->boxes[i].kind == kind)
      return i;
  return FLAME_NONE;
}

static void
test_layout (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WALL);

  g_assert_cmpuint (layout->n_boxes, >=, 4);
  for (guint i = 0; i < layout->n_boxes; i++)
    {
      const FlameBox *box = &layout->boxes[i];
      const FlameBox *parent = &layout->boxes[box->parent];

      g_assert_cmpint (box->own_ns, <=, box->total_ns);
      g_assert_cmpuint (box->end, >, i);
      if (box->parent == i)
        continue;
      g_assert_cmpuint (box->depth, ==, parent->depth + 1);
      g_assert_cmpfloat (box->x, >=, parent->x - 1e-9);
      g_assert_cmpfloat (box->x + box->width, <=, parent->x + parent->width + 1e-9);
      g_assert_cmpuint (box->end, <=, parent->end);
      g_assert_cmpuint (flame_layout_find (layout, box->depth, box->x + box->width / 2), ==, i);
    }
  g_assert_cmpuint (flame_layout_find (layout, 0, 0.5), ==, 0);
  g_assert_cmpuint (flame_layout_find (layout, layout->n_rows, 0.5), ==, FLAME_NONE);
  g_assert_cmpuint (flame_layout_find (layout, 0, 1.5), ==, FLAME_NONE);
}

/* Waiting for 8 s, in two tasks that began at one place. */
static void
test_waiting (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WAITING);
  guint wait = find_box (layout, "fetch", INSPECTOR_FLAME_WAIT);
  guint task = find_box (layout, "handle", INSPECTOR_FLAME_TASK);

  g_assert_cmpuint (wait, !=, FLAME_NONE);
  g_assert_cmpint (layout->boxes[wait].total_ns, ==, 8 * STORY_SECOND);
  g_assert_cmpuint (layout->boxes[wait].parent, ==, task);
  g_assert_cmpstr (layout->boxes[wait].where, ==, "app.c:30");
  g_assert_cmpuint (find_box (layout, "handle", INSPECTOR_FLAME_CALLBACK), ==, FLAME_NONE);
}

static void
test_walk (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WALL);
  guint program = flame_layout_walk (layout, FLAME_NONE, FLAME_IN);
  guint inner = program, last, side;

  g_assert_cmpuint (program, ==, 0);
  g_assert_cmpuint (flame_layout_walk (layout, program, FLAME_OUT), ==, program);
  do
    {
      last = inner;
      inner = flame_layout_walk (layout, last, FLAME_IN);
      if (inner != last)
        g_assert_cmpuint (flame_layout_walk (layout, inner, FLAME_OUT), ==, last);
    }
  while (inner != last);
  /* There is something beside what took most time: what ran. */
  side = flame_layout_walk (layout, inner, FLAME_RIGHT);
  g_assert_cmpuint (side, !=, inner);
  g_assert_cmpuint (flame_layout_walk (layout, side, FLAME_LEFT), ==, inner);
  g_assert_cmpuint (layout->boxes[side].depth, ==, layout->boxes[inner].depth);
}

/* What was selected stays so in the next picture of a live program. */
static void
test_match (void)
{
  g_autoptr (FlameLayout) before = lay_out (INSPECTOR_FLAME_WALL);
  g_autoptr (FlameLayout) after = lay_out (INSPECTOR_FLAME_WAITING);
  guint wait = find_box (before, "fetch", INSPECTOR_FLAME_WAIT);
  guint ran = find_box (before, "handle", INSPECTOR_FLAME_CALLBACK);

  g_assert_cmpuint (flame_layout_match (after, before, wait), ==,
                    find_box (after, "fetch", INSPECTOR_FLAME_WAIT));
  /* What ran has no time of waiting: its task is nearest. */
  g_assert_cmpuint (flame_layout_match (after, before, ran), ==,
                    find_box (after, "handle", INSPECTOR_FLAME_TASK));
  g_assert_cmpuint (flame_layout_match (after, before, FLAME_NONE), ==, FLAME_NONE);
}

static void
test_search (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WALL);
  guint wait = find_box (layout, "fetch", INSPECTOR_FLAME_WAIT);
  FlameSearch search = { 0 };

  flame_search_run (&search, layout, "FETCH");
  g_assert_cmpuint (search.n_found, ==, 1);
  g_assert_cmpint (search.total_ns, ==, 8 * STORY_SECOND);
  g_assert_cmpuint (flame_search_next (&search, layout, FLAME_NONE, FALSE), ==, wait);
  g_assert_cmpuint (flame_search_next (&search, layout, wait, FALSE), ==, wait);
  g_assert_cmpuint (flame_search_next (&search, layout, 0, TRUE), ==, wait);
  /* In a place, too; and what is within what was found is not counted twice. */
  flame_search_run (&search, layout, "app.c");
  g_assert_cmpuint (search.n_found, >, 1);
  g_assert_cmpint (search.total_ns, ==,
                   layout->boxes[find_box (layout, "handle", INSPECTOR_FLAME_TASK)].total_ns);
  flame_search_run (&search, layout, "nothing");
  g_assert_cmpuint (search.n_found, ==, 0);
  g_assert_cmpuint (flame_search_next (&search, layout, 0, FALSE), ==, FLAME_NONE);
  flame_search_run (&search, layout, "");
  g_assert_null (search.is_found);
}

static void
test_nothing (void)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (InspectorProfile) profile =
      inspector_profile_new (session, 0, -1, INSPECTOR_PROFILE_NONE);
  g_autoptr (InspectorFlame) flame = NULL;
  g_autoptr (FlameLayout) layout = NULL;

  inspector_profile_update (profile);
  flame = inspector_profile_build_flame (profile, INSPECTOR_FLAME_WALL);
  layout = flame_layout_new (flame);
  g_assert_cmpuint (layout->n_boxes, ==, 0);
  g_assert_cmpuint (flame_layout_walk (layout, FLAME_NONE, FLAME_IN), ==, FLAME_NONE);
  g_assert_cmpuint (flame_layout_find (layout, 0, 0.5), ==, FLAME_NONE);
}

/* ---- Pictures ---------------------------------------------------------------------------------- */

#define WIDTH 640
#define HEIGHT 96
#define BACKGROUND 0xffffff
#define FOUND 0xff00ff
#define SELECTION 0x000000

/* The lightness of a frame is that of its name: what is of one kind is told by the nearest colour. */
static void
to_plain (cairo_surface_t *surface, const guint32 *colours, guint n)
{
  guchar *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);

  cairo_surface_flush (surface);
  for (int y = 0; y < HEIGHT; y++)
    for (int x = 0; x < WIDTH; x++)
      {
        guint32 pixel, nearest = 0;
        int least = G_MAXINT;

        memcpy (&pixel, data + y * stride + x * 4, sizeof pixel);
        for (guint i = 0; i < n; i++)
          {
            int distance = 0;

            for (int bit = 0; bit < 24; bit += 8)
              distance += ABS ((int)(pixel >> bit & 255) - (int)(colours[i] >> bit & 255));
            if (distance < least)
              {
                least = distance;
                nearest = colours[i];
              }
          }
        memcpy (data + y * stride + x * 4, &nearest, sizeof nearest);
      }
  cairo_surface_mark_dirty (surface);
}

static void
compare (const FlameLayout *layout, FlameViewport *viewport, const char *name)
{
  static const guint32 colours[] = { 0x808080, 0x8000ff,  0x00a000,  0x0040ff,
                                     FOUND,    SELECTION, BACKGROUND };
  static const GoldenColour letters[] = {
    { '#', SELECTION, 8 }, { '!', FOUND, 20 },    { 'p', 0x808080, 20 },
    { 't', 0x8000ff, 20 }, { 'c', 0x00a000, 20 }, { 'w', 0x0040ff, 20 },
  };
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create (surface);

  viewport->pixels = WIDTH;
  viewport->height = HEIGHT;
  memcpy (viewport->colours, colours, sizeof viewport->colours);
  viewport->background = BACKGROUND;
  viewport->found = FOUND;
  viewport->ink = viewport->selection = SELECTION;
  flame_draw (cr, layout, viewport, NULL);
  cairo_destroy (cr);
  to_plain (surface, colours, G_N_ELEMENTS (colours));
  golden_compare (surface, letters, G_N_ELEMENTS (letters), name);
  cairo_surface_destroy (surface);
}

static void
test_picture (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WALL);
  FlameSearch search = { 0 };
  FlameViewport viewport = { .width = 1, .selected = FLAME_NONE, .hovered = FLAME_NONE };

  flame_search_run (&search, layout, "fetch");
  viewport.search = &search;
  viewport.selected = find_box (layout, "handle", INSPECTOR_FLAME_CALLBACK);
  compare (layout, &viewport, "flame");
  flame_search_clear (&search);
}

/* As wide as the picture, with what it is in above it. */
static void
test_picture_zoomed (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WALL);
  guint ran = find_box (layout, "handle", INSPECTOR_FLAME_CALLBACK);
  FlameViewport viewport = { .x = layout->boxes[ran].x,
                             .width = layout->boxes[ran].width,
                             .selected = FLAME_NONE,
                             .hovered = FLAME_NONE };

  compare (layout, &viewport, "flame-zoomed");
}

/* Scrolled by half a row and one. */
static void
test_picture_scrolled (void)
{
  g_autoptr (FlameLayout) layout = lay_out (INSPECTOR_FLAME_WALL);
  FlameViewport viewport = {
    .width = 1, .top = FLAME_ROW * 3 / 2, .selected = FLAME_NONE, .hovered = FLAME_NONE
  };

  compare (layout, &viewport, "flame-scrolled");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/flame/layout", test_layout);
  g_test_add_func ("/flame/waiting", test_waiting);
  g_test_add_func ("/flame/walking", test_walk);
  g_test_add_func ("/flame/stays-at-what-was-selected", test_match);
  g_test_add_func ("/flame/search", test_search);
  g_test_add_func ("/flame/of-nothing", test_nothing);
  g_test_add_func ("/flame/picture", test_picture);
  g_test_add_func ("/flame/picture-zoomed", test_picture_zoomed);
  g_test_add_func ("/flame/picture-scrolled", test_picture_scrolled);
  return g_test_run ();
}
