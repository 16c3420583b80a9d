/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_FLAME_DRAW_H
#define PROFILE_FLAME_DRAW_H

#include <cairo.h>
#include <pango/pango.h>

#include "flame-layout.h"

G_BEGIN_DECLS

#define FLAME_ROW 20 /* pixels */

/* What is drawn, and how: a picture depends on nothing else. */
typedef struct
{
  double x, width;           /* the part of the layout that is as wide as the picture */
  int pixels, height;        /* of the picture */
  int top;                   /* the row of pixels of the layout that is the picture's first */
  guint selected, hovered;   /* boxes, or FLAME_NONE */
  const FlameSearch *search; /* (nullable) */
  gboolean has_patterns;     /* beside the colours */
  guint32 colours[4];        /* 0xRRGGBB, by InspectorFlameKind */
  guint32 background, ink, found, selection;
} FlameViewport;

/* @font: (nullable): without it there are no names, and the picture is the same on all machines. */
void flame_draw (cairo_t *cr, const FlameLayout *layout, const FlameViewport *viewport,
                 const PangoFontDescription *font);

/* From pixels to the layout and back. */
double flame_viewport_to_layout (const FlameViewport *viewport, double pixel);
double flame_viewport_to_pixel (const FlameViewport *viewport, double x);

G_END_DECLS

#endif
