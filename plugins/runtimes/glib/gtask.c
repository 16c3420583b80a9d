/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "gtask.h"

#include <errno.h>

#include "context.h"
#include "inspect-keys.h"
#include "operations.h"
#include "say.h"
#include "task.h"

/* A GTask's callback and its user_data are neighbours in its private memory. */
#define OFFSET_UNKNOWN 0

/* What libgio does within an operation is not judged by itself: the operation is. */
INSPECT_DEFINE_AWAIT (kind_inner, "gio.step", "waiting for {name}", INSPECT_AWAIT_WATCHES);
INSPECT_DEFINE_AWAIT (kind_dispatch, "gio.dispatch", "has returned, its context has to turn",
                      INSPECT_AWAIT_INTERNAL);
INSPECT_DEFINE_AWAIT (kind_task, "gio.task", "waiting for {name}", INSPECT_AWAIT_INTERNAL);

typedef struct
{
  GObjectClass *class;
  void (*constructed) (GObject *object);
  void (*finalize) (GObject *object);
  uint32_t instance_size;
  uint32_t callback_offset;
} Follow;

/* Static because there is one class. */
static Follow follow;
uint32_t gtask_n_loose;
/* Orders what a thread learns of its GTasks and what another does with them meanwhile. */
static Lock state_lock;

static void on_ready (GObject *source, GAsyncResult *result, gpointer user_data);

static inline GTask *
get_gtask (const Async *async)
{
  return (GTask *)async_get_address (async);
}

/* ---- The fields of a GTask ------------------------------------------------------------------- */

static inline GAsyncReadyCallback *
get_callback_slot (GTask *gtask)
{
  uint32_t offset = __atomic_load_n (&follow.callback_offset, __ATOMIC_RELAXED);

  return offset != OFFSET_UNKNOWN ? (GAsyncReadyCallback *)((char *)gtask + offset) : NULL;
}

/* Finds where a GTask has its callback, by one whose callback and user_data are known. Taken
 * only if there is one such place. */
static void
learn_callback_offset (GTask *gtask, GAsyncReadyCallback callback, const void *user_data)
{
  const uintptr_t *words = (const uintptr_t *)gtask;
  uint32_t n_words = follow.instance_size / sizeof *words;
  uint32_t found = 0;

  if (follow.callback_offset != OFFSET_UNKNOWN || callback == NULL)
    return;
  for (uint32_t i = sizeof (GObject) / sizeof *words; i + 1 < n_words; i++)
    if (words[i] == (uintptr_t)callback && words[i + 1] == (uintptr_t)user_data)
      {
        if (found != 0)
          return;
        found = i;
      }
  __atomic_store_n (&follow.callback_offset, found * sizeof *words, __ATOMIC_RELAXED);
}

/* Puts ours in the place of the program's callback. Returns: whether somebody is called at all;
 * true where that cannot be told. */
static bool
exchange_callback (Async *async, GTask *gtask)
{
  GAsyncReadyCallback *slot = get_callback_slot (gtask);

  if (slot == NULL)
    return true;
  if (*slot == NULL)
    return false;
  if (*slot != on_ready)
    {
      async->callback = *slot;
      __atomic_store_n (slot, on_ready, __ATOMIC_RELEASE);
    }
  return true;
}

/* ---- Waiting for a GTask --------------------------------------------------------------------- */

static void
say_name (InspectObject await, const char *name)
{
  plugin_say_text (await, &key_name, name != NULL ? name : "a GTask");
}

/* Under the lock. The reference to the waiter becomes the await's. */
static void
begin_wait (Async *async, GTask *gtask, InspectKind *kind)
{
  async->await = inspect_object (kind, inspect_id_of (gtask));
  async->flags |= ASYNC_WAITED;
  inspect_await_begin (async->waiter, async->await, async->where);
  /* What is carried by a descriptor waits for that. */
  if ((kind->flags & (INSPECT_AWAIT_ASKS | INSPECT_AWAIT_ANSWERS)) == 0)
    inspect_attribute (async->await, &key_resource, async->task);
  if (async->callback != NULL)
    inspect_attribute (async->await, &key_callback, (uint64_t)(uintptr_t)async->callback);
  if (kind == &kind_task || kind == &kind_inner)
    say_name (async->await, gio.g_task_get_name (gtask));
}

