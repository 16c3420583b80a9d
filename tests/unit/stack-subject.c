/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program whose thread is looked at from outside, again and again: it says where its functions
 * are, does one thing until a byte comes on standard input, and tells whether it noticed anything.
 * Argument: what it does. */

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static int stop_fd[2];

/* Each waits for 20 ms or so. Returns: 0 if that ended as it ought to */
static int
spin (void)
{
  for (volatile int i = 0; i < 1000000; i++)
    ;
  return 0;
}

static int
sleep_a_while (void)
{
  struct timespec time = { 0, 20000000 }, left;

  return nanosleep (&time, &left) != 0;
}

/* Nobody wants to know what was left. */
static int
sleep_plainly (void)
{
  struct timespec time = { 0, 20000000 };

  return nanosleep (&time, NULL) != 0;
}

static int
wait_on_epoll (void)
{
  static int epoll = -1;
  struct epoll_event event;

  if (epoll < 0)
    epoll = epoll_create1 (0);
  return epoll_wait (epoll, &event, 1, 20) != 0;
}

static int
wait_on_poll (void)
{
  return poll (NULL, 0, 20) != 0;
}

static int
wait_on_socket (void)
{
  static int pair[2] = { -1, -1 };
  struct timeval limit = { 0, 20000 };
  char byte;

  if (pair[0] < 0)
    {
      socketpair (AF_UNIX, SOCK_STREAM, 0, pair);
      setsockopt (pair[0], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
  return recv (pair[0], &byte, 1, 0) != -1 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static int
wait_on_semaphore (void)
{
  static int id = -1;
  struct sembuf down = { 0, -1, 0 };
  struct timespec time = { 0, 20000000 };
  int result;

  if (id < 0)
    id = semget (IPC_PRIVATE, 1, 0600);
  result = id >= 0 && (semtimedop (id, &down, 1, &time) != -1 || errno != EAGAIN);
  return result;
}

static int
wait_for_signal (void)
{
  struct timespec time = { 0, 20000000 };
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  return sigtimedwait (&set, NULL, &time) != -1 || errno != EAGAIN;
}

static int
wait_on_pipe (void)
{
  char byte = 0;

  /* Until the very end. */
  return read (stop_fd[0], &byte, 1) != 1 || byte != 's';
}

static const struct
{
  const char *name;
  int (*wait) (void);
} ways[] = {
  { "spin", spin },
  { "nanosleep", sleep_a_while },
  { "sleep", sleep_plainly },
  { "epoll", wait_on_epoll },
  { "poll", wait_on_poll },
  { "socket-with-timeout", wait_on_socket },
  { "semaphore", wait_on_semaphore },
  { "signal", wait_for_signal },
  { "pipe", wait_on_pipe },
};

/* ---- The thread that is looked at ------------------------------------------------------------ */

static volatile int is_over, n_wrong, n_done;
static const void *volatile way;

__attribute__ ((noinline)) static int
callback (int (*wait) (void))
{
  int wrong = wait ();

  n_done++;
  return wrong + 0 * n_done;
}

__attribute__ ((noinline)) static void
turn (int (*wait) (void))
{
  while (!is_over)
    n_wrong += callback (wait);
  n_done++;
}

static void *
run (void *data)
{
  turn ((int (*) (void))way);
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t thread;
  char byte;

  if (argc != 2 || pipe (stop_fd) != 0)
    return 2;
  for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
    if (strcmp (ways[i].name, argv[1]) == 0)
      way = (const void *)ways[i].wait;
  if (way == NULL)
    return 2;
  pthread_create (&thread, NULL, run, NULL);
  printf ("%p %p %p\n", way, (void *)callback, (void *)turn);
  fflush (stdout);
  if (read (STDIN_FILENO, &byte, 1) < 0)
    return 2;
  is_over = 1;
  if (write (stop_fd[1], "s", 1) != 1)
    return 2;
  pthread_join (thread, NULL);
  printf ("%d wrong\n", n_wrong);
  return n_wrong > 0;
}
