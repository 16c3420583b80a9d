/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef KERNEL_LOOK_LOCKS_H
#define KERNEL_LOOK_LOCKS_H

#include "ends.h"
#include "target/sleep.h"
#include "target/things.h"

G_BEGIN_DECLS

/* Who has the lock of the file @thing that @sleep waits for. Returns: (transfer full): of int, processes; empty: that is
 * not known */
GArray *kernel_lock_find_holders (const KernelSleep *sleep, const KernelThing *thing,
                                  KernelEnds *ends);

G_END_DECLS

#endif