static void
say_gtask (const Async *async, GTask *gtask)
{
  const char *name = gio.g_task_get_name (gtask);
  const GObject *source = gio.g_task_get_source_object (gtask);

  if (name != NULL)
    inspect_task_set_name (async->task, name);
  if (source != NULL && gio.g_type_name_from_instance != NULL)
    plugin_say_text (async->task, &key_source,
                     gio.g_type_name_from_instance ((GTypeInstance *)source));
}

static int
get_status (GTask *gtask)
{
  GCancellable *cancellable;

  if (!gio.g_task_had_error (gtask))
    return 0;
  cancellable = gio.g_task_get_cancellable (gtask);
  return cancellable != NULL && gio.g_cancellable_is_cancelled (cancellable) ? -ECANCELED : -EIO;
}

/* Under the lock. What the GTask itself was waiting for, once it is over. */
static void
end_steps (Async *async)
{
  if ((async->flags & ASYNC_RETURNED) != 0)
    inspect_await_end (async->task, async->dispatch, 0);
  async->flags &= ~ASYNC_RETURNED;
}

/* ---- The callback ---------------------------------------------------------------------------- */

typedef struct
{
  Extent extent;
  InspectId waiter; /* with a reference */
  InspectId previous;
  uint64_t cost;
} Call;

static void
call_begin (Call *call, Async *async, GTask *gtask)
{
  InspectLocationId place = inspect_location_of_function ((const void *)async->callback);
  InspectId task;
  bool is_waited;
  int status;

  call->cost = inspect_cost_begin ();
  status = get_status (gtask);
  lock_enter (&state_lock);
  end_steps (async);
  is_waited = (async->flags & ASYNC_WAITED) != 0;
  async->flags = (async->flags & ~ASYNC_WAITED) | ASYNC_CALLED;
  call->waiter = async->waiter;
  async->waiter = INSPECT_NONE;
  task = async->task;
  async->task = INSPECT_NONE;
  lock_leave (&state_lock);
  if (is_waited && status == 0)
    call->previous = inspect_await_resume (call->waiter, async->await, place);
  else if (is_waited)
    {
      inspect_await_end (call->waiter, async->await, status);
      call->previous = inspect_poll_begin (call->waiter, async->await, place);
    }
  else if (call->waiter != INSPECT_NONE)
    call->previous = inspect_poll_begin (call->waiter, 0, place);
  task_unref (task);
  extent_begin (&call->extent);
  call->extent.where = async->where;
  cost_end (call->cost);
}

static void
call_end (Call *call)
{
  uint64_t cost = cost_again (call->cost);

  extent_end (&call->extent);
  if (call->waiter != INSPECT_NONE)
    {
      inspect_poll_end (call->waiter, call->previous);
      task_unref (call->waiter);
    }
  cost_end (cost);
}

/* The GTask is alive as long as this runs, and so is what is known of it. */
static void
on_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Async *async = async_find (ASYNC_GTASK, result);
  GAsyncReadyCallback callback = async->callback;
  Call call;

  if (!plugin_is_on ())
    {
      callback (source, result, user_data);
      return;
    }
  call_begin (&call, async, (GTask *)result);
  callback (source, result, user_data);
  call_end (&call);
}

/* ---- Extents --------------------------------------------------------------------------------- */

static inline const void *
this_thread (void)
{
#if defined(__x86_64__)
  const void *pointer;

  __asm__("mov %%fs:0, %0" : "=r"(pointer));
  return pointer;
#else
  return __builtin_thread_pointer ();
#endif
}

void
extent_begin (Extent *extent)
{
  Async *thread = async_obtain (ASYNC_THREAD, this_thread ());

  extent->outer = NULL;
  extent->fresh = NULL;
  extent->bound = NULL;
  extent->is_start = false;
  extent->where = 0;
  if (thread == NULL)
    return;
  extent->outer = (Extent *)thread->data;
  thread->data = extent;
}

