/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_LINE_PANEL_H
#define SOURCE_LINE_PANEL_H

#include <session.h>

#include "lines.h"

G_BEGIN_DECLS

/* What is known of one line: what was waited for there, and which tasks are there now. */

#define SOURCE_TYPE_LINE_PANEL (source_line_panel_get_type ())
G_DECLARE_FINAL_TYPE (SourceLinePanel, source_line_panel, SOURCE, LINE_PANEL, GtkWidget)

GtkWidget *source_line_panel_new (UiSession *session);
/* @title: "client.c:200"; @lines: (nullable) */
void source_line_panel_set_line (SourceLinePanel *self, const char *title, const SourceLines *lines,
                                 guint line);
/* @rows: (element-type InspectorRow): at that line; @n: how many there are in all */
void source_line_panel_set_tasks (SourceLinePanel *self, GArray *rows, guint n);
/* Selects the task that took longest at @line, in the middle of that. FALSE: none is known. */
gboolean source_line_panel_select_slowest (UiSession *session, const SourceLines *lines,
                                           guint line);

G_END_DECLS

#endif
