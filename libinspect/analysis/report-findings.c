/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* All findings of a target, in the order to show. */

#include "config.h"

#include "analysis/report.h"

#include <glib/gi18n-lib.h>
#include "analysis/deadlock-finding.h"
#include "analysis/idle-loop.h"
#include "analysis/leak.h"
#include "analysis/lock-order-finding.h"
#include "analysis/lock-wait.h"
#include "analysis/never.h"
#include "analysis/priority.h"
#include "analysis/spin.h"
#include "analysis/starvation.h"
#include "analysis/unread.h"
#include "model/format.h"

#define MAX_FINDINGS 50

typedef struct
{
  const ReportInput *input;
  GPtrArray *findings;
} FindingsBuilder;

static void
add_deadlock (gpointer data, const AnalysisDeadlock *deadlock)
{
  FindingsBuilder *builder = data;

  if (builder->findings->len < MAX_FINDINGS)
    g_ptr_array_add (builder->findings, deadlock_finding_new (builder->input, deadlock));
}

static void
add_inversion (gpointer data, const AnalysisInversion *inversion)
{
  FindingsBuilder *builder = data;

  Finding *finding = lock_order_finding_new (builder->input, inversion);

  /* Locks of many objects that the same places take are one mistake. */
  for (guint i = 0; i < builder->findings->len; i++)
    {
      Finding *other = g_ptr_array_index (builder->findings, i);

      if (!g_str_equal (other->id, finding->id))
        continue;
      other->count += finding->count;
      finding_free (finding);
      return;
    }
  if (builder->findings->len < MAX_FINDINGS)
    g_ptr_array_add (builder->findings, finding);
  else
    finding_free (finding);
}

/* Whatever was lost may have been the end of it. */
static void
doubt_findings (ReportTarget *target, const ReportInput *input)
{
  guint64 n = report_count_losses (&input->stats);
  g_autofree char *count = model_format_count (n);
  g_autofree char *doubt = g_strdup_printf (
      ngettext ("probably; %s event was lost", "probably; %s events were lost", (gulong)n), count);

  for (guint i = 0; i < target->findings->len; i++)
    {
      Finding *finding = g_ptr_array_index (target->findings, i);
      g_autofree char *detail = g_steal_pointer (&finding->detail);

      finding->certainty = ANALYSIS_INFERRED;
      finding->detail =
          detail == NULL ? g_strdup (doubt) : g_strdup_printf ("%s; %s", doubt, detail);
    }
}

/* A core file has one instant. */
static void
forget_times (GPtrArray *findings)
{
  for (guint i = 0; i < findings->len; i++)
    {
      Finding *finding = g_ptr_array_index (findings, i);

      finding->since_ns = -1;
      for (guint j = 0; j < finding->evidence->len; j++)
        {
          FindingEvidence *evidence = g_ptr_array_index (finding->evidence, j);

          evidence->wanted.since_ns = evidence->held.since_ns = -1;
        }
    }
}

void
report_add_findings (ReportTarget *target, const ReportInput *input)
{
  FindingsBuilder builder = { input, target->findings };

  if (input->deadlocks != NULL)
    analysis_deadlocks_foreach (input->deadlocks, add_deadlock, &builder);
  never_add_findings (input, target->findings);
  lock_wait_add_findings (input, target->findings);
  idle_loop_add_findings (input, target->findings);
  unread_add_findings (input, target->findings);
  leak_add_findings (input, target->findings);
  priority_add_findings (input, target->findings);
  spin_add_findings (input, target->findings);
  starvation_add_findings (input, target->findings);
  if (input->lock_order != NULL)
    analysis_lock_order_foreach (input->lock_order, add_inversion, &builder);
  if (report_has_losses (&input->stats))
    doubt_findings (target, input);
  if (input->core != NULL)
    forget_times (target->findings);
}
