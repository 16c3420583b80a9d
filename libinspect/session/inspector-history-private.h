/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_INSPECTOR_HISTORY_PRIVATE_H
#define SESSION_INSPECTOR_HISTORY_PRIVATE_H

/* What an InspectorHistory is, for the files that make it up: inspector-history.c has what is in
 * memory, inspector-names.c what that is called, history-source.c and history-part.c find what was said at
 * some moment in the recording, history-shelf.c keeps it, history-aside.c has threads read it, inspector-moment.c and
 * inspector-event.c show it. */

#include "session/history.h"
#include "session/replay.h"
#include "session/timeline.h"

G_BEGIN_DECLS

/* A line of a source file. */
typedef struct
{
  char *file;
  guint line;
} HistorySource;

/* Both are interned. */
typedef struct
{
  const char *name;
  const char *what; /* in words: "connecting to …" */
} HistoryKind;

/* Its recording, opened once more for a thread. */
typedef struct _HistoryAside HistoryAside;

/* A program whose tasks are kept, and what is known of its places once it is gone. */
typedef struct
{
  int pid;
  gint64 end_ns;                   /* 0: it has not ended, or nobody knows */
  ModelTarget *model;              /* NULL: it is gone */
  AnalysisPlaces *places;          /* with @model */
  AnalysisFacts *facts;            /* with @model */
  AnalysisObjectsFunc get_objects; /* with @model; (nullable) */
  gpointer objects_data;
  GHashTable *names;     /* location: its text; NULL: it is there */
  GHashTable *functions; /* location: its function */
  GHashTable *sources;   /* location: its HistorySource */
  GHashTable *files;     /* as analysis_places_get_files() */
  GPtrArray *kinds;      /* HistoryKind by number; NULL: not asked for yet */

  /* Where its records are. */
  char *path;              /* NULL: nowhere */
  guint32 number;          /* in that recording */
  RecordingWriter *writer; /* NULL: it is not written any more */
  RecordingReader *reader; /* NULL: not opened yet */
  /* Of a program that is gone, from the recording: NULL: not read yet. */
  AnalysisReplayTables *tables;
  AnalysisPlaces *table_places;
  /* What blocks may name, by their number: those of the keyframe at that block and what follows it. */
  GHashTable *named; /* RecordingMentions; NULL: nothing yet */
  guint named_from;
  HistoryAside *aside; /* NULL: not needed yet */
  /* See HistoryScan: of which kind what may be, and what was found in blocks; NULL: not needed yet */
  guint8 *kinds_read;
  struct _HistoryScanned *scanned;
  guint64
      max_whole; /* an instant of more records is read for one task alone; 0: HISTORY_MAX_WHOLE */
} HistoryProgram;

/* What is read in some 20 ms, and then is there for all tasks. */
#define HISTORY_MAX_WHOLE G_GUINT64_CONSTANT (262144)

struct _InspectorHistory
{
  GObject parent_instance;
  ModelHistory *model;
  GPtrArray *programs; /* HistoryProgram, by what the model calls a target */
  guint64 n_told;      /* changes, when ::grown was emitted last */
  gint64 reached_ns;   /* its programs were there until then, silent or not */
  AnalysisPast *past;  /* (nullable): where its tracks are loaded from */

  /* Tracks by the ids that their tasks had: the latest of each, and the one before it of the same. */
  GHashTable *by_id; /* id: index + 1 */
  GArray *same_id;   /* by index: guint32, index + 1 */

  /* The instant that was looked at last, of a whole program, and of some tasks of programs of many. */
  GHashTable *moments; /* HistoryProgram: its HistoryMoment */
  GQueue parts;        /* HistoryPart, what was asked for last first */
  guint n_forgotten;   /* how often all of them were */
  guint64 moment_number;
};

/* What a program was at an instant. */
typedef struct
{
  ModelTarget *model;
  gint64 at_ns;
} HistoryMoment;

void history_moment_free (gpointer moment);

/* What some of its tasks were at an instant, with what they wait for. */
typedef struct
{
  HistoryProgram *program;
  ModelTarget *model;
  GHashTable *ids; /* of those tasks */
  gint64 at_ns;
  gboolean is_ahead; /* whom they wait for is among them */
} HistoryPart;

/* What names the numbers in records of @program. */
typedef struct
{
  const ModelTables *tables;
  gpointer data;
  AnalysisPlaces *places;
} HistoryNames;

/* Of a program that is about to go, number @number of the model: what its numbers stand for. */
void history_keep_names (InspectorHistory *history, HistoryProgram *program, guint number);
/* (transfer none): a new one */
HistoryProgram *inspector_history_add_program (InspectorHistory *history);
/* What was known of an instant is read again. */
void history_forget_moment (InspectorHistory *history);
/* The track of the task that had @id at that instant; G_MAXUINT: none. */
guint history_find_track (InspectorHistory *history, const HistoryProgram *program, guint64 id,
                          gint64 at_ns);
HistoryProgram *inspector_history_peek_program (InspectorHistory *history, const ModelTrack *track);
const ModelTrack *inspector_history_peek_track (InspectorHistory *history, guint index);
/* The same, with its spans in memory. */
const ModelTrack *inspector_history_peek_whole_track (InspectorHistory *history, guint index);
/* Its own end, or that of its program where the session went on; G_MAXINT64: none */
gint64 inspector_history_find_end (InspectorHistory *history, const ModelTrack *track,
                                   gint32 *ret_status);
