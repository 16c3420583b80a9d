/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_PAGE_H
#define TIMELINE_PAGE_H

#include "scene.h"

G_BEGIN_DECLS

#define TIMELINE_TYPE_PAGE (timeline_page_get_type ())
G_DECLARE_FINAL_TYPE (TimelinePage, timeline_page, TIMELINE, PAGE, GtkWidget)

GtkWidget *timeline_page_new (UiSession *session);
TimelineScene *timeline_page_get_scene (TimelinePage *page);

G_END_DECLS

#endif
