/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What was pending before anybody looked. The thread that an inspector has borrowed stands in the
 * loop's system call, where the loop itself is at rest: its handles are walked as the program could walk
 * them there. Which loop that is, is found by what the thread still has in its registers and on its
 * stack: the address of a loop whose descriptor is the one that is waited for. */

#include "adopt.h"

#include <errno.h>

#include "shared/site.h"
#include "subject.h"
#include "table.h"
#include "task.h"

/* ---- The loop -------------------------------------------------------------------------------- */

static bool
is_loop (uint64_t address, const void *data)
{
  /* The beginning of a ring of handles: the next one's link back leads here. */
  uint64_t ring = address + offsetof (uv_loop_t, handle_queue), next[2], back[2];
  uv_loop_t loop;

  return site_copy (&loop, address, sizeof loop) && loop.backend_fd == *(const int *)data &&
         loop.active_handles < (1u << 24) && site_copy (next, ring, sizeof next) &&
         site_copy (back, next[0], sizeof back) && back[1] == ring &&
         site_copy (back, next[1], sizeof back) && back[0] == ring;
}

static uv_loop_t *
find_loop (const InspectSite *site)
{
  int fd = (int)site->arguments[0];

  return site_is_epoll_wait (site) ? (uv_loop_t *)(uintptr_t)site_find (site, is_loop, &fd) : NULL;
}

/* ---- Walking --------------------------------------------------------------------------------- */

typedef void (*Walker) (uv_handle_t *handle, AdoptMode mode);

static const Walker walkers[UV_HANDLE_TYPE_MAX] = {
  [UV_ASYNC] = adopt_async,     [UV_CHECK] = adopt_check,       [UV_FS_EVENT] = adopt_fs_event,
  [UV_IDLE] = adopt_idle,       [UV_NAMED_PIPE] = adopt_stream, [UV_POLL] = adopt_poll,
  [UV_PREPARE] = adopt_prepare, [UV_PROCESS] = adopt_process,   [UV_SIGNAL] = adopt_signal,
  [UV_TCP] = adopt_stream,      [UV_TIMER] = adopt_timer,       [UV_TTY] = adopt_stream,
  [UV_UDP] = adopt_udp,
};

static void
visit (uv_handle_t *handle, void *data)
{
  AdoptMode mode = *(const AdoptMode *)data;

  if ((unsigned)handle->type < UV_HANDLE_TYPE_MAX && walkers[handle->type] != NULL)
    walkers[handle->type](handle, mode);
  adopt_close (handle, mode);
}

/* No task has begun: they are met. Nor do they belong to the task in whose callback this may be. */
static void
adopt (uv_loop_t *loop)
{
  AdoptMode mode = ADOPT;
  InspectId current = inspect_task_enter (INSPECT_NONE);

  plugin.adopter = sys_gettid ();
  real_uv_walk (loop, visit, &mode);
  plugin.adopter = 0;
  inspect_task_enter (current);
}

void
adopt_pending (const InspectSite *site)
{
  uv_loop_t *loop = real_uv_walk != NULL ? find_loop (site) : NULL;

  if (loop != NULL)
    adopt (loop);
  __atomic_store_n (&adopt_known[0], loop, __ATOMIC_RELAXED);
  __atomic_store_n (&adopt_is_wanted, real_uv_walk != NULL, __ATOMIC_RELEASE);
}

void
adopt_give_back (const InspectSite *site)
{
  uv_loop_t *loop = real_uv_walk != NULL ? find_loop (site) : NULL;
  AdoptMode mode = GIVE_BACK;

  if (loop != NULL)
    real_uv_walk (loop, visit, &mode);
}

/* ---- Later ------------------------------------------------------------------------------------- */

/* Static because callbacks of any thread ask. */
const uv_loop_t *adopt_known[ADOPT_MAX_LOOPS];
bool adopt_is_wanted;

