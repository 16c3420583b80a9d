/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_SINCE_H
#define TARGET_SINCE_H

#include <glib.h>

G_BEGIN_DECLS

/* When a thread that sleeps ran last, on the monotonic clock, or somewhat later: it has slept at least since then. 0: that
 * is not known. By one thread at a time. */
gint64 kernel_since_find (int pid, int tid);

G_END_DECLS

#endif
