/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_H
#define INSPECTOR_H

#include <gio/gio.h>

/**
 * SECTION: inspector.h
 *
 * The consumer API of async-inspect (contract C2): sessions, their targets and tasks, and the
 * report of what is stuck. GObject, introspectable. Every object belongs to the thread that made
 * it. No call waits for a target, and each stays under 50 ms, but that the first report on a program
 * with much debug information takes as long as finding the few places in it that are shown.
 *
 *     session = inspector_session_new ();
 *     target = inspector_session_add_target (session, pid, "./app", 0);
 *     inspector_target_attach_channel (target, fd, &error);
 *     every 10 ms:   inspector_session_poll (session);
 *     every 100 ms:  inspector_session_check (session, -1);       emits ::stuck
 *     every second:  inspector_session_refresh_facts (session);
 *     at the end:    inspector_target_set_ended (target, TRUE, wait_status);
 *                    report = inspector_session_build_report (session, INSPECTOR_REPORT_EXIT);
 *                    text = inspector_report_to_text (report, INSPECTOR_TEXT_COLOUR, 100);
 *
 * Times are nanoseconds on the target's CLOCK_MONOTONIC.
 */

G_BEGIN_DECLS

#if defined(__GNUC__) && !defined(INSPECTOR_API)
#define INSPECTOR_API __attribute__ ((visibility ("default"))) extern
#endif

#define INSPECTOR_ERROR (inspector_error_quark ())
INSPECTOR_API GQuark inspector_error_quark (void);

/**
 * InspectorError:
 * @INSPECTOR_ERROR_FAILED: anything else
 * @INSPECTOR_ERROR_NOT_A_CHANNEL: the descriptor holds no channel, an unsealed or a damaged one
 * @INSPECTOR_ERROR_VERSION: a channel of another layout; the message names both versions
 */
typedef enum
{
  INSPECTOR_ERROR_FAILED,
  INSPECTOR_ERROR_NOT_A_CHANNEL,
  INSPECTOR_ERROR_VERSION,
} InspectorError;

#define INSPECTOR_TYPE_SESSION (inspector_session_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorSession, inspector_session, INSPECTOR, SESSION, GObject)
#define INSPECTOR_TYPE_TARGET (inspector_target_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorTarget, inspector_target, INSPECTOR, TARGET, GObject)
#define INSPECTOR_TYPE_TASK (inspector_task_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorTask, inspector_task, INSPECTOR, TASK, GObject)
#define INSPECTOR_TYPE_REPORT (inspector_report_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorReport, inspector_report, INSPECTOR, REPORT, GObject)

/* ---- Session ---------------------------------------------------------------------------------- */

/** Time that a wait may take before it counts as stuck, unless said otherwise: 2 s. */
#define INSPECTOR_STUCK_AFTER_DEFAULT_NS (2 * G_GINT64_CONSTANT (1000000000))

/**
 * InspectorSession::stuck:
 * @session: the session
 * @task: (nullable): an #InspectorTask as it was at that moment; %NULL for a thread that runs a
 *   callback of no known task
 *
 * A task has been stuck for longer than inspector_session_set_stuck_after(). Emitted by
 * inspector_session_check(), once per task and episode: again only after it has moved on.
 */

/**
 * InspectorSession::deadlock:
 * @session: the session
 * @target: the #InspectorTarget in which it has formed
 *
 * A cycle of waits has formed; a report that is built now tells of it. Emitted by
 * inspector_session_poll() and inspector_session_check() once per deadlock, some 20 ms after it has
 * formed. The ::stuck of its tasks follows.
 */

INSPECTOR_API InspectorSession *inspector_session_new (void);

/**
 * inspector_session_add_target:
 * @pid: of the process
 * @command: what it runs, for people
 * @parent_pid: of the target that started it; 0: nobody that is inspected
 *
 * Adds a process to the session. A live target of the same pid is returned as it is.
 *
 * Returns: (transfer none): the target
 */
INSPECTOR_API InspectorTarget *inspector_session_add_target (InspectorSession *session, int pid,
                                                            const char *command, int parent_pid);
