/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_MINIMAP_H
#define TIMELINE_MINIMAP_H

#include "scene.h"

G_BEGIN_DECLS

/* All that has happened, in one strip: what all tasks did, and which part of it is seen below. */
#define TIMELINE_TYPE_MINIMAP (timeline_minimap_get_type ())
G_DECLARE_FINAL_TYPE (TimelineMinimap, timeline_minimap, TIMELINE, MINIMAP, GtkWidget)

GtkWidget *timeline_minimap_new (TimelineScene *scene);

G_END_DECLS

#endif