/* As inspector_history_get_rows(). @only_alive: nothing is written for those that had not begun or had ended. */
guint history_read_rows (InspectorHistory *history, guint first, guint n, gint64 at_ns,
                         gboolean only_alive, InspectorRow *ret_rows);
/* It ended before @at_ns, and the session went on without it. */
gboolean history_program_has_gone (InspectorHistory *history, const HistoryProgram *program,
                                   gint64 at_ns);
void history_program_close (HistoryProgram *program);
gboolean history_program_is_recorded (HistoryProgram *program, GError **error);
/* Its recording as it is now, with what was said until @until_ns. FALSE: there is none. */
gboolean history_program_open (HistoryProgram *program, gint64 until_ns, GError **error);
gboolean history_program_get_names (HistoryProgram *program, HistoryNames *ret_names);
/* What the program was at @at_ns, by the keyframe before and what was said since; (transfer full) */
ModelTarget *history_program_load (HistoryProgram *program, const HistoryNames *names,
                                   guint64 *next_number, gint64 at_ns);

/* The blocks that make an instant, in their order: a keyframe and what came since; (element-type guint) (transfer
 * full) */
GArray *history_program_list_blocks (HistoryProgram *program, gint64 at_ns);
/* How many records that takes. */
guint64 history_program_count_records (HistoryProgram *program, gint64 at_ns);
/* What the task of @id was at @at_ns, with all that it waited for and held, and who held that; of other tasks there
 * are pieces. @is_ahead: those that it waits for are there in the same way, and so on. (transfer full) (nullable):
 * where others may be behind a thread's back, which takes the whole program to know */
ModelTarget *history_program_load_task (HistoryProgram *program, const HistoryNames *names,
                                        guint64 *next_number, guint64 id, gint64 at_ns,
                                        gboolean is_ahead);

/* The same of many at once, which takes hardly longer. @ret_ids: (transfer full) (optional): those that are there in
 * full: (element-type guint64) */
ModelTarget *history_program_load_tasks (HistoryProgram *program, const HistoryNames *names,
                                         guint64 *next_number, const guint64 *ids, guint n_ids,
                                         gint64 at_ns, gboolean is_ahead, GHashTable **ret_ids);

/* Where what is shown of a task comes from. */
typedef struct
{
  InspectorHistory *history;
  const HistoryProgram *program;
  ModelTarget *model;
  AnalysisPlaces *places;
  gint64 at_ns;
} HistoryMomentOf;

/* (element-type InspectorHolder) (element-type InspectorVariable): (transfer full) */
GPtrArray *history_holders_new (void);
GPtrArray *history_variables_new (void);
void history_holders_add (const HistoryMomentOf *moment, const ModelHold *hold, GPtrArray *holders);
void history_variables_add (const HistoryMomentOf *moment, const ModelTask *task,
                            GPtrArray *variables);

/* Something that is said of the task of @event then: that it is there, or runs. */
void history_tell_of (ModelTarget *model, const ChannelEvent *event, guint type);
/* Who takes something holds it. Unless it @is_known, no more is known of it than that it runs then, on that thread. */
void history_tell_acquire (ModelTarget *model, const ChannelEvent *event, gboolean is_known,
                           gboolean is_keyframe);

/* What ends was there, though who had it was left out: what was said of it is not that of another one of its id. */
void history_tell_resource_end (ModelTarget *model, const ChannelEvent *event);

/* Brings @model from @from_ns to @to_ns. FALSE: there is a keyframe between them, and reading from there is
 * less. */
gboolean history_program_advance (HistoryProgram *program, ModelTarget *model, gint64 from_ns,
                                  gint64 to_ns);
/* How many records that takes; G_MAXUINT64: there is a keyframe between them. */
guint64 history_program_count_between (HistoryProgram *program, gint64 from_ns, gint64 to_ns);

/* What @program was at @at_ns, of the one instant that is looked at: a view asks for one task after the
 * other. (transfer none) */
ModelTarget *history_load_moment (InspectorHistory *history, HistoryProgram *program, gint64 at_ns,
                                  HistoryNames *ret_names, GError **error);
/* The same, but only what concerns the task of @id need be in it; @is_ahead: and whom it waits for. */
ModelTarget *history_load_moment_of (InspectorHistory *history, HistoryProgram *program, guint64 id,
                                     gint64 at_ns, gboolean is_ahead, HistoryNames *ret_names,
                                     GError **error);

/* How much has to be read before history_load_moment_of() has that. */
typedef enum
{
  HISTORY_IS_THERE,
  HISTORY_IS_NEAR, /* of all tasks, and then it is there for all of them */
  HISTORY_IS_FAR,  /* of that task alone */
} HistoryDistance;
/* FALSE: @error; it need not be asked for. */
gboolean history_find_distance (InspectorHistory *history, HistoryProgram *program, guint64 id,
                                gint64 at_ns, gboolean is_ahead, HistoryDistance *ret_distance,
                                GError **error);
/* It is there from now on; (transfer full). */
void history_put_moment (InspectorHistory *history, HistoryProgram *program, ModelTarget *model,
                         gint64 at_ns);
void history_put_part (InspectorHistory *history, const HistoryPart *part);

/* A second reader of a recording, for a thread; (nullable) */
void history_aside_unref (HistoryAside *aside);

G_END_DECLS

#endif
