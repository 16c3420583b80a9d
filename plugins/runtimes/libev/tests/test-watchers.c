/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Watchers, and what they are reported as. */

#include "plugin.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "inspect-keys.h"

static struct ev_loop *loop;
static unsigned int n_fired;

static void
turn (void)
{
  ev_run (loop, EVRUN_ONCE);
}

static void
turn_until (unsigned int many)
{
  while (n_fired < many)
    turn ();
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static void
on_io (struct ev_loop *the_loop, ev_io *io, int events)
{
  char byte;

  n_fired++;
  if ((events & EV_READ) != 0)
    g_assert_cmpint (read (io->fd, &byte, 1), ==, 1);
}

static void
test_reads (void)
{
  int ends[2];
  const Event *await;
  InspectObject resource;
  ev_io io;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  ev_io_init (&io, on_io, ends[0], EV_READ);
  ev_io_start (loop, &io);
  ev_io_start (loop, &io);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libev.read"), ==, 1);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.read");
  g_assert_true (harness_is_in (await, test_reads));
  resource = harness_attribute (await->object, INSPECT_KEY_RESOURCE)->value;
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_FD)->value, ==, ends[0]);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_CALLBACK)->value, ==,
                    (guintptr)on_io);
  for (unsigned int i = 1; i <= 3; i++)
    {
      g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
      turn_until (i);
    }
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 3);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, NULL), on_io));
  ev_io_stop (loop, &io);
  g_assert_true (ev_cb (&io) == on_io);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libev.read")->status, ==, -ECANCELED);
  ev_io_stop (loop, &io);
  close (ends[0]);
  close (ends[1]);
}

static void
test_watches (void)
{
  int ends[2];
  ev_io io;

  g_assert_cmpint (pipe (ends), ==, 0);
  ev_io_init (&io, on_io, ends[0], EV_READ);
  ev_io_start (loop, &io);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libev.watch"), ==, 1);
  ev_io_stop (loop, &io);
  close (ends[0]);
  close (ends[1]);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static void
on_timer (struct ev_loop *the_loop, ev_timer *timer, int events)
{
  g_assert_true (timer->repeat > 0 || ev_cb (timer) == on_timer);
  n_fired++;
}

static void
test_timers (void)
{
  ev_timer once, again;
  const Event *await;

  ev_timer_init (&once, on_timer, 0., 0.);
  ev_timer_start (loop, &once);
  turn_until (1);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.timer");
  g_assert_true (harness_has_attribute (await->object, INSPECT_KEY_DUE));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libev.timer")->status, ==, 0);
  ev_timer_init (&again, on_timer, 0., 0.001);
  ev_timer_start (loop, &again);
  turn_until (3);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.timer-repeat");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_REPEAT)->value, ==, 1000000);
  ev_timer_again (loop, &again);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libev.timer-repeat"), ==, 2);
  again.repeat = 0;
  ev_timer_again (loop, &again);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.timer-repeat"), ==, 1);
}

static void
on_periodic (struct ev_loop *the_loop, ev_periodic *periodic, int events)
{
  n_fired++;
}

static void
test_periodics (void)
{
  ev_periodic periodic;
  const Event *await;
  guint64 due;

  ev_periodic_init (&periodic, on_periodic, 0., 3600., NULL);
  ev_periodic_start (loop, &periodic);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.periodic");
  due = harness_attribute (await->object, INSPECT_KEY_DUE)->value / 1000;
  g_assert_cmpuint (due + 1000000, >, (guint64)g_get_monotonic_time ());
  g_assert_cmpuint (due, <, (guint64)g_get_monotonic_time () + 3601 * G_TIME_SPAN_SECOND);
  ev_periodic_again (loop, &periodic);
  ev_periodic_stop (loop, &periodic);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.periodic"), ==, 1);
}

/* ---- Signals, processes, files, threads, the loop ---------------------------------------------- */

static void
on_signal (struct ev_loop *the_loop, ev_signal *watcher, int events)
{
  n_fired++;
}

static void
test_signals (void)
{
  ev_signal watcher;
  const Event *await;

  ev_signal_init (&watcher, on_signal, SIGUSR1);
  ev_signal_start (loop, &watcher);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.signal");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_SIGNAL)->value, ==, SIGUSR1);
  raise (SIGUSR1);
  turn_until (1);
  ev_signal_stop (loop, &watcher);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 1);
}

static void
on_child (struct ev_loop *the_loop, ev_child *watcher, int events)
{
  ev_child_stop (the_loop, watcher);
  g_assert_cmpint (WEXITSTATUS (watcher->rstatus), ==, 7);
  n_fired++;
}

static void
test_children (void)
{
  ev_child watcher;
  const Event *await;
  pid_t pid = fork ();

  if (pid == 0)
    _exit (7);
  ev_child_init (&watcher, on_child, pid, 0);
  ev_child_start (loop, &watcher);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.child");
  g_assert_cmpint (harness_attribute (await->object, INSPECT_KEY_PID)->value, ==, pid);
  turn_until (1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.child"), ==, 1);
}

static void
on_stat (struct ev_loop *the_loop, ev_stat *watcher, int events)
{
  n_fired++;
}

static void
test_files (void)
{
  ev_stat watcher;
  const Event *await;

  ev_stat_init (&watcher, on_stat, "/", 3600.);
  ev_stat_start (loop, &watcher);
  await = harness_first (EVENT_AWAIT_BEGIN, "libev.stat");
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_PATH)->bytes, ==, "/");
  ev_stat_stop (loop, &watcher);
}

static void
on_async (struct ev_loop *the_loop, ev_async *async, int events)
{
  n_fired++;
}

static gpointer
send_async (gpointer data)
{
  ev_async_send (loop, data);
  return NULL;
}

