/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* 100,000 dispatches of each sort for each line of input, and for each sort a line of output:
 * NAME NANOSECONDS-OF-CPU, for one dispatch. See run-glib. */

#include <glib.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define N 100000

static int n_left;

static int64_t
cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &now);
  return now.tv_sec * INT64_C (1000000000) + now.tv_nsec;
}

/* One source that goes on: the least that GLib does for a dispatch. */
static gboolean
on_idle (gpointer data)
{
  (void)data;
  return --n_left > 0;
}

static void
start_idle (void)
{
  g_idle_add (on_idle, NULL);
}

/* A new source each time: what a program does that puts off its work. */
static gboolean
on_idle_again (gpointer data)
{
  if (--n_left > 0)
    g_idle_add (on_idle_again, data);
  return G_SOURCE_REMOVE;
}

static void
start_new_idle (void)
{
  g_idle_add (on_idle_again, NULL);
}

static gboolean
on_timeout (gpointer data)
{
  (void)data;
  return --n_left > 0;
}

static void
start_timeout (void)
{
  g_timeout_add (0, on_timeout, NULL);
}

/* A hundred at once, each ready in each turn. */
static void
start_many (void)
{
  for (int i = 0; i < 100; i++)
    g_timeout_add (0, on_timeout, NULL);
}

static const struct
{
  const char *name;
  void (*start) (void);
} sorts[] = {
  { "idle", start_idle },
  { "new-idle", start_new_idle },
  { "timeout", start_timeout },
  { "timeouts-100", start_many },
};

int
main (void)
{
  char line[64];

  setvbuf (stdout, NULL, _IOLBF, 0);
  while (fgets (line, sizeof line, stdin) != NULL)
    for (size_t i = 0; i < G_N_ELEMENTS (sorts); i++)
      {
        int64_t begin = cpu_ns ();

        n_left = N;
        sorts[i].start ();
        while (n_left > 0)
          g_main_context_iteration (NULL, TRUE);
        printf ("%s %.1f\n", sorts[i].name, (cpu_ns () - begin) / (double)N);
        while (g_main_context_iteration (NULL, FALSE))
          ;
      }
  return 0;
}
