/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef THREADS_TEST_FIXTURE_H
#define THREADS_TEST_FIXTURE_H

#include <errno.h>
#include <pthread.h>

#include "harness.h"
#include "registry.h"

/* A test between harness_clear() and a check that nothing is left: no task, no await, no hold, no
 * entry of a lock, nothing that counts as waited for. */
#define threads_add(path, test)                                                                    \
  g_test_add_data_func (path, (gconstpointer)(void (*) (void)) (test), threads_run)
void threads_run (gconstpointer test);
/* Its parts: the check of the books alone, and that of all at the end. */
void threads_check_books (void);
void threads_check_end (void);

/* The records that were made, of any type but attributes and ENTER. */
unsigned int threads_count_records (void);
/* Waits until there are @n awaits of that kind, whether or not they are over. */
void threads_until_awaits (const char *kind, unsigned int n);
void threads_until (const int *flag);
void threads_raise (int *flag);
/* A thread that runs @run, and what it returned. Neither is a call of the test's own thread that
 * the plugin sees as a wait. */
pthread_t threads_start (void *(*run) (void *), void *data);
void *threads_finish (pthread_t thread);

/* The task of the thread that is called @handle. */
InspectId threads_task_of (pthread_t handle);
/* Whether @await's resource is that object. */
bool threads_waits_for (const Event *await, const void *object);
/* The name of the kind of the @nth thing that @await was said to wait for. */
const char *threads_resource_name (const Event *await, unsigned int nth);

#endif