/* Of a GTask that was made by code which is not hooked, mostly libgio's own. */
static void
look_at (Async *async)
{
  GTask *gtask = get_gtask (async);
  bool is_called;

  if ((async->flags & (ASYNC_WAITED | ASYNC_CALLED)) != 0 || async->task == INSPECT_NONE)
    return;
  is_called = exchange_callback (async, gtask);
  say_gtask (async, gtask);
  if (async->waiter == INSPECT_NONE)
    return;
  if (is_called)
    {
      begin_wait (async, gtask, &kind_inner);
      return;
    }
  task_unref (async->waiter);
  async->waiter = INSPECT_NONE;
}

static void
look_at_fresh (Async *async)
{
  bool is_gone;

  lock_enter (&state_lock);
  is_gone = (async->flags & ASYNC_GONE) != 0;
  if (!is_gone)
    look_at (async);
  async->flags &= ~ASYNC_FRESH;
  lock_leave (&state_lock);
  if (is_gone)
    async_free (async);
}

static void
look_at_all (Async **list)
{
  while (*list != NULL)
    {
      Async *async = *list;

      *list = async->next_fresh;
      look_at_fresh (async);
    }
}

/* Its extent is over, and there is nothing else to keep it for. */
static void
release_thread (const Async *thread)
{
  if (thread->data == NULL && thread->next_fresh == NULL)
    async_free (async_take (ASYNC_THREAD, this_thread ()));
}

void
extent_end (Extent *extent)
{
  Async *thread = async_find (ASYNC_THREAD, this_thread ());

  look_at_all (&extent->fresh);
  if (thread == NULL || thread->data != extent)
    return;
  thread->data = extent->outer;
  release_thread (thread);
}

void
gtask_look_at_loose (void)
{
  Async *thread = async_find (ASYNC_THREAD, this_thread ());

  if (thread == NULL)
    return;
  for (const Async *async = thread->next_fresh; async != NULL; async = async->next_fresh)
    __atomic_sub_fetch (&gtask_n_loose, 1, __ATOMIC_RELAXED);
  look_at_all (&thread->next_fresh);
  release_thread (thread);
}

/* ---- Life ------------------------------------------------------------------------------------ */

/* The first GTask of a start is the operation's. Those that are made before the call returns are
 * its steps, each one of the one before. */
static void
set_tasks (Async *async, Extent *extent)
{
  InspectId current = task_current ();

  if (extent != NULL && extent->is_start && extent->bound == NULL)
    {
      extent->bound = async;
      async->task = extent->task;
      async->waiter = extent->waiter;
      async->where = extent->where;
      return;
    }
  /* The place in libgio tells nothing; the program's call that it comes from does. */
  async->where = extent != NULL ? extent->where : 0;
  async->waiter = task_ref (current) ? current : INSPECT_NONE;
  async->task = task_begin (TASK_STRAND, current, async->where);
  if (extent != NULL && extent->is_start)
    inspect_task_enter (async->task);
}

static void
list (Async *async, Async **first)
{
  async->flags = ASYNC_FRESH;
  async->next_fresh = *first;
  *first = async;
}

static void
begin (GObject *object)
{
  Async *async = async_obtain (ASYNC_GTASK, object);
  Async *thread = async != NULL ? async_obtain (ASYNC_THREAD, this_thread ()) : NULL;
  Extent *extent;

  if (thread == NULL)
    {
      async_free (async_take (ASYNC_GTASK, object));
      plugin.agent.count_skipped ();
      return;
    }
  extent = (Extent *)thread->data;
  async_reset (async);
  set_tasks (async, extent);
  if (extent != NULL)
    list (async, &extent->fresh);
  else
    {
      list (async, &thread->next_fresh);
      __atomic_add_fetch (&gtask_n_loose, 1, __ATOMIC_RELAXED);
    }
}

