/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A libuv program that says nothing of itself: handles and requests in structs of all sorts. Its argument says which
 * of them is made. */

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct client
{
  int number;
  const char *host;
  uv_timer_t timer;
  int n_requests;
};

struct session
{
  long id;
  char user[16];
};

struct other
{
  double ratio, more[20];
};

typedef struct
{
  uv_work_t request;
  int result;
} job;

struct listener
{
  int backlog;
  uv_async_t waker;
  const char *name;
};

/* Two that may be the same: nobody tells which. */
struct left
{
  uv_idle_t idle;
  long a, b;
};

struct right
{
  uv_idle_t idle;
  double a, b;
};

static uv_loop_t *loop;
static struct client global = { .number = 77, .host = "global" };

static void
on_container (uv_timer_t *timer)
{
  struct client *client =
      (struct client *)(void *)((char *)timer - offsetof (struct client, timer));

  client->n_requests++;
}

/* Again and again, with other values each time, until it is killed. */
static void
on_again (uv_timer_t *timer)
{
  struct client *client =
      (struct client *)(void *)((char *)timer - offsetof (struct client, timer));

  client->number++;
  uv_timer_start (timer, on_again, 2, 0);
}

static void
on_data (uv_timer_t *timer)
{
  struct session *session = timer->data;

  session->id++;
}

static void
on_either (uv_timer_t *timer)
{
  if (uv_is_active ((uv_handle_t *)timer))
    {
      struct session *session = timer->data;

      session->id++;
    }
  else
    {
      struct other *other = timer->data;

      other->ratio++;
    }
}

static void
on_nothing (uv_timer_t *timer)
{
  uv_stop (timer->loop);
}

static void
on_idle (uv_idle_t *idle)
{
  uv_stop (idle->loop);
}

static void
on_waker (uv_async_t *waker)
{
  uv_stop (waker->loop);
}

static void
work (uv_work_t *request)
{
  job *job_of = (job *)request;

  job_of->result = 42;
}

static void
after_work (uv_work_t *request, int status)
{
  job *done = (job *)request;

  done->result += status;
  free (done);
}

/* ---- A question that nobody answers ------------------------------------------------------------- */

struct asker
{
  int number;
  uv_tcp_t connection, listener;
  uv_connect_t connect;
  uv_write_t write;
  const char *question;
};

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  static char buffer[64];

  *buf = uv_buf_init (buffer, sizeof buffer);
}

static void
on_answer (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  struct asker *asker = stream->data;

  asker->number += (int)n;
}

static void
on_connected (uv_connect_t *request, int status)
{
  struct asker *asker = request->data;
  uv_buf_t buf = uv_buf_init ((char *)asker->question, (unsigned)strlen (asker->question));

  uv_write (&asker->write, request->handle, &buf, 1, NULL);
  uv_read_start (request->handle, on_alloc, on_answer);
}

static void
on_asked (uv_stream_t *stream, int status)
{
}

static void
ask (void)
{
  struct asker *asker = calloc (1, sizeof *asker);
  struct sockaddr_in address;
  int length = sizeof address;

  asker->number = 5;
  asker->question = "GET /answer HTTP/1.1\r\n\r\n";
  uv_ip4_addr ("127.0.0.1", 0, &address);
  uv_tcp_init (loop, &asker->listener);
  uv_tcp_init (loop, &asker->connection);
  asker->connection.data = asker->connect.data = asker;
  if (uv_tcp_bind (&asker->listener, (const struct sockaddr *)&address, 0) < 0 ||
      uv_listen ((uv_stream_t *)&asker->listener, 8, on_asked) < 0 ||
      uv_tcp_getsockname (&asker->listener, (struct sockaddr *)&address, &length) < 0)
    abort ();
  uv_tcp_connect (&asker->connect, &asker->connection, (const struct sockaddr *)&address,
                  on_connected);
}

static uv_timer_t *
start (uv_timer_t *timer, uv_timer_cb callback)
{
  uv_timer_init (loop, timer);
  uv_timer_start (timer, callback, 1, 0);
  return timer;
}

static struct session *
new_session (void)
{
  struct session *session = calloc (1, sizeof *session);

  session->id = 4711;
  strcpy (session->user, "alice");
  return session;
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  struct client *client = calloc (1, sizeof *client);
  uv_timer_t *timer = calloc (1, sizeof *timer);
  struct session *session = new_session ();
  static uv_timer_t last;

  loop = uv_default_loop ();
  if (!strcmp (what, "container"))
    {
      client->number = 12;
      client->host = "example.org";
      start (&client->timer, on_container);
    }
  else if (!strcmp (what, "again"))
    start (&client->timer, on_again);
  else if (!strcmp (what, "data"))
    start (timer, on_data)->data = session;
  else if (!strcmp (what, "either"))
    start (timer, on_either)->data = session;
  else if (!strcmp (what, "static"))
    start (&global.timer, on_nothing);
  else if (!strcmp (what, "plain"))
    start (timer, on_nothing);
  else if (!strcmp (what, "embedded"))
    {
      struct listener *listener = calloc (1, sizeof *listener);

      listener->backlog = 128;
      listener->name = "waker";
      uv_async_init (loop, &listener->waker, on_waker);
      listener->waker.data = listener;
    }
  else if (!strcmp (what, "two"))
    {
      struct left *left = calloc (1, sizeof *left);

      uv_idle_init (loop, &left->idle);
      uv_idle_start (&left->idle, on_idle);
    }
  else if (!strcmp (what, "work"))
    {
      job *new_job = calloc (1, sizeof *new_job);

      uv_queue_work (loop, &new_job->request, work, after_work);
    }
  else if (!strcmp (what, "ask"))
    ask ();
  /* Of most nothing would ever end. */
  if (strcmp (what, "work") != 0 && strcmp (what, "again") != 0 && strcmp (what, "ask") != 0)
    start (&last, on_nothing);
  uv_run (loop, UV_RUN_DEFAULT);
  free (session);
  return 0;
}

/* So that the compiler describes it. */
struct right right_one;
