/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Threads that call through slots that nobody has bound yet, while others load, look up and unload.
 * Arguments: paths of copies of one caller of the toy. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "toy.h"

#define N_THREADS 4
#define ROUNDS 60

typedef int (*Twice) (int a);
typedef struct
{
  const char *path;
  long sum;
} Job;

static void *
work (void *data)
{
  Job *job = data;

  for (int i = 0; i < ROUNDS; i++)
    {
      void *handle = dlopen (job->path, RTLD_LAZY);
      Twice twice = (Twice)dlsym (handle, "caller_twice");

      for (int k = 0; k < 20; k++)
        job->sum += twice (k) + toy_add (k, i);
      job->sum += ((Twice)dlsym (handle, "caller_add")) (i);
      dlclose (handle);
    }
  return NULL;
}

int
main (int argc, char **argv)
{
  pthread_t threads[N_THREADS];
  Job jobs[N_THREADS];
  long sum = 0;

  for (int i = 0; i < N_THREADS; i++)
    {
      jobs[i] = (Job){ argv[1 + i % (argc - 1)], 0 };
      pthread_create (&threads[i], NULL, work, &jobs[i]);
    }
  for (int i = 0; i < N_THREADS; i++)
    {
      pthread_join (threads[i], NULL);
      sum += jobs[i].sum;
    }
  printf ("%ld\n", sum);
  return 0;
}
