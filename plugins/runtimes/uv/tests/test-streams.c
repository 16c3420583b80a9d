/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "drain.h"
#include "harness.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "inspect-keys.h"

static char memory[65536];
static ssize_t n_bytes;

static void
allocate (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  *buf = uv_buf_init (memory, sizeof memory);
}

/* ---- A server that echoes, a client that says one thing -------------------------------------- */

typedef struct
{
  uv_tcp_t tcp;
  uv_timer_t idle;
  uv_write_t write;
} Connection;

typedef struct
{
  uv_tcp_t tcp;
  uv_connect_t connect;
  uv_write_t write;
  uv_timer_t deadline;
  const char *say;
  int reads;
} Client;

static uv_tcp_t server;
static Connection connections[4];
static int n_connections;

static void
on_idle (uv_timer_t *timer)
{
  g_assert_not_reached ();
}

static void
on_written (uv_write_t *request, int status)
{
  g_assert_cmpint (status, ==, 0);
  g_assert_true (request->cb == on_written);
}

static void
on_server_read (uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
  Connection *connection = (Connection *)stream;
  uv_buf_t answer;

  if (nread < 0)
    {
      g_assert_cmpint (nread, ==, UV_EOF);
      uv_close ((uv_handle_t *)&connection->idle, NULL);
      uv_close ((uv_handle_t *)stream, NULL);
      return;
    }
  answer = uv_buf_init (buf->base, nread);
  g_assert_cmpint (uv_write (&connection->write, stream, &answer, 1, on_written), ==, 0);
}

static void
on_connection (uv_stream_t *stream, int status)
{
  Connection *connection = &connections[n_connections++];

  g_assert_cmpint (status, ==, 0);
  uv_tcp_init (stream->loop, &connection->tcp);
  uv_timer_init (stream->loop, &connection->idle);
  g_assert_cmpint (uv_accept (stream, (uv_stream_t *)&connection->tcp), ==, 0);
  uv_timer_start (&connection->idle, on_idle, 60000, 0);
  uv_read_start ((uv_stream_t *)&connection->tcp, allocate, on_server_read);
}

static struct sockaddr_in
listen_on_loopback (uv_connection_cb callback)
{
  struct sockaddr_in address;
  int length = sizeof address;

  n_connections = 0;
  memset (connections, 0, sizeof connections);
  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (uv_default_loop (), &server);
  uv_tcp_bind (&server, (struct sockaddr *)&address, 0);
  g_assert_cmpint (uv_listen ((uv_stream_t *)&server, 8, callback), ==, 0);
  uv_tcp_getsockname (&server, (struct sockaddr *)&address, &length);
  return address;
}

static void
on_client_read (uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
  Client *client = stream->data;

  client->reads++;
  uv_close ((uv_handle_t *)&client->tcp, NULL);
  uv_close ((uv_handle_t *)&client->deadline, NULL);
  if (uv_is_active ((uv_handle_t *)&server) && n_connections == 1)
    uv_close ((uv_handle_t *)&server, NULL);
}

static void
on_connected (uv_connect_t *request, int status)
{
  Client *client = request->handle->data;
  uv_buf_t buf = uv_buf_init ((char *)client->say, strlen (client->say));

  g_assert_cmpint (status, ==, 0);
  g_assert_true (request->cb == on_connected);
  uv_read_start (request->handle, allocate, on_client_read);
  uv_write (&client->write, request->handle, &buf, 1, NULL);
}

static void
start_client (Client *client, const struct sockaddr_in *address, const char *say)
{
  memset (client, 0, sizeof *client);
  client->say = say;
  uv_tcp_init (uv_default_loop (), &client->tcp);
  uv_timer_init (uv_default_loop (), &client->deadline);
  client->tcp.data = client->deadline.data = client;
  uv_timer_start (&client->deadline, on_idle, 60000, 0);
  g_assert_cmpint (uv_tcp_connect (&client->connect, &client->tcp, (const struct sockaddr *)address,
                                   on_connected),
                   ==, 0);
}

static void
echo (Client *client, const char *say)
{
  struct sockaddr_in address = listen_on_loopback (on_connection);

  start_client (client, &address, say);
  drain_loop (uv_default_loop ());
  g_assert_cmpint (client->reads, ==, 1);
}

