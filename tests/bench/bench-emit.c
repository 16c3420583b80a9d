/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What one event costs, against the least that is possible on the machine and against peers, all
 * in one run. Each case is a process of its own, started once a round in rotated order; it times
 * short slices and reports their median and their 10th percentile ("quiet": what it costs while
 * nobody else has the CPU). The table shows the medians over the rounds; ratios are taken within a
 * round first. See run-emit, which prepares the peers. */

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench-emit.h"
#include "emit/clock.h"
#include "emit/process.h"

#define N_SLICES 41
#define N_WARM 4
#define MAX_ROUNDS 101
#define SLICE_EVENTS 8192
#define RING_RECORDS 65536

INSPECT_DEFINE_AWAIT (bench_kind, "bench.await", "waiting", INSPECT_AWAIT_ONESHOT);

typedef struct
{
  double median;
  double quiet;
} Result;

/* ---- Slices ---- */

static uint64_t
now_ns (void)
{
  struct timespec time;

  clock_gettime (CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static int
compare (const void *a, const void *b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return (x > y) - (x < y);
}

static double
percentile (const double *values, int n, int percent)
{
  double sorted[N_SLICES > MAX_ROUNDS ? N_SLICES : MAX_ROUNDS];

  memcpy (sorted, values, (size_t)n * sizeof *values);
  qsort (sorted, (size_t)n, sizeof *sorted, compare);
  return sorted[(n - 1) * percent / 100];
}

static void
pin (int cpu)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  sched_setaffinity (0, sizeof set, &set);
}

/* The rhythm of the cases that have an inspector to wait for: a slice that follows a pause finds
 * its caches colder. */
static void
pause_as_long (void)
{
  usleep (BENCH_PERIOD_US);
}

/* Times @func, which does @n operations, in slices. @between is called after each, untimed. */
static Result
time_slices (void (*func) (uint32_t n), uint32_t n, void (*between) (void))
{
  double slices[N_SLICES];

  for (int i = -N_WARM; i < N_SLICES; i++)
    {
      uint64_t begin = now_ns (), end;

      func (n);
      end = now_ns ();
      if (i >= 0)
        slices[i] = (double)(end - begin) / n;
      between ();
    }
  return (Result){ percentile (slices, N_SLICES, 50), percentile (slices, N_SLICES, 10) };
}

/* ---- The limit ---- */

static ChannelRecord *limit_ring;
static uint64_t *limit_head;

/* A clock read, 32 bytes, a head released: nothing checked, nothing shared but the memory. */
static void
emit_limit (uint32_t n)
{
  uint64_t head = *limit_head;

  for (uint32_t i = 0; i < n; i++)
    {
      ChannelRecord *record = &limit_ring[head & (RING_RECORDS - 1)];

      record->time = emit_ticks_quick ();
      record->seq = (uint32_t)head + 1;
      record->type_location = 5;
      record->task = i;
      record->arg = 7;
      __atomic_store_n (limit_head, ++head, __ATOMIC_RELEASE);
    }
}

static Result
run_limit (void)
{
  size_t size = RING_RECORDS * sizeof (ChannelRecord) + CHANNEL_PAGE;
  int memfd = memfd_create ("bench", MFD_CLOEXEC);
  char *memory;

  if (memfd < 0 || ftruncate (memfd, (off_t)size) < 0)
    exit (1);
  memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, memfd, 0);
  limit_head = (uint64_t *)memory;
  limit_ring = (ChannelRecord *)(memory + CHANNEL_PAGE);
  pin (0);
  return time_slices (emit_limit, SLICE_EVENTS, pause_as_long);
}

/* ---- Ours, with an inspector that polls ------------------------------------------------------ */

static void
emit_one (uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    inspect_await_begin (i, 7, 3);
}

static void
emit_poll (uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      InspectId previous = inspect_await_resume (i, 7, 3);
      inspect_await_suspend (i, 7, 3, previous);
    }
}

static void
emit_behind_gate (uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      INSPECT_AWAIT_BEGIN (i, &bench_kind, 7);
      __asm__ volatile("" ::: "memory");
    }
}

static Result
run_one (void)
{
  bench_start_target ();
  pin (0);
  return time_slices (emit_one, SLICE_EVENTS, bench_wait_for_inspector);
}

static Result
run_poll (void)
{
  bench_start_target ();
  pin (0);
  return time_slices (emit_poll, SLICE_EVENTS, bench_wait_for_inspector);
}

static Result
run_one_armed (void)
{
  bench_start_target ();
  bench_arm (1);
  pin (0);
  return time_slices (emit_one, SLICE_EVENTS, bench_wait_for_inspector);
}

