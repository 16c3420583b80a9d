/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_PAGE_H
#define GRAPH_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define GRAPH_TYPE_PAGE (graph_page_get_type ())
G_DECLARE_FINAL_TYPE (GraphPage, graph_page, GRAPH, PAGE, GtkWidget)

GtkWidget *graph_page_new (UiSession *session);

/* Commands. */
void graph_page_fit (GtkWidget *page);
void graph_page_zoom_in (GtkWidget *page);
void graph_page_zoom_out (GtkWidget *page);
void graph_page_zoom_reset (GtkWidget *page);
/** The node that has the focus: its kind, one by one. */
void graph_page_open (GtkWidget *page);
/** The node that has the focus: its kind, as one. */
void graph_page_fold (GtkWidget *page);
void graph_page_fold_all (GtkWidget *page);
void graph_page_toggle_part (GtkWidget *page);

char *graph_page_dup_csv (GtkWidget *page);
void graph_page_save_state (GtkWidget *page, GKeyFile *state, const char *group);
void graph_page_load_state (GtkWidget *page, GKeyFile *state, const char *group);

G_END_DECLS

#endif
