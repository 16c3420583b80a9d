/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A service that never answers, and a client whose own timeouts come first. */

#include <gio/gio.h>
#include <stdio.h>
#include <pthread.h>
#include <time.h>

static gboolean
on_accepted (GSocketService *service, GSocketConnection *connection, GObject *source, gpointer data)
{
  g_object_set_data_full (G_OBJECT (service), "kept", g_object_ref (connection), g_object_unref);
  return TRUE;
}

static void
on_read (GObject *stream, GAsyncResult *result, gpointer data)
{
  GError *error = NULL;

  g_input_stream_read_finish (G_INPUT_STREAM (stream), result, &error);
  puts (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ? "timed out" : "odd");
  g_clear_error (&error);
  g_main_loop_quit (data);
}

static void
wait_for_cond (void)
{
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
  struct timespec end;

  clock_gettime (CLOCK_REALTIME, &end);
  end.tv_sec += 1;
  pthread_mutex_lock (&mutex);
  while (pthread_cond_timedwait (&cond, &mutex, &end) == 0)
    ;
  pthread_mutex_unlock (&mutex);
}

int
main (void)
{
  static char buffer[16];
  GMainLoop *loop = g_main_loop_new (NULL, FALSE);
  GSocketService *service = g_socket_service_new ();
  guint16 port = g_socket_listener_add_any_inet_port (G_SOCKET_LISTENER (service), NULL, NULL);
  GSocketClient *client = g_socket_client_new ();
  GSocketConnection *connection;

  g_signal_connect (service, "incoming", G_CALLBACK (on_accepted), NULL);
  g_socket_client_set_timeout (client, 1);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", port, NULL, NULL);
  if (connection == NULL)
    return 1;
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer,
                             sizeof buffer, G_PRIORITY_DEFAULT, NULL, on_read, loop);
  g_main_loop_run (loop);
  wait_for_cond ();
  puts ("done");
  g_object_unref (connection);
  g_object_unref (client);
  g_object_unref (service);
  g_main_loop_unref (loop);
  return 0;
}
