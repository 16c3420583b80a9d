/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Listening, accepting, connecting, reading and writing: tcp, pipes, terminals. */

#include <errno.h>
#include <string.h>

#include "addresses.h"
#include "adopt.h"
#include "subject.h"

#define LONGEST_REQUEST_LINE 200u

static inline InspectObject
stream_resource (const uv_stream_t *stream)
{
  return resource_of (stream->type, stream);
}

/* ---- Listening and accepting ----------------------------------------------------------------- */

static TRAMPOLINE void
on_connection (uv_stream_t *server, int status)
{
  Firing firing;

  handle_fire (&firing, server, FIRE_AGAIN, 0);
  if (firing.callback != NULL)
    ((uv_connection_cb)firing.callback) (server, status);
  firing_end (&firing);
}

int
hook_uv_listen (uv_stream_t *stream, int backlog, uv_connection_cb callback)
{
  HandleStart start;
  int status;

  if (!handle_begin (&start, (uv_handle_t *)stream, stream->type, (Callback)callback,
                     (Callback)on_connection, CALLER))
    return real_uv_listen (stream, backlog, callback);
  status = real_uv_listen (stream, backlog, on_connection);
  if (handle_begun (&start, (uv_handle_t *)stream, OP_LISTEN, status) != 0)
    say_local ((uv_handle_t *)stream);
  handle_done (&start);
  return status;
}

int
hook_uv_accept (uv_stream_t *server, uv_stream_t *client)
{
  int status = real_uv_accept (server, client);
  uint64_t cost;

  if (status != 0 || !plugin_is_on ())
    return status;
  cost = inspect_cost_begin ();
  handle_accepted ((uv_handle_t *)server, (uv_handle_t *)client, CALLER);
  say_peer ((uv_handle_t *)client);
  say_local ((uv_handle_t *)client);
  if (client->type == UV_TCP || client->type == UV_NAMED_PIPE)
    inspect_attribute (stream_resource (client), &key_client, false);
  cost_end (cost);
  return status;
}

/* ---- Connecting ------------------------------------------------------------------------------ */

static TRAMPOLINE void
on_connect (uv_connect_t *request, int status)
{
  uv_stream_t *stream = request->handle;
  Firing firing;

  request_take (&firing, request);
  if (firing.task != INSPECT_NONE && plugin_is_on () && status == 0 && stream->type == UV_TCP)
    say_local ((uv_handle_t *)stream);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->cb = (uv_connect_cb)firing.callback;
      request->cb (request, status);
    }
  firing_end (&firing);
}

/* The socket is made within the call. */
static void
connect_begun (Starting *starting, uv_connect_t *request, uv_handle_t *handle, int status)
{
  Record *record = status == 0 ? table_find (RECORD_HANDLE, handle) : NULL;

  request_begun (starting, (uv_req_t *)request, status);
  if (record != NULL)
    handle_describe (handle, record);
}

int
hook_uv_tcp_connect (uv_connect_t *request, uv_tcp_t *handle, const struct sockaddr *address,
                     uv_connect_cb callback)
{
  Starting starting;
  int status;

  if (callback == on_connect ||
      !request_begin (&starting, (uv_req_t *)request, OP_TCP_CONNECT, (Callback)callback, NULL,
                      (uv_handle_t *)handle, NULL, CALLER))
    return real_uv_tcp_connect (request, handle, address, callback);
  inspect_attribute (starting.await, &key_callback, (uint64_t)(uintptr_t)callback);
  say_address (stream_resource ((uv_stream_t *)handle), &key_peer, address);
  inspect_attribute (stream_resource ((uv_stream_t *)handle), &key_client, true);
  request_pass (&starting);
  status = real_uv_tcp_connect (request, handle, address, on_connect);
  connect_begun (&starting, request, (uv_handle_t *)handle, status);
  return status;
}