/**
 * inspector_session_find_target:
 *
 * Returns: (transfer none) (nullable): the live target of that pid, else the last one of it
 */
INSPECTOR_API InspectorTarget *inspector_session_find_target (InspectorSession *session, int pid);
/**
 * inspector_session_get_targets:
 *
 * Returns: (transfer none): a #GListModel of #InspectorTarget in the order in which they came
 */
INSPECTOR_API GListModel *inspector_session_get_targets (InspectorSession *session);

/**
 * inspector_session_poll:
 *
 * Reads what the channels hold (at most some 10 ms worth a call), feeds the model, keeps the
 * heartbeats. Call it at least every 100 ms.
 *
 * Returns: whether there was anything to read, or there is something to look at again soon
 */
INSPECTOR_API gboolean inspector_session_poll (InspectorSession *session);

/**
 * inspector_session_set_runtime_libraries:
 * @libraries: (array zero-terminated=1) (nullable): file names, "libglib-2.0.so.0"
 *
 * Names the libraries that runtimes consist of. Where a place is a whole call stack, reports show the
 * innermost frame outside of them. For targets that are added from then on.
 */
INSPECTOR_API void inspector_session_set_runtime_libraries (InspectorSession *session,
                                                            const char *const *libraries);

/**
 * inspector_session_use_probes:
 *
 * Looks for plugins that read programs from outside by their debug information, as those of Rust are
 * read, and uses them on all targets, in threads of their own. Once a session.
 *
 * Returns: (transfer full) (array zero-terminated=1): one translated line for each that cannot be used
 */
INSPECTOR_API char **inspector_session_use_probes (InspectorSession *session);
/**
 * inspector_session_use_probes_alone:
 *
 * The same for a session whose targets have no agent: also what reads of them what an agent would say.
 * Nothing is done to them, no thread is stopped.
 *
 * Returns: (transfer full) (array zero-terminated=1): one translated line for each that cannot be used
 */
INSPECTOR_API char **inspector_session_use_probes_alone (InspectorSession *session);

INSPECTOR_API void inspector_session_set_stuck_after (InspectorSession *session,
                                                      gint64 duration_ns);
INSPECTOR_API gint64 inspector_session_get_stuck_after (InspectorSession *session);
/**
 * inspector_session_check:
 * @now_ns: the instant to judge at; -1: now
 *
 * Applies the rules and emits ::stuck for what has become stuck.
 *
 * Returns: how many tasks are stuck
 */
INSPECTOR_API guint inspector_session_check (InspectorSession *session, gint64 now_ns);
/**
 * inspector_session_refresh_facts:
 *
 * Asks the kernel about the sockets of the oldest waits, and about the processes, so that a report
 * made after a target has ended still has them ("0.4 s before the end"). About once a second.
 */
INSPECTOR_API void inspector_session_refresh_facts (InspectorSession *session);

/**
 * inspector_session_keep_variables:
 *
 * Looks at what pointers of INSPECT_VAR() lead to again and again, as tasks run, so that a recording has what
 * changed between two of them; and at the objects around the handles, requests and user data that tasks wait with,
 * as far as debug info tells what they are. For targets that are added from then on. Costs some microseconds for each
 * variable and look.
 */
INSPECTOR_API void inspector_session_keep_variables (InspectorSession *session);

/* ---- Recordings ------------------------------------------------------------------------------- */

/** InspectorRecordingStats: what a recording has got. */
typedef struct
{
  guint64 events;  /* written */
  guint64 dropped; /* that the disk had no time or no room for */
  guint64 bytes;   /* of the file */
} InspectorRecordingStats;

/**
 * inspector_session_start_recording:
 * @path: made, or emptied; readable by its owner alone
 * @lossless: a disk that is too slow makes the session wait, instead of dropping what is counted then
 *
 * Records what all targets say from now on. It is written by a thread of its own; calls of
 * inspector_session_refresh_facts() bring what was read to the disk.
 */
