/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_WAIT_H
#define THREADS_WAIT_H

/* A call in which a thread sleeps, from its begin to its end. */

#include "registry.h"

typedef enum
{
  WAIT_OVER = 0,
  WAIT_SLEEPS = 1,
  WAIT_WAKING = 2, /* another thread is about to say so */
  WAIT_WOKEN = 3,  /* of a condition: it was told, and waits for its mutex */
} WaitState;

/* @await: the kind of await. @resource: what it waits for. @object: the same as an address, which
 * counts as waited for until the end. @caller: the place. @deadline_ns: on CLOCK_MONOTONIC, 0 none.
 * Returns: NULL where nothing can be reported */
Wait *wait_begin (Thread *self, InspectKind *await, InspectObject resource, const void *object,
                  const void *caller, uint64_t deadline_ns);
/* @wait: (nullable). @status: of the call, a positive errno */
void wait_end (Thread *self, Wait *wait, int status);

/* Whoever ends the wait of some thread for @condition: of all, or of one. */
void wait_wake (const void *condition, InspectKind *kind, bool all);

/* The thread has ended in the middle of a call: it was cancelled. */
void wait_abandon_all (Thread *thread);

/* A point in time as nanoseconds on CLOCK_MONOTONIC. @clock: -1 where only the program knows which
 * one it means */
uint64_t wait_deadline (clockid_t clock, const struct timespec *until);

#endif
