/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "fixture.h"

#include <sched.h>
#include <string.h>

#include "recorder.h"
#include "waited.h"

#define LONGEST_US (30 * G_USEC_PER_SEC)

unsigned int
threads_count_records (void)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < recorder_count (); i++)
    n += recorder_events[i].type != EVENT_ATTRIBUTE && recorder_events[i].type != EVENT_ENTER;
  return n;
}

/* What it waits for is said after it began to wait. */
static bool
has_awaits (const char *kind, unsigned int n)
{
  return harness_count (EVENT_AWAIT_BEGIN, kind) >= n &&
         harness_has_attribute (harness_nth (EVENT_AWAIT_BEGIN, kind, n - 1)->object, "resource");
}

void
threads_until_awaits (const char *kind, unsigned int n)
{
  gint64 end = g_get_monotonic_time () + LONGEST_US;

  while (!has_awaits (kind, n))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      sched_yield ();
    }
}

void
threads_until (const int *flag)
{
  gint64 end = g_get_monotonic_time () + LONGEST_US;

  while (__atomic_load_n (flag, __ATOMIC_ACQUIRE) == 0)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      sched_yield ();
    }
}

void
threads_raise (int *flag)
{
  __atomic_store_n (flag, 1, __ATOMIC_RELEASE);
}

pthread_t
threads_start (void *(*run) (void *), void *data)
{
  pthread_t thread;

  g_assert_cmpint (hook_pthread_create (&thread, NULL, run, data), ==, 0);
  return thread;
}

void *
threads_finish (pthread_t thread)
{
  void *value;

  g_assert_cmpint (real_pthread_join (thread, &value), ==, 0);
  return value;
}

InspectId
threads_task_of (pthread_t handle)
{
  Thread *thread = thread_find ((uintptr_t)handle);

  g_assert_nonnull (thread);
  return thread->task;
}

bool
threads_waits_for (const Event *await, const void *object)
{
  return (harness_attribute (await->object, "resource")->value & 0xffffffffffff) ==
         inspect_id_of (object);
}

void
threads_check_books (void)
{
  Thread *thread;

  for (uint32_t i = 0; (thread = registry_get (i)) != NULL; i++)
    {
      g_assert_cmpuint (thread_count (thread), ==, 0);
      g_assert_cmpuint (thread->n_waits, ==, 0);
      g_assert_null (thread->outer);
      for (unsigned int k = 1; k <= HELD_MAX; k++)
        {
          g_assert_cmpuint (thread->held[k].state & HELD_BITS, ==, HELD_FREE);
          g_assert_cmpuint (thread->held[k].publish, ==, 0);
        }
    }
  for (unsigned int i = 0; i < WAITED_SIZE; i++)
    g_assert_cmpuint (waited_table[i].waiters, ==, 0);
}

const char *
threads_resource_name (const Event *await, unsigned int nth)
{
  for (unsigned int i = 0; i < recorder_count (); i++)
    {
      const Event *event = &recorder_events[i];

      if (event->type == EVENT_ATTRIBUTE && event->object == await->object &&
          strcmp (event->kind->name, "resource") == 0 && nth-- == 0)
        return event->value >> 48 != 0 ? recorder_kind (event->value)->name : "task";
    }
  return "";
}

void
threads_check_end (void)
{
  if (thread_self != &thread_nobody)
    thread_end_task (thread_self);
  threads_check_books ();
  harness_check (true);
}

void
threads_run (gconstpointer test)
{
  harness_clear ();
  ((void (*) (void))test) ();
  threads_check_end ();
}
