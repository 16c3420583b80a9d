/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A threaded echo service, and clients that talk to it for a while, with pauses. */

#include <gio/gio.h>
#include <stdio.h>

static gboolean
echo (GThreadedSocketService *service, GSocketConnection *connection, GObject *source,
      gpointer data)
{
  GInputStream *in = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  char buffer[64];
  gssize n;

  while ((n = g_input_stream_read (in, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_output_stream_write_all (out, buffer, n, NULL, NULL, NULL);
  return TRUE;
}

static gpointer
talk (gpointer data)
{
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection = g_socket_client_connect_to_host (
      client, "127.0.0.1", GPOINTER_TO_UINT (data), NULL, NULL);
  char buffer[64];
  gsize n_read = 0;

  for (int i = 0; connection != NULL && i < 20; i++)
    {
      g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), "hello",
                                 5, NULL, NULL, NULL);
      g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer, 5,
                               &n_read, NULL, NULL);
      g_usleep (80000);
    }
  g_clear_object (&connection);
  g_object_unref (client);
  return GSIZE_TO_POINTER (n_read);
}

static gpointer
run_clients (gpointer port)
{
  GThread *clients[4];
  gsize n = 0;

  for (int i = 0; i < 4; i++)
    clients[i] = g_thread_new ("client", talk, port);
  for (int i = 0; i < 4; i++)
    n += GPOINTER_TO_SIZE (g_thread_join (clients[i]));
  return GSIZE_TO_POINTER (n);
}

static gpointer
run_clients_and_quit (gpointer data)
{
  gpointer *pair = data;
  gpointer n = run_clients (pair[1]);

  g_main_loop_quit (pair[0]);
  return n;
}

int
main (void)
{
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GSocketService *service = g_threaded_socket_service_new (8);
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  gpointer pair[] = { loop, GUINT_TO_POINTER (port) };
  GThread *clients;

  g_signal_connect (service, "run", G_CALLBACK (echo), NULL);
  g_socket_service_start (service);
  clients = g_thread_new ("clients", run_clients_and_quit, pair);
  g_main_loop_run (loop);
  printf ("%d bytes\n", (int)GPOINTER_TO_SIZE (g_thread_join (clients)));
  g_socket_service_stop (service);
  g_object_unref (service);
  g_main_loop_unref (loop);
  return 0;
}