static Result
run_many_armed (void)
{
  bench_start_target ();
  bench_arm (100);
  pin (0);
  return time_slices (emit_one, SLICE_EVENTS / 4, bench_wait_for_inspector);
}

/* The gate of this process was never opened. */
static Result
run_off (void)
{
  pin (0);
  return time_slices (emit_behind_gate, 16 * SLICE_EVENTS, pause_as_long);
}

/* ---- Two threads ---- */

#define N_THREADS 2

static uint32_t at_start, at_end;
static double thread_slices[N_THREADS][N_SLICES];

/* Spins, for a wake-up would take longer than a slice; a thread that finds its peer without a CPU
 * gives it one. */
static void
meet_peer (uint32_t *counter, uint32_t round)
{
  uint32_t spins = 0;

  __atomic_fetch_add (counter, 1, __ATOMIC_ACQ_REL);
  while (__atomic_load_n (counter, __ATOMIC_ACQUIRE) < N_THREADS * (round + 1))
    if (++spins % 10000 == 0)
      sched_yield ();
}

static void *
run_thread (void *data)
{
  int index = *(int *)data;

  pin (index);
  for (int i = 0; i < N_WARM + N_SLICES; i++)
    {
      uint64_t begin, end;

      meet_peer (&at_start, (uint32_t)i);
      begin = now_ns ();
      emit_one (SLICE_EVENTS);
      end = now_ns ();
      if (i >= N_WARM)
        thread_slices[index][i - N_WARM] = (double)(end - begin) / SLICE_EVENTS;
      meet_peer (&at_end, (uint32_t)i);
      bench_wait_for_inspector ();
    }
  return NULL;
}

static Result
run_two_threads (void)
{
  pthread_t threads[N_THREADS];
  int indices[N_THREADS] = { 0, 1 };
  double both[N_SLICES];

  bench_start_target ();
  for (int i = 0; i < N_THREADS; i++)
    if (pthread_create (&threads[i], NULL, run_thread, &indices[i]) != 0)
      exit (1);
  for (int i = 0; i < N_THREADS; i++)
    pthread_join (threads[i], NULL);
  for (int i = 0; i < N_SLICES; i++)
    both[i] = (thread_slices[0][i] + thread_slices[1][i]) / N_THREADS;
  return (Result){ percentile (both, N_SLICES, 50), percentile (both, N_SLICES, 10) };
}

/* ---- Peers ---- */

static FILE *line_pipe;

static void
print_lines (uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    fprintf (line_pipe, "task %u waits for %u\n", i, 7u);
}

static Result
run_fprintf (void)
{
  char buffer[65536];
  int ends[2];
  pid_t reader;
  Result result;

  if (pipe (ends) < 0)
    exit (1);
  reader = fork ();
  if (reader == 0)
    {
      pin (1);
      close (ends[1]);
      while (read (ends[0], buffer, sizeof buffer) > 0)
        usleep (1000);
      _exit (0);
    }
  close (ends[0]);
  line_pipe = fdopen (ends[1], "w");
  setvbuf (line_pipe, NULL, _IOLBF, 4096);
  pin (0);
  result = time_slices (print_lines, 256, pause_as_long);
  fclose (line_pipe);
  waitpid (reader, NULL, 0);
  return result;
}

#ifdef HAVE_LTTNG
static void
trace_lttng (uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    bench_lttng_event (i, 7, 3);
}

static Result
run_lttng (void)
{
  pin (0);
  return time_slices (trace_lttng, SLICE_EVENTS / 4, pause_as_long);
}
#endif

/* ---- Rounds ---- */

typedef struct
{
  const char *name;
  Result (*run) (void);
  bool needs_lttng;
  int base;       /* of the ratio: index into the cases */
  double goal;    /* at most so many times the base; 0 none */
  double goal_ns; /* at most so many nanoseconds; 0 none */
  double least;   /* at least so many times the base; 0 none */
} Case;

enum
{
  LIMIT,
  ONE,
  POLL,
  OFF,
  TWO,
  ARMED,
  MANY_ARMED,
  FPRINTF,
  LTTNG,
  N_CASES
};

