/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef DEBUGINFO_EMBEDDING_H
#define DEBUGINFO_EMBEDDING_H

#include "debuginfo/type.h"

G_BEGIN_DECLS

/* Which structs of a file have one of another type in them: `struct client { uv_tcp_t handle; ... }`. */
typedef struct _DebugEmbeddings DebugEmbeddings;

typedef struct
{
  DebugType *type; /* the outer struct */
  guint64 offset;  /* of what was asked for */
} DebugEmbedding;

/* @types: stands as long */
DebugEmbeddings *debug_embeddings_new (DebugTypes *types);
void debug_embeddings_free (DebugEmbeddings *embeddings);
/* @name: of a struct, "uv_tcp_s". Not those in arrays and behind pointers. The first call for a name goes over all of the
 * debug info. (transfer none) (element-type DebugEmbedding): each kind of struct once */
GArray *debug_embeddings_list (DebugEmbeddings *embeddings, const char *name);

G_END_DECLS

#endif
