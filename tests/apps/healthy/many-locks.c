/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Recursive and read-write locks, always in one order, by threads that get in each other's way. */

#include <glib.h>
#include <stdio.h>

static GRecMutex outer;
static GRWLock table;
static int n_writes, n_reads;

static void
write_twice (void)
{
  g_rec_mutex_lock (&outer);
  g_rec_mutex_lock (&outer);
  g_rw_lock_writer_lock (&table);
  n_writes++;
  g_usleep (10000);
  g_rw_lock_writer_unlock (&table);
  g_rec_mutex_unlock (&outer);
  g_rec_mutex_unlock (&outer);
}

static gpointer
write_often (gpointer data)
{
  for (int i = 0; i < 40; i++)
    {
      write_twice ();
      g_usleep (10000);
    }
  return NULL;
}

static gpointer
read_often (gpointer data)
{
  for (int i = 0; i < 100; i++)
    {
      g_rw_lock_reader_lock (&table);
      g_atomic_int_inc (&n_reads);
      g_usleep (5000);
      g_rw_lock_reader_unlock (&table);
      g_usleep (5000);
    }
  return NULL;
}

int
main (void)
{
  GThread *threads[6];

  for (int i = 0; i < 6; i++)
    threads[i] = i < 2 ? g_thread_new ("writer", write_often, NULL)
                       : g_thread_new ("reader", read_often, NULL);
  for (int i = 0; i < 6; i++)
    g_thread_join (threads[i]);
  printf ("%d writes, %d reads\n", n_writes, n_reads);
  return 0;
}
