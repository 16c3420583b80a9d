/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_PROFILE_H
#define INSPECTOR_PROFILE_H

#include "inspector.h"

/**
 * SECTION: inspector-profile.h
 *
 * Where the time of a session goes: operations, tasks, locks, pools, callbacks, and the tree of who
 * awaited what. Counted while records are read, so a profile is made before a session reads:
 *
 *     session = inspector_session_new ();
 *     profile = inspector_profile_new (session, 0, -1, INSPECTOR_PROFILE_FROM_START);
 *     inspector_session_open_recording (session, path, &warning, &error);     or live, as inspector.h
 *     inspector_profile_update (profile);
 *     text = inspector_profile_to_text (profile, INSPECTOR_TEXT_COLOUR, 100);
 *
 * It costs the same for a minute and for a year; percentiles are off by at most 0.8 %.
 */

G_BEGIN_DECLS

#define INSPECTOR_TYPE_PROFILE (inspector_profile_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorProfile, inspector_profile, INSPECTOR, PROFILE,
                                    GObject)

    /** InspectorProfileFlags: (flags) */
    typedef enum {
      INSPECTOR_PROFILE_NONE = 0,
      INSPECTOR_PROFILE_FROM_START = 1
                                     << 0, /* the range counts from the first record of a program */
    } InspectorProfileFlags;

/**
 * inspector_profile_new:
 * @session: that has read nothing yet; it has no other profile at the time
 * @from_ns: what ends before counts not; nanoseconds on the clock of the records
 * @to_ns: nor what ends after; -1: until now
 *
 * Returns: (transfer full): a profile of what @session reads from now on
 */
INSPECTOR_API InspectorProfile *inspector_profile_new (InspectorSession *session, gint64 from_ns,
                                                       gint64 to_ns, InspectorProfileFlags flags);
/** Brings what it says up to this instant. Until it is called for the first time it says nothing. */
INSPECTOR_API void inspector_profile_update (InspectorProfile *profile);
/**
 * inspector_profile_sample:
 *
 * Notes the stack of a thread whose callback has kept its loop for long, if there is one, so that the
 * profile can say what it does. Live: every few milliseconds; costs next to nothing where there is
 * none.
 */
INSPECTOR_API void inspector_profile_sample (InspectorProfile *profile);
/** How many programs there is something to say of. */
INSPECTOR_API guint inspector_profile_get_n_programs (InspectorProfile *profile);

/**
 * inspector_profile_freeze:
 *
 * Returns: (transfer full): what @profile says as of its last update, for good. Any one thread at a
 *   time may ask it, whatever becomes of @profile meanwhile.
 */
INSPECTOR_API InspectorProfile *inspector_profile_freeze (InspectorProfile *profile);
/**
 * inspector_profile_read:
 * @path: of a recording, which may still be written
 * @from_ns: what ends before counts not; nanoseconds on the clock of the records
 * @to_ns: nor what ends after; -1: until its end
 * @cancellable: (nullable):
 *
 * The profile of a stretch of a recording, of which no more is read than from the keyframe before it to
 * its end. Needs no session: for a thread of its own.
 *
 * Returns: (transfer full) (nullable): as inspector_profile_freeze() makes it; %NULL: @error
 */
INSPECTOR_API InspectorProfile *inspector_profile_read (const char *path, gint64 from_ns,
                                                        gint64 to_ns, GCancellable *cancellable,
                                                        GError **error);

/**
 * inspector_profile_to_text:
 * @width: columns to keep to where that is possible; 0: no limit
 *
 * Returns: (transfer full): lines of UTF-8, the last one ended, too
 */
INSPECTOR_API char *inspector_profile_to_text (InspectorProfile *profile, InspectorTextFlags flags,
                                               guint width);

/** Returns: (transfer full): one line of JSON with its newline; data/profile.schema.json */
INSPECTOR_API char *inspector_profile_to_json (InspectorProfile *profile);
/** Returns: (transfer full): a page that needs no network and no script */
INSPECTOR_API char *inspector_profile_to_html (InspectorProfile *profile);

/* ---- Its tables, for views --------------------------------------------------------------------- */

/** InspectorProfileTable: what a row of it is. */
typedef enum
{
  INSPECTOR_PROFILE_OPERATIONS, /* what was waited for at one place */
  INSPECTOR_PROFILE_TASKS,      /* that began at one place */
  INSPECTOR_PROFILE_LOCKS,      /* that was waited for */
  INSPECTOR_PROFILE_POOLS,
  INSPECTOR_PROFILE_CALLBACKS,  /* that kept their loop */
  INSPECTOR_PROFILE_WAKES,      /* tasks, by what they did when they were woken */
  INSPECTOR_PROFILE_PATHS,      /* steps in which tasks went */
} InspectorProfileTable;
#define INSPECTOR_PROFILE_N_TABLES 7

