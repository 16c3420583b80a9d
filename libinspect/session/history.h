/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_HISTORY_H
#define SESSION_HISTORY_H

/* What a target tells the history of its session: which programs there were. */

#include "analysis/places.h"
#include "analysis/facts.h"
#include "analysis/objects.h"
#include "inspector-history.h"
#include "model/history.h"
#include "recording/writer.h"

G_BEGIN_DECLS

InspectorHistory *inspector_history_new (void);
/* A program begins in the process @pid; both stand until analysis_history_end(). */
void analysis_history_begin (InspectorHistory *history, int pid, ModelTarget *model,
                             AnalysisPlaces *places, AnalysisFacts *facts);
/* Who finds what is around what its tasks wait for, while it runs; may answer NULL. */
typedef AnalysisObjects *(*AnalysisObjectsFunc) (gpointer data);
void analysis_history_set_objects (InspectorHistory *history, ModelTarget *model,
                                   AnalysisObjectsFunc func, gpointer data);
/* Its records are those of program @number in the recording @path; or become so. */
void analysis_history_set_recording (InspectorHistory *history, ModelTarget *model, const char *path,
                                     guint32 number);
void analysis_history_set_writer (InspectorHistory *history, ModelTarget *model,
                                  RecordingWriter *writer, guint32 number);
/* The writer goes; what it has written stays. */
void analysis_history_forget_writer (InspectorHistory *history, ModelTarget *model);
/* A program was there until @at_ns, whether it did anything or not. */
void analysis_history_reach (InspectorHistory *history, gint64 at_ns);
/* It ended at @at_ns, and all that it had left. */
void analysis_history_end_program (InspectorHistory *history, ModelTarget *model, gint64 at_ns);
/* Emits ::grown if it has. */
void analysis_history_tell (InspectorHistory *history);
/* The program is gone: what it named is looked up now. */
void analysis_history_end (InspectorHistory *history, ModelTarget *model);

G_END_DECLS

#endif
