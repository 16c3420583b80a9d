/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A libuv program that runs already when somebody comes to look: a listening socket, a connection to
 * it that gets no answer, a timer that repeats, work in the pool. Says a line when all of that is
 * pending, and ends with the status 0 when its standard input is closed.
 *
 *     attach-subject in-the-way    as if a thread of it was in the middle of a function of libuv, until SIGUSR1 */

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static uv_tcp_t server, accepted, client;
static uv_pipe_t input;
static uv_timer_t ticker;
static uv_connect_t connecting;
static uv_write_t request;
static char bytes[4096];
static unsigned int n_ticks;
static int is_asked;

static void
give_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  *buf = uv_buf_init (bytes, sizeof bytes);
}

static void
on_answer (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
}

static void
on_question (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  is_asked = 1;
}

static void
on_connection (uv_stream_t *stream, int status) /* LISTENS */
{
  uv_tcp_init (stream->loop, &accepted);
  uv_accept (stream, (uv_stream_t *)&accepted);
  uv_read_start ((uv_stream_t *)&accepted, give_room, on_question);
}

static void
on_written (uv_write_t *write, int status)
{
}

static void
on_connect (uv_connect_t *connect, int status)
{
  uv_buf_t text = uv_buf_init ((char *)"GET /posts HTTP/1.1\r\n\r\n", 23);

  uv_read_start ((uv_stream_t *)&client, give_room, on_answer);
  uv_write (&request, (uv_stream_t *)&client, &text, 1, on_written);
}

static void
on_tick (uv_timer_t *timer)
{
  if (is_asked && n_ticks++ == 0)
    {
      puts ("ready");
      fflush (stdout);
    }
}

static void
on_input (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  if (length < 0)
    {
      printf ("%s\n", n_ticks > 0 ? "ticked" : "never ticked");
      exit (0);
    }
}

/* On the stack of the first thread, as if that was about to return there: into the first instructions of a function. */
static volatile uintptr_t *way;

static void
on_leave (int number)
{
  *way = 0;
}

int
main (int argc, char **argv)
{
  volatile uintptr_t in_the_way = argc > 1 ? (uintptr_t)uv_timer_start + 1 : 0;
  struct sockaddr_in address;
  int size = sizeof address;
  uv_loop_t *loop = uv_default_loop ();

  alarm (60); /* should nobody end it */
  way = &in_the_way;
  signal (SIGUSR1, on_leave);
  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &server);
  uv_tcp_bind (&server, (struct sockaddr *)&address, 0);
  uv_listen ((uv_stream_t *)&server, 8, on_connection);
  uv_tcp_getsockname (&server, (struct sockaddr *)&address, &size);

  uv_pipe_init (loop, &input, 0);
  uv_pipe_open (&input, 0);
  uv_read_start ((uv_stream_t *)&input, give_room, on_input);

  uv_timer_init (loop, &ticker);
  uv_timer_start (&ticker, on_tick, 20, 20);

  uv_tcp_init (loop, &client);
  uv_tcp_connect (&connecting, &client, (struct sockaddr *)&address, on_connect);
  return uv_run (loop, UV_RUN_DEFAULT);
}
