/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Fetches what a social network knows of some users: for each the user, the posts and the friends,
 * one after the other over one connection, and builds a summary from them.
 *
 *     http-client HOST PORT [USER...]
 *     http-client --demo            starts a server of its own, with one user that it forgets
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "server-process.h"

#define TIMEOUT_MS 8000

struct request;
typedef void (*answer_func) (struct request *request, const char *body);

struct request
{
  int user_id;
  uv_tcp_t connection;
  uv_timer_t timeout;
  uv_connect_t connect;
  uv_write_t write;
  uv_work_t work;
  char out[256];
  char in[8192];
  size_t in_length;
  const char *fetching;
  answer_func on_answer;
  char *user, *posts, *friends;
  char *summary;
  int open_handles;
};

static const char *host;
static int port;
static int n_done, n_failed;

static void fetch_user (struct request *request);
static void fetch_posts (struct request *request);
static void fetch_friends (struct request *request);
static void build_response (struct request *request);

/* ---- The end of a request ---------------------------------------------------------------------- */

static void
on_closed (uv_handle_t *handle)
{
  struct request *request = handle->data;

  if (--request->open_handles > 0)
    return;
  free (request->user);
  free (request->posts);
  free (request->friends);
  free (request->summary);
  free (request);
}

static void
finish (struct request *request)
{
  if (!uv_is_closing ((uv_handle_t *)&request->connection))
    uv_close ((uv_handle_t *)&request->connection, on_closed);
  if (!uv_is_closing ((uv_handle_t *)&request->timeout))
    uv_close ((uv_handle_t *)&request->timeout, on_closed);
}

static void
fail (struct request *request, const char *why)
{
  fprintf (stderr, "user %d: %s: %s\n", request->user_id, request->fetching, why);
  n_failed++;
  finish (request);
}

static void
on_timeout (uv_timer_t *timer)
{
  fail (timer->data, "no answer in time, giving up");
}

/* ---- HTTP ---------------------------------------------------------------------------------------- */

/* The body of a complete answer, NULL while it is not complete. */
static char *
take_body (struct request *request)
{
  const char *end = strstr (request->in, "\r\n\r\n");
  const char *length_header;
  size_t length, header_length;
  char *body;

  if (end == NULL)
    return NULL;
  length_header = strstr (request->in, "Content-Length: ");
  if (length_header == NULL || length_header > end)
    return NULL;
  length = strtoul (length_header + strlen ("Content-Length: "), NULL, 10);
  header_length = (size_t)(end - request->in) + 4;
  if (request->in_length < header_length + length)
    return NULL;
  body = strndup (request->in + header_length, length);
  request->in_length = 0;
  request->in[0] = '\0';
  return body;
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  struct request *request = handle->data;

  buf->base = request->in + request->in_length;
  buf->len = sizeof request->in - 1 - request->in_length;
}

static void
on_read (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  struct request *request = stream->data;
  char *body;

  if (n < 0)
    {
      fail (request, uv_strerror ((int)n));
      return;
    }
  request->in_length += (size_t)n;
  request->in[request->in_length] = '\0';
  body = take_body (request);
  if (body == NULL)
    return;
  request->on_answer (request, body);
  free (body);
}

static void
on_written (uv_write_t *write, int status)
{
  struct request *request = write->data;

  if (status < 0 && status != UV_ECANCELED)
    fail (request, uv_strerror (status));
}

static uv_buf_t
format_get (struct request *request, const char *what, answer_func on_answer)
{
  int length;

  request->fetching = what;
  request->on_answer = on_answer;
  length = snprintf (request->out, sizeof request->out,
                     "GET /%s/%d HTTP/1.1\r\nHost: %s:%d\r\nAccept: application/json\r\n\r\n", what,
                     request->user_id, host, port);
  return uv_buf_init (request->out, (unsigned)length);
}

/* ---- The chain ----------------------------------------------------------------------------------- */

static void
on_user (struct request *request, const char *body)
{
  request->user = strdup (body);
  fetch_posts (request);
}

static void
fetch_user (struct request *request)
{
  uv_buf_t get = format_get (request, "user", on_user);
  int result;

  result = uv_write (&request->write, (uv_stream_t *)&request->connection, &get, 1, /* AWAIT: user */
                     on_written);
  if (result < 0)
    fail (request, uv_strerror (result));
}

static void
on_posts (struct request *request, const char *body)
{
  request->posts = strdup (body);
  fetch_friends (request);
}

