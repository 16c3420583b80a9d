/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Events, and what they are reported as. */

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixture.h"
#include "inspect-keys.h"
#include "watchers/slots.h"

/* ---- Descriptors ----------------------------------------------------------------------------- */

static void
test_reads (void)
{
  int ends[2];
  struct event *event;
  const Event *await, *poll;
  InspectObject resource;

  fixture_make_ends (ends);
  event = event_new (fixture_base, ends[0], EV_READ | EV_PERSIST, fixture_on_event, NULL);
  g_assert_cmpint (event_add (event, NULL), ==, 0);
  g_assert_cmpint (event_add (event, NULL), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libevent.read"), ==, 1);
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.read");
  g_assert_true (harness_is_in (await, test_reads));
  resource = harness_attribute (await->object, INSPECT_KEY_RESOURCE)->value;
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_FD)->value, ==, ends[0]);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_CALLBACK)->value, ==,
                    (guintptr)fixture_on_event);
  for (int i = 0; i < 3; i++)
    {
      g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
      fixture_turn ();
    }
  g_assert_cmpuint (fixture_n_fired, ==, 3);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 3);
  poll = harness_first (EVENT_POLL_BEGIN, NULL);
  g_assert_true (harness_is_in (poll, fixture_on_event));
  g_assert_cmpuint (poll->object, ==, await->object);
  event_del (event);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.read")->status, ==, -ECANCELED);
  event_free (event);
  fixture_close_ends (ends);
}

/* A file is no connection: it is merely watched. */
static void
test_watches (void)
{
  int ends[2];
  struct event event;

  g_assert_cmpint (pipe (ends), ==, 0);
  event_assign (&event, fixture_base, ends[0], EV_READ, fixture_on_event, NULL);
  event_add (&event, NULL);
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.watch-once")->status, ==, 0);
  fixture_close_ends (ends);
}

static void
test_times_out (void)
{
  int ends[2];
  struct event *event;
  const Event *await;

  fixture_make_ends (ends);
  event = event_new (fixture_base, ends[0], EV_READ, fixture_on_event, NULL);
  event_add (event, &(struct timeval){ 0, 1000 });
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.read-once");
  g_assert_true (harness_has_attribute (await->object, INSPECT_KEY_DEADLINE));
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.read-once")->status, ==, -ETIMEDOUT);
  event_free (event);
  fixture_close_ends (ends);
}

/* Which of several that differ in nothing but themselves. */
static void
test_alike (void)
{
  struct event events[3];
  const Event *poll;

  for (int i = 0; i < 3; i++)
    {
      event_assign (&events[i], fixture_base, -1, EV_PERSIST, fixture_on_event, NULL);
      event_add (&events[i], &(struct timeval){ 3600, 0 });
    }
  event_active (&events[1], EV_TIMEOUT, 1);
  fixture_turn ();
  poll = harness_first (EVENT_POLL_BEGIN, NULL);
  g_assert_cmpuint (poll->object, ==,
                    harness_nth (EVENT_AWAIT_BEGIN, "libevent.timer-repeat", 1)->object);
  g_assert_cmpuint (harness_first (EVENT_WAKE, NULL)->object, ==, poll->object);
  for (int i = 0; i < 3; i++)
    event_del (&events[i]);
}

/* ---- Times, signals, activation -------------------------------------------------------------- */

static void
test_timers (void)
{
  struct event once, again;
  const Event *await;

  evtimer_assign (&once, fixture_base, fixture_on_event, NULL);
  event_add (&once, &(struct timeval){ 0, 0 });
  fixture_turn ();
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.timer")->status, ==, 0);
  event_assign (&again, fixture_base, -1, EV_PERSIST, fixture_on_event, NULL);
  event_add (&again, &(struct timeval){ 0, 1000 });
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.timer-repeat");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_REPEAT)->value, ==, 1000000);
  fixture_turn ();
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 3);
  g_assert_cmpint (event_remove_timer (&again), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.timer-repeat"), ==, 1);
}

