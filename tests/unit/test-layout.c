/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a layout promises: boxes do not cover one another, what leads to something stands before it, what
 * leads round is a ring, and a graph that changes a little is drawn nearly as before. */

#include <math.h>
#include <string.h>
#include <time.h>

#include "inspector-layout.h"

typedef struct
{
  guint from, to;
} Line;

typedef struct
{
  const char *name;
  guint n_boxes;
  guint n_lines;
  Line lines[12];
  guint n_crossings;
} Drawing;

static const Drawing drawings[] = {
  { "nothing", 0, 0, { { 0, 0 } }, 0 },
  { "one", 1, 0, { { 0, 0 } }, 0 },
  { "itself", 1, 1, { { 0, 0 } }, 0 },
  { "chain", 4, 3, { { 0, 1 }, { 1, 2 }, { 2, 3 } }, 0 },
  { "twice", 2, 2, { { 0, 1 }, { 0, 1 } }, 0 },
  { "past-two-layers", 4, 4, { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 0, 3 } }, 0 },
  { "crossed", 4, 2, { { 0, 3 }, { 1, 2 } }, 0 },
  { "untangled", 6, 3, { { 0, 5 }, { 1, 4 }, { 2, 3 } }, 0 },
  { "complete-bipartite", 4, 4, { { 0, 2 }, { 0, 3 }, { 1, 2 }, { 1, 3 } }, 1 },
  { "round", 4, 4, { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 0 } }, 0 },
  { "two-round", 2, 2, { { 0, 1 }, { 1, 0 } }, 0 },
  { "round-and-waiters", 6, 6, { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 0 }, { 4, 1 }, { 5, 4 } }, 0 },
  { "nobody-there", 2, 2, { { 0, 7 }, { 9, 1 } }, 0 },
};

static InspectorLayout *
new_layout (guint n_boxes, guint n_lines)
{
  InspectorLayout *layout = inspector_layout_new (n_boxes, n_lines);

  for (guint i = 0; i < n_boxes; i++)
    {
      layout->boxes[i].width = 60 + (i * 37) % 120;
      layout->boxes[i].height = 20 + (i * 13) % 40;
    }
  return layout;
}

static gboolean
is_there (const InspectorLayout *layout, const InspectorLayoutLine *line)
{
  return line->from < layout->n_boxes && line->to < layout->n_boxes;
}

static void
assert_apart (const InspectorLayout *layout)
{
  for (guint i = 0; i < layout->n_boxes; i++)
    {
      const InspectorLayoutBox *a = &layout->boxes[i];

      g_assert_cmpfloat (a->x, >=, 0);
      g_assert_cmpfloat (a->y, >=, 0);
      g_assert_cmpfloat (a->x + a->width, <=, layout->width);
      g_assert_cmpfloat (a->y + a->height, <=, layout->height);
      for (guint k = 0; k < i; k++)
        {
          const InspectorLayoutBox *b = &layout->boxes[k];

          g_assert_true (a->x + a->width <= b->x || b->x + b->width <= a->x ||
                         a->y + a->height <= b->y || b->y + b->height <= a->y);
        }
    }
}

static void
assert_at_border (const InspectorLayoutBox *box, const InspectorLayoutPoint *point)
{
  gboolean at_side =
      fabs (point->x - box->x) < 0.01 || fabs (point->x - box->x - box->width) < 0.01;
  gboolean at_end =
      fabs (point->y - box->y) < 0.01 || fabs (point->y - box->y - box->height) < 0.01;

  g_assert_true (at_side || at_end);
  g_assert_cmpfloat (point->x, >=, box->x - 0.01);
  g_assert_cmpfloat (point->x, <=, box->x + box->width + 0.01);
  g_assert_cmpfloat (point->y, >=, box->y - 0.01);
  g_assert_cmpfloat (point->y, <=, box->y + box->height + 0.01);
}

