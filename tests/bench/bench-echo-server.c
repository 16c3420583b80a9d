/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-echo-server [CPU]: what a libuv program's hot path looks like: read, write back, nothing
 * else. Prints its port and pid, and ends when its input does. */

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

#define BUFFER_SIZE 4096

typedef struct
{
  uv_tcp_t stream;
  uv_write_t request;
  char buffer[BUFFER_SIZE];
} Client;

static void
on_closed (uv_handle_t *handle)
{
  free (handle->data);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  Client *client = handle->data;

  *buf = uv_buf_init (client->buffer, BUFFER_SIZE);
}

static void
on_written (uv_write_t *request, int status)
{
}

/* The client asks again only when it has the answer: one buffer and one request are enough. */
static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  Client *client = stream->data;
  uv_buf_t echo = uv_buf_init (buf->base, n > 0 ? (unsigned)n : 0);

  if (n == 0)
    return;
  if (n < 0 || uv_write (&client->request, stream, &echo, 1, on_written) < 0)
    uv_close ((uv_handle_t *)stream, on_closed);
}

static void
on_client (uv_stream_t *listener, int status)
{
  Client *client = calloc (1, sizeof *client);

  if (client == NULL)
    abort ();
  uv_tcp_init (listener->loop, &client->stream);
  client->stream.data = client;
  if (uv_accept (listener, (uv_stream_t *)&client->stream) < 0 ||
      uv_tcp_nodelay (&client->stream, 1) < 0 ||
      uv_read_start ((uv_stream_t *)&client->stream, on_alloc, on_read) < 0)
    uv_close ((uv_handle_t *)&client->stream, on_closed);
}

static void
on_input_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  static char ignored[64];

  *buf = uv_buf_init (ignored, sizeof ignored);
}

static void
on_input (uv_stream_t *input, ssize_t n, const uv_buf_t *buf)
{
  if (n < 0)
    uv_stop (input->loop);
}

int
main (int argc, char **argv)
{
  uv_loop_t *loop = uv_default_loop ();
  uv_tcp_t listener;
  uv_pipe_t input;
  struct sockaddr_in address;
  int length = sizeof address;

  if (argc > 1)
    {
      cpu_set_t cpus;

      CPU_ZERO (&cpus);
      CPU_SET (atoi (argv[1]), &cpus);
      if (sched_setaffinity (0, sizeof cpus, &cpus) < 0)
        return 1;
    }
  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &listener);
  uv_pipe_init (loop, &input, 0);
  if (uv_tcp_bind (&listener, (const struct sockaddr *)&address, 0) < 0 ||
      uv_listen ((uv_stream_t *)&listener, 1024, on_client) < 0 ||
      uv_tcp_getsockname (&listener, (struct sockaddr *)&address, &length) < 0 ||
      uv_pipe_open (&input, 0) < 0 ||
      uv_read_start ((uv_stream_t *)&input, on_input_alloc, on_input) < 0)
    return 1;
  printf ("%d %d\n", ntohs (address.sin_port), (int)getpid ());
  fflush (stdout);

  uv_run (loop, UV_RUN_DEFAULT);
  return 0;
}
