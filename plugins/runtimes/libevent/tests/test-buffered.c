/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Listeners and buffered connections. */

#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect-keys.h"

static struct event_base *base;
static struct bufferevent *server; /* the connection that was accepted last */
static unsigned int n_accepted, n_read, n_written, n_events;
static short last_event;

static void
turn_until (const unsigned int *n, unsigned int many)
{
  while (*n < many)
    event_base_loop (base, EVLOOP_ONCE);
}

static void
on_read (struct bufferevent *buffered, void *data)
{
  n_read++;
  evbuffer_drain (bufferevent_get_input (buffered), 1000);
}

static void
on_written (struct bufferevent *buffered, void *data)
{
  n_written++;
}

static void
on_event (struct bufferevent *buffered, short what, void *data)
{
  n_events++;
  last_event = what;
}

static void
on_accepted (struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
             int length, void *data)
{
  n_accepted++;
  server = bufferevent_socket_new (base, fd, BEV_OPT_CLOSE_ON_FREE);
  bufferevent_setcb (server, on_read, NULL, on_event, NULL);
  bufferevent_enable (server, EV_READ);
}

static struct evconnlistener *
make_listener (struct sockaddr_in *ret_address)
{
  socklen_t length = sizeof *ret_address;
  struct evconnlistener *listener;

  *ret_address = (struct sockaddr_in){ .sin_family = AF_INET };
  ret_address->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  listener = evconnlistener_new_bind (base, on_accepted, NULL, LEV_OPT_CLOSE_ON_FREE, 8,
                                      (struct sockaddr *)ret_address, sizeof *ret_address);
  g_assert_nonnull (listener);
  g_assert_cmpint (
      getsockname (evconnlistener_get_fd (listener), (struct sockaddr *)ret_address, &length), ==,
      0);
  return listener;
}

/* A client that asks, and a server that answers by its output buffer, which no call is told of. */
static void
test_conversation (void)
{
  struct sockaddr_in address;
  struct evconnlistener *listener = make_listener (&address);
  struct bufferevent *client = bufferevent_socket_new (base, -1, BEV_OPT_CLOSE_ON_FREE);
  const Event *await;
  InspectId task;

  bufferevent_setcb (client, on_read, on_written, on_event, NULL);
  bufferevent_enable (client, EV_READ);
  g_assert_cmpint (bufferevent_socket_connect (client, (struct sockaddr *)&address, sizeof address),
                   ==, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.buffered-connect");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_PEER)->n_bytes, ==,
                    sizeof address);
  task = await->task;
  turn_until (&n_events, 1);
  g_assert_cmpint (last_event, ==, BEV_EVENT_CONNECTED);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.buffered-connect")->status, ==, 0);
  turn_until (&n_accepted, 1);
  g_assert_cmpuint (harness_parent_of (harness_nth (EVENT_TASK_BEGIN, NULL, 2)->task), ==,
                    harness_task_of ("libevent.listener"));

  bufferevent_write (client, "user", 4);
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.buffered-write");
  g_assert_cmpuint (await->task, ==, task);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_BYTES)->value, ==, 4);
  turn_until (&n_read, 1);
  evbuffer_add_printf (bufferevent_get_output (server), "ada");
  turn_until (&n_read, 2);
  turn_until (&n_written, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.buffered-write")->status, ==, 0);

  bufferevent_free (client);
  turn_until (&n_events, 2);
  g_assert_cmpint (last_event, ==, BEV_EVENT_EOF | BEV_EVENT_READING);
  bufferevent_free (server);
  evconnlistener_free (listener);
  event_base_loop (base, EVLOOP_NONBLOCK);
}

static struct bufferevent *
make_pair (int *ret_other)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  evutil_make_socket_nonblocking (ends[0]);
  *ret_other = ends[1];
  return bufferevent_socket_new (base, ends[0], BEV_OPT_CLOSE_ON_FREE);
}

