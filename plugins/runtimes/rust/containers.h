/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_CONTAINERS_H
#define RUST_CONTAINERS_H

#include "debuginfo/value.h"

/* What lies in memory that a value owns and its members do not show: the elements of a Vec, of a map, of a
 * boxed slice, and what a Box has. */

G_BEGIN_DECLS

#define RUST_MAX_ELEMENTS 256

/* What @type has of these; NULL: it is none of them. */
DebugType *rust_container_get_element (DebugType *type);

typedef void (*RustElementFunc) (DebugValue element, gpointer data);

/* Calls @func for each element, up to RUST_MAX_ELEMENTS. FALSE: not all of them could be had. */
gboolean rust_container_visit (const DebugMemory *memory, DebugValue value, RustElementFunc func,
                               gpointer data);

G_END_DECLS

#endif
