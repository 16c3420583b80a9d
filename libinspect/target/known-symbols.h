/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_KNOWN_SYMBOLS_H
#define TARGET_KNOWN_SYMBOLS_H

#include <glib.h>

G_BEGIN_DECLS

/* What the agent looks for in the full symbol tables of a process (agent/known-layout.h), read from its files while it
 * runs on. @runtimes: of TargetRuntime. Returns: (transfer full) (nullable): NULL: nothing of it can be known */
GBytes *target_known_symbols_find (int pid, const GPtrArray *runtimes);

G_END_DECLS

#endif
