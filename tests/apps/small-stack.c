/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* How many bytes of its stack a coroutine has used for a call: a line for each, with the most of three times. */

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <uv.h>

#define STACK_BYTES 131072
#define UNUSED 0x5a

static ucontext_t scheduler, coroutine;
static unsigned char *stack;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static uv_timer_t timer;
static uv_fs_t request;

static void
on_time (uv_timer_t *handle)
{
}

static void
start_timer (void)
{
  uv_timer_start (&timer, on_time, 1000, 0);
}

/* Without a callback it is done at once. */
static void
ask_file (void)
{
  uv_fs_stat (uv_default_loop (), &request, "/", NULL);
  uv_fs_req_cleanup (&request);
}

static void
lock (void)
{
  pthread_mutex_lock (&mutex);
  pthread_mutex_unlock (&mutex);
}

static void
load (void)
{
  void *library = dlopen ("libm.so.6", RTLD_NOW);

  if (library != NULL)
    dlclose (library);
}

static const struct
{
  const char *name;
  void (*call) (void);
} calls[] = {
  { "timer", start_timer },
  { "file", ask_file },
  { "lock", lock },
  { "load", load },
};

static unsigned int
measure (void (*call) (void))
{
  unsigned int unused = 0;

  memset (stack, UNUSED, STACK_BYTES);
  getcontext (&coroutine);
  coroutine.uc_stack.ss_sp = stack;
  coroutine.uc_stack.ss_size = STACK_BYTES;
  coroutine.uc_link = &scheduler;
  makecontext (&coroutine, call, 0);
  swapcontext (&scheduler, &coroutine);
  while (unused < STACK_BYTES && stack[unused] == UNUSED)
    unused++;
  return STACK_BYTES - unused;
}

int
main (void)
{
  stack = mmap (NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uv_timer_init (uv_default_loop (), &timer);
  for (size_t i = 0; i < sizeof calls / sizeof *calls; i++)
    {
      unsigned int most = 0;

      for (int k = 0; k < 3; k++)
        {
          unsigned int used = measure (calls[i].call);

          most = used > most ? used : most;
        }
      printf ("%s %u\n", calls[i].name, most);
    }
  return 0;
}