/** InspectorFigureUnit: what a number of a row counts. */
typedef enum
{
  INSPECTOR_FIGURE_COUNT,
  INSPECTOR_FIGURE_DURATION, /* nanoseconds */
  INSPECTOR_FIGURE_SHARE,    /* millionths of the whole */
} InspectorFigureUnit;

/** InspectorProfileColumn: one number of each row of a table. */
typedef struct
{
  const char *id;    /* for machines: "p99_ns" */
  const char *label; /* translated: "longest" */
  InspectorFigureUnit unit;
} InspectorProfileColumn;

#define INSPECTOR_PROFILE_MAX_COLUMNS 12

/** InspectorProfileRow: a row of a table. */
typedef struct
{
  guint program;       /* for inspector_figures_get_title() */
  int pid;
  const char *name;    /* "fetch_posts"; of a path, all of it */
  const char *what;    /* translated: "http GET 127.0.0.1:8080/posts/…"; "" */
  const char *details; /* translated, lines of figures that no column has; "" */
  const char *advice;  /* translated: what could be done about it; "" */
  const char *place;   /* "fetch_posts at request.c:88"; "" */
  const char *file;    /* of that place, as its compiler was told; "" */
  guint line;          /* 0 unknown */
  gboolean is_minor;   /* lists for people leave it out */
  guint64 task;        /* of the one that took longest: its id in its program, for */
  gint64 at_ns;        /* inspector_history_find_task() with the instant at which it began; 0: none */
  gint64 took_ns;      /* that one, so far */
  gint64 figures[INSPECTOR_PROFILE_MAX_COLUMNS]; /* as the columns are */
} InspectorProfileRow;

/** InspectorProfileBar: some of what a distribution counts. */
typedef struct
{
  const char *label; /* translated: "1 ms to 4 ms" */
  guint64 count;
  gboolean is_gap;   /* one of several in which there is nothing */
} InspectorProfileBar;

/** InspectorProfileChart: a distribution. */
typedef struct
{
  guint program;
  const char *title;   /* translated: "From being woken to running" */
  const char *figures; /* translated: "450 times, avg 2.3 s, p99 5.1 s, max 5.2 s" */
  const char *advice;  /* translated; "" */
  guint n_bars;
  const InspectorProfileBar *bars;
} InspectorProfileChart;

#define INSPECTOR_TYPE_FIGURES (inspector_figures_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorFigures, inspector_figures, INSPECTOR, FIGURES, GObject)

/**
 * inspector_profile_build_figures:
 *
 * Returns: (transfer full): what an inspector_profile_update()d profile has to say, as tables;
 *   independent of @profile
 */
INSPECTOR_API InspectorFigures *inspector_profile_build_figures (InspectorProfile *profile);
INSPECTOR_API guint inspector_figures_get_n_programs (InspectorFigures *figures);
/** Returns: (nullable): "app (pid 12)" */
INSPECTOR_API const char *inspector_figures_get_program (InspectorFigures *figures, guint program);
/** Returns: (nullable): "where the time of app (pid 12) went: 8.0 s, 16 tasks, ..." */
INSPECTOR_API const char *inspector_figures_get_title (InspectorFigures *figures, guint program);
/** Returns: (nullable): translated, one line: what makes the figures of a program less than whole */
INSPECTOR_API const char *inspector_figures_get_note (InspectorFigures *figures, guint program);
/** Returns: translated: "Locks that were waited for" */
INSPECTOR_API const char *inspector_profile_table_get_title (InspectorProfileTable table);
/**
 * inspector_profile_table_get_columns:
 * @ret_n: (out): at most %INSPECTOR_PROFILE_MAX_COLUMNS
 *
 * Returns: (transfer none) (array length=ret_n):
 */
INSPECTOR_API const InspectorProfileColumn *
inspector_profile_table_get_columns (InspectorProfileTable table, guint *ret_n);
INSPECTOR_API guint inspector_figures_get_n_rows (InspectorFigures *figures,
                                                  InspectorProfileTable table);
/** Returns: (transfer none): what took most time in each program first */
INSPECTOR_API const InspectorProfileRow *inspector_figures_get_row (InspectorFigures *figures,
                                                                    InspectorProfileTable table,
                                                                    guint index);
INSPECTOR_API guint inspector_figures_get_n_charts (InspectorFigures *figures);
/** Returns: (transfer none) */
INSPECTOR_API const InspectorProfileChart *inspector_figures_get_chart (InspectorFigures *figures,
                                                                        guint index);

/* ---- Who awaited what ------------------------------------------------------------------------- */

#define INSPECTOR_TYPE_FLAME (inspector_flame_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorFlame, inspector_flame, INSPECTOR, FLAME, GObject)

