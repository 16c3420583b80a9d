/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who holds what, which thread sleeps in what, and what is waited for when it is a task. */

#include "channel/layout.h"
#include "model-fixture.h"

#define TASK 0x11
#define OTHER 0x12
#define LOCK OBJECT (KIND_LOCK, 0x77)
#define RWLOCK OBJECT (KIND_RWLOCK, 0x78)
#define LOOP OBJECT (KIND_LOOP, 0x79)

static ModelResource *
find (Fixture *f, guint64 object)
{
  return model_table_find (&f->model->resources, object);
}

static ModelAwait *
find_await (Fixture *f, guint64 object)
{
  return model_table_find (&f->model->awaits, object);
}

static ModelThread *
thread (Fixture *f, guint32 ring)
{
  return model_target_get_thread (f->model, ring);
}

static void
acquire (Fixture *f, guint64 task, guint64 resource)
{
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_ACQUIRE, task, resource, 7);
}

static void
release (Fixture *f, guint64 task, guint64 resource)
{
  f->now_ns += MS (1);
  fixture_feed (f, CHANNEL_RELEASE, task, resource, 0);
}

static void
two_tasks (Fixture *f)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
}

/* ---- Holders -------------------------------------------------------------------------------- */

static void
test_several_holders (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  acquire (f, TASK, RWLOCK);
  acquire (f, OTHER, RWLOCK);
  acquire (f, TASK, RWLOCK);
  g_assert_cmpuint (find (f, RWLOCK)->n_holds, ==, 2);
  g_assert_cmpuint (find (f, RWLOCK)->n_held, ==, 3);
  g_assert_cmpuint (fixture_task (f, TASK)->holds->count, ==, 2);
  g_assert_cmpint (fixture_task (f, TASK)->holds->again_ns -
                       fixture_task (f, TASK)->holds->since_ns,
                   ==, MS (2));
  g_assert_cmpuint (fixture_task (f, TASK)->holds->location, ==, 7);
  release (f, TASK, RWLOCK);
  g_assert_cmpuint (find (f, RWLOCK)->n_holds, ==, 2);
  release (f, TASK, RWLOCK);
  g_assert_null (fixture_task (f, TASK)->holds);
  g_assert_true (find (f, RWLOCK)->holds->task == fixture_task (f, OTHER));
}

static void
test_flags_reach_the_model (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, 0, LOCK, 0);
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, 0, RWLOCK, 0);
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, 0, LOOP, 0);
  g_assert_true (model_resource_is_exclusive (find (f, LOCK)));
  g_assert_false (model_resource_is_exclusive (find (f, RWLOCK)));
  g_assert_true (model_resource_is (find (f, RWLOCK), INSPECT_RESOURCE_LOCK));
  g_assert_true (model_resource_is (find (f, LOOP), INSPECT_RESOURCE_LOOP));
  /* They are none of an await. */
  g_assert_cmpuint (find (f, LOOP)->kind->flags, ==, 0);
}

static void
test_held_by_a_thread_outside_of_tasks (Fixture *f, gconstpointer data)
{
  fixture_on (f, 3);
  acquire (f, 0, LOOP);
  g_assert_null (find (f, LOOP)->holds->task);
  g_assert_true (find (f, LOOP)->holds->thread == thread (f, 3));
  fixture_on (f, 4);
  acquire (f, 0, LOOP);
  g_assert_cmpuint (find (f, LOOP)->n_holds, ==, 2);
  release (f, 0, LOOP);
  g_assert_true (find (f, LOOP)->holds->thread == thread (f, 3));
}

/* Who has to wait for a lock tells who holds it. */
static void
test_told_by_another_thread (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_value (f, TASK, KEY_TID, 105);
  fixture_on (f, 5);
  fixture_feed (f, CHANNEL_POLL_BEGIN, OTHER, 0, 0);
  fixture_on (f, 6);
  acquire (f, TASK, LOCK);
  acquire (f, OTHER, RWLOCK);
  g_assert_true (find (f, LOCK)->holds->thread == thread (f, 5)); /* by its number */
  g_assert_true (find (f, LOCK)->holds->is_hearsay);
  g_assert_null (find (f, RWLOCK)->holds->thread);
  g_assert_true (find (f, RWLOCK)->holds->is_hearsay);
  fixture_on (f, 5);
  acquire (f, OTHER, OBJECT (KIND_LOCK, 1));
  g_assert_true (find (f, OBJECT (KIND_LOCK, 1))->holds->thread == thread (f, 5));
  g_assert_false (find (f, OBJECT (KIND_LOCK, 1))->holds->is_hearsay);
}

