/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a reader may rely on, checked over all that a test has recorded. */

#include "recorder.h"

#define MAY_RESTART (INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_TIMER)
#define PATIENCE_US (G_TIME_SPAN_SECOND * 20)

typedef struct
{
  GHashTable *tasks;  /* id -> number of open polls, plus one */
  GHashTable *awaits; /* object -> task */
  GHashTable *stacks; /* thread -> GArray of the tasks that it polls */
  GHashTable *holds;  /* resource -> how often it is held, by whomever */
} State;

static gpointer
key (uint64_t value)
{
  return GSIZE_TO_POINTER (value);
}

static GArray *
stack_of (State *state, const Event *event)
{
  GArray *stack = g_hash_table_lookup (state->stacks, key (event->thread));

  if (stack == NULL)
    {
      stack = g_array_new (FALSE, FALSE, sizeof (InspectId));
      g_hash_table_insert (state->stacks, key (event->thread), stack);
    }
  return stack;
}

static void
assert_alive (State *state, InspectId task)
{
  g_assert_true (g_hash_table_contains (state->tasks, key (task)));
}

static bool
has_awaits (State *state, InspectId task)
{
  GHashTableIter iter;
  gpointer of;

  g_hash_table_iter_init (&iter, state->awaits);
  while (g_hash_table_iter_next (&iter, NULL, &of))
    if (of == key (task))
      return true;
  return false;
}

static void
check_task_end (State *state, const Event *event)
{
  assert_alive (state, event->task);
  g_assert_false (has_awaits (state, event->task));
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_hash_table_lookup (state->tasks, key (event->task))), ==,
                    1);
  g_hash_table_remove (state->tasks, key (event->task));
}

static void
count_poll (State *state, InspectId task, int by)
{
  gsize n = GPOINTER_TO_SIZE (g_hash_table_lookup (state->tasks, key (task)));

  g_assert_cmpuint (n, >=, 1);
  g_hash_table_insert (state->tasks, key (task), GSIZE_TO_POINTER (n + by));
}

static void
check_poll_end (State *state, const Event *event)
{
  GArray *stack = stack_of (state, event);

  g_assert_cmpuint (stack->len, >, 0);
  g_assert_cmpuint (g_array_index (stack, InspectId, stack->len - 1), ==, event->task);
  g_array_set_size (stack, stack->len - 1);
  count_poll (state, event->task, -1);
}

static void
check_await_begin (State *state, const Event *event)
{
  gpointer before = g_hash_table_lookup (state->awaits, key (event->object));

  assert_alive (state, event->task);
  g_assert_nonnull (event->kind);
  g_assert_cmpint (event->kind->of, ==, INSPECT_KIND_AWAIT);
  if (before != NULL)
    {
      g_assert_true ((event->kind->flags & MAY_RESTART) != 0);
      g_assert_true (before == key (event->task));
    }
  g_hash_table_insert (state->awaits, key (event->object), key (event->task));
}

static void
check_await_end (State *state, const Event *event)
{
  g_assert_true (g_hash_table_lookup (state->awaits, key (event->object)) == key (event->task));
  g_hash_table_remove (state->awaits, key (event->object));
}

static void
check_attribute (State *state, const Event *event)
{
  const InspectKind *kind = recorder_kind (event->object);

  g_assert_cmpint (event->kind->of, ==, INSPECT_KIND_KEY);
  if (event->object >> 48 == 0)
    {
      assert_alive (state, event->object);
      return;
    }
  g_assert_nonnull (kind);
  if (kind->of == INSPECT_KIND_AWAIT)
    g_assert_true (g_hash_table_contains (state->awaits, key (event->object)));
}

static void
check_hold (State *state, const Event *event, int by)
{
  gsize n = GPOINTER_TO_SIZE (g_hash_table_lookup (state->holds, key (event->object)));

  g_assert_nonnull (event->kind);
  g_assert_cmpint (event->kind->of, ==, INSPECT_KIND_RESOURCE);
  if (by < 0)
    g_assert_cmpuint (n, >, 0);
  if (n + by == 0)
    g_hash_table_remove (state->holds, key (event->object));
  else
    g_hash_table_insert (state->holds, key (event->object), GSIZE_TO_POINTER (n + by));
}

