/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PROBED_STACK_H
#define TARGET_PROBED_STACK_H

#include "inspector-probe.h"
#include "target/core.h"
#include "target/stack-private.h"

G_BEGIN_DECLS

/* InspectorProbeThread.n_sleeps. @ret_own_tid: (nullable): its own_tid; 0: not known */
guint64 target_probed_count_sleeps (int pid, int tid, int *ret_own_tid);
/* InspectorProbeTarget.get_stack of a process, and of a core file. @unwinder: (inout): made when it is
 * first needed */
gboolean target_probed_get_stack (int pid, TargetUnwinder **unwinder,
                                  const InspectorProbeTarget *target,
                                  const InspectorProbeThread *thread, gboolean may_stop,
                                  InspectorProbeStack *ret_stack);
gboolean target_probed_get_core_stack (TargetCore *core, TargetUnwinder **unwinder,
                                       const InspectorProbeTarget *target,
                                       const InspectorProbeThread *thread,
                                       InspectorProbeStack *ret_stack);

G_END_DECLS

#endif
