/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Forks while another thread loads and unloads, and each child goes on to call and look up. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "toy.h"

static atomic_int stop;

static void *
load_and_unload (void *path)
{
  while (!stop)
    dlclose (dlopen (path, RTLD_LAZY));
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t thread;
  int good = 0;

  pthread_create (&thread, NULL, load_and_unload, argv[1]);
  for (int i = 0; i < 50; i++)
    {
      int status = 0;
      pid_t child = fork ();

      if (child == 0)
        {
          alarm (20);
          _exit (toy_twice (i) == 2 * i && toy_add (i, 1) == i + 1 ? 0 : 1);
        }
      waitpid (child, &status, 0);
      good += status == 0;
    }
  stop = 1;
  pthread_join (thread, NULL);
  printf ("%d\n", good);
  return 0;
}
