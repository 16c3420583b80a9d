/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Keeps an address in one place, and nowhere else: argv[1] says where. It is nowhere in the program
 * itself, which has its complement. */

#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

static volatile uint64_t hidden = ~UINT64_C (0x5a5a12345000);
static volatile uint64_t variable;
static volatile uint64_t *volatile memory;
static pthread_barrier_t begun;

static void
rest (void)
{
  (void)!write (STDOUT_FILENO, "r", 1);
  for (;;)
    pause ();
}

/* What it leaves lies far below whatever runs afterwards. */
static __attribute__ ((noinline)) void
keep_in_ended_frame (void)
{
  volatile uint64_t locals[2048] = { 0 };

  for (unsigned i = 0; i < 64; i++)
    locals[i] = ~hidden;
  variable = locals[2047] & 0;
}

static __attribute__ ((noinline)) void
keep_in_frame (void)
{
  volatile uint64_t local = ~hidden;

  rest ();
  variable = local;
}

static void *
keep_in_thread (void *data)
{
  volatile uint64_t local = ~hidden;

  pthread_barrier_wait (&begun);
  for (;;)
    pause ();
  variable = local;
  return data;
}

static void *
keep_in_ended_frame_of_thread (void *data)
{
  keep_in_ended_frame ();
  pthread_barrier_wait (&begun);
  for (;;)
    pause ();
  return data;
}

static void *
run (void *data)
{
  pthread_barrier_wait (&begun);
  for (;;)
    variable++;
  return data;
}

static void
start (void *(*function) (void *))
{
  pthread_t thread;

  pthread_barrier_init (&begun, NULL, 2);
  pthread_create (&thread, NULL, function, NULL);
  pthread_barrier_wait (&begun);
}

/* A stack that was not made by libc, with something else below it in the same memory. */
static void
keep_below_own_stack (void)
{
  static ucontext_t here, there;
  const size_t size = 256 * 1024;
  char *region = mmap (NULL, size + 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  region += 4096;
  mprotect (region, size, PROT_READ | PROT_WRITE);
  memory = (volatile uint64_t *)region;
  *memory = ~hidden;
  getcontext (&there);
  there.uc_stack.ss_sp = region + size / 2;
  there.uc_stack.ss_size = size / 2;
  there.uc_link = &here;
  makecontext (&there, rest, 0);
  swapcontext (&here, &there);
}

#if defined(__x86_64__)
/* In a register that no call changes, and in no memory. */
static void
keep_in_register (void)
{
  (void)!write (STDOUT_FILENO, "r", 1);
  __asm__ volatile("mov %0, %%rbx\n\tnot %%rbx\n1:\tmov $34, %%eax\n\tsyscall\n\tjmp 1b"
                   :
                   : "m"(hidden)
                   : "rax", "rbx", "rcx", "r11", "memory");
}
#endif

int
main (int argc, char **argv)
{
  const char *where = argc > 1 ? argv[1] : "";

  if (strcmp (where, "variable") == 0)
    variable = ~hidden;
  else if (strcmp (where, "flagged") == 0)
    variable = ~hidden | 3;
  else if (strcmp (where, "before") == 0)
    variable = ~hidden - 8;
  else if (strcmp (where, "heap") == 0)
    *(memory = malloc (100)) = ~hidden;
  else if (strcmp (where, "large") == 0)
    {
      memory = mmap (NULL, UINT64_C (1) << 30, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      memory[UINT64_C (1) << 26] = ~hidden;
    }
  else if (strcmp (where, "endless") == 0)
    {
      memory = mmap (NULL, UINT64_C (1) << 42, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      memory[UINT64_C (1) << 38] = ~hidden;
    }
  else if (strcmp (where, "channel") == 0)
    {
      int fd = memfd_create ("async-inspect", MFD_CLOEXEC);

      if (ftruncate (fd, 4096) != 0)
        return 1;
      memory = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      *memory = ~hidden;
    }
  else if (strcmp (where, "frame") == 0)
    keep_in_frame ();
  else if (strcmp (where, "ended-frame") == 0)
    keep_in_ended_frame ();
  else if (strcmp (where, "thread") == 0)
    start (keep_in_thread);
  else if (strcmp (where, "ended-frame-of-thread") == 0)
    start (keep_in_ended_frame_of_thread);
  else if (strcmp (where, "stack-below") == 0)
    keep_below_own_stack ();
  else if (strcmp (where, "running") == 0)
    start (run);
  else if (strcmp (where, "epoll") == 0)
    (void)epoll_create1 (0);
#if defined(__x86_64__)
  else if (strcmp (where, "register") == 0)
    keep_in_register ();
#endif
  rest ();
  return 0;
}
