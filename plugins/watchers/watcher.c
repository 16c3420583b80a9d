/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "watcher.h"

#include <errno.h>

#include "descriptors.h"
#include "loop.h"
#include "say.h"
#include "slots.h"
#include "task.h"
#include "watchers.h"

/* Of this thread. Values, and no pointers to frames, which a longjmp() may have left. */
static __thread Spawn spawn __attribute__ ((tls_model ("initial-exec")));
static __thread InspectLocationId running __attribute__ ((tls_model ("initial-exec")));

static inline void
cost_end (uint64_t cost)
{
  if (__builtin_expect (cost != 0, false))
    inspect_cost_end (cost);
}

/* ---- Places ---------------------------------------------------------------------------------- */

InspectLocationId
watcher_place (const void *caller)
{
  if (slots_is_ours (caller) && running != 0)
    return running;
  return watchers.agent.stack != NULL ? watchers.agent.stack (caller)
                                      : inspect_location_of_call (caller);
}

/* ---- The task rule --------------------------------------------------------------------------- */

static InspectId
child_of (const WatchStart *start, bool *ret_is_new)
{
  InspectLocationId where = inspect_location_of_function ((const void *)start->callback);

  if (spawn.child != INSPECT_NONE && (start->fd < 0 || spawn.fd < 0 || start->fd == spawn.fd) &&
      task_ref (spawn.child))
    {
      if (spawn.fd < 0)
        spawn.fd = start->fd;
      return spawn.child;
    }
  *ret_is_new = true;
  spawn.child = task_begin (spawn.parent, where);
  spawn.fd = start->fd;
  if (spawn.child != INSPECT_NONE)
    inspect_task_enter (spawn.child);
  return spawn.child;
}

/* Whether the callback that runs makes tasks of what it begins. */
static bool
spawns (const WatchStart *start, InspectId current)
{
  if ((current != spawn.parent && current != spawn.child) ||
      (start->fd >= 0 && start->fd == spawn.own_fd))
    return false;
  return spawn.is_listener || start->fd >= 0 || spawn.child != INSPECT_NONE;
}

static InspectId
task_of (const WatchStart *start, const Record *known, InspectLocationId where, bool *ret_is_new)
{
  InspectId current = inspect_task_current ();

  *ret_is_new = false;
  if (current != INSPECT_NONE && known->bound != current && spawns (start, current))
    {
      if (task_try_ref (known->bound, known->bound_generation))
        return known->bound;
      return child_of (start, ret_is_new);
    }
  if (task_ref (current))
    return current;
  if (task_try_ref (known->bound, known->bound_generation))
    return known->bound;
  *ret_is_new = true;
  return task_begin (INSPECT_NONE, where);
}

/* ---- Waiting --------------------------------------------------------------------------------- */

InspectObject
watcher_await (const Record *record, const void *address, unsigned part)
{
  /* Low bits of an address say nothing: those of the parts are theirs. */
  return inspect_object (record->kind, inspect_id_of (address) + part);
}

static void
end (const Record *record, const void *address, unsigned part, int status)
{
  if (watchers_are_on ())
    inspect_await_end (record->task, watcher_await (record, address, part), status);
  task_unref (record->task);
}

static bool
is_timer (const InspectKind *kind)
{
  return (kind->flags & INSPECT_AWAIT_TIMER) != 0;
}

/* It waits for the same already. */
static bool
goes_on (const WatchStart *start, Record *record, InspectLocationId where, InspectObject *ret_await)
{
  if (record->kind != start->kind || record->loop != start->loop || record->fd != start->fd)
    return false;
  record->callback = start->callback;
  record->data = start->data;
  record->flags = start->flags;
  record->of = start->of;
  if (!table_change (start->address, start->part, record))
    return false;
  *ret_await = watcher_await (record, start->address, start->part);
  if (is_timer (start->kind))
    inspect_await_begin (record->task, *ret_await, where);
  return true;
}

