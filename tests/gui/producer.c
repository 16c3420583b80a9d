/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* producer EVENTS-A-SECOND SECONDS [TASKS]: a program of so many tasks (a thousand) that says so many things of
 * itself, evenly. One task in a hundred turns ends, and another begins. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <inspect.h>

#define N_TASKS 1000
#define MAX_TASKS 10000000
#define TURNS_OF_A_LIFE 100
/* Each millisecond its share. */
#define SLICE_NS 1000000

INSPECT_DEFINE_AWAIT (await_answer, "producer.answer", "waiting for an answer",
                      INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_AWAIT (await_lock, "producer.lock", "waiting for a lock",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL);

typedef struct
{
  InspectId id;
  InspectId await;
  unsigned turns;
  int is_lock;
} Task;

static int64_t
get_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Returns: how many records it took */
static unsigned
turn (Task *task)
{
  InspectKind *kind = task->is_lock ? &await_lock : &await_answer;
  InspectId before;

  if (task->id == INSPECT_NONE)
    {
      task->id = inspect_id_new ();
      task->await = inspect_id_new ();
      inspect_task_begin (task->id, INSPECT_NONE, INSPECT_HERE);
      before = inspect_poll_begin (task->id, 0, INSPECT_HERE);
    }
  else
    before = inspect_await_resume (task->id, inspect_object (kind, task->await), INSPECT_HERE);
  if (++task->turns % TURNS_OF_A_LIFE == 0)
    {
      inspect_poll_end (task->id, before);
      inspect_task_end (task->id, 0);
      task->id = INSPECT_NONE;
      return 3;
    }
  task->is_lock = task->turns % 7 == 0;
  inspect_await_suspend (task->id,
                         inspect_object (task->is_lock ? &await_lock : &await_answer, task->await),
                         INSPECT_HERE, before);
  return 2;
}

int
main (int argc, char **argv)
{
  int64_t n_tasks = argc > 3 ? atoll (argv[3]) : N_TASKS;
  Task *tasks;
  int64_t rate = argc > 1 ? atoll (argv[1]) : 500000, seconds = argc > 2 ? atoll (argv[2]) : 60;
  int64_t begin = get_now (), n = 0;
  unsigned next = 0;

  if (n_tasks < 1 || n_tasks > MAX_TASKS || (tasks = calloc ((size_t)n_tasks, sizeof *tasks)) == NULL)
    return 1;
  for (unsigned i = 0; i < n_tasks; i++)
    tasks[i].turns = i; /* they do not end at once */
  while (get_now () - begin < seconds * 1000000000)
    {
      while (n < (get_now () - begin) / 1000 * rate / 1000000)
        {
          n += turn (&tasks[next]);
          next = (next + 7) % (unsigned)n_tasks;
        }
      nanosleep (&(struct timespec){ 0, SLICE_NS }, NULL);
    }
  fprintf (stderr, "producer: %lld records in %lld s\n", (long long)n, (long long)seconds);
  return 0;
}
