/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the kernel says of sockets. This process is the target, so that nothing has to be waited for. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "socket-fixture.h"
#include "target/target-private.h"

static void
get_socket (int fd, TargetSocket *socket)
{
  target_socket_forget_holders ();
  g_assert_true (target_facts_get_socket (getpid (), fd, socket));
}

/* With the peer's process: on a busy machine one look may not get through all processes, and the
 * next goes on. */
static void
get_socket_and_peer (int fd, TargetSocket *socket)
{
  gint64 deadline_us = g_get_monotonic_time () + 10 * G_TIME_SPAN_SECOND;

  get_socket (fd, socket);
  while (socket->peer_pid == 0 && g_get_monotonic_time () < deadline_us)
    {
      target_socket_clear (socket);
      g_assert_true (target_facts_get_socket (getpid (), fd, socket));
    }
}

static void
assert_state (int fd, const char *state)
{
  TargetSocket socket;

  get_socket (fd, &socket);
  g_assert_cmpstr (socket.state, ==, state);
  target_socket_clear (&socket);
}

/* ---- TCP ------------------------------------------------------------------------------------- */

static void
test_established (void)
{
  int listener = socket_fixture_listen (4);
  int client = socket_fixture_connect (listener, 0);
  int server = accept (listener, NULL, NULL);
  g_autofree char *client_name = socket_fixture_dup_name (client);
  g_autofree char *server_name = socket_fixture_dup_name (server);
  TargetSocket socket;

  g_assert_cmpint (write (server, "12345", 5), ==, 5);
  get_socket (client, &socket);
  g_assert_cmpint (socket.family, ==, AF_INET);
  g_assert_cmpint (socket.type, ==, SOCK_STREAM);
  g_assert_cmpstr (socket.state, ==, "ESTABLISHED");
  g_assert_cmpstr (socket.local, ==, client_name);
  g_assert_cmpstr (socket.peer, ==, server_name);
  g_assert_cmpuint (socket.receive_queue, ==, 5);
  g_assert_cmpuint (socket.send_queue, ==, 0);
  g_assert_cmpint (socket.last_received_ms, >=, 0);
  g_assert_cmpint (socket.last_sent_ms, ==, -1);
  g_assert_cmpuint (socket.inode, !=, 0);
  target_socket_clear (&socket);

  /* The same socket again: asked for by its addresses, and as fresh. */
  g_assert_cmpint (write (server, "678", 3), ==, 3);
  get_socket (client, &socket);
  g_assert_cmpuint (socket.receive_queue, ==, 8);
  target_socket_clear (&socket);
  get_socket (server, &socket);
  g_assert_cmpint (socket.last_received_ms, ==, -1);
  g_assert_cmpint (socket.last_sent_ms, >=, 0);
  target_socket_clear (&socket);
  close (client);
  close (server);
  close (listener);
}

static void
test_unsent_bytes (void)
{
  int listener = socket_fixture_listen (4);
  int client = socket_fixture_connect (listener, SOCK_NONBLOCK);
  int server = accept (listener, NULL, NULL);
  g_autofree char *block = g_malloc0 (65536);
  guint64 written = 0;
  gssize length;
  TargetSocket ours, theirs;

  while ((length = write (client, block, 65536)) > 0)
    written += (guint64)length;
  get_socket (client, &ours);
  get_socket (server, &theirs);
  /* What has been written is not acknowledged, or not read, or both while an answer is on its way.
   */
  g_assert_cmpuint (ours.send_queue, >, 0);
  g_assert_cmpuint (ours.send_queue, <=, written);
  g_assert_cmpuint (theirs.receive_queue, >, 0);
  g_assert_cmpuint (theirs.receive_queue, <=, written);
  g_assert_cmpuint (ours.send_queue + theirs.receive_queue, >=, written);
  target_socket_clear (&ours);
  target_socket_clear (&theirs);
  close (client);
  close (server);
  close (listener);
}

