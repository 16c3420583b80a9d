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

/* How far up the program itself goes: what called its main(), or a thread's first function, says
 * nothing. Without debug info that cannot be told. */
static guint
find_end (const AnalysisPlace *const *frames, guint n)
{
  guint end = n;

  while (end > 0 && !frames[end - 1]->is_exact)
    end--;
  return end > 0 ? end : n;
}

GPtrArray *
report_stack_from_frames (const AnalysisPlace *const *frames, guint n, const AnalysisPlace *below)
{
  GPtrArray *stack = g_ptr_array_new_with_free_func (frame_free);
  guint end = find_end (frames, n), i = 0;

  if (below != NULL)
    {
      while (i < end && frames[i] != below)
        i++;
      i++;
    }
  for (; i < end && stack->len < MAX_SHOWN; i++)
    if (frames[i]->function != NULL && !frames[i]->is_runtime)
      add_frame (stack, frames[i]);
  return stack;
}

GPtrArray *
report_stack_new (AnalysisPlaces *places, guint32 location)
{
  guint n = 0;
  const AnalysisPlace *const *frames = analysis_places_get_frames (places, location, &n);

  return report_stack_from_frames (frames, n, analysis_places_get (places, location));
}
