/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_ATTACHABLE_H
#define TARGET_ATTACHABLE_H

#include <glib.h>

G_BEGIN_DECLS

/* Why a process cannot be attached to, and what to do: one translated sentence without its name.
 * Looks at /proc alone. @mappings: (nullable): of TargetMapping, where they are ours to see
 *
 * Returns: (transfer full) (nullable): NULL: nothing is known that speaks against it */
char *target_attachable_dup_refusal (int pid, const GPtrArray *mappings);

/* The same for looking at its memory from outside, for which nothing is loaded and nobody stopped. */
char *target_attachable_dup_look_refusal (int pid);

/* Whether an inspector reads the channel of that process at this moment. */
gboolean target_attachable_is_inspected (int pid, const GPtrArray *mappings);
/* Whether one did, and has gone without a word. */
gboolean target_attachable_is_abandoned (int pid, const GPtrArray *mappings);
/* Whether it is a thread of the kernel. */
gboolean target_attachable_is_kernel_thread (int pid);

G_END_DECLS

#endif
