/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A small HTTP server on a free loopback port, which it prints. It answers /user/N, /posts/N and
 * /friends/N after a while, as a database would; but it has lost the posts of one user, and nobody
 * taught it to say so. It ends when its standard input does. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define LATENCY_MS 150
#define LOST "GET /posts/12345 "

struct client
{
  uv_tcp_t connection;
  uv_timer_t latency;
  uv_write_t write;
  char in[4096];
  size_t in_length;
  char out[1024];
  int open_handles;
};

static uv_tcp_t listener;
static uv_pipe_t input;

static void
on_closed (uv_handle_t *handle)
{
  struct client *client = handle->data;

  if (--client->open_handles == 0)
    free (client);
}

static void
client_close (struct client *client)
{
  if (!uv_is_closing ((uv_handle_t *)&client->connection))
    uv_close ((uv_handle_t *)&client->connection, on_closed);
  if (!uv_is_closing ((uv_handle_t *)&client->latency))
    uv_close ((uv_handle_t *)&client->latency, on_closed);
}

static void
on_written (uv_write_t *write, int status)
{
  if (status < 0 && status != UV_ECANCELED)
    client_close (write->data);
}

static void
answer (uv_timer_t *timer)
{
  struct client *client = timer->data;
  char body[256];
  uv_buf_t buf;
  int length;

  snprintf (body, sizeof body, "{ \"request\": \"%.*s\" }", (int)strcspn (client->in, "\r\n"),
            client->in);
  length = snprintf (client->out, sizeof client->out,
                     "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n"
                     "\r\n%s",
                     strlen (body), body);
  client->in_length = 0;
  buf = uv_buf_init (client->out, (unsigned)length);
  if (uv_write (&client->write, (uv_stream_t *)&client->connection, &buf, 1, on_written) < 0)
    client_close (client);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  struct client *client = handle->data;

  buf->base = client->in + client->in_length;
  buf->len = sizeof client->in - 1 - client->in_length;
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  struct client *client = stream->data;

  if (n < 0)
    {
      client_close (client);
      return;
    }
  client->in_length += (size_t)n;
  client->in[client->in_length] = '\0';
  if (strstr (client->in, "\r\n\r\n") == NULL)
    return;
  if (strncmp (client->in, LOST, strlen (LOST)) == 0)
    return;
  if (uv_timer_start (&client->latency, answer, LATENCY_MS, 0) < 0)
    client_close (client);
}

static void
on_connection (uv_stream_t *server, int status)
{
  struct client *client = status == 0 ? calloc (1, sizeof *client) : NULL;

  if (client == NULL)
    return;
  uv_tcp_init (server->loop, &client->connection);
  uv_timer_init (server->loop, &client->latency);
  client->open_handles = 2;
  client->connection.data = client->latency.data = client->write.data = client;
  if (uv_accept (server, (uv_stream_t *)&client->connection) < 0
      || uv_read_start ((uv_stream_t *)&client->connection, on_alloc, on_read) < 0)
    client_close (client);
}

static void
on_input_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  static char ignored[64];

  *buf = uv_buf_init (ignored, sizeof ignored);
}

static void
on_input (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  if (n < 0)
    uv_stop (stream->loop);
}

int
main (void)
{
  uv_loop_t *loop = uv_default_loop ();
  struct sockaddr_in address;
  int length = sizeof address;

  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &listener);
  uv_pipe_init (loop, &input, 0);
  if (uv_tcp_bind (&listener, (const struct sockaddr *)&address, 0) < 0
      || uv_listen ((uv_stream_t *)&listener, 128, on_connection) < 0
      || uv_tcp_getsockname (&listener, (struct sockaddr *)&address, &length) < 0)
    return 1;
  if (uv_pipe_open (&input, 0) == 0)
    uv_read_start ((uv_stream_t *)&input, on_input_alloc, on_input);
  printf ("%d\n", ntohs (address.sin_port));
  fflush (stdout);
  uv_run (loop, UV_RUN_DEFAULT);
  return 0;
}
