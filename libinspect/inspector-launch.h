/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_LAUNCH_H
#define INSPECTOR_LAUNCH_H

#include "inspector.h"

/**
 * SECTION: inspector-launch.h
 *
 * A program that is started with the agent in it and followed to its end, with all that it starts:
 *
 *     launch = inspector_launch_new (argv, NULL, NULL, &error);
 *     session = inspector_launch_get_session (launch);      say what to keep, connect to signals
 *     inspector_launch_start (launch, &error);
 *
 * or attached to where it runs:
 *
 *     launch = inspector_launch_new_attach (pid, &error);
 *     inspector_launch_attach_async (launch, NULL, on_attached, NULL);
 *
 * From then on the thread-default main context of inspector_launch_start() reads what comes. The lines of HTTP
 * requests that the program sends are part of it.
 */

G_BEGIN_DECLS

#define INSPECTOR_TYPE_LAUNCH (inspector_launch_get_type ())
INSPECTOR_API G_DECLARE_FINAL_TYPE (InspectorLaunch, inspector_launch, INSPECTOR, LAUNCH, GObject)

/**
 * InspectorLaunch::complained:
 * @launch: the launch
 * @line: one translated line: what of the program or of a process below it cannot be inspected, and why
 */

/**
 * InspectorLaunch::ended:
 * @launch: the launch
 *
 * The program has ended; the session has all that it said.
 */

/**
 * inspector_launch_new:
 * @argv: (array zero-terminated=1): the program, looked for in PATH where it has no slash, and its
 *   arguments
 * @environment: (array zero-terminated=1) (nullable): "NAME=VALUE", above what it gets from us
 * @folder: (nullable): its working directory; %NULL: ours
 *
 * Looks at the program; nothing is started yet.
 *
 * Returns: (transfer full) (nullable): %NULL: it cannot be inspected, and @error says in one line why
 */
INSPECTOR_API InspectorLaunch *inspector_launch_new (const char *const *argv,
                                                     const char *const *environment,
                                                     const char *folder, GError **error);
/**
 * inspector_launch_new_attach:
 * @pid: a process that runs already; inspector_processes_list() lists them
 *
 * The same for it. Nothing is done to it yet.
 *
 * Returns: (transfer full) (nullable): %NULL: @error says why
 */
INSPECTOR_API InspectorLaunch *inspector_launch_new_attach (int pid, GError **error);
/**
 * inspector_launch_attach_async:
 *
 * Attaches to the process of inspector_launch_new_attach(), once: some 10 ms, or seconds where no moment
 * comes in which it is safe. @callback is called in the main context of the launch, which reads what
 * comes from then on.
 */
INSPECTOR_API void inspector_launch_attach_async (InspectorLaunch *launch,
                                                  GCancellable *cancellable,
                                                  GAsyncReadyCallback callback, gpointer data);
/** Returns: %FALSE: @error says in one line why; the process is as it was */
INSPECTOR_API gboolean inspector_launch_attach_finish (InspectorLaunch *launch,
                                                       GAsyncResult *result, GError **error);
/**
 * inspector_launch_detach:
 *
 * Leaves a process that was attached to as it was. Where that is not done, because the launch is
 * dropped or this process ends, however that may be, another process does it. Takes as long as attaching. Does nothing where the
 * process has ended, or was not attached to.
 */
INSPECTOR_API gboolean inspector_launch_detach (InspectorLaunch *launch, GError **error);
/** Returns: (transfer none): the session, made with the launch */
INSPECTOR_API InspectorSession *inspector_launch_get_session (InspectorLaunch *launch);
/** Starts the program, once. */
INSPECTOR_API gboolean inspector_launch_start (InspectorLaunch *launch, GError **error);
/** Returns: of the program; 0: it was not started */
INSPECTOR_API int inspector_launch_get_pid (InspectorLaunch *launch);
/**
 * inspector_launch_has_ended:
 * @ret_status: (out) (optional): as of waitpid()
 */
INSPECTOR_API gboolean inspector_launch_has_ended (InspectorLaunch *launch, int *ret_status);
/** Sends a signal to the program, if it is still there. */
INSPECTOR_API void inspector_launch_signal (InspectorLaunch *launch, int number);

G_END_DECLS

#endif
