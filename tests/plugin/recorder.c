/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* inspect.h as a recorder in memory: safe in signal handlers and any thread, as the real one. */

#include "recorder.h"

#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COST_BEGUN 4711
#define MAX_KINDS 1024
#define MAX_LOCATIONS 4096

bool inspect_on;

Event recorder_events[RECORDER_MAX];
static unsigned int n_events;
static unsigned int n_whole; /* that many from the first are known to be written to their end */
static InspectKind *kinds[MAX_KINDS];
static unsigned int n_kinds;
static const void *locations[MAX_LOCATIONS];
static unsigned int n_locations;
static __thread InspectId current;

/* Waits for the records that other threads still write: an end is never read without its begin. */
unsigned int
recorder_count (void)
{
  unsigned int n = MIN (__atomic_load_n (&n_events, __ATOMIC_ACQUIRE), RECORDER_MAX);

  for (unsigned int i = MIN (__atomic_load_n (&n_whole, __ATOMIC_RELAXED), n); i < n; i++)
    while (__atomic_load_n (&recorder_events[i].type, __ATOMIC_ACQUIRE) == 0)
      sched_yield ();
  __atomic_store_n (&n_whole, n, __ATOMIC_RELAXED);
  return n;
}

void
recorder_clear (void)
{
  memset (recorder_events, 0, recorder_count () * sizeof recorder_events[0]);
  __atomic_store_n (&n_whole, 0, __ATOMIC_RELAXED);
  __atomic_store_n (&n_events, 0, __ATOMIC_RELEASE);
}

const InspectKind *
recorder_kind (InspectObject object)
{
  return (object >> 48) != 0 && (object >> 48) <= n_kinds ? kinds[(object >> 48) - 1] : NULL;
}

/* A record without its type, which publish() puts in last. */
static Event *
claim (InspectId task, InspectObject object, int status, InspectLocationId where)
{
  static Event beyond;
  unsigned int i = __atomic_fetch_add (&n_events, 1, __ATOMIC_ACQ_REL);
  Event *event = i < RECORDER_MAX ? &recorder_events[i] : &beyond;

  event->task = task;
  event->object = object;
  event->kind = recorder_kind (object);
  event->status = status;
  event->address = where != 0 ? locations[where % MAX_LOCATIONS] : NULL;
  event->thread = (uint64_t)syscall (SYS_gettid);
  return event;
}

static void
publish (Event *event, EventType type)
{
  __atomic_store_n (&event->type, type, __ATOMIC_RELEASE);
}

static void
record (EventType type, InspectId task, InspectObject object, int status, InspectLocationId where)
{
  publish (claim (task, object, status, where), type);
}

uint32_t
inspect_kind_register (InspectKind *kind)
{
  if (kind->id == 0 && inspect_on)
    {
      unsigned int i = __atomic_fetch_add (&n_kinds, 1, __ATOMIC_RELAXED);

      g_assert_cmpuint (i, <, MAX_KINDS);
      kinds[i] = kind;
      kind->id = i + 1;
    }
  return kind->id;
}

static InspectLocationId
location (const void *address)
{
  unsigned int i = __atomic_add_fetch (&n_locations, 1, __ATOMIC_RELAXED) % MAX_LOCATIONS;

  locations[i] = address;
  return i;
}

InspectLocationId
inspect_location_of_call (const void *return_address)
{
  return location (return_address);
}

InspectLocationId
inspect_location_of_function (const void *function)
{
  return location (function);
}

void
inspect_task_begin (InspectId task, InspectId parent, InspectLocationId where)
{
  record (EVENT_TASK_BEGIN, task, parent, 0, where);
}

void
inspect_task_end (InspectId task, int32_t status)
{
  record (EVENT_TASK_END, task, 0, status, 0);
}

InspectId
inspect_poll_begin (InspectId task, InspectObject cause, InspectLocationId where)
{
  InspectId previous = current;

  record (EVENT_POLL_BEGIN, task, cause, 0, where);
  current = task;
  return previous;
}

void
inspect_poll_end (InspectId task, InspectId previous)
{
  record (EVENT_POLL_END, task, 0, 0, 0);
  current = previous;
}

void
inspect_await_begin (InspectId task, InspectObject await, InspectLocationId where)
{
  record (EVENT_AWAIT_BEGIN, task, await, 0, where);
}

void
inspect_await_end (InspectId task, InspectObject await, int32_t status)
{
  record (EVENT_AWAIT_END, task, await, status, 0);
}

InspectId
inspect_await_resume (InspectId task, InspectObject await, InspectLocationId where)
{
  inspect_await_end (task, await, 0);
  return inspect_poll_begin (task, await, where);
}

InspectId
inspect_task_current (void)
{
  return current;
}

InspectId
inspect_task_enter (InspectId task)
{
  InspectId previous = current;

  record (EVENT_ENTER, task, 0, 0, 0);
  current = task;
  return previous;
}

void
inspect_wake (InspectObject target)
{
  record (EVENT_WAKE, current, target, 0, 0);
}

void
inspect_resource_begin (InspectObject resource, InspectLocationId where)
{
  record (EVENT_RESOURCE_BEGIN, current, resource, 0, where);
}

void
inspect_resource_end (InspectObject resource)
{
  record (EVENT_RESOURCE_END, current, resource, 0, 0);
}

void
inspect_acquire (InspectId task, InspectObject resource, InspectLocationId where)
{
  record (EVENT_ACQUIRE, task, resource, 0, where);
}

void
inspect_release (InspectId task, InspectObject resource)
{
  record (EVENT_RELEASE, task, resource, 0, 0);
}

void
inspect_task_set_name (InspectId task, const char *name)
{
  Event *event = claim (task, 0, 0, 0);

  event->n_bytes = MIN (strlen (name), sizeof event->bytes - 1);
  memcpy (event->bytes, name, event->n_bytes);
  publish (event, EVENT_NAME);
}

void
inspect_await_suspend (InspectId task, InspectObject await, InspectLocationId where,
                       InspectId previous)
{
  inspect_await_begin (task, await, where);
  inspect_poll_end (task, previous);
}

InspectId
inspect_id_new (void)
{
  static uint64_t n_ids;

  return UINT64_C (1) << 47 | __atomic_add_fetch (&n_ids, 1, __ATOMIC_RELAXED);
}

void
inspect_attribute (InspectObject object, InspectKind *key, uint64_t value)
{
  Event *event;

  inspect_kind_id (key);
  event = claim (0, object, 0, 0);
  event->kind = key;
  event->value = value;
  publish (event, EVENT_ATTRIBUTE);
}

void
inspect_attribute_bytes (InspectObject object, InspectKind *key, const void *bytes, size_t length)
{
  Event *event;

  inspect_kind_id (key);
  event = claim (0, object, 0, 0);
  event->kind = key;
  event->n_bytes = MIN (length, sizeof event->bytes - 1);
  memcpy (event->bytes, bytes, event->n_bytes);
  publish (event, EVENT_ATTRIBUTE);
}

uint64_t
inspect_cost_begin (void)
{
  return COST_BEGUN;
}

/* Only what was timed before may be timed again. */
uint64_t
inspect_cost_again (void)
{
  return COST_BEGUN;
}

void
inspect_cost_end (uint64_t begin)
{
  g_assert_cmpuint (begin, ==, COST_BEGUN);
}
