/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is under way when somebody comes to look and is in no handle of the loop that they find: work that the two
 * threads of the pool run, a file operation and a name that are queued behind it, and another thread's loop with a
 * timer, a reader and a write that nobody takes. With the argument "lively" that timer starts itself again and again.
 * Ends with the status 0 when its standard input is closed. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define WRITTEN (8u * 1024 * 1024)

static uv_pipe_t input, stuffed, quiet;
static uv_timer_t ticker, other_timer;
static uv_work_t work;
static uv_fs_t reading, asking;
static uv_getaddrinfo_t naming;
static uv_write_t writing;
static uv_sem_t begun, never;
static uv_thread_t other;
static uv_loop_t other_loop;
static char bytes[16], read_bytes[16];
static unsigned int n_ticks;
static int is_lively;

static void
give_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  *buf = uv_buf_init (bytes, sizeof bytes);
}

/* ---- The pool ---------------------------------------------------------------------------------- */

static void
on_work (uv_work_t *request) /* WORKS */
{
  uv_sem_post (&begun);
  uv_sem_wait (&never);
}

static void
on_worked (uv_work_t *request, int status)
{
}

static void
on_file_read (uv_fs_t *request) /* READS */
{
}

static void
on_asked (uv_fs_t *request) /* ASKS */
{
}

static void
on_named (uv_getaddrinfo_t *request, int status, struct addrinfo *addresses) /* NAMES */
{
}

static void
fill_pool (uv_loop_t *loop, int silent)
{
  uv_buf_t buffer = uv_buf_init (read_bytes, sizeof read_bytes);

  uv_queue_work (loop, &work, on_work, on_worked);
  uv_sem_wait (&begun);
  uv_fs_read (loop, &reading, silent, &buffer, 1, -1, on_file_read);
  uv_fs_stat (loop, &asking, "/some/where/else", on_asked);
  uv_getaddrinfo (loop, &naming, on_named, "nobody.invalid", NULL, NULL);
}

/* ---- The other loop ---------------------------------------------------------------------------- */

static void
on_other_timer (uv_timer_t *timer) /* OTHER TIMER */
{
  if (is_lively)
    uv_timer_start (timer, on_other_timer, 20, 0);
}

static void
on_other_read (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf) /* OTHER READS */
{
}

static void
on_quiet_read (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf) /* QUIET */
{
}

static void
on_written (uv_write_t *request, int status) /* OTHER WRITES */
{
}

static void
run_other (void *nothing)
{
  int pair[2], silent[2];
  uv_buf_t much = uv_buf_init (calloc (1, WRITTEN), WRITTEN);

  uv_loop_init (&other_loop);
  uv_timer_init (&other_loop, &other_timer);
  uv_timer_start (&other_timer, on_other_timer, is_lively ? 20 : 3600 * 1000, 0);
  uv_socketpair (SOCK_STREAM, 0, pair, UV_NONBLOCK_PIPE, 0);
  uv_pipe_init (&other_loop, &stuffed, 0);
  uv_pipe_open (&stuffed, pair[0]);
  uv_read_start ((uv_stream_t *)&stuffed, give_room, on_other_read);
  uv_write (&writing, (uv_stream_t *)&stuffed, &much, 1, on_written);
  uv_pipe (silent, UV_NONBLOCK_PIPE, 0);
  uv_pipe_init (&other_loop, &quiet, 0);
  uv_pipe_open (&quiet, silent[0]);
  uv_read_start ((uv_stream_t *)&quiet, give_room, on_quiet_read);
  uv_sem_post (&begun);
  uv_run (&other_loop, UV_RUN_DEFAULT);
}

/* ---- The program ------------------------------------------------------------------------------- */

static void
on_tick (uv_timer_t *timer)
{
  if (n_ticks++ == 0)
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
      fflush (stdout);
      _exit (0);
    }
}

int
main (int argc, char **argv)
{
  uv_loop_t *loop = uv_default_loop ();
  int silent[2];

  alarm (300); /* should nobody end it */
  is_lively = argc > 1 && strcmp (argv[1], "lively") == 0;
  setenv ("UV_THREADPOOL_SIZE", "2", 1);
  uv_sem_init (&begun, 0);
  uv_sem_init (&never, 0);
  uv_pipe (silent, 0, 0);
  fill_pool (loop, silent[0]);
  uv_thread_create (&other, run_other, NULL);
  uv_sem_wait (&begun);

  uv_pipe_init (loop, &input, 0);
  uv_pipe_open (&input, 0);
  uv_read_start ((uv_stream_t *)&input, give_room, on_input);
  uv_timer_init (loop, &ticker);
  uv_timer_start (&ticker, on_tick, 20, 20);
  return uv_run (loop, UV_RUN_DEFAULT);
}
