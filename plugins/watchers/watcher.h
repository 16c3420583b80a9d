/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WATCHERS_WATCHER_H
#define WATCHERS_WATCHER_H

/* A watcher: an object of the program that has a callback and waits, once or again and again. Each
 * adapter tells of its runtime's by three calls: watcher_begin() where it starts to wait,
 * firing_begin() and firing_end() around the callback, watcher_end() where it is stopped.
 *
 * The task rule: what begins within a poll of task T belongs to T. Outside of any it belongs to the task
 * that this object belonged to before, if that goes on, else to a task of its own. What a listener's
 * callback begins on a descriptor is a child task for each descriptor: a connection.
 *
 * Neither errno nor a lock that the program may hold is touched. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect.h"
#include "table.h"

/* ---- Waiting --------------------------------------------------------------------------------- */

typedef struct
{
  const void *address;
  unsigned part;
  InspectKind *kind;
  Callback callback;  /* the program's */
  const void *loop;   /* or NULL */
  int fd;             /* or -1 */
  void *data;         /* of the adapter, for its record */
  const void *of;     /* the same: what it is a part of */
  uint32_t flags;     /* the same */
  const void *caller; /* CALLER */
} WatchStart;

/* Before the runtime's own function, for another thread may fire it before that returns. If it waits
 * already for the same, nothing begins but a timer anew.
 * Returns: the await, of which more can be said; 0: nothing is known of it, and it was counted */
InspectObject watcher_begin (const WatchStart *start, bool *ret_is_new);
/* It is stopped, or could not be started. */
void watcher_end (const void *address, unsigned part, int status);
/* The object is over with all that it waited for. */
void watcher_forget (const void *address);
/* All of that kind that are a part of @of. Returns: how many */
uint32_t watcher_end_parts (const InspectKind *kind, const void *of, int status);
/* All that waits on that loop. */
void watcher_end_all (const void *loop, int status);
InspectObject watcher_await (const Record *record, const void *address, unsigned part);
/* The place that called a hook; of a callback that ends in that call, the callback itself. */
InspectLocationId watcher_place (const void *caller);
/* The program has a name for it: so has the task that has begun with it. */
void watcher_set_name (const void *address, const char *name);
/* Somebody makes it fire. */
void watcher_wake (const void *address, unsigned part);
/* The task that the object belongs to, with a reference; INSPECT_NONE: it has none.
 * @ret_callback: (nullable): its callback */
InspectId watcher_ref_task (const void *address, Callback *ret_callback);
/* Whether it has told by itself that it sends. */
bool watcher_asks (const void *address);
bool watcher_is_pending (const void *address, unsigned part);

/* ---- A callback of the program --------------------------------------------------------------- */

typedef enum
{
  FIRE_AGAIN, /* the await goes on */
  FIRE_LAST,  /* and ends */
} FireMode;

/* What the callback of a listener, or of something that is merely watched, begins. */
typedef struct
{
  InspectId parent; /* INSPECT_NONE: the callback that runs makes no tasks */
  InspectId child;
  int fd;     /* of the child */
  int own_fd; /* of the parent: what begins there is its own */
  bool is_listener;
} Spawn;

typedef struct
{
  InspectId task; /* with a reference; INSPECT_NONE: no poll */
  InspectId previous;
  InspectLocationId place_before;
  Spawn spawn_before;
  uint64_t cost;
} Firing;

/* Before the program's callback, which may free the object. @status: how the await ends, with
 * FIRE_LAST. Where nothing is known of it nothing is told. */
void firing_begin (Firing *firing, const void *address, unsigned part, Callback callback,
                   FireMode mode, int status);
/* The same for a callback that comes for nothing that was waited for: its poll is of the task that the object
 * belongs to. */
void firing_begin_bound (Firing *firing, const void *address, Callback callback);
/* After it. */
void firing_end (Firing *firing);

#endif
