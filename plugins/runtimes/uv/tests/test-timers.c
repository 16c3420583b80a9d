/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "drain.h"
#include "harness.h"

#include <dlfcn.h>
#include <errno.h>
#include <string.h>

#include "inspect-keys.h"

static int n_fired;

static uv_loop_t *
loop (void)
{
  return uv_default_loop ();
}

static void
on_fire (uv_timer_t *timer)
{
  n_fired++;
}

static void
test_once (void)
{
  uv_timer_t timer;
  const Event *await;
  uint64_t due;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  uv_update_time (loop ());
  due = (uv_now (loop ()) + 2) * 1000000;
  g_assert_cmpint (uv_timer_start (&timer, on_fire, 2, 0), ==, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.timer");
  g_assert_true (harness_is_in (await, test_once));
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, ==, due);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_CALLBACK)->value, ==,
                    (uintptr_t)on_fire);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.timer")->status, ==, 0);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, "uv.timer"), on_fire));
  /* Its task is over with its last poll, before the handle is closed. */
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
  drain_loop (loop ());
}

static void
on_third_stop (uv_timer_t *timer)
{
  if (++n_fired == 3)
    uv_timer_stop (timer);
}

static void
test_repeat (void)
{
  uv_timer_t timer;
  const Event *await;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_third_stop, 1, 2);
  uv_run (loop (), UV_RUN_DEFAULT);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.timer-repeat");
  g_assert_cmpint (n_fired, ==, 3);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "uv.timer-repeat"), ==, 3);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_REPEAT)->value, ==, 2000000);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.timer-repeat")->status, ==, -ECANCELED);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, NULL), ==, 1);
  drain_loop (loop ());
}

static void
test_stop_and_restart (void)
{
  uv_timer_t timer;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  g_assert_cmpint (uv_timer_stop (&timer), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, NULL), ==, 0);
  uv_timer_start (&timer, on_fire, 100000, 0);
  uv_timer_start (&timer, on_fire, 1, 0); /* replaces: one await */
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.timer"), ==, 2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "uv.timer"), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  /* The callback that is read from the handle is the program's, whatever is there. */
  uv_timer_start (&timer, timer.timer_cb, 1, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  drain_loop (loop ());
}

static void
test_again (void)
{
  uv_timer_t timer;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  g_assert_cmpint (uv_timer_again (&timer), ==, UV_EINVAL); /* never started */
  uv_timer_start (&timer, on_third_stop, 100000, 0);
  g_assert_cmpint (uv_timer_again (&timer), ==, 0); /* does nothing: it does not repeat */
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 1);
  uv_timer_set_repeat (&timer, 1);
  g_assert_cmpint (uv_timer_again (&timer), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.timer-repeat"), ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.timer")->status, ==, -ECANCELED);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 3);
  drain_loop (loop ());
}

static void
on_change_repeat (uv_timer_t *timer)
{
  n_fired++;
  uv_timer_set_repeat (timer, 0); /* the one that libuv has set is the last */
}

static void
test_repeat_changes (void)
{
  uv_timer_t timer;

  n_fired = 0;
  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_change_repeat, 1, 0);
  uv_timer_set_repeat (&timer, 1);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.timer-repeat"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "uv.timer-repeat"), ==, 1);
  drain_loop (loop ());
}

static void
test_never (void)
{
  uv_timer_t timer;

  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_fire, UINT64_MAX, 0);
  g_assert_cmpuint (
      harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "uv.timer")->object, INSPECT_KEY_DUE)
          ->value,
      ==, INT64_MAX);
  uv_close ((uv_handle_t *)&timer, NULL);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.timer")->status, ==, -ECANCELED);
  drain_loop (loop ());
}

static void
test_null_callback (void)
{
  uv_timer_t timer;

  uv_timer_init (loop (), &timer);
  g_assert_cmpint (uv_timer_start (&timer, NULL, 1, 0), ==, UV_EINVAL);
  drain_loop (loop ());
}

static uv_timer_t other;

static void
on_start_other (uv_timer_t *timer)
{
  uv_timer_start (&other, on_fire, 1, 0);
}

static void
test_rebound (void)
{
  uv_timer_t timer;

  uv_timer_init (loop (), &timer);
  uv_timer_init (loop (), &other);
  uv_timer_start (&other, on_fire, 100000, 0);
  uv_timer_start (&timer, on_start_other, 1, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 0)->task, !=,
                    harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 1)->task);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 2)->task, ==,
                    harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 1)->task);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "uv.timer", 1)->status, ==, -ECANCELED);
  drain_loop (loop ());
}

/* Closed by somebody whose calls are not seen, and a handle again: what was known of it is over. */
static void
test_abandoned (void)
{
  void (*unseen_close) (uv_handle_t *, uv_close_cb) = dlsym (RTLD_DEFAULT, "uv_close");
  uv_timer_t timer;

  uv_timer_init (loop (), &timer);
  uv_timer_start (&timer, on_fire, 100000, 0);
  unseen_close ((uv_handle_t *)&timer, NULL);
  uv_run (loop (), UV_RUN_DEFAULT);
  memset (&timer, 0, sizeof timer);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, NULL), ==, 0);
  g_assert_cmpint (uv_timer_init (loop (), &timer), ==, 0);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.timer")->status, ==, -ECANCELED);
  uv_timer_start (&timer, on_fire, 1, 0);
  drain_loop (loop ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add ("/uv/timers/once", test_once);
  harness_add ("/uv/timers/repeat", test_repeat);
  harness_add ("/uv/timers/stop-and-restart", test_stop_and_restart);
  harness_add ("/uv/timers/again", test_again);
  harness_add ("/uv/timers/repeat-changes-while-it-runs", test_repeat_changes);
  harness_add ("/uv/timers/never", test_never);
  harness_add ("/uv/timers/null-callback-is-refused", test_null_callback);
  harness_add ("/uv/timers/restarted-by-another-task", test_rebound);
  harness_add ("/uv/timers/abandoned-handle", test_abandoned);
  return g_test_run ();
}
