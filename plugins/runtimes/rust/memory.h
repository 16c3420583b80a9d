/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_MEMORY_H
#define RUST_MEMORY_H

#include "debuginfo/value.h"
#include "inspector-probe.h"

/* The memory of the program during one look. What was read is kept by pages until rust_memory_forget(),
 * so that following a hundred pointers into one page asks the kernel once. */

G_BEGIN_DECLS

/* A page that was asked for of late. */
typedef struct
{
  guint64 number;
  const guint8 *page; /* NULL: none */
} RustRecent;

#define RUST_N_RECENT 256

typedef struct
{
  const InspectorProbeTarget *target;
  DebugMemory memory; /* reads it */
  GHashTable *pages;
  GPtrArray *slabs; /* that the pages lie in, one behind the other */
  guint n_used;     /* pages of these */
  RustRecent recent[RUST_N_RECENT];
  guint64 home, home_end; /* of the task that is looked at */
  gboolean has_strayed;   /* something else was read, too */
} RustMemory;

void rust_memory_init (RustMemory *self, const InspectorProbeTarget *target);
void rust_memory_clear (RustMemory *self);
/* What is read from now on is read again. */
void rust_memory_forget (RustMemory *self);
/* Reads what lies there, many pages at a time: of @n things, each @lengths[i] bytes. Cheapest in the order of
 * their addresses. */
void rust_memory_prefetch (RustMemory *self, const guint64 *addresses, const guint *lengths,
                           guint n);

G_END_DECLS

#endif
