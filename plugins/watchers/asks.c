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
/* Whose address is the await's, too. */
static const void *owners[MAX_FDS];

static bool
is_followed (int fd)
{
  return (unsigned)fd < MAX_FDS &&
         (__atomic_load_n (&followed[fd / 64], __ATOMIC_RELAXED) >> (fd % 64) & 1) != 0;
}

void
asks_follow (int fd, const void *owner)
{
  if ((unsigned)fd >= MAX_FDS)
    return;
  __atomic_store_n (&owners[fd], owner, __ATOMIC_RELAXED);
  __atomic_fetch_or (&followed[fd / 64], UINT64_C (1) << (fd % 64), __ATOMIC_RELAXED);
}

/* With a reference. What is sent outside of any task, on a descriptor of none, is no task's question.
 * @ret_callback: of the watcher, when it is what sends */
static InspectId
task_of (int fd, Callback *ret_callback)
{
  const void *owner = __atomic_load_n (&owners[fd], __ATOMIC_RELAXED);
  InspectId current = inspect_task_current ();

  if (owner == NULL)
    return task_ref (current) ? current : INSPECT_NONE;
  return watcher_asks (owner) ? INSPECT_NONE : watcher_ref_task (owner, ret_callback);
}

static void
ask (int fd, ssize_t length, const void *caller)
{
  Callback callback = NULL;
  InspectObject await;
  InspectId task;

  if (length <= 0 || !watchers_are_on ())
    return;
  task = task_of (fd, &callback);
  if (task == INSPECT_NONE)
    return;
  await = inspect_object (&await_send, inspect_id_of (&owners[fd]));
  inspect_await_begin (task, await,
                       callback != NULL ? inspect_location_of_function ((const void *)callback)
                                        : watcher_place (caller));
  inspect_attribute (await, &key_bytes, (uint64_t)length);
  inspect_attribute (await, &key_resource, descriptor_object (fd));
  inspect_await_end (task, await, 0);
  task_unref (task);
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