static void
say_begin (const WatchStart *start, const Record *record, InspectObject await)
{
  inspect_attribute (await, &key_callback, (uint64_t)(uintptr_t)record->callback);
  if (start->fd >= 0)
    say_descriptor (await, start->fd, start->loop);
  else if (start->loop != NULL)
    inspect_attribute (await, &key_owner, loop_object (start->loop));
}

/* All parts of an object belong to the task that the first one belongs to. */
static void
inherit (const void *address, Record *known)
{
  Record whole;

  if (!table_get (address, 0, &whole))
    return;
  known->bound = whole.bound;
  known->bound_generation = whole.bound_generation;
}

static void
bequeath (const void *address, const Record *known)
{
  Record whole = { .kind = NULL }, before;

  if (table_get (address, 0, &whole) && (whole.kind != NULL || whole.bound == known->bound))
    return;
  whole.bound = known->bound;
  whole.bound_generation = known->bound_generation;
  table_put (address, 0, &whole, &before);
}

InspectObject
watcher_begin (const WatchStart *start, bool *ret_is_new)
{
  uint64_t cost = inspect_cost_begin ();
  Record known = { .kind = NULL }, before;
  InspectLocationId where = watchers.is_adopting || start->caller == NULL
                                ? inspect_location_of_function ((const void *)start->callback)
                                : watcher_place (start->caller);
  InspectObject await = 0;
  bool has_begun_task;
  InspectId task;

  *ret_is_new = false;
  table_get (start->address, start->part, &known);
  if (known.kind != NULL && goes_on (start, &known, where, &await))
    {
      cost_end (cost);
      return await;
    }
  if (start->part != 0)
    inherit (start->address, &known);
  task = task_of (start, &known, where, &has_begun_task);
  known =
      (Record){ .kind = start->kind,
                .task = task,
                .bound = task,
                .bound_generation = task_get_generation (task),
                .has_begun_task = has_begun_task || (known.has_begun_task && task == known.bound),
                .fd = start->fd,
                .loop = start->loop,
                .callback = start->callback,
                .data = start->data,
                .of = start->of,
                .flags = start->flags };
  await = watcher_await (&known, start->address, start->part);
  if (task == INSPECT_NONE || !table_put (start->address, start->part, &known, &before))
    {
      watchers.agent.count_skipped ();
      task_unref (task);
      cost_end (cost);
      return 0;
    }
  if (before.kind != NULL)
    end (&before, start->address, start->part, -ECANCELED);
  if (start->part != 0)
    bequeath (start->address, &known);
  inspect_await_begin (task, await, where);
  say_begin (start, &known, await);
  *ret_is_new = true;
  cost_end (cost);
  return await;
}

InspectId
watcher_ref_task (const void *address, Callback *ret_callback)
{
  Record record;

  if (!table_get (address, 0, &record) || !task_try_ref (record.bound, record.bound_generation))
    return INSPECT_NONE;
  if (ret_callback != NULL)
    *ret_callback = record.callback;
  return record.bound;
}

bool
watcher_asks (const void *address)
{
  Record record;

  for (unsigned part = 0; part < TABLE_PARTS; part++)
    if (table_get (address, part, &record) && record.kind != NULL &&
        (record.kind->flags & INSPECT_AWAIT_ASKS) != 0)
      return true;
  return false;
}

void
watcher_end (const void *address, unsigned part, int status)
{
  Record record;

  if (table_take (address, part, &record))
    end (&record, address, part, status);
}

void
watcher_forget (const void *address)
{
  for (unsigned part = 0; part < TABLE_PARTS; part++)
    {
      watcher_end (address, part, -ECANCELED);
      table_drop (address, part);
    }
}

void
watcher_end_all (const void *loop, int status)
{
  uint32_t cursor = 0;
  uint64_t key;
  Record record;

  while (table_next (&cursor, loop, &key, &record))
    watcher_end (table_key_address (key), table_key_part (key), status);
}

