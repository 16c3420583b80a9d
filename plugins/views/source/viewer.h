/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_VIEWER_H
#define SOURCE_VIEWER_H

#include <gtk/gtk.h>

#include "document.h"
#include "margin.h"

G_BEGIN_DECLS

/* The text of a file, with its margin. */

#define SOURCE_TYPE_VIEWER (source_viewer_get_type ())
G_DECLARE_FINAL_TYPE (SourceViewer, source_viewer, SOURCE, VIEWER, GtkWidget)

/**
 * SourceViewer::line-changed: the text cursor is on another line
 * SourceViewer::line-activated (line): a line of the counts and times was clicked
 * SourceViewer::mark-activated (line): a line of the column of signs was
 */

GtkWidget *source_viewer_new (void);
void source_viewer_set_document (SourceViewer *self, const SourceDocument *document);
/* Scrolls there, and puts the text cursor on it. */
void source_viewer_go_to_line (SourceViewer *self, guint line);
guint source_viewer_get_line (SourceViewer *self); /* of the text cursor; from 1 */
/* The line at which the selected task is; 0: none. */
void source_viewer_set_here (SourceViewer *self, guint line, InspectorState state);
SourceMarks *source_viewer_get_marks (SourceViewer *self);
SourceTimes *source_viewer_get_times (SourceViewer *self);

G_END_DECLS

#endif
