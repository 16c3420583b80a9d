/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Graph": what it draws, what is where, and what it says in words. */

#include <math.h>
#include <string.h>

#include "draw.h"
#include "golden.h"
#include "reach.h"
#include "table.h"
#include "tell.h"

#define WIDTH 960
#define HEIGHT 400
#define AT G_GINT64_CONSTANT (5000000000)
#define SINCE G_GINT64_CONSTANT (2000000000)

/* ---- Pictures ----------------------------------------------------------------------------------- */

static guint
add_node (GraphPicture *picture, InspectorNodeKind kind, const char *label, guint cycle,
          guint n_members)
{
  guint index = picture->nodes->len;
  const InspectorNode node = { .kind = kind,
                               .number = kind == INSPECTOR_NODE_TASK ? index + 1 : 0,
                               .pid = 7,
                               .label = label,
                               .cycle = cycle,
                               .id = n_members > 1 ? 0 : index + 1,
                               .group = 100 + index,
                               .n_members = n_members };

  graph_picture_add_node (picture, &node, NULL);
  if (kind == INSPECTOR_NODE_TASK && n_members == 1)
    {
      graph_picture_node (picture, index)->state = INSPECTOR_STATE_BLOCKED;
      graph_picture_node (picture, index)->since_ns = SINCE;
    }
  return index;
}

static void
add_edge (GraphPicture *picture, guint from, guint to, gboolean is_hold, guint cycle, guint n)
{
  const InspectorEdge edge = { .from = from,
                               .to = to,
                               .is_hold = is_hold,
                               .cycle = cycle,
                               .place = "app.c:17",
                               .duration = "3.0 s",
                               .since_ns = SINCE,
                               .n = n };

  graph_picture_add_edge (picture, &edge);
}

static GraphPicture *
lay_out (GraphPicture *picture)
{
  graph_picture_measure (picture, &golden_font, NULL);
  g_assert_true (inspector_layout_run (picture->layout, NULL));
  return picture;
}

/* Two that wait for one another, and one that waits for the first of them. */
static GraphPicture *
new_deadlock (void)
{
  GraphPicture *picture = graph_picture_new_empty (AT);
  guint first = add_node (picture, INSPECTOR_NODE_TASK, "#1 transfer\nwaiting for a mutex", 1, 1);
  guint second = add_node (picture, INSPECTOR_NODE_TASK, "#2 audit\nwaiting for a mutex", 1, 1);
  guint accounts = add_node (picture, INSPECTOR_NODE_RESOURCE, "mutex accounts", 1, 1);
  guint journal = add_node (picture, INSPECTOR_NODE_RESOURCE, "mutex journal", 1, 1);
  guint thread = add_node (picture, INSPECTOR_NODE_THREAD, "thread 5", 0, 1);

  picture->n_cycles = 1;
  add_edge (picture, first, journal, FALSE, 1, 1);
  add_edge (picture, journal, second, TRUE, 1, 1);
  add_edge (picture, second, accounts, FALSE, 1, 1);
  add_edge (picture, accounts, first, TRUE, 1, 1);
  add_edge (picture, thread, first, FALSE, 0, 1);
  return lay_out (picture);
}

/* Many that wait for a lock whose holder waits for another, which nobody is known to have. */
static GraphPicture *
new_crowd (void)
{
  GraphPicture *picture = graph_picture_new_empty (AT);
  guint crowd =
      add_node (picture, INSPECTOR_NODE_TASK, "9,998 × look_up\nwaiting for a mutex", 0, 9998);
  guint one = add_node (picture, INSPECTOR_NODE_TASK, "#2 look_up\nwaiting for a mutex", 0, 1);
  guint cache = add_node (picture, INSPECTOR_NODE_RESOURCE, "mutex cache", 0, 1);
  guint holder = add_node (picture, INSPECTOR_NODE_TASK, "#4 refresh\nwaiting for a mutex", 0, 1);
  guint disk = add_node (picture, INSPECTOR_NODE_RESOURCE, "mutex disk", 0, 1);

  add_node (picture, INSPECTOR_NODE_TASK, "#6 sweep\nsleeping", 0, 1);
  picture->n_hidden = 3;
  add_edge (picture, crowd, cache, FALSE, 0, 9998);
  add_edge (picture, one, cache, FALSE, 0, 1);
  add_edge (picture, cache, holder, TRUE, 0, 1);
  add_edge (picture, holder, disk, FALSE, 0, 1);
  return lay_out (picture);
}

