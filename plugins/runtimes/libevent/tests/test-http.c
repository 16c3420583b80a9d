/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* HTTP and names. */

#include "harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <event2/buffer.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/util.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect-keys.h"

static struct event_base *base;
static struct evhttp *http;
static struct evhttp_request *held; /* that the server has not answered */
static unsigned int n_done, n_served;
static guint16 port;

static void
turn_until (const unsigned int *n, unsigned int many)
{
  while (*n < many)
    event_base_loop (base, EVLOOP_ONCE);
}

static void
on_user (struct evhttp_request *request, void *data)
{
  n_served++;
  evhttp_send_reply (request, HTTP_OK, "OK", NULL);
}

static void
on_posts (struct evhttp_request *request, void *data)
{
  n_served++;
  held = request;
}

static void
on_done (struct evhttp_request *request, void *data)
{
  g_assert_true (data == &n_done);
  n_done++;
}

static void
start_server (void)
{
  struct evhttp_bound_socket *bound;
  struct sockaddr_in address;
  socklen_t length = sizeof address;

  http = evhttp_new (base);
  evhttp_set_cb (http, "/user", on_user, NULL);
  evhttp_set_gencb (http, on_posts, NULL);
  bound = evhttp_bind_socket_with_handle (http, "127.0.0.1", 0);
  g_assert_nonnull (bound);
  g_assert_cmpint (
      getsockname (evhttp_bound_socket_get_fd (bound), (struct sockaddr *)&address, &length), ==,
      0);
  port = ntohs (address.sin_port);
}

static struct evhttp_request *
ask (struct evhttp_connection *connection, const char *uri)
{
  struct evhttp_request *request = evhttp_request_new (on_done, &n_done);

  g_assert_cmpint (evhttp_make_request (connection, request, EVHTTP_REQ_GET, uri), ==, 0);
  return request;
}

static void
test_answered (void)
{
  struct evhttp_connection *connection;
  const Event *await;

  start_server ();
  connection = evhttp_connection_base_new (base, NULL, "127.0.0.1", port);
  ask (connection, "/user?of=ada");
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.http");
  g_assert_true (harness_is_in (await, ask));
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_REQUEST)->bytes, ==,
                   "GET /user?of=ada");
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_HOST)->bytes, ==, "127.0.0.1");
  turn_until (&n_done, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.http")->status, ==, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, "libevent.http-answering");
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_REQUEST)->bytes, ==,
                   "GET /user?of=ada");
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.http-answering"), ==, 1);
  evhttp_connection_free (connection);
  evhttp_free (http);
}

/* The server holds it back; the client gives up in this or that way. */
static void
test_not_answered (void)
{
  struct evhttp_connection *connection;

  start_server ();
  connection = evhttp_connection_base_new (base, NULL, "127.0.0.1", port);
  ask (connection, "/posts");
  turn_until (&n_served, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.http"), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.http-answering"), ==, 0);
  evhttp_send_error (held, HTTP_NOTFOUND, NULL);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.http-answering"), ==, 1);
  turn_until (&n_done, 1);

  evhttp_cancel_request (ask (connection, "/user"));
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "libevent.http", 1)->status, ==, -ECANCELED);
  ask (connection, "/user");
  evhttp_connection_free (connection);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "libevent.http", 2)->status, ==, -ECANCELED);
  g_assert_cmpuint (n_done, ==, 1);
  event_base_loop (base, EVLOOP_NONBLOCK);
  evhttp_free (http);
}

/* Its callback comes, with or without it. */
static void
test_refused (void)
{
  struct evhttp_connection *connection;

  start_server ();
  evhttp_free (http);
  connection = evhttp_connection_base_new (base, NULL, "127.0.0.1", port);
  ask (connection, "/user");
  turn_until (&n_done, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.http"), ==, 1);
  evhttp_connection_free (connection);
}

/* ---- Names ----------------------------------------------------------------------------------- */

static void
on_addresses (int result, struct evutil_addrinfo *addresses, void *data)
{
  g_assert_true (data == &n_done);
  n_done++;
  if (addresses != NULL)
    evutil_freeaddrinfo (addresses);
}

static void
on_answer (int result, char type, int n, int lifetime, void *addresses, void *data)
{
  g_assert_true (data == &n_done);
  n_done++;
}

static void
test_names (void)
{
  struct evdns_base *dns = evdns_base_new (base, 0);
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int silent = socket (AF_INET, SOCK_DGRAM, 0);
  const Event *await;

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (silent, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (getsockname (silent, (struct sockaddr *)&address, &length), ==, 0);
  evdns_base_nameserver_sockaddr_add (dns, (struct sockaddr *)&address, sizeof address, 0);

  evdns_getaddrinfo (dns, "127.0.0.1", NULL, NULL, on_addresses, &n_done);
  g_assert_cmpuint (n_done, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "libevent.lookup")->status, ==, 0);

  evdns_getaddrinfo (dns, "posts.example", NULL, NULL, on_addresses, &n_done);
  evdns_base_resolve_ipv4 (dns, "user.example", DNS_QUERY_NO_SEARCH, on_answer, &n_done);
  await = harness_nth (EVENT_AWAIT_BEGIN, "libevent.lookup", 2);
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_HOST)->bytes, ==, "user.example");
  event_base_loop (base, EVLOOP_NONBLOCK);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "libevent.lookup"), ==, 1);
  evdns_base_free (dns, 1);
  turn_until (&n_done, 3);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "libevent.lookup", 2)->status, ==, -ENOENT);
  close (silent);
}

static void
run (gconstpointer test)
{
  base = event_base_new ();
  n_done = n_served = 0;
  harness_run (test);
  harness_clear ();
  event_base_free (base);
}

int
main (int argc, char **argv)
{
  static const HarnessCase tests[] = {
    { "/libevent/http-answered", test_answered },
    { "/libevent/http-not-answered", test_not_answered },
    { "/libevent/http-refused", test_refused },
    { "/libevent/names", test_names },
  };

  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add_cases (tests, G_N_ELEMENTS (tests), run);
  return g_test_run ();
}
