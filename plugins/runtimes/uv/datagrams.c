/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Datagrams. That one was sent does not make its receiver owe an answer: sending ASKS for nothing,
 * and what was sent at once (uv_udp_try_send) leaves nothing to wait for and is not looked at. */

#include <errno.h>

#include "addresses.h"
#include "adopt.h"
#include "subject.h"

static TRAMPOLINE void
on_send (uv_udp_send_t *request, int status)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->cb = (uv_udp_send_cb)firing.callback;
      request->cb (request, status);
    }
  firing_end (&firing);
}

int
hook_uv_udp_send (uv_udp_send_t *request, uv_udp_t *handle, const uv_buf_t bufs[],
                  unsigned int nbufs, const struct sockaddr *address, uv_udp_send_cb callback)
{
  Starting starting;
  int status;

  if (callback == on_send || handle == NULL ||
      !request_begin (&starting, (uv_req_t *)request, OP_UDP_SEND, (Callback)callback, NULL,
                      (uv_handle_t *)handle, NULL, CALLER))
    return real_uv_udp_send (request, handle, bufs, nbufs, address, callback);
  inspect_attribute (starting.await, &key_bytes, count_bytes (bufs, nbufs));
  say_address (starting.await, &key_peer, address);
  request_pass (&starting);
  status = real_uv_udp_send (request, handle, bufs, nbufs, address, on_send);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

/* A receive error does not stop libuv; neither does it end the await. */
static TRAMPOLINE void
on_receive (uv_udp_t *handle, ssize_t nread, const uv_buf_t *buf, const struct sockaddr *from,
            unsigned int flags)
{
  Firing firing;

  /* Without a sender nothing came: the socket is drained, or a buffer is given back. */
  handle_fire (&firing, handle, from != NULL || nread < 0 ? FIRE_AGAIN : FIRE_IDLE, nread);
  if (firing.callback != NULL)
    ((uv_udp_recv_cb)firing.callback) (handle, nread, buf, from, flags);
  firing_end (&firing);
}

int
hook_uv_udp_recv_start (uv_udp_t *handle, uv_alloc_cb allocate, uv_udp_recv_cb callback)
{
  HandleStart start;
  int status;

  if (allocate == NULL || !handle_begin (&start, (uv_handle_t *)handle, UV_UDP, (Callback)callback,
                                         (Callback)on_receive, CALLER))
    return real_uv_udp_recv_start (handle, allocate, callback);
  status = real_uv_udp_recv_start (handle, allocate, on_receive);
  if (handle_begun (&start, (uv_handle_t *)handle, OP_UDP_RECEIVE, status) != 0)
    say_local ((uv_handle_t *)handle);
  handle_done (&start);
  return status;
}

int
hook_uv_udp_recv_stop (uv_udp_t *handle)
{
  int status = real_uv_udp_recv_stop (handle);

  if (status == 0)
    handle_end ((uv_handle_t *)handle, -ECANCELED);
  return status;
}

void
adopt_udp (uv_handle_t *handle, AdoptMode mode)
{
  uv_udp_t *udp = (uv_udp_t *)handle;
  void *const *ring = (void *const *)(const void *)&udp->write_queue;

  if (adopt_handle (handle, OP_UDP_RECEIVE, (Callback *)&udp->recv_cb, (Callback)on_receive,
                    mode) != 0)
    say_local (handle);
  for (void *const *link = ring[0]; link != ring && link != NULL; link = link[0])
    {
      uv_udp_send_t *request =
          (uv_udp_send_t *)((char *)(uintptr_t)link - offsetof (uv_udp_send_t, queue));

      adopt_request ((uv_req_t *)request, OP_UDP_SEND, (Callback *)&request->send_cb,
                     (Callback)on_send, handle, mode);
    }
}
