/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_OWN_THREADS_H
#define TARGET_OWN_THREADS_H

#include "target/facts.h"

G_BEGIN_DECLS

/* Threads as the process itself calls them, which is what it says and what its locks note: in a container (another pid
 * namespace) they have other numbers than the ones by which we ask the kernel. */

/* As target_facts_get_threads(), target_facts_get_thread() and target_facts_get_stack(). */
GArray *target_facts_get_own_threads (int pid);
gboolean target_facts_get_own_thread (int pid, int own_tid, char **ret_name, char *ret_state);
gboolean target_facts_get_own_sleep (int pid, int own_tid, TargetSleep *ret_sleep);
guint target_facts_get_own_stack (int pid, int own_tid, guint64 *ret_frames, guint max);

/* By the text of /proc/PID/task/TID/status; 0: it does not say. @status: (nullable) */
int target_status_get_own_tid (const char *status);

G_END_DECLS

#endif
