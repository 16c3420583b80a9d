/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/session-private.h"

struct _InspectorReport
{
  GObject parent_instance;
  Report *report;
};

G_DEFINE_TYPE (InspectorReport, inspector_report, G_TYPE_OBJECT)

static void
inspector_report_finalize (GObject *object)
{
  report_free (INSPECTOR_REPORT (object)->report);
  G_OBJECT_CLASS (inspector_report_parent_class)->finalize (object);
}

static void
inspector_report_class_init (InspectorReportClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_report_finalize;
}

static void
inspector_report_init (InspectorReport *self)
{
}

InspectorReport *
inspector_report_new (Report *report)
{
  InspectorReport *self = g_object_new (INSPECTOR_TYPE_REPORT, NULL);

  self->report = report;
  return self;
}

const Report *
inspector_report_peek (InspectorReport *self)
{
  return self->report;
}

static gboolean
is_one_of (int pid, const int *pids, gsize n_pids)
{
  for (gsize i = 0; i < n_pids; i++)
    if (pids[i] == pid)
      return TRUE;
  return FALSE;
}

void
inspector_report_keep_processes (InspectorReport *self, const int *pids, gsize n_pids)
{
  GPtrArray *targets;

  g_return_if_fail (INSPECTOR_IS_REPORT (self));
  targets = self->report->targets;
  for (guint i = targets->len; i > 0; i--)
    {
      const ReportTarget *target = targets->pdata[i - 1];

      if (is_one_of (target->pid, pids, n_pids))
        continue;
      self->report->n_stuck -= target->n_stuck;
      g_ptr_array_remove_index (targets, i - 1);
    }
}

guint
inspector_report_get_n_stuck (InspectorReport *self)
{
  g_return_val_if_fail (INSPECTOR_IS_REPORT (self), 0);
  return self->report->n_stuck;
}