static void
test_released_in_another_task_of_the_thread (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_on (f, 5);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  acquire (f, TASK, LOCK);
  fixture_feed (f, CHANNEL_POLL_BEGIN, OTHER, 0, 0);
  release (f, OTHER, LOCK);
  g_assert_null (find (f, LOCK)->holds);
}

static void
test_one_holder_of_a_mutex (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  acquire (f, TASK, LOCK);
  acquire (f, OTHER, LOCK);
  g_assert_cmpuint (find (f, LOCK)->n_holds, ==, 1);
  g_assert_true (find (f, LOCK)->holds->task == fixture_task (f, OTHER));
  /* The first one's release was only late. */
  release (f, TASK, LOCK);
  g_assert_cmpuint (find (f, LOCK)->n_holds, ==, 1);
  g_assert_cmpuint (f->model->stats.unknown_ends, ==, 1);
}

/* A lock that was only tried for is told without a place first; the place is told all the same. */
static void
test_tried_for (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_feed (f, CHANNEL_ACQUIRE, TASK, LOCK, 0);
  acquire (f, TASK, LOCK);
  release (f, TASK, LOCK);
  g_assert_cmpuint (find (f, LOCK)->holds->count, ==, 1);
  g_assert_cmpuint (find (f, LOCK)->holds->location, ==, 7);
}

/* ---- Ends ----------------------------------------------------------------------------------- */

static void
test_a_task_that_ends_lets_go (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  acquire (f, TASK, LOCK);
  acquire (f, TASK, RWLOCK);
  acquire (f, OTHER, RWLOCK);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_null (find (f, LOCK)->holds);
  g_assert_cmpuint (find (f, RWLOCK)->n_holds, ==, 1);
  /* Nobody will ever unlock it: that is remembered. */
  g_assert_cmpuint (find (f, LOCK)->abandoned.task, ==, 1);
  g_assert_cmpuint (find (f, LOCK)->abandoned.location, ==, 7);
  g_assert_cmpint (find (f, LOCK)->abandoned.since_ns, ==, f->now_ns);
  acquire (f, OTHER, LOCK);
  g_assert_cmpint (find (f, LOCK)->abandoned.since_ns, ==, 0);
}

static void
test_a_resource_that_ends_is_held_by_nobody (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  acquire (f, TASK, RWLOCK);
  acquire (f, OTHER, RWLOCK);
  fixture_feed (f, CHANNEL_RESOURCE_END, 0, RWLOCK, 0);
  g_assert_null (fixture_task (f, TASK)->holds);
  g_assert_null (fixture_task (f, OTHER)->holds);
  g_assert_cmpuint (f->model->hold_slab.used, ==, 0);
  release (f, TASK, RWLOCK);
  g_assert_null (find (f, RWLOCK));
}

/* The ring of a thread that has ended goes to another one. */
static void
test_a_thread_that_ends_lets_go (Fixture *f, gconstpointer data)
{
  ChannelEvent event = { .time_ns = f->now_ns, .type = CHANNEL_POLL_BEGIN, .ring = 5, .tid = 999 };

  two_tasks (f);
  fixture_on (f, 5);
  acquire (f, 0, LOCK);
  fixture_feed (f, CHANNEL_POLL_BEGIN, TASK, 0, 0);
  acquire (f, TASK, RWLOCK);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, 0, OBJECT (KIND_LOCKING, 1), 0);
  g_assert_nonnull (thread (f, 5)->blocking);
  model_target_ingest (f->model, &event);
  g_assert_null (find (f, LOCK)->holds);
  g_assert_cmpint (find (f, LOCK)->abandoned.tid, ==, 105);
  g_assert_null (thread (f, 5)->blocking);
  g_assert_null (thread (f, 5)->holds);
  /* A task may go on in another thread. */
  g_assert_true (find (f, RWLOCK)->holds->task == fixture_task (f, TASK));
  g_assert_null (find (f, RWLOCK)->holds->thread);
  fixture_feed (f, CHANNEL_AWAIT_END, 0, OBJECT (KIND_LOCKING, 1), 0);
  g_assert_true (model_target_find_thread (f->model, 999) == thread (f, 5));
}

static void
test_acquired_by_an_ended_task (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  acquire (f, TASK, LOCK);
  g_assert_null (find (f, LOCK)->holds);
  g_assert_cmpuint (f->model->stats.unknown_holders, ==, 1);
  g_assert_null (fixture_task (f, TASK));
  release (f, TASK, LOCK);
  release (f, OTHER, OBJECT (KIND_LOCK, 0x999));
  g_assert_cmpuint (f->model->stats.unknown_ends, ==, 2);
}

