/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_RULER_H
#define TIMELINE_RULER_H

#include "scene.h"

G_BEGIN_DECLS

/* The scale of time above the rows, and the marks. Dragged on, it selects a stretch of time. */
#define TIMELINE_TYPE_RULER (timeline_ruler_get_type ())
G_DECLARE_FINAL_TYPE (TimelineRuler, timeline_ruler, TIMELINE, RULER, GtkWidget)

GtkWidget *timeline_ruler_new (TimelineScene *scene);

G_END_DECLS

#endif
