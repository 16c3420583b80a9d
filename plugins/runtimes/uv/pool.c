/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the thread pool does, but for files (fs.c): work, names, random data. */

#include "addresses.h"
#include "subject.h"

#include <stdlib.h>

#include "shared/lock.h"
#include "table.h"

/* ---- The pool -------------------------------------------------------------------------------- */

#define POOL_DEFAULT 4u
#define POOL_MAX 1024u

/* As libuv counts its threads when it first needs one (libuv/src/threadpool.c 1.52). */
static uint32_t
count_threads (void)
{
  const char *text = getenv ("UV_THREADPOOL_SIZE");
  uint32_t n = 0;

  if (text == NULL)
    return POOL_DEFAULT;
  for (; *text >= '0' && *text <= '9' && n <= POOL_MAX; text++)
    n = n * 10 + (uint32_t)(*text - '0');
  return n == 0 ? 1 : n > POOL_MAX ? POOL_MAX : n;
}

/* How many can hold the pool is said once a process: the child of a fork has one of its own. */
static void
say_pool (InspectObject await)
{
  static uint32_t said_in;
  uint32_t process = __atomic_load_n (lock_process, __ATOMIC_RELAXED);

  if (process == 0)
    process = lock_learn_process ();
  inspect_attribute (await, &key_resource, resource_of_pool ());
  if (__atomic_exchange_n (&said_in, process, __ATOMIC_RELAXED) != process)
    inspect_attribute (resource_of_pool (), &key_permits, count_threads ());
}

/* ---- Work ------------------------------------------------------------------------------------ */

/* On a thread of the pool: a poll of the request's task. The record stays until the after-work
 * callback, which comes later; only the table's links are shared with the loop's thread. */
static TRAMPOLINE void
on_work (uv_work_t *request)
{
  Record *record = table_find (RECORD_REQUEST, request);
  Firing firing = { .task = INSPECT_NONE };

  if (record == NULL)
    return;
  firing.callback = record->work;
  if (plugin_is_on () && task_ref (record->task))
    {
      InspectLocationId where = inspect_location_of_function ((const void *)firing.callback);

      firing.cost = inspect_cost_begin ();
      firing.task = record->task;
      firing.await = operation_await (OP_WORK, request);
      inspect_attribute (firing.await, &key_running, true);
      task_set_callback (firing.task, (const void *)firing.callback, NULL);
      firing.previous = inspect_poll_begin (firing.task, firing.await, where);
      inspect_acquire (firing.task, resource_of_pool (), where);
      cost_end (firing.cost);
    }
  ((uv_work_cb)firing.callback) (request);
  if (firing.task != INSPECT_NONE)
    inspect_release (firing.task, resource_of_pool ());
  firing_end (&firing);
}

static TRAMPOLINE void
on_after_work (uv_work_t *request, int status)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  request->work_cb = (uv_work_cb)firing.work;
  request->after_work_cb = (uv_after_work_cb)firing.callback;
  if (firing.callback != NULL)
    ((uv_after_work_cb)firing.callback) (request, status);
  firing_end (&firing);
}

int
hook_uv_queue_work (uv_loop_t *loop, uv_work_t *request, uv_work_cb work, uv_after_work_cb after)
{
  Starting starting;
  int status;

  if (work == NULL || work == on_work || after == on_after_work ||
      !request_begin (&starting, (uv_req_t *)request, OP_WORK, (Callback)after, (Callback)work,
                      NULL, loop, CALLER))
    return real_uv_queue_work (loop, request, work, after);
  say_pool (starting.await);
  inspect_attribute (starting.await, &key_work, (uint64_t)(uintptr_t)work);
  inspect_attribute (starting.await, &key_callback, (uint64_t)(uintptr_t)after);
  request_pass (&starting);
  status = real_uv_queue_work (loop, request, on_work, on_after_work);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

/* ---- Random data ----------------------------------------------------------------------------- */

static TRAMPOLINE void
on_random (uv_random_t *request, int status, void *buffer, size_t length)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->cb = (uv_random_cb)firing.callback;
      request->cb (request, status, buffer, length);
    }
  firing_end (&firing);
}

int
hook_uv_random (uv_loop_t *loop, uv_random_t *request, void *buffer, size_t length, unsigned flags,
                uv_random_cb callback)
{
  Starting starting;
  int status;

  if (callback == NULL || callback == on_random ||
      !request_begin (&starting, (uv_req_t *)request, OP_RANDOM, (Callback)callback, NULL, NULL,
                      loop, CALLER))
    return real_uv_random (loop, request, buffer, length, flags, callback);
  say_pool (starting.await);
  inspect_attribute (starting.await, &key_bytes, length);
  request_pass (&starting);
  status = real_uv_random (loop, request, buffer, length, flags, on_random);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

/* ---- Names ----------------------------------------------------------------------------------- */

static TRAMPOLINE void
on_addresses (uv_getaddrinfo_t *request, int status, struct addrinfo *addresses)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->cb = (uv_getaddrinfo_cb)firing.callback;
      request->cb (request, status, addresses);
    }
  firing_end (&firing);
}

int
hook_uv_getaddrinfo (uv_loop_t *loop, uv_getaddrinfo_t *request, uv_getaddrinfo_cb callback,
                     const char *node, const char *service, const struct addrinfo *hints)
{
  Starting starting;
  int status;

  if (callback == NULL || callback == on_addresses ||
      !request_begin (&starting, (uv_req_t *)request, OP_GETADDRINFO, (Callback)callback, NULL,
                      NULL, loop, CALLER))
    return real_uv_getaddrinfo (loop, request, callback, node, service, hints);
  say_pool (starting.await);
  say_text (starting.await, &key_host, node);
  say_text (starting.await, &key_service, service);
  request_pass (&starting);
  status = real_uv_getaddrinfo (loop, request, on_addresses, node, service, hints);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}

static TRAMPOLINE void
on_name (uv_getnameinfo_t *request, int status, const char *host, const char *service)
{
  Firing firing;

  request_take (&firing, request);
  request_resume (&firing, status);
  if (firing.callback != NULL)
    {
      request->getnameinfo_cb = (uv_getnameinfo_cb)firing.callback;
      request->getnameinfo_cb (request, status, host, service);
    }
  firing_end (&firing);
}

int
hook_uv_getnameinfo (uv_loop_t *loop, uv_getnameinfo_t *request, uv_getnameinfo_cb callback,
                     const struct sockaddr *address, int flags)
{
  Starting starting;
  int status;

  if (callback == NULL || callback == on_name ||
      !request_begin (&starting, (uv_req_t *)request, OP_GETNAMEINFO, (Callback)callback, NULL,
                      NULL, loop, CALLER))
    return real_uv_getnameinfo (loop, request, callback, address, flags);
  say_pool (starting.await);
  say_address (starting.await, &key_peer, address);
  request_pass (&starting);
  status = real_uv_getnameinfo (loop, request, on_name, address, flags);
  request_begun (&starting, (uv_req_t *)request, status);
  return status;
}
