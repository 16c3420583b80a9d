/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Rings and the threads that have them; signal handlers. */

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "emit-fixture.h"
#include "emit/process.h"

static void *
emit_from_thread (void *task)
{
  inspect_task_begin (GPOINTER_TO_SIZE (task), 0, 0);
  return NULL;
}

static void
run_thread (gsize task)
{
  pthread_t thread;

  g_assert_cmpint (pthread_create (&thread, NULL, emit_from_thread, GSIZE_TO_POINTER (task)), ==,
                   0);
  g_assert_cmpint (pthread_join (thread, NULL), ==, 0);
}

static void
two_threads_in_turn (gconstpointer data)
{
  target_start ();
  inspect_task_begin (1, 0, 0);
  run_thread (2);
  target_meet (); /* the test has read it */
  run_thread (3);
}

static void
test_ring_is_used_again (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  uint32_t generation;
  int32_t tid;

  fixture_spawn (fixture, NULL, two_threads_in_turn, NULL);
  channel = fixture_accept (fixture);
  while (__atomic_load_n (&channel->rings[1].state, __ATOMIC_ACQUIRE) != CHANNEL_RING_CLOSED)
    g_thread_yield ();
  g_assert_cmpuint (channel->header->rings_used.value, ==, 2);
  generation = channel->rings[1].generation;
  tid = channel->rings[1].tid;
  g_assert_cmpuint (channel_consume (channel, 1), ==, 1);
  fixture_meet (fixture);
  fixture_join (fixture);

  g_assert_cmpuint (channel->header->rings_used.value, ==, 2);
  g_assert_cmpuint (channel->rings[1].generation, ==, generation + 1);
  g_assert_cmpint (channel->rings[1].tid, !=, tid);
  g_assert_cmpuint (channel->rings[1].head, ==, 2);
  g_assert_cmpuint (channel_get_record (channel, 1, 1)->task, ==, 3);
  g_assert_cmpuint (channel->rings[0].state, ==, CHANNEL_RING_LIVE);
}

/* What nobody has read yet is not given away. */
static void
two_threads_unread (gconstpointer data)
{
  target_start ();
  inspect_task_begin (1, 0, 0);
  run_thread (2);
  run_thread (3);
}

static void
test_unread_ring_is_kept (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, two_threads_unread, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->rings_used.value, ==, 3);
  g_assert_cmpuint (channel_get_record (channel, 1, 0)->task, ==, 2);
  g_assert_cmpuint (channel_get_record (channel, 2, 0)->task, ==, 3);
}

/* ---- More threads than rings ----------------------------------------------------------------- */

#define N_THREADS 6u
static pthread_barrier_t all_have_emitted;

static void *
emit_and_stay (void *data)
{
  inspect_task_begin (1, 0, 0);
  pthread_barrier_wait (&all_have_emitted);
  return NULL;
}

static void
too_many_threads (gconstpointer data)
{
  pthread_t threads[N_THREADS];

  target_start ();
  pthread_barrier_init (&all_have_emitted, NULL, N_THREADS);
  for (guint i = 0; i < N_THREADS; i++)
    g_assert_cmpint (pthread_create (&threads[i], NULL, emit_and_stay, NULL), ==, 0);
  for (guint i = 0; i < N_THREADS; i++)
    pthread_join (threads[i], NULL);
}

static void
test_too_many_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "rings=4", too_many_threads, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel->header->n_rings, ==, 4);
  g_assert_cmpuint (channel->header->rings_used.value, ==, 4);
  g_assert_cmpuint (channel->header->lost_threads, ==, N_THREADS - 4);
}

/* ---- A thread that pthread does not know ----------------------------------------------------- */

static volatile pid_t vanishing;

static void *
emit_and_vanish (void *data)
{
  inspect_task_begin (1, 0, 0);
  vanishing = (pid_t)syscall (SYS_gettid);
  /* Ends without any destructor. */
  syscall (SYS_exit, 0);
  return NULL;
}

static void
vanishing_threads (gconstpointer data)
{
  pthread_t thread;

  target_start ();
  g_assert_cmpint (pthread_create (&thread, NULL, emit_and_vanish, NULL), ==, 0);
  while (vanishing == 0 || syscall (SYS_tgkill, getpid (), vanishing, 0) == 0)
    sched_yield ();
  target_meet (); /* the test has read it all */
  inspect_task_begin (2, 0, 0);
}

