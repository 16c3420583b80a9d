/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A server at rest: it listens, ticks, handles a signal, and has one client that says nothing.
 * It prints "ready". `--for MS` ends it after a while, SIGINT at once. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static uv_tcp_t listener, idle_client;
static uv_timer_t tick, end;
static uv_signal_t interrupt;
static uv_connect_t connect_request;
static char buffer[4096];

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  *buf = uv_buf_init (buffer, sizeof buffer);
}

static void
on_closed (uv_handle_t *handle)
{
  free (handle);
}

static void
on_written (uv_write_t *request, int status)
{
  free (request);
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  uv_write_t *request;
  uv_buf_t echo;

  if (n < 0)
    {
      uv_close ((uv_handle_t *)stream, on_closed);
      return;
    }
  request = malloc (sizeof *request);
  echo = uv_buf_init (buf->base, (unsigned)n);
  if (uv_write (request, stream, &echo, 1, on_written) < 0)
    free (request);
}

static void
on_client (uv_stream_t *server, int status)
{
  uv_tcp_t *client = calloc (1, sizeof *client);

  uv_tcp_init (server->loop, client);
  if (uv_accept (server, (uv_stream_t *)client) < 0
      || uv_read_start ((uv_stream_t *)client, on_alloc, on_read) < 0)
    uv_close ((uv_handle_t *)client, on_closed);
}

static void
on_idle_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
}

static void
on_idle_connected (uv_connect_t *request, int status)
{
  uv_read_start (request->handle, on_alloc, on_idle_read);
  puts ("ready");
  fflush (stdout);
}

static void
on_tick (uv_timer_t *timer) /* CALLBACK: tick */
{
}

static void
on_end (uv_timer_t *timer)
{
  uv_stop (timer->loop);
}

static void
on_interrupt (uv_signal_t *handle, int number)
{
  uv_stop (handle->loop);
}

int
main (int argc, char **argv)
{
  uv_loop_t *loop = uv_default_loop ();
  struct sockaddr_in address;
  int length = sizeof address;

  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &listener);
  uv_tcp_init (loop, &idle_client);
  uv_timer_init (loop, &tick);
  uv_timer_init (loop, &end);
  uv_signal_init (loop, &interrupt);
  if (uv_tcp_bind (&listener, (const struct sockaddr *)&address, 0) < 0
      || uv_listen ((uv_stream_t *)&listener, 128, on_client) < 0
      || uv_tcp_getsockname (&listener, (struct sockaddr *)&address, &length) < 0)
    return 1;
  uv_signal_start (&interrupt, on_interrupt, SIGINT);
  uv_timer_start (&tick, on_tick, 100, 100);
  if (argc == 3 && strcmp (argv[1], "--for") == 0)
    uv_timer_start (&end, on_end, (uint64_t)atoi (argv[2]), 0);
  if (uv_tcp_connect (&connect_request, &idle_client, (const struct sockaddr *)&address,
                      on_idle_connected) < 0)
    return 1;
  uv_run (loop, UV_RUN_DEFAULT);
  return 0;
}
