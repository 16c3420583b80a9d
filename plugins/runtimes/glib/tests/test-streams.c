/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Streams and sockets, down to their descriptors. */

#include <gio/gunixinputstream.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "turn.h"

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  n_ready++;
}

static guint64
fd_of (const char *kind)
{
  InspectObject await = harness_first (EVENT_AWAIT_BEGIN, kind)->object;

  return harness_attribute (harness_attribute (await, "resource")->value, "fd")->value;
}

static void
test_pipe (void)
{
  GInputStream *stream;
  char buffer[16];
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  stream = g_unix_input_stream_new (fds[0], TRUE);
  g_input_stream_read_async (stream, buffer, sizeof buffer, 0, NULL, on_done, NULL);
  g_assert_cmpuint (fd_of ("gio.input-stream-read"), ==, fds[0]);
  g_assert_cmpuint (harness_attribute (
                        harness_first (EVENT_AWAIT_BEGIN, "gio.input-stream-read")->object, "bytes")
                        ->value,
                    ==, sizeof buffer);
  close (fds[1]);
  turn_until_ready (1);
  g_object_unref (stream);
}

/* One stream upon another has the descriptor of the lowest. */
static void
test_upon_another (void)
{
  GInputStream *base, *buffered, *data;
  int fds[2];

  g_assert_cmpint (pipe (fds), ==, 0);
  base = g_unix_input_stream_new (fds[0], TRUE);
  buffered = g_buffered_input_stream_new (base);
  data = G_INPUT_STREAM (g_data_input_stream_new (buffered));
  g_data_input_stream_read_line_async (G_DATA_INPUT_STREAM (data), 0, NULL, on_done, NULL);
  g_assert_cmpuint (fd_of ("gio.data-input-stream-read-line"), ==, fds[0]);
  close (fds[1]);
  turn_until_ready (1);
  g_object_unref (data);
  g_object_unref (buffered);
  g_object_unref (base);
}

/* It has none. */
static void
test_memory (void)
{
  GInputStream *stream = g_memory_input_stream_new_from_data ("data", 4, NULL);
  InspectObject await;

  g_input_stream_read_bytes_async (stream, 4, 0, NULL, on_done, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "gio.input-stream-read-bytes")->object;
  g_assert_cmpstr (harness_attribute (await, "type")->bytes, ==, "GMemoryInputStream");
  turn_until_ready (1);
  g_object_unref (stream);
}

static void
test_connection (void)
{
  GSocketService *service = g_socket_service_new ();
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection;
  GSocketAddress *address;
  InspectObject resource;
  char byte = 'x';
  guint16 port;

  port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  g_assert_nonnull (connection);
  g_output_stream_write_async (g_io_stream_get_output_stream (G_IO_STREAM (connection)), &byte, 1,
                               0, NULL, on_done, NULL);
  resource = harness_attribute (
                 harness_first (EVENT_AWAIT_BEGIN, "gio.output-stream-write")->object, "resource")
                 ->value;
  address = g_socket_connection_get_remote_address (connection, NULL);
  g_assert_cmpint (harness_attribute (resource, "fd")->value, ==,
                   g_socket_get_fd (g_socket_connection_get_socket (connection)));
  g_assert_cmpint (harness_attribute (resource, "peer")->n_bytes, ==,
                   g_socket_address_get_native_size (address));
  turn_until_ready (1);
  g_object_unref (address);
  g_object_unref (connection);
  g_object_unref (client);
  g_socket_service_stop (service);
  g_socket_listener_close (G_SOCKET_LISTENER (service));
  g_object_unref (service);
}

/* Host and port, before anything is known of the socket. */
static void
test_connecting (void)
{
  GSocketClient *client = g_socket_client_new ();
  const Event *begin;

  g_socket_client_set_timeout (client, 20);
  g_socket_client_connect_to_host_async (client, "127.0.0.1:1", 80, NULL, on_done, NULL);
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.socket-client-connect-to-host");
  g_assert_cmpstr (harness_attribute (begin->object, "host")->bytes, ==, "127.0.0.1:1");
  g_assert_true (harness_has_attribute (begin->object, "deadline"));
  turn_until_ready (1);
  g_object_unref (client);
}

/* What GIO itself refuses is refused, and nothing is waited for. */
static void
test_refused (void)
{
  g_test_expect_message ("GLib-GIO", G_LOG_LEVEL_CRITICAL, "*assertion*");
  g_input_stream_read_async (NULL, NULL, 0, 0, NULL, on_done, NULL);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "gio.input-stream-read"), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  turn_add ("/streams/pipe", test_pipe);
  turn_add ("/streams/upon-another", test_upon_another);
  turn_add ("/streams/memory", test_memory);
  turn_add ("/streams/connection", test_connection);
  turn_add ("/streams/connecting", test_connecting);
  turn_add ("/streams/refused", test_refused);
  return g_test_run ();
}