static void
assert_lines (const InspectorLayout *layout)
{
  for (guint i = 0; i < layout->n_lines; i++)
    {
      const InspectorLayoutLine *line = &layout->lines[i];

      if (!is_there (layout, line))
        {
          g_assert_cmpuint (line->n_points, ==, 0);
          continue;
        }
      g_assert_cmpuint (line->n_points, >=, 4);
      g_assert_cmpuint (line->n_points % 3, ==, 1);
      g_assert_cmpuint (line->first_point + line->n_points, <=, layout->n_points);
      assert_at_border (&layout->boxes[line->from], &layout->points[line->first_point]);
      assert_at_border (&layout->boxes[line->to],
                        &layout->points[line->first_point + line->n_points - 1]);
      for (guint k = 0; k < line->n_points; k++)
        g_assert_true (isfinite (layout->points[line->first_point + k].x) &&
                       isfinite (layout->points[line->first_point + k].y));
    }
}

static void
test_drawing (gconstpointer data)
{
  const Drawing *drawing = data;
  InspectorLayout *layout = new_layout (drawing->n_boxes, drawing->n_lines);

  for (guint i = 0; i < drawing->n_lines; i++)
    {
      layout->lines[i].from = drawing->lines[i].from;
      layout->lines[i].to = drawing->lines[i].to;
    }
  g_assert_true (inspector_layout_run (layout, NULL));
  assert_apart (layout);
  assert_lines (layout);
  g_assert_cmpuint (layout->n_crossings, ==, drawing->n_crossings);
  inspector_layout_free (layout);
}

/* What it is of, by itself: the same each time. */
static InspectorLayout *
new_random (guint n_boxes, guint n_lines, guint32 seed, gboolean leads_round)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  InspectorLayout *layout = new_layout (n_boxes, n_lines);

  for (guint i = 0; i < n_lines; i++)
    {
      guint a = (guint)g_rand_int_range (rand, 0, (gint32)n_boxes);
      guint b = (guint)g_rand_int_range (rand, 0, (gint32)n_boxes);

      layout->lines[i].from = leads_round ? a : MIN (a, b);
      layout->lines[i].to = leads_round ? b : MAX (a, b);
      layout->lines[i].label_width = a % 80;
    }
  return layout;
}

static void
test_direction (void)
{
  for (guint32 seed = 0; seed < 20; seed++)
    {
      InspectorLayout *layout = new_random (60, 70, seed, FALSE);

      g_assert_true (inspector_layout_run (layout, NULL));
      assert_apart (layout);
      assert_lines (layout);
      for (guint i = 0; i < layout->n_lines; i++)
        {
          const InspectorLayoutLine *line = &layout->lines[i];
          const InspectorLayoutBox *from = &layout->boxes[line->from];
          const InspectorLayoutBox *to = &layout->boxes[line->to];

          if (line->from != line->to)
            g_assert_cmpfloat (from->x + from->width + line->label_width, <, to->x + to->width);
        }
      inspector_layout_free (layout);
    }
}

/* Also where all of it leads to all of it, more than fits into a ring. */
static void
test_round (void)
{
  for (guint32 seed = 0; seed < 20; seed++)
    {
      InspectorLayout *layout = new_random (50 + seed * 10, 90 + seed * 30, seed, TRUE);

      g_assert_true (inspector_layout_run (layout, NULL));
      assert_apart (layout);
      assert_lines (layout);
      inspector_layout_free (layout);
    }
}

/* Along the ring each stands beside the next. */
static void
test_ring (void)
{
  InspectorLayout *layout = new_layout (7, 7);

  for (guint i = 0; i < 6; i++)
    {
      layout->lines[i].from = i;
      layout->lines[i].to = (i + 1) % 6;
    }
  layout->lines[6] = (InspectorLayoutLine){ .from = 6, .to = 0 };
  g_assert_true (inspector_layout_run (layout, NULL));
  assert_apart (layout);
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpfloat (layout->boxes[i].x + layout->boxes[i].width, <, layout->boxes[i + 1].x);
      g_assert_cmpfloat (layout->boxes[i + 4].x + layout->boxes[i + 4].width, <,
                         layout->boxes[i + 3].x);
      g_assert_cmpfloat (layout->boxes[i].y + layout->boxes[i].height, <, layout->boxes[i + 4].y);
    }
  /* Who waits for it stands before it. */
  g_assert_cmpfloat (layout->boxes[6].x + layout->boxes[6].width, <, layout->boxes[0].x);
  inspector_layout_free (layout);
}

static void
assert_inside (const InspectorLayout *layout, double x, double y)
{
  g_assert_cmpfloat (x, >=, 0);
  g_assert_cmpfloat (y, >=, 0);
  g_assert_cmpfloat (x, <=, layout->width);
  g_assert_cmpfloat (y, <=, layout->height);
}