uint32_t
watcher_end_parts (const InspectKind *kind, const void *of, int status)
{
  uint32_t cursor = 0, n = 0;
  uint64_t key;
  Record record;

  while (table_next (&cursor, NULL, &key, &record))
    if (record.kind == kind && record.of == of)
      {
        watcher_end (table_key_address (key), table_key_part (key), status);
        n++;
      }
  return n;
}

void
watcher_set_name (const void *address, const char *name)
{
  Record record;

  if (watchers_are_on () && table_get (address, 0, &record) && record.kind != NULL &&
      record.has_begun_task && record.task == record.bound)
    inspect_task_set_name (record.task, name);
}

void
watcher_wake (const void *address, unsigned part)
{
  Record record;

  if (watchers_are_on () && table_get (address, part, &record) && record.kind != NULL)
    inspect_wake (watcher_await (&record, address, part));
}

bool
watcher_is_pending (const void *address, unsigned part)
{
  Record record;

  return table_get (address, part, &record) && record.kind != NULL;
}

/* ---- Firing ---------------------------------------------------------------------------------- */

static bool
makes_tasks (const Record *record)
{
  const uint32_t watch = INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES;

  return (record->kind->flags & INSPECT_AWAIT_LISTENS) != 0 ||
         ((record->kind->flags & watch) == watch && !descriptor_is_connection (record->fd));
}

static void
resume (Firing *firing, const Record *record, InspectObject await, FireMode mode, int status)
{
  if (mode == FIRE_LAST && status == 0)
    firing->previous = inspect_await_resume (firing->task, await, running);
  else
    {
      if (mode == FIRE_LAST)
        inspect_await_end (firing->task, await, status);
      firing->previous = inspect_poll_begin (firing->task, await, running);
    }
}

/* The poll is not begun yet. */
static void
enter (Firing *firing, InspectId task, Callback callback, const Record *record)
{
  firing->task = task;
  firing->place_before = running;
  firing->spawn_before = spawn;
  running = inspect_location_of_function ((const void *)callback);
  spawn = (Spawn){ .parent = INSPECT_NONE, .fd = -1 };
  if (record == NULL || !makes_tasks (record))
    return;
  spawn.parent = task;
  spawn.own_fd = record->fd;
  spawn.is_listener = (record->kind->flags & INSPECT_AWAIT_LISTENS) != 0;
}

void
firing_begin (Firing *firing, const void *address, unsigned part, Callback callback, FireMode mode,
              int status)
{
  Record record = { .kind = NULL };
  bool is_pending;

  firing->task = INSPECT_NONE;
  if (!watchers_are_on ())
    {
      if (mode == FIRE_LAST && table_take (address, part, &record))
        task_forget (record.task);
      return;
    }
  firing->cost = inspect_cost_begin ();
  is_pending = mode == FIRE_LAST ? table_take (address, part, &record)
                                 : table_get (address, part, &record) && record.kind != NULL;
  /* The reference of an await that ends becomes the poll's. */
  if (is_pending && (mode == FIRE_LAST || task_ref (record.task)))
    {
      enter (firing, record.task, callback, &record);
      resume (firing, &record, watcher_await (&record, address, part), mode, status);
    }
  cost_end (firing->cost);
}

void
firing_begin_bound (Firing *firing, const void *address, Callback callback)
{
  InspectId task;

  firing->task = INSPECT_NONE;
  firing->cost = 0;
  if (!watchers_are_on ())
    return;
  task = watcher_ref_task (address, NULL);
  if (task == INSPECT_NONE)
    return;
  enter (firing, task, callback, NULL);
  firing->previous = inspect_poll_begin (task, 0, running);
}

void
firing_end (Firing *firing)
{
  uint64_t cost;

  if (firing->task == INSPECT_NONE)
    return;
  cost = __builtin_expect (firing->cost != 0, false) ? inspect_cost_again () : 0;
  running = firing->place_before;
  spawn = firing->spawn_before;
  if (watchers_are_on ())
    inspect_poll_end (firing->task, firing->previous);
  task_unref (firing->task);
  cost_end (cost);
}
