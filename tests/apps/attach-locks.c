/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads that have locks, and wait for those of others, before anybody looks. Says a line when they run, and ends with
 * the status 0 when its standard input is closed. With "healthy" they pass the locks on all the time; with "joined" the
 * first thread waits for the end of another one meanwhile. */

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold_one;

static void *
transfer (void *data)
{
  pthread_mutex_lock (&accounts);
  pthread_barrier_wait (&both_hold_one);
  pthread_mutex_lock (&journal); /* WAITS: journal */
  pthread_mutex_unlock (&journal);
  pthread_mutex_unlock (&accounts);
  return NULL;
}

static void *
audit (void *data)
{
  pthread_mutex_lock (&journal);
  pthread_barrier_wait (&both_hold_one);
  pthread_mutex_lock (&accounts); /* WAITS: accounts */
  pthread_mutex_unlock (&accounts);
  pthread_mutex_unlock (&journal);
  return NULL;
}

static void *
pass_on (void *data)
{
  for (;;)
    {
      pthread_mutex_lock (&accounts);
      usleep (100);
      pthread_mutex_unlock (&accounts);
    }
  return NULL;
}

static void
wait_for_end (void)
{
  char byte;

  while (read (STDIN_FILENO, &byte, 1) > 0)
    ;
}

static void
on_end (int number)
{
  static const char words[] = "still here\n";

  _exit (write (STDOUT_FILENO, words, sizeof words - 1) < 0);
}

/* No thread of the process is in anything but its lock or its join. */
static void
let_child_wait_for_end (void)
{
  signal (SIGTERM, on_end);
  if (fork () != 0)
    return;
  wait_for_end ();
  kill (getppid (), SIGTERM);
  _exit (0);
}

int
main (int argc, char **argv)
{
  int is_healthy = argc > 1 && strcmp (argv[1], "healthy") == 0;
  int is_joined = argc > 1 && strcmp (argv[1], "joined") == 0;
  pthread_t threads[2];

  if (is_joined)
    let_child_wait_for_end ();

  pthread_barrier_init (&both_hold_one, NULL, 2);
  pthread_create (&threads[0], NULL, is_healthy ? pass_on : transfer, NULL);
  pthread_create (&threads[1], NULL, is_healthy ? pass_on : audit, NULL);
  puts ("ready");
  fflush (stdout);
  if (is_joined)
    pthread_join (threads[0], NULL);
  wait_for_end ();
  on_end (0);
}