static void
test_vanished_thread (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, "rings=1", vanishing_threads, NULL);
  channel = fixture_accept (fixture);
  while (__atomic_load_n (&channel->rings[0].head, __ATOMIC_ACQUIRE) != 1)
    g_thread_yield ();
  g_assert_cmpuint (channel_consume (channel, 0), ==, 1);
  fixture_meet (fixture);
  fixture_join (fixture);
  g_assert_cmpuint (channel_get_record (channel, 0, 1)->task, ==, 2);
  g_assert_cmpuint (channel->header->lost_threads, ==, 0);
}

/* ---- Signals ---- */

#define FROM_HANDLER (UINT64_C (1) << 40)
#define MAIN_RECORDS 2000000u
static volatile uint64_t n_handled;

static void
on_timer (int signal)
{
  INSPECT_DEFINE_KEY (key, "path", "path", INSPECT_VALUE_TEXT);

  inspect_task_begin (FROM_HANDLER | ++n_handled, 0, 0);
  inspect_attribute_bytes (FROM_HANDLER, &key, "twenty bytes or so..", 20);
}

static void
emit_under_signals (gconstpointer data)
{
  struct sigaction action = { .sa_handler = on_timer };
  struct itimerspec period = { { 0, 30000 }, { 0, 30000 } };
  struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
  timer_t timer;

  /* Also while the first record takes its ring. */
  sigaction (SIGUSR1, &action, NULL);
  g_assert_no_errno (timer_create (CLOCK_MONOTONIC, &event, &timer));
  g_assert_no_errno (timer_settime (timer, 0, &period, NULL));
  target_start ();
  for (uint64_t i = 1; i <= MAIN_RECORDS; i++)
    inspect_task_begin (i, 0, 0);
  /* However slow the machine's timers: some must have come. */
  while (n_handled < 100)
    inspect_task_current ();
  timer_delete (timer);
  inspect_point (1, 0, (int64_t)n_handled);
}

static void
test_signals_lose_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  uint64_t index = 0, next = 1, handled = 0, before_start = 0, total = 0;
  uint32_t ring = 0;

  fixture_spawn (fixture, "rings=2,records=4194304", emit_under_signals, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);

  /* The handler may have been first, and then the main line's ring is the same: the second, where the
   * handler came while the main line was taking the first. */
  if (channel->rings[0].head == 0)
    ring = 1;
  g_assert_cmpuint (channel->rings[ring].lost, ==, 0);
  for (index = 0; index < channel->rings[ring].head; index++)
    {
      const ChannelRecord *record = channel_get_record (channel, ring, index);
      uint32_t type = channel_record_type (record->type_location);

      if (type == CHANNEL_TASK_BEGIN && (record->task & FROM_HANDLER) != 0)
        {
          /* Those that came before the start had nobody to tell. */
          if (handled == 0)
            before_start = (record->task & ~FROM_HANDLER) - 1;
          handled++;
          g_assert_cmpuint (record->task & ~FROM_HANDLER, ==, before_start + handled);
        }
      else if (type == CHANNEL_TASK_BEGIN)
        g_assert_cmpuint (record->task, ==, next++);
      else if (type == CHANNEL_POINT)
        total = record->arg;
    }
  g_assert_cmpuint (next, ==, MAIN_RECORDS + 1);
  g_assert_cmpuint (handled, >, 0);
  g_assert_cmpuint (before_start + handled, ==, total);
}

/* ---- All at once ---- */

#define N_WRITERS 8u
#define EACH 50000u

static void *
emit_each (void *data)
{
  uint64_t base = GPOINTER_TO_SIZE (data) << 32;

  for (uint64_t i = 1; i <= EACH; i++)
    inspect_task_begin (base | i, 0, inspect_location_of_call (GSIZE_TO_POINTER (i % 500 + 1)));
  return NULL;
}

static void
writers (gconstpointer data)
{
  pthread_t threads[N_WRITERS];

  target_start ();
  for (gsize i = 0; i < N_WRITERS; i++)
    g_assert_cmpint (pthread_create (&threads[i], NULL, emit_each, GSIZE_TO_POINTER (i + 1)), ==,
                     0);
  for (guint i = 0; i < N_WRITERS; i++)
    pthread_join (threads[i], NULL);
}