/* The kernel completes one connection more than the backlog says, and answers no further SYN. */
static void
test_connection_that_is_not_answered (void)
{
  int listener = socket_fixture_listen (0);
  int clients[4];
  TargetSocket socket;
  int last;

  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    clients[i] = socket_fixture_connect (listener, SOCK_NONBLOCK);
  last = clients[G_N_ELEMENTS (clients) - 1];
  get_socket_and_peer (last, &socket);
  g_assert_cmpstr (socket.state, ==, "SYN_SENT");
  g_assert_cmpuint (socket.send_queue, ==, 0);
  g_assert_cmpint (socket.last_received_ms, ==, -1);
  g_assert_cmpint (socket.last_sent_ms, ==, -1);
  /* The one who would have to accept. */
  g_assert_cmpint (socket.peer_pid, ==, getpid ());
  target_socket_clear (&socket);
  /* Complete, and not accepted either. */
  get_socket_and_peer (clients[0], &socket);
  g_assert_cmpstr (socket.state, ==, "ESTABLISHED");
  g_assert_cmpint (socket.peer_pid, ==, getpid ());
  target_socket_clear (&socket);

  get_socket (listener, &socket);
  g_assert_cmpstr (socket.state, ==, "LISTEN");
  g_assert_cmpstr (socket.peer, ==, "");
  g_assert_cmpuint (socket.receive_queue, ==, 1);
  g_assert_cmpuint (socket.send_queue, ==, 0);
  g_assert_cmpint (socket.peer_pid, ==, 0);
  target_socket_clear (&socket);
  for (guint i = 0; i < G_N_ELEMENTS (clients); i++)
    close (clients[i]);
  close (listener);
}

static void
test_peer_has_closed (void)
{
  int listener = socket_fixture_listen (4);
  int client = socket_fixture_connect (listener, 0);
  int server = accept (listener, NULL, NULL);
  TargetSocket socket;
  char byte;

  g_assert_cmpint (write (server, "abc", 3), ==, 3);
  g_assert_cmpint (shutdown (server, SHUT_WR), ==, 0);
  get_socket (client, &socket);
  g_assert_cmpstr (socket.state, ==, "CLOSE_WAIT");
  /* The end itself is no byte. */
  g_assert_cmpuint (socket.receive_queue, ==, 3);
  target_socket_clear (&socket);
  /* Until the end is acknowledged, and after. */
  get_socket (server, &socket);
  g_assert_true (g_str_has_prefix (socket.state, "FIN_WAIT"));
  g_assert_cmpuint (socket.send_queue, <=, 3);
  target_socket_clear (&socket);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpint (read (client, &byte, 1), ==, 1);
  g_assert_cmpint (read (client, &byte, 1), ==, 0);
  get_socket (client, &socket);
  g_assert_cmpuint (socket.receive_queue, ==, 0);
  target_socket_clear (&socket);
  close (client);
  close (server);
  close (listener);
}

static void
test_ipv6 (void)
{
  struct sockaddr_in6 address = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
  socklen_t size = sizeof address;
  int listener = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree char *name = NULL;
  TargetSocket socket6;
  int client;

  if (listener < 0 || bind (listener, (struct sockaddr *)&address, sizeof address) < 0)
    {
      g_test_skip ("no IPv6 here");
      close (listener);
      return;
    }
  g_assert_cmpint (listen (listener, 4), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *)&address, &size), ==, 0);
  client = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (connect (client, (struct sockaddr *)&address, sizeof address), ==, 0);
  name = g_strdup_printf ("[::1]:%u", ntohs (address.sin6_port));
  get_socket_and_peer (client, &socket6);
  g_assert_cmpint (socket6.family, ==, AF_INET6);
  g_assert_cmpstr (socket6.peer, ==, name);
  g_assert_cmpint (socket6.peer_pid, ==, getpid ());
  target_socket_clear (&socket6);
  close (client);
  close (listener);
}

