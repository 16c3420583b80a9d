/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is queued on a stream or a datagram socket: of a program that has left a core file, and of one that runs what
 * was there at the first look. */

#include "loops.h"

#include <stddef.h>
#include <string.h>

#include "inspect-keys.h"
#include "kinds.h"

#define MAX_REQUESTS 10000u /* of one handle */
#define MAX_BUFFERS 1024u   /* of one request */

#define AWAIT(var, name, phrase, flags)                                                            \
  static const InspectKind var = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 }
AWAIT (await_write, "uv.write", "writing {bytes} to {peer}",
       INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS);
/* Whether an answer is owed is not known where nobody has seen what was read since. */
static const InspectKind await_write_before = {
  "uv.write", "writing {bytes} to {peer}", INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT, 0, 0
};
AWAIT (await_shutdown, "uv.shutdown", "shutting down the sending side to {peer}",
       INSPECT_AWAIT_ONESHOT);
AWAIT (await_send, "uv.udp-send", "sending {bytes} to {peer}", INSPECT_AWAIT_ONESHOT);

#define KEY(var, name, label, type)                                                                \
  static const InspectKind var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 }
KEY (key_bytes, INSPECT_KEY_BYTES, "bytes", BYTES);

AWAIT (await_connect, "uv.tcp-connect", "connecting to {peer}", INSPECT_AWAIT_ONESHOT);
AWAIT (await_pipe_connect, "uv.pipe-connect", "connecting to a socket", INSPECT_AWAIT_ONESHOT);

typedef struct
{
  const LookTeller *teller;
  InspectorProbeResource resource;
  InspectorProbeAttribute fd;
} Queue;

static gboolean
read_bytes (const Queue *queue, guint64 address, gpointer buffer, gsize length)
{
  return look_read (queue->teller, address, buffer, length);
}

static void
say (const Queue *queue, const InspectKind *kind, guint64 address, guint64 callback,
     const guint64 *bytes)
{
  InspectorProbeAttribute attribute = { &key_bytes, bytes != NULL ? *bytes : 0, NULL };
  const LookWait wait = { kind, address, callback, &queue->resource, &attribute, bytes != NULL };

  look_say_wait (queue->teller, &wait);
}

/* What of its buffers has not been written. FALSE: they are not there */
static gboolean
count_bytes (const Queue *queue, guint64 buffers, guint from, guint n, guint64 *ret_bytes)
{
  *ret_bytes = 0;
  if (from > n || n > MAX_BUFFERS)
    return FALSE;
  for (guint i = from; i < n; i++)
    {
      uv_buf_t buffer;

      if (!read_bytes (queue, buffers + i * sizeof buffer, &buffer, sizeof buffer))
        return FALSE;
      *ret_bytes += buffer.len;
    }
  return TRUE;
}

static gboolean
say_write (const Queue *queue, guint64 address, guint64 *ret_next)
{
  uv_write_t request;
  guint64 bytes;
  gboolean is_known;

  if (!read_bytes (queue, address, &request, sizeof request) || request.type != UV_WRITE)
    return FALSE;
  is_known = count_bytes (queue, GPOINTER_TO_SIZE (request.bufs), request.write_index,
                          request.nbufs, &bytes);
  say (queue, queue->teller->target->pid == 0 ? &await_write : &await_write_before, address,
       GPOINTER_TO_SIZE ((gpointer)request.cb), is_known ? &bytes : NULL);
  memcpy (ret_next, &request.queue, sizeof *ret_next);
  return TRUE;
}

static gboolean
say_send (const Queue *queue, guint64 address, guint64 *ret_next)
{
  uv_udp_send_t request;
  guint64 bytes;
  gboolean is_known;

  if (!read_bytes (queue, address, &request, sizeof request) || request.type != UV_UDP_SEND)
    return FALSE;
  is_known = count_bytes (queue, GPOINTER_TO_SIZE (request.bufs), 0, request.nbufs, &bytes);
  say (queue, &await_send, address, GPOINTER_TO_SIZE ((gpointer)request.send_cb),
       is_known ? &bytes : NULL);
  memcpy (ret_next, &request.queue, sizeof *ret_next);
  return TRUE;
}

/* A ring whose head lies in the handle. */
static gboolean
say_ring (const Queue *queue, guint64 head, guint64 next, gsize offset,
          gboolean (*say_one) (const Queue *queue, guint64 address, guint64 *ret_next))
{
  for (guint i = 0; next != head; i++)
    if (i == MAX_REQUESTS || queue->teller->target->is_cancelled (queue->teller->target->data) ||
        !say_one (queue, next - offset, &next))
      return FALSE;
  return TRUE;
}

/* FALSE: it is none any more. */
static gboolean
say_connect (const Queue *queue, guint64 address, gboolean is_tcp)
{
  uv_connect_t request;

  if (!read_bytes (queue, address, &request, sizeof request) || request.type != UV_CONNECT)
    return FALSE;
  say (queue, is_tcp ? &await_connect : &await_pipe_connect, address,
       GPOINTER_TO_SIZE ((gpointer)request.cb), NULL);
  return TRUE;
}

static gboolean
say_stream (const Queue *queue, guint64 address, const uv_stream_t *stream)
{
  guint64 next;
  uv_shutdown_t shutdown;
  gboolean is_whole;

  memcpy (&next, &stream->write_queue, sizeof next);
  is_whole = say_ring (queue, address + offsetof (uv_stream_t, write_queue), next,
                       offsetof (uv_write_t, queue), say_write);
  /* Of one who only looks it is the handle that waits. */
  if (stream->connect_req != NULL && queue->teller->target->only_before)
    is_whole &= say_connect (queue, GPOINTER_TO_SIZE (stream->connect_req), stream->type == UV_TCP);
  if (stream->shutdown_req == NULL)
    return is_whole;
  if (!read_bytes (queue, GPOINTER_TO_SIZE (stream->shutdown_req), &shutdown, sizeof shutdown))
    return FALSE;
  say (queue, &await_shutdown, GPOINTER_TO_SIZE (stream->shutdown_req),
       GPOINTER_TO_SIZE ((gpointer)shutdown.cb), NULL);
  return is_whole;
}

static gboolean
say_datagrams (const Queue *queue, guint64 address, const uv_udp_t *udp)
{
  guint64 next;

  memcpy (&next, &udp->write_queue, sizeof next);
  return say_ring (queue, address + offsetof (uv_udp_t, write_queue), next,
                   offsetof (uv_udp_send_t, queue), say_send);
}

gboolean
look_say_requests (const LookHandle *handle, const LookTeller *teller)
{
  uv_handle_type type = handle->bytes.handle.type;
  const InspectKind *resource = type == UV_TCP   ? &look_resource_tcp
                                : type == UV_UDP ? &look_resource_udp
                                                 : &look_resource_pipe;
  int fd = type == UV_UDP ? handle->bytes.udp.io_watcher.fd : handle->bytes.stream.io_watcher.fd;
  Queue queue = { .teller = teller };

  if (type != UV_TCP && type != UV_NAMED_PIPE && type != UV_TTY && type != UV_UDP)
    return TRUE;
  queue.fd = (InspectorProbeAttribute){ &look_key_fd, (guint64)fd, NULL };
  queue.resource = (InspectorProbeResource){ resource, handle->address, &queue.fd, fd >= 0 };
  return type == UV_UDP ? say_datagrams (&queue, handle->address, &handle->bytes.udp)
                        : say_stream (&queue, handle->address, &handle->bytes.stream);
}