static void
test_asyncs (void)
{
  ev_async async;

  ev_async_init (&async, on_async);
  ev_async_start (loop, &async);
  g_thread_join (g_thread_new ("sender", send_async, &async));
  turn_until (1);
  g_assert_cmpuint (harness_first (EVENT_WAKE, NULL)->object, ==,
                    harness_first (EVENT_AWAIT_BEGIN, "libev.async")->object);
  ev_async_stop (loop, &async);
}

static void
on_prepare (struct ev_loop *the_loop, ev_prepare *prepare, int events)
{
  n_fired++;
}

static void
on_idle (struct ev_loop *the_loop, ev_idle *idle, int events)
{
  ev_idle_stop (the_loop, idle);
}

static void
test_hooks (void)
{
  ev_prepare prepare;
  ev_idle idle;

  ev_prepare_init (&prepare, on_prepare);
  ev_prepare_start (loop, &prepare);
  ev_idle_init (&idle, on_idle);
  ev_idle_start (loop, &idle);
  turn_until (1);
  ev_prepare_stop (loop, &prepare);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.idle"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.prepare"), ==, 1);
}

/* ---- Without a start --------------------------------------------------------------------------- */

static void
test_fed (void)
{
  ev_timer timer;

  ev_timer_init (&timer, on_timer, 0., 0.);
  ev_feed_event (loop, &timer, EV_CUSTOM);
  turn_until (1);
  g_assert_true (ev_cb (&timer) == on_timer);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libev.fed")->status, ==, 0);
  ev_feed_event (loop, &timer, EV_CUSTOM);
  ev_clear_pending (loop, &timer);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "libev.fed", 1)->status, ==, -ECANCELED);
}

static void
on_once (int events, void *data)
{
  g_assert_true (data == &n_fired);
  n_fired++;
}

static void
test_once (void)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  ev_once (loop, -1, 0, 0., on_once, &n_fired);
  ev_once (loop, ends[0], EV_READ, 0.001, on_once, &n_fired);
  turn_until (2);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libev.timer")->status, ==, 0);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libev.read")->status, ==, -ETIMEDOUT);
  close (ends[0]);
  close (ends[1]);
}

/* ---- What the program may do ------------------------------------------------------------------- */

static void
on_freed (struct ev_loop *the_loop, ev_timer *timer, int events)
{
  n_fired++;
  ev_timer_stop (the_loop, timer);
  memset (timer, 0xa5, sizeof *timer);
  g_free (timer);
}

static void
test_freed_by_itself (void)
{
  ev_timer *timer = g_new (ev_timer, 1);

  ev_timer_init (timer, on_freed, 0., 1.);
  ev_timer_start (loop, timer);
  turn_until (1);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

static void
on_other (struct ev_loop *the_loop, ev_timer *timer, int events)
{
  n_fired += 10;
}

/* By a macro, which nobody sees. */
static void
test_changes_callback (void)
{
  ev_timer timer;

  ev_timer_init (&timer, on_timer, 0., 1.);
  ev_timer_start (loop, &timer);
  ev_set_cb (&timer, on_other);
  turn_until (10);
  ev_timer_stop (loop, &timer);
  g_assert_true (ev_cb (&timer) == on_other);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.timer-repeat"), ==, 1);
}

static void
test_stopped (void)
{
  ev_timer timer;

  ev_timer_init (&timer, on_timer, 0., 0.001);
  ev_timer_start (loop, &timer);
  harness_stop_plugin ();
  turn_until (2);
  ev_timer_stop (loop, &timer);
  g_assert_true (ev_cb (&timer) == on_timer);
  harness_clear ();
  harness_set_payload (true);
}

static void
test_loop_ends (void)
{
  struct ev_loop *other = ev_loop_new (EVBACKEND_EPOLL);
  ev_timer timer;

  ev_timer_init (&timer, on_timer, 3600., 0.);
  ev_timer_start (other, &timer);
  ev_loop_destroy (other);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libev.timer"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "libev.loop"), ==, 1);
}

static void
test_no_memory (void)
{
  ev_timer timers[300];
  unsigned int n_skipped = harness_count_skipped ();

  harness_fail_memory (G_MAXUINT);
  for (unsigned int i = 0; i < G_N_ELEMENTS (timers); i++)
    {
      ev_timer_init (&timers[i], on_timer, 0., 0.);
      ev_timer_start (loop, &timers[i]);
    }
  harness_fail_memory (0);
  g_assert_cmpuint (harness_count_skipped (), >, n_skipped);
  turn_until (G_N_ELEMENTS (timers));
}

static void
run (gconstpointer test)
{
  n_fired = 0;
  harness_run (test);
}

int
main (int argc, char **argv)
{
  static const HarnessCase tests[] = {
    { "/libev/reads", test_reads },
    { "/libev/watches", test_watches },
    { "/libev/timers", test_timers },
    { "/libev/periodics", test_periodics },
    { "/libev/signals", test_signals },
    { "/libev/children", test_children },
    { "/libev/files", test_files },
    { "/libev/asyncs", test_asyncs },
    { "/libev/hooks", test_hooks },
    { "/libev/fed", test_fed },
    { "/libev/once", test_once },
    { "/libev/freed-by-itself", test_freed_by_itself },
    { "/libev/changes-callback", test_changes_callback },
    { "/libev/stopped", test_stopped },
    { "/libev/loop-ends", test_loop_ends },
    { "/libev/no-memory", test_no_memory },
  };

  g_test_init (&argc, &argv, NULL);
  harness_install ();
  loop = ev_default_loop (EVBACKEND_EPOLL);
  harness_add_cases (tests, G_N_ELEMENTS (tests), run);
  return g_test_run ();
}
