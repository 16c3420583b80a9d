/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_DEMANGLE_H
#define DEBUGINFO_DEMANGLE_H

#include <glib.h>

G_BEGIN_DECLS

/* A linker's name as its author wrote it, or NULL when it is not mangled or nothing here can tell.
 * Returns: (transfer full) */
char *debug_demangle (const char *name);

/* A symbol without its version ("@@GLIBC_2.34") and without the suffixes that a compiler gives to
 * parts and copies of a function (".constprop.0", ".part.1", ".cold"). Returns: (transfer full) */
char *debug_dup_source_name (const char *name);

G_END_DECLS

#endif
