/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A runtime plugin: teaches async-inspect the timers of mini. Each timer is a task, which waits until it
 * is due, and whose parent is the task that has set it.
 *
 * All of this runs inside of somebody else's program. It uses inspect.h and next to nothing of libc,
 * prints nothing, takes no lock, keeps errno (inspect.h does, too), and where in doubt it lets a call
 * pass as it is. */

#include <errno.h>
#include <string.h>
#include <time.h>

#include <runtime-plugin.h>

#include <inspect-keys.h>

#include "example/mini.h"

/* ---- What is told ------------------------------------------------------------------------------ */

/* A kind of await: a name that stays, how it reads, and how it behaves. {due} is the key below. */
INSPECT_DEFINE_AWAIT (await_timer, "mini.timer", "timer, due {due}",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER);
INSPECT_DEFINE_KEY (key_due, INSPECT_KEY_DUE, "due", INSPECT_VALUE_TIME);

/* ---- A timer that is set: it goes to mini in the place of the program's own data ---------------- */

typedef struct Wrap
{
  MiniFunc func;
  void *data;
  InspectId task;
  unsigned number;
  struct Wrap *next_free;
} Wrap;

/* mini is used by one thread, and so are these. In a runtime for several they would have to be safe
 * without a lock that the program could hold: an atomic list, or one a thread. */
#define MAX_WRAPS 4096
static Wrap *wraps;
static Wrap *free_wraps;
static InspectAgent agent;

static unsigned (*real_mini_after) (unsigned ms, MiniFunc func, void *data);
static void (*real_mini_cancel) (unsigned number);

static Wrap *
take_wrap (void)
{
  Wrap *wrap = free_wraps;

  if (wrap != NULL)
    free_wraps = wrap->next_free;
  return wrap;
}

static void
give_back (Wrap *wrap)
{
  wrap->number = 0;
  wrap->next_free = free_wraps;
  free_wraps = wrap;
}

static uint64_t
get_due_ns (unsigned ms)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec + (uint64_t)ms * 1000000;
}

/* ---- What stands in the place of mini's functions ----------------------------------------------- */

/* Called by mini: the wait is over, and the program's function is its task's turn. */
static void
on_due (void *data)
{
  Wrap wrap = *(Wrap *)data;
  InspectId before;

  give_back (data);
  before = inspect_await_resume (wrap.task, inspect_object (&await_timer, wrap.task),
                                 inspect_location_of_function ((const void *)(uintptr_t)wrap.func));
  wrap.func (wrap.data);
  inspect_poll_end (wrap.task, before);
  inspect_task_end (wrap.task, 0);
}

static unsigned
hook_mini_after (unsigned ms, MiniFunc func, void *data)
{
  Wrap *wrap = inspect_is_on () && func != NULL ? take_wrap () : NULL;
  InspectLocationId where;
  InspectObject await;
  unsigned number;

  if (wrap == NULL)
    {
      /* No room, or nobody looks: as if this were not here. */
      if (inspect_is_on ())
        agent.count_skipped ();
      return real_mini_after (ms, func, data);
    }
  *wrap = (Wrap){ func, data, inspect_id_new (), 0, NULL };
  number = real_mini_after (ms, on_due, wrap);
  if (number == 0)
    {
      give_back (wrap);
      return 0;
    }
  wrap->number = number;
  where = agent.stack (__builtin_return_address (0));
  await = inspect_object (&await_timer, wrap->task);
  inspect_task_begin (wrap->task, inspect_task_current (),
                      inspect_location_of_function ((const void *)(uintptr_t)func));
  inspect_await_begin (wrap->task, await, where);
  inspect_attribute (await, &key_due, get_due_ns (ms));
  return number;
}

static void
hook_mini_cancel (unsigned number)
{
  for (unsigned i = 0; number != 0 && i < MAX_WRAPS; i++)
    if (wraps[i].number == number)
      {
        inspect_await_end (wraps[i].task, inspect_object (&await_timer, wraps[i].task), -ECANCELED);
        inspect_task_end (wraps[i].task, -ECANCELED);
        give_back (&wraps[i]);
        break;
      }
  real_mini_cancel (number);
}

static const InspectHook hooks[] = {
  { "mini_after", (void *)hook_mini_after, (void **)&real_mini_after },
  { "mini_cancel", (void *)hook_mini_cancel, (void **)&real_mini_cancel },
};

/* ---- Start and stop ---------------------------------------------------------------------------- */

static int
start (const InspectAgent *lent)
{
  /* An older agent lends less: what its size does not cover stays NULL. */
  memcpy (&agent, lent, lent->size < sizeof agent ? lent->size : sizeof agent);
  if (agent.stack == NULL)
    return -ENOSYS;
  wraps = agent.reserve (MAX_WRAPS * sizeof *wraps);
  if (wraps == NULL)
    return -ENOMEM;
  for (unsigned i = 0; i < MAX_WRAPS; i++)
    give_back (&wraps[i]);
  return 0;
}

/* The hooks are off. Timers that are still set come through on_due(), which passes them on. */
static void
stop (void)
{
}

INSPECT_RUNTIME_PLUGIN (.id = "mini-hooks", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = stop);
