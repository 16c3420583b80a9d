/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EXPORT_TIMELINE_H
#define EXPORT_TIMELINE_H

#include "export/exporter.h"

G_BEGIN_DECLS

/* A picture of what threads and a few tasks did over the whole of a recording, one row each. What
 * is narrower than a pixel is drawn as one: nothing vanishes, and memory is bounded. */
typedef struct _ExportTimeline ExportTimeline;

#define EXPORT_TIMELINE_TASKS 40
#define EXPORT_TIMELINE_THREADS 32

ExportTimeline *export_timeline_new (const ExportTrace *trace);
void export_timeline_free (ExportTimeline *timeline);
/* A task that is to have a row; those beyond EXPORT_TIMELINE_TASKS have none. Before it is told of. */
void export_timeline_want (ExportTimeline *timeline, guint64 task);
void export_timeline_set_process (ExportTimeline *timeline, const ExportProcess *process);
void export_timeline_add_task (ExportTimeline *timeline, const ExportTask *task);
void export_timeline_add_span (ExportTimeline *timeline, const ExportSpan *span);
/* As one element of SVG. */
void export_timeline_put (const ExportTimeline *timeline, ExportOutput *output);
extern const char export_timeline_style[];

G_END_DECLS

#endif