static void
test_signals (void)
{
  struct event *event = evsignal_new (fixture_base, SIGUSR1, fixture_on_event, NULL);
  const Event *await;

  event_add (event, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.signal");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_SIGNAL)->value, ==, SIGUSR1);
  raise (SIGUSR1);
  while (fixture_n_fired == 0)
    fixture_turn ();
  g_assert_cmpuint (harness_first (EVENT_POLL_BEGIN, NULL)->object, ==, await->object);
  event_free (event);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.signal"), ==, 1);
}

static void
test_activated (void)
{
  struct event *event = event_new (fixture_base, -1, 0, fixture_on_event, NULL);

  event_active (event, EV_READ | EV_WRITE, 1);
  fixture_n_fired = 0;
  event_free (event);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.activated")->status, ==, -ECANCELED);
  event = event_new (fixture_base, -1, 0, fixture_on_event, NULL);
  event_active (event, EV_WRITE, 1);
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.activated"), ==, 2);
  event_free (event);
}

static void
test_once (void)
{
  int ends[2];

  fixture_make_ends (ends);
  event_base_once (fixture_base, ends[0], EV_READ, fixture_on_event, &fixture_n_fired, NULL);
  event_base_once (fixture_base, -1, EV_TIMEOUT, fixture_on_event, NULL, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libevent.timer"), ==, 1);
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  while (fixture_n_fired < 2)
    fixture_turn ();
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.read-once")->status, ==, 0);
  g_assert_cmpint (event_base_once (fixture_base, -1, EV_SIGNAL, fixture_on_event, NULL, NULL), ==,
                   -1);
  fixture_close_ends (ends);
}

/* ---- Tasks ----------------------------------------------------------------------------------- */

static struct event later;

static void
on_first (evutil_socket_t fd, short what, void *data)
{
  fixture_n_fired++;
  evtimer_assign (&later, fixture_base, fixture_on_event, NULL);
  event_add (&later, &(struct timeval){ 0, 0 });
  event_free (data);
}

/* What a callback begins belongs to its task, and the event may be gone when it returns. */
static void
test_belongs (void)
{
  struct event *first = event_new (fixture_base, -1, 0, on_first, event_self_cbarg ());

  event_add (first, &(struct timeval){ 0, 0 });
  while (fixture_n_fired < 2)
    fixture_turn ();
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "libevent.timer", 1)->task, ==,
                    harness_first (EVENT_AWAIT_BEGIN, "libevent.timer")->task);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

/* ---- What the program sees of it ------------------------------------------------------------- */

static void
test_sees_its_own (void)
{
  struct event *event =
      event_new (fixture_base, -1, EV_PERSIST, fixture_on_event, &fixture_n_fired);
  struct event copy;
  event_callback_fn callback;
  void *data;

  event_add (event, &(struct timeval){ 3600, 0 });
  g_assert_true (event_get_callback (event) == fixture_on_event);
  event_get_assignment (event, NULL, NULL, NULL, &callback, &data);
  g_assert_true (callback == fixture_on_event);
  g_assert_true (data == &fixture_n_fired && event->ev_evcallback.evcb_arg == &fixture_n_fired);
  memcpy (&copy, event, sizeof copy);
  event_free (event);
  /* By its own field, when nothing is known of it any more. */
  copy.ev_evcallback.evcb_cb_union.evcb_callback (-1, EV_TIMEOUT, NULL);
  g_assert_cmpuint (fixture_n_fired, ==, 1);
}

#define CALLBACK(n)                                                                                \
  static void callback_##n (evutil_socket_t fd, short what, void *data)                            \
  {                                                                                                \
    fixture_n_fired += n + 1;                                                                      \
  }
SLOTS (CALLBACK)
#undef CALLBACK
#define CALLBACK(n) callback_##n,
static const event_callback_fn callbacks[] = { SLOTS (CALLBACK) };

/* More different callbacks than there are slots: each is called all the same. */
static void
test_many_callbacks (void)
{
  unsigned int n_skipped = harness_count_skipped (), sum = 0;
  struct event event;

  for (unsigned int i = 0; i < G_N_ELEMENTS (callbacks); i++)
    {
      evtimer_assign (&event, fixture_base, callbacks[i], NULL);
      event_add (&event, &(struct timeval){ 0, 0 });
      fixture_turn ();
      sum += i + 1;
      g_assert_cmpuint (fixture_n_fired, ==, sum);
    }
  g_assert_cmpuint (harness_count_skipped (), >, n_skipped);
}

static void
test_no_memory (void)
{
  struct event events[200];
  unsigned int n_skipped = harness_count_skipped ();

  harness_fail_memory (G_MAXUINT);
  for (unsigned int i = 0; i < G_N_ELEMENTS (events); i++)
    {
      evtimer_assign (&events[i], fixture_base, fixture_on_event, NULL);
      event_add (&events[i], &(struct timeval){ 0, 0 });
    }
  harness_fail_memory (0);
  g_assert_cmpuint (harness_count_skipped (), >, n_skipped);
  while (fixture_n_fired < G_N_ELEMENTS (events))
    fixture_turn ();
}

/* Nobody looks any more; and somebody looks again. */
static void
test_stopped (void)
{
  struct event event;
  int ends[2];

  fixture_make_ends (ends);
  event_assign (&event, fixture_base, ends[0], EV_READ | EV_PERSIST, fixture_on_event, NULL);
  event_add (&event, NULL);
  event_del (&event);
  event_add (&event, NULL);
  harness_stop_plugin ();
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 1);
  harness_clear ();
  harness_set_payload (true);
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 2);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 0);
  event_del (&event);
  event_add (&event, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libevent.read"), ==, 1);
  event_del (&event);
  fixture_close_ends (ends);
}