/* ---- What is drawn ------------------------------------------------------------------------------ */

typedef struct
{
  const char *name;
  GraphPicture *(*picture) (void);
  double x, y, scale; /* scale 0: fitted */
  gboolean is_dark, is_high_contrast;
  guint selected, focused; /* node + 1 */
} Golden;

static const Golden goldens[] = {
  { "graph-deadlock", new_deadlock, 0, 0, 0, FALSE, FALSE, 0, 0 },
  { "graph-deadlock-dark", new_deadlock, 0, 0, 0, TRUE, FALSE, 2, 3 },
  { "graph-crowd", new_crowd, 0, 0, 0, FALSE, FALSE, 4, 1 },
  { "graph-crowd-high-contrast", new_crowd, 0, 0, 0.8, FALSE, TRUE, 0, 0 },
  { "graph-far-away", new_crowd, -100, -100, 0.1, FALSE, FALSE, 4, 0 },
  { "graph-partly-seen", new_deadlock, 300, 60, 2, FALSE, FALSE, 0, 0 },
};

static void
test_golden (gconstpointer data)
{
  const Golden *golden = data;
  g_autoptr (GraphPicture) picture = golden->picture ();
  GraphViewport viewport = { golden->x, golden->y, golden->scale, WIDTH, HEIGHT };
  GraphEmphasis emphasis = { .shows_focus = TRUE };
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, WIDTH, HEIGHT);
  cairo_t *cr = cairo_create (surface);
  GraphLook look;

  graph_look_init (&look, golden->is_dark, golden->is_high_contrast);
  look.font = &golden_font;
  if (golden->scale == 0)
    graph_viewport_fit (&viewport, picture);
  if (golden->selected != 0)
    emphasis.selected = graph_picture_node (picture, golden->selected - 1)->key;
  if (golden->focused != 0)
    emphasis.focused = graph_picture_node (picture, golden->focused - 1)->key;
  graph_draw (cr, picture, &viewport, &emphasis, &look);
  cairo_destroy (cr);
  {
    const GoldenColour colours[] = {
      { 'a', look.accent, 5 },
      { 'W', look.wrong, 5 },
      { 'b', look.states[INSPECTOR_STATE_BLOCKED], 8 },
      { 't', look.ink, 10 },
      { '-', look.dim, 4 },
      { '#', look.border, 4 },
      { 'r', look.wrong_box, 32 },
      { 'o', look.box, golden->is_dark ? 32 : 60 },
    };

    golden_compare (surface, colours, G_N_ELEMENTS (colours), golden->name);
  }
  cairo_surface_destroy (surface);
}

/* ---- What is where ------------------------------------------------------------------------------ */

static void
test_reach (void)
{
  g_autoptr (GraphPicture) picture = new_deadlock ();

  for (guint i = 0; i < picture->nodes->len; i++)
    {
      const InspectorLayoutBox *box = &picture->layout->boxes[i];

      g_assert_cmpuint (
          graph_reach_node (picture, box->x + box->width / 2, box->y + box->height / 2), ==, i);
    }
  g_assert_cmpuint (graph_reach_node (picture, -5, -5), ==, G_MAXUINT);
  for (guint i = 0; i < picture->edges->len; i++)
    {
      const InspectorLayoutLine *line = &picture->layout->lines[i];
      const InspectorLayoutPoint *p = &picture->layout->points[line->first_point];
      double x = (p[0].x + 3 * p[1].x + 3 * p[2].x + p[3].x) / 8;
      double y = (p[0].y + 3 * p[1].y + 3 * p[2].y + p[3].y) / 8;

      g_assert_cmpuint (graph_reach_edge (picture, x + 2, y + 2, 6), ==, i);
    }
  g_assert_cmpuint (graph_reach_edge (picture, -500, -500, 6), ==, G_MAXUINT);
}

