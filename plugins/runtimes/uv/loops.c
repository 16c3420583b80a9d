/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The loop itself: its phases, its runs, its life; and cancelling. */

#include <errno.h>

#include "adopt.h"
#include "subject.h"

/* ---- Phases ---------------------------------------------------------------------------------- */

/* libuv ignores the start of one that is active, so its callback stays. */
#define PHASE(name, ID, TYPE)                                                                      \
  static TRAMPOLINE void on_##name (uv_##name##_t *handle)                                         \
  {                                                                                                \
    Firing firing;                                                                                 \
                                                                                                   \
    handle_fire (&firing, handle, FIRE_AGAIN, 0);                                                  \
    if (firing.callback != NULL)                                                                   \
      ((uv_##name##_cb)firing.callback) (handle);                                                  \
    firing_end (&firing);                                                                          \
  }                                                                                                \
                                                                                                   \
  int hook_uv_##name##_start (uv_##name##_t *handle, uv_##name##_cb callback)                      \
  {                                                                                                \
    HandleStart start;                                                                             \
    int status;                                                                                    \
                                                                                                   \
    if (handle_is_active ((uv_handle_t *)handle) ||                                                \
        !handle_begin (&start, (uv_handle_t *)handle, TYPE, (Callback)callback,                    \
                       (Callback)on_##name, CALLER))                                               \
      return real_uv_##name##_start (handle, callback);                                            \
    status = real_uv_##name##_start (handle, on_##name);                                           \
    handle_begun (&start, (uv_handle_t *)handle, OP_##ID, status);                                 \
    handle_done (&start);                                                                          \
    return status;                                                                                 \
  }                                                                                                \
                                                                                                   \
  int hook_uv_##name##_stop (uv_##name##_t *handle)                                                \
  {                                                                                                \
    int status = real_uv_##name##_stop (handle);                                                   \
                                                                                                   \
    if (status == 0)                                                                               \
      handle_end ((uv_handle_t *)handle, -ECANCELED);                                              \
    return status;                                                                                 \
  }                                                                                                \
                                                                                                   \
  void adopt_##name (uv_handle_t *handle, AdoptMode mode)                                          \
  {                                                                                                \
    if (mode == GIVE_BACK || adopt_is_active (handle))                                             \
      adopt_handle (handle, OP_##ID, (Callback *)&((uv_##name##_t *)handle)->name##_cb,            \
                    (Callback)on_##name, mode);                                                    \
  }

PHASE (idle, IDLE, UV_IDLE)
PHASE (prepare, PREPARE, UV_PREPARE)
PHASE (check, CHECK, UV_CHECK)

/* ---- Runs ------------------------------------------------------------------------------------ */

/* What a loop calls belongs to the tasks of its callbacks, also when it is run within a callback
 * of another or the same loop. Whoever runs it holds it. */
int
hook_uv_run (uv_loop_t *loop, uv_run_mode mode)
{
  bool is_on = plugin_is_on ();
  InspectId previous = INSPECT_NONE;
  int status;

  if (is_on)
    {
      previous = inspect_task_current ();
      inspect_acquire (previous, resource_of_loop (loop), task_place_of_call (CALLER));
      inspect_task_enter (INSPECT_NONE);
      if (plugin.agent.settle != NULL)
        plugin.agent.settle ();
    }
  status = real_uv_run (loop, mode);
  if (is_on)
    {
      inspect_task_enter (previous);
      if (plugin_is_on ())
        inspect_release (previous, resource_of_loop (loop));
    }
  return status;
}

int
hook_uv_loop_init (uv_loop_t *loop)
{
  int status = real_uv_loop_init (loop);

  if (status == 0 && plugin_is_on ())
    inspect_resource_begin (resource_of_loop (loop), task_place_of_call (CALLER));
  return status;
}

int
hook_uv_loop_close (uv_loop_t *loop)
{
  int status = real_uv_loop_close (loop);

  if (status == 0 && plugin_is_on ())
    inspect_resource_end (resource_of_loop (loop));
  return status;
}

/* ---- Walks ----------------------------------------------------------------------------------- */

typedef struct
{
  uv_walk_cb callback;
  void *data;
} Walk;

static void
on_walk (uv_handle_t *handle, void *data)
{
  const Walk *walk = data;

  walk->callback (handle, walk->data);
}

/* So that libuv calls no callback of the program but through this plugin: what a callback calls at its
 * very end would come from within libuv. */
void
hook_uv_walk (uv_loop_t *loop, uv_walk_cb callback, void *data)
{
  Walk walk = { callback, data };

  real_uv_walk (loop, on_walk, &walk);
}

/* ---- Cancelling ------------------------------------------------------------------------------ */

/* The request's callback comes with UV_ECANCELED; who is to blame is what is said here. */
int
hook_uv_cancel (uv_req_t *request)
{
  int status = real_uv_cancel (request);
  const Record *record;

  if (status != 0 || !plugin_is_on ())
    return status;
  record = table_find (RECORD_REQUEST, request);
  if (record != NULL)
    inspect_wake (operation_await (record->operation, request));
  return status;
}