INSPECTOR_API gboolean inspector_session_start_recording (InspectorSession *session,
                                                          const char *path, gboolean lossless,
                                                          GError **error);
/**
 * inspector_session_stop_recording:
 * @ret_stats: (out) (optional): what came of it
 *
 * Waits for the disk. Does nothing where nothing is recorded.
 *
 * Returns: %FALSE: not all could be written; what was can be read
 */
INSPECTOR_API gboolean inspector_session_stop_recording (InspectorSession *session,
                                                         InspectorRecordingStats *ret_stats,
                                                         GError **error);
/**
 * inspector_session_start_flight_recorder:
 * @keep_ns: 0: no limit of time
 * @keep_bytes: compressed; 0: no limit of size. One of both is needed
 *
 * Keeps only what came last of all targets, in memory, with what they waited for before.
 * inspector_session_stop_recording() ends it, and forgets what was not saved.
 */
INSPECTOR_API gboolean inspector_session_start_flight_recorder (InspectorSession *session,
                                                                gint64 keep_ns, guint64 keep_bytes,
                                                                GError **error);
/**
 * inspector_session_save_flight:
 * @path: made, or replaced by what is whole; readable by its owner alone
 * @ret_stats: (out) (optional): what it has got
 *
 * Writes what a flight recorder has, as a recording, and goes on.
 */
INSPECTOR_API gboolean inspector_session_save_flight (InspectorSession *session, const char *path,
                                                      InspectorRecordingStats *ret_stats,
                                                      GError **error);
/**
 * inspector_session_open_recording:
 * @ret_warning: (out) (transfer full) (optional): one translated line where the recording is not
 *   whole, else %NULL
 *
 * Adds the targets of a recording as they were when it ended. What the kernel said of them then is known, what it
 * would say is not.
 */
INSPECTOR_API gboolean inspector_session_open_recording (InspectorSession *session,
                                                         const char *path, char **ret_warning,
                                                         GError **error);

/** Whether a file begins as a recording does; %FALSE where it cannot be read, too. */
INSPECTOR_API gboolean inspector_recording_is_one (const char *path);

/**
 * inspector_recording_describe:
 * @json: one line of JSON instead of lines for people
 *
 * Says when a recording was made, of which programs, how much it holds, and whether it is whole.
 * Costs its index, not its records.
 *
 * Returns: (transfer full): the text, its last line ended
 */
INSPECTOR_API char *inspector_recording_describe (const char *path, gboolean json, GError **error);
/**
 * inspector_recording_repair:
 * @new_path: another file, which is made or replaced
 *
 * Writes all that is whole of a recording that was cut off or damaged, with an index, and with what is needed to
 * look at any time of it without reading its records, which are read once for that.
 *
 * Returns: (transfer full): one translated line that says what was kept and what was not
 */
INSPECTOR_API char *inspector_recording_repair (const char *path, const char *new_path,
                                                GError **error);

/**
 * inspector_recording_export:
 * @export_path: made or replaced, once it is whole; "-": standard output
 * @format: (nullable): "chrome" and so on; NULL: that which @export_path is the name of
 * @at_ns: after the first record; what shows one instant shows that one, and nothing later is read;
 *   -1: all of it
 * @ret_warning: (out) (transfer full) (optional): one translated line where the recording is not
 *   whole
 *
 * Writes a recording in another format. Takes no more memory for a longer one.
 */
INSPECTOR_API gboolean inspector_recording_export (const char *path, const char *export_path,
                                                   const char *format, gint64 at_ns,
                                                   char **ret_warning, GError **error);
/**
 * inspector_export_list_formats:
 *
 * Returns: (transfer full): a line for each format: its id, its file names, what it is
 */
INSPECTOR_API char *inspector_export_list_formats (void);

/* ---- Target ----------------------------------------------------------------------------------- */

/**
 * InspectorTargetState:
 * @INSPECTOR_TARGET_STARTING: no channel has come yet
 * @INSPECTOR_TARGET_LIVE: its channel is read
 * @INSPECTOR_TARGET_REFUSED: it cannot be inspected, inspector_target_get_refusal() says why
 * @INSPECTOR_TARGET_ENDED: its process has ended
 */
