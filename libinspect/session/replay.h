/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_REPLAY_H
#define SESSION_REPLAY_H

#include "analysis/places.h"
#include "inspector.h"
#include "recording/reader.h"

G_BEGIN_DECLS

/* Who reads along while a recording becomes the targets of a session, one program after the other.
 * Any of them may be NULL. */
typedef struct
{
  /* Before the first record of a program, the @number-th. */
  void (*begin) (gpointer data, InspectorTarget *target, guint32 number);
  /* After its last one. */
  void (*end) (gpointer data, InspectorTarget *target);
  /* Now and then; FALSE: what is left need not be read. */
  gboolean (*goes_on) (gpointer data);
} AnalysisReplayFuncs;

#define ANALYSIS_REPLAY_ALL G_MAXINT64

/* Adds the targets of @reader's recording as they were at @until_ns, on the clock of its records. What
 * was before @from_ns is left out where a keyframe stands for it. */
void analysis_replay (InspectorSession *session, RecordingReader *reader, gint64 from_ns, gint64 until_ns,
                      const AnalysisReplayFuncs *funcs, gpointer data);

/* What one program of a recording is shown from. */
typedef struct _AnalysisReplayTables AnalysisReplayTables;
extern const ModelTables analysis_replay_tables; /* its data are AnalysisReplayTables */
AnalysisReplayTables *analysis_replay_tables_new (RecordingReader *reader, guint32 number);
void analysis_replay_tables_free (AnalysisReplayTables *tables);
/* An AnalysisSymbolizeFunc. */
const DebugSymbol *analysis_replay_symbolize (gpointer tables, guint64 address,
                                              DebugAddressClass of);

/* A keyframe stands for all that came before it: it is of use where that is not there. @before: the one of
 * that target that was read before; NULL: there is none. */
gboolean analysis_replay_is_wanted (const RecordingIndexEntry *block,
                                    const RecordingIndexEntry *before);

/* What was said of program @number; 0 where it was not. */
void analysis_replay_get_facts (RecordingReader *reader, guint32 number, int *ret_pid,
                                gint64 *ret_seen_ns, gboolean *ret_has_ended);
/* Programs that hang say nothing more: when one of them was seen last, if that is after @last_ns and not after @max_ns;
 * else @last_ns. */
gint64 analysis_replay_find_end (RecordingReader *reader, gint64 last_ns, gint64 max_ns);
/* Of runtimes, as of inspector_session_set_runtime_libraries(); (transfer full) */
char **analysis_replay_dup_libraries (RecordingReader *reader);

/* One translated line where the recording is not whole; NULL; (transfer full) */
char *analysis_replay_dup_warning (RecordingReader *reader, const char *path);

G_END_DECLS

#endif