static void
check_event (State *state, const Event *event)
{
  GArray *stack;

  switch (event->type)
    {
    case EVENT_TASK_BEGIN:
      g_assert_false (g_hash_table_contains (state->tasks, key (event->task)));
      if (event->object != 0)
        assert_alive (state, event->object);
      g_hash_table_insert (state->tasks, key (event->task), GSIZE_TO_POINTER (1));
      break;
    case EVENT_TASK_END:
      check_task_end (state, event);
      break;
    case EVENT_POLL_BEGIN:
      stack = stack_of (state, event);
      g_array_append_val (stack, event->task);
      count_poll (state, event->task, 1);
      break;
    case EVENT_POLL_END:
      check_poll_end (state, event);
      break;
    case EVENT_AWAIT_BEGIN:
      check_await_begin (state, event);
      break;
    case EVENT_AWAIT_END:
      check_await_end (state, event);
      break;
    case EVENT_ATTRIBUTE:
      check_attribute (state, event);
      break;
    case EVENT_ACQUIRE:
      check_hold (state, event, 1);
      break;
    case EVENT_RELEASE:
      check_hold (state, event, -1);
      break;
    case EVENT_RESOURCE_END:
      g_hash_table_remove (state->holds, key (event->object));
      break;
    case EVENT_ENTER:
      if (event->task != INSPECT_NONE)
        assert_alive (state, event->task);
      break;
    default:
      break;
    }
}

/* ---- At the end of a test -------------------------------------------------------------------- */

static void
replay (State *state)
{
  unsigned int n = recorder_count ();

  *state = (State){ g_hash_table_new (NULL, NULL), g_hash_table_new (NULL, NULL),
                    g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify)g_array_unref),
                    g_hash_table_new (NULL, NULL) };
  g_assert_cmpuint (n, <, RECORDER_MAX);
  for (unsigned int i = 0; i < n; i++)
    check_event (state, &recorder_events[i]);
}

static void
forget (State *state)
{
  g_hash_table_unref (state->tasks);
  g_hash_table_unref (state->awaits);
  g_hash_table_unref (state->stacks);
  g_hash_table_unref (state->holds);
}

static bool
is_all_over (const State *state)
{
  return g_hash_table_size (state->awaits) == 0 && g_hash_table_size (state->tasks) == 0 &&
         g_hash_table_size (state->holds) == 0;
}

/* What was said of it. */
static void
tell_left (const State *state)
{
  for (unsigned int i = 0; i < recorder_count (); i++)
    {
      const Event *event = &recorder_events[i];

      if (g_hash_table_contains (state->tasks, key (event->task)) ||
          g_hash_table_contains (state->tasks, key (event->object)) ||
          g_hash_table_contains (state->awaits, key (event->object)) ||
          g_hash_table_contains (state->holds, key (event->object)))
        g_test_message ("left: record %u, type %d, task %" G_GINT64_MODIFIER
                        "x, object %" G_GINT64_MODIFIER "x %s, \"%.*s\"",
                        i, event->type, event->task, event->object,
                        event->kind != NULL ? event->kind->name : "", (int)event->n_bytes,
                        event->bytes);
    }
}

/* Threads that a library keeps for itself are not joined by a test: the last reference to a
 * GTask that was run by g_task_run_in_thread_sync() is dropped by its thread, after the call. */
void
harness_check (bool all_over)
{
  gint64 limit = g_get_monotonic_time () + PATIENCE_US;
  State state;

  replay (&state);
  while (all_over && !is_all_over (&state) && g_get_monotonic_time () < limit)
    {
      forget (&state);
      g_usleep (1000);
      replay (&state);
    }
  if (all_over && !is_all_over (&state))
    {
      tell_left (&state);
      g_assert_cmpuint (g_hash_table_size (state.awaits), ==, 0);
      g_assert_cmpuint (g_hash_table_size (state.tasks), ==, 0);
      g_assert_cmpuint (g_hash_table_size (state.holds), ==, 0);
    }
  forget (&state);
}
