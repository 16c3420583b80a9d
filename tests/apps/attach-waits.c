/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads that wait for locks of other sorts since before anybody looks; its argument says which. Says a line when all
 * of them sleep, and ends with the status 0 when its standard input is closed.
 *
 *     writer    two threads wait for a read-write lock that a third one has taken to write
 *     readers   one waits for a read-write lock that others read
 *     gmutex    one waits for a GMutex
 *     self      one takes a mutex that it has
 *     later     one waits for a mutex since before; another one begins to wait for it after a line was read */

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <glib.h>

static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t prices = PTHREAD_RWLOCK_INITIALIZER;
static GMutex catalogue;

static void *
read_prices (void *data)
{
  pthread_rwlock_rdlock (&prices); /* WAITS: read */
  pthread_rwlock_unlock (&prices);
  return NULL;
}

static void *
write_prices (void *data)
{
  pthread_rwlock_wrlock (&prices); /* WAITS: write */
  pthread_rwlock_unlock (&prices);
  return NULL;
}

static void *
use_catalogue (void *data)
{
  g_mutex_lock (&catalogue); /* WAITS: catalogue */
  g_mutex_unlock (&catalogue);
  return NULL;
}

static void *
book (void *data)
{
  pthread_mutex_lock (&ledger); /* WAITS: ledger */
  pthread_mutex_unlock (&ledger);
  return NULL;
}

static void *
book_twice (void *data)
{
  pthread_mutex_lock (&ledger);
  book (NULL);
  return NULL;
}

/* The number of threads that sleep in a futex, as the kernel says. */
static int
count_sleepers (const int *tids, int n)
{
  int sleepers = 0;

  for (int i = 0; i < n; i++)
    {
      char path[64], text[64] = "";
      FILE *file;

      snprintf (path, sizeof path, "/proc/self/task/%d/syscall", tids[i]);
      file = fopen (path, "r");
      if (file != NULL && fgets (text, sizeof text, file) != NULL && atoi (text) == 202)
        sleepers++;
      if (file != NULL)
        fclose (file);
    }
  return sleepers;
}

typedef struct
{
  void *(*function) (void *);
  int tid;
} Thread;

static void *
run (void *data)
{
  Thread *thread = data;

  __atomic_store_n (&thread->tid, gettid (), __ATOMIC_RELEASE);
  return thread->function (NULL);
}

static void
begin (Thread *thread, void *(*function) (void *))
{
  pthread_t id;

  thread->function = function;
  pthread_create (&id, NULL, run, thread);
  while (__atomic_load_n (&thread->tid, __ATOMIC_ACQUIRE) == 0)
    sched_yield ();
  while (count_sleepers (&thread->tid, 1) == 0)
    usleep (1000);
}

static void
say (const char *line)
{
  puts (line);
  fflush (stdout);
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  static Thread threads[2];
  char byte;

  pthread_mutex_lock (&ledger);
  g_mutex_lock (&catalogue);
  if (strcmp (what, "readers") == 0)
    pthread_rwlock_rdlock (&prices);
  else
    pthread_rwlock_wrlock (&prices);
  if (strcmp (what, "writer") == 0)
    begin (&threads[0], read_prices);
  if (strcmp (what, "writer") == 0 || strcmp (what, "readers") == 0)
    begin (&threads[1], write_prices);
  if (strcmp (what, "gmutex") == 0)
    begin (&threads[0], use_catalogue);
  if (strcmp (what, "later") == 0)
    begin (&threads[0], book);
  if (strcmp (what, "self") == 0)
    {
      pthread_mutex_unlock (&ledger);
      begin (&threads[0], book_twice);
    }
  say ("ready");
  if (read (STDIN_FILENO, &byte, 1) > 0 && strcmp (what, "later") == 0)
    {
      begin (&threads[1], book);
      say ("both");
    }
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  say ("still here");
  _exit (0);
}
