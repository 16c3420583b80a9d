/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-deadlock: how long after its last edge a deadlock is told of, among 100,000 live tasks, as
 * `async-inspect run` looks: while edges come and go all the time, and in a program that has fallen
 * silent, where it looks less often. And what the looking costs. */

#include <stdio.h>
#include <stdlib.h>
#include "channel/layout.h"
#include "model-fixture.h"

#define N_TASKS 100000u
#define N_LOCKS 1000u /* of the stream */
#define N_CYCLE 1000u /* tasks in the deadlock */
#define N_ROUNDS 25u
#define EDGES_A_POLL 500u /* waits, and as many holds */
#define POLL_BUSY_US 2000
#define POLL_IDLE_US 40000

#define TASK(i) (0x100000 + (guint64)(i))
#define WAIT(i) OBJECT (KIND_ASYNC_LOCKING, TASK (i))
#define LOCK(i) OBJECT (KIND_LOCK, 0x100000 + (guint64)(i))

typedef struct
{
  Fixture fixture;
  GRand *rand;
  gint64 told_ns; /* 0: not yet */
  guint64 n_edges;
  gint64 cost_ns; /* of the looks */
  gint64 worst_ns;
  guint n_looks;
} Bench;

static gint64
now_ns (void)
{
  return g_get_monotonic_time () * 1000;
}

static void
on_deadlock (InspectorSession *session, InspectorTarget *target, gpointer data)
{
  ((Bench *)data)->told_ns = now_ns ();
}

static void
wait_for (Bench *bench, guint task, guint lock)
{
  Fixture *f = &bench->fixture;

  f->now_ns = now_ns ();
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, TASK (task), WAIT (task), 0);
  fixture_value (f, WAIT (task), KEY_RESOURCE, LOCK (lock));
  bench->n_edges++;
}

static void
stop_waiting (Bench *bench, guint task)
{
  bench->fixture.now_ns = now_ns ();
  fixture_feed (&bench->fixture, CHANNEL_AWAIT_END, TASK (task), WAIT (task), 0);
}

static void
hold (Bench *bench, guint task, guint lock)
{
  bench->fixture.now_ns = now_ns ();
  fixture_feed (&bench->fixture, CHANNEL_ACQUIRE, TASK (task), LOCK (lock), 0);
  bench->n_edges++;
}

/* Half of the tasks wait in one queue, each for a lock of the one before; the cycle's wait for each
 * other but for the last one; the others come and go. */
static void
populate (Bench *bench)
{
  Fixture *f = &bench->fixture;

  for (guint i = 0; i < N_TASKS; i++)
    fixture_feed (f, CHANNEL_TASK_BEGIN, TASK (i), 0, 0);
  for (guint i = 0; i < N_TASKS / 2; i++)
    {
      hold (bench, i, N_LOCKS + i);
      if (i > 0 && i != N_CYCLE)
        wait_for (bench, i, N_LOCKS + i - 1);
    }
}

/* Tasks of the second half: one takes a lock, another waits for it, and gets it. Never a cycle,
 * though the holder waits for the long queue. */
static void
stream (Bench *bench)
{
  for (guint i = 0; i < EDGES_A_POLL; i++)
    {
      guint holder = N_TASKS / 2 + (guint)g_rand_int_range (bench->rand, 0, N_TASKS / 4);
      guint waiter = N_TASKS * 3 / 4 + (guint)g_rand_int_range (bench->rand, 0, N_TASKS / 4);
      guint lock = (guint)g_rand_int_range (bench->rand, 0, N_LOCKS);

      hold (bench, holder, lock);
      wait_for (bench, waiter, lock);
      wait_for (bench, holder, N_LOCKS + N_TASKS / 2 - 1);
      if (g_rand_int_range (bench->rand, 0, 16) != 0)
        {
          stop_waiting (bench, holder);
          stop_waiting (bench, waiter);
        }
    }
}

static gboolean
look (Bench *bench)
{
  gint64 begin_ns = now_ns (), took_ns;
  gboolean is_busy = inspector_session_poll (bench->fixture.session);

  took_ns = now_ns () - begin_ns;
  /* The one that tells also judges all tasks, which is not what is measured here. */
  if (bench->told_ns == 0)
    {
      bench->cost_ns += took_ns;
      bench->worst_ns = MAX (bench->worst_ns, took_ns);
      bench->n_looks++;
    }
  return is_busy;
}

/* Returns: from the last edge until it was told */
static gint64
close_cycle (Bench *bench, gboolean is_busy)
{
  gint64 closed_ns;

  bench->told_ns = 0;
  for (guint i = 0; is_busy && i < 10; i++)
    {
      stream (bench);
      look (bench);
    }
  look (bench);
  wait_for (bench, 0, N_LOCKS + N_CYCLE - 1);
  closed_ns = bench->fixture.now_ns;
  /* At any time between two looks. */
  g_usleep (g_rand_int_range (bench->rand, 0, is_busy ? POLL_BUSY_US : POLL_IDLE_US));
  while (bench->told_ns == 0)
    {
      gboolean again;

      if (is_busy)
        stream (bench);
      again = look (bench);
      if (bench->told_ns == 0)
        g_usleep (is_busy || again ? POLL_BUSY_US : POLL_IDLE_US);
    }
  stop_waiting (bench, 0);
  return bench->told_ns - closed_ns;
}

static int
compare (const void *a, const void *b)
{
  gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;

  return x < y ? -1 : x > y;
}

static void
measure (Bench *bench, const char *name, gboolean is_busy)
{
  gint64 took_ns[N_ROUNDS];
  guint64 n_edges = bench->n_edges;

  bench->cost_ns = bench->worst_ns = 0;
  bench->n_looks = 0;
  for (guint i = 0; i < N_ROUNDS; i++)
    took_ns[i] = close_cycle (bench, is_busy);
  qsort (took_ns, N_ROUNDS, sizeof *took_ns, compare);
  n_edges = bench->n_edges - n_edges;
  printf (
      "%-22s told after %.1f ms (median), %.1f ms (worst of %u); a look %.0f us, worst %.1f ms, "
      "with %.0f new edges\n",
      name, took_ns[N_ROUNDS / 2] * 1e-6, took_ns[N_ROUNDS - 1] * 1e-6, N_ROUNDS,
      bench->cost_ns * 1e-3 / bench->n_looks, bench->worst_ns * 1e-6,
      (double)n_edges / bench->n_looks);
}

int
main (void)
{
  Bench bench = { .rand = g_rand_new_with_seed (1) };

  fixture_setup_session (&bench.fixture, NULL);
  g_signal_connect (bench.fixture.session, "deadlock", G_CALLBACK (on_deadlock), &bench);
  populate (&bench);
  printf ("%u live tasks, %u of them in the deadlock, %u in one queue of waits\n", N_TASKS, N_CYCLE,
          N_TASKS / 2);
  look (&bench);
  measure (&bench, "while edges come and go", TRUE);
  measure (&bench, "in silence", FALSE);
  fixture_teardown (&bench.fixture, NULL);
  g_rand_free (bench.rand);
  return 0;
}