static void
test_echo (void)
{
  Client client;
  const Event *read, *write, *listen;
  InspectObject resource;

  echo (&client, "hello");
  listen = harness_first (EVENT_AWAIT_BEGIN, "uv.listen");
  g_assert_true (harness_is_in (listen, listen_on_loopback));

  /* The client is one task, from its connect to its close: its timer shares its struct. */
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 0)->task, ==,
                    harness_task_of ("uv.tcp-connect"));
  g_assert_cmpuint (harness_task_of ("uv.tcp-connect"), !=, listen->task);
  g_assert_cmpuint (harness_first (EVENT_POLL_BEGIN, "uv.tcp-connect")->task, ==,
                    harness_task_of ("uv.tcp-connect"));

  /* The connection is a child of the listener, begun in its callback. */
  read = harness_first (EVENT_AWAIT_BEGIN, "uv.read");
  for (unsigned int i = 0; i < 2; i++)
    {
      read = harness_nth (EVENT_AWAIT_BEGIN, "uv.read", i);
      if (harness_is_in (read, on_connection))
        break;
    }
  g_assert_true (harness_is_in (read, on_connection));
  g_assert_cmpuint (harness_parent_of (read->task), ==, listen->task);
  g_assert_cmpuint (harness_nth (EVENT_AWAIT_BEGIN, "uv.timer", 1)->task, ==, read->task);

  /* What the peer is and what was asked for. */
  write = harness_first (EVENT_AWAIT_BEGIN, "uv.write");
  g_assert_cmpuint (harness_attribute (write->object, INSPECT_KEY_BYTES)->value, ==, 5);
  resource = harness_attribute (write->object, INSPECT_KEY_RESOURCE)->value;
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_PEER)->n_bytes, ==,
                    sizeof (struct sockaddr_in));
  g_assert_true (harness_has_attribute (resource, INSPECT_KEY_LOCAL));
  g_assert_true (harness_has_attribute (resource, INSPECT_KEY_FD));
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_CLIENT)->value, ==, 1);
  g_assert_false (harness_has_attribute (resource, INSPECT_KEY_REQUEST));
  resource = harness_attribute (read->object, INSPECT_KEY_RESOURCE)->value;
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_CLIENT)->value, ==, 0);
  g_assert_true (harness_has_attribute (resource, INSPECT_KEY_PEER));
  g_assert_cmpuint (harness_attribute (read->object, INSPECT_KEY_DONE)->value, ==, 5);
  /* The end of the stream is how the connection's read ended. */
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.read")->status, <, 0);
}

static void
test_request_line (void)
{
  Client client;
  InspectObject resource;

  echo (&client, "GET /user/12345 HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n");
  resource = harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "uv.write")->object,
                                INSPECT_KEY_RESOURCE)
                 ->value;
  g_assert_cmpstr (harness_attribute (resource, INSPECT_KEY_REQUEST)->bytes, ==,
                   "GET /user/12345 HTTP/1.1");
}

static void
test_no_payload (void)
{
  Client client;

  harness_set_payload (false);
  echo (&client, "GET /user/12345 HTTP/1.1\r\n\r\n");
  harness_set_payload (true);
  g_assert_cmpuint (harness_count (EVENT_ATTRIBUTE, INSPECT_KEY_REQUEST), ==, 0);
}

/* ---- Failing, stopping, closing -------------------------------------------------------------- */

static void
test_failing_starts (void)
{
  uv_tcp_t tcp;
  uv_connect_t connect;
  uv_write_t write;
  uv_shutdown_t shutdown;
  uv_buf_t buf = uv_buf_init ((char *)"x", 1);
  struct sockaddr wrong = { .sa_family = AF_UNSPEC };

  uv_tcp_init (uv_default_loop (), &tcp);
  g_assert_cmpint (uv_tcp_connect (&connect, &tcp, &wrong, on_connected), ==, UV_EINVAL);
  g_assert_cmpint (uv_read_start ((uv_stream_t *)&tcp, allocate, on_client_read), ==, UV_ENOTCONN);
  g_assert_cmpint (uv_write (&write, (uv_stream_t *)&tcp, &buf, 1, NULL), ==, UV_EBADF);
  /* A count that was negative: there is only one buffer to look at. */
  g_assert_cmpint (uv_write (&write, (uv_stream_t *)&tcp, &buf, (unsigned int)-42, NULL), <, 0);
  g_assert_cmpint (uv_shutdown (&shutdown, (uv_stream_t *)&tcp, NULL), ==, UV_ENOTCONN);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.tcp-connect")->status, ==, UV_EINVAL);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.read")->status, ==, UV_ENOTCONN);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.write")->status, ==, UV_EBADF);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.shutdown")->status, ==, UV_ENOTCONN);
  harness_check (true);
  drain_loop (uv_default_loop ());
}

static int n_first, n_second;

static void
on_first (uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
  n_first++;
  uv_read_stop (stream);
  uv_read_stop (stream);
}

static void
on_second (uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
  n_second++;
  uv_read_stop (stream);
}

static void
open_pair (uv_pipe_t *pipe, int *ret_other)
{
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  uv_pipe_init (uv_default_loop (), pipe, 0);
  g_assert_cmpint (uv_pipe_open (pipe, ends[0]), ==, 0);
  *ret_other = ends[1];
}

