/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_MACHINE_DRAW_H
#define VARIABLES_MACHINE_DRAW_H

#include <cairo.h>

#include "machine.h"

G_BEGIN_DECLS

typedef struct
{
  guint32 background, box, border, ink, dim, accent, accent_box; /* 0xRRGGBB */
  const UiFont *font;
} MachineLook;

void machine_look_init (MachineLook *look, gboolean is_dark, gboolean is_high_contrast);
/** Draws @machine, which is laid out, so that it fits into @width and @height, and no larger than it is. */
void machine_draw (cairo_t *cr, const Machine *machine, double width, double height,
                   const MachineLook *look);
/** Returns: the state that is drawn there; %G_MAXUINT: none */
guint machine_find_state (const Machine *machine, double width, double height, double x, double y);
/** Returns: the height at which it is as large as it is, or fills @width */
double machine_get_height (const Machine *machine, double width);

G_END_DECLS

#endif
