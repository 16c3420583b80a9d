/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Two threads take two GMutexes in opposite orders, and meet. */

#include <glib.h>
#include <unistd.h>

static GMutex accounts, journal;
static int n_ready;

static void
meet (void)
{
  g_atomic_int_inc (&n_ready);
  while (g_atomic_int_get (&n_ready) < 2)
    g_thread_yield ();
}

static gpointer
transfer (gpointer data)
{
  g_mutex_lock (&accounts); /* HOLDS: accounts */
  meet ();
  g_mutex_lock (&journal); /* WAITS: journal */
  g_mutex_unlock (&journal);
  g_mutex_unlock (&accounts);
  return NULL;
}

static gpointer
audit (gpointer data)
{
  g_mutex_lock (&journal); /* HOLDS: journal */
  meet ();
  g_mutex_lock (&accounts); /* WAITS: accounts */
  g_mutex_unlock (&accounts);
  g_mutex_unlock (&journal);
  return NULL;
}

int
main (void)
{
  GThread *first, *second;

  alarm (3);
  first = g_thread_new ("transfer", transfer, NULL);
  second = g_thread_new ("audit", audit, NULL);
  g_thread_join (first);
  g_thread_join (second);
  return 0;
}
