/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_PROCESS_H
#define INSPECTOR_PROCESS_H

#include "inspector.h"

/**
 * SECTION: inspector-process.h
 *
 * The processes that run already: which runtimes they use, and whether they can be attached to.
 * Looking at them stops none of them and changes nothing in them. And what one has left that runs no
 * more: its core file.
 */

G_BEGIN_DECLS

#define INSPECTOR_TYPE_PROCESS (inspector_process_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorProcess, inspector_process, INSPECTOR, PROCESS,
                                    GObject)

    /**
 * InspectorProcessScope:
 * @INSPECTOR_PROCESSES_OWN: those of the user that use a runtime that is known
 * @INSPECTOR_PROCESSES_ALL: those of all users, whatever they use; no threads of the kernel
 */
    typedef enum {
      INSPECTOR_PROCESSES_OWN,
      INSPECTOR_PROCESSES_ALL,
    } InspectorProcessScope;

/**
 * inspector_processes_list:
 * @ret_warnings: (out) (transfer full) (optional) (array zero-terminated=1): a translated line for each
 *   runtime plugin that cannot be used
 *
 * Takes some 20 ms the first time, and more where there are hundreds of processes: a window asks by
 * inspector_processes_list_async().
 *
 * Returns: (transfer full) (element-type InspectorProcess): by pid, without this one
 */
INSPECTOR_API GPtrArray *inspector_processes_list (InspectorProcessScope scope,
                                                   GCancellable *cancellable, char ***ret_warnings);
/** Calls @callback in the thread-default main context. */
INSPECTOR_API void inspector_processes_list_async (InspectorProcessScope scope,
                                                   GCancellable *cancellable,
                                                   GAsyncReadyCallback callback, gpointer data);
/**
 * inspector_processes_list_finish:
 *
 * Returns: (transfer full) (element-type InspectorProcess) (nullable): as inspector_processes_list()
 */
INSPECTOR_API GPtrArray *inspector_processes_list_finish (GAsyncResult *result, GError **error);
/**
 * inspector_process_look_up:
 *
 * Returns: (transfer full) (nullable): %NULL: there is no such process
 */
INSPECTOR_API InspectorProcess *inspector_process_look_up (int pid);

INSPECTOR_API int inspector_process_get_pid (InspectorProcess *process);
/** Returns: its arguments, joined and cut; "[name]" where it has none */
INSPECTOR_API const char *inspector_process_get_command (InspectorProcess *process);
/** Returns: the file that it runs; "" where it is not ours to see */
INSPECTOR_API const char *inspector_process_get_executable (InspectorProcess *process);
/** Returns: number of the user that it belongs to */
INSPECTOR_API guint inspector_process_get_uid (InspectorProcess *process);
/**
 * inspector_process_get_runtimes:
 *
 * Returns: (transfer none) (array zero-terminated=1): ids of the runtimes that it uses: "uv"
 */
INSPECTOR_API const char *const *inspector_process_get_runtimes (InspectorProcess *process);
/**
 * inspector_process_get_runtime_names:
 *
 * Returns: (transfer none) (array zero-terminated=1): in the same order, for people: "libuv"
 */
INSPECTOR_API const char *const *inspector_process_get_runtime_names (InspectorProcess *process);
/**
 * inspector_process_get_refusal:
 *
 * Returns: (nullable): why it cannot be attached to, and what to do about it, in one translated
 *   sentence; %NULL: nothing speaks against it
 */
INSPECTOR_API const char *inspector_process_get_refusal (InspectorProcess *process);
/**
 * inspector_process_get_remark:
 *
 * Returns: (nullable): what of it cannot be followed though it can be attached to, in one translated sentence
 */
INSPECTOR_API const char *inspector_process_get_remark (InspectorProcess *process);
/** Whether another inspector reads from it at this moment. */
INSPECTOR_API gboolean inspector_process_is_inspected (InspectorProcess *process);

/** Whether @path begins as core files do; programs do as well, of which opening one says so. */
INSPECTOR_API gboolean inspector_file_is_core (const char *path);
/**
 * inspector_session_open_core:
 * @path: that the kernel has written, or a debugger (gcore)
 * @program: (nullable): where the program of it is; %NULL: where it was
 * @ret_warning: (out) (transfer full) (optional) (nullable): one translated line: what of it could not be
 *   read
 *
 * Adds one target, with the tasks that were there: those that plugins can read from outside. How long
 * they had waited is in no core file.
 *
 * Returns: %FALSE with @error: nothing was added
 */
INSPECTOR_API gboolean inspector_session_open_core (InspectorSession *session, const char *path,
                                                    const char *program, char **ret_warning,
                                                    GError **error);

/**
 * inspector_session_hide_memory:
 * @session: a session
 *
 * What lies in the memory around the handles and requests of a task that is stuck is not looked at for reports and
 * recordings, for it may be what the program sends. Before the first target.
 */
INSPECTOR_API void inspector_session_hide_memory (InspectorSession *session);

G_END_DECLS

#endif
