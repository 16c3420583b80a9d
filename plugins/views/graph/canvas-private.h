/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_CANVAS_PRIVATE_H
#define GRAPH_CANVAS_PRIVATE_H

/* Between canvas.c, which shows, and canvas-input.c, which hears what somebody does. */

#include "canvas.h"

G_BEGIN_DECLS

struct _GraphCanvas
{
  GtkWidget parent_instance;
  GraphPicture *picture;
  UiFont *font;
  GraphViewport viewport;
  GraphEmphasis emphasis;
  gboolean was_moved; /* by the user: it is not fitted any more */
  gboolean by_keys;   /* the keyboard is what is used */

  double pointer_x, pointer_y;
  double drag_x, drag_y;
  double pinch_scale;
};

void graph_canvas_add_input (GraphCanvas *canvas);

/* The viewport is another one, by the user's hand. */
void graph_canvas_look_around (GraphCanvas *canvas);
/* Comes into sight; %G_MAXUINT: nothing */
void graph_canvas_set_focused (GraphCanvas *canvas, guint node);
void graph_canvas_activate (GraphCanvas *canvas, guint node);
/* To who does not see it: all in brief, and where the keyboard is. */
void graph_canvas_say (GraphCanvas *canvas);

G_END_DECLS

#endif
