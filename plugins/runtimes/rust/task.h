/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RUST_TASK_H
#define RUST_TASK_H

#include "index.h"
#include "memory.h"

/* Where tasks are. Each begins with a header that has the address of a table of functions, one table
 * for each type of future, and from that table the type is known: so a task is a word of the heap
 * that is the address of such a table. Nothing else in memory has to be understood to find it. */

G_BEGIN_DECLS

#define RUST_NOWHERE G_MAXUINT

/* How the tasks of one table lie in memory; offsets from the header. */
typedef struct
{
  RustEntryOf of;
  guint64 table;
  DebugType *cell;   /* of tokio: all of the task */
  DebugType *future; /* of async-task; of tokio what Running holds is in @stage */
  DebugType *stage;
  DebugType *functions; /* what @table is */
  guint size;           /* to be read of each */
  guint table_offset;
  guint state_offset;
  guint owner_offset, links_offset, id_offset; /* RUST_NOWHERE: it has none */
  guint future_offset;                         /* of @stage or @future */
  const DebugVariant
      *running; /* the form of @stage that has the future; and where in it that is: */
  DebugType *running_future;
  guint running_offset;
  gboolean is_blocking; /* a job of the pool of threads */
  gboolean is_internal; /* of those, one that the runtime itself has: a thread that polls */
} RustLayout;

typedef enum
{
  RUST_TASK_IDLE,
  RUST_TASK_READY,
  RUST_TASK_RUNNING,
  RUST_TASK_DONE,
} RustTaskState;

typedef struct
{
  guint64 address; /* of its header */
  const RustLayout *layout;
  guint64 word; /* its state */
  RustTaskState state;
  guint64 id;                 /* that its runtime gave it; 0: none */
  const char *test_case;      /* (nullable) */
  guint64 within, within_end; /* of no task of a runtime: where its future lies */
} RustTask;

/* scopes.c: the functions around an instruction. */
typedef struct _RustScopes RustScopes;

/* A word of a file's data that is an address in it; both as the file has them. */
typedef struct
{
  guint64 at;
  guint64 address;
} RustWord;

/* relocated.c: calls @func for each, as they are when nobody has changed them. */
void rust_visit_words (Elf *elf, void (*func) (gpointer data, RustWord word), gpointer data);

/* One file of the program that has tasks. */
typedef struct
{
  DebugTypes *types;
  RustIndex *index;
  guint first_block_on; /* of the index's entries */
  guint64 bias;
  guint64 start, end;
  GHashTable *layouts;     /* address of a table -> RustLayout */
  guint64 lowest, highest; /* of those addresses */
  char *own_folder;        /* (nullable): where its own code was compiled (own.c) */
  guint64 lock_names; /* where the program says how its locks are called (told.h); 0: nowhere */
  GHashTable *scopes; /* address in it -> RustScopes (scopes.c); NULL: nobody has asked */
} RustProgram;

/* The future that a task is; FALSE: there is none any more. */
gboolean rust_task_get_future (const DebugMemory *memory, const RustTask *task,
                               DebugValue *ret_future);
/* The task whose header is there, of which no more is known than its type. @programs: RustProgram */
gboolean rust_task_find (GPtrArray *programs, const DebugMemory *memory, guint64 header,
                         RustTask *ret_task);

/* NULL: there are no tasks in it. Both are left alone where nothing is to be said. @ret_warning: what its debug info
 * lacks to see them; @ret_missing: which file, that it should have, is not there. */
RustProgram *rust_program_new (const InspectorProbeTarget *target,
                               const InspectorProbeModule *module, char **ret_warning,
                               char **ret_missing);
void rust_program_free (RustProgram *program);
/* What the trait object with that table is; NULL: it is none of this file's futures. */
DebugType *rust_program_find_dyn (RustProgram *program, guint64 table);
/* The same of what may have a descriptor. */
DebugType *rust_program_find_object (RustProgram *program, guint64 table);

/* What a thread of parking_lot notes while it sleeps; (nullable) */
DebugType *rust_program_find_parked (RustProgram *program);

/* Of the @nth variable that leads to the future of the block_on() that a call at @address returns to: its
 * type, and how far it is from the end of that call's frame. FALSE: there is none. */
gboolean rust_program_find_block_on (RustProgram *program, guint64 address, guint nth,
                                     DebugType **ret_type, guint64 *ret_offset);

/* Of tokio.c and async-task.c: FALSE: its types are not what they should be. */
gboolean rust_tokio_fill_layout (DebugType *cell, RustLayout *layout, guint *ret_poll_offset);
gboolean rust_async_task_fill_layout (RustMemory *memory, DebugType *future, DebugType *raw,
                                      guint64 word_address, RustLayout *layout);
RustTaskState rust_tokio_get_state (guint64 word);
RustTaskState rust_async_task_get_state (guint64 word);
/* Which bits of the state tell that a task has just been made. */
void rust_async_task_get_fresh (guint64 *ret_mask, guint64 *ret_value);
/* What looks like a task, and what has to be known of it to tell whether it is one. */
typedef struct
{
  RustTask task;
  guint64 owner;    /* of tokio: the list that it is in, 0: none */
  guint64 links[2]; /* of tokio: its neighbours there */
} RustCandidate;

/* Whether it may be one. @others: address -> RustCandidate */
gboolean rust_tokio_check (const RustProgram *program, const InspectorProbeTarget *target,
                           RustCandidate *candidate, GHashTable *others);
gboolean rust_async_task_check (RustTask *task);

/* All tasks in memory: of RustTask, (transfer full). FALSE where it was broken off. */
gboolean rust_scan (const RustProgram *program, RustMemory *memory, GArray **ret_tasks);

/* followed.c: which types the runtime plugin does not follow, of those that it might: one line; NULL: it
 * follows all, is not there, or is yet to begin. */
char *rust_dup_unfollowed (GPtrArray *programs, const InspectorProbeTarget *target);

/* live.c: what the runtime plugin "rust-live" is told (live.h); NULL: nothing. @programs: RustProgram */
GBytes *rust_live_describe (GPtrArray *programs, const InspectorProbeTarget *target);

G_END_DECLS

#endif
