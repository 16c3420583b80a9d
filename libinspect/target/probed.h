/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PROBED_H
#define TARGET_PROBED_H

#include "inspector-probe.h"
#include "target/core.h"

G_BEGIN_DECLS

/* A process as probes are shown it: its memory, read from outside while it runs, or from what it has left,
 * and the files that it runs code of. Nothing in it is stopped or written. */
typedef struct _TargetProbed TargetProbed;

/* @cache_folder: (nullable) */
TargetProbed *target_probed_new (int pid, const char *cache_folder);
/* Threads that run may be stopped, to see where they are: by the thread that looks, which has to end soon
 * afterwards. */
void target_probed_allow_stops (TargetProbed *probed);
/* Probes are told that only what began before is asked for. */
void target_probed_want_before (TargetProbed *probed);
/* @core: (transfer full) */
TargetProbed *target_probed_new_core (TargetCore *core, const char *cache_folder);
void target_probed_free (TargetProbed *probed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TargetProbed, target_probed_free)
/* As it is now; NULL: it is gone, or not ours to see. Until the next call. */
const InspectorProbeTarget *target_probed_look (TargetProbed *probed);
/* From another thread: whoever reads it gives up soon. */
void target_probed_cancel (TargetProbed *probed);

G_END_DECLS

#endif
