/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_GLIB_H
#define DEBUGINFO_GLIB_H

#include "debuginfo/value.h"

G_BEGIN_DECLS

/* A DebugFormatFunc of C: what GLib's containers hold, and what a pointer to a struct leads to. Public
 * structs are read by debug info; GBytes and GHashTable, which are private, by the layout that GLib has had
 * since 2.32 and 2.68, where it makes sense, and marked "(inferred)". */
gboolean debug_glib_format (DebugFormat *format, DebugValue value, guint depth);

G_END_DECLS

#endif
