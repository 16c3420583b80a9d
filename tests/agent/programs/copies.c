/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Uses two copies of the toy: the one that it is linked to, and that of a library of its own scope.
 */

#include <dlfcn.h>
#include <stdio.h>

#include "toy.h"

typedef int (*Twice) (int a);

static void
call_twice (const char *path, int flags)
{
  void *handle = dlopen (path, RTLD_LAZY | flags);
  Twice twice = (Twice)dlsym (handle, "caller_twice");

  /* The first call binds the slot, the second goes through the bound one. */
  printf ("%d ", twice (1));
  dlsym (handle, "caller_twice");
  printf ("%d %d\n", twice (2), ((Twice)dlsym (handle, "caller_add")) (3));
}

int
main (int argc, char **argv)
{
  printf ("%d\n", toy_twice (5));
  call_twice (argv[1], RTLD_LOCAL | RTLD_DEEPBIND);
  call_twice (argv[2], RTLD_LOCAL);
  printf ("%d\n", toy_twice (6));
  return 0;
}
