/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_DRAW_H
#define GRAPH_DRAW_H

#include <cairo.h>

#include <colours.h>

#include "picture.h"

G_BEGIN_DECLS

/** GraphViewport: what is seen of a picture, and how big. */
typedef struct
{
  double x, y;          /* of the picture, at the top left */
  double scale;         /* pixels for a unit of the picture */
  double width, height; /* in pixels */
} GraphViewport;

/** GraphEmphasis: what stands out; keys of nodes, 0: none. */
typedef struct
{
  guint64 selected; /* in the whole app */
  guint64 focused;  /* where the keyboard is */
  guint64 hovered;
  gboolean shows_focus;
} GraphEmphasis;

/** GraphLook: colours, 0xRRGGBB, and text. */
typedef struct
{
  guint32 background, box, border, ink, dim;
  guint32 wrong, wrong_box; /* of deadlocks */
  guint32 accent;           /* of what is selected */
  guint32 states[INSPECTOR_N_STATES];
  UiPattern patterns[INSPECTOR_N_STATES];
  gboolean is_high_contrast;
  const UiFont *font;
} GraphLook;

/** Sets all but @look->font. */
void graph_look_init (GraphLook *look, gboolean is_dark, gboolean is_high_contrast);

/**
 * graph_draw:
 *
 * Draws what is seen of @picture, which is laid out: the same pixels for the same arguments. Costs what is
 * seen; text that is too small to be read is left out.
 */
void graph_draw (cairo_t *cr, const GraphPicture *picture, const GraphViewport *viewport,
                 const GraphEmphasis *emphasis, const GraphLook *look);

G_END_DECLS

#endif
