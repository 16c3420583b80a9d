/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "executor.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "instrument.h"

#define STACK_SIZE ((size_t)256 << 10)
#define MAX_EVENTS 64

/* One for each thread that called co_run(). */
typedef struct
{
  ucontext_t context; /* of the loop, between two coroutines */
  Coroutine *current;
  CoQueue ready;
  Coroutine *sleeping; /* earliest first */
  int epoll;
  size_t n_alive;
} Executor;

static __thread Executor *executor;

static int64_t
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void
co_queue_push (CoQueue *queue, Coroutine *coroutine)
{
  coroutine->next = NULL;
  if (queue->last != NULL)
    queue->last->next = coroutine;
  else
    queue->first = coroutine;
  queue->last = coroutine;
}

Coroutine *
co_queue_pop (CoQueue *queue)
{
  Coroutine *coroutine = queue->first;

  if (coroutine == NULL)
    return NULL;
  queue->first = coroutine->next;
  if (queue->first == NULL)
    queue->last = NULL;
  coroutine->next = NULL;
  return coroutine;
}

Coroutine *
co_current (void)
{
  return executor->current;
}

/* ---- Switching -------------------------------------------------------------------------------- */

void
co_suspend (void)
{
  Coroutine *coroutine = executor->current;

  swapcontext (&coroutine->context, &executor->context);
}

void
co_wake (Coroutine *coroutine)
{
  if (executor->current != NULL)
    co_tell_wakes (coroutine);
  co_queue_push (&executor->ready, coroutine);
}

/* In pieces: makecontext() hands over ints. */
static void
enter (unsigned high, unsigned low)
{
  Coroutine *coroutine = (Coroutine *)((uintptr_t)high << 32 | (uintptr_t)low);

  coroutine->func (coroutine->data);
  coroutine->has_returned = true;
  co_suspend ();
}

static void
coroutine_free (Coroutine *coroutine)
{
  munmap (coroutine->stack, STACK_SIZE);
  free (coroutine);
}

static void
run (Coroutine *coroutine)
{
  InspectKind *waited = coroutine->waits_for;

  coroutine->waits_for = NULL;
  if (waited != NULL)
    co_tell_resumes (coroutine, waited);
  else
    co_tell_runs (coroutine);
  executor->current = coroutine;
  swapcontext (&executor->context, &coroutine->context);
  executor->current = NULL;
  if (!coroutine->has_returned)
    return;

  co_tell_returned (coroutine);
  executor->n_alive--;
  if (coroutine->joiner != NULL)
    co_wake (coroutine->joiner);
  if (coroutine->is_detached)
    coroutine_free (coroutine);
}

/* Apart, for getcontext() may return twice as far as a compiler knows. */
static bool
make_context (Coroutine *coroutine)
{
  if (getcontext (&coroutine->context) < 0)
    return false;
  coroutine->context.uc_stack.ss_sp = coroutine->stack;
  coroutine->context.uc_stack.ss_size = STACK_SIZE;
  makecontext (&coroutine->context, (void (*) (void))enter, 2,
               (unsigned)((uintptr_t)coroutine >> 32), (unsigned)(uintptr_t)coroutine);
  return true;
}

