/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Looks the toy up by name in each scope that there is. */

#include <dlfcn.h>
#include <stdio.h>

#include "toy.h"

typedef int (*Twice) (int a);

static void
call (const char *how, void *function)
{
  if (function != NULL)
    printf ("%s: %d\n", how, ((Twice)function) (21));
  else
    printf ("%s: %s\n", how, dlerror ());
}

int
main (int argc, char **argv)
{
  void *handle = dlopen (argv[1], RTLD_NOW);

  printf ("%d\n", toy_add (1, 1));
  call ("handle", dlsym (handle, "toy_twice"));
  call ("default", dlsym (RTLD_DEFAULT, "toy_twice"));
  call ("next", dlsym (RTLD_NEXT, "toy_twice"));
  call ("global", dlsym (dlopen (NULL, RTLD_NOW), "toy_twice"));
  call ("version", dlvsym (handle, "toy_twice", "TOY_9"));
  /* A hooked name that this handle does not have: the error is the real one, and there is one. */
  call ("absent", dlsym (handle, "toy_absent"));
  printf ("then: %s\n", dlerror () == NULL ? "none" : "some");
  /* Functions of the loader found by name are as good as those that were linked to. */
  call ("found dlsym",
        ((void *(*)(void *, const char *))dlsym (RTLD_DEFAULT, "dlsym")) (handle, "toy_twice"));
  /* An error that is still pending is not ours to take. */
  dlsym (handle, "no_such_function");
  call ("pending", NULL);
  return 0;
}