/* A lock at the address of one that has ended is another one. */
static void
test_id_is_used_again (Fixture *f, gconstpointer data)
{
  guint64 serial;

  two_tasks (f);
  acquire (f, TASK, LOCK);
  serial = find (f, LOCK)->serial;
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, 0, LOCK, 0);
  g_assert_null (find (f, LOCK)->holds);
  g_assert_cmpuint (find (f, LOCK)->serial, !=, serial);
  acquire (f, TASK, LOCK);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  g_assert_null (fixture_task (f, TASK)->holds);
}

/* ---- Threads that sleep --------------------------------------------------------------------- */

static void
test_innermost_call (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_on (f, 2);
  for (guint i = 1; i <= 3; i++)
    fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_CALL, i), 0);
  g_assert_cmpuint (thread (f, 2)->blocking->object, ==, OBJECT (KIND_CALL, 3));
  fixture_feed (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_CALL, 2), 0);
  fixture_feed (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_CALL, 3), 0);
  g_assert_cmpuint (thread (f, 2)->blocking->object, ==, OBJECT (KIND_CALL, 1));
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_null (thread (f, 2)->blocking);
}

static void
test_task_of_a_thread (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_on (f, 2);
  fixture_value (f, TASK, KEY_TID, 102);
  fixture_feed (f, CHANNEL_POLL_BEGIN, OTHER, 0, 0);
  g_assert_true (model_thread_get_task (f->model, thread (f, 2)) == fixture_task (f, TASK));
  g_assert_true (model_target_find_thread (f->model, 102) == thread (f, 2));
  /* The number is used again. */
  fixture_value (f, OTHER, KEY_TID, 102);
  g_assert_true (model_thread_get_task (f->model, thread (f, 2)) == fixture_task (f, OTHER));
  fixture_feed_status (f, CHANNEL_TASK_END, TASK, 0, 0);
  g_assert_true (model_thread_get_task (f->model, thread (f, 2)) == fixture_task (f, OTHER));
  fixture_feed_status (f, CHANNEL_TASK_END, OTHER, 0, 0);
  g_assert_null (model_thread_get_task (f->model, thread (f, 2)));
}

static void
test_impossible_thread_numbers (Fixture *f, gconstpointer data)
{
  two_tasks (f);
  fixture_value (f, TASK, KEY_TID, 0);
  fixture_value (f, OTHER, KEY_TID, G_MAXUINT64);
  g_assert_cmpint (fixture_task (f, OTHER)->tid, ==, 0);
  g_assert_cmpuint (f->model->tasks_by_tid.count, ==, 0);
  g_assert_null (model_target_find_thread (f->model, -7));
}

/* ---- Tasks that are waited for -------------------------------------------------------------- */

static void
test_awaited_task (Fixture *f, gconstpointer data)
{
  guint64 await = OBJECT (KIND_JOIN, 1);

  two_tasks (f);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, await, 0);
  fixture_value (f, await, KEY_RESOURCE, OTHER);
  g_assert_null (find_await (f, await)->resource);
  g_assert_true (model_await_get_awaited (f->model, find_await (f, await)) ==
                 fixture_task (f, OTHER));
  g_assert_cmpuint (f->model->resources.count, ==, 0);
  fixture_feed_status (f, CHANNEL_TASK_END, OTHER, 0, 0);
  g_assert_null (model_await_get_awaited (f->model, find_await (f, await)));
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  g_assert_null (model_await_get_awaited (f->model, find_await (f, await)));
}

/* Named before its begin was read, and a resource after all. */
static void
test_awaited_task_that_comes_late (Fixture *f, gconstpointer data)
{
  guint64 await = OBJECT (KIND_JOIN, 1);

  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, await, 0);
  fixture_value (f, await, KEY_RESOURCE, OTHER);
  g_assert_null (model_await_get_awaited (f->model, find_await (f, await)));
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  g_assert_true (model_await_get_awaited (f->model, find_await (f, await)) ==
                 fixture_task (f, OTHER));
  fixture_value (f, await, KEY_RESOURCE, LOCK);
  g_assert_true (find_await (f, await)->resource == find (f, LOCK));
  g_assert_null (model_await_get_awaited (f->model, find_await (f, await)));
  fixture_value (f, await, KEY_RESOURCE, OTHER);
  g_assert_null (find (f, LOCK)->awaits);
}

