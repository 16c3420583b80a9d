/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PROBED_USED_H
#define TARGET_PROBED_USED_H

#include <glib.h>

G_BEGIN_DECLS

/* Which memory a process has ever used. Of what it has not, reading would make the kernel give it some: a thread has
 * eight megabytes of stack, and uses a few pages of them. As it was when it was asked first. */
typedef struct _TargetProbedUsed TargetProbedUsed;

TargetProbedUsed *target_probed_used_new (int pid);
void target_probed_used_free (TargetProbedUsed *used);
/* The first piece from @address on, and where it ends; @end: there is none before. */
guint64 target_probed_used_find (TargetProbedUsed *used, guint64 address, guint64 end,
                                 guint64 *ret_end);

G_END_DECLS

#endif
