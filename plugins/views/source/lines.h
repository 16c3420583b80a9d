/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_LINES_H
#define SOURCE_LINES_H

#include <inspector-profile.h>

G_BEGIN_DECLS

/* What a profile says of the lines of one file. */

typedef struct
{
  guint line;    /* from 1 */
  guint64 count; /* of what began or ran there */
  gint64 total_ns;
  gint64 max_ns;
  guint64 n_pending;
  gboolean waits; /* else it only ran, or was begun there */
  GArray *rows;   /* SourceRow: what took longest first */
} SourceLine;

typedef struct
{
  InspectorProfileTable of;
  guint index;
} SourceRow;

typedef struct
{
  InspectorFigures *figures;
  GPtrArray *lines; /* SourceLine, in order */
  gint64 most_ns;   /* of all lines */
} SourceLines;

/* @file: as its compiler was told */
SourceLines *source_lines_new (InspectorFigures *figures, const char *file);
void source_lines_free (SourceLines *lines);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SourceLines, source_lines_free)
/* (nullable): nothing is known of it */
const SourceLine *source_lines_find (const SourceLines *lines, guint line);
/* (transfer full): "8 × 8.9 s"; "" where nothing of it has a figure */
char *source_line_dup_short (const SourceLine *line);
/* (transfer full): lines of text: what was waited for, how often, how long */
char *source_line_dup_text (const SourceLines *lines, const SourceLine *line);
/* (transfer none) (nullable): what took longest of it, and has a task */
const InspectorProfileRow *source_line_get_worst (const SourceLines *lines, const SourceLine *line);

G_END_DECLS

#endif
