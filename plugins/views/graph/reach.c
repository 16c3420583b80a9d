/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "reach.h"

#include <math.h>

#define LEAST_SCALE 0.02
#define MOST_SCALE 4.0
/* Fitted, it can still be read a little; the rest is a way to go. */
#define LEAST_FITTED 0.3
#define BORDER 24.0
#define STEPS 12 /* of a curve, that are looked at */

/* ---- Places ------------------------------------------------------------------------------------- */

guint
graph_reach_node (const GraphPicture *picture, double x, double y)
{
  for (guint i = picture->nodes->len; i > 0; i--)
    {
      const InspectorLayoutBox *box = &picture->layout->boxes[i - 1];

      if (x >= box->x && x <= box->x + box->width && y >= box->y && y <= box->y + box->height)
        return i - 1;
    }
  return G_MAXUINT;
}

static double
get_distance (double x, double y, InspectorLayoutPoint a, InspectorLayoutPoint b)
{
  double dx = b.x - a.x, dy = b.y - a.y, length = dx * dx + dy * dy;
  double t = length > 0 ? CLAMP (((x - a.x) * dx + (y - a.y) * dy) / length, 0, 1) : 0;

  return hypot (x - a.x - t * dx, y - a.y - t * dy);
}

static InspectorLayoutPoint
get_point (const InspectorLayoutPoint *p, double t)
{
  double s = 1 - t, a = s * s * s, b = 3 * s * s * t, c = 3 * s * t * t, d = t * t * t;

  return (InspectorLayoutPoint){ a * p[0].x + b * p[1].x + c * p[2].x + d * p[3].x,
                                 a * p[0].y + b * p[1].y + c * p[2].y + d * p[3].y };
}

/* A curve stays within its four points. */
static gboolean
may_reach (const InspectorLayoutPoint *p, double x, double y, double within)
{
  double left = MIN (MIN (p[0].x, p[1].x), MIN (p[2].x, p[3].x)) - within;
  double right = MAX (MAX (p[0].x, p[1].x), MAX (p[2].x, p[3].x)) + within;
  double top = MIN (MIN (p[0].y, p[1].y), MIN (p[2].y, p[3].y)) - within;
  double bottom = MAX (MAX (p[0].y, p[1].y), MAX (p[2].y, p[3].y)) + within;

  return x >= left && x <= right && y >= top && y <= bottom;
}

guint
graph_reach_edge (const GraphPicture *picture, double x, double y, double within)
{
  guint nearest = G_MAXUINT;

  for (guint i = 0; i < picture->edges->len; i++)
    {
      const InspectorLayoutLine *line = &picture->layout->lines[i];

      for (guint k = 0; k + 3 < line->n_points; k += 3)
        {
          const InspectorLayoutPoint *p = &picture->layout->points[line->first_point + k];

          for (guint step = 0; may_reach (p, x, y, within) && step < STEPS; step++)
            {
              double distance = get_distance (x, y, get_point (p, (double)step / STEPS),
                                              get_point (p, (step + 1.0) / STEPS));

              if (distance <= within)
                {
                  within = distance;
                  nearest = i;
                }
            }
        }
    }
  return nearest;
}

/* ---- Neighbours --------------------------------------------------------------------------------- */

/* How far it is that way; what is aside is farther. Negative: it is not that way. */
static double
get_way (const InspectorLayoutBox *from, const InspectorLayoutBox *to, GraphDirection direction)
{
  double dx = to->x + to->width / 2 - from->x - from->width / 2;
  double dy = to->y + to->height / 2 - from->y - from->height / 2;
  double along = direction == GRAPH_LEFT    ? -dx
                 : direction == GRAPH_RIGHT ? dx
                 : direction == GRAPH_UP    ? -dy
                                            : dy;
  double aside = fabs (direction == GRAPH_LEFT || direction == GRAPH_RIGHT ? dy : dx);

  return along > 1 ? along + 2 * aside : -1;
}

static gboolean
is_linked (const GraphPicture *picture, guint node, guint other)
{
  for (guint i = 0; i < picture->edges->len; i++)
    {
      const GraphEdge *edge = graph_picture_edge (picture, i);

      if ((edge->from == node && edge->to == other) || (edge->to == node && edge->from == other))
        return TRUE;
    }
  return FALSE;
}

