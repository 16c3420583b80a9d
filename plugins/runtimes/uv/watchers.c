/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Handles that watch for what comes from outside: descriptors, other threads, signals, files. */

#include <errno.h>

#include "addresses.h"
#include "adopt.h"
#include "subject.h"

/* ---- Descriptors ----------------------------------------------------------------------------- */

/* libuv stops polling a bad descriptor before it says so. */
static TRAMPOLINE void
on_poll (uv_poll_t *poll, int status, int events)
{
  Firing firing;

  handle_fire (&firing, poll, status < 0 ? FIRE_LAST : FIRE_AGAIN, status);
  if (firing.callback != NULL)
    ((uv_poll_cb)firing.callback) (poll, status, events);
  firing_end (&firing);
}

int
hook_uv_poll_start (uv_poll_t *poll, int events, uv_poll_cb callback)
{
  HandleStart start;
  int status;

  if (!handle_begin (&start, (uv_handle_t *)poll, UV_POLL, (Callback)callback, (Callback)on_poll,
                     CALLER))
    return real_uv_poll_start (poll, events, callback);
  status = real_uv_poll_start (poll, events, on_poll);
  if (status == 0 && events == 0) /* to poll for nothing is to stop */
    handle_end ((uv_handle_t *)poll, -ECANCELED);
  else
    {
      handle_begun (&start, (uv_handle_t *)poll, OP_POLL, status);
      handle_done (&start);
    }
  return status;
}

int
hook_uv_poll_stop (uv_poll_t *poll)
{
  int status = real_uv_poll_stop (poll);

  if (status == 0)
    handle_end ((uv_handle_t *)poll, -ECANCELED);
  return status;
}

/* ---- Other threads --------------------------------------------------------------------------- */

static TRAMPOLINE void
on_async (uv_async_t *async)
{
  Firing firing;

  handle_fire (&firing, async, FIRE_AGAIN, 0);
  if (firing.callback != NULL)
    ((uv_async_cb)firing.callback) (async);
  firing_end (&firing);
}

int
hook_uv_async_init (uv_loop_t *loop, uv_async_t *async, uv_async_cb callback)
{
  HandleStart start;
  int status;

  if (plugin_is_on ())
    handle_forget (async);
  if (!handle_begin (&start, (uv_handle_t *)async, UV_ASYNC, (Callback)callback, (Callback)on_async,
                     CALLER))
    return real_uv_async_init (loop, async, callback);
  status = real_uv_async_init (loop, async, on_async);
  if (status == 0)
    {
      inspect_resource_begin (resource_of (UV_ASYNC, async), start.where);
      handle_begun (&start, (uv_handle_t *)async, OP_ASYNC, status);
      handle_done (&start);
    }
  else
    handle_forget (async); /* there is no handle */
  return status;
}

/* May be called in any thread and in a signal handler: the table, which has locks, is not asked.
 * The handle itself says whether we know it. */
int
hook_uv_async_send (uv_async_t *async)
{
  if (plugin_is_on () && __atomic_load_n (&async->async_cb, __ATOMIC_RELAXED) == on_async)
    inspect_wake (operation_await (OP_ASYNC, async));
  return real_uv_async_send (async);
}

/* ---- Signals --------------------------------------------------------------------------------- */

static TRAMPOLINE void
on_signal (uv_signal_t *handle, int signum)
{
  const Record *record = table_find (RECORD_HANDLE, handle);
  Firing firing;

  handle_fire (&firing, handle,
               record != NULL && record->operation == OP_SIGNAL_ONCE ? FIRE_LAST : FIRE_AGAIN, 0);
  if (firing.callback != NULL)
    ((uv_signal_cb)firing.callback) (handle, signum);
  firing_end (&firing);
}

CALLS_ORIGINALS static int
start_signal (uv_signal_t *handle, uv_signal_cb callback, int signum, Operation operation,
              __typeof__ (uv_signal_start) *original, const void *caller)
{
  HandleStart start;
  InspectObject await;
  bool is_same;
  int status;

  if (!handle_begin (&start, (uv_handle_t *)handle, UV_SIGNAL, (Callback)callback,
                     (Callback)on_signal, caller))
    return original (handle, callback, signum);
  /* For the signal that it watches already libuv takes the new callback and nothing else. */
  is_same = (start.record->flags & RECORD_ACTIVE) != 0 && handle->signum == signum;
  status = original (handle, on_signal, signum);
  if (status == 0 && !is_same)
    handle_end ((uv_handle_t *)handle, -ECANCELED);
  await = handle_begun (&start, (uv_handle_t *)handle,
                        is_same ? start.record->operation : operation, status);
  if (await != 0)
    inspect_attribute (await, &key_signal, (uint64_t)signum);
  handle_done (&start);
  return status;
}

int
hook_uv_signal_start (uv_signal_t *handle, uv_signal_cb callback, int signum)
{
  return start_signal (handle, callback, signum, OP_SIGNAL, real_uv_signal_start, CALLER);
}

