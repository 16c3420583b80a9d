/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* An interpreter of a kind, which knows nothing of libuv: loads a library and runs what is in it.
 *
 *     kept-loader LIBRARY [alone | among-threads | found] [ARGUMENT] */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void *
sleep_for_good (void *data)
{
  for (;;)
    pause ();
  return NULL;
}

int
main (int argc, char **argv)
{
  const char *mode = argc > 2 ? argv[2] : "alone";
  int (*run) (int argc, char **argv);
  void *library;
  pthread_t thread;

  if (argc < 2)
    return 2;
  if (strcmp (mode, "among-threads") == 0)
    for (int i = 0; i < 4; i++)
      pthread_create (&thread, NULL, sleep_for_good, NULL);
  /* By its name alone the loader looks for it where the caller says. */
  if (strcmp (mode, "found") == 0)
    argv[1] = strrchr (argv[1], '/') + 1;
  library = dlopen (argv[1], RTLD_NOW);
  if (library == NULL)
    {
      puts (dlerror ());
      return 1;
    }
  run = (int (*) (int, char **))dlsym (library, "kept_main");
  return run != NULL ? run (argc - 2, argv + 2) : 1;
}