/* A server that takes both kinds has an IPv6 socket at the end of an IPv4 connection. */
static void
test_ipv4_to_dual_stack (void)
{
  struct sockaddr_in6 any = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_ANY_INIT };
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t size = sizeof any;
  int listener = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree char *name = NULL;
  TargetSocket found;
  int server;

  if (listener < 0 || bind (listener, (struct sockaddr *)&any, sizeof any) < 0)
    {
      g_test_skip ("no IPv6 here");
      close (client);
      close (listener);
      return;
    }
  g_assert_cmpint (listen (listener, 4), ==, 0);
  g_assert_cmpint (getsockname (listener, (struct sockaddr *)&any, &size), ==, 0);
  address.sin_port = any.sin6_port;
  g_assert_cmpint (connect (client, (struct sockaddr *)&address, sizeof address), ==, 0);
  /* Not accepted, and then accepted. */
  get_socket_and_peer (client, &found);
  g_assert_cmpint (found.peer_pid, ==, getpid ());
  target_socket_clear (&found);
  server = accept (listener, NULL, NULL);
  name = socket_fixture_dup_name (client);
  get_socket_and_peer (server, &found);
  g_assert_cmpstr (found.peer, ==, name);
  g_assert_cmpint (found.peer_pid, ==, getpid ());
  target_socket_clear (&found);
  get_socket_and_peer (client, &found);
  g_assert_cmpint (found.peer_pid, ==, getpid ());
  target_socket_clear (&found);
  close (server);
  close (client);
  close (listener);
}

/* ---- The other kinds ------------------------------------------------------------------------- */

static void
test_udp (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int a = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  int b = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_autofree char *a_name = NULL;
  g_autofree char *b_name = NULL;
  TargetSocket found;

  g_assert_cmpint (bind (a, (struct sockaddr *)&address, sizeof address), ==, 0);
  a_name = socket_fixture_dup_name (a);
  address = socket_fixture_get_name (a);
  get_socket (a, &found);
  g_assert_cmpint (found.type, ==, SOCK_DGRAM);
  g_assert_cmpstr (found.state, ==, "UNCONNECTED");
  g_assert_cmpstr (found.local, ==, a_name);
  g_assert_cmpstr (found.peer, ==, "");
  g_assert_cmpuint (found.receive_queue, ==, 0);
  target_socket_clear (&found);

  g_assert_cmpint (connect (b, (struct sockaddr *)&address, sizeof address), ==, 0);
  b_name = socket_fixture_dup_name (b);
  g_assert_cmpint (send (b, "x", 1, 0), ==, 1);
  get_socket (b, &found);
  g_assert_cmpstr (found.state, ==, "ESTABLISHED");
  g_assert_cmpstr (found.local, ==, b_name);
  g_assert_cmpstr (found.peer, ==, a_name);
  target_socket_clear (&found);
  get_socket (a, &found);
  g_assert_cmpuint (found.receive_queue, >, 0);
  target_socket_clear (&found);
  close (a);
  close (b);
}

static void
test_unix_pair (void)
{
  TargetSocket found;
  int pair[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  g_assert_cmpint (write (pair[0], "1234567", 7), ==, 7);
  get_socket_and_peer (pair[0], &found);
  g_assert_cmpint (found.family, ==, AF_UNIX);
  g_assert_cmpint (found.type, ==, SOCK_STREAM);
  g_assert_cmpstr (found.state, ==, "ESTABLISHED");
  g_assert_cmpstr (found.local, ==, "");
  g_assert_cmpstr (found.peer, ==, "");
  g_assert_cmpuint (found.receive_queue, ==, 0);
  g_assert_cmpuint (found.send_queue, ==, 7);
  g_assert_cmpint (found.peer_pid, ==, getpid ());
  target_socket_clear (&found);
  get_socket (pair[1], &found);
  g_assert_cmpuint (found.receive_queue, ==, 7);
  target_socket_clear (&found);
  close (pair[0]);
  close (pair[1]);
}

static void
test_unix_names (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  socklen_t size = sizeof (sa_family_t); /* an abstract name of the kernel's choice */
  int listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int client = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_autofree char *name = NULL;
  TargetSocket found;

  g_assert_cmpint (bind (listener, (struct sockaddr *)&address, size), ==, 0);
  g_assert_cmpint (listen (listener, 4), ==, 0);
  size = sizeof address;
  g_assert_cmpint (getsockname (listener, (struct sockaddr *)&address, &size), ==, 0);
  name = g_strdup_printf ("@%.*s", (int)(size - sizeof (sa_family_t) - 1), address.sun_path + 1);
  assert_state (client, "UNCONNECTED");
  g_assert_cmpint (connect (client, (struct sockaddr *)&address, size), ==, 0);

  get_socket (listener, &found);
  g_assert_cmpstr (found.state, ==, "LISTEN");
  g_assert_cmpstr (found.local, ==, name);
  g_assert_cmpuint (found.receive_queue, ==, 1);
  target_socket_clear (&found);
  /* Nobody has accepted it: the one who listens is known all the same. */
  get_socket_and_peer (client, &found);
  g_assert_cmpstr (found.peer, ==, name);
  g_assert_cmpint (found.peer_pid, ==, getpid ());
  target_socket_clear (&found);
  close (client);
  close (listener);
}

static void
test_no_socket (void)
{
  TargetSocket untouched = { .inode = 99 };
  int pipes[2];

  g_assert_cmpint (pipe (pipes), ==, 0);
  g_assert_false (target_facts_get_socket (getpid (), pipes[0], &untouched));
  close (pipes[0]);
  g_assert_false (target_facts_get_socket (getpid (), pipes[0], &untouched));
  close (pipes[1]);
  g_assert_false (target_facts_get_socket (getpid (), -1, &untouched));
  g_assert_false (target_facts_get_socket (getpid (), G_MAXINT, &untouched));
  g_assert_false (target_facts_get_socket (0, 0, &untouched));
  g_assert_false (target_facts_get_socket (-1, 0, &untouched));
  g_assert_cmpuint (untouched.inode, ==, 99);
}

/* ---- The peer's process ---------------------------------------------------------------------- */

/* A child that has a socket and stays until it is killed; its command line is that of "cat". */
static pid_t
start_holder (int fd)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      dup2 (fd, STDIN_FILENO);
      dup2 (fd, STDOUT_FILENO);
      execlp ("cat", "cat", "-", NULL);
      _exit (1);
    }
  return pid;
}

