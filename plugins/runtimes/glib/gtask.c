/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "gtask.h"

#include <errno.h>

#include "context.h"
#include "extent.h"
#include "gtask-private.h"
#include "inspect-keys.h"
#include "operations.h"
#include "say.h"
#include "task.h"

/* A GTask's callback and its user_data are neighbours in its private memory. */
#define OFFSET_UNKNOWN 0

/* What libgio does within an operation is not judged by itself: the operation is. */
#define AWAIT(var, name, phrase, flags)                                                            \
  InspectKind var = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 };
AWAIT (gtask_kind_step, "gio.step", "waiting for {name}", INSPECT_AWAIT_WATCHES)
INSPECT_DEFINE_AWAIT (kind_dispatch, "gio.dispatch", "has returned, its context has to turn",
                      INSPECT_AWAIT_INTERNAL);
AWAIT (gtask_kind, "gio.task", "waiting for {name}", INSPECT_AWAIT_INTERNAL)

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
/* Orders what a thread learns of its GTasks and what another does with them meanwhile. */
Lock gtask_lock;

static void on_ready (GObject *source, GAsyncResult *result, gpointer user_data);

/* ---- The fields of a GTask ------------------------------------------------------------------- */

static inline GAsyncReadyCallback *
get_callback_slot (GTask *gtask)
{
  uint32_t offset = __atomic_load_n (&follow.callback_offset, __ATOMIC_RELAXED);

  return offset != OFFSET_UNKNOWN ? (GAsyncReadyCallback *)((char *)gtask + offset) : NULL;
}

/* Finds where a GTask has its callback, by one whose callback and user_data are known. Taken
 * only if there is one such place. */
void
gtask_learn_callback (GTask *gtask, GAsyncReadyCallback callback, const void *user_data)
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
bool
gtask_exchange_callback (Async *async, GTask *gtask)
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
void
gtask_begin_wait (Async *async, GTask *gtask, InspectKind *kind)
{
  async->await = inspect_object (kind, inspect_id_of (gtask));
  async->flags |= ASYNC_WAITED;
  inspect_await_begin (async->waiter, async->await, async->where);
  /* What is carried by a descriptor waits for that. */
  if ((kind->flags & (INSPECT_AWAIT_ASKS | INSPECT_AWAIT_ANSWERS)) == 0)
    inspect_attribute (async->await, &key_resource, async->task);
  inspect_attribute (async->await, &key_completer, (uint64_t)(uintptr_t)gtask);
  if (async->callback != NULL)
    {
      gpointer *slot = (gpointer *)get_callback_slot (gtask);

      inspect_attribute (async->await, &key_callback, (uint64_t)(uintptr_t)async->callback);
      if (slot != NULL && slot[1] != NULL)
        inspect_attribute (async->await, &key_user_data, (uint64_t)(uintptr_t)slot[1]);
    }
  if (kind == &gtask_kind || kind == &gtask_kind_step)
    say_name (async->await, gio.g_task_get_name (gtask));
}

void
gtask_say (const Async *async, GTask *gtask)
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
  Extent *extent;
  uintptr_t frame;
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
  lock_enter (&gtask_lock);
  end_steps (async);
  is_waited = (async->flags & ASYNC_WAITED) != 0;
  async->flags = (async->flags & ~ASYNC_WAITED) | ASYNC_CALLED;
  call->waiter = async->waiter;
  async->waiter = INSPECT_NONE;
  task = async->task;
  async->task = INSPECT_NONE;
  lock_leave (&gtask_lock);
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
  call->extent = extent_begin (call->frame);
  if (call->extent != NULL)
    call->extent->where = async->where;
  cost_end (call->cost);
}

static void
call_end (Call *call)
{
  uint64_t cost = cost_again (call->cost);

  extent_end (call->extent, call->frame);
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
  Call call = { .frame = FRAME };

  if (!plugin_is_on ())
    {
      callback (source, result, user_data);
      return;
    }
  call_begin (&call, async, (GTask *)result);
  callback (source, result, user_data);
  call_end (&call);
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
begin (GObject *object, uintptr_t frame)
{
  Async *async = async_obtain (ASYNC_GTASK, object);
  Extent *extent;

  if (async == NULL || !extent_add (async, frame, &extent))
    {
      async_free (async_take (ASYNC_GTASK, object));
      plugin.agent.count_skipped ();
      return;
    }
  set_tasks (async, extent);
}

static void
on_constructed (GObject *object)
{
  uint64_t cost;

  follow.constructed (object);
  if (!plugin_is_on ())
    return;
  cost = inspect_cost_begin ();
  begin (object, FRAME);
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
  if (async->await != inspect_object (&gtask_kind_step, inspect_id_of (async_get_address (async))))
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

  lock_enter (&gtask_lock);
  end_steps (async);
  task = async->task;
  waiter = async->waiter;
  if (task != INSPECT_NONE && plugin_is_on ())
    waiter = gio.g_task_get_completed (gtask) ? complete (async, gtask) : drop (async);
  async->flags |= ASYNC_GONE;
  is_listed = (async->flags & ASYNC_FRESH) != 0;
  lock_leave (&gtask_lock);
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

/* ---- What others see of a GTask -------------------------------------------------------------- */

void
gtask_name (GTask *gtask, const char *name)
{
  const Async *async = async_find (ASYNC_GTASK, gtask);

  if (async == NULL || async->task == INSPECT_NONE || name == NULL)
    return;
  inspect_task_set_name (async->task, name);
  lock_enter (&gtask_lock);
  if ((async->flags & ASYNC_WAITED) != 0)
    say_name (async->await, name);
  lock_leave (&gtask_lock);
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
    of_data->data = async_hide (gtask);
}

void
gtask_returned (GTask *gtask)
{
  Async *async = async_find (ASYNC_GTASK, gtask);

  if (async == NULL)
    return;
  lock_enter (&gtask_lock);
  if ((async->flags & ASYNC_WAITED) != 0 && (async->flags & ASYNC_RETURNED) == 0 &&
      async->task != INSPECT_NONE)
    {
      async->flags |= ASYNC_RETURNED;
      async->dispatch = inspect_object (&kind_dispatch, inspect_id_of (gtask));
      inspect_await_begin (async->task, async->dispatch, async->where);
      inspect_attribute (async->dispatch, &key_resource,
                         context_resource (context_or_default (gio.g_task_get_context (gtask))));
    }
  lock_leave (&gtask_lock);
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
  lock_enter (&gtask_lock);
  if (task_ref (async->task))
    {
      task = async->task;
      *ret_work = async->work;
    }
  lock_leave (&gtask_lock);
  return task;
}