/* ---- Many ----------------------------------------------------------------------------------- */

/* One task with a million locks; a lock with a million holders; each let go in the order in which a
 * list is worst at. */
static void
test_a_million_holds (Fixture *f, gconstpointer data)
{
  gboolean of_one_task = GPOINTER_TO_INT (data);
  const guint n = 1000000;

  for (guint i = 0; i < n && !of_one_task; i++)
    fixture_feed (f, CHANNEL_TASK_BEGIN, 0x1000 + i, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  for (guint i = 0; i < n; i++)
    fixture_feed (f, CHANNEL_ACQUIRE, of_one_task ? TASK : 0x1000 + i,
                  of_one_task ? OBJECT (KIND_LOCK, 0x1000 + i) : RWLOCK, 0);
  g_assert_cmpuint (f->model->hold_slab.used, ==, n);
  for (guint i = 0; i < n; i++)
    fixture_feed (f, CHANNEL_RELEASE, of_one_task ? TASK : 0x1000 + i,
                  of_one_task ? OBJECT (KIND_LOCK, 0x1000 + i) : RWLOCK, 0);
  g_assert_cmpuint (f->model->hold_slab.used, ==, 0);
  g_assert_cmpuint (f->model->stats.unknown_ends, ==, 0);
}

static void
test_no_more_than_the_limit (Fixture *f, gconstpointer data)
{
  f->model->limits.max_live = 10;
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  fixture_feed (f, CHANNEL_TASK_BEGIN, OTHER, 0, 0);
  for (guint i = 0; i < 8; i++)
    {
      acquire (f, TASK, OBJECT (KIND_RWLOCK, 1 + i));
      acquire (f, OTHER, OBJECT (KIND_RWLOCK, 1 + i));
    }
  g_assert_cmpuint (f->model->hold_slab.used, ==, 10);
  g_assert_cmpuint (f->model->stats.beyond_limit, ==, 6);
}

/* Nobody looks at them: the list of changes ends, and begins again when somebody does. */
static void
test_changes_are_bounded (Fixture *f, gconstpointer data)
{
  fixture_feed (f, CHANNEL_TASK_BEGIN, TASK, 0, 0);
  for (guint i = 0; i < MODEL_MAX_CHANGES * 3; i++)
    {
      fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK, OBJECT (KIND_LOCKING, 0x1000 + i), 0);
      fixture_feed (f, CHANNEL_AWAIT_END, TASK, OBJECT (KIND_LOCKING, 0x1000 + i), 0);
    }
  g_assert_cmpuint (f->model->n_changes, ==, MODEL_MAX_CHANGES);
  g_assert_true (f->model->changes_overflowed);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(name, func)                                                                            \
  g_test_add ("/holds/" name, Fixture, NULL, fixture_setup, func, fixture_teardown)
  ADD ("several-holders", test_several_holders);
  ADD ("flags-reach-the-model", test_flags_reach_the_model);
  ADD ("thread-outside-of-tasks", test_held_by_a_thread_outside_of_tasks);
  ADD ("told-by-another-thread", test_told_by_another_thread);
  ADD ("released-in-another-task", test_released_in_another_task_of_the_thread);
  ADD ("tried-for", test_tried_for);
  ADD ("one-holder-of-a-mutex", test_one_holder_of_a_mutex);
  ADD ("ends/task", test_a_task_that_ends_lets_go);
  ADD ("ends/resource", test_a_resource_that_ends_is_held_by_nobody);
  ADD ("ends/thread", test_a_thread_that_ends_lets_go);
  ADD ("ends/acquired-by-an-ended-task", test_acquired_by_an_ended_task);
  ADD ("ends/id-is-used-again", test_id_is_used_again);
  ADD ("threads/innermost-call", test_innermost_call);
  ADD ("threads/task", test_task_of_a_thread);
  ADD ("threads/impossible-numbers", test_impossible_thread_numbers);
  ADD ("awaited/task", test_awaited_task);
  ADD ("awaited/comes-late", test_awaited_task_that_comes_late);
  ADD ("many/no-more-than-the-limit", test_no_more_than_the_limit);
  ADD ("many/changes-are-bounded", test_changes_are_bounded);
  g_test_add ("/holds/many/locks-of-one-task", Fixture, GINT_TO_POINTER (TRUE), fixture_setup,
              test_a_million_holds, fixture_teardown);
  g_test_add ("/holds/many/holders-of-one-lock", Fixture, GINT_TO_POINTER (FALSE), fixture_setup,
              test_a_million_holds, fixture_teardown);
  return g_test_run ();
}