static void
take_nearest (const GraphPicture *picture, guint node, guint other, GraphDirection direction,
              guint *nearest, double *way)
{
  double other_way =
      get_way (&picture->layout->boxes[node], &picture->layout->boxes[other], direction);

  if (other == node || other_way < 0 || other_way >= *way)
    return;
  *way = other_way;
  *nearest = other;
}

guint
graph_reach_next (const GraphPicture *picture, guint node, GraphDirection direction)
{
  guint nearest = node;
  double way = G_MAXDOUBLE;

  if (node >= picture->nodes->len)
    return graph_reach_first (picture);
  for (guint i = 0; i < picture->edges->len; i++)
    {
      const GraphEdge *edge = graph_picture_edge (picture, i);

      if (edge->from == node || edge->to == node)
        take_nearest (picture, node, edge->from == node ? edge->to : edge->from, direction,
                      &nearest, &way);
    }
  /* Up and down lead to the next one in the layer; an edge is followed there where it is as near. */
  for (guint i = 0; (nearest == node || direction == GRAPH_UP || direction == GRAPH_DOWN) &&
                    i < picture->nodes->len;
       i++)
    if (!is_linked (picture, node, i))
      take_nearest (picture, node, i, direction, &nearest, &way);
  return nearest;
}

guint
graph_reach_first (const GraphPicture *picture)
{
  guint first = G_MAXUINT;

  for (guint i = 0; i < picture->nodes->len; i++)
    {
      const InspectorLayoutBox *box = &picture->layout->boxes[i];
      const InspectorLayoutBox *best = first != G_MAXUINT ? &picture->layout->boxes[first] : NULL;
      gboolean is_wrong = graph_picture_node (picture, i)->cycle != 0;

      if (best == NULL || (is_wrong && graph_picture_node (picture, first)->cycle == 0) ||
          (is_wrong == (graph_picture_node (picture, first)->cycle != 0) &&
           box->x + box->y < best->x + best->y))
        first = i;
    }
  return first;
}

/* ---- The viewport ------------------------------------------------------------------------------- */

void
graph_viewport_fit (GraphViewport *viewport, const GraphPicture *picture)
{
  double width = MAX (picture->layout->width, 1), height = MAX (picture->layout->height, 1);
  double scale =
      MIN ((viewport->width - 2 * BORDER) / width, (viewport->height - 2 * BORDER) / height);

  viewport->scale = CLAMP (scale, LEAST_FITTED, 1);
  /* What is too large is seen from its top left, where the deadlocks are. */
  viewport->x = width * viewport->scale + 2 * BORDER > viewport->width
                    ? -BORDER / viewport->scale
                    : (width - viewport->width / viewport->scale) / 2;
  viewport->y = height * viewport->scale + 2 * BORDER > viewport->height
                    ? -BORDER / viewport->scale
                    : (height - viewport->height / viewport->scale) / 2;
}

void
graph_viewport_zoom (GraphViewport *viewport, double factor, double x, double y)
{
  double scale = CLAMP (viewport->scale * factor, LEAST_SCALE, MOST_SCALE);

  viewport->x += x / viewport->scale - x / scale;
  viewport->y += y / viewport->scale - y / scale;
  viewport->scale = scale;
}

static double
reveal (double at, double size, double from, double to, double border)
{
  if (from - border < at || to - from + 2 * border > size)
    return from - border;
  return to + border > at + size ? to + border - size : at;
}

void
graph_viewport_reveal (GraphViewport *viewport, const InspectorLayoutBox *box)
{
  double border = BORDER / viewport->scale;

  viewport->x =
      reveal (viewport->x, viewport->width / viewport->scale, box->x, box->x + box->width, border);
  viewport->y = reveal (viewport->y, viewport->height / viewport->scale, box->y,
                        box->y + box->height, border);
}

void
graph_viewport_clamp (GraphViewport *viewport, const GraphPicture *picture)
{
  double width = viewport->width / viewport->scale, height = viewport->height / viewport->scale;

  viewport->x = CLAMP (viewport->x, -width * 0.9, picture->layout->width - width * 0.1);
  viewport->y = CLAMP (viewport->y, -height * 0.9, picture->layout->height - height * 0.1);
}
