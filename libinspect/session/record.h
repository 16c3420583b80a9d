/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_RECORD_H
#define SESSION_RECORD_H

/* What a target's programs say, into the recording of their session; and back from one. */

#include <json-glib/json-glib.h>

#include "analysis/tables.h"
#include "channel/reader.h"
#include "model/model.h"
#include "recording/writer.h"

G_BEGIN_DECLS

/* A program that is being recorded; NULL is one that is not. */
typedef struct _AnalysisRecord AnalysisRecord;

/* @writer and @reader, which may be NULL, and @tables stand until the record is ended. */
AnalysisRecord *analysis_record_begin (RecordingWriter *writer, ChannelReader *reader,
                                       AnalysisTables *tables);
/* What its tasks do is written beside the records, from its begin on; @model stands until the record is
 * ended. */
void analysis_record_watch (AnalysisRecord *record, ModelTarget *model);
/* Writes what is known of the program as a whole, and that this is how it was at @now_ns: about once
 * a second, so that a recording that is cut off has it. */
void analysis_record_say (AnalysisRecord *record, int pid, int parent_pid, const char *command,
                          const char *const *runtimes, gint64 begin_ns, gint64 now_ns);
/* What was found out about it that its records do not tell, by the name of whoever reads it again; written
 * with what is said next. @facts: (transfer full) (nullable): NULL takes it back */
void analysis_record_keep (AnalysisRecord *record, const char *name, JsonObject *facts);
/* A return address that those facts name. */
void analysis_record_add_call (AnalysisRecord *record, guint64 address);
/* The program has ended. @wait_status: as of waitpid(); where it is not known, of a program that another has
 * replaced, or whose end was not seen, @status_is_known is FALSE. */
void analysis_record_tell_end (AnalysisRecord *record, gboolean status_is_known, int wait_status);
/* Frees @record. */
void analysis_record_end (AnalysisRecord *record);
/* What @model is now, as records; @is_first: of those that are made at this moment. */
void analysis_record_keyframe (AnalysisRecord *record, ModelTarget *model, gboolean is_first);
/* Whether it is time for a keyframe; see recording_writer_wants_keyframe(). */
gboolean analysis_record_wants_keyframe (const AnalysisRecord *record);
/* The program's number in the recording. */
guint32 analysis_record_get_number (const AnalysisRecord *record);
/* Names what there was so far, for a recording that is saved while the program runs. */
void analysis_record_name (AnalysisRecord *record);
void analysis_record_event (AnalysisRecord *record, const ChannelEvent *event);
/* @event will be recorded soon: as recording_columns_prepare(). */
void analysis_record_prepare (AnalysisRecord *record, const ChannelEvent *event, gboolean is_near);

G_END_DECLS

#endif
