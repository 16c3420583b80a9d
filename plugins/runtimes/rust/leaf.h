/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_LEAF_H
#define RUST_LEAF_H

#include "kinds.h"
#include "walk.h"

/* What the innermost coroutine waits for, by the name of its type: one table (leaf.c). */

G_BEGIN_DECLS

struct _RustLeaf
{
  const char *type; /* as rust_name_matches() takes it */
  gboolean (*walk) (RustWalk *walk, DebugValue value, guint depth);
  const InspectKind *kind;     /* of the simple ones */
  const InspectKind *resource; /* (nullable) */
};

const RustLeaf *rust_leaf_find (const DebugType *type);
gboolean rust_leaf_walk (RustWalk *walk, const RustLeaf *leaf, DebugValue value, guint depth);
/* Of what has no rule: by what it is in. @awaited: (nullable): what is awaited there */
void rust_leaf_unknown (RustWalk *walk, DebugValue form, const DebugValue *awaited);

/* leaf-io.c: a wait for a descriptor. FALSE: there is none at hand. */
gboolean rust_leaf_descriptor (RustWalk *walk, const DebugValue *value);

/* The same for one that @value has, of that kind. */
gboolean rust_leaf_descriptor_as (RustWalk *walk, DebugValue value, const InspectKind *kind);

/* leaf-http.c: of text what is between the quotes, not too much of it; lives as long as the walk's texts. */
const char *rust_leaf_dup_text (RustWalk *walk, DebugValue value);
gboolean rust_leaf_request (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_connection (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_answer (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_frames (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_version (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_actix (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_graceful (RustWalk *walk, DebugValue value, guint depth);

/* sent.c: "GET /path": what a connection of HTTP/1 has sent last and is not answered yet, by the future of that
 * connection, or by where its answer will come. (nullable); lives as long as the walk's texts. */
const char *rust_http_dup_sent (RustWalk *walk, DebugValue connection);
const char *rust_http_dup_sent_by_sender (RustWalk *walk, DebugValue receiver);
/* Of the task that a waker wakes. */
gboolean rust_http_find_future_of_waker (RustWalk *walk, DebugValue waker, DebugValue *ret_future);
/* The stream of HTTP/2 on which it will come. */
gboolean rust_http_find_stream_of_sender (RustWalk *walk, DebugValue receiver,
                                          DebugValue *ret_stream);

/* http2.c */
gboolean rust_leaf_stream (RustWalk *walk, DebugValue value, guint depth);
/* "gRPC /package.Service/Method": what a call of tonic around the place where the walk is asks for; (nullable). */
const char *rust_http_dup_call (RustWalk *walk);

/* leaf-sync.c: the innermost coroutine around that was written there. (nullable) */
const RustFrame *rust_find_frame (const RustWalk *walk, const char *scope);
/* What a method was called on: "Mutex<i32>". */
gboolean rust_find_self (const RustWalk *walk, const char *name, DebugValue *ret_self);

gboolean rust_leaf_acquire (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_notified (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_sleep (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_interval (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_timeout (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_unordered (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_set (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_elements (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_shared (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_join (RustWalk *walk, DebugValue value, guint depth);

/* leaf-database.c */
gboolean rust_leaf_database_read (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_database_answer (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_database_connection (RustWalk *walk, DebugValue value, guint depth);

/* leaf-crates.c */
gboolean rust_leaf_lock (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_event (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_token (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_until_cancelled (RustWalk *walk, DebugValue value, guint depth);
gboolean rust_leaf_tracker (RustWalk *walk, DebugValue value, guint depth);

/* The address of the first thing called @name (as debug_type_is() takes it) that @value has, or refers
 * to. */
gboolean rust_find_referred (const DebugMemory *memory, DebugValue value, const char *name,
                             guint depth, DebugValue *ret_found);

/* The same in what @value has: what is there of enums, and the futures that boxes have, but nothing that it only refers to. */
gboolean rust_find_within (RustWalk *walk, DebugValue value, const char *name,
                           DebugValue *ret_found);

G_END_DECLS

#endif