/* ---- Bases ----------------------------------------------------------------------------------- */

static void
test_base_ends (void)
{
  struct event_base *other = event_base_new ();
  struct event event;

  g_assert_cmpuint (harness_count (EVENT_RESOURCE_BEGIN, "libevent.base"), ==, 1);
  evtimer_assign (&event, other, fixture_on_event, NULL);
  event_add (&event, &(struct timeval){ 3600, 0 });
  event_base_once (other, -1, EV_TIMEOUT, fixture_on_event, NULL, &(struct timeval){ 3600, 0 });
  event_base_free (other);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.timer"), ==, 2);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "libevent.base"), ==, 1);
}

static void
on_nested (evutil_socket_t fd, short what, void *data)
{
  struct event event;

  fixture_n_fired++;
  evtimer_assign (&event, data, fixture_on_event, NULL);
  event_add (&event, &(struct timeval){ 0, 0 });
  event_base_dispatch (data);
  evtimer_assign (&later, fixture_base, fixture_on_event, NULL);
  event_add (&later, &(struct timeval){ 0, 0 });
}

/* A loop in a callback of another is no part of that callback's task. */
static void
test_nested (void)
{
  struct event_base *other = event_base_new ();
  struct event event;
  InspectId task;

  evtimer_assign (&event, fixture_base, on_nested, other);
  event_add (&event, &(struct timeval){ 0, 0 });
  while (fixture_n_fired < 3)
    fixture_turn ();
  task = harness_task_of ("libevent.timer");
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "libevent.timer", 2)->task, ==, task);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 3);
  event_base_free (other);
}

static gpointer
run_in_thread (gpointer data)
{
  struct event_base *own = event_base_new ();
  struct event event;

  event_assign (&event, own, -1, EV_PERSIST, fixture_on_event, NULL);
  for (int i = 0; i < 200; i++)
    {
      event_add (&event, &(struct timeval){ 0, 0 });
      event_base_loop (own, EVLOOP_ONCE);
      event_del (&event);
    }
  event_base_free (own);
  return NULL;
}

static void
test_threads (void)
{
  GThread *threads[4];

  for (unsigned int i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("loop", run_in_thread, NULL);
  for (unsigned int i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libevent.timer-repeat"), ==, 800);
}

int
main (int argc, char **argv)
{
  static const HarnessCase tests[] = {
    { "/libevent/reads", test_reads },         { "/libevent/watches", test_watches },
    { "/libevent/times-out", test_times_out }, { "/libevent/alike", test_alike },
    { "/libevent/timers", test_timers },       { "/libevent/signals", test_signals },
    { "/libevent/activated", test_activated }, { "/libevent/once", test_once },
    { "/libevent/belongs", test_belongs },     { "/libevent/sees-its-own", test_sees_its_own },
    { "/libevent/no-memory", test_no_memory }, { "/libevent/stopped", test_stopped },
    { "/libevent/base-ends", test_base_ends }, { "/libevent/nested", test_nested },
    { "/libevent/threads", test_threads },     { "/libevent/many-callbacks", test_many_callbacks },
  };

  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add_cases (tests, G_N_ELEMENTS (tests), fixture_run);
  return g_test_run ();
}
