/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* One task as it is now, whether it is stuck or not. */

#include "config.h"

#include <glib/gi18n-lib.h>

#include "render/text-private.h"
#include "session/session-private.h"

/* Returns: (nullable): it waits for nothing, and no callback of it has run for long */
static ReportTask *
new_box (const ReportInput *input, ModelTask *task)
{
  g_autoptr (GPtrArray) blocked =
      analysis_find_blocked_threads (input->model, input->now_ns, input->stuck_after_ns);
  ReportJudgement judgement;
  ReportTask *box = NULL;

  report_judge (&judgement, input->model, task, blocked, input->now_ns, input->stuck_after_ns);
  if (report_judgement_get_rule (&judgement) != NULL)
    box = report_task_new (input, &judgement);
  report_judgement_clear (&judgement);
  return box;
}

static char *
dup_text (InspectorTarget *target, InspectorSession *session, guint64 number,
          InspectorTextFlags flags, guint width)
{
  ModelTarget *model = inspector_target_get_model (target);
  ReportInput input;

  for (ModelTask *task = model != NULL ? model->first_task : NULL; task != NULL; task = task->next)
    {
      GString *text;
      ReportTask *box;

      if (task->number != number)
        continue;
      inspector_session_fill_input (session, target, g_get_monotonic_time () * 1000, &input);
      text = g_string_new (NULL);
      box = new_box (&input, task);
      if (box != NULL)
        export_text_add_box (text, box, flags, width);
      else
        g_string_append_printf (text, "%s\n",
                                task->n_open_polls > 0 ? _ ("it runs, and waits for nothing")
                                : model_task_get_state (task) == MODEL_TASK_READY
                                    ? _ ("it is ready, and has not run yet")
                                    : _ ("it waits for nothing that is known"));
      if (input.stands_ns > 0)
        {
          g_autofree char *standing = export_text_dup_standing (input.stands_ns);

          g_string_append_printf (text, "  %s\n", standing);
        }
      report_task_free (box);
      return g_string_free (text, FALSE);
    }
  return NULL;
}

char *
inspector_session_dup_task_text (InspectorSession *session, guint64 number,
                                 InspectorTextFlags flags, guint width)
{
  GListModel *targets;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), NULL);

  targets = inspector_session_get_targets (session);
  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);
      char *text = dup_text (target, session, number, flags, width);

      if (text != NULL)
        return text;
    }
  return NULL;
}
