/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "arrows.h"

#include <math.h>

/* More than that are straight, which costs a tenth. */
#define MAX_CURVES 100u
#define HEAD 5.0
#define LOOSE_END 14.0

/* Where the row of a task is; of one that is not seen, the edge behind which it is. */
static gboolean
find_y (TimelineScene *scene, guint64 number, double *ret_y)
{
  double height = timeline_scene_get_height (scene),
         row_height = timeline_scene_get_row_height (scene);
  guint track, row;

  if (number == 0 ||
      !inspector_history_find_track (timeline_scene_get_history (scene), number, &track) ||
      !timeline_rows_find (timeline_scene_get_rows (scene), track, &row))
    return FALSE;
  if (timeline_scene_get_y_of (scene, row, ret_y))
    *ret_y += row_height / 2 - 1;
  else
    *ret_y = *ret_y < 0 ? -HEAD : *ret_y >= height ? height + HEAD : *ret_y;
  return TRUE;
}

static void
draw_head (cairo_t *cr, double x, double y, double direction)
{
  cairo_move_to (cr, x - HEAD * 0.8, y - HEAD * direction);
  cairo_line_to (cr, x + HEAD * 0.8, y - HEAD * direction);
  cairo_line_to (cr, x, y);
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
draw_arrow (TimelineScene *scene, const InspectorCause *cause, gboolean is_curved, cairo_t *cr)
{
  double x = floor (timeline_scene_get_x_of (scene, cause->at_ns)) + 0.5, from, to, end, direction;
  double row_height = timeline_scene_get_row_height (scene);

  if (!find_y (scene, cause->to, &to))
    return;
  if (!find_y (scene, cause->from, &from))
    {
      /* From outside of any task, or from one that has no row. */
      cairo_arc (cr, x, to - LOOSE_END, 2.5, 0, 2 * G_PI);
      cairo_fill (cr);
      from = to - LOOSE_END;
    }
  if (from == to)
    return;
  direction = to > from ? 1 : -1;
  end = to - direction * MIN (row_height / 2, ABS (to - from) / 2);
  cairo_move_to (cr, x, from);
  if (is_curved)
    cairo_curve_to (cr, x + MIN (14, ABS (to - from) / 4), from + (end - from) / 3,
                    x + MIN (14, ABS (to - from) / 4), from + (end - from) * 2 / 3, x, end);
  else
    cairo_line_to (cr, x, end);
  cairo_stroke (cr);
  draw_head (cr, x, end + direction * HEAD / 2, direction);
}

void
timeline_arrows_draw (TimelineScene *scene, const TimelineCauses *causes, cairo_t *cr,
                      const GdkRGBA *ink)
{
  static const double dashes[] = { 4, 3 };
  double width = timeline_scene_get_width (scene);

  gdk_cairo_set_source_rgba (cr, ink);
  cairo_set_line_width (cr, 1.25);
  for (guint i = 0; i < causes->causes->len; i++)
    {
      const InspectorCause *cause = &g_array_index (causes->causes, InspectorCause, i);
      double x = timeline_scene_get_x_of (scene, cause->at_ns);

      if (x < -HEAD || x > width + HEAD)
        continue;
      cairo_set_dash (cr, dashes, cause->to == causes->number ? 0 : G_N_ELEMENTS (dashes), 0);
      draw_arrow (scene, cause, causes->causes->len <= MAX_CURVES, cr);
    }
}
