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
  g_free (frame);
}

static void
add_frame (GPtrArray *stack, const AnalysisPlace *place)
{
  ReportFrame *frame = g_new (ReportFrame, 1);

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
      !find_callback (input, frames, n, report_judgement_get_location (judgement), &last))
    return stack;
  /* The innermost is shown whatever it is: what the thread does at this moment. */
  for (guint i = 0; i <= last; i++)
    for (const AnalysisPlace *place = analysis_places_get_call (input->places, frames[i]);
         place != NULL && stack->len < MAX_SHOWN; place = place->caller)
      if (place->function != NULL && (stack->len == 0 || !place->is_runtime))
        add_frame (stack, place);
  return stack;
}
