/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_CANVAS_H
#define GRAPH_CANVAS_H

#include <gtk/gtk.h>

#include "draw.h"

G_BEGIN_DECLS

/**
 * GraphCanvas::activated (node): somebody wants that node: a click, Enter
 * GraphCanvas::looked-around: the viewport is another one
 */
#define GRAPH_TYPE_CANVAS (graph_canvas_get_type ())
G_DECLARE_FINAL_TYPE (GraphCanvas, graph_canvas, GRAPH, CANVAS, GtkWidget)

GtkWidget *graph_canvas_new (void);
/** @picture: (nullable): laid out. What is looked at stays where it is, as far as it is still there. */
void graph_canvas_set_picture (GraphCanvas *canvas, GraphPicture *picture);
/** Returns: (transfer none) (nullable): */
GraphPicture *graph_canvas_get_picture (GraphCanvas *canvas);
/** How text is measured, for who lays out. */
const UiFont *graph_canvas_get_font (GraphCanvas *canvas);
/** @key: of the node that is selected in the app; 0: none. It comes into sight. */
void graph_canvas_set_selected (GraphCanvas *canvas, guint64 key);
/** The node that a key or a command is about; %G_MAXUINT: none */
guint graph_canvas_get_focused (GraphCanvas *canvas);
void graph_canvas_fit (GraphCanvas *canvas);
void graph_canvas_zoom (GraphCanvas *canvas, double factor);
void graph_canvas_set_scale (GraphCanvas *canvas, double scale);
const GraphViewport *graph_canvas_get_viewport (GraphCanvas *canvas);
void graph_canvas_set_viewport (GraphCanvas *canvas, double x, double y, double scale);

G_END_DECLS

#endif
