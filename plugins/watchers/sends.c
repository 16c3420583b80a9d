/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "sends.h"

#include <errno.h>

#include "emit/sys.h"
#include "shared/lock.h"
#include "descriptors.h"
#include "say.h"
#include "task.h"
#include "watcher.h"
#include "watchers.h"

INSPECT_DEFINE_AWAIT (await_send, "socket.send", "sending {bytes} to {peer} at once",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS);

#define HOOK(function) __typeof__ (function) *real_##function;
#include "sends.def"

/* With a reference. What is sent outside of any task, on a descriptor of none, is no task's question.
 * @ret_callback: of the watcher, when it is what sends */
static InspectId
task_of (int fd, Callback *ret_callback)
{
  const void *owner = descriptor_get_owner (fd);
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
  await = inspect_object (&await_send, (InspectId)fd + 1);
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
    if (__builtin_expect (descriptor_is_followed (fd), false))                                     \
      ask (fd, length, CALLER);                                                                    \
    return length;                                                                                 \
  }

SENDING (send, (int fd, const void *bytes, size_t length_, int flags), (fd, bytes, length_, flags))
SENDING (sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
SENDING (sendto,
         (int fd, const void *bytes, size_t length_, int flags, __CONST_SOCKADDR_ARG address,
          socklen_t address_length),
         (fd, bytes, length_, flags, address, address_length))
SENDING (splice, (int from, off64_t *from_at, int fd, off64_t *at, size_t length_, unsigned flags),
         (from, from_at, fd, at, length_, flags))
SENDING (write, (int fd, const void *bytes, size_t length_), (fd, bytes, length_))
SENDING (writev, (int fd, const struct iovec *buffers, int n), (fd, buffers, n))

/* ---- From where to where --------------------------------------------------------------------- */

int
hook_connect (int fd, __CONST_SOCKADDR_ARG address, socklen_t length)
{
  int status = real_connect (fd, address, length);

  if (status == 0 || errno == EINPROGRESS)
    descriptor_set_client (fd);
  return status;
}

int
hook_accept (int listener, __SOCKADDR_ARG address, socklen_t *restrict length)
{
  int fd = real_accept (listener, address, length);

  descriptor_forget (fd);
  return fd;
}

int
hook_accept4 (int listener, __SOCKADDR_ARG address, socklen_t *restrict length, int flags)
{
  int fd = real_accept4 (listener, address, length, flags);

  descriptor_forget (fd);
  return fd;
}

/* Between vfork() and exec() a child runs in this memory, with descriptors of its own. */
static bool
is_another_process (void)
{
  uint32_t self = __atomic_load_n (lock_process, __ATOMIC_RELAXED);

  return self != 0 && self != (uint32_t)sys_getpid ();
}

/* Before its number can be another's. */
int
hook_close (int fd)
{
  if (__builtin_expect (descriptor_is_known (fd), false) && !is_another_process ())
    descriptor_forget (fd);
  return real_close (fd);
}
