/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_LAYERED_PART_H
#define GRAPH_LAYERED_PART_H

/* How a graph is laid out in layers (Sugiyama, Tagawa and Toda, 1981), in steps, a file each:
 *
 *     layered.c        parts that hang together, one after the other, and where each is put
 *     components.c     which boxes lead to one another (Tarjan, 1972)
 *     ring.c           those stand in a ring, which is an item of its part
 *     layered-rank.c   each item gets a layer; long lines get an item in each layer that they pass
 *     layered-order.c  the order in a layer, so that few lines cross
 *     layered-place.c  where in its layer an item stands
 *     layered-route.c  where lines leave boxes, and how they run */

#include "inspector-layout.h"

G_BEGIN_DECLS

#define LAYERED_GAP_X 48.0   /* between layers, at least */
#define LAYERED_GAP_Y 22.0   /* between boxes of a layer */
#define LAYERED_GAP_LINE 9.0 /* beside a line that passes a layer */
#define LAYERED_GAP_PARTS 34.0
#define LAYERED_MARGIN 12.0
#define LAYERED_LOOP 26.0 /* above a box that leads to itself */
/* More boxes that lead to one another than this are no ring that anybody could follow. */
#define LAYERED_RING_MAX 40u

typedef enum
{
  LAYERED_LEFT,
  LAYERED_RIGHT,
  LAYERED_TOP,
  LAYERED_BOTTOM,
} LayeredSide;

/* Where a box is in its ring: two rows, the upper one from left to right, the lower one back. */
typedef struct
{
  guint number; /* along the ring, from 1; 0: in none */
  guint n;      /* boxes in it */
  guint row, column, n_columns;
} LayeredSeat;

typedef struct
{
  InspectorLayout *layout;
  GCancellable *cancellable;
  guint *part;      /* of each box: the least box of its part */
  guint *out_first; /* of each box, and one more: in @out_lines */
  guint *out_lines;
  guint *component;       /* of each box: those that lead to one another have the same */
  guint *component_first; /* of each component, and one more: in @members */
  guint *members;
  guint n_components;
  guint *rank;        /* of each box: when the search came to it */
  guint *n_entering;  /* of each box: lines from boxes that it does not lead to */
  guint *item;        /* of each box: in its part */
  LayeredSeat *seats; /* of each box */
  gsize n_bends;      /* room that is left for items of long lines */
} Layered;

/* A box, a ring, or a line that passes a layer. */
typedef struct
{
  double width, height;
  double before; /* NAN: it was in no earlier layout */
  guint layer, place;
  double y;       /* of its middle */
  guint first, n; /* boxes, in LayeredPart.boxes; 0: a line */
} LayeredItem;

/* Between two layers that follow one another. */
typedef struct
{
  guint from, to; /* items */
} LayeredLink;

typedef struct
{
  Layered *self;
  GArray *boxes;      /* guint: by item */
  GArray *lines;      /* guint: of the layout */
  GArray *items;      /* LayeredItem */
  GArray *links;      /* LayeredLink */
  GArray *chains;     /* guint: items that the lines pass, from left to right, ends included */
  guint *chain_first; /* of each line, and one more */
  guint n_layers;
  guint *layer_first;     /* of each layer, and one more: in @order */
  guint *order;           /* items */
  guint *out_first, *out; /* of each item: links that leave it */
  guint *in_first, *in;
  double *layer_x, *layer_width;
  double width, height;
} LayeredPart;

#define layered_item(part, i) (&g_array_index ((part)->items, LayeredItem, (i)))
#define layered_link(part, i) (&g_array_index ((part)->links, LayeredLink, (i)))

/* Room above a box: of a line that leads back to it. */
double layered_get_loop (const Layered *self, guint box);
/* FALSE: it was cancelled. */
gboolean layered_find_components (Layered *self);
/* Places the boxes of @component beside one another, from 0 on, and says how much room they take. */
void layered_ring_place (Layered *self, guint component, double *ret_width, double *ret_height);
/* Where a line that stays in a ring leaves the one box, and reaches the other. */
void layered_ring_get_sides (const Layered *self, const InspectorLayoutLine *line,
                             LayeredSide *ret_from, LayeredSide *ret_to);
/* Whether a line is laid as if it led the other way. */
gboolean layered_is_reversed (const Layered *self, const InspectorLayoutLine *line);
void layered_rank (LayeredPart *part);
void layered_order (LayeredPart *part);
void layered_place (LayeredPart *part);
/* Of all lines, once all boxes are where they stay. @chains: of all parts: points that a line passes,
 * from left to right. */
typedef struct
{
  InspectorLayoutPoint left, right; /* where it comes into a layer, and leaves it */
} LayeredBend;
void layered_route (Layered *self, GArray *bends, const guint *bend_first, const guint *n_bends);

G_END_DECLS

#endif