static const Case cases[N_CASES] = {
  [LIMIT] = { "limit: clock, 32 bytes, head", run_limit, false, LIMIT, 0, 0 },
  [ONE] = { "emit, inspector polling", run_one, false, LIMIT, 1.25, 0 },
  [POLL] = { "poll of four events (2 records)", run_poll, false, LIMIT, 2, 0 },
  [OFF] = { "emit, nobody looking", run_off, false, LIMIT, 0, 1.5 },
  [TWO] = { "emit, 2 threads, each", run_two_threads, false, ONE, 1.25, 0 },
  [ARMED] = { "emit, 1 breakpoint armed", run_one_armed, false, ONE, 0, 0 },
  [MANY_ARMED] = { "emit, 100 breakpoints armed", run_many_armed, false, ONE, 0, 0 },
  [FPRINTF] = { "fprintf to a pipe, by lines", run_fprintf, false, LIMIT, 0, 0 },
#ifdef HAVE_LTTNG
  [LTTNG] = { "LTTng-UST tracepoint, 3 integers", run_lttng, true, ONE, 0, 0, 10 },
#else
  [LTTNG] = { "LTTng-UST tracepoint, 3 integers", NULL, true, ONE, 0, 0, 10 },
#endif
};

static Result results[N_CASES][MAX_ROUNDS];

/* In a process of its own. Returns: false when the case could not be run */
static bool
run_case (const char *self, int index, Result *ret_result)
{
  char number[16];
  int ends[2], status;
  bool complete;
  pid_t child;

  snprintf (number, sizeof number, "%d", index);
  if (pipe (ends) < 0)
    return false;
  child = fork ();
  if (child == 0)
    {
      dup2 (ends[1], 3);
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      execl (self, self, "--case", number, NULL);
      _exit (127);
    }
  close (ends[1]);
  complete = read (ends[0], ret_result, sizeof *ret_result) == sizeof *ret_result;
  close (ends[0]);
  waitpid (child, &status, 0);
  return complete && status == 0;
}

static void
print_case (int index, int n_rounds)
{
  const Case *bench = &cases[index];
  double medians[MAX_ROUNDS], quiets[MAX_ROUNDS], ratios[MAX_ROUNDS], quiet_ratios[MAX_ROUNDS];
  double median, ratio;

  for (int i = 0; i < n_rounds; i++)
    {
      medians[i] = results[index][i].median;
      quiets[i] = results[index][i].quiet;
      ratios[i] = medians[i] / results[bench->base][i].median;
      quiet_ratios[i] = quiets[i] / results[bench->base][i].quiet;
    }
  median = percentile (medians, n_rounds, 50);
  ratio = percentile (ratios, n_rounds, 50);
  printf ("%-34s %8.2f %8.2f-%-8.2f %8.2f %8.2fx %8.2fx", bench->name, median,
          percentile (medians, n_rounds, 0), percentile (medians, n_rounds, 100),
          percentile (quiets, n_rounds, 50), ratio, percentile (quiet_ratios, n_rounds, 50));
  printf ("  of %s", bench->base == LIMIT ? "limit" : "one emit");
  if (bench->goal > 0)
    printf (", goal %.2fx: %s", bench->goal, ratio <= bench->goal ? "met" : "MISSED");
  if (bench->goal_ns > 0)
    printf (", goal %.2f ns: %s", bench->goal_ns, median <= bench->goal_ns ? "met" : "MISSED");
  if (bench->least > 0)
    printf (", goal at least %.0fx: %s", bench->least, ratio >= bench->least ? "met" : "MISSED");
  printf ("\n");
}

int
main (int argc, char **argv)
{
  int n_rounds = argc > 1 ? atoi (argv[1]) : 9;
  bool has_lttng = getenv ("BENCH_LTTNG_SESSION") != NULL && cases[LTTNG].run != NULL;

  if (argc == 3 && strcmp (argv[1], "--case") == 0)
    {
      Result result = cases[atoi (argv[2])].run ();

      return write (3, &result, sizeof result) == sizeof result ? 0 : 1;
    }
  if (n_rounds < 1 || n_rounds > MAX_ROUNDS)
    n_rounds = 9;

  for (int round = 0; round < n_rounds; round++)
    for (int i = 0; i < N_CASES; i++)
      {
        int index = (i + round) % N_CASES;

        if (cases[index].needs_lttng && !has_lttng)
          continue;
        if (!run_case ("/proc/self/exe", index, &results[index][round]))
          {
            fprintf (stderr, "bench-emit: the case \"%s\" did not end well\n", cases[index].name);
            return 1;
          }
      }

  printf ("%d rounds of %d slices, ns for one\n", n_rounds, N_SLICES);
  printf ("%-34s %8s %-17s %8s %9s %9s\n", "", "median", "      min-max", "quiet", "ratio",
          "quiet");
  for (int i = 0; i < N_CASES; i++)
    if (!cases[i].needs_lttng || has_lttng)
      print_case (i, n_rounds);
    else
      printf ("%-34s skipped: no LTTng-UST session (see run-emit)\n", cases[i].name);
  return 0;
}
