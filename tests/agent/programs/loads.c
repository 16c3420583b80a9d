/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Loads callers of the toy in different ways, time and again. Arguments: the name of one that only
 * RUNPATH finds, the path of one that registers itself. */

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "toy.h"

int (*registered) (int a);

typedef int (*Twice) (int a);

static void
by_name (const char *name)
{
  void *handle = dlopen (name, RTLD_LAZY);
  Twice twice, add;

  if (handle == NULL)
    {
      printf ("%s\n", dlerror ());
      return;
    }
  twice = (Twice)dlsym (handle, "caller_twice");
  add = (Twice)dlsym (handle, "caller_add");
  printf ("%d %d\n", twice (4), add (5));
  dlclose (handle);
}

/* No dlsym(): the call comes right after dlopen(). */
static void
by_path (const char *path)
{
  void *handle = dlopen (path, RTLD_NOW);

  printf ("%d\n", registered != NULL ? registered (8) : -1);
  registered = NULL;
  dlclose (handle);
}

int
main (int argc, char **argv)
{
  for (int i = 0; i < 20; i++)
    {
      by_name (argv[1]);
      by_path (argv[2]);
    }
  printf ("%s\n", dlopen ("no-such-library.so", RTLD_NOW) == NULL ? dlerror () : "?");
  printf ("%s\n", dlopen ("/no/such/library.so", RTLD_NOW) == NULL ? dlerror () : "?");
  return 0;
}
