/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_ROW_ACTIONS_H
#define TIMELINE_ROW_ACTIONS_H

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* Commands that are about rows; each gets the page. */
void timeline_select_next (GtkWidget *page);
void timeline_select_previous (GtkWidget *page);
void timeline_page_down (GtkWidget *page);
void timeline_page_up (GtkWidget *page);
void timeline_pin (GtkWidget *page);
void timeline_hide (GtkWidget *page);
void timeline_show_hidden (GtkWidget *page);
void timeline_move_up (GtkWidget *page);
void timeline_move_down (GtkWidget *page);
void timeline_fold (GtkWidget *page);
void timeline_group (GtkWidget *page);
void timeline_higher (GtkWidget *page);
void timeline_lower (GtkWidget *page);

G_END_DECLS

#endif