/* The second start is refused, or takes its callback; either way one callback is called. */
static void
test_read_twice (void)
{
  uv_pipe_t pipe;
  int other, status;

  n_first = n_second = 0;
  open_pair (&pipe, &other);
  g_assert_cmpint (uv_read_start ((uv_stream_t *)&pipe, allocate, on_first), ==, 0);
  status = uv_read_start ((uv_stream_t *)&pipe, allocate, on_second);
  g_assert_cmpint (write (other, "x", 1), ==, 1);
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_first, ==, status == 0 ? 0 : 1);
  g_assert_cmpint (n_second, ==, status == 0 ? 1 : 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.read"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "uv.read"), ==, 1);
  /* What it is given back from its own field is its own callback. */
  n_second = 0;
  g_assert_cmpint (uv_read_start ((uv_stream_t *)&pipe, allocate, on_second), ==, 0);
  uv_read_stop ((uv_stream_t *)&pipe);
  close (other);
  drain_loop (uv_default_loop ());
}

static int n_cancelled;

static void
on_cancelled_write (uv_write_t *request, int status)
{
  n_cancelled += status == UV_ECANCELED;
}

static void
on_closed (uv_handle_t *handle)
{
  g_assert_cmpint (n_cancelled, ==, 1);
  memset (handle, 0xaa, sizeof (uv_pipe_t));
}

static void
test_close_while_pending (void)
{
  static char much[1 << 22];
  uv_pipe_t pipe;
  uv_write_t write;
  uv_buf_t buf = uv_buf_init (much, sizeof much);
  int other;

  n_cancelled = 0;
  open_pair (&pipe, &other);
  uv_read_start ((uv_stream_t *)&pipe, allocate, on_first);
  g_assert_cmpint (uv_write (&write, (uv_stream_t *)&pipe, &buf, 1, on_cancelled_write), ==, 0);
  uv_close ((uv_handle_t *)&pipe, on_closed);
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_cancelled, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.write")->status, ==, UV_ECANCELED);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.read")->status, ==, UV_ECANCELED);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "uv.pipe"), ==, 1);
  /* All of it was one task. */
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  close (other);
}

static int n_rewritten;

static void
on_rewritten (uv_write_t *request, int status)
{
  uv_buf_t buf = uv_buf_init ((char *)"y", 1);

  g_assert_cmpint (status, ==, 0);
  /* The field holds the program's own callback here, and the request may be used again. */
  if (++n_rewritten < 3)
    g_assert_cmpint (uv_write (request, request->handle, &buf, 1, request->cb), ==, 0);
  else
    {
      uv_close ((uv_handle_t *)request->handle, NULL);
      g_free (request);
    }
}

static void
test_request_used_again (void)
{
  uv_pipe_t pipe;
  uv_write_t *request = g_new (uv_write_t, 1);
  uv_buf_t buf = uv_buf_init ((char *)"x", 1);
  int other;

  n_rewritten = 0;
  open_pair (&pipe, &other);
  g_assert_cmpint (uv_write (request, (uv_stream_t *)&pipe, &buf, 1, on_rewritten), ==, 0);
  drain_loop (uv_default_loop ());
  g_assert_cmpint (n_rewritten, ==, 3);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  close (other);
}

static void
test_try_write (void)
{
  uv_pipe_t pipe;
  uv_buf_t buf = uv_buf_init ((char *)"hello", 5);
  int other;

  open_pair (&pipe, &other);
  g_assert_cmpint (uv_try_write ((uv_stream_t *)&pipe, &buf, 1), ==, 5);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.try-write")->status, ==, 0);
  close (other);
  drain_loop (uv_default_loop ());
}

/* ---- Pipes ----------------------------------------------------------------------------------- */

static void
on_pipe_connected (uv_connect_t *request, int status)
{
  *(int *)request->data = status;
  uv_close ((uv_handle_t *)request->handle, NULL);
}

static void
test_pipe_connect_fails_later (void)
{
  uv_pipe_t pipe;
  uv_connect_t connect;
  int status = 1;

  connect.data = &status;
  uv_pipe_init (uv_default_loop (), &pipe, 0);
  uv_pipe_connect (&connect, &pipe, "/nonexistent/socket", on_pipe_connected);
  drain_loop (uv_default_loop ());
  g_assert_cmpint (status, ==, UV_ENOENT);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.pipe-connect")->status, ==, UV_ENOENT);
  g_assert_cmpstr (
      harness_attribute (
          harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "uv.pipe-connect")->object,
                             INSPECT_KEY_RESOURCE)
              ->value,
          INSPECT_KEY_PATH)
          ->bytes,
      ==, "/nonexistent/socket");
}

