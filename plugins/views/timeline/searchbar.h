/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_SEARCHBAR_H
#define TIMELINE_SEARCHBAR_H

#include "heads.h"

G_BEGIN_DECLS

/* The entry in which tasks are looked for, and where one goes from one that is found to the next. */
#define TIMELINE_TYPE_SEARCHBAR (timeline_searchbar_get_type ())
G_DECLARE_FINAL_TYPE (TimelineSearchbar, timeline_searchbar, TIMELINE, SEARCHBAR, GtkWidget)

/** @heads: that set off what is found; @back: what gets the focus afterwards */
GtkWidget *timeline_searchbar_new (TimelineScene *scene, TimelineHeads *heads, GtkWidget *back);
void timeline_searchbar_go (TimelineSearchbar *bar, gboolean forth);

G_END_DECLS

#endif