static void
test_times_out (void)
{
  int other;
  struct bufferevent *buffered = make_pair (&other);
  const Event *await;

  bufferevent_setcb (buffered, on_read, NULL, on_event, NULL);
  bufferevent_set_timeouts (buffered, &(struct timeval){ 0, 1000 }, NULL);
  bufferevent_enable (buffered, EV_READ);
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.buffered-read");
  g_assert_true (harness_is_in (await, test_times_out));
  g_assert_true (harness_has_attribute (await->object, INSPECT_KEY_DEADLINE));
  turn_until (&n_events, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.buffered-read")->status, ==,
                   -ETIMEDOUT);
  bufferevent_enable (buffered, EV_READ);
  bufferevent_disable (buffered, EV_READ);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.buffered-read"), ==, 2);
  bufferevent_free (buffered);
  close (other);
}

/* More than goes out at once, and nobody reads. */
static void
test_not_drained (void)
{
  static char many[4 << 20];
  int other;
  struct bufferevent *buffered = make_pair (&other);

  bufferevent_setcb (buffered, on_read, NULL, on_event, NULL);
  bufferevent_write (buffered, many, sizeof many);
  event_base_loop (base, EVLOOP_ONCE);
  event_base_loop (base, EVLOOP_NONBLOCK);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "libevent.buffered-write"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.buffered-write"), ==, 0);
  close (other);
  turn_until (&n_events, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.buffered-write")->status, <, 0);
  bufferevent_free (buffered);
}

static void
test_refused (void)
{
  struct sockaddr_in address;
  struct evconnlistener *listener = make_listener (&address);
  struct bufferevent *client = bufferevent_socket_new (base, -1, BEV_OPT_CLOSE_ON_FREE);

  evconnlistener_free (listener);
  bufferevent_setcb (client, NULL, NULL, on_event, NULL);
  bufferevent_socket_connect (client, (struct sockaddr *)&address, sizeof address);
  turn_until (&n_events, 1);
  g_assert_cmpint (last_event & BEV_EVENT_ERROR, !=, 0);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.buffered-connect")->status, ==,
                   -ECONNREFUSED);
  bufferevent_free (client);
}

static void
test_sees_its_own (void)
{
  int other;
  struct bufferevent *buffered = make_pair (&other);
  bufferevent_data_cb read_cb, write_cb;
  bufferevent_event_cb event_cb;
  void *data;

  bufferevent_setcb (buffered, on_read, NULL, on_event, &n_read);
  bufferevent_getcb (buffered, &read_cb, &write_cb, &event_cb, &data);
  g_assert_true (read_cb == on_read && write_cb == NULL && event_cb == on_event);
  g_assert_true (data == &n_read);
  bufferevent_setcb (buffered, read_cb, write_cb, event_cb, data);
  bufferevent_enable (buffered, EV_READ);
  harness_stop_plugin ();
  g_assert_cmpint (send (other, "x", 1, 0), ==, 1);
  turn_until (&n_read, 1);
  harness_clear ();
  harness_set_payload (true);
  bufferevent_free (buffered);
  close (other);
}

static void
test_listener_pauses (void)
{
  struct sockaddr_in address;
  struct evconnlistener *listener = make_listener (&address);

  evconnlistener_disable (listener);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.listener"), ==, 1);
  evconnlistener_enable (listener);
  evconnlistener_set_cb (listener, NULL, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.listener"), ==, 2);
  evconnlistener_set_cb (listener, on_accepted, NULL);
  evconnlistener_free (listener);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.listener"), ==, 3);
}

static void
run (gconstpointer test)
{
  base = event_base_new ();
  n_accepted = n_read = n_written = n_events = 0;
  harness_run (test);
  harness_clear ();
  event_base_free (base);
}

int
main (int argc, char **argv)
{
  static const HarnessCase tests[] = {
    { "/libevent/conversation", test_conversation },
    { "/libevent/buffered-times-out", test_times_out },
    { "/libevent/not-drained", test_not_drained },
    { "/libevent/refused", test_refused },
    { "/libevent/buffered-sees-its-own", test_sees_its_own },
    { "/libevent/listener-pauses", test_listener_pauses },
  };

  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add_cases (tests, G_N_ELEMENTS (tests), run);
  return g_test_run ();
}
