/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_ATTACH_H
#define TARGET_ATTACH_H

/* Attaching to a process that runs, and detaching from it. Blocks for some 10 ms, or, where no moment
 * comes in which it is safe, for seconds: from a thread. */

#include "target/launch.h"

G_BEGIN_DECLS

typedef struct
{
  gint64 stop_ns;  /* for how long one thread of the process did not do its own work, all told */
  guint n_stops;   /* in how many pieces */
  guint n_threads; /* how many threads were looked at */
  gboolean has_called; /* the agent did what it was asked for, whatever could not be done then */
} TargetAttachStats;

/* The process to be told by @launcher, which hears of it from then on.
 * Returns: FALSE: one line says why; the process is as it was */
gboolean target_attach (int pid, TargetLauncher *launcher, GCancellable *cancellable,
                        TargetAttachStats *ret_stats, GError **error);
/* The same from a thread that is not the launcher's: @ret_socket is for target_launcher_adopt(). */
gboolean target_attach_unheard (int pid, TargetLauncher *launcher, GCancellable *cancellable,
                                int *ret_socket, TargetAttachStats *ret_stats, GError **error);
/* Whether its memory may be read, which takes less. */
gboolean target_attach_may_look (int pid, GError **error);
/* Takes the hooks out of it. */
gboolean target_detach (int pid, GCancellable *cancellable, TargetAttachStats *ret_stats,
                        GError **error);

G_END_DECLS

#endif
