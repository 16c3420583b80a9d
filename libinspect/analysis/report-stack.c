/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The calls that led to a place, as far as they tell a reader of the program something. */

#include "config.h"

#include "analysis/report.h"

#include <string.h>
#include "model/format.h"

/* Enough to know the way; JSON has no more either. */
#define MAX_SHOWN 6

static void
frame_free (gpointer data)
{
  ReportFrame *frame = data;

  g_free (frame->function);
  g_free (frame->place);
  g_free (frame->variables);
  g_clear_pointer (&frame->values, g_ptr_array_unref);
  g_free (frame);
}

static void
add_frame (GPtrArray *stack, const AnalysisPlace *place)
{
  ReportFrame *frame = g_new0 (ReportFrame, 1);

  frame->function = model_format_text (place->function, strlen (place->function));
  frame->place = model_format_text (place->where, strlen (place->where));
  g_ptr_array_add (stack, frame);
}

GPtrArray *
report_stack_new (AnalysisPlaces *places, guint32 location)
{
  GPtrArray *stack = g_ptr_array_new_with_free_func (frame_free);
  const AnalysisPlace *place = analysis_places_get (places, location);
  guint n = 0, i = 0;
  const AnalysisPlace *const *frames = analysis_places_get_frames (places, location, &n);

  while (i < n && frames[i] != place)
    i++;
  for (i++; i < n && stack->len < MAX_SHOWN; i++)
    if (frames[i]->function != NULL && !frames[i]->is_runtime)
      add_frame (stack, frames[i]);
  return stack;
}

void
report_stack_add_callers (GPtrArray *stack, const ReportInput *input, const ModelAwait *call)
{
  guint64 object;

  /* What was told may lead in a circle. */
  for (guint i = stack->len;
       i < MAX_SHOWN && model_attributes_get_value (&call->attributes, MODEL_KEY_CALLER, &object) &&
       (call = model_table_find (&input->model->awaits, object)) != NULL;
       i++)
    {
      const AnalysisPlace *place = analysis_places_get (input->places, call->location);

      if (place->function != NULL)
        add_frame (stack, place);
    }
}

/* The place of the frame that runs the callback, as it is on the stack of the thread; FALSE: it is not
 * there, for it has returned since, or the frames end before it. */
static gboolean
find_callback (const ReportInput *input, const guint64 *frames, guint n, guint32 location,
               guint *ret_at)
{
  for (guint i = 0; i < n; i++)
    if (analysis_places_call_is_in (input->places, frames[i], location))
      {
        *ret_at = i;
        return TRUE;
      }
  return FALSE;
}

GPtrArray *
report_stack_of_thread (const ReportInput *input, const ReportJudgement *judgement)
{
  GPtrArray *stack = g_ptr_array_new_with_free_func (frame_free);
  guint n = 0, last = 0;
  const guint64 *frames = input->facts != NULL
                              ? analysis_facts_get_stack (input->facts, judgement->thread->tid,
                                                          judgement->blocked_since_ns, &n)
                              : NULL;

  if (frames == NULL ||
      !find_callback (input, frames, n, report_judgement_get_location (judgement, input->places),
                      &last))
    return stack;
  /* The innermost is shown whatever it is: what the thread does at this moment. */
  for (guint i = 0; i <= last; i++)
    for (const AnalysisPlace *place = analysis_places_get_call (input->places, frames[i]);
         place != NULL && stack->len < MAX_SHOWN; place = place->caller)
      if (place->function != NULL && (stack->len == 0 || !place->is_runtime))
        add_frame (stack, place);
  return stack;
}

/* ---- Variables -------------------------------------------------------------------------------- */

/* "limit=25 path=\"/posts\"" */
static char *
dup_variables (const GPtrArray *values)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < values->len; i++)
    {
      const ReportValue *value = g_ptr_array_index (values, i);

      g_string_append_printf (text, "%s%s=%s", i > 0 ? " " : "", value->name, value->text);
    }
  return g_string_free (text, FALSE);
}

void
report_stack_add_variables (ReportTask *box, const ReportInput *input, const ModelAwait *await)
{
  if (await == NULL)
    return;
  if (*box->current != '\0')
    box->locals = report_values_new_locals (input, await, box->current);
  if (box->locals != NULL)
    box->variables = dup_variables (box->locals);
  for (guint i = 0; i < box->stack->len; i++)
    {
      ReportFrame *frame = g_ptr_array_index (box->stack, i);

      frame->values = report_values_new_locals (input, await, frame->function);
      if (frame->values != NULL)
        frame->variables = dup_variables (frame->values);
    }
}
