/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECT_DEBUGINFO_RUST_SYMBOL_H
#define INSPECT_DEBUGINFO_RUST_SYMBOL_H

#include <glib.h>

G_BEGIN_DECLS

/* Rust's newer mangling, "v0", of the names of functions. What a function was made for (its generic arguments) is left
 * out, as in the older one; the types of an impl keep theirs. */

/* (transfer full) (nullable): of a name that begins with "_R"; NULL: it is none of these */
char *debug_rust_demangle (const char *name);

G_END_DECLS

#endif
