/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "asks.h"

#include "say.h"
#include "watcher.h"

/* Descriptors beyond are not followed. */
#define MAX_FDS 65536u

INSPECT_DEFINE_AWAIT (await_send, "socket.send", "sending {bytes} to {peer} at once",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS);

#define HOOK(function) __typeof__ (function) *real_##function;
#include "asks.def"

/* One bit each. */
static uint64_t followed[MAX_FDS / 64];
/* A byte each, whose address is the await's. */
static char asks[MAX_FDS];

static bool
is_followed (int fd)
{
  return (unsigned)fd < MAX_FDS &&
         (__atomic_load_n (&followed[fd / 64], __ATOMIC_RELAXED) >> (fd % 64) & 1) != 0;
}

void
asks_follow (int fd)
{
  if ((unsigned)fd < MAX_FDS)
    __atomic_fetch_or (&followed[fd / 64], UINT64_C (1) << (fd % 64), __ATOMIC_RELAXED);
}

/* What is sent outside of any task is no task's question. */
static void
ask (int fd, ssize_t length, const void *caller)
{
  InspectId task = inspect_task_current ();
  InspectObject await;

  if (length <= 0 || task == INSPECT_NONE || !watchers_are_on ())
    return;
  await = inspect_object (&await_send, inspect_id_of (&asks[fd]));
  inspect_await_begin (task, await, watcher_place (caller));
  inspect_attribute (await, &key_bytes, (uint64_t)length);
  inspect_attribute (await, &key_resource, descriptor_object (fd));
  inspect_await_end (task, await, 0);
}

#define SENDING(name, parameters, arguments)                                                       \
  ssize_t hook_##name parameters                                                                   \
  {                                                                                                \
    ssize_t length = real_##name arguments;                                                        \
                                                                                                   \
    if (__builtin_expect (is_followed (fd), false))                                                \
      ask (fd, length, CALLER);                                                                    \
    return length;                                                                                 \
  }

SENDING (send, (int fd, const void *bytes, size_t length_, int flags), (fd, bytes, length_, flags))
SENDING (sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
SENDING (sendto,
         (int fd, const void *bytes, size_t length_, int flags, __CONST_SOCKADDR_ARG address,
          socklen_t address_length),
         (fd, bytes, length_, flags, address, address_length))
SENDING (write, (int fd, const void *bytes, size_t length_), (fd, bytes, length_))
SENDING (writev, (int fd, const struct iovec *buffers, int n), (fd, buffers, n))

int
hook_close (int fd)
{
  if (__builtin_expect (is_followed (fd), false))
    __atomic_fetch_and (&followed[fd / 64], ~(UINT64_C (1) << (fd % 64)), __ATOMIC_RELAXED);
  return real_close (fd);
}
