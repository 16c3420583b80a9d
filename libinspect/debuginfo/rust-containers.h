/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_RUST_CONTAINERS_H
#define DEBUGINFO_RUST_CONTAINERS_H

#include "debuginfo/value.h"

/* What lies in memory that a value of Rust owns and its members do not show: the elements of a Vec, of a map, of a
 * boxed slice, and what a Box has. Where they are is found by the types of the members that lead there, and
 * all that memory says is checked against a bound: it need not be what its type says. */

G_BEGIN_DECLS

#define DEBUG_RUST_MAX_ELEMENTS 256

typedef enum
{
  DEBUG_RUST_NO_CONTAINER,
  DEBUG_RUST_LIST,
  DEBUG_RUST_MAP,
  DEBUG_RUST_SET,
  DEBUG_RUST_BOX, /* of one */
} DebugRustShape;

/* What its elements are. Of a table of hashes each is a pair of key and value, of which a set's second one is nothing; a
 * tree has keys and values apart. */
typedef struct
{
  DebugRustShape shape;
  DebugType *element;
  DebugType *mapped; /* (nullable): @element is the key, and this the value */
  gboolean are_pairs;
} DebugRustContainer;

/* FALSE: @type is none of these, or nothing is known of what is in it. */
gboolean debug_rust_container_get (DebugType *type, DebugRustContainer *ret_container);

/* @mapped: (nullable): only where the container has it apart. Returns: whether to go on */
typedef gboolean (*DebugRustElementFunc) (DebugValue element, const DebugValue *mapped,
                                          gpointer data);

/* Calls @func for each element, up to DEBUG_RUST_MAX_ELEMENTS. @ret_n: (nullable): how many it says that there are;
 * 0 where that cannot be read. FALSE: not all of them could be had. */
gboolean debug_rust_container_visit (const DebugMemory *memory, DebugValue value,
                                     DebugRustElementFunc func, gpointer data, guint64 *ret_n);

/* How many elements a Vec or VecDeque has room for, which lie where its elements do. */
gboolean debug_rust_read_capacity (const DebugMemory *memory, DebugValue value,
                                   guint64 *ret_capacity);

G_END_DECLS

#endif
