/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_GUARD_H
#define TARGET_GUARD_H

#include <glib.h>

G_BEGIN_DECLS

/* A process of its own that detaches from @pid should this process end without having done so: by
 * SIGKILL, by a crash. Nothing else is left to do it then. */
typedef struct _TargetGuard TargetGuard;
/* Returns: (nullable): NULL: it could not be started; then the hooks stay, and do nothing */
TargetGuard *target_guard_new (int pid);
/* There is nothing left to do for it. */
void target_guard_dismiss (TargetGuard *guard);
/* It does its work now. */
void target_guard_free (TargetGuard *guard);

/* What that process does: waits until @fd is closed, or says that it is dismissed. @started: of the
 * process as it is meant; another one of that pid is left alone. */
gboolean target_guard_run (int pid, guint64 started, int fd);

G_END_DECLS

#endif
