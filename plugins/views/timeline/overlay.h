/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_OVERLAY_H
#define TIMELINE_OVERLAY_H

#include "causes.h"
#include "scene.h"

G_BEGIN_DECLS

/* What lies over the rows: the cursor, the range, marks, the selected row, arrows of who woke whom, the
 * pointer. It is all that is drawn again when the pointer moves. */
#define TIMELINE_TYPE_OVERLAY (timeline_overlay_get_type ())
G_DECLARE_FINAL_TYPE (TimelineOverlay, timeline_overlay, TIMELINE, OVERLAY, GtkWidget)

GtkWidget *timeline_overlay_new (TimelineScene *scene);

G_END_DECLS

#endif
