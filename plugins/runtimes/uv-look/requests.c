/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is queued on a stream or a datagram socket, of a program that has left a core file: one that runs changes
 * these lists all the time. */

#include "loops.h"

#include <stddef.h>
#include <string.h>

#include "inspect-keys.h"
#include "kinds.h"

#define ID_MASK ((G_GUINT64_CONSTANT (1) << 48) - 1)
#define MAX_REQUESTS 10000u /* of one handle */
#define MAX_BUFFERS 1024u   /* of one request */

#define AWAIT(var, name, phrase, flags)                                                            \
  static const InspectKind var = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 }
AWAIT (await_write, "uv.write", "writing {bytes} to {peer}",
       INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS);
AWAIT (await_shutdown, "uv.shutdown", "shutting down the sending side to {peer}",
       INSPECT_AWAIT_ONESHOT);
AWAIT (await_send, "uv.udp-send", "sending {bytes} to {peer}", INSPECT_AWAIT_ONESHOT);

#define KEY(var, name, label, type)                                                                \
  static const InspectKind var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 }
KEY (key_bytes, INSPECT_KEY_BYTES, "bytes", BYTES);

typedef struct
{
  const InspectorProbeTarget *target;
  LookFindPlace find_place;
  gpointer data;
  const InspectorProbeSink *sink;
  InspectorProbeResource resource;
  InspectorProbeAttribute fd;
} Queue;

static gboolean
read_bytes (const Queue *queue, guint64 address, gpointer buffer, gsize length)
{
  return queue->target->read (queue->target->data, address, buffer, length);
}

static void
say (const Queue *queue, const InspectKind *kind, guint64 address, guint64 callback,
     const guint64 *bytes)
{
  InspectorProbeFrame frame = { 0 };
  InspectorProbeAttribute attribute = { &key_bytes, bytes != NULL ? *bytes : 0, NULL };
  InspectorProbeAwait await;
  InspectorProbeTask task;

  if (callback != 0)
    queue->find_place (queue->data, callback, &frame.place);
  await = (InspectorProbeAwait){ .kind = kind,
                                 .id = address & ID_MASK,
                                 .frames = &frame,
                                 .n_frames = 1,
                                 .resource = &queue->resource,
                                 .attributes = &attribute,
                                 .n_attributes = bytes != NULL };
  task = (InspectorProbeTask){ .id = address & ID_MASK,
                               .serial = callback,
                               .state = INSPECTOR_PROBE_WAITING,
                               .place = frame.place,
                               .awaits = &await,
                               .n_awaits = 1 };
  queue->sink->task (queue->sink->data, &task);
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
  say (queue, &await_write, address, GPOINTER_TO_SIZE ((gpointer)request.cb),
       is_known ? &bytes : NULL);
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
    if (i == MAX_REQUESTS || queue->target->is_cancelled (queue->target->data) ||
        !say_one (queue, next - offset, &next))
      return FALSE;
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
look_say_requests (const LookHandle *handle, const InspectorProbeTarget *target,
                   LookFindPlace find_place, gpointer data, const InspectorProbeSink *sink)
{
  uv_handle_type type = handle->bytes.handle.type;
  const InspectKind *resource = type == UV_TCP   ? &look_resource_tcp
                                : type == UV_UDP ? &look_resource_udp
                                                 : &look_resource_pipe;
  int fd = type == UV_UDP ? handle->bytes.udp.io_watcher.fd : handle->bytes.stream.io_watcher.fd;
  Queue queue = { .target = target, .find_place = find_place, .data = data, .sink = sink };

  if (type != UV_TCP && type != UV_NAMED_PIPE && type != UV_TTY && type != UV_UDP)
    return TRUE;
  queue.fd = (InspectorProbeAttribute){ &look_key_fd, (guint64)fd, NULL };
  queue.resource = (InspectorProbeResource){ resource, handle->address, &queue.fd, fd >= 0 };
  return type == UV_UDP ? say_datagrams (&queue, handle->address, &handle->bytes.udp)
                        : say_stream (&queue, handle->address, &handle->bytes.stream);
}
