/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_INDEX_H
#define RUST_INDEX_H

#include "debuginfo/type.h"

/* What of the debug info of a file tells where its tasks are, found in one pass over all of it and
 * kept by the file's build id (cache.c). Addresses are those in the file. */

G_BEGIN_DECLS

typedef enum
{
  RUST_ENTRY_TOKIO = 1,      /* the function that polls a task; @type is the Cell that it lies in */
  RUST_ENTRY_ASYNC_TASK = 2, /* the same of async-task: @type is the future, @other RawTask */
  RUST_ENTRY_DYN = 3,        /* the table of a trait object; @type is what it is of */
  RUST_ENTRY_WAKERS = 4,     /* tokio's table of what a waker does; @type is that of such tables */
  RUST_ENTRY_WAKE = 5,       /* of async-task: RawTask::wake; @type is that of such tables */
  RUST_ENTRY_WAKE_BY_REF = 6,
  RUST_ENTRY_OBJECT =
      7, /* the table of a trait object that is no future, but may have a descriptor */
  RUST_ENTRY_POLL =
      8, /* a function that polls what is no coroutine: @type is the function, and @address stands for
                          the name of what it polls (polls.c) */
  RUST_ENTRY_PARKED = 9, /* @type is what a thread of parking_lot notes while it sleeps */
  RUST_ENTRY_BLOCK_ON =
      10, /* a function that waits for a future: @type is that of its variable which
                                leads to it, other.offset where that is in its frame, and other.unit
                                how long the function is */
} RustEntryOf;

typedef struct
{
  guint64 of; /* a RustEntryOf */
  guint64 address;
  DebugDieRef type;
  DebugDieRef other; /* offset 0: none */
} RustEntry;

typedef struct
{
  GArray *entries;    /* RustEntry by @of and @address; several may have one address */
  gboolean has_types; /* else there are line tables at best */
  char *missing;      /* a file with split debug info that is not there; NULL: all of them are */
  gboolean is_async;  /* it has tasks at all, as far as can be told */
} RustIndex;

/* polls.c: whether a function outside of all types, called @name, is one of RUST_ENTRY_POLL. */
gboolean rust_poll_read (DebugTypes *types, const char *scope, const char *name, Dwarf_Die *die,
                         RustEntry *ret_entry);

/* recognise.c: costs little. */
gboolean rust_is_in_file (const char *path);
/* Whether it has the code of tasks, as far as that can be told without debug info. */
gboolean rust_uses_tasks (const char *path);

/* From the cache where it is there; NULL: it has no debug info. */
RustIndex *rust_index_new (const char *path, const guint8 *build_id, gsize build_id_length,
                           const char *cache_folder);
void rust_index_free (RustIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (RustIndex, rust_index_free)
const RustEntry *rust_index_find (const RustIndex *index, RustEntryOf of, guint64 address);

/* cache.c: NULL: it is not there, or not what it should be. */
RustIndex *rust_cache_load (const char *folder, const guint8 *build_id, gsize length);
void rust_cache_save (const char *folder, const guint8 *build_id, gsize length,
                      const RustIndex *index);

G_END_DECLS

#endif
