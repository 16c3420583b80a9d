/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads that wait for locks of other sorts since before anybody looks; its argument says which. Says a line when all
 * of them sleep, and ends with the status 0 when its standard input is closed.
 *
 *     writer    two threads wait for a read-write lock that a third one has taken to write
 *     readers   one waits for a read-write lock that others read
 *     gmutex    one waits for a GMutex
 *     self      one takes a mutex that it has
 *     conditions  three wait for conditions, one of them in an array, one for a semaphore, one in a pool for work
 *     later     one waits for a mutex since before; another one begins to wait for it after a line was read */

#include <pthread.h>
#include <semaphore.h>
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

static struct
{
  int n;
  pthread_cond_t filled;
  pthread_mutex_t lock;
} shelves[3] = { [1] = { 0, PTHREAD_COND_INITIALIZER, PTHREAD_MUTEX_INITIALIZER } };
static pthread_cond_t opened = PTHREAD_COND_INITIALIZER;
static GCond restocked;
static GMutex stock;
static sem_t carts;

static void *
wait_for_goods (void *data)
{
  struct timespec never;

  clock_gettime (CLOCK_REALTIME, &never);
  never.tv_sec += 100000;
  pthread_mutex_lock (&shelves[1].lock);
  while (shelves[1].n == 0)
    pthread_cond_timedwait (&shelves[1].filled, &shelves[1].lock, &never); /* WAITS: goods */
  pthread_mutex_unlock (&shelves[1].lock);
  return NULL;
}

static void *
wait_for_opening (void *data)
{
  pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;

  pthread_mutex_lock (&door);
  for (;;)
    pthread_cond_wait (&opened, &door); /* WAITS: opening */
  return NULL;
}

static void *
wait_for_stock (void *data)
{
  g_mutex_lock (&stock);
  for (;;)
    g_cond_wait (&restocked, &stock); /* WAITS: stock */
  return NULL;
}

static void *
wait_for_cart (void *data)
{
  while (sem_wait (&carts) < 0) /* WAITS: cart */
    ;
  return NULL;
}

static void
count (gpointer job, gpointer data)
{
  __atomic_add_fetch ((int *)data, 1, __ATOMIC_RELEASE);
}

/* A thread of GLib's own rests from then on, which is no news to anybody. */
static void
begin_pool (void)
{
  static int n;
  GThreadPool *pool = g_thread_pool_new (count, &n, 1, FALSE, NULL);

  g_thread_pool_push (pool, pool, NULL);
  while (__atomic_load_n (&n, __ATOMIC_ACQUIRE) == 0)
    usleep (1000);
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
  static Thread threads[4];
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
  if (strcmp (what, "conditions") == 0)
    {
      begin_pool ();
      begin (&threads[0], wait_for_goods);
      begin (&threads[1], wait_for_opening);
      begin (&threads[2], wait_for_stock);
      begin (&threads[3], wait_for_cart);
    }
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