int
hook_uv_signal_start_oneshot (uv_signal_t *handle, uv_signal_cb callback, int signum)
{
  return start_signal (handle, callback, signum, OP_SIGNAL_ONCE, real_uv_signal_start_oneshot,
                       CALLER);
}

int
hook_uv_signal_stop (uv_signal_t *handle)
{
  int status = real_uv_signal_stop (handle);

  if (status == 0)
    handle_end ((uv_handle_t *)handle, -ECANCELED);
  return status;
}

/* ---- Files ----------------------------------------------------------------------------------- */

static TRAMPOLINE void
on_fs_event (uv_fs_event_t *handle, const char *name, int events, int status)
{
  Firing firing;

  handle_fire (&firing, handle, FIRE_AGAIN, 0);
  if (firing.callback != NULL)
    ((uv_fs_event_cb)firing.callback) (handle, name, events, status);
  firing_end (&firing);
}

int
hook_uv_fs_event_start (uv_fs_event_t *handle, uv_fs_event_cb callback, const char *path,
                        unsigned int flags)
{
  HandleStart start;
  InspectObject await;
  int status;

  if (!handle_begin (&start, (uv_handle_t *)handle, UV_FS_EVENT, (Callback)callback,
                     (Callback)on_fs_event, CALLER))
    return real_uv_fs_event_start (handle, callback, path, flags);
  status = real_uv_fs_event_start (handle, on_fs_event, path, flags);
  await = handle_begun (&start, (uv_handle_t *)handle, OP_FS_EVENT, status);
  if (await != 0)
    say_text (await, &key_path, path);
  handle_done (&start);
  return status;
}

int
hook_uv_fs_event_stop (uv_fs_event_t *handle)
{
  int status = real_uv_fs_event_stop (handle);

  if (status == 0)
    handle_end ((uv_handle_t *)handle, -ECANCELED);
  return status;
}

static TRAMPOLINE void
on_fs_poll (uv_fs_poll_t *handle, int status, const uv_stat_t *before, const uv_stat_t *after)
{
  Firing firing;

  handle_fire (&firing, handle, FIRE_AGAIN, 0);
  if (firing.callback != NULL)
    ((uv_fs_poll_cb)firing.callback) (handle, status, before, after);
  firing_end (&firing);
}

int
hook_uv_fs_poll_start (uv_fs_poll_t *handle, uv_fs_poll_cb callback, const char *path,
                       unsigned int interval_ms)
{
  HandleStart start;
  InspectObject await;
  int status;

  /* libuv ignores the start of one that is active. */
  if (handle_is_active ((uv_handle_t *)handle) ||
      !handle_begin (&start, (uv_handle_t *)handle, UV_FS_POLL, (Callback)callback,
                     (Callback)on_fs_poll, CALLER))
    return real_uv_fs_poll_start (handle, callback, path, interval_ms);
  status = real_uv_fs_poll_start (handle, on_fs_poll, path, interval_ms);
  await = handle_begun (&start, (uv_handle_t *)handle, OP_FS_POLL, status);
  if (await != 0)
    {
      say_text (await, &key_path, path);
      inspect_attribute (await, &key_repeat, interval_ms * UINT64_C (1000000));
    }
  handle_done (&start);
  return status;
}

int
hook_uv_fs_poll_stop (uv_fs_poll_t *handle)
{
  int status = real_uv_fs_poll_stop (handle);

  if (status == 0)
    handle_end ((uv_handle_t *)handle, -ECANCELED);
  return status;
}

/* ---- Since before anybody looked --------------------------------------------------------------- */

void
adopt_poll (uv_handle_t *handle, AdoptMode mode)
{
  if (mode == GIVE_BACK || adopt_is_active (handle))
    adopt_handle (handle, OP_POLL, (Callback *)&((uv_poll_t *)handle)->poll_cb, (Callback)on_poll,
                  mode);
}

void
adopt_async (uv_handle_t *handle, AdoptMode mode)
{
  adopt_handle (handle, OP_ASYNC, (Callback *)&((uv_async_t *)handle)->async_cb, (Callback)on_async,
                mode);
}

/* Whether it is for once only no public field says; it is told by its next start. */
void
adopt_signal (uv_handle_t *handle, AdoptMode mode)
{
  uv_signal_t *signal = (uv_signal_t *)handle;
  InspectObject await;

  if (mode == ADOPT && !adopt_is_active (handle))
    return;
  await =
      adopt_handle (handle, OP_SIGNAL, (Callback *)&signal->signal_cb, (Callback)on_signal, mode);
  if (await != 0)
    inspect_attribute (await, &key_signal, (uint64_t)signal->signum);
}

void
adopt_fs_event (uv_handle_t *handle, AdoptMode mode)
{
  uv_fs_event_t *event = (uv_fs_event_t *)handle;
  InspectObject await;

  if (mode == ADOPT && !adopt_is_active (handle))
    return;
  await = adopt_handle (handle, OP_FS_EVENT, (Callback *)&event->cb, (Callback)on_fs_event, mode);
  if (await != 0 && event->path != NULL)
    say_text (await, &key_path, event->path);
}
