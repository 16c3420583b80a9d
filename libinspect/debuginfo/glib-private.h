/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_GLIB_PRIVATE_H
#define DEBUGINFO_GLIB_PRIVATE_H

#include "debuginfo/value.h"

G_BEGIN_DECLS

/* Rows of glib.c's table that have a file of their own. FALSE: it is none, as far as its memory says. */
gboolean debug_glib_format_variant (DebugFormat *format, DebugValue value, guint depth);
/* An object of a class of the program: what its private struct has is shown with it. */
gboolean debug_glib_format_object (DebugFormat *format, DebugValue value, guint depth);
/* GObject itself, mostly as the beginning of another. */
gboolean debug_glib_format_base_object (DebugFormat *format, DebugValue value, guint depth);

G_END_DECLS

#endif
