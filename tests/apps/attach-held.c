/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Locks that are held before anybody looks, and that nobody waits for: two of their own, one in a struct, one for writing,
 * one in allocated memory; one that is read-locked, and something else that looks like one. Says a line when they are held,
 * another one when the first thread has given its own back, which a signal has it do, and ends when its standard input does. */

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct
{
  char name[20];
  pthread_mutex_t lock;
} Shelf;

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t unused = PTHREAD_MUTEX_INITIALIZER;
static Shelf shelves[3];
static pthread_rwlock_t prices = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t stock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t *allocated;
/* What a held mutex is, in something else. */
static volatile struct
{
  int is_on, level, process, n_workers, padding[6];
} settings;
static pthread_barrier_t all_hold;
static sem_t give_back;

static void *
keep_books (void *data)
{
  pthread_mutex_lock (&accounts);
  pthread_mutex_lock (&shelves[1].lock);
  pthread_rwlock_wrlock (&prices);
  pthread_mutex_lock (allocated);
  pthread_barrier_wait (&all_hold);
  while (sem_wait (&give_back) != 0)
    ;
  pthread_mutex_unlock (allocated);
  pthread_rwlock_unlock (&prices);
  pthread_mutex_unlock (&shelves[1].lock);
  pthread_mutex_unlock (&accounts);
  puts ("given back");
  fflush (stdout);
  for (;;)
    pause ();
  return NULL;
}

/* Has its lock and goes on. */
static void *
write_journal (void *data)
{
  pthread_mutex_lock (&journal);
  pthread_rwlock_rdlock (&stock);
  pthread_barrier_wait (&all_hold);
  for (;;)
    usleep (1000);
  return NULL;
}

static void
on_signal (int number)
{
  sem_post (&give_back);
}

int
main (int argc, char **argv)
{
  static void *(*const routines[]) (void *) = { keep_books, write_journal };
  pthread_t thread;
  char byte;

  allocated = malloc (sizeof *allocated);
  pthread_mutex_init (allocated, NULL);
  pthread_mutex_init (&shelves[1].lock, NULL);
  pthread_barrier_init (&all_hold, NULL, 3);
  sem_init (&give_back, 0, 0);
  settings.is_on = settings.n_workers = 1;
  settings.process = getpid ();
  signal (SIGUSR1, on_signal);
  pthread_mutex_lock (&unused);
  pthread_mutex_unlock (&unused);
  for (size_t i = 0; i < sizeof routines / sizeof routines[0]; i++)
    if (pthread_create (&thread, NULL, routines[i], NULL) != 0)
      return 1;
  pthread_barrier_wait (&all_hold);
  puts ("ready");
  fflush (stdout);
  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
  puts ("still here");
  return 0;
}
