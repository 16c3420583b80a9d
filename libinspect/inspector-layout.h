/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_LAYOUT_H
#define INSPECTOR_LAYOUT_H

#include <gio/gio.h>

/**
 * SECTION: inspector-layout.h
 *
 * Where the boxes of a graph lie and how the lines between them run. Layers go from left to right, what
 * leads to something stands before it; boxes that lead to one another stand in a ring. Each part that
 * hangs together is laid by itself, those with a deadlock on top.
 *
 *     layout = inspector_layout_new (n_boxes, n_lines);
 *     ... the fields that are marked "in" are filled in ...
 *     inspector_layout_run (layout, cancellable);
 *
 * It knows nothing of what is drawn: sizes come from who measures text. Any thread may run one.
 */

G_BEGIN_DECLS

#ifndef INSPECTOR_API
#define INSPECTOR_API __attribute__ ((visibility ("default"))) extern
#endif

/** InspectorLayoutBox: a node, as big as it is drawn. */
typedef struct
{
  double width, height; /* in */
  double before;        /* in: y of its middle in an earlier layout; %NAN: it was in none */
  guint cycle;          /* in: of a deadlock: its part comes first; 0: it is in none */
  double x, y;          /* of its top left corner */
} InspectorLayoutBox;

/** InspectorLayoutLine: leads from one box to another. */
typedef struct
{
  guint from, to;                   /* in: boxes */
  double label_width, label_height; /* in: room for what is written at it */
  guint first_point, n_points;      /* a start, and three points for each Bezier curve */
  double label_x, label_y;          /* of the middle of its label */
} InspectorLayoutLine;

typedef struct
{
  double x, y;
} InspectorLayoutPoint;

/** InspectorLayout: a graph, and where it lies once it has run. */
typedef struct
{
  guint n_boxes, n_lines, n_points;
  InspectorLayoutBox *boxes;
  InspectorLayoutLine *lines;
  InspectorLayoutPoint *points;
  double width, height; /* of all */
  guint n_crossings;    /* of lines, as far as they were counted: in parts of layers */
} InspectorLayout;

/**
 * inspector_layout_new: (skip)
 *
 * Returns: (transfer full): all is 0, and no box was in an earlier layout
 */
INSPECTOR_API InspectorLayout *inspector_layout_new (guint n_boxes, guint n_lines);
INSPECTOR_API void inspector_layout_free (InspectorLayout *layout);
/**
 * inspector_layout_run: (skip)
 * @cancellable: (nullable):
 *
 * Lays it out. Boxes that were in an earlier layout keep the order that they had there, unless another
 * one saves many crossings. Lines to boxes that are not there are left out. A hundred thousand boxes
 * take about a second.
 *
 * Returns: %FALSE: it was cancelled, and nothing can be drawn
 */
INSPECTOR_API gboolean inspector_layout_run (InspectorLayout *layout, GCancellable *cancellable);

G_END_DECLS

#endif
