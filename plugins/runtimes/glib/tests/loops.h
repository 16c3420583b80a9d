/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_TEST_LOOPS_H
#define GLIB_TEST_LOOPS_H

#include <glib.h>
#include <stdbool.h>

/* Turns the default context until @done is true. */
void loops_run_until (const bool *done);
/* Turns @context until nothing is ready. */
void loops_drain (GMainContext *context);

/* harness_add(), with the tasks of loops ended before all is checked. */
void loops_add (const char *path, void (*test) (void));

#endif