static void
on_constructed (GObject *object)
{
  uint64_t cost;

  follow.constructed (object);
  if (!plugin_is_on ())
    return;
  cost = inspect_cost_begin ();
  begin (object);
  cost_end (cost);
}

/* Under the lock. Nobody will call the waiter any more: where it was a program's own wait, that has
 * to be seen as long as it lasts. */
static InspectId
drop (Async *async)
{
  plugin_say_text (async->task, &key_state, "dropped");
  if ((async->flags & ASYNC_WAITED) == 0)
    return async->waiter;
  plugin_say_text (async->await, &key_state, "dropped");
  if (async->await != inspect_object (&kind_inner, inspect_id_of (async_get_address (async))))
    return INSPECT_NONE;
  inspect_await_end (async->waiter, async->await, -ECANCELED);
  return async->waiter;
}

static InspectId
complete (Async *async, GTask *gtask)
{
  if ((async->flags & ASYNC_WAITED) != 0)
    inspect_await_end (async->waiter, async->await, get_status (gtask));
  return async->waiter;
}

/* Before the GTask's own finalize, so that it can still be asked. */
static void
end (Async *async, GTask *gtask)
{
  InspectId waiter;
  InspectId task;
  bool is_listed;

  lock_enter (&state_lock);
  end_steps (async);
  task = async->task;
  waiter = async->waiter;
  if (task != INSPECT_NONE && plugin_is_on ())
    waiter = gio.g_task_get_completed (gtask) ? complete (async, gtask) : drop (async);
  async->flags |= ASYNC_GONE;
  is_listed = (async->flags & ASYNC_FRESH) != 0;
  lock_leave (&state_lock);
  task_unref (waiter);
  task_unref (task);
  if (!is_listed)
    async_free (async);
}

static void
on_finalize (GObject *object)
{
  Async *async = async_take (ASYNC_GTASK, object);

  if (async != NULL)
    {
      if (async->data != NULL)
        async_free (async_take (ASYNC_DATA, async->data));
      end (async, (GTask *)object);
    }
  follow.finalize (object);
}

/* ---- Starting an operation ------------------------------------------------------------------- */

/* The task that an operation is a step of, with a reference. */
static InspectId
find_waiter (const void *user_data, InspectLocationId where)
{
  const Async *async = async_find (ASYNC_GTASK, user_data);

  if (async == NULL && (async = async_find (ASYNC_DATA, user_data)) != NULL)
    async = async_find (ASYNC_GTASK, async->data);
  if (async != NULL && task_ref (async->task))
    return async->task;
  return task_of_operation (true, where);
}

bool
start_begin (Start *start, const void *user_data, const void *caller)
{
  Extent *extent = &start->extent;

  if (!plugin_is_on () || !gio_is_ready ())
    return false;
  start->cost = inspect_cost_begin ();
  extent_begin (extent);
  extent->is_start = true;
  extent->where = plugin_place (caller);
  extent->waiter = find_waiter (user_data, extent->where);
  extent->task = task_begin (TASK_STRAND, extent->waiter, extent->where);
  if (extent->task == INSPECT_NONE)
    {
      task_unref (extent->waiter);
      extent_end (extent);
      plugin.agent.count_skipped ();
      return false;
    }
  start->previous = inspect_task_enter (extent->task);
  cost_end (start->cost);
  return true;
}

/* Under the lock: false where it is over already. */
static bool
bind (Async *async, InspectKind *kind, GAsyncReadyCallback callback, const void *user_data)
{
  GTask *gtask = get_gtask (async);

  if ((async->flags & (ASYNC_GONE | ASYNC_CALLED)) != 0)
    return false;
  learn_callback_offset (gtask, callback, user_data);
  say_gtask (async, gtask);
  if (callback == NULL || !exchange_callback (async, gtask))
    return false;
  if (async->callback == NULL)
    async->callback = callback;
  begin_wait (async, gtask, kind);
  return true;
}