static bool
pipe_connect_begin (Starting *starting, uv_connect_t *request, uv_pipe_t *handle, const char *name,
                    size_t length, uv_connect_cb callback, const void *caller)
{
  if (callback == on_connect ||
      !request_begin (starting, (uv_req_t *)request, OP_PIPE_CONNECT, (Callback)callback, NULL,
                      (uv_handle_t *)handle, NULL, caller))
    return false;
  inspect_attribute (starting->await, &key_callback, (uint64_t)(uintptr_t)callback);
  if (name != NULL)
    inspect_attribute_bytes (stream_resource ((uv_stream_t *)handle), &key_path, name, length);
  inspect_attribute (stream_resource ((uv_stream_t *)handle), &key_client, true);
  request_pass (starting);
  return true;
}

void
hook_uv_pipe_connect (uv_connect_t *request, uv_pipe_t *handle, const char *name,
                      uv_connect_cb callback)
{
  Starting starting;

  if (!pipe_connect_begin (&starting, request, handle, name, name != NULL ? strlen (name) : 0,
                           callback, CALLER))
    {
      real_uv_pipe_connect (request, handle, name, callback);
      return;
    }
  real_uv_pipe_connect (request, handle, name, on_connect);
  connect_begun (&starting, request, (uv_handle_t *)handle, 0);
}

int
hook_uv_pipe_connect2 (uv_connect_t *request, uv_pipe_t *handle, const char *name, size_t length,
                       unsigned int flags, uv_connect_cb callback)
{
  Starting starting;
  int status;

  if (!pipe_connect_begin (&starting, request, handle, name, length, callback, CALLER))
    return real_uv_pipe_connect2 (request, handle, name, length, flags, callback);
  status = real_uv_pipe_connect2 (request, handle, name, length, flags, on_connect);
  connect_begun (&starting, request, (uv_handle_t *)handle, status);
  return status;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static TRAMPOLINE void
on_read (uv_stream_t *stream, ssize_t nread, const uv_buf_t *buf)
{
  Firing firing;

  if (nread > 0)
    handle_fire (&firing, stream, FIRE_AGAIN, nread);
  else if (nread == 0 || nread == UV_ENOBUFS)
    handle_fire (&firing, stream, FIRE_IDLE, 0); /* nothing was read, and it goes on */
  else
    handle_fire (&firing, stream, FIRE_LAST, nread); /* libuv has stopped reading */
  if (firing.callback != NULL)
    ((uv_read_cb)firing.callback) (stream, nread, buf);
  firing_end (&firing);
}

int
hook_uv_read_start (uv_stream_t *stream, uv_alloc_cb allocate, uv_read_cb callback)
{
  HandleStart start;
  int status;

  if (stream == NULL || allocate == NULL ||
      !handle_begin (&start, (uv_handle_t *)stream, stream->type, (Callback)callback,
                     (Callback)on_read, CALLER))
    return real_uv_read_start (stream, allocate, callback);
  status = real_uv_read_start (stream, allocate, on_read);
  handle_begun (&start, (uv_handle_t *)stream, stream->type == UV_TTY ? OP_READ_TTY : OP_READ,
                status);
  handle_done (&start);
  return status;
}

int
hook_uv_read_stop (uv_stream_t *stream)
{
  int status = real_uv_read_stop (stream);

  if (status == 0)
    handle_end ((uv_handle_t *)stream, -ECANCELED);
  return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static const char *const methods[] = { "GET ",   "POST ",    "PUT ",   "HEAD ",   "DELETE ",
                                       "PATCH ", "OPTIONS ", "TRACE ", "CONNECT " };

/* The first line, when what is written starts like an HTTP/1 request; else 0. */
static size_t
request_line_length (const char *text, size_t length)
{
  size_t n = 0;
  bool is_method = false;

  if (length > LONGEST_REQUEST_LINE)
    length = LONGEST_REQUEST_LINE;
  for (size_t i = 0; i < sizeof methods / sizeof methods[0] && !is_method; i++)
    {
      n = strlen (methods[i]);
      is_method = length > n && text[0] == methods[i][0] && memcmp (text, methods[i], n) == 0;
    }
  if (!is_method)
    return 0;
  while (n < length && text[n] >= ' ' && text[n] < 0x7f)
    n++;
  return n;
}

static HOT void
note_request (const uv_stream_t *stream, const uv_buf_t bufs[], unsigned int nbufs)
{
  size_t length;

  if (!plugin.agent.payload || !has_buffers (bufs, nbufs) || bufs[0].base == NULL ||
      bufs[0].len == 0 || bufs[0].base[0] < 'C' || bufs[0].base[0] > 'T' || stream->type == UV_TTY)
    return;
  length = request_line_length (bufs[0].base, bufs[0].len);
  if (length != 0)
    inspect_attribute_bytes (stream_resource (stream), &key_request, bufs[0].base, length);
}

static TRAMPOLINE void
on_write (uv_write_t *request, int status)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->cb = (uv_write_cb)firing.callback;
      request->cb (request, status);
    }
  firing_end (&firing);
}

