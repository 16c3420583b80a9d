/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_CORE_H
#define TARGET_CORE_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* What a process has left: its core file, as the kernel or a debugger has written it. What is not in
 * that file, because it is in others anyway (code, constants), is read from those, if they are still
 * the same ones. */
typedef struct _TargetCore TargetCore;

/* @program: (nullable): where the program is now; else where it was. @ret_warning: (out)
 * (transfer full) (nullable): what of it cannot be read. NULL with @error: it is no core file that can
 * be read here, or not one of @program */
TargetCore *target_core_open (const char *path, const char *program, char **ret_warning,
                              GError **error);
void target_core_free (TargetCore *core);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TargetCore, target_core_free)

/* Its regions, modules, threads and time; they live as long as @core. */
void target_core_fill (TargetCore *core, InspectorProbeTarget *target);
/* As InspectorProbeTarget.read. */
gboolean target_core_read (TargetCore *core, guint64 address, void *buffer, gsize length);

/* Of a thread, in DWARF's order. Returns: how many; 0: none */
/* Whether a thread was in a call of the kernel's; FALSE also where that is not known. */
gboolean target_core_is_asleep (TargetCore *core, int tid);
guint target_core_get_registers (TargetCore *core, int tid, guint64 ret_registers[32]);
int target_core_get_pid (TargetCore *core);
/* The signal that has ended it; 0: none, a debugger wrote it. */
int target_core_get_signal (TargetCore *core);
/* Its arguments, as far as they were kept. */
const char *target_core_get_command (TargetCore *core);

/* Whether that file is in the format of core files, which programs are in, too. */
gboolean target_core_is_one (const char *path);

G_END_DECLS

#endif