static Coroutine *
coroutine_new (const char *name, CoFunc func, void *data)
{
  Coroutine *coroutine = calloc (1, sizeof *coroutine);

  if (coroutine == NULL)
    return NULL;
  *coroutine = (Coroutine){ .name = name, .func = func, .data = data };
  coroutine->stack = mmap (NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (coroutine->stack != MAP_FAILED && make_context (coroutine))
    return coroutine;
  if (coroutine->stack != MAP_FAILED)
    munmap (coroutine->stack, STACK_SIZE);
  free (coroutine);
  return NULL;
}

static Coroutine *
spawn (const char *name, CoFunc func, void *data, InspectLocationId where)
{
  Coroutine *coroutine = coroutine_new (name, func, data);

  if (coroutine == NULL)
    return NULL;
  executor->n_alive++;
  co_tell_spawned (coroutine, executor->current, func, where);
  co_queue_push (&executor->ready, coroutine);
  return coroutine;
}

Coroutine *
co_spawn (const char *name, CoFunc func, void *data)
{
  return spawn (name, func, data, CO_CALLER);
}

void
co_detach (Coroutine *coroutine)
{
  coroutine->is_detached = true;
  if (coroutine->has_returned)
    coroutine_free (coroutine);
}

/* ---- Waiting ---------------------------------------------------------------------------------- */

/* Tells what the current coroutine waits for, and leaves it. */
static void
wait_for (InspectKind *kind, InspectObject object, InspectLocationId where)
{
  Coroutine *self = executor->current;

  self->waits_for = kind;
  co_tell_waits (self, kind, object, where);
  co_suspend ();
}

void
co_join (Coroutine *coroutine)
{
  if (!coroutine->has_returned)
    {
      coroutine->joiner = executor->current;
      /* A task is an object by itself: whose end is waited for can be followed. */
      wait_for (&co_await_join, co_id (coroutine), CO_CALLER);
    }
  coroutine_free (coroutine);
}

void
co_yield (void)
{
  co_tell_yields (executor->current);
  co_queue_push (&executor->ready, executor->current);
  co_suspend ();
}

void
co_sleep (int64_t nanoseconds)
{
  Coroutine *self = executor->current, **at = &executor->sleeping;

  self->due_ns = now_ns () + nanoseconds;
  while (*at != NULL && (*at)->due_ns <= self->due_ns)
    at = &(*at)->next;
  self->next = *at;
  *at = self;
  wait_for (&co_await_sleep, 0, CO_CALLER);
}

/* False: the descriptor cannot be waited for; errno says why. */
static bool
wait_for_descriptor (int fd, uint32_t events, InspectKind *kind, InspectLocationId where)
{
  struct epoll_event event = { .events = events | EPOLLONESHOT, .data.ptr = executor->current };

  if (epoll_ctl (executor->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    return false;
  executor->current->fd = fd;
  wait_for (kind, 0, where);
  epoll_ctl (executor->epoll, EPOLL_CTL_DEL, fd, NULL);
  return true;
}

ssize_t
co_read (int fd, void *bytes, size_t length)
{
  InspectLocationId where = CO_CALLER;
  ssize_t n;

  while ((n = read (fd, bytes, length)) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    if (!wait_for_descriptor (fd, EPOLLIN, &co_await_readable, where))
      return -1;
  return n;
}

ssize_t
co_write (int fd, const void *bytes, size_t length)
{
  InspectLocationId where = CO_CALLER;
  ssize_t n;

  while ((n = write (fd, bytes, length)) < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    if (!wait_for_descriptor (fd, EPOLLOUT, &co_await_writable, where))
      return -1;
  return n;
}

/* ---- The loop --------------------------------------------------------------------------------- */

static int
get_timeout_ms (void)
{
  int64_t left_ns;

  if (executor->ready.first != NULL)
    return 0;
  if (executor->sleeping == NULL)
    return -1;
  left_ns = executor->sleeping->due_ns - now_ns ();
  return left_ns <= 0 ? 0 : (int)((left_ns + 999999) / 1000000);
}

static void
turn (void)
{
  struct epoll_event events[MAX_EVENTS];
  Coroutine *last;
  int64_t now;
  int n = epoll_wait (executor->epoll, events, MAX_EVENTS, get_timeout_ms ());

  for (int i = 0; i < n; i++)
    co_wake (events[i].data.ptr);
  now = now_ns ();
  while (executor->sleeping != NULL && executor->sleeping->due_ns <= now)
    {
      Coroutine *coroutine = executor->sleeping;

      executor->sleeping = coroutine->next;
      co_wake (coroutine);
    }
  /* Those that become ready meanwhile have to wait for the next turn: descriptors get theirs. */
  last = executor->ready.last;
  for (Coroutine *coroutine = NULL; last != NULL && coroutine != last;)
    {
      bool is_last;

      coroutine = co_queue_pop (&executor->ready);
      is_last = coroutine == last;
      run (coroutine);
      if (is_last)
        break;
    }
}

bool
co_run (CoFunc main, void *data)
{
  Executor own = { .epoll = epoll_create1 (EPOLL_CLOEXEC) }, *outer = executor;
  Coroutine *first;

  if (own.epoll < 0)
    return false;
  executor = &own;
  first = spawn ("main", main, data, CO_CALLER);
  if (first != NULL)
    {
      co_detach (first);
      while (own.n_alive > 0)
        turn ();
    }
  executor = outer;
  close (own.epoll);
  return first != NULL;
}
