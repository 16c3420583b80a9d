/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_MARGIN_H
#define SOURCE_MARGIN_H

#include <gtksourceview/gtksource.h>

#include <inspector-history.h>

#include "lines.h"

G_BEGIN_DECLS

/* The two columns beside the line numbers. Each emits ::line-activated (line) when a line of it is clicked,
 * and nothing else of the view knows what they draw. */

/* ---- Marks: one sign a line -------------------------------------------------------------------- */

#define SOURCE_TYPE_MARKS (source_marks_get_type ())
G_DECLARE_FINAL_TYPE (SourceMarks, source_marks, SOURCE, MARKS, GtkSourceGutterRenderer)

/* Signs of a line, in the order in which they are drawn over each other; each is a row of the table in
 * margin.c. */
typedef enum
{
  SOURCE_MARK_BREAK, /* a breakpoint; with SourceBreak */
  SOURCE_MARK_TASKS, /* tasks are here now; with their number */
  SOURCE_MARK_HERE,  /* the selected task is */
  SOURCE_N_MARKS
} SourceMark;

/* How a breakpoint looks. */
typedef enum
{
  SOURCE_BREAK_ON,
  SOURCE_BREAK_OFF,   /* it is kept, and nothing stops there */
  SOURCE_BREAK_UNMET, /* as things are, nothing can */
} SourceBreak;

GtkSourceGutterRenderer *source_marks_new (void);
/* Takes all signs of that kind away. */
void source_marks_clear (SourceMarks *self, SourceMark mark);
/* @number: 0: none is shown */
void source_marks_set (SourceMarks *self, SourceMark mark, guint line, guint number);

/* Of the selected task: its sign has the colour. */
void source_marks_set_state (SourceMarks *self, InspectorState state);

/* ---- Counts and times -------------------------------------------------------------------------- */

#define SOURCE_TYPE_TIMES (source_times_get_type ())
G_DECLARE_FINAL_TYPE (SourceTimes, source_times, SOURCE, TIMES, GtkSourceGutterRenderer)

GtkSourceGutterRenderer *source_times_new (void);
/* @lines: (nullable): the caller's, until others are set */
void source_times_set_lines (SourceTimes *self, const SourceLines *lines);

G_END_DECLS

#endif
