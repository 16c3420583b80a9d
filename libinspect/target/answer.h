/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_ANSWER_H
#define TARGET_ANSWER_H

#include <gio/gio.h>

G_BEGIN_DECLS

/* What probes have found out in a process for the runtime plugin that is in it. Both block, for as long as
 * it takes to read debug info: from a thread. */

/* Whether there is a probe that the runtime plugin of that id asks. */
gboolean target_answer_is_awaited (const char *runtime);
/* NULL: there is nothing; a probe that looks at the process says why. */
GBytes *target_answer_find (int pid, const char *runtime, GCancellable *cancellable);
/* Through a connected socket; @bytes: (nullable). */
gboolean target_answer_send (int socket, const char *runtime, GBytes *bytes);

G_END_DECLS

#endif
