/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program on mini: asks for something until it has it, and would give up after a minute. */

#include <stddef.h>
#include <unistd.h>

#include "mini.h"

static unsigned give_up;

static void
on_give_up (void *data)
{
}

static void
ask_again (void *data)
{
  int *n_left = data;

  if (--*n_left > 0)
    mini_after (100, ask_again, data);
  else
    mini_cancel (give_up);
}

int
main (void)
{
  int n_left = 10;

  alarm (60);
  give_up = mini_after (60000, on_give_up, NULL); /* AWAIT: give up */
  mini_after (100, ask_again, &n_left);           /* AWAIT: ask */
  mini_run ();
  return 0;
}
