/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Three producers, a consumer and a ledger on the executor. What goes wrong is chosen by name:
 *
 *     coroutine-example            all goes well
 *     coroutine-example deadlock   two coroutines take two mutexes in opposite orders
 *     coroutine-example silent     one reads from a pipe to which nobody writes
 *     coroutine-example starved    a consumer that waits for one message more than is sent */

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "coroutine.h"

#define MILLISECOND INT64_C (1000000)
#define N_ORDERS 3

static CoMutex *accounts, *journal;
static CoChannel *orders;
static int n_expected = 3 * N_ORDERS;

static void
produce (void *data)
{
  for (int i = 0; i < N_ORDERS; i++)
    {
      co_sleep (MILLISECOND);
      co_channel_send (orders, data);
    }
}

static void
consume (void *data)
{
  for (int i = 0; i < n_expected; i++)
    co_channel_receive (orders); /* RECEIVES */
  printf ("%d orders\n", n_expected);
}

static void
transfer (void *data)
{
  co_mutex_lock (accounts); /* HOLDS: accounts */
  co_yield ();
  co_mutex_lock (journal); /* WAITS: journal */
  co_mutex_unlock (journal);
  co_mutex_unlock (accounts);
}

static void
audit (void *data)
{
  co_mutex_lock (journal); /* HOLDS: journal */
  co_yield ();
  co_mutex_lock (accounts); /* WAITS: accounts */
  co_mutex_unlock (accounts);
  co_mutex_unlock (journal);
}

static void
listen_to (void *data)
{
  char byte;

  if (co_read (*(int *)data, &byte, 1) < 0) /* READS */
    perror ("read");
}

static void
run_market (void)
{
  static char names[3][8] = { "north", "east", "west" };
  Coroutine *consumer = co_spawn ("consumer", consume, NULL);

  orders = co_channel_new ("orders", 1);
  for (int i = 0; i < 3; i++)
    co_detach (co_spawn (names[i], produce, names[i]));
  co_join (consumer); /* JOINS */
  co_channel_free (orders);
}

static void
run_ledger (CoFunc second)
{
  Coroutine *one, *other;

  accounts = co_mutex_new ("accounts");
  journal = co_mutex_new ("journal");
  one = co_spawn ("transfer", transfer, NULL);
  other = co_spawn ("audit", second, NULL);
  co_join (one);
  co_join (other);
  co_mutex_free (accounts);
  co_mutex_free (journal);
}

static void
run_all (void *data)
{
  const char *fault = data != NULL ? data : "none";
  int ends[2];

  if (strcmp (fault, "starved") == 0)
    n_expected++;
  run_market ();
  run_ledger (strcmp (fault, "deadlock") == 0 ? audit : transfer);
  if (strcmp (fault, "silent") == 0 && pipe2 (ends, O_NONBLOCK | O_CLOEXEC) == 0)
    co_join (co_spawn ("listener", listen_to, &ends[0]));
}

int
main (int argc, char **argv)
{
  /* A fault would last for ever; this is enough to see it. */
  alarm (3);
  return co_run (run_all, argc > 1 ? argv[1] : NULL) ? EXIT_SUCCESS : EXIT_FAILURE;
}
