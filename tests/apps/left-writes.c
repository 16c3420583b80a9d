/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A libuv program that has written more than anybody reads, has more to write, and would then say that this was
 * all. Says a line when all of that is pending, and ends when its standard input does. */

#include <stdio.h>
#include <unistd.h>
#include <uv.h>

#define MUCH (4 << 20)

static uv_pipe_t out, in;
static uv_write_t much, more;
static uv_shutdown_t last;
static char bytes[MUCH];

static void
on_much (uv_write_t *request, int status)
{
}

static void
on_more (uv_write_t *request, int status)
{
}

static void
on_last (uv_shutdown_t *request, int status)
{
}

static void
give_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  *buf = uv_buf_init (bytes, 16);
}

static void
on_input (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  if (length < 0)
    uv_stop (stream->loop);
}

int
main (void)
{
  uv_buf_t all = uv_buf_init (bytes, MUCH), some = uv_buf_init (bytes, 1000);
  uv_loop_t *loop = uv_default_loop ();
  int ends[2];

  alarm (60); /* should nobody end it */
  if (pipe (ends) != 0)
    return 1;
  uv_pipe_init (loop, &out, 0);
  uv_pipe_open (&out, ends[1]);
  uv_pipe_init (loop, &in, 0);
  uv_pipe_open (&in, 0);
  uv_read_start ((uv_stream_t *)&in, give_room, on_input);
  uv_write (&much, (uv_stream_t *)&out, &all, 1, on_much);
  uv_write (&more, (uv_stream_t *)&out, &some, 1, on_more);
  uv_shutdown (&last, (uv_stream_t *)&out, on_last);
  puts ("ready");
  fflush (stdout);
  uv_run (loop, UV_RUN_DEFAULT);
  return 0;
}