static HOT bool
write_begin (Starting *starting, uv_write_t *request, uv_stream_t *stream, const uv_buf_t bufs[],
             unsigned int nbufs, uv_write_cb callback, const void *caller)
{
  if (callback == on_write || stream == NULL || bufs == NULL ||
      !request_begin (starting, (uv_req_t *)request,
                      stream->type == UV_TTY ? OP_WRITE_TTY : OP_WRITE, (Callback)callback, NULL,
                      (uv_handle_t *)stream, NULL, caller))
    return false;
  inspect_attribute (starting->await, &key_bytes, count_bytes (bufs, nbufs));
  note_request (stream, bufs, nbufs);
  request_pass (starting);
  return true;
}

HOT int
hook_uv_write (uv_write_t *request, uv_stream_t *stream, const uv_buf_t bufs[], unsigned int nbufs,
               uv_write_cb callback)
{
  Starting starting;
  int status;

  if (!write_begin (&starting, request, stream, bufs, nbufs, callback, CALLER))
    return real_uv_write (request, stream, bufs, nbufs, callback);
  status = real_uv_write (request, stream, bufs, nbufs, on_write);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

int
hook_uv_write2 (uv_write_t *request, uv_stream_t *stream, const uv_buf_t bufs[], unsigned int nbufs,
                uv_stream_t *send_handle, uv_write_cb callback)
{
  Starting starting;
  int status;

  if (!write_begin (&starting, request, stream, bufs, nbufs, callback, CALLER))
    return real_uv_write2 (request, stream, bufs, nbufs, send_handle, callback);
  status = real_uv_write2 (request, stream, bufs, nbufs, send_handle, on_write);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

/* What was written at once is an await that is over as soon as it began: the peer may now owe an
 * answer. A terminal owes none, and what would have blocked did not happen. */
static void
note_try_write (uv_stream_t *stream, const uv_buf_t bufs[], unsigned int nbufs, int written,
                const void *caller)
{
  InspectObject await = operation_await (OP_TRY_WRITE, stream);
  uint64_t cost = inspect_cost_begin ();
  Record *record = handle_record ((uv_handle_t *)stream);
  InspectLocationId where = task_place_of_call (caller);
  InspectId task = task_of_operation ((uv_handle_t *)stream, record, NULL, where);

  if (task != INSPECT_NONE)
    {
      inspect_await_begin (task, await, where);
      inspect_attribute (await, &key_resource, stream_resource (stream));
      inspect_attribute (await, &key_bytes, (uint64_t)written);
      note_request (stream, bufs, nbufs);
      inspect_await_end (task, await, 0);
      task_unref (task);
    }
  cost_end (cost);
}

int
hook_uv_try_write (uv_stream_t *stream, const uv_buf_t bufs[], unsigned int nbufs)
{
  int status = real_uv_try_write (stream, bufs, nbufs);

  if (status > 0 && plugin_is_on () && stream->type != UV_TTY)
    note_try_write (stream, bufs, nbufs, status, CALLER);
  return status;
}

int
hook_uv_try_write2 (uv_stream_t *stream, const uv_buf_t bufs[], unsigned int nbufs,
                    uv_stream_t *send_handle)
{
  int status = real_uv_try_write2 (stream, bufs, nbufs, send_handle);

  if (status > 0 && plugin_is_on () && stream->type != UV_TTY)
    note_try_write (stream, bufs, nbufs, status, CALLER);
  return status;
}

static TRAMPOLINE void
on_shutdown (uv_shutdown_t *request, int status)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->cb = (uv_shutdown_cb)firing.callback;
      request->cb (request, status);
    }
  firing_end (&firing);
}

