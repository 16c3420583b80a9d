/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A handle that is active, as a task that waits.
 *
 * Seconds may lie between two looks, in which a timer fires and a connection is made. So none of these is
 * a wait that has to end by some time, and nothing is said of when a timer is due: what has been true at
 * the last look must never be taken for something that hangs. */

#include "loops.h"

#include "inspect-keys.h"
#include "kinds.h"

/* Bits of uv_handle_t.flags, which uv.h does not name (libuv/src/uv-common.h). */
#define HANDLE_CLOSING 0x1u
#define HANDLE_ACTIVE 0x4u
#define HANDLE_INTERNAL 0x10u

#define NS_PER_MS G_GUINT64_CONSTANT (1000000)

#define AWAIT(var, name, phrase, flags)                                                            \
  static const InspectKind var = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 }
AWAIT (await_listen, "uv.listen", "waiting for connections on {local}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LISTENS);
AWAIT (await_connect, "uv.tcp-connect", "connecting to {peer}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_read, "uv.read", "waiting to read from {peer}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_datagram, "uv.udp-receive", "waiting for datagrams on {local}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_timer, "uv.timer", "a timer", INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_repeat, "uv.timer-repeat", "timer every {repeat}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_poll, "uv.poll", "watching descriptor {fd}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_async, "uv.async", "waiting for a wake-up from another thread",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_signal, "uv.signal", "waiting for signal {signal}",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_watch, "uv.fs-event", "watching a file",
       INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);
AWAIT (await_process, "uv.process", "process {pid} to exit",
       INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_EXTERNAL);
AWAIT (await_phase, "uv.phase", "hook of the loop", INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LOOP);

#define KEY(var, name, label, type)                                                                \
  static const InspectKind var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 }
KEY (key_repeat, INSPECT_KEY_REPEAT, "repeat", DURATION);
KEY (key_pid, INSPECT_KEY_PID, "pid", PID);
KEY (key_signal, INSPECT_KEY_SIGNAL, "signal", U64);

/* What is found out of one handle. */
typedef struct
{
  const InspectKind *await;
  const InspectKind *resource; /* NULL: none */
  guint64 callback;
  int fd; /* -1 none */
  InspectorProbeAttribute attributes[2];
  guint n_attributes;
} Known;

static void
add (Known *wait, const InspectKind *key, guint64 value)
{
  wait->attributes[wait->n_attributes++] = (InspectorProbeAttribute){ key, value, NULL };
}

static void
read_stream (const uv_stream_t *stream, Known *wait)
{
  wait->resource = stream->type == UV_TCP ? &look_resource_tcp : &look_resource_pipe;
  wait->fd = stream->io_watcher.fd;
  if (stream->connection_cb != NULL)
    {
      wait->await = &await_listen;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)stream->connection_cb);
    }
  else if (stream->connect_req != NULL)
    wait->await = &await_connect;
  else if (stream->read_cb != NULL)
    {
      wait->await = &await_read;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)stream->read_cb);
    }
}

static void
read_timer (const uv_timer_t *timer, Known *wait)
{
  wait->await = timer->repeat != 0 ? &await_repeat : &await_timer;
  wait->callback = GPOINTER_TO_SIZE ((gpointer)timer->timer_cb);
  if (timer->repeat != 0)
    add (wait, &key_repeat, timer->repeat * NS_PER_MS);
}

/* await stays NULL where it waits for nothing. */
static void
read_handle (const union uv_any_handle *handle, Known *wait)
{
  switch (handle->handle.type)
    {
    case UV_TCP:
    case UV_NAMED_PIPE:
    case UV_TTY:
      read_stream (&handle->stream, wait);
      break;
    case UV_TIMER:
      read_timer (&handle->timer, wait);
      break;
    case UV_UDP:
      wait->await = &await_datagram;
      wait->resource = &look_resource_udp;
      wait->fd = handle->udp.io_watcher.fd;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->udp.recv_cb);
      break;
    case UV_POLL:
      wait->await = &await_poll;
      wait->resource = &look_resource_poll;
      wait->fd = handle->poll.io_watcher.fd;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->poll.poll_cb);
      break;
    case UV_ASYNC:
      wait->await = &await_async;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->async.async_cb);
      break;
    case UV_SIGNAL:
      wait->await = &await_signal;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->signal.signal_cb);
      add (wait, &key_signal, (guint64)handle->signal.signum);
      break;
    case UV_FS_EVENT:
      wait->await = &await_watch;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->fs_event.cb);
      break;
    case UV_PROCESS:
      wait->await = &await_process;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->process.exit_cb);
      add (wait, &key_pid, (guint64)handle->process.pid);
      break;
    case UV_PREPARE:
      wait->await = &await_phase;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->prepare.prepare_cb);
      break;
    case UV_CHECK:
      wait->await = &await_phase;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->check.check_cb);
      break;
    case UV_IDLE:
      wait->await = &await_phase;
      wait->callback = GPOINTER_TO_SIZE ((gpointer)handle->idle.idle_cb);
      break;
    default:
      break;
    }
}

/* Where the callback of a pending connection is. */
static guint64
find_connect_callback (const LookTeller *teller, const uv_stream_t *stream)
{
  uv_connect_t request;

  return look_read (teller, GPOINTER_TO_SIZE (stream->connect_req), &request, sizeof request)
             ? GPOINTER_TO_SIZE ((gpointer)request.cb)
             : 0;
}

static void
say_handle (const LookHandle *handle, const LookTeller *teller)
{
  Known known = { .fd = -1 };
  InspectorProbeResource resource;
  InspectorProbeAttribute fd;
  LookWait wait;

  read_handle (&handle->bytes, &known);
  /* That is told of by its request then. */
  if (known.await == NULL || (known.await == &await_connect && teller->target->only_before))
    return;
  if (known.await == &await_connect)
    known.callback = find_connect_callback (teller, &handle->bytes.stream);
  fd = (InspectorProbeAttribute){ &look_key_fd, (guint64)known.fd, NULL };
  resource = (InspectorProbeResource){ known.resource, handle->address, &fd, known.fd >= 0 };
  wait = (LookWait){ known.await,      handle->address,
                     known.callback,   known.resource != NULL ? &resource : NULL,
                     known.attributes, known.n_attributes };
  look_say_wait (teller, &wait);
}

gboolean
look_say_loop (const LookLoop *loop, const LookTeller *teller)
{
  gboolean has_requests = teller->target->pid == 0 || teller->target->only_before;
  gboolean is_whole = TRUE;

  for (guint i = 0; i < loop->handles->len; i++)
    {
      const LookHandle *handle = &g_array_index (loop->handles, LookHandle, i);
      guint flags = handle->bytes.handle.flags;
      /* A connection that is being made has no activity of its own. */
      gboolean connects =
          (handle->bytes.handle.type == UV_TCP || handle->bytes.handle.type == UV_NAMED_PIPE) &&
          handle->bytes.stream.connect_req != NULL && !teller->target->only_before;

      if ((flags & (HANDLE_CLOSING | HANDLE_INTERNAL)) == 0 &&
          ((flags & HANDLE_ACTIVE) != 0 || connects))
        say_handle (handle, teller);
      if (has_requests && (flags & HANDLE_CLOSING) == 0)
        is_whole &= look_say_requests (handle, teller);
    }
  return is_whole;
}