/* Keys go round the deadlock, and to who waits for it. */
static void
test_keys (void)
{
  g_autoptr (GraphPicture) picture = new_deadlock ();
  static const struct
  {
    guint from;
    GraphDirection direction;
    guint to;
  } steps[] = {
    { G_MAXUINT, GRAPH_LEFT, 0 }, { 0, GRAPH_RIGHT, 3 }, { 3, GRAPH_DOWN, 1 },
    { 1, GRAPH_LEFT, 2 },         { 2, GRAPH_UP, 0 },    { 0, GRAPH_LEFT, 4 },
    { 4, GRAPH_LEFT, 4 },         { 4, GRAPH_RIGHT, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    g_assert_cmpuint (graph_reach_next (picture, steps[i].from, steps[i].direction), ==,
                      steps[i].to);
}

static void
test_keys_find_nothing (void)
{
  g_autoptr (GraphPicture) picture = lay_out (graph_picture_new_empty (AT));

  g_assert_cmpuint (graph_reach_first (picture), ==, G_MAXUINT);
  g_assert_cmpuint (graph_reach_next (picture, G_MAXUINT, GRAPH_DOWN), ==, G_MAXUINT);
  g_assert_cmpuint (graph_reach_next (picture, 3, GRAPH_DOWN), ==, G_MAXUINT);
}

static void
test_zoom_keeps_the_place (void)
{
  GraphViewport viewport = { 40, -20, 1, WIDTH, HEIGHT };

  for (int i = 0; i < 200; i++)
    {
      double x = viewport.x + 300 / viewport.scale, y = viewport.y + 100 / viewport.scale;

      graph_viewport_zoom (&viewport, i % 3 == 0 ? 0.5 : 1.3, 300, 100);
      g_assert_cmpfloat (fabs (viewport.x + 300 / viewport.scale - x), <, 0.001);
      g_assert_cmpfloat (fabs (viewport.y + 100 / viewport.scale - y), <, 0.001);
      g_assert_cmpfloat (viewport.scale, >, 0.01);
      g_assert_cmpfloat (viewport.scale, <, 10);
    }
}

static void
test_fit (void)
{
  g_autoptr (GraphPicture) picture = new_crowd ();
  GraphViewport viewport = { 0, 0, 0, WIDTH, HEIGHT };

  graph_viewport_fit (&viewport, picture);
  g_assert_cmpfloat (viewport.scale, <=, 1);
  for (guint i = 0; i < picture->nodes->len; i++)
    {
      const InspectorLayoutBox *box = &picture->layout->boxes[i];

      g_assert_cmpfloat (box->x, >, viewport.x);
      g_assert_cmpfloat (box->y, >, viewport.y);
      g_assert_cmpfloat (box->x + box->width, <, viewport.x + WIDTH / viewport.scale);
      g_assert_cmpfloat (box->y + box->height, <, viewport.y + HEIGHT / viewport.scale);
    }
  /* However far somebody drags it, some of it is still there. */
  viewport.x = 1e9;
  viewport.y = -1e9;
  graph_viewport_clamp (&viewport, picture);
  g_assert_cmpfloat (viewport.x, <, picture->layout->width);
  g_assert_cmpfloat (viewport.y + HEIGHT / viewport.scale, >, 0);
  graph_viewport_reveal (&viewport, &picture->layout->boxes[4]);
  g_assert_cmpfloat (picture->layout->boxes[4].x, >, viewport.x);
  g_assert_cmpfloat (picture->layout->boxes[4].y, >, viewport.y);
}

/* ---- What it says ------------------------------------------------------------------------------- */

static void
test_words (void)
{
  g_autoptr (GraphPicture) deadlock = new_deadlock (), crowd = new_crowd ();
  g_autofree char *one = graph_tell_picture (deadlock), *other = graph_tell_picture (crowd);
  g_autofree char *node = graph_tell_node (deadlock, 0), *fold = graph_tell_node (crowd, 0);
  g_autofree char *edge = graph_tell_edge (deadlock, 1);

  g_assert_cmpstr (one, ==, "1 deadlock · 5 nodes");
  g_assert_cmpstr (other, ==, "6 nodes, 9,998 folded, 3 not shown");
  g_assert_cmpstr (node, ==,
                   "#1 transfer\nblocked for 3.0 s\nwaiting for a mutex\n"
                   "it waits for mutex journal: 3.0 s (app.c:17)\n"
                   "it has mutex accounts: 3.0 s (app.c:17)\n"
                   "thread 5 waits for it: 3.0 s (app.c:17)\npart of a deadlock");
  g_assert_nonnull (strstr (fold, "Enter"));
  g_assert_cmpstr (edge, ==, "mutex journal → #2 audit\nheld 3.0 s\napp.c:17\npart of a deadlock");
}

static void
test_table (void)
{
  g_autoptr (GraphPicture) picture = new_crowd ();
  g_autofree char *csv = graph_table_new (picture);
  g_auto (GStrv) lines = g_strsplit (csv, "\r\n", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 1 + 4 + 1 + 1);
  g_assert_cmpstr (lines[1], ==,
                   "task,,\"9,998 × look_up\",9998,waits-for,9998,2000000000,3000000000,"
                   "app.c:17,0,resource,,mutex cache,1");
  g_assert_cmpstr (lines[5], ==, "task,6,#6 sweep,1,,,,,,,,,,");
}

/* ---- From one picture to the next --------------------------------------------------------------- */

static void
test_same_shape (void)
{
  g_autoptr (GraphPicture) before = new_crowd (), after = new_crowd (), other = new_deadlock ();
  GraphNode *node = graph_picture_node (after, 3);

  graph_picture_measure (after, &golden_font, before);
  g_assert_true (graph_picture_has_shape (after, before));
  g_assert_false (graph_picture_has_shape (other, before));
  g_assert_false (graph_picture_has_shape (after, NULL));
  for (guint i = 0; i < after->nodes->len; i++)
    g_assert_cmpfloat (fabs (after->layout->boxes[i].before - before->layout->boxes[i].y -
                             before->layout->boxes[i].height / 2),
                       <, 0.001);
  graph_picture_keep_layout (after, before);
  for (guint i = 0; i < after->nodes->len; i++)
    g_assert_cmpfloat (after->layout->boxes[i].x, ==, before->layout->boxes[i].x);
  /* A longer name finds no room in it. */
  g_free (node->title);
  node->title = g_strdup ("#4 refresh_with_a_much_longer_name_than_before");
  graph_picture_measure (after, &golden_font, before);
  g_assert_false (graph_picture_has_shape (after, before));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (goldens); i++)
    {
      g_autofree char *path = g_strconcat ("/graph/drawn/", goldens[i].name, NULL);

      g_test_add_data_func (path, &goldens[i], test_golden);
    }
  g_test_add_func ("/graph/reach", test_reach);
  g_test_add_func ("/graph/keys", test_keys);
  g_test_add_func ("/graph/keys-find-nothing", test_keys_find_nothing);
  g_test_add_func ("/graph/zoom-keeps-the-place", test_zoom_keeps_the_place);
  g_test_add_func ("/graph/fit", test_fit);
  g_test_add_func ("/graph/words", test_words);
  g_test_add_func ("/graph/table", test_table);
  g_test_add_func ("/graph/same-shape", test_same_shape);
  return g_test_run ();
}
