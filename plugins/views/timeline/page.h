/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_PAGE_H
#define TIMELINE_PAGE_H

#include "searchbar.h"

G_BEGIN_DECLS

#define TIMELINE_TYPE_PAGE (timeline_page_get_type ())
G_DECLARE_FINAL_TYPE (TimelinePage, timeline_page, TIMELINE, PAGE, GtkWidget)

GtkWidget *timeline_page_new (UiSession *session);
TimelineScene *timeline_page_get_scene (TimelinePage *page);
TimelineSearchbar *timeline_page_get_searchbar (TimelinePage *page);
/** Shows what can be done with the selected task. */
void timeline_page_show_menu (GtkWidget *page);

/* For the shell, as view.h says. */
char *timeline_page_dup_csv (GtkWidget *page);
void timeline_page_save_state (GtkWidget *page, GKeyFile *state, const char *group);
void timeline_page_load_state (GtkWidget *page, GKeyFile *state, const char *group);

G_END_DECLS

#endif