int
hook_uv_shutdown (uv_shutdown_t *request, uv_stream_t *stream, uv_shutdown_cb callback)
{
  Starting starting;
  int status;

  if (callback == on_shutdown || stream == NULL ||
      !request_begin (&starting, (uv_req_t *)request, OP_SHUTDOWN, (Callback)callback, NULL,
                      (uv_handle_t *)stream, NULL, CALLER))
    return real_uv_shutdown (request, stream, callback);
  request_pass (&starting);
  status = real_uv_shutdown (request, stream, on_shutdown);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

/* ---- Since before anybody looked --------------------------------------------------------------- */

static void
adopt_writes (uv_stream_t *stream, void *const *ring, AdoptMode mode)
{
  for (void *const *link = ring[0]; link != ring && link != NULL; link = link[0])
    {
      uv_write_t *request = (uv_write_t *)((char *)(uintptr_t)link - offsetof (uv_write_t, queue));
      InspectObject await =
          adopt_request ((uv_req_t *)request, stream->type == UV_TTY ? OP_WRITE_TTY : OP_WRITE,
                         (Callback *)&request->cb, (Callback)on_write, (uv_handle_t *)stream, mode);

      if (await != 0 && request->bufs != NULL)
        inspect_attribute (await, &key_bytes, count_bytes (request->bufs, request->nbufs));
    }
}

static void
adopt_requests (uv_stream_t *stream, AdoptMode mode)
{
  uv_connect_t *connect = stream->connect_req;
  uv_shutdown_t *shutdown = stream->shutdown_req;

  if (connect != NULL)
    adopt_request ((uv_req_t *)connect,
                   stream->type == UV_NAMED_PIPE ? OP_PIPE_CONNECT : OP_TCP_CONNECT,
                   (Callback *)&connect->cb, (Callback)on_connect, (uv_handle_t *)stream, mode);
  if (shutdown != NULL)
    adopt_request ((uv_req_t *)shutdown, OP_SHUTDOWN, (Callback *)&shutdown->cb,
                   (Callback)on_shutdown, (uv_handle_t *)stream, mode);
  adopt_writes (stream, (void *const *)(const void *)&stream->write_queue, mode);
  adopt_writes (stream, (void *const *)(const void *)&stream->write_completed_queue, mode);
}

/* One that listens has no other operation. */
void
adopt_stream (uv_handle_t *handle, AdoptMode mode)
{
  uv_stream_t *stream = (uv_stream_t *)handle;

  if (mode == ADOPT && plugin.is_closing != NULL && plugin.is_closing (handle) != 0)
    {
      adopt_requests (stream, mode); /* their callbacks come with UV_ECANCELED */
      return;
    }
  if (stream->connection_cb != NULL)
    {
      if (adopt_handle (handle, OP_LISTEN, (Callback *)&stream->connection_cb,
                        (Callback)on_connection, mode) != 0)
        say_local (handle);
      return;
    }
  if (mode == ADOPT && stream->connect_req == NULL && stream->type == UV_TCP)
    {
      say_peer (handle);
      say_local (handle);
    }
  adopt_handle (handle, stream->type == UV_TTY ? OP_READ_TTY : OP_READ,
                (Callback *)&stream->read_cb, (Callback)on_read, mode);
  adopt_requests (stream, mode);
}
