/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A server and its clients in one loop: each client asks, checks the answer, asks again. Beside it timers,
 * and files and jobs in the pool.
 *
 *     torture-uv [threads|signals]    64 more threads; signals all the time */

#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "checks.h"

#define N_CLIENTS 16

typedef struct
{
  uv_tcp_t tcp;
  uv_connect_t connecting;
  uv_write_t writing;
  unsigned long question, answer;
  char bytes[64];
  size_t n_bytes;
} Client;

typedef struct
{
  uv_tcp_t tcp;
  char bytes[64];
} Peer;

typedef struct
{
  uv_write_t writing;
  char bytes[64];
} Answer;

static uv_loop_t *loop;
static uv_tcp_t server;
static Client clients[N_CLIENTS];
static uv_timer_t timers[4];
static uv_work_t work;
static uv_fs_t file;
static uv_signal_t terminate;
static struct sockaddr_in address;
static unsigned long work_input, work_output;

/* ---- Server ----------------------------------------------------------------------------------- */

static void
give_peer_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  Peer *peer = (Peer *)handle;

  *buf = uv_buf_init (peer->bytes, sizeof peer->bytes);
}

static void
on_answered (uv_write_t *writing, int status)
{
  check (status == 0, "an answer is not written");
  free (writing);
}

static void
on_question (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  Answer *answer;
  uv_buf_t text;

  check (length > 0, "a connection is gone");
  if (length <= 0)
    return;
  answer = malloc (sizeof *answer);
  memcpy (answer->bytes, buf->base, (size_t)length);
  text = uv_buf_init (answer->bytes, (unsigned int)length);
  check (uv_write (&answer->writing, stream, &text, 1, on_answered) == 0, "uv_write");
}

static void
on_connection (uv_stream_t *stream, int status)
{
  Peer *peer = calloc (1, sizeof *peer);

  uv_tcp_init (loop, &peer->tcp);
  check (uv_accept (stream, (uv_stream_t *)&peer->tcp) == 0, "uv_accept");
  uv_read_start ((uv_stream_t *)&peer->tcp, give_peer_room, on_question);
}

/* ---- Clients ---------------------------------------------------------------------------------- */

static void
give_room (uv_handle_t *handle, size_t size, uv_buf_t *buf)
{
  Client *client = handle->data;

  *buf = uv_buf_init (client->bytes + client->n_bytes,
                      (unsigned int)(sizeof client->bytes - client->n_bytes));
}

static void
on_asked (uv_write_t *writing, int status)
{
  check (status == 0, "a question is not written");
}

static void
ask (Client *client)
{
  uv_buf_t text = uv_buf_init ((char *)&client->question, sizeof client->question);

  client->question++;
  check (uv_write (&client->writing, (uv_stream_t *)&client->tcp, &text, 1, on_asked) == 0,
         "uv_write");
}

static void
on_answer (uv_stream_t *stream, ssize_t length, const uv_buf_t *buf)
{
  Client *client = stream->data;
  unsigned long answer;

  check (length > 0, "an answer is lost");
  if (length <= 0)
    return;
  client->n_bytes += (size_t)length;
  if (client->n_bytes < sizeof answer)
    return;
  memcpy (&answer, client->bytes, sizeof answer);
  check (client->n_bytes == sizeof answer && answer == client->question, "an answer is wrong");
  client->n_bytes = 0;
  check_count (1);
  ask (client);
}

static void
on_connect (uv_connect_t *connecting, int status)
{
  Client *client = connecting->data;

  check (status == 0, "a connection is refused");
  uv_read_start ((uv_stream_t *)&client->tcp, give_room, on_answer);
  ask (client);
}

static void
begin_client (Client *client)
{
  uv_tcp_init (loop, &client->tcp);
  client->tcp.data = client;
  client->connecting.data = client;
  check (uv_tcp_connect (&client->connecting, &client->tcp, (struct sockaddr *)&address,
                         on_connect) == 0,
         "uv_tcp_connect");
}

/* ---- What else there is ----------------------------------------------------------------------- */

static void
on_timer (uv_timer_t *timer)
{
  uint64_t now = uv_now (loop), *due = timer->data;

  check (now >= *due, "a timer is early");
  *due = now + 5;
  uv_timer_start (timer, on_timer, 5, 0);
}

static void
begin_timer (uv_timer_t *timer, uint64_t *due)
{
  uv_timer_init (loop, timer);
  timer->data = due;
  *due = uv_now (loop) + 5;
  uv_timer_start (timer, on_timer, 5, 0);
}

static void
do_work (uv_work_t *request)
{
  work_output = work_input * 3 + 1;
}

static void
on_worked (uv_work_t *request, int status)
{
  check (status == 0 && work_output == work_input * 3 + 1, "work is lost");
  work_input++;
  check (uv_queue_work (loop, &work, do_work, on_worked) == 0, "uv_queue_work");
}

static void
on_file (uv_fs_t *request)
{
  check (request->result == 0, "stat");
  uv_fs_req_cleanup (request);
  check (uv_fs_stat (loop, &file, "/", on_file) == 0, "uv_fs_stat");
}

static void
on_terminate (uv_signal_t *signal, int number)
{
  for (int i = 0; i < N_CLIENTS; i++)
    check (clients[i].question > 1, "a client got nothing");
  check (work_input > 0, "no work was done");
  check_finish ();
}

int
main (int argc, char **argv)
{
  static uint64_t dues[4];
  int size = sizeof address;

  loop = uv_default_loop ();
  alarm (600); /* should nobody end it */
  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &server);
  uv_tcp_bind (&server, (struct sockaddr *)&address, 0);
  uv_listen ((uv_stream_t *)&server, N_CLIENTS, on_connection);
  uv_tcp_getsockname (&server, (struct sockaddr *)&address, &size);
  for (int i = 0; i < N_CLIENTS; i++)
    begin_client (&clients[i]);
  for (int i = 0; i < 4; i++)
    begin_timer (&timers[i], &dues[i]);
  uv_queue_work (loop, &work, do_work, on_worked);
  uv_fs_stat (loop, &file, "/", on_file);
  uv_signal_init (loop, &terminate);
  uv_signal_start (&terminate, on_terminate, SIGTERM);

  check_begin_sleepers (argc > 1 && strcmp (argv[1], "threads") == 0 ? 64 : 7);
  if (argc > 1 && strcmp (argv[1], "signals") == 0)
    check_begin_signals ();
  puts ("ready");
  fflush (stdout);
  return uv_run (loop, UV_RUN_DEFAULT);
}
