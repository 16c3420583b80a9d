/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Done and not yet, where the source of a task's function is known (INSPECT_KEY_PLAN). */

#include "config.h"

#include "analysis/report.h"

#include <string.h>
#include "model/format.h"

typedef struct
{
  char state;
  char *function;
  char *place;
  gint64 duration_ns; /* -1: it was not seen */
} Planned;

static gboolean
parse (const char *line, Planned *ret_planned)
{
  g_auto (GStrv) fields = g_strsplit (line, "\t", -1);

  if (g_strv_length (fields) != 4 || strlen (fields[0]) != 1 || strchr ("+>-", *fields[0]) == NULL)
    return FALSE;
  ret_planned->state = *fields[0];
  ret_planned->function = model_format_text (fields[1], strlen (fields[1]));
  ret_planned->place = model_format_text (fields[2], strlen (fields[2]));
  ret_planned->duration_ns = *fields[3] != '\0' ? g_ascii_strtoll (fields[3], NULL, 10) : -1;
  return TRUE;
}

static char **
get_lines (const ModelTask *task)
{
  const char *text =
      task != NULL ? model_attributes_get_text (&task->attributes, MODEL_KEY_PLAN) : NULL;

  return text != NULL && *text != '\0' ? g_strsplit (text, "\n", -1) : NULL;
}

static void
add_step (ReportTask *box, Planned *planned)
{
  ReportStep *step = g_new0 (ReportStep, 1);
  gboolean is_done = planned->state == '+';

  step->state = is_done ? REPORT_STEP_DONE : REPORT_STEP_NOT_YET;
  step->function = g_steal_pointer (&planned->function);
  step->place = g_steal_pointer (&planned->place);
  step->waits_for = g_strdup ("");
  step->is_planned = TRUE;
  step->kind = g_strdup ("");
  step->duration_ns = planned->duration_ns;
  step->count = 1;
  g_ptr_array_add (box->steps, step);
}

gboolean
report_add_plan (ReportTask *box, const ModelTask *task, gboolean are_done)
{
  g_auto (GStrv) lines = get_lines (task);

  for (guint i = 0; lines != NULL && lines[i] != NULL; i++)
    {
      Planned planned = { 0 };

      if (!parse (lines[i], &planned))
        continue;
      if (planned.state == (are_done ? '+' : '-'))
        add_step (box, &planned);
      g_free (planned.function);
      g_free (planned.place);
    }
  return lines != NULL;
}

char *
report_dup_planned (const ModelTask *task)
{
  g_auto (GStrv) lines = get_lines (task);
  char *function = NULL;

  for (guint i = 0; lines != NULL && lines[i] != NULL && function == NULL; i++)
    {
      Planned planned = { 0 };

      if (!parse (lines[i], &planned))
        continue;
      if (planned.state == '>')
        function = g_steal_pointer (&planned.function);
      g_free (planned.function);
      g_free (planned.place);
    }
  return function;
}
