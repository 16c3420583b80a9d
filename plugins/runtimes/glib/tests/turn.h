/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_TESTS_TURN_H
#define GLIB_TESTS_TURN_H

/* What the tests of GIO have in common: a main context that is turned until what was started is
 * over. */

#include <gio/gio.h>

#include "context.h"
#include "harness.h"

/* How many callbacks have come; a test sets it to 0. */
static int n_ready;

static inline void
turn_until_ready (int n)
{
  while (n_ready < n)
    g_main_context_iteration (NULL, TRUE);
}

/* The task that stands for the default context lives as long as the program. */
static inline void
turn_run (gconstpointer test)
{
  harness_clear ();
  n_ready = 0;
  ((void (*) (void))test) ();
  while (g_main_context_iteration (NULL, FALSE))
    ;
  context_forget ();
  harness_check (true);
}

#define turn_add(path, function) g_test_add_data_func (path, (gconstpointer)(function), turn_run)

#endif