static void
end_holder (pid_t pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

/* Waits until it has become what it is to be: it answers. */
static void
wait_for_echo (int fd)
{
  char byte;

  g_assert_cmpint (write (fd, "x", 1), ==, 1);
  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
}

static void
test_peer_process (void)
{
  int listener = socket_fixture_listen (4);
  int client = socket_fixture_connect (listener, 0);
  int server = accept (listener, NULL, NULL);
  pid_t pid = start_holder (server);
  TargetSocket found;

  close (server);
  wait_for_echo (client);
  get_socket_and_peer (client, &found);
  g_assert_cmpint (found.peer_pid, ==, pid);
  g_assert_cmpstr (found.peer_command, ==, "cat -");
  target_socket_clear (&found);

  /* What was found then is not believed later. */
  end_holder (pid);
  g_assert_true (target_facts_get_socket (getpid (), client, &found));
  g_assert_cmpint (found.peer_pid, ==, 0);
  g_assert_null (found.peer_command);
  target_socket_clear (&found);
  close (client);
  close (listener);
}

static void
test_peer_process_of_unix_socket (void)
{
  TargetSocket found;
  int pair[2];
  pid_t pid;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), ==, 0);
  pid = start_holder (pair[1]);
  close (pair[1]);
  wait_for_echo (pair[0]);
  get_socket_and_peer (pair[0], &found);
  g_assert_cmpint (found.peer_pid, ==, pid);
  g_assert_cmpstr (found.peer_command, ==, "cat -");
  target_socket_clear (&found);
  end_holder (pid);
  close (pair[0]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/facts/tcp/established", test_established);
  g_test_add_func ("/facts/tcp/unsent-bytes", test_unsent_bytes);
  g_test_add_func ("/facts/tcp/connection-that-is-not-answered",
                   test_connection_that_is_not_answered);
  g_test_add_func ("/facts/tcp/peer-has-closed", test_peer_has_closed);
  g_test_add_func ("/facts/tcp/ipv6", test_ipv6);
  g_test_add_func ("/facts/tcp/ipv4-to-dual-stack", test_ipv4_to_dual_stack);
  g_test_add_func ("/facts/udp", test_udp);
  g_test_add_func ("/facts/unix/pair", test_unix_pair);
  g_test_add_func ("/facts/unix/names", test_unix_names);
  g_test_add_func ("/facts/no-socket", test_no_socket);
  g_test_add_func ("/facts/peer/tcp", test_peer_process);
  g_test_add_func ("/facts/peer/unix", test_peer_process_of_unix_socket);
  return g_test_run ();
}