InspectObject
start_begun (Start *start, InspectKind *kind, GAsyncReadyCallback callback, const void *user_data,
             GCancellable *cancellable)
{
  Extent *extent = &start->extent;
  Async *bound = extent->bound;
  InspectObject await = 0;

  start->cost = cost_again (start->cost);
  inspect_task_enter (start->previous);
  if (bound == NULL)
    {
      task_unref (extent->task);
      task_unref (extent->waiter);
      return 0;
    }
  lock_enter (&state_lock);
  if (bind (bound, kind, callback, user_data))
    await = bound->await;
  lock_leave (&state_lock);
  if (await != 0 && cancellable != NULL)
    say_cancellable (await, cancellable);
  return await;
}

void
start_end (Start *start)
{
  extent_end (&start->extent);
  cost_end (start->cost);
}

void
gtask_follow (void)
{
  GTypeQuery query;
  GType type = gio.g_task_get_type ();

  if (follow.class != NULL)
    return;
  gio.g_type_query (type, &query);
  follow.instance_size = query.instance_size;
  follow.class = gio.g_type_class_ref (type);
  follow.constructed = follow.class->constructed;
  follow.finalize = follow.class->finalize;
  follow.class->constructed = on_constructed;
  follow.class->finalize = on_finalize;
}

GTask *
hook_g_task_new (gpointer source_object, GCancellable *cancellable, GAsyncReadyCallback callback,
                 gpointer callback_data)
{
  Start start;
  GTask *gtask;

  if (!start_begin (&start, callback_data, CALLER))
    return real_g_task_new (source_object, cancellable, callback, callback_data);
  gtask = real_g_task_new (source_object, cancellable, callback, callback_data);
  start_begun (&start, &kind_task, callback, callback_data, cancellable);
  start_end (&start);
  return gtask;
}

/* ---- What others see of a GTask -------------------------------------------------------------- */

void
gtask_name (GTask *gtask, const char *name)
{
  const Async *async = async_find (ASYNC_GTASK, gtask);

  if (async == NULL || async->task == INSPECT_NONE || name == NULL)
    return;
  inspect_task_set_name (async->task, name);
  lock_enter (&state_lock);
  if ((async->flags & ASYNC_WAITED) != 0)
    say_name (async->await, name);
  lock_leave (&state_lock);
}

void
gtask_set_data (GTask *gtask, const void *data)
{
  Async *async = async_find (ASYNC_GTASK, gtask);
  Async *of_data;

  if (async == NULL)
    return;
  if (async->data != NULL)
    async_free (async_take (ASYNC_DATA, async->data));
  async->data = data;
  of_data = data != NULL ? async_obtain (ASYNC_DATA, data) : NULL;
  if (of_data != NULL)
    of_data->data = gtask;
}

void
gtask_returned (GTask *gtask)
{
  Async *async = async_find (ASYNC_GTASK, gtask);

  if (async == NULL)
    return;
  lock_enter (&state_lock);
  if ((async->flags & ASYNC_WAITED) != 0 && (async->flags & ASYNC_RETURNED) == 0 &&
      async->task != INSPECT_NONE)
    {
      async->flags |= ASYNC_RETURNED;
      async->dispatch = inspect_object (&kind_dispatch, inspect_id_of (gtask));
      inspect_await_begin (async->task, async->dispatch, async->where);
      inspect_attribute (async->dispatch, &key_resource,
                         context_resource (context_or_default (gio.g_task_get_context (gtask))));
    }
  lock_leave (&state_lock);
}

void
gtask_set_work (GTask *gtask, const void *work)
{
  Async *async = async_find (ASYNC_GTASK, gtask);

  if (async != NULL)
    async->work = work;
}

InspectId
gtask_ref_task (const void *object, const void **ret_work)
{
  const Async *async = async_find (ASYNC_GTASK, object);
  InspectId task = INSPECT_NONE;

  if (async == NULL)
    return INSPECT_NONE;
  lock_enter (&state_lock);
  if (task_ref (async->task))
    {
      task = async->task;
      *ret_work = async->work;
    }
  lock_leave (&state_lock);
  return task;
}
