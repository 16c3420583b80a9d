/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Connects to a server that does not accept, for its queue of connections is full, and so hangs before
 * anybody comes to look. Ends when its standard input does. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define FILLERS 8

static uv_tcp_t connection;
static uv_pipe_t input;
static int is_connected;
static char bytes[16];

static struct sockaddr_in
make_deaf_server (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (listener, (struct sockaddr *)&address, sizeof address) < 0 ||
      listen (listener, 0) < 0 || getsockname (listener, (struct sockaddr *)&address, &length) < 0)
    perror ("listener");
  for (int i = 0; i < FILLERS; i++)
    connect (socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), (struct sockaddr *)&address,
             sizeof address);
  return address;
}

static void
on_connect (uv_connect_t *request, int status)
{
  is_connected = 1;
}

static void
give_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  *buf = uv_buf_init (bytes, sizeof bytes);
}

static void
on_input (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  if (length < 0)
    {
      puts (is_connected ? "connected" : "still connecting");
      exit (0);
    }
}

int
main (void)
{
  struct sockaddr_in address = make_deaf_server ();
  uv_loop_t *loop = uv_default_loop ();
  static uv_connect_t request;

  alarm (60); /* should nobody end it */
  uv_pipe_init (loop, &input, 0);
  uv_pipe_open (&input, 0);
  uv_read_start ((uv_stream_t *)&input, give_room, on_input);
  uv_tcp_init (loop, &connection);
  uv_tcp_connect (&request, &connection, (struct sockaddr *)&address, on_connect);
  puts ("ready");
  fflush (stdout);
  return uv_run (loop, UV_RUN_DEFAULT);
}