/* Also what leads from one of a ring to another, past all others, and what is written there. */
static void
test_all_inside (void)
{
  static const Line lines[] = { { 0, 1 }, { 1, 2 }, { 2, 3 }, { 3, 0 }, { 3, 2 },
                                { 0, 2 }, { 1, 1 }, { 2, 0 }, { 0, 3 } };
  InspectorLayout *layout = new_layout (4, G_N_ELEMENTS (lines));

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    layout->lines[i] = (InspectorLayoutLine){
      .from = lines[i].from, .to = lines[i].to, .label_width = 40, .label_height = 12
    };
  g_assert_true (inspector_layout_run (layout, NULL));
  assert_apart (layout);
  for (guint i = 0; i < layout->n_boxes; i++)
    {
      const InspectorLayoutBox *box = &layout->boxes[i];

      assert_inside (layout, box->x, box->y);
      assert_inside (layout, box->x + box->width, box->y + box->height);
    }
  for (guint i = 0; i < layout->n_lines; i++)
    {
      const InspectorLayoutLine *line = &layout->lines[i];
      const InspectorLayoutPoint *p = &layout->points[line->first_point];

      for (guint k = 0; k < line->n_points; k += 3)
        assert_inside (layout, p[k].x, p[k].y);
      for (guint k = 0; k + 3 < line->n_points; k += 3)
        assert_inside (layout, (p[k].x + 3 * p[k + 1].x + 3 * p[k + 2].x + p[k + 3].x) / 8,
                       (p[k].y + 3 * p[k + 1].y + 3 * p[k + 2].y + p[k + 3].y) / 8);
      assert_inside (layout, line->label_x - 20, line->label_y - 6);
      assert_inside (layout, line->label_x + 20, line->label_y + 6);
    }
  inspector_layout_free (layout);
}

static void
test_deadlock_on_top (void)
{
  InspectorLayout *layout = new_layout (9, 5);
  static const Line lines[] = { { 0, 1 }, { 2, 3 }, { 3, 2 }, { 5, 6 }, { 6, 5 } };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    layout->lines[i] = (InspectorLayoutLine){ .from = lines[i].from, .to = lines[i].to };
  layout->boxes[5].cycle = layout->boxes[6].cycle = 1;
  g_assert_true (inspector_layout_run (layout, NULL));
  for (guint i = 0; i < layout->n_boxes; i++)
    if (i != 5 && i != 6)
      g_assert_cmpfloat (layout->boxes[i].y, >, layout->boxes[5].y + layout->boxes[5].height);
  inspector_layout_free (layout);
}

/* Ten that wait for one: one more comes, and nobody changes sides with anybody. */
static void
test_as_before (void)
{
  static const guint order[10] = { 3, 7, 1, 9, 0, 5, 2, 8, 6, 4 };
  InspectorLayout *layout = new_layout (12, 11);

  for (guint i = 0; i < 11; i++)
    layout->lines[i] = (InspectorLayoutLine){ .from = i < 10 ? i : 11, .to = 10 };
  for (guint i = 0; i < 10; i++)
    layout->boxes[order[i]].before = 50.0 * i;
  g_assert_true (inspector_layout_run (layout, NULL));
  for (guint i = 0; i + 1 < 10; i++)
    g_assert_cmpfloat (layout->boxes[order[i]].y, <, layout->boxes[order[i + 1]].y);
  assert_apart (layout);
  inspector_layout_free (layout);
}

/* Parts stay in their order, too: who was on top stays there when something new comes. */
static void
test_parts_as_before (void)
{
  InspectorLayout *layout = new_layout (40, 20);

  for (guint i = 0; i < 20; i++)
    {
      layout->lines[i] = (InspectorLayoutLine){ .from = 2 * i, .to = 2 * i + 1 };
      if (i != 7)
        layout->boxes[2 * i].before = layout->boxes[2 * i + 1].before = 10000 - 100.0 * i;
    }
  g_assert_true (inspector_layout_run (layout, NULL));
  for (guint i = 0; i < 19; i++)
    if (i != 6 && i != 7)
      g_assert_true (layout->boxes[2 * i + 2].y < layout->boxes[2 * i].y ||
                     layout->boxes[2 * i + 2].x < layout->boxes[2 * i].x);
  assert_apart (layout);
  inspector_layout_free (layout);
}

