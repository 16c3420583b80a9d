/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_CANVAS_H
#define TIMELINE_CANVAS_H

#include "scene.h"

G_BEGIN_DECLS

/* Draws the rows. What was drawn before is moved, and only what comes into sight is drawn anew. */
#define TIMELINE_TYPE_CANVAS (timeline_canvas_get_type ())
G_DECLARE_FINAL_TYPE (TimelineCanvas, timeline_canvas, TIMELINE, CANVAS, GtkWidget)

GtkWidget *timeline_canvas_new (TimelineScene *scene);

G_END_DECLS

#endif
