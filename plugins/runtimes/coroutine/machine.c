/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The other kind of executor: each task is a plain state machine, a switch on a state, that is called
 * again when what it waits for has come. The state has a name, which the inspector shows, and so has
 * each variable that is told.
 *
 *     state-machine-example [FAULT]     FAULT: "reply", the server's reply that never comes
 *
 * The whole instrumentation is here: look for INSPECT_. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "inspect.h"
#include "inspect-keys.h"

typedef enum
{
  STATE_CONNECT,
  STATE_LOGIN,
  STATE_REPLY,
  STATE_DONE,
  N_STATES,
} State;

static const char *const state_names[N_STATES] = { "connect", "login", "reply", "done" };

INSPECT_DEFINE_AWAIT (await_timer, "machine.timer", "waiting for a timer",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER);
INSPECT_DEFINE_AWAIT (await_reply, "machine.reply", "waiting for a reply", INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_KEY (key_due, INSPECT_KEY_DUE, "due", INSPECT_VALUE_TIME);
INSPECT_DEFINE_KEY (key_attempts, "machine.attempts", "attempts", INSPECT_VALUE_U64);

typedef struct
{
  State state;
  InspectKind *waits_for; /* NULL: it is ready */
  int64_t due_ns;         /* of a timer */
  uint64_t attempts;
  bool reply_comes;
} Machine;

#define N_MACHINES 3
static Machine machines[N_MACHINES];

static int64_t
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- What a machine does ---------------------------------------------------------------------- */

static void
wait_for_timer (Machine *self, int64_t nanoseconds, InspectLocationId where)
{
  self->due_ns = now_ns () + nanoseconds;
  self->waits_for = &await_timer;
  if (!inspect_is_on ())
    return;
  inspect_await_begin (inspect_id_of (self), inspect_object (&await_timer, inspect_id_of (self)),
                       where);
  inspect_attribute (inspect_object (&await_timer, inspect_id_of (self)), &key_due,
                     (uint64_t)self->due_ns);
}

static void
enter (Machine *self, State state)
{
  self->state = state;
  INSPECT_STATE (inspect_id_of (self), state_names[state]);
}

/* One turn, up to the next wait. */
static void
step (Machine *self)
{
  InspectId id = inspect_id_of (self);

  switch (self->state)
    {
    case STATE_CONNECT:
      self->attempts++;
      INSPECT_ATTRIBUTE (id, &key_attempts, self->attempts);
      INSPECT_POINT (id, "retry", self->attempts);
      enter (self, self->attempts < 3 ? STATE_CONNECT : STATE_LOGIN);
      wait_for_timer (self, 1000000, inspect_is_on () ? INSPECT_HERE : 0);
      break;
    case STATE_LOGIN:
      enter (self, STATE_REPLY);
      self->waits_for = &await_reply;
      INSPECT_AWAIT_BEGIN (id, &await_reply, id); /* REPLY */
      break;
    case STATE_REPLY:
      enter (self, STATE_DONE);
      break;
    case STATE_DONE:
    case N_STATES:
      break;
    }
}

/* ---- The executor ----------------------------------------------------------------------------- */

static bool
is_ready (const Machine *machine)
{
  if (machine->waits_for == &await_timer)
    return machine->due_ns <= now_ns ();
  return machine->waits_for == NULL || machine->reply_comes;
}

static void
turn (Machine *machine)
{
  InspectId id = inspect_id_of (machine);

  if (machine->waits_for != NULL)
    INSPECT_AWAIT_RESUME (id, machine->waits_for, id);
  else
    INSPECT_POLL_BEGIN (id);
  machine->waits_for = NULL;
  step (machine);
  INSPECT_POLL_END (id);
  if (machine->state == STATE_DONE)
    INSPECT_TASK_END (id, 0);
}

/* False where nothing is left to run. */
static bool
run_once (void)
{
  const struct timespec nap = { .tv_nsec = 200000 };
  bool is_alive = false;

  for (int i = 0; i < N_MACHINES; i++)
    if (machines[i].state != STATE_DONE)
      {
        is_alive = true;
        if (is_ready (&machines[i]))
          turn (&machines[i]);
      }
  nanosleep (&nap, NULL);
  return is_alive;
}

int
main (int argc, char **argv)
{
  bool is_faulty = argc > 1 && strcmp (argv[1], "reply") == 0;

  alarm (3);
  for (int i = 0; i < N_MACHINES; i++)
    {
      machines[i].reply_comes = !is_faulty || i != 1;
      INSPECT_TASK_BEGIN (inspect_id_of (&machines[i]), INSPECT_NONE);
      INSPECT_TASK_NAME (inspect_id_of (&machines[i]), i == 1 ? "session" : "other session");
    }
  while (run_once ())
    ;
  return EXIT_SUCCESS;
}