/** InspectorFlameBy: what the widths of a flame graph are. */
typedef enum
{
  INSPECTOR_FLAME_WALL,    /* all but rest: running, waiting, and ready without being run */
  INSPECTOR_FLAME_WAITING,
  INSPECTOR_FLAME_RUNNING,
} InspectorFlameBy;

/** InspectorFlameKind: what a frame of a flame graph stands for. */
typedef enum
{
  INSPECTOR_FLAME_PROGRAM,
  INSPECTOR_FLAME_TASK,     /* that began in @name */
  INSPECTOR_FLAME_CALLBACK, /* that ran */
  INSPECTOR_FLAME_WAIT,     /* that began in @name */
} InspectorFlameKind;

/** InspectorFlameNode: a frame, below those who began or awaited it. */
typedef struct
{
  guint parent; /* index; of a program its own */
  guint depth;  /* 0: a program */
  InspectorFlameKind kind;
  const char *name;
  const char *where; /* "request.c:88", "" */
  gint64 own_ns;
  gint64 total_ns; /* with all above it */
} InspectorFlameNode;

/**
 * inspector_profile_build_flame:
 *
 * The tree of an inspector_profile_update()d profile: tasks above those that began them, and above a
 * task what it ran and what it waited for. The time for which a task waits for one that it has begun
 * is that one's. What takes no time is left out.
 *
 * Returns: (transfer full): independent of @profile
 */
INSPECTOR_API InspectorFlame *inspector_profile_build_flame (InspectorProfile *profile,
                                                             InspectorFlameBy by);
INSPECTOR_API InspectorFlameBy inspector_flame_get_by (InspectorFlame *flame);
INSPECTOR_API guint inspector_flame_get_n_nodes (InspectorFlame *flame);
/**
 * inspector_flame_get_node:
 * @index: parents come before their children, which follow at once, those with most time first
 * @ret_node: (out caller-allocates): its texts are @flame's
 */
INSPECTOR_API gboolean inspector_flame_get_node (InspectorFlame *flame, guint index,
                                                 InspectorFlameNode *ret_node);
/** Returns: translated: "by the time that tasks waited" */
INSPECTOR_API const char *inspector_flame_get_title (InspectorFlame *flame);
/** Returns: (transfer full): two translated lines: what a frame is, and how much of the time it took */
INSPECTOR_API char *inspector_flame_dup_text (InspectorFlame *flame, guint index);
/** Of all programs. */
INSPECTOR_API gint64 inspector_flame_get_total (InspectorFlame *flame);
/** Whether inspector_flame_write() would know what to write. */
INSPECTOR_API gboolean inspector_flame_check_format (const char *path, const char *format,
                                                     GError **error);
/**
 * inspector_flame_write:
 * @path: made or replaced once it is whole; "-" is standard output
 * @format: (nullable): "svg", "folded" or "speedscope"; %NULL: as @path ends
 */
INSPECTOR_API gboolean inspector_flame_write (InspectorFlame *flame, const char *path,
                                              const char *format, GError **error);

/* ---- Before and after ------------------------------------------------------------------------- */

#define INSPECTOR_TYPE_DIFF (inspector_diff_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorDiff, inspector_diff, INSPECTOR, DIFF, GObject)

/** InspectorDiffSide: one of the two that are compared. */
typedef enum
{
  INSPECTOR_DIFF_BEFORE,
  INSPECTOR_DIFF_AFTER,
} InspectorDiffSide;

/** Returns: (transfer full): a comparison of nothing yet */
INSPECTOR_API InspectorDiff *inspector_diff_new (void);
/** Adds one recording, or run, as inspector_profile_update() left it. With three or more on each side
 * they are compared as wholes; with fewer, the samples within them. */
INSPECTOR_API void inspector_diff_add (InspectorDiff *diff, InspectorDiffSide side,
                                       InspectorProfile *profile);
/** Whether a condition can be read: "p99(fetch_posts) > 1.2x". */
INSPECTOR_API gboolean inspector_diff_check_syntax (const char *condition, GError **error);
/**
 * inspector_diff_check:
 * @even_chance: let it hold where the difference may be chance, too
 * @ret_holds: (out): whether it does
 *
 * Returns: (transfer full) (nullable): lines that say what each part of it came to; %NULL: it cannot be
 *   told, for what it speaks of is not there
 */
INSPECTOR_API char *inspector_diff_check (InspectorDiff *diff, const char *condition,
                                          gboolean even_chance, gboolean *ret_holds,
                                          GError **error);
/** Returns: (transfer full): what has become slower, what faster, lines of UTF-8 */
INSPECTOR_API char *inspector_diff_to_text (InspectorDiff *diff, InspectorTextFlags flags,
                                            guint width);
/** Returns: (transfer full): one line of JSON with its newline; data/diff.schema.json */
INSPECTOR_API char *inspector_diff_to_json (InspectorDiff *diff);

G_END_DECLS

#endif
