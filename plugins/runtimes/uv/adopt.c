/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What was pending before anybody looked. The thread that an inspector has borrowed stands in the
 * loop's system call, where the loop itself is at rest: its handles are walked as the program could walk
 * them there. Which loop that is, is found by what the thread still has in its registers and on its
 * stack: the address of a loop whose descriptor is the one that is waited for. */

#include "adopt.h"

#include <errno.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "emit/sys.h"
#include "subject.h"
#include "table.h"
#include "task.h"

/* Of the stack; the loop's own frame has an array of 12 KiB. */
#define MAX_WORDS 4096u
#define MAX_CANDIDATES 256u

/* ---- The loop -------------------------------------------------------------------------------- */

/* Any word may be looked at as an address: the kernel copies, and says so where there is nothing. */
static bool
copy (void *to, uint64_t from, size_t length)
{
  struct iovec here = { to, length }, there = { (void *)(uintptr_t)from, length };

  return sys_call6 (SYS_process_vm_readv, sys_getpid (), (long)&here, 1, (long)&there, 1, 0) ==
         (long)length;
}

static bool
is_loop (uint64_t address, int fd)
{
  /* The beginning of a ring of handles: the next one's link back leads here. */
  uint64_t ring = address + offsetof (uv_loop_t, handle_queue), next[2], back[2];
  uv_loop_t loop;

  return address % sizeof (void *) == 0 && address >= 4096 && address < UINT64_C (1) << 47 &&
         copy (&loop, address, sizeof loop) && loop.backend_fd == fd &&
         loop.active_handles < (1u << 24) && copy (next, ring, sizeof next) &&
         copy (back, next[0], sizeof back) && back[1] == ring &&
         copy (back, next[1], sizeof back) && back[0] == ring;
}

static bool
is_wait (const InspectSite *site)
{
  switch (site->system_call)
    {
#ifdef SYS_epoll_wait
    case SYS_epoll_wait:
#endif
#ifdef SYS_epoll_pwait2
    case SYS_epoll_pwait2:
#endif
    case SYS_epoll_pwait:
      return true;
    default:
      return false;
    }
}

static uv_loop_t *
find_loop (const InspectSite *site)
{
  uint64_t n_words = site->n_words < MAX_WORDS ? site->n_words : MAX_WORDS, before = 0;
  int fd = (int)site->arguments[0];
  uint32_t n = 0;

  if (!is_wait (site))
    return NULL;
  for (size_t i = 0; i < sizeof site->registers / sizeof *site->registers; i++)
    if (is_loop (site->registers[i], fd))
      return (uv_loop_t *)(uintptr_t)site->registers[i];
  for (uint64_t i = 0; i < n_words && n < MAX_CANDIDATES; i++)
    {
      uint64_t word = site->stack[i];

      if (word == before || word % sizeof (void *) != 0 || word < 4096 ||
          word >= UINT64_C (1) << 47)
        continue;
      before = word;
      n++;
      if (is_loop (word, fd))
        return (uv_loop_t *)(uintptr_t)word;
    }
  return NULL;
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

static void
walk (const InspectSite *site, AdoptMode mode)
{
  uv_loop_t *loop = real_uv_walk != NULL ? find_loop (site) : NULL;

  if (loop != NULL)
    real_uv_walk (loop, visit, &mode);
}

/* No task has begun: they are met. */
void
adopt_pending (const InspectSite *site)
{
  plugin.is_adopting = true;
  walk (site, ADOPT);
  plugin.is_adopting = false;
}

void
adopt_give_back (const InspectSite *site)
{
  walk (site, GIVE_BACK);
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
