/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who works next on what several threads share: one at a time, and who draws first. */

#include "session/turns.h"

#define N_ROUNDS 2000u
#define N_THREADS 3u
#define N_WORKS 4u

typedef struct
{
  Turns turns;
  int works[N_WORKS];
  guint n_done[N_WORKS];
  gint has_begun, is_done, is_urgent_done, n_inside;
} Fixture;

static void
setup (Fixture *f, gconstpointer data)
{
  turns_init (&f->turns);
}

static void
teardown (Fixture *f, gconstpointer data)
{
  turns_clear (&f->turns);
}

static void
wait_until (const gint *flag)
{
  while (!g_atomic_int_get (flag))
    g_thread_yield ();
}

/* Never comes to its end, unless somebody else has had a turn meanwhile. */
static gpointer
work_until_urgent_is_done (gpointer data)
{
  Fixture *f = data;

  turns_take (&f->turns, &f->works[0], FALSE);
  g_atomic_int_set (&f->has_begun, 1);
  while (!g_atomic_int_get (&f->is_urgent_done))
    turns_pass (&f->turns, FALSE);
  turns_give (&f->turns, &f->works[0]);
  return NULL;
}

static void
test_urgent_comes_between (Fixture *f, gconstpointer data)
{
  GThread *thread = g_thread_new ("background", work_until_urgent_is_done, f);

  wait_until (&f->has_begun);
  turns_take (&f->turns, &f->works[1], TRUE);
  g_atomic_int_set (&f->is_urgent_done, 1);
  turns_give (&f->turns, &f->works[1]);
  g_thread_join (thread);
}

static gpointer
work_in_steps (gpointer data)
{
  Fixture *f = data;

  turns_take (&f->turns, &f->works[0], FALSE);
  g_atomic_int_set (&f->has_begun, 1);
  for (guint i = 0; i < N_ROUNDS; i++)
    turns_pass (&f->turns, FALSE);
  g_atomic_int_set (&f->is_done, 1);
  turns_give (&f->turns, &f->works[0]);
  return NULL;
}

static void
test_what_was_begun_is_waited_for (Fixture *f, gconstpointer data)
{
  GThread *thread = g_thread_new ("background", work_in_steps, f);

  wait_until (&f->has_begun);
  turns_take (&f->turns, &f->works[0], TRUE);
  g_assert_cmpint (g_atomic_int_get (&f->is_done), ==, 1);
  turns_give (&f->turns, &f->works[0]);
  g_thread_join (thread);
}

static void
step (Fixture *f)
{
  g_assert_cmpint (g_atomic_int_add (&f->n_inside, 1), ==, 0);
  g_assert_cmpint (g_atomic_int_add (&f->n_inside, -1), ==, 1);
}

static void
work (Fixture *f, guint round, gboolean is_urgent)
{
  guint which = round % N_WORKS;

  turns_take (&f->turns, &f->works[which], is_urgent);
  for (guint i = 0; i < 3; i++)
    {
      turns_pass (&f->turns, is_urgent);
      step (f);
    }
  f->n_done[which]++;
  turns_give (&f->turns, &f->works[which]);
}

static gpointer
work_again (gpointer data)
{
  for (guint i = 0; i < N_ROUNDS; i++)
    work (data, i, FALSE);
  return NULL;
}

static void
test_one_at_a_time (Fixture *f, gconstpointer data)
{
  GThread *threads[N_THREADS];
  guint n = 0;

  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("background", work_again, f);
  for (guint i = 0; i < N_ROUNDS; i++)
    work (f, i * 7, TRUE);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  for (guint i = 0; i < N_WORKS; i++)
    n += f->n_done[i];
  g_assert_cmpuint (n, ==, (N_THREADS + 1) * N_ROUNDS);
}

static void
test_urgent_is_who_draws (void)
{
  g_assert_false (turns_are_urgent ());
  g_assert_true (g_main_context_acquire (g_main_context_default ()));
  g_assert_true (turns_are_urgent ());
  g_main_context_release (g_main_context_default ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/turns/urgent-comes-between-two-steps", Fixture, NULL, setup,
              test_urgent_comes_between, teardown);
  g_test_add ("/turns/what-was-begun-is-waited-for", Fixture, NULL, setup,
              test_what_was_begun_is_waited_for, teardown);
  g_test_add ("/turns/one-at-a-time", Fixture, NULL, setup, test_one_at_a_time, teardown);
  g_test_add_func ("/turns/urgent-is-who-draws", test_urgent_is_who_draws);
  return g_test_run ();
}
