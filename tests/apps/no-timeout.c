/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Asks a server that never answers, with no timeout; it ends because the server goes away. */

#include <stdio.h>
#include <string.h>
#include <uv.h>

static uv_tcp_t listener, accepted, connection;
static uv_timer_t end;
static uv_write_t write_request;
static uv_connect_t connect_request;
static char buffer[256];

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  *buf = uv_buf_init (buffer, sizeof buffer);
}

static void
on_end (uv_timer_t *timer)
{
  uv_close ((uv_handle_t *)&accepted, NULL);
  uv_close ((uv_handle_t *)&listener, NULL);
}

static void
on_client (uv_stream_t *server, int status)
{
  uv_tcp_init (server->loop, &accepted);
  uv_accept (server, (uv_stream_t *)&accepted);
  uv_timer_start (&end, on_end, 1500, 0);
}

static void
on_answer (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  printf ("answer: %s\n", n < 0 ? uv_err_name ((int)n) : "data");
  uv_close ((uv_handle_t *)stream, NULL);
}

static void
on_written (uv_write_t *request, int status)
{
}

static void
ask (uv_connect_t *request, int status)
{
  static char question[] = "GET /answer HTTP/1.1\r\nHost: localhost\r\n\r\n";
  uv_buf_t buf = uv_buf_init (question, sizeof question - 1);
  int result;

  result = uv_write (&write_request, request->handle, &buf, 1, on_written); /* AWAIT: answer */
  if (result == 0)
    uv_read_start (request->handle, on_alloc, on_answer);
}

int
main (void)
{
  uv_loop_t *loop = uv_default_loop ();
  struct sockaddr_in address;
  int length = sizeof address;

  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &listener);
  uv_tcp_init (loop, &connection);
  uv_timer_init (loop, &end);
  if (uv_tcp_bind (&listener, (const struct sockaddr *)&address, 0) < 0
      || uv_listen ((uv_stream_t *)&listener, 8, on_client) < 0
      || uv_tcp_getsockname (&listener, (struct sockaddr *)&address, &length) < 0)
    return 1;
  if (uv_tcp_connect (&connect_request, &connection, (const struct sockaddr *)&address, ask) < 0)
    return 1;
  uv_run (loop, UV_RUN_DEFAULT);
  return 0;
}
