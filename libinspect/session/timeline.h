/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_TIMELINE_H
#define SESSION_TIMELINE_H

/* What the tasks of a program did, into its recording beside the records and back from there: whoever draws
 * time need not read the records. */

#include "model/history.h"
#include "recording/reader.h"
#include "recording/writer.h"

G_BEGIN_DECLS

/* ---- Writing: while a program is read from its begin -------------------------------------------- */

typedef struct _AnalysisTimeline AnalysisTimeline;

/* Both stand until it is finished. @max_spans: that are sorted by track at once; 0: 1,048,576 */
AnalysisTimeline *analysis_timeline_new (RecordingWriter *writer, guint32 number,
                                         ModelTarget *model, guint max_spans);
/* Writes what is left and, unless records were dropped, that it is whole. Frees @timeline. */
void analysis_timeline_finish (AnalysisTimeline *timeline);

/* ---- Reading ------------------------------------------------------------------------------------ */

typedef struct _AnalysisPast AnalysisPast;

/* Takes @reader over. @max_spans: that are loaded at once, about; 0: 131,072. @error: nothing of it is there, or not all of it: the records have to be read. */
AnalysisPast *analysis_past_new (RecordingReader *reader, guint max_spans, GError **error);
void analysis_past_free (AnalysisPast *past);
/* Adds the tracks of all programs to @history, of which the program @i of the recording is called
 * @first_target + i - 1; what they did is loaded when it is looked at. @history goes before @past does. */
gboolean analysis_past_open (AnalysisPast *past, ModelHistory *history, guint first_target,
                             GError **error);

G_END_DECLS

#endif
