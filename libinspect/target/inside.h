/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_INSIDE_H
#define TARGET_INSIDE_H

/* Writes to the code of a program that runs what the agent in it has prepared (agent/inside.h). */

#include <glib.h>

G_BEGIN_DECLS

/* Does what the agent asks for. All threads stand still meanwhile, none of them in the instructions that
 * are written to, or on its way back to them: from the time when the first one is asked to stop.
 * Called in a thread that traces nobody.
 * @mem_fd: /proc/PID/mem, for writing.
 * @table: where AGENT_INSIDE_SYMBOL is in it.
 * @ret_stop_ns: added to; nanoseconds for which threads stood still.
 * Returns: (transfer full) (nullable): why it could not be done; NULL: it is done, or there was nothing
 *   to do */
char *target_inside_do (int pid, int mem_fd, guint64 table, gint64 *ret_stop_ns);

/* The same for a process that asks for it and waits. FALSE: it could not be done. Blocks; from a thread that traces
 * nobody. */
gboolean target_inside_fulfil (int pid);

G_END_DECLS

#endif
