/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Connections by events alone: whose they are, which side has asked, and that their descriptors end. */

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "inspect-keys.h"

static struct event clients[2];

static void
on_clients (evutil_socket_t fd, short what, void *data)
{
  for (int i = 0; i < 2; i++)
    {
      event_assign (&clients[i], fixture_base, accept (fd, NULL, NULL), EV_READ, fixture_on_event,
                    NULL);
      event_add (&clients[i], NULL);
    }
  fixture_n_fired++;
}

static struct sockaddr_in
make_listener (int *ret_fd)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;

  *ret_fd = socket (AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (*ret_fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (*ret_fd, 8), ==, 0);
  g_assert_cmpint (getsockname (*ret_fd, (struct sockaddr *)&address, &length), ==, 0);
  return address;
}

/* Each connection that a listener's callback accepts is a task of its own. */
static void
test_connections (void)
{
  struct event event;
  struct sockaddr_in address;
  int listener, fds[2];
  InspectId task;

  address = make_listener (&listener);
  event_assign (&event, fixture_base, listener, EV_READ | EV_PERSIST, on_clients, NULL);
  event_add (&event, NULL);
  task = harness_task_of ("libevent.accept");
  for (int i = 0; i < 2; i++)
    {
      fds[i] = socket (AF_INET, SOCK_STREAM, 0);
      g_assert_cmpint (connect (fds[i], (struct sockaddr *)&address, sizeof address), ==, 0);
    }
  fixture_turn ();
  g_assert_cmpuint (fixture_n_fired, ==, 1);
  for (unsigned int i = 0; i < 2; i++)
    {
      const Event *await = harness_nth (EVENT_AWAIT_BEGIN, "libevent.read-once", i);

      g_assert_cmpuint (harness_parent_of (await->task), ==, task);
      event_del (&clients[i]);
      close (event_get_fd (&clients[i]));
      close (fds[i]);
    }
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "libevent.read-once", 0)->task, !=,
                    harness_nth (EVENT_AWAIT_BEGIN, "libevent.read-once", 1)->task);
  event_del (&event);
  close (listener);
}

static bool
is_client (const struct event *event)
{
  const Event *await = harness_first (EVENT_AWAIT_BEGIN, "libevent.read-once");
  InspectObject resource = harness_attribute (await->object, INSPECT_KEY_RESOURCE)->value;

  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_FD)->value, ==, event_get_fd (event));
  return harness_attribute (resource, INSPECT_KEY_CLIENT)->value != 0;
}

/* Whom nobody owes an answer, for it may have sent a greeting; and that the number of a descriptor may be
 * another connection's later. */
static void
test_which_side (void)
{
  struct sockaddr_in address;
  struct event event;
  int listener, client, server;

  address = make_listener (&listener);
  for (int i = 0; i < 2; i++)
    {
      client = socket (AF_INET, SOCK_STREAM, 0);
      g_assert_cmpint (connect (client, (struct sockaddr *)&address, sizeof address), ==, 0);
      server = accept (listener, NULL, NULL);
      event_assign (&event, fixture_base, i == 0 ? client : server, EV_READ, fixture_on_event,
                    NULL);
      event_add (&event, NULL);
      g_assert_true (is_client (&event) == (i == 0));
      event_del (&event);
      close (client);
      close (server);
      g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "libevent.descriptor"), ==, 1);
      harness_clear ();
    }
  close (listener);
}

static void
on_answer (evutil_socket_t fd, short what, void *data)
{
  fixture_on_event (fd, what, data);
  g_assert_cmpint (write (fd, "y", 1), ==, 1);
}

/* Only what is sent on a connection that this side has opened and watches, and within a task. */
static void
test_asks (void)
{
  struct sockaddr_in address;
  struct event client, server;
  int listener, ends[2];
  const Event *ask;

  address = make_listener (&listener);
  ends[0] = socket (AF_INET, SOCK_STREAM, 0);
  g_assert_cmpint (connect (ends[0], (struct sockaddr *)&address, sizeof address), ==, 0);
  ends[1] = accept (listener, NULL, NULL);
  event_assign (&server, fixture_base, ends[1], EV_READ, on_answer, NULL);
  event_add (&server, NULL);
  g_assert_cmpint (send (ends[0], "z", 1, 0), ==, 1);
  fixture_turn (); /* it writes, too */
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "socket.send"), ==, 0);
  event_assign (&client, fixture_base, ends[0], EV_READ, on_answer, NULL);
  event_add (&client, NULL);
  g_assert_cmpint (send (ends[0], "z", 1, 0), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "socket.send"), ==, 0);
  fixture_turn ();
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "socket.send"), ==, 1);
  ask = harness_first (EVENT_AWAIT_BEGIN, "socket.send");
  g_assert_true (harness_is_in (ask, on_answer));
  g_assert_cmpuint (harness_attribute (ask->object, INSPECT_KEY_BYTES)->value, ==, 1);
  g_assert_cmpuint (ask->task, ==, harness_nth (EVENT_AWAIT_BEGIN, "libevent.read-once", 1)->task);
  fixture_close_ends (ends);
  close (listener);
}

/* The child has the memory of its parent until it starts another program, and descriptors of its own. */
static void
test_vfork (void)
{
  struct event event;
  int ends[2];
  pid_t pid;

  fixture_make_ends (ends);
  event_assign (&event, fixture_base, ends[0], EV_READ, fixture_on_event, NULL);
  event_add (&event, NULL);
  pid = vfork ();
  if (pid == 0)
    {
      close (ends[0]);
      _exit (0);
    }
  waitpid (pid, NULL, 0);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, NULL), ==, 0);
  event_del (&event);
  fixture_close_ends (ends);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, NULL), ==, 1);
}

int
main (int argc, char **argv)
{
  static const HarnessCase tests[] = {
    { "/libevent/connections", test_connections },
    { "/libevent/which-side", test_which_side },
    { "/libevent/asks", test_asks },
    { "/libevent/vfork", test_vfork },
  };

  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add_cases (tests, G_N_ELEMENTS (tests), fixture_run);
  return g_test_run ();
}
