/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-probe PID ROUNDS PROBE: how long a probe takes to look at a process, in milliseconds of processor
 * time: until it says the first task, what of the rest goes into copying memory, and what into making out
 * what the tasks wait for; and what the inspector's copy of what is said takes beside it. */

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "session/probe-look.h"
#include "target/probed.h"
#include "target/probes.h"

typedef struct
{
  const InspectorProbeTarget *target;
  gint64 read_ns; /* all in all */
  gint64 first_ns, read_before_ns;
  guint64 n_bytes, n_calls;
  guint n_tasks;
} Bench;

static gint64
get_cpu_ns (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64)time.tv_sec * 1000000000 + time.tv_nsec;
}

static gboolean
read_memory (gpointer data, guint64 address, void *buffer, gsize length)
{
  Bench *self = data;
  gint64 begin_ns = get_cpu_ns ();
  gboolean is_read = self->target->read (self->target->data, address, buffer, length);

  self->read_ns += get_cpu_ns () - begin_ns;
  self->n_bytes += length;
  self->n_calls++;
  return is_read;
}

static void
read_many (gpointer data, InspectorProbeRead *reads, guint n)
{
  Bench *self = data;
  gint64 begin_ns = get_cpu_ns ();

  self->target->read_many (self->target->data, reads, n);
  self->read_ns += get_cpu_ns () - begin_ns;
  for (guint i = 0; i < n; i++)
    self->n_bytes += reads[i].length;
  self->n_calls++;
}

static gboolean
is_cancelled (gpointer data)
{
  return FALSE;
}

static gboolean
get_stack (gpointer data, const InspectorProbeThread *thread, gboolean may_stop,
           InspectorProbeStack *ret_stack)
{
  Bench *self = data;

  return self->target->get_stack (self->target->data, thread, FALSE, ret_stack);
}

/* The future of block_on() comes before what is searched for in memory. */
static void
on_task (gpointer data, const InspectorProbeTask *task)
{
  Bench *self = data;

  if (self->n_tasks++ > 1)
    return;
  self->first_ns = get_cpu_ns ();
  self->read_before_ns = self->read_ns;
}

static void
look (const InspectorProbe *probe, gpointer opened, TargetProbed *probed, gboolean is_told)
{
  Bench self = { .target = target_probed_look (probed) };
  InspectorProbeSink sink = { sizeof sink, &self, on_task };
  InspectorProbeTarget target;
  gint64 begin_ns, end_ns;

  if (self.target == NULL)
    g_error ("there is no such process, or it is not ours to see");
  target = *self.target;
  target.data = &self;
  target.read = read_memory;
  target.read_many = read_many;
  target.is_cancelled = is_cancelled;
  target.get_stack = get_stack;
  begin_ns = self.first_ns = get_cpu_ns ();
  probe->look (opened, &target, &sink);
  end_ns = get_cpu_ns ();
  if (is_told)
    printf ("look %u %.2f %.2f %.2f %.2f %.1f %" G_GUINT64_FORMAT "\n", self.n_tasks,
            (double)(end_ns - begin_ns) / 1e6, (double)(self.first_ns - begin_ns) / 1e6,
            (double)(self.read_ns - self.read_before_ns) / 1e6,
            (double)(end_ns - self.first_ns - (self.read_ns - self.read_before_ns)) / 1e6,
            (double)self.n_bytes / 1e6, self.n_calls);
}

/* As the inspector does it: with a copy of all that is said. */
static void
look_and_keep (ProbeLooker *looker, gboolean is_told)
{
  ProbeLook *kept;

  probe_looker_ask (looker);
  kept = probe_looker_wait (looker);
  if (is_told)
    printf ("kept %u %.2f\n", kept->tasks->len, (double)probe_looker_get_cost (looker) / 1e6);
  probe_look_free (kept);
}

int
main (int argc, char *argv[])
{
  g_autoptr (TargetProbed) probed = NULL;
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) probes = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *warning = NULL;
  const InspectorProbe *probe = NULL;
  ProbeLooker *looker;
  gpointer opened;
  int pid, rounds;

  if (argc != 4)
    g_error ("usage: bench-probe PID ROUNDS PROBE");
  pid = atoi (argv[1]);
  rounds = atoi (argv[2]);
  probes = target_probes_find (FALSE, &warnings);
  for (guint i = probes->len; i-- > 0;)
    {
      TargetProbe *one = probes->pdata[i];
      g_autofree char *why = NULL;

      if (!g_str_equal (one->id, argv[3]))
        g_ptr_array_remove_index (probes, i);
      else if (target_probe_load (one, &why))
        probe = one->probe;
      else
        g_error ("%s", why);
    }
  if (probe == NULL)
    g_error ("there is no probe %s", argv[3]);
  probed = target_probed_new (pid, NULL);
  opened = probe->open (target_probed_look (probed), &detail, &warning);
  if (opened == NULL)
    g_error ("there is nothing for it in %d: %s", pid, warning != NULL ? warning : "");
  for (int i = 0; i <= rounds; i++)
    look (probe, opened, probed, i > 0); /* the first one finds out about types */
  probe->close (opened);
  looker = probe_looker_new (probes, pid, FALSE);
  for (int i = 0; i <= rounds; i++)
    look_and_keep (looker, i > 0);
  probe_looker_free (looker);
  return 0;
}
