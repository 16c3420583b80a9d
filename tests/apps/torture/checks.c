/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "checks.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static unsigned long n_done, n_wrong;
static volatile unsigned long n_signals;
static const char *first_wrong;

void
check (bool is_right, const char *what)
{
  if (is_right)
    return;
  if (__atomic_fetch_add (&n_wrong, 1, __ATOMIC_RELAXED) == 0)
    first_wrong = what;
}

void
check_count (unsigned long n)
{
  __atomic_fetch_add (&n_done, n, __ATOMIC_RELAXED);
}

void
check_finish (void)
{
  printf ("%lu done, %lu wrong%s%s, %lu signals\n", n_done, n_wrong, n_wrong != 0 ? ": " : "",
          n_wrong != 0 ? first_wrong : "", n_signals);
  fflush (stdout);
  _exit (n_wrong == 0 && n_done > 0 ? 0 : 1);
}

/* ---- Sleepers --------------------------------------------------------------------------------- */

static void
sleep_in_epoll (void)
{
  static __thread int epoll_fd = -1, event_fd;
  struct epoll_event event = { .events = EPOLLIN };

  if (epoll_fd < 0)
    {
      epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
      event_fd = eventfd (0, EFD_CLOEXEC);
      epoll_ctl (epoll_fd, EPOLL_CTL_ADD, event_fd, &event);
    }
  check (epoll_wait (epoll_fd, &event, 1, 5) == 0, "epoll_wait");
}

static void
sleep_in_poll (void)
{
  check (poll (NULL, 0, 5) == 0, "poll");
}

static void
sleep_in_select (void)
{
  struct timeval time = { 0, 5000 };

  check (select (0, NULL, NULL, NULL, &time) == 0, "select");
}

static void
sleep_in_nanosleep (void)
{
  struct timespec time = { 0, 5000000 }, left = { 0, 0 };

  check (nanosleep (&time, &left) == 0, "nanosleep");
}

static void
sleep_in_sem_wait (void)
{
  static sem_t semaphore;
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_nsec += 5000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  check (sem_timedwait (&semaphore, &until) < 0 && errno == ETIMEDOUT, "sem_timedwait");
}

static void
sleep_in_cond_wait (void)
{
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
  struct timespec until;

  clock_gettime (CLOCK_REALTIME, &until);
  until.tv_nsec += 5000000;
  until.tv_sec += until.tv_nsec / 1000000000;
  until.tv_nsec %= 1000000000;
  pthread_mutex_lock (&mutex);
  check (pthread_cond_timedwait (&cond, &mutex, &until) == ETIMEDOUT, "pthread_cond_timedwait");
  pthread_mutex_unlock (&mutex);
}

static void
work_on_the_heap (void)
{
  void *pieces[64];

  for (int i = 0; i < 64; i++)
    {
      pieces[i] = malloc (16u << i % 10);
      memset (pieces[i], i, 16u << i % 10);
    }
  for (int i = 0; i < 64; i++)
    {
      check (((unsigned char *)pieces[i])[15] == i, "the heap");
      free (pieces[i]);
    }
}

static void (*const sleeps[]) (void) = {
  sleep_in_epoll,    sleep_in_poll,      sleep_in_select,  sleep_in_nanosleep,
  sleep_in_sem_wait, sleep_in_cond_wait, work_on_the_heap,
};

static void *
run_sleeper (void *data)
{
  unsigned long number = (unsigned long)data;
  sigset_t set;

  sigfillset (&set);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  for (;;)
    {
      sleeps[number % (sizeof sleeps / sizeof *sleeps)]();
      if (sleeps[number % (sizeof sleeps / sizeof *sleeps)] == work_on_the_heap)
        usleep (1000);
      check_count (1);
    }
  return NULL;
}

void
check_begin_sleepers (int n)
{
  for (int i = 0; i < n; i++)
    {
      pthread_t thread;

      check (pthread_create (&thread, NULL, run_sleeper, (void *)(unsigned long)i) == 0,
             "pthread_create");
    }
}

/* ---- Signals ---------------------------------------------------------------------------------- */

static void
on_alarm (int number)
{
  volatile unsigned int spin = 0;
  int saved = errno;

  for (int i = 0; i < 20000; i++)
    spin += (unsigned int)i;
  n_signals++;
  errno = saved;
}

void
check_begin_signals (void)
{
  struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
  struct itimerval interval = { { 0, 2000 }, { 0, 2000 } };

  sigaction (SIGALRM, &action, NULL);
  setitimer (ITIMER_REAL, &interval, NULL);
}
