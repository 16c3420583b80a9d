/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "mini.h"

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define MAX_TIMERS 256

typedef struct
{
  MiniFunc func; /* NULL: free */
  void *data;
  int64_t due_ms;
} Timer;

static Timer timers[MAX_TIMERS];

static int64_t
get_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

unsigned
mini_after (unsigned ms, MiniFunc func, void *data)
{
  for (unsigned i = 0; i < MAX_TIMERS; i++)
    if (timers[i].func == NULL)
      {
        timers[i] = (Timer){ func, data, get_now () + ms };
        return i + 1;
      }
  return 0;
}

void
mini_cancel (unsigned number)
{
  if (number >= 1 && number <= MAX_TIMERS)
    timers[number - 1].func = NULL;
}

static Timer *
get_next (void)
{
  Timer *next = NULL;

  for (unsigned i = 0; i < MAX_TIMERS; i++)
    if (timers[i].func != NULL && (next == NULL || timers[i].due_ms < next->due_ms))
      next = &timers[i];
  return next;
}

void
mini_run (void)
{
  Timer *next;

  while ((next = get_next ()) != NULL)
    {
      Timer due = *next;
      int64_t left_ms = due.due_ms - get_now ();

      if (left_ms > 0)
        nanosleep (&(struct timespec){ left_ms / 1000, left_ms % 1000 * 1000000 }, NULL);
      next->func = NULL;
      due.func (due.data);
    }
}