typedef enum
{
  INSPECTOR_TARGET_STARTING,
  INSPECTOR_TARGET_LIVE,
  INSPECTOR_TARGET_REFUSED,
  INSPECTOR_TARGET_ENDED,
} InspectorTargetState;

/**
 * inspector_target_attach_channel:
 * @fd: the sealed memfd, which the target owns from then on; closed on failure, too
 *
 * Feeds the target from a live channel. On a target that has one already, the process has replaced
 * its program (exec): what the old program still waited for is counted and forgotten.
 */
INSPECTOR_API gboolean inspector_target_attach_channel (InspectorTarget *target, int fd,
                                                        GError **error);
/** Says that the target cannot be inspected; @reason is one translated line. */
INSPECTOR_API void inspector_target_set_refused (InspectorTarget *target, const char *reason);
/** Says that a runtime was found in it. @id: "uv"; @detail: (nullable): "libuv 1.44.2" */
INSPECTOR_API void inspector_target_add_runtime (InspectorTarget *target, const char *id,
                                                 const char *detail);
/** Says that it ran before: its times count from now on. */
INSPECTOR_API void inspector_target_set_attached (InspectorTarget *target);
/** Says that its process has ended. @wait_status: as of waitpid(), where @status_is_known. */
INSPECTOR_API void inspector_target_set_ended (InspectorTarget *target, gboolean status_is_known,
                                               int wait_status);

INSPECTOR_API int inspector_target_get_pid (InspectorTarget *target);
INSPECTOR_API int inspector_target_get_parent_pid (InspectorTarget *target);
INSPECTOR_API const char *inspector_target_get_command (InspectorTarget *target);
INSPECTOR_API InspectorTargetState inspector_target_get_state (InspectorTarget *target);
/**
 * inspector_target_get_refusal:
 *
 * Returns: (nullable): the reason given to inspector_target_set_refused()
 */
INSPECTOR_API const char *inspector_target_get_refusal (InspectorTarget *target);
/** Whether a runtime was found in it. */
INSPECTOR_API gboolean inspector_target_has_runtime (InspectorTarget *target);
/**
 * inspector_target_get_runtimes:
 *
 * Returns: (transfer none) (array zero-terminated=1): the runtimes, as they name themselves
 */
INSPECTOR_API const char *const *inspector_target_get_runtimes (InspectorTarget *target);

/** InspectorTargetStats: what was read from a target, over all its programs. */
typedef struct
{
  guint64 events;
  guint64 lost;     /* dropped, overwritten or torn */
  guint64 skipped;  /* operations that a runtime plugin let pass uninspected */
  guint64 tasks;    /* seen so far */
  guint64 pending_tasks;
  gint64 cost_ns;   /* CPU time that the inspection took in the target, estimated */
  gint64 cpu_ns;    /* CPU time of the target; -1 unknown */
} InspectorTargetStats;
INSPECTOR_API void inspector_target_get_stats (InspectorTarget *target,
                                               InspectorTargetStats *ret_stats);

/* ---- Task ------------------------------------------------------------------------------------- */

/** A task as it was at one instant. */
INSPECTOR_API guint64 inspector_task_get_number (InspectorTask *task);
INSPECTOR_API const char *inspector_task_get_name (InspectorTask *task);
INSPECTOR_API int inspector_task_get_pid (InspectorTask *task);
/** What it waits for, one translated line: "http GET 127.0.0.1:8080/posts/12345" */
INSPECTOR_API const char *inspector_task_get_waits_for (InspectorTask *task);
/** Where that wait began: "request.c:88", "" when unknown */
INSPECTOR_API const char *inspector_task_get_place (InspectorTask *task);
INSPECTOR_API gint64 inspector_task_get_waiting_ns (InspectorTask *task);

/* ---- Report ----------------------------------------------------------------------------------- */

