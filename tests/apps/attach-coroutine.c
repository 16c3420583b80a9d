/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program whose one thread sleeps on the stack of a coroutine, of which little is left, when somebody comes to look;
 * what lies below that stack is another's. Says a line when it sleeps, and when its standard input is closed whether
 * all that is not that stack is as it was.
 *
 *     attach-coroutine heap | mapped
 *
 * heap: the stack is a piece of one block from malloc(), among others; mapped: it has a mapping of its own, whose end
 * below is guarded by a page. */

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_BYTES 8192
#define LEFT_BYTES 1536
#define AROUND_BYTES 65536
#define FILLED 0x5a

static ucontext_t scheduler, coroutine;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static unsigned char *stack;

/* Deeper and deeper, until no more than that is left. */
static __attribute__ ((noinline)) int
sleep_deep (void)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  volatile unsigned char here[128];
  int result;

  here[0] = 1;
  if ((unsigned char *)here - stack > LEFT_BYTES)
    return sleep_deep () + (here[0] - 1);
  result = write (STDOUT_FILENO, "ready\n", 6) == 6 ? 0 : -1;
  while (result == 0)
    {
      pthread_mutex_lock (&mutex);
      pthread_mutex_unlock (&mutex);
      result = poll (&input, 1, 20);
    }
  return result - 1 + (here[0] - 1);
}

static void
run (void)
{
  if (sleep_deep () != 0)
    puts ("poll has failed");
}

static unsigned char *
take_from_heap (void)
{
  unsigned char *block = malloc (2 * AROUND_BYTES + STACK_BYTES);

  memset (block, FILLED, 2 * AROUND_BYTES + STACK_BYTES);
  return block + AROUND_BYTES;
}

static int
is_intact (const unsigned char *bytes)
{
  for (size_t i = 0; i < AROUND_BYTES; i++)
    if (bytes[i] != FILLED)
      return 0;
  return 1;
}

static unsigned char *
map_own (void)
{
  unsigned char *memory =
      mmap (NULL, STACK_BYTES + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  mprotect (memory, 4096, PROT_NONE);
  return memory + 4096;
}

int
main (int argc, char **argv)
{
  int is_of_heap = argc > 1 && strcmp (argv[1], "heap") == 0;

  /* What binds a function at its first call needs more than will be left. */
  pthread_mutex_lock (&mutex);
  pthread_mutex_unlock (&mutex);
  if (poll (NULL, 0, 0) != 0 || write (STDOUT_FILENO, "", 0) != 0)
    return 1;
  stack = is_of_heap ? take_from_heap () : map_own ();
  getcontext (&coroutine);
  coroutine.uc_stack.ss_sp = stack;
  coroutine.uc_stack.ss_size = STACK_BYTES;
  coroutine.uc_link = &scheduler;
  makecontext (&coroutine, run, 0);
  swapcontext (&scheduler, &coroutine);
  puts (!is_of_heap || (is_intact (stack - AROUND_BYTES) && is_intact (stack + STACK_BYTES))
            ? "intact"
            : "damaged");
  return 0;
}
