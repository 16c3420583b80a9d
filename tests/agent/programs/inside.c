/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Has the toy inside, as node has libuv; with an argument, loads a caller of it. */

#include <dlfcn.h>
#include <stdio.h>

#include "toy.h"

int
main (int argc, char **argv)
{
  printf ("%d\n", toy_twice (5));
  if (argc > 1)
    {
      void *handle = dlopen (argv[1], RTLD_NOW);

      printf ("%d\n", handle != NULL ? ((int (*) (int))dlsym (handle, "caller_twice")) (7) : -1);
    }
  return 0;
}
