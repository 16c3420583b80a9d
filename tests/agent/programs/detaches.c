/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that takes the agent out of itself and in again, as one does that attaches to it. */

#include <dlfcn.h>
#include <stdio.h>

#include "toy.h"

int
main (void)
{
  int (*stop) (void) = (int (*) (void))dlsym (RTLD_DEFAULT, "inspect_agent_stop");
  int (*start) (void) = (int (*) (void))dlsym (RTLD_DEFAULT, "inspect_agent_start");
  int (*kept) (int) = (int (*) (int))dlsym (RTLD_DEFAULT, "toy_twice");

  printf ("%d\n", toy_add (1, 1));
  printf ("%d %d\n", stop != NULL ? stop () : 0, stop != NULL ? stop () : 0);
  /* Three calls that nobody sees, and one of a replacement that the program has kept. */
  printf ("%d %d %d\n", toy_add (2, 2), toy_add (3, 3), toy_add (4, 4));
  printf ("%d\n", kept (5));
  printf ("%d %d\n", start != NULL ? start () : 0, start != NULL ? start () : 0);
  printf ("%d\n", toy_add (5, 5));
  return 0;
}
