/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is asked of instants of a recording that is opened, and how long the answer takes. */

#include "bench-instants.h"

#include <stdio.h>
#include <stdlib.h>

#include "inspector-graph.h"
#include "inspector-instant.h"
#include "session/history-scan.h"

static guint
count_said (InspectorInstant *instant)
{
  guint n = 0;

  for (guint i = 0; i < inspector_instant_get_n_tasks (instant); i++)
    {
      InspectorTaskState state;

      if (inspector_instant_get_task (instant, i, &state))
        n += *state.state_name != '\0' || state.n_holds > 0 || state.n_holders > 0;
    }
  return n;
}

/* All that there is to say of each: its variables, what it has, and who has what it waits for. */
static guint64
list_all (InspectorInstant *instant)
{
  guint64 n = 0;

  for (guint i = 0; i < inspector_instant_get_n_tasks (instant); i++)
    {
      g_autoptr (GPtrArray) variables = inspector_instant_list_variables (instant, i);
      g_autoptr (GPtrArray) holds = inspector_instant_list_holds (instant, i);
      g_autoptr (GPtrArray) holders = inspector_instant_list_holders (instant, i);

      n += variables->len + holds->len + holders->len;
    }
  return n;
}

static void
print_times (const char *what, double *took, const char *clock)
{
  qsort (took, BENCH_N_MOMENTS, sizeof *took, bench_compare);
  printf ("  %-49s %8.2f ms median, %.2f worst (%s)\n", what, took[BENCH_N_MOMENTS / 2],
          took[BENCH_N_MOMENTS - 1], clock);
}

/* What was read of an instant before would be used again for one near it. */
static void
forget_scanned (InspectorHistory *history)
{
  for (guint i = 0; i < history->programs->len; i++)
    {
      HistoryProgram *program = history->programs->pdata[i];

      g_clear_pointer (&program->scanned, history_scanned_free);
    }
}

/* All tasks at once, as who looks for some of them asks, at instants far from each other: of each nothing was read
 * before. */
void
bench_ask_for_all (InspectorHistory *history, gint64 first_ns, gint64 last_ns)
{
  double took[BENCH_N_MOMENTS], lists[BENCH_N_MOMENTS], cpu[BENCH_N_MOMENTS];
  guint64 n_said = 0, n_listed = 0;

  for (guint i = 0; i < BENCH_N_MOMENTS; i++)
    {
      gint64 at_ns = first_ns +
                     (last_ns - first_ns) / BENCH_N_MOMENTS * (i * 17 % BENCH_N_MOMENTS) +
                     (last_ns - first_ns) / BENCH_N_MOMENTS / 3 * (i % 3);
      g_autoptr (InspectorInstant) instant = NULL;
      double begin, cpu_begin;

      forget_scanned (history);
      begin = bench_now (CLOCK_MONOTONIC);
      cpu_begin = bench_now (CLOCK_PROCESS_CPUTIME_ID);
      instant = inspector_history_read_instant (history, at_ns, NULL);
      n_said += count_said (instant);
      took[i] = (bench_now (CLOCK_MONOTONIC) - begin) * 1e3;
      cpu[i] = (bench_now (CLOCK_PROCESS_CPUTIME_ID) - cpu_begin) * 1e3;
      n_listed += list_all (instant);
      lists[i] = (bench_now (CLOCK_MONOTONIC) - begin) * 1e3;
    }
  print_times ("state of all tasks at any instant", took, "wall");
  print_times ("CPU of all threads for that", cpu, "CPU");
  print_times ("and three lists of each: variables, holds, holders", lists, "wall");
  printf ("  %-49s %8u of tasks, %u in lists\n", "what was said, at an instant",
          (guint)(n_said / BENCH_N_MOMENTS), (guint)(n_listed / BENCH_N_MOMENTS));
}

/* What is shown of the task that is selected, at instants far from each other; also by several threads. */
void
bench_ask_for_tasks (InspectorHistory *history, gint64 first_ns, gint64 last_ns)
{
  guint n_tracks = inspector_history_get_n_tracks (history), n = 0;
  double took[BENCH_N_MOMENTS], other[BENCH_N_MOMENTS], cpu[BENCH_N_MOMENTS];

  for (guint i = 0; i < 10 * BENCH_N_MOMENTS && n < BENCH_N_MOMENTS; i++)
    {
      gint64 at_ns = first_ns +
                     (last_ns - first_ns) / BENCH_N_MOMENTS * (i * 17 % BENCH_N_MOMENTS) +
                     (last_ns - first_ns) / BENCH_N_MOMENTS / 3 * (i % 3);
      guint index = i * 7919 % n_tracks;
      double begin = bench_now (CLOCK_MONOTONIC), cpu_begin = bench_now (CLOCK_PROCESS_CPUTIME_ID);
      InspectorMoment *moment = inspector_history_get_moment (history, index, at_ns, NULL);

      took[n] = (bench_now (CLOCK_MONOTONIC) - begin) * 1e3;
      cpu[n] = (bench_now (CLOCK_PROCESS_CPUTIME_ID) - cpu_begin) * 1e3;
      if (moment == NULL)
        continue;
      inspector_moment_free (moment);
      begin = bench_now (CLOCK_MONOTONIC);
      moment = inspector_history_get_moment (history, (index + 1) % n_tracks, at_ns, NULL);
      other[n++] = (bench_now (CLOCK_MONOTONIC) - begin) * 1e3;
      inspector_moment_free (moment);
    }
  if (n == 0)
    return;
  qsort (took, n, sizeof *took, bench_compare);
  qsort (other, n, sizeof *other, bench_compare);
  qsort (cpu, n, sizeof *cpu, bench_compare);
  printf ("  %-49s %8.2f ms median, %.2f worst (wall)\n", "one task at any instant", took[n / 2],
          took[n - 1]);
  printf ("  %-49s %8.2f ms median, %.2f worst (wall)\n", "another one at that instant",
          other[n / 2], other[n - 1]);
  printf ("  %-49s %8.2f ms median, %.2f worst\n", "CPU of all threads for the former", cpu[n / 2],
          cpu[n - 1]);
}

/* Why a task waits: all that it waits for, in any number of steps, at instants far from each other. */
void
bench_ask_why (InspectorHistory *history, gint64 first_ns, gint64 last_ns)
{
  guint n_tracks = inspector_history_get_n_tracks (history), n = 0;
  double took[BENCH_N_MOMENTS];

  for (guint i = 0; i < 10 * BENCH_N_MOMENTS && n < BENCH_N_MOMENTS; i++)
    {
      gint64 at_ns = first_ns + (last_ns - first_ns) / BENCH_N_MOMENTS * (i * 17 % BENCH_N_MOMENTS);
      InspectorGraphChoice choice = { .max_nodes = 256, .only_ahead = TRUE };
      g_autoptr (InspectorGraph) graph = NULL;
      InspectorTrack track;
      double begin;

      inspector_history_get_track (history, i * 6007 % n_tracks, &track);
      if (track.begin_ns > at_ns || track.end_ns <= at_ns)
        continue;
      choice.focus = track.number;
      begin = bench_now (CLOCK_MONOTONIC);
      graph = inspector_history_build_graph_of (history, at_ns, &choice, NULL);
      took[n++] = (bench_now (CLOCK_MONOTONIC) - begin) * 1e3;
    }
  if (n == 0)
    return;
  qsort (took, n, sizeof *took, bench_compare);
  printf ("  %-49s %8.2f ms median, %.2f worst (wall)\n", "why one task waits, at any instant",
          took[n / 2], took[n - 1]);
}
