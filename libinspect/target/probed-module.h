/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_PROBED_MODULE_H
#define TARGET_PROBED_MODULE_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* As InspectorProbeTarget.read. */
typedef gboolean (*TargetReadFunc) (gpointer data, guint64 address, void *buffer, gsize length);

/* Fills in what a file says of itself where it is mapped from @module->start on: its bias and its build
 * id. FALSE: no ELF file begins there. */
gboolean target_probed_read_headers (InspectorProbeModule *module, TargetReadFunc read,
                                     gpointer data);
/* Frees what the module owns. A GDestroyNotify. */
void target_probed_module_clear (gpointer module);

G_END_DECLS

#endif
