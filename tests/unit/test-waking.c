/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What may wake the threads of a process: asked of this one. */

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "target/facts.h"

static gboolean
has_thread (int tid)
{
  g_autoptr (GArray) threads = target_facts_get_threads (getpid ());

  for (guint i = 0; i < threads->len; i++)
    if (g_array_index (threads, int, i) == tid)
      return TRUE;
  return FALSE;
}

typedef struct
{
  pthread_barrier_t begun, done;
  int tid;
} Other;

static void *
run_other (void *data)
{
  Other *other = data;

  other->tid = (int)syscall (SYS_gettid);
  pthread_barrier_wait (&other->begun);
  pthread_barrier_wait (&other->done);
  return NULL;
}

static void
test_threads (void)
{
  Other other;
  pthread_t thread;

  g_assert_true (has_thread (getpid ()));
  pthread_barrier_init (&other.begun, NULL, 2);
  pthread_barrier_init (&other.done, NULL, 2);
  g_assert_cmpint (pthread_create (&thread, NULL, run_other, &other), ==, 0);
  pthread_barrier_wait (&other.begun);
  g_assert_true (has_thread (other.tid));
  g_assert_cmpint (other.tid, !=, getpid ());
  pthread_barrier_wait (&other.done);
  pthread_join (thread, NULL);
  pthread_barrier_destroy (&other.begun);
  pthread_barrier_destroy (&other.done);
}

static void
on_signal (int number)
{
}

static void
test_signals (void)
{
  const struct sigaction handler = { .sa_handler = on_signal };
  struct sigaction before;

  g_assert_false (target_facts_handles_signals (getpid ()));
  /* What the process does to itself wakes nobody who sleeps. */
  g_assert_cmpint (sigaction (SIGFPE, &handler, &before), ==, 0);
  g_assert_false (target_facts_handles_signals (getpid ()));
  sigaction (SIGFPE, &before, NULL);
  g_assert_cmpint (sigaction (SIGUSR2, &handler, &before), ==, 0);
  g_assert_true (target_facts_handles_signals (getpid ()));
  sigaction (SIGUSR2, &before, NULL);
  g_assert_false (target_facts_handles_signals (getpid ()));
}

static guint64
address_of (const void *pointer)
{
  return (guint64)(guintptr)pointer;
}

static void
test_memory (void)
{
  static int variable;
  gsize size = (gsize)sysconf (_SC_PAGESIZE);
  char *shared = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char *private = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  g_assert_true (shared != MAP_FAILED && private != MAP_FAILED);
  g_assert_true (target_facts_is_shared (getpid (), address_of (shared)));
  g_assert_true (target_facts_is_shared (getpid (), address_of (shared + size - 1)));
  g_assert_false (target_facts_is_shared (getpid (), address_of (private)));
  g_assert_false (target_facts_is_shared (getpid (), address_of (&variable)));
  g_assert_false (target_facts_is_shared (getpid (), address_of (&size)));
  munmap (shared, size);
  munmap (private, size);
}

/* Nothing is certain then. */
static void
test_unknown (void)
{
  g_assert_null (target_facts_get_threads (0));
  g_assert_null (target_facts_get_threads (G_MAXINT));
  g_assert_true (target_facts_handles_signals (G_MAXINT));
  g_assert_true (target_facts_is_shared (G_MAXINT, 0x1000));
  g_assert_true (target_facts_is_shared (getpid (), 0));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/waking/threads", test_threads);
  g_test_add_func ("/waking/signals", test_signals);
  g_test_add_func ("/waking/shared-memory", test_memory);
  g_test_add_func ("/waking/unknown-is-no-no", test_unknown);
  return g_test_run ();
}
