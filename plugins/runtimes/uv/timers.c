/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>

#include "adopt.h"
#include "subject.h"

#define NS_PER_MS UINT64_C (1000000)

/* A timer may be set to never: that is as far off as a time can be. */
static uint64_t
ns_of (uint64_t ms)
{
  return ms > INT64_MAX / NS_PER_MS ? INT64_MAX : ms * NS_PER_MS;
}

static Operation
operation_of (const uv_timer_t *timer)
{
  return timer->repeat != 0 ? OP_TIMER_REPEAT : OP_TIMER;
}

/* libuv counts in milliseconds of CLOCK_MONOTONIC from the loop's cached time; the sum is in the
 * handle. */
static void
say_due (const uv_timer_t *timer, InspectObject await)
{
  inspect_attribute (await, &key_due, ns_of (timer->timeout));
  if (timer->repeat != 0)
    inspect_attribute (await, &key_repeat, ns_of (timer->repeat));
}

/* When this runs, libuv has stopped the timer and, if it repeats, started it again. What it did
 * not do before, repeat, begins with this firing; what no longer repeats is over with it. */
static TRAMPOLINE void
on_timer (uv_timer_t *timer)
{
  Firing firing;
  Record *record;

  if (timer->repeat != 0 && plugin_is_on () &&
      (record = table_find (RECORD_HANDLE, timer)) != NULL &&
      (record_renew (record), (record->flags & RECORD_ACTIVE) != 0))
    {
      if (record->operation == OP_TIMER)
        {
          HandleStart start = { .record = record,
                                .before = record->callback,
                                .cost = inspect_cost_begin () };

          handle_begun (&start, (uv_handle_t *)timer, OP_TIMER_REPEAT, 0);
          handle_done (&start);
        }
      say_due (timer, operation_await (OP_TIMER_REPEAT, timer));
    }
  handle_fire (&firing, timer, timer->repeat != 0 ? FIRE_AGAIN : FIRE_LAST, 0);
  if (firing.callback != NULL)
    ((uv_timer_cb)firing.callback) (timer);
  firing_end (&firing);
}

int
hook_uv_timer_start (uv_timer_t *timer, uv_timer_cb callback, uint64_t timeout, uint64_t repeat)
{
  HandleStart start;
  InspectObject await;
  int status;

  if (!handle_begin (&start, (uv_handle_t *)timer, UV_TIMER, (Callback)callback, (Callback)on_timer,
                     CALLER))
    return real_uv_timer_start (timer, callback, timeout, repeat);
  status = real_uv_timer_start (timer, on_timer, timeout, repeat);
  await =
      handle_begun (&start, (uv_handle_t *)timer, repeat != 0 ? OP_TIMER_REPEAT : OP_TIMER, status);
  if (await != 0)
    say_due (timer, await);
  handle_done (&start);
  return status;
}

/* Starts a timer that repeats anew, with the callback that it has. */
int
hook_uv_timer_again (uv_timer_t *timer)
{
  HandleStart start;
  InspectObject await;
  int status = real_uv_timer_again (timer);

  if (status != 0 || timer->repeat == 0 ||
      !handle_begin (&start, (uv_handle_t *)timer, UV_TIMER, (Callback)on_timer, (Callback)on_timer,
                     CALLER))
    return status;
  await = handle_begun (&start, (uv_handle_t *)timer, operation_of (timer), status);
  if (await != 0)
    say_due (timer, await);
  handle_done (&start);
  return status;
}

int
hook_uv_timer_stop (uv_timer_t *timer)
{
  int status = real_uv_timer_stop (timer);

  if (status == 0)
    handle_end ((uv_handle_t *)timer, -ECANCELED);
  return status;
}

void
adopt_timer (uv_handle_t *handle, AdoptMode mode)
{
  uv_timer_t *timer = (uv_timer_t *)handle;
  InspectObject await;

  if (mode == ADOPT && !adopt_is_active (handle))
    return;
  await = adopt_handle (handle, operation_of (timer), (Callback *)&timer->timer_cb,
                        (Callback)on_timer, mode);
  if (await != 0)
    say_due (timer, await);
}