/** Why a report is made. */
typedef enum
{
  INSPECTOR_REPORT_ASKED,       /* somebody asked (SIGUSR1) */
  INSPECTOR_REPORT_STUCK,       /* a task has become stuck */
  INSPECTOR_REPORT_INTERRUPTED, /* Ctrl-C */
  INSPECTOR_REPORT_EXIT,        /* the program has ended */
} InspectorReportReason;

/**
 * inspector_session_build_report:
 *
 * Returns: (transfer full): what there is to say at this instant; independent of the session
 */
INSPECTOR_API InspectorReport *inspector_session_build_report (InspectorSession *session,
                                                               InspectorReportReason reason);

/**
 * inspector_report_keep_processes:
 * @pids: (array length=n_pids)
 *
 * Leaves out what is about other processes than these.
 */
INSPECTOR_API void inspector_report_keep_processes (InspectorReport *report, const int *pids,
                                                    gsize n_pids);
/** How many tasks are stuck in it; 0: nothing is. */
INSPECTOR_API guint inspector_report_get_n_stuck (InspectorReport *report);
/** Whether it has findings: deadlocks, orders of locking and the like, also of the past. */
INSPECTOR_API gboolean inspector_report_has_findings (InspectorReport *report);

/** InspectorTextFlags: (flags) */
typedef enum
{
  INSPECTOR_TEXT_PLAIN = 0,
  INSPECTOR_TEXT_COLOUR = 1 << 0, /* ANSI escapes, for a terminal */
} InspectorTextFlags;

/**
 * inspector_report_to_text:
 * @width: columns to keep to where that is possible; 0: no limit
 *
 * Returns: (transfer full): lines of UTF-8, the last one ended, too
 */
INSPECTOR_API char *inspector_report_to_text (InspectorReport *report, InspectorTextFlags flags,
                                              guint width);
/**
 * inspector_session_dup_task_text:
 * @number: of a task
 * @width: columns to keep to where that is possible; 0: no limit
 *
 * What one task has done, waits for and will do, at this moment, whether it is stuck or not.
 *
 * Returns: (transfer full) (nullable): lines of UTF-8, the last one ended, too; %NULL: no such task lives
 */
INSPECTOR_API char *inspector_session_dup_task_text (InspectorSession *session, guint64 number,
                                                     InspectorTextFlags flags, guint width);
/**
 * inspector_report_to_hang_text:
 * @case_name: (nullable): of the test that hangs: "/client/timeout"
 *
 * The report on a test that hangs, as a tree from the test to what it waits for.
 *
 * Returns: (transfer full): lines of UTF-8, the last one ended, too
 */
INSPECTOR_API char *inspector_report_to_hang_text (InspectorReport *report, const char *case_name,
                                                   InspectorTextFlags flags, guint width);
/** InspectorReportCause: what is the matter, for one line of somebody else's report. */
typedef struct
{
  char *message;     /* translated: "waits for http GET h:80/a, 5.0 s, fetch_data at client.c:77" */
  char *file;        /* (nullable): base name, where it is known */
  guint line;        /* 0 unknown */
  gboolean is_proof; /* it cannot go on: not only has it taken long */
} InspectorReportCause;
/**
 * inspector_report_get_causes: (skip)
 *
 * Returns: (transfer full) (element-type InspectorReportCause): one for each root cause, the
 * gravest first; empty where nothing is stuck
 */
INSPECTOR_API GPtrArray *inspector_report_get_causes (InspectorReport *report);
/**
 * inspector_report_to_json:
 *
 * Returns: (transfer full): one line of JSON with its newline; data/report.schema.json
 */
INSPECTOR_API char *inspector_report_to_json (InspectorReport *report);

/* ---- Words for people ------------------------------------------------------------------------- */

/** Returns: (transfer full): "145 ms", "2.3 s", "5 m 23 s" */
INSPECTOR_API char *inspector_format_duration (gint64 ns);
/** Returns: (transfer full): "1,200" */
INSPECTOR_API char *inspector_format_count (guint64 count);
/** Returns: (transfer full): "87 B", "1.2 MiB" */
INSPECTOR_API char *inspector_format_bytes (guint64 bytes);

G_END_DECLS

#endif