/* ---- A child of a listener is not its listener ----------------------------------------------- */

static uv_tcp_t late;

static void
on_first_and_only (uv_stream_t *stream, int status)
{
  uv_tcp_init (stream->loop, &late);
  g_assert_cmpint (uv_accept (stream, (uv_stream_t *)&late), ==, 0);
  uv_close ((uv_handle_t *)stream, NULL);
  uv_close ((uv_handle_t *)&late, NULL);
}

static void
test_accept_then_close_listener (void)
{
  struct sockaddr_in address = listen_on_loopback (on_first_and_only);
  uv_tcp_t tcp;
  uv_connect_t connect;
  int status = 1;
  InspectId listener = harness_task_of ("uv.listen");

  connect.data = &status;
  uv_tcp_init (uv_default_loop (), &tcp);
  uv_tcp_connect (&connect, &tcp, (struct sockaddr *)&address, on_pipe_connected);
  drain_loop (uv_default_loop ());
  g_assert_cmpint (status, ==, 0);
  for (unsigned int i = 0; i < harness_count (EVENT_AWAIT_BEGIN, "uv.close"); i++)
    {
      const Event *close = harness_nth (EVENT_AWAIT_BEGIN, "uv.close", i);
      InspectId resource = close->object & UINT64_C (0xffffffffffff);

      if (resource == inspect_id_of (&server))
        g_assert_cmpuint (close->task, ==, listener);
      if (resource == inspect_id_of (&late))
        g_assert_cmpuint (harness_parent_of (close->task), ==, listener);
    }
}

static void
on_some (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  n_bytes += n;
}

/* What a reader knows already is said again only in case that it was lost. */
static void
test_done_is_said_when_it_changes (void)
{
  static const unsigned int sizes[] = { 5, 5, 3, 3, 5 };
  uv_loop_t *loop = uv_default_loop ();
  uv_pipe_t pipe;
  int ends[2];
  ssize_t expected = 0;

  n_bytes = 0;
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  uv_pipe_init (loop, &pipe, 0);
  g_assert_cmpint (uv_pipe_open (&pipe, ends[0]), ==, 0);
  uv_read_start ((uv_stream_t *)&pipe, allocate, on_some);
  for (unsigned int i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_assert_cmpint (write (ends[1], "12345", sizes[i]), ==, sizes[i]);
      for (expected += sizes[i]; n_bytes < expected;)
        uv_run (loop, UV_RUN_ONCE);
    }
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "uv.read"), ==, 5);
  g_assert_cmpuint (harness_count (EVENT_ATTRIBUTE, INSPECT_KEY_DONE), ==, 3);
  g_assert_cmpuint (harness_nth (EVENT_ATTRIBUTE, INSPECT_KEY_DONE, 1)->value, ==, 3);
  /* Another wait has not transferred anything yet. */
  uv_read_stop ((uv_stream_t *)&pipe);
  uv_read_start ((uv_stream_t *)&pipe, allocate, on_some);
  g_assert_cmpint (write (ends[1], "12345", 5), ==, 5);
  for (expected += 5; n_bytes < expected;)
    uv_run (loop, UV_RUN_ONCE);
  g_assert_cmpuint (harness_count (EVENT_ATTRIBUTE, INSPECT_KEY_DONE), ==, 4);
  for (unsigned int i = 0; i < 64; i++)
    {
      g_assert_cmpint (write (ends[1], "12345", 5), ==, 5);
      for (expected += 5; n_bytes < expected;)
        uv_run (loop, UV_RUN_ONCE);
    }
  g_assert_cmpuint (harness_count (EVENT_ATTRIBUTE, INSPECT_KEY_DONE), ==, 5);
  close (ends[1]);
  drain_loop (loop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  harness_add ("/uv/streams/echo", test_echo);
  harness_add ("/uv/streams/done-is-said-when-it-changes", test_done_is_said_when_it_changes);
  harness_add ("/uv/streams/request-line", test_request_line);
  harness_add ("/uv/streams/no-payload-no-request-line", test_no_payload);
  harness_add ("/uv/streams/failing-starts-are-taken-back", test_failing_starts);
  harness_add ("/uv/streams/read-started-twice", test_read_twice);
  harness_add ("/uv/streams/close-while-pending", test_close_while_pending);
  harness_add ("/uv/streams/request-used-again-in-its-callback", test_request_used_again);
  harness_add ("/uv/streams/try-write-is-over-at-once", test_try_write);
  harness_add ("/uv/streams/pipe-connect-fails-later", test_pipe_connect_fails_later);
  harness_add ("/uv/streams/accept-then-close-the-listener", test_accept_then_close_listener);
  return g_test_run ();
}
