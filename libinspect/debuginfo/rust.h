/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_RUST_H
#define DEBUGINFO_RUST_H

#include "debuginfo/short-name.h"
#include "debuginfo/value.h"

G_BEGIN_DECLS

/* A DebugFormatFunc: strings, vectors, what boxes and counted pointers hold, durations and addresses
 * as a Rust programmer would print them. Fields are found by type: where they lie moves with every
 * release of the standard library. */
gboolean debug_rust_format (DebugFormat *format, DebugValue value, guint depth);

/* What an Option has, where it has something. */
gboolean debug_rust_get_some (const DebugMemory *memory, DebugValue option,
                              DebugValue *ret_content);
/* What a Box, Rc, Arc, Pin, NonNull, reference or the like leads to. FALSE: it is none of them, or
 * leads to a trait object or slice, which takes more than an address. */
gboolean debug_rust_follow (const DebugMemory *memory, DebugValue value, DebugValue *ret_target);

/* Of an Arc or Rc: what those who count share. (nullable): it is neither, or leads to a trait object or slice */
DebugType *debug_rust_get_counted (DebugType *type);
/* The same of a value: FALSE also where nobody counts any more. */
gboolean debug_rust_follow_counted (const DebugMemory *memory, DebugValue value,
                                    DebugValue *ret_target);

/* What the older mangling of functions, which is C++'s, has for what C++ has no letters: "$LT$" is "<". In place. */
void debug_rust_unescape (char *name);

G_END_DECLS

#endif