static void
test_same_again (void)
{
  InspectorLayout *one = new_random (200, 240, 7, TRUE), *other = new_random (200, 240, 7, TRUE);

  g_assert_true (inspector_layout_run (one, NULL));
  g_assert_true (inspector_layout_run (other, NULL));
  /* And once more: what was in it is no more. */
  g_assert_true (inspector_layout_run (other, NULL));
  for (guint i = 0; i < one->n_boxes; i++)
    {
      g_assert_cmpfloat (one->boxes[i].x, ==, other->boxes[i].x);
      g_assert_cmpfloat (one->boxes[i].y, ==, other->boxes[i].y);
    }
  g_assert_cmpuint (one->n_points, ==, other->n_points);
  inspector_layout_free (one);
  inspector_layout_free (other);
}

static void
test_cancelled (void)
{
  InspectorLayout *layout = new_random (1000, 1500, 1, TRUE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  g_assert_false (inspector_layout_run (layout, cancellable));
  inspector_layout_free (layout);
}

typedef struct
{
  const char *name;
  guint n_boxes;
  enum
  {
    CHAIN,
    STAR,
    WAITS, /* one or two lines each, to what was there before */
    RANDOM,
    DENSE, /* three lines a box: most are long */
  } shape;
} Scale;

static const Scale scales[] = {
  { "1k-waits", 1000, WAITS },     { "10k-waits", 10000, WAITS },
  { "100k-waits", 100000, WAITS }, { "100k-chain", 100000, CHAIN },
  { "100k-star", 100000, STAR },   { "1k-random", 1000, RANDOM },
  { "10k-random", 10000, RANDOM }, { "100k-random", 100000, RANDOM },
  { "1k-dense", 1000, DENSE },     { "10k-dense", 10000, DENSE },
  { "100k-dense", 100000, DENSE },
};

/* Of this thread: others may have the processor meanwhile. */
static gint64
get_cpu_us (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return time.tv_sec * G_USEC_PER_SEC + time.tv_nsec / 1000;
}

/* Ends, whatever it is; how long it took is said, and decides nothing. */
static void
test_scale (gconstpointer data)
{
  const Scale *scale = data;
  guint n = scale->n_boxes, n_lines = scale->shape == DENSE ? 3 * n : n;
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  InspectorLayout *layout = new_layout (n, n_lines);
  gint64 begin_us;

  for (guint k = 0; k < n_lines; k++)
    {
      guint i = k % n;
      guint other = (guint)g_rand_int_range (rand, 0, (gint32)n);

      layout->lines[k].from = i;
      layout->lines[k].to = scale->shape == STAR    ? 0
                            : scale->shape == CHAIN ? MIN (i + 1, n - 1)
                            : scale->shape == WAITS ? other % MAX (i, 1)
                                                    : other;
    }
  begin_us = get_cpu_us ();
  g_assert_true (inspector_layout_run (layout, NULL));
  g_test_message ("%u boxes, %u lines: %.1f ms, %u crossings, %.0f x %.0f", n, n_lines,
                  (double)(get_cpu_us () - begin_us) / 1000, layout->n_crossings, layout->width,
                  layout->height);
  assert_lines (layout);
  inspector_layout_free (layout);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (drawings); i++)
    {
      g_autofree char *path = g_strconcat ("/layout/drawing/", drawings[i].name, NULL);

      g_test_add_data_func (path, &drawings[i], test_drawing);
    }
  g_test_add_func ("/layout/direction", test_direction);
  g_test_add_func ("/layout/round", test_round);
  g_test_add_func ("/layout/ring", test_ring);
  g_test_add_func ("/layout/all-inside", test_all_inside);
  g_test_add_func ("/layout/deadlock-on-top", test_deadlock_on_top);
  g_test_add_func ("/layout/as-before", test_as_before);
  g_test_add_func ("/layout/parts-as-before", test_parts_as_before);
  g_test_add_func ("/layout/same-again", test_same_again);
  g_test_add_func ("/layout/cancelled", test_cancelled);
  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      g_autofree char *path = g_strconcat ("/layout/scale/", scales[i].name, NULL);

      g_test_add_data_func (path, &scales[i], test_scale);
    }
  return g_test_run ();
}