static void
fetch_posts (struct request *request)
{
  uv_buf_t get = format_get (request, "posts", on_posts);
  uv_stream_t *stream = (uv_stream_t *)&request->connection;
  int result = uv_write (&request->write, stream, &get, 1, on_written); /* AWAIT: posts */

  if (result < 0)
    fail (request, uv_strerror (result));
}

static void
on_friends (struct request *request, const char *body)
{
  request->friends = strdup (body);
  build_response (request);
}

static void
fetch_friends (struct request *request)
{
  uv_buf_t get = format_get (request, "friends", on_friends);
  uv_stream_t *stream = (uv_stream_t *)&request->connection;
  int result = uv_write (&request->write, stream, &get, 1, on_written); /* AWAIT: friends */

  if (result < 0)
    fail (request, uv_strerror (result));
}

static void
summarize (uv_work_t *work)
{
  struct request *request = work->data;
  size_t size = strlen (request->user) + strlen (request->posts) + strlen (request->friends) + 64;

  request->summary = malloc (size);
  if (request->summary != NULL)
    snprintf (request->summary, size, "{ \"user\": %s, \"posts\": %s, \"friends\": %s }",
              request->user, request->posts, request->friends);
}

static void
on_summarized (uv_work_t *work, int status)
{
  struct request *request = work->data;

  if (status == 0 && request->summary != NULL)
    {
      printf ("user %d: %zu bytes\n", request->user_id, strlen (request->summary));
      n_done++;
    }
  finish (request);
}

static void
build_response (struct request *request)
{
  int result;

  request->fetching = "summary";
  result = uv_queue_work (request->connection.loop, &request->work, summarize, on_summarized);
  if (result < 0)
    fail (request, uv_strerror (result));
}

static void
on_connected (uv_connect_t *connect, int status)
{
  struct request *request = connect->data;
  int result;

  if (status < 0)
    {
      if (status != UV_ECANCELED)
        fail (request, uv_strerror (status));
      return;
    }
  result = uv_read_start ((uv_stream_t *)&request->connection, on_alloc, on_read);
  if (result < 0)
    fail (request, uv_strerror (result));
  else
    fetch_user (request);
}

/* Starts all that there is to do for one user. */
static void
fetch_user_data (uv_loop_t *loop, int user_id)
{
  struct request *request = calloc (1, sizeof *request);
  struct sockaddr_in address;
  int result;

  if (request == NULL || uv_ip4_addr (host, port, &address) < 0)
    abort ();
  request->user_id = user_id;
  request->fetching = "connection";
  uv_tcp_init (loop, &request->connection);
  uv_timer_init (loop, &request->timeout);
  request->open_handles = 2;
  request->connection.data = request->timeout.data = request;
  request->connect.data = request->write.data = request->work.data = request;

  uv_timer_start (&request->timeout, on_timeout, TIMEOUT_MS, 0); /* TIMEOUT */
  result = uv_tcp_connect (&request->connect, &request->connection, /* AWAIT: connect */
                           (const struct sockaddr *)&address, on_connected);
  if (result < 0)
    fail (request, uv_strerror (result));
}

/* ---- Main ------------------------------------------------------------------------------------------ */

int
main (int argc, char **argv)
{
  static const int demo_users[] = { 11, 42, 77, 1024, 4711, 8080, 9001, 12345 };
  uv_loop_t *loop = uv_default_loop ();
  int demo = argc == 2 && strcmp (argv[1], "--demo") == 0;

  if (!demo && argc < 4)
    {
      fprintf (stderr, "usage: %s HOST PORT USER... | --demo\n", argv[0]);
      return 2;
    }
  host = demo ? "127.0.0.1" : argv[1];
  port = demo ? server_process_start (loop, argv[0]) : atoi (argv[2]);
  if (port <= 0)
    {
      fprintf (stderr, "%s: no server\n", argv[0]);
      return 1;
    }

  if (demo)
    for (size_t i = 0; i < sizeof demo_users / sizeof *demo_users; i++)
      fetch_user_data (loop, demo_users[i]);
  else
    for (int i = 3; i < argc; i++)
      fetch_user_data (loop, atoi (argv[i]));
  uv_run (loop, UV_RUN_DEFAULT);

  printf ("%d of %d users\n", n_done, n_done + n_failed);
  if (demo)
    server_process_stop (loop);
  return demo || n_failed == 0 ? 0 : 1;
}