static void
test_writers_do_not_mix (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;
  guint n_found = 0;

  fixture_spawn (fixture, NULL, writers, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
  for (uint32_t ring = 0; ring < channel->header->rings_used.value; ring++)
    {
      uint64_t head = channel->rings[ring].head;
      uint64_t base = head > 0 ? channel_get_record (channel, ring, 0)->task - 1 : 0;

      for (uint64_t i = 0; i < head; i++)
        {
          const ChannelRecord *record = channel_get_record (channel, ring, i);
          uint32_t number = channel_record_location (record->type_location);

          g_assert_cmphex (record->task, ==, base | (i + 1));
          g_assert_cmpuint (channel_get_location (channel, number)->address, ==, (i + 1) % 500 + 1);
        }
      n_found += head == EACH;
    }
  g_assert_cmpuint (n_found, ==, N_WRITERS);
  /* Two threads that meet at a new place may waste an entry. */
  g_assert_cmpuint (channel->header->locations_count.value, <, 500 * N_WRITERS / 2);
}

/* ---- Two threads that name one thing first ---------------------------------------------------- */

#define N_FIRSTS 300

typedef struct
{
  InspectKind kinds[N_FIRSTS];
  InspectLocation places[N_FIRSTS];
  pthread_barrier_t meet;
} Firsts;

typedef struct
{
  Firsts *firsts;
  uint32_t kinds[N_FIRSTS];
  uint32_t places[N_FIRSTS];
} Namer;

static void *
name_each (void *data)
{
  Namer *namer = data;

  for (guint i = 0; i < N_FIRSTS; i++)
    {
      pthread_barrier_wait (&namer->firsts->meet);
      namer->kinds[i] = inspect_kind_id (&namer->firsts->kinds[i]);
      namer->places[i] = inspect_location_id (&namer->firsts->places[i]);
    }
  return NULL;
}

static void
namers (gconstpointer data)
{
  static Firsts firsts;
  static Namer both[2] = { { .firsts = &firsts }, { .firsts = &firsts } };
  pthread_t threads[2];

  target_start ();
  pthread_barrier_init (&firsts.meet, NULL, 2);
  for (guint i = 0; i < N_FIRSTS; i++)
    {
      firsts.kinds[i] = (InspectKind){ "test.lock", "lock", INSPECT_KIND_RESOURCE, 0, 0, 0 };
      firsts.places[i] = (InspectLocation){ "file.c", "function", i + 1, 0 };
    }
  for (guint i = 0; i < 2; i++)
    g_assert_cmpint (pthread_create (&threads[i], NULL, name_each, &both[i]), ==, 0);
  for (guint i = 0; i < 2; i++)
    pthread_join (threads[i], NULL);
  for (guint i = 0; i < N_FIRSTS; i++)
    {
      g_assert_cmpuint (both[0].kinds[i], !=, 0);
      g_assert_cmpuint (both[0].kinds[i], ==, both[1].kinds[i]);
      g_assert_cmpuint (both[0].places[i], ==, both[1].places[i]);
    }
}

/* What one thread waits for would else not be what the other holds. */
static void
test_one_number (Fixture *fixture, gconstpointer data)
{
  g_autoptr (Channel) channel = NULL;

  fixture_spawn (fixture, NULL, namers, NULL);
  channel = fixture_accept (fixture);
  fixture_join (fixture);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "a-ring-is-used-again-with-a-new-generation", test_ring_is_used_again },
    { "an-unread-ring-is-not-given-away", test_unread_ring_is_kept },
    { "threads-without-a-ring-are-counted", test_too_many_threads },
    { "the-ring-of-a-vanished-thread-is-found", test_vanished_thread },
    { "signal-handlers-lose-nothing", test_signals_lose_nothing },
    { "writers-do-not-mix", test_writers_do_not_mix },
    { "what-two-name-first-has-one-number", test_one_number },
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *path = g_strconcat ("/emit/threads/", cases[i].name, NULL);
      g_test_add (path, Fixture, NULL, fixture_setup, cases[i].func, fixture_teardown);
    }
  return g_test_run ();
}
