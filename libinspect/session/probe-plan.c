/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-plan.h"

#include <string.h>

#define MAX_STEPS 24

struct _ProbePlan
{
  guint n;
  gint64 begin_ns[MAX_STEPS]; /* seen to wait there since; 0: it was not seen */
  gint64 total_ns[MAX_STEPS]; /* of those that were seen from begin to end; 0: none */
  int current;                /* -1: none */
  gboolean has_looked;        /* before: what is seen next is seen from its beginning */
  char *text;
};

ProbePlan *
probe_plan_new (void)
{
  ProbePlan *plan = g_new0 (ProbePlan, 1);

  plan->current = -1;
  return plan;
}

void
probe_plan_free (ProbePlan *plan)
{
  if (plan == NULL)
    return;
  g_free (plan->text);
  g_free (plan);
}

static int
find_current (const InspectorProbeTask *task)
{
  for (guint i = 0; i < MIN (task->n_steps, MAX_STEPS); i++)
    if (task->steps[i].is_current)
      return (int)i;
  return -1;
}

/* One line for each: '+' before the one that it is at, '>' that one, '-' behind it; what is awaited; where;
 * nanoseconds, or nothing. */
static char *
dup_text (const ProbePlan *plan, const InspectorProbeTask *task)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < plan->n; i++)
    {
      const InspectorProbeStep *step = &task->steps[i];
      char state = (int)i < plan->current ? '+' : (int)i == plan->current ? '>' : '-';
      g_autofree char *file =
          step->place.file != NULL ? g_path_get_basename (step->place.file) : g_strdup ("");

      g_string_append_printf (text, "%c\t%s\t%s:%u\t", state, step->function, file,
                              step->place.line);
      if (plan->total_ns[i] > 0)
        g_string_append_printf (text, "%" G_GINT64_FORMAT, plan->total_ns[i]);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

const char *
probe_plan_see (ProbePlan *plan, const InspectorProbeTask *task, gint64 now_ns)
{
  int current = find_current (task);
  guint n = MIN (task->n_steps, MAX_STEPS);
  gboolean is_begun = plan->has_looked;

  plan->has_looked = TRUE;
  if (n == plan->n && current == plan->current)
    return NULL;
  /* It waits for what is none of these, in a loop or a block: where that is, is not known. */
  if (current < 0 || n < 2)
    return NULL;
  if (n != plan->n)
    {
      memset (plan->begin_ns, 0, sizeof plan->begin_ns);
      memset (plan->total_ns, 0, sizeof plan->total_ns);
    }
  else if (plan->current >= 0 && plan->begin_ns[plan->current] != 0)
    plan->total_ns[plan->current] += now_ns - plan->begin_ns[plan->current];
  plan->n = n;
  plan->current = current;
  plan->begin_ns[current] = is_begun ? now_ns : 0;
  g_free (plan->text);
  plan->text = dup_text (plan, task);
  return plan->text;
}
