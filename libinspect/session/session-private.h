/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_SESSION_PRIVATE_H
#define SESSION_SESSION_PRIVATE_H

#include <json-glib/json-glib.h>

#include "analysis/report.h"
#include "inspector-history.h"
#include "inspector.h"
#include "profile/profile.h"
#include "recording/writer.h"
#include "session/time-index.h"

G_BEGIN_DECLS

/* What the files behind inspector.h share, and what tests put in place of a kernel. */

InspectorTarget *inspector_target_new (int pid, int parent_pid, const char *command,
                                       guint64 *next_number,
                                       const AnalysisFactsSource *facts_source);
/* For channels that are attached from then on; see inspector_session_set_runtime_libraries(). */
void inspector_target_set_libraries (InspectorTarget *target, const char *const *libraries);
/* Feeds from what is no channel: tables that the caller keeps, records by ingest(). */
void inspector_target_attach_tables (InspectorTarget *target, const ModelTables *tables,
                                     gpointer tables_data, AnalysisSymbolizeFunc symbolize,
                                     gpointer symbolize_data);
/* One record of it. */
void inspector_target_ingest (InspectorTarget *target, const ChannelEvent *event);
/* One of many: its model knows of it once inspector_target_ingest_rest() has been called. */
void inspector_target_ingest_later (InspectorTarget *target, const ChannelEvent *event);
void inspector_target_ingest_rest (InspectorTarget *target);
/* What its programs say from now on goes there; NULL: no longer. */
void inspector_target_set_recording (InspectorTarget *target, RecordingWriter *writer);
/* What its programs say from now on is counted; NULL: no longer. */
void inspector_target_set_profile (InspectorTarget *target, const ProfileRange *range);
/* It was not seen before @at_ns: what it is told of first is what there was then. */
void inspector_target_begin_profile_at (InspectorTarget *target, gint64 at_ns);
/* Targets of @session, and those that it gets, count along; @range: (nullable) */
void inspector_session_set_profile (InspectorSession *session, const ProfileRange *range);

/* @keep: the values of variables at each turn, and not only as they were said; before its channel. @hides_memory: of
 * what is stuck nothing is shown that was not asked for */
void inspector_target_keep_variables (InspectorTarget *target, gboolean keep,
                                      gboolean hides_memory);
/* What its programs do from now on is kept there, for as long as the target lives. */
void inspector_target_set_history (InspectorTarget *target, InspectorHistory *history);
/* For a flight recorder: what the target is now; FALSE: it is not recorded. */
gboolean inspector_target_add_keyframe (InspectorTarget *target, gboolean is_first);
/* What its programs named so far. */
void inspector_target_name_record (InspectorTarget *target);
/* Of a recording: its now is its end, also where the program went on. */
void inspector_target_stop_clock (InspectorTarget *target);
/* Of a recording: records of it that are not there. */
void inspector_target_add_lost (InspectorTarget *target, guint64 n_lost);
/* What was found out about it when it was recorded and is in no record of it: from the facts of the
 * recording, of which nothing is trusted. */
void inspector_target_recall (InspectorTarget *target, JsonObject *facts);
/* On the clock of its records: of tests and recordings. */
void inspector_target_set_times (InspectorTarget *target, gint64 begin_ns, gint64 end_ns);
/* What it has left ended with it. */
void inspector_target_end_history (InspectorTarget *target);
ModelTarget *inspector_target_get_model (InspectorTarget *target); /* (nullable) */
/* Returns: how many records were read */
gsize inspector_target_drain (InspectorTarget *target, gsize max_events);
/* @probes: (nullable): of TargetProbe, borrowed for good: it is looked at from outside by them.
 * @may_stop: its threads, for a moment */
void inspector_target_set_probes (InspectorTarget *target, GPtrArray *probes, gboolean may_stop);
/* Whether a look has found anything. */
gboolean inspector_target_look (InspectorTarget *target, gint64 now_ns);
void inspector_target_find_deadlocks (InspectorTarget *target, gint64 now_ns,
                                      gint64 stuck_after_ns);
/* Whether there are some that this has not been asked about before. */
gboolean inspector_target_take_deadlocks (InspectorTarget *target);
/* Whether there is one that needs another look once more has been read. */
gboolean inspector_target_is_unsure (InspectorTarget *target);
void inspector_target_refresh (InspectorTarget *target, gint64 now_ns);
/* What @tasks (guint64: ids) have to do with is told of as if the program had said it, for reports and recordings; of
 * those that are not among them any more, that it is over. */
void inspector_target_show_objects (InspectorTarget *target, const GArray *tasks);
/* Borrows from @target. */
void inspector_target_fill_input (InspectorTarget *target, gint64 now_ns, gint64 stuck_after_ns,
                                  ReportInput *ret_input);

/* What is said of it in this session: what it stood at breakpoints is not held against it. */
void inspector_session_fill_input (InspectorSession *session, InspectorTarget *target,
                                   gint64 now_ns, ReportInput *ret_input);

/* Where a session is recorded to (session-recording.c). */
typedef struct
{
  RecordingWriter *writer;    /* NULL: nothing is recorded */
  gint64 keyframe_gap_ns;     /* of a flight recorder; 0: it is none */
  gint64 keyframe_ns;         /* of the last one */
  guint64 keyframe_gap_bytes; /* so much since the last one makes another one due; 0: none does */
  guint64 keyframe_bytes;     /* written before the last one */
  gint64 keyframe_took_ns;    /* the last one */
  AnalysisIndexing *indexing; /* of what it has saved last; NULL: nothing */
} SessionRecording;

SessionRecording *inspector_session_get_recording (InspectorSession *session);
/* @bytes: written so far */
gboolean inspector_session_is_keyframe_due (const SessionRecording *recording, gint64 now_ns,
                                            guint64 bytes);
/* Of a flight recorder, when it is time for them. */
void inspector_session_add_keyframes (InspectorSession *session);
const char *const *inspector_session_get_runtime_libraries (InspectorSession *session);

InspectorTask *inspector_task_new (const ReportInput *input, const ReportJudgement *judgement);

/* Takes @report over. */
InspectorReport *inspector_report_new (Report *report);
const Report *inspector_report_peek (InspectorReport *report);

/* Test only: before the first target. */
void inspector_session_set_facts_source (InspectorSession *session,
                                         const AnalysisFactsSource *source);
InspectorReport *inspector_session_build_report_at (InspectorSession *session,
                                                    InspectorReportReason reason, gint64 now_ns);

G_END_DECLS

#endif
