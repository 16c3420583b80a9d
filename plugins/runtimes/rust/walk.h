/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_WALK_H
#define RUST_WALK_H

#include "memory.h"
#include "plan.h"
#include "task.h"

/* From the future of a task down to what it waits for. */

G_BEGIN_DECLS

typedef struct _RustLockNames RustLockNames; /* told.h */

#define RUST_MAX_FRAMES 64
#define RUST_MAX_AWAITS 64
#define RUST_MAX_HOLDS 32
#define RUST_MAX_ATTRIBUTES 6
#define RUST_N_VISITED 32

/* One coroutine that waits for the next. */
typedef struct
{
  const RustPlan *plan;
  DebugValue form; /* what it keeps while it waits there */
  const DebugVariant *variant;
  guint64 state;
  DebugType *coroutine;
  guint64 address; /* of the coroutine */
} RustFrame;

typedef struct
{
  InspectorProbeResource resource;
  InspectorProbeAttribute attributes[RUST_MAX_ATTRIBUTES];
} RustResource;

typedef struct
{
  const InspectKind *kind;
  guint64 id;
  gboolean has_resource;
  RustResource resource;
  guint64 task; /* header of the task that is awaited */
  DebugType *
      polled; /* (nullable): a future that the program polls by hand, and that is all that is known */
  guint n_attributes;
  InspectorProbeAttribute attributes[RUST_MAX_ATTRIBUTES];
  guint n_frames;
  RustFrame frames[]; /* outermost first */
} RustAwait;

typedef struct
{
  RustResource resource;
  guint count;
  RustFrame frame;
  const DebugVariant *taken; /* the await of @frame that has given it; NULL: not known */
  const char *variable;
} RustHold;

typedef struct
{
  RustMemory *memory;
  GPtrArray *programs; /* RustProgram, for tables of trait objects */
  GStringChunk *texts;

  guint n_frames;
  RustFrame frames[RUST_MAX_FRAMES]; /* from the task's own one to where the walk is */
  gint64 deadline_ns;                /* of the timeouts around; 0: none */
  GPtrArray *awaits;                 /* RustAwait */
  GPtrArray *holds;                  /* RustHold */
  const RustLockNames *lock_names;   /* (nullable) */
  const char *told_name;             /* (nullable): that the program has given the task */
  guint8 *block;                     /* that the awaits are in */
  gsize block_used;
  guint64 visited[RUST_N_VISITED]; /* coroutines of this task */
  guint n_visited;
  GHashTable *visited_more; /* beyond these */
  guint n_tasks;
  guint looks_left;
  gboolean has_begun; /* its own coroutine was polled at least once */
} RustWalk;

void rust_walk_init (RustWalk *walk, RustMemory *memory, GPtrArray *programs);
void rust_walk_clear (RustWalk *walk);
/* Forgets the task before. */
void rust_walk_begin (RustWalk *walk);
/* Follows a future, whatever it is. FALSE: there is nothing in it that waits. */
gboolean rust_walk (RustWalk *walk, DebugValue value, guint depth);

/* What boxes, references and trait objects around a future lead to, as far as they can be followed. */
DebugValue rust_resolve (const DebugMemory *memory, GPtrArray *programs, DebugValue value);

/* The address of the outermost coroutine that was found; @otherwise where there is none. */
guint64 rust_walk_get_first (const RustWalk *walk, guint64 otherwise);

/* A new await at the place where the walk is; NULL: there are too many. */
RustAwait *rust_walk_add (RustWalk *walk, const InspectKind *kind, guint64 id);
void rust_await_add_value (RustAwait *await, const InspectKind *key, guint64 value);
void rust_await_add_text (RustAwait *await, const InspectKind *key, const char *text);
void rust_await_set_resource (RustAwait *await, const InspectKind *kind, guint64 id);

G_END_DECLS

#endif