void
adopt_forget (void)
{
  __atomic_store_n (&adopt_is_wanted, false, __ATOMIC_RELAXED);
  for (uint32_t i = 0; i < ADOPT_MAX_LOOPS; i++)
    __atomic_store_n (&adopt_known[i], NULL, __ATOMIC_RELAXED);
}

/* Whether it has become known just now. */
static bool
is_new (const uv_loop_t *loop)
{
  for (uint32_t i = 0; i < ADOPT_MAX_LOOPS; i++)
    {
      const uv_loop_t *known = NULL;

      if (__atomic_compare_exchange_n (&adopt_known[i], &known, loop, false, __ATOMIC_RELAXED,
                                       __ATOMIC_RELAXED))
        return true;
      if (known == loop)
        return false;
    }
  return false;
}

void
adopt_loop (uv_loop_t *loop)
{
  /* One at a time: who comes meanwhile comes again. Static because loops of several threads meet here. */
  static uint32_t is_busy;

  if (!plugin_is_on () || loop == NULL || __atomic_exchange_n (&is_busy, 1, __ATOMIC_ACQUIRE) != 0)
    return;
  if (is_new (loop))
    adopt (loop);
  /* Pairs with the exchange. */
  __atomic_store_n (&is_busy, 0, __ATOMIC_RELEASE);
}

void
adopt_loop_of_request_slowly (const uv_req_t *request)
{
  switch (request->type)
    {
    case UV_CONNECT:
      adopt_loop_of_handle (((const uv_connect_t *)request)->handle);
      break;
    case UV_WRITE:
      adopt_loop_of_handle (((const uv_write_t *)request)->handle);
      break;
    case UV_SHUTDOWN:
      adopt_loop_of_handle (((const uv_shutdown_t *)request)->handle);
      break;
    case UV_UDP_SEND:
      adopt_loop_of_handle (((const uv_udp_send_t *)request)->handle);
      break;
    case UV_FS:
      adopt_loop_if_unknown (((const uv_fs_t *)request)->loop);
      break;
    case UV_WORK:
      adopt_loop_if_unknown (((const uv_work_t *)request)->loop);
      break;
    default:
      break;
    }
}

/* ---- One handle, one request ------------------------------------------------------------------- */

InspectObject
adopt_handle (uv_handle_t *handle, Operation operation, Callback *field, Callback trampoline,
              AdoptMode mode)
{
  InspectObject await;
  HandleStart start;

  if (mode == GIVE_BACK)
    {
      const Record *record = table_find (RECORD_HANDLE, handle);

      if (*field == trampoline && record != NULL && record->callback != NULL)
        *field = record->callback;
      return 0;
    }
  if (*field == NULL || !handle_begin (&start, handle, handle->type, *field, trampoline, NULL))
    return 0;
  start.where = record_place (start.record);
  *field = trampoline;
  await = handle_begun (&start, handle, operation, 0);
  handle_done (&start);
  return await;
}

InspectObject
adopt_request (uv_req_t *request, Operation operation, Callback *field, Callback trampoline,
               uv_handle_t *handle, AdoptMode mode)
{
  Record *record = table_find (RECORD_REQUEST, request);
  Callback callback = *field;
  Starting starting;

  if (mode == GIVE_BACK)
    {
      if (callback != trampoline || record == NULL)
        return 0;
      *field = record->callback;
      /* Nothing of it leads here any more. */
      if ((record->flags & RECORD_ACTIVE) != 0)
        task_forget (record->task);
      table_rest (record);
      return 0;
    }
  /* It was followed by an inspector of before, who has gone. */
  if (callback == trampoline)
    callback = record != NULL ? record->callback : NULL;
  if (callback == trampoline || !request_begin (&starting, request, operation, callback, NULL,
                                                handle, NULL, (const void *)callback))
    return 0;
  *field = trampoline;
  request_pass (&starting);
  return starting.await;
}

bool
adopt_is_active (const uv_handle_t *handle)
{
  return handle_is_active (handle);
}
