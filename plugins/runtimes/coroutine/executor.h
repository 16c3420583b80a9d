/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef COROUTINE_EXECUTOR_H
#define COROUTINE_EXECUTOR_H

/* What the parts of the executor know of each other. */

#include <ucontext.h>
#include "coroutine.h"

struct Coroutine
{
  Coroutine *next; /* in the one list that it is in: ready, sleeping, waiting for a mutex, ... */
  const char *name;
  CoFunc func;
  void *data;
  ucontext_t context;
  void *stack;
  void *waits_for; /* the InspectKind of its await; NULL: for nothing, it is ready or runs */
  int64_t due_ns;
  int fd;
  void *message; /* sent or received */
  Coroutine *joiner;
  bool has_returned;
  bool is_detached;
};

/* First in, first out. */
typedef struct
{
  Coroutine *first, *last;
} CoQueue;

void co_queue_push (CoQueue *queue, Coroutine *coroutine);
Coroutine *co_queue_pop (CoQueue *queue);

Coroutine *co_current (void);
/* Leaves the coroutine that runs until co_wake() names it. It is in a list of the caller's, with
 * waits_for set and told. */
void co_suspend (void);
void co_wake (Coroutine *coroutine);

#endif
