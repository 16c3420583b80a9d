/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_STATE_PAINT_H
#define UI_STATE_PAINT_H

#include "colours.h"

G_BEGIN_DECLS

/* States in cairo drawings and in widgets: the colour, and the pattern over it. */

/** Sets 0xRRGGBB as the source. */
UI_API void ui_set_source (cairo_t *cr, guint32 colour, double alpha);
/**
 * ui_state_paint:
 *
 * Fills a rectangle with the colour of @state, and with its pattern where there is room for one; in high
 * contrast the pattern is stronger, and the rectangle has an outline.
 */
UI_API void ui_state_paint (cairo_t *cr, InspectorState state, double x, double y, double width,
                            double height);

/** The same of any look, such as that of a wait (waits.h). */
UI_API void ui_look_paint (cairo_t *cr, const UiStateLook *look, double x, double y, double width,
                           double height);

/** Returns: (transfer floating): a small square of the colour and pattern of @state */
UI_API GtkWidget *ui_state_swatch_new (InspectorState state);
UI_API void ui_state_swatch_set (GtkWidget *swatch, InspectorState state);
/** Returns: (transfer floating): a small square of the colour and pattern of @look, which is copied */
UI_API GtkWidget *ui_look_swatch_new (const UiStateLook *look);
UI_API void ui_look_swatch_set (GtkWidget *swatch, const UiStateLook *look);
/** Returns: (transfer floating): all states with their names; what each means where the pointer rests */
UI_API GtkWidget *ui_legend_new (void);

G_END_DECLS

#endif
