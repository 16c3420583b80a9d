/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_PAGE_H
#define SOURCE_PAGE_H

#include <session.h>

G_BEGIN_DECLS

#define SOURCE_TYPE_PAGE (source_page_get_type ())
G_DECLARE_FINAL_TYPE (SourcePage, source_page, SOURCE, PAGE, GtkWidget)

GtkWidget *source_page_new (UiSession *session);
void source_page_open_editor (GtkWidget *page);
void source_page_choose_file (GtkWidget *page);
void source_page_show_settings (GtkWidget *page);
void source_page_follow (GtkWidget *page);
void source_page_select_slowest (GtkWidget *page);
/* Sets or takes away a breakpoint at the line of the text cursor. */
void source_page_toggle_break (GtkWidget *page);
void source_page_next_line (GtkWidget *page);
void source_page_previous_line (GtkWidget *page);
char *
source_page_dup_csv (GtkWidget *page); /* (transfer full): the lines that something is known of */
void source_page_save_state (GtkWidget *page, GKeyFile *state, const char *group);
void source_page_load_state (GtkWidget *page, GKeyFile *state, const char *group);

G_END_DECLS

#endif
