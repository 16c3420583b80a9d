/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_HEADS_H
#define TIMELINE_HEADS_H

#include "scene.h"

G_BEGIN_DECLS

/* The names of the rows, beside them. */
#define TIMELINE_TYPE_HEADS (timeline_heads_get_type ())
G_DECLARE_FINAL_TYPE (TimelineHeads, timeline_heads, TIMELINE, HEADS, GtkWidget)

GtkWidget *timeline_heads_new (TimelineScene *scene);
/** Rows of tasks that are found are set off. @found: (nullable): their tracks */
void timeline_heads_set_found (TimelineHeads *heads, GHashTable *found);

G_END_DECLS

#endif
