/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "loops.h"

#include "context.h"
#include "harness.h"

void
loops_run_until (const bool *done)
{
  while (!*done)
    g_main_context_iteration (NULL, TRUE);
}

void
loops_drain (GMainContext *context)
{
  while (g_main_context_iteration (context, FALSE))
    ;
}

static void
run (gconstpointer test)
{
  harness_clear ();
  ((void (*) (void))test) ();
  context_forget ();
  harness_check (true);
}

void
loops_add (const char *path, void (*test) (void))
{
  g_test_add_data_func (path, (gconstpointer)test, run);
}
