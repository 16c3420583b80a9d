/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "stacks.h"

#include <string.h>

/* What is blocked is looked for, and gets at least so large a part of the height. */
#define LEAST_BLOCKED 6
/* From this width on, a span that follows one that looks the same is set off. */
#define LEAST_SET_OFF 4

/* From the bottom to the top: what is wanted first is nearest to the line that the eye follows. */
static const guint8 ranks[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_RUNNING] = 1, [INSPECTOR_STATE_BLOCKED] = 2,  [INSPECTOR_STATE_READY] = 3,
  [INSPECTOR_STATE_WAITING] = 4, [INSPECTOR_STATE_SLEEPING] = 5, [INSPECTOR_STATE_RESTING] = 6,
  [INSPECTOR_STATE_UNKNOWN] = 7,
};

/* ---- Parts --------------------------------------------------------------------------------------- */

static guint
get_rank (InspectorPart part)
{
  return ranks[part.state] * INSPECTOR_N_FAMILIES + part.family;
}

/* The same however the parts are numbered: a picture does not depend on what came first. */
static void
order_parts (TimelineStacks *self)
{
  for (guint i = 1; i < self->n_parts; i++)
    {
      guint at = i - 1;

      for (; at > 0 && get_rank (self->parts[self->order[at - 1]]) > get_rank (self->parts[i]);
           at--)
        self->order[at] = self->order[at - 1];
      self->order[at] = (guint8)i;
    }
}

static InspectorPart
part_of (const InspectorSpan *span)
{
  return (InspectorPart){ (guint8)span->state, span->family };
}

/* Returns: INSPECTOR_MAX_PARTS: there is no room for one more */
static guint
number_part (TimelineStacks *self, InspectorPart part)
{
  for (guint i = 0; i < self->n_parts; i++)
    if (self->parts[i].state == part.state && self->parts[i].family == part.family)
      return i;
  if (self->n_parts == INSPECTOR_MAX_PARTS)
    return INSPECTOR_MAX_PARTS;
  self->parts[self->n_parts] = part;
  return self->n_parts++;
}

/* ---- How high each part is in a column ----------------------------------------------------------- */

/* @per_ns: pixels of a nanosecond */
static TimelineStack
stack_up (const TimelineStacks *self, const gint64 *sums, int height, double per_ns)
{
  TimelineStack stack = { .words = { 0, 0 } };
  int used = 0, n = 0, least = MAX (height / LEAST_BLOCKED, 1);

  for (guint i = 1; i < self->n_parts; i++)
    if (sums[i] > 0)
      {
        int wanted = (int)((double)sums[i] * per_ns + 0.5);

        stack.heights[i] = (guint8)CLAMP (
            wanted, self->parts[i].state == INSPECTOR_STATE_BLOCKED ? least : 1, height);
        used += stack.heights[i];
        n++;
      }
  /* What is rare has got more than its share: what is frequent gives it. */
  while (used > height && used > n)
    {
      guint most = 1;

      for (guint i = 2; i < self->n_parts; i++)
        if (stack.heights[i] > stack.heights[most])
          most = i;
      stack.heights[most]--;
      used--;
    }
  return stack;
}

static TimelineStack
stack_of_one (guint part, int height)
{
  TimelineStack stack = { .words = { 0, 0 } };

  if (part != 0)
    stack.heights[part] = (guint8)height;
  return stack;
}

/* Where spans are few: those within a column are summed up, and one that fills columns is done with them at
 * once. FALSE: there are more parts than there is room for. */
static gboolean
stack_spans (TimelineStacks *self, guint n, gint64 from_ns, gint64 step_ns, int height,
             gint64 last_ns)
{
  const double per_ns = (double)height / (double)step_ns;
  const int width = TIMELINE_TILE_COLUMNS;
  gint64 sums[INSPECTOR_MAX_PARTS] = { 0 };
  gint64 column = 0; /* that @sums is of */

  memset (self->stacks, 0, sizeof self->stacks);
  for (guint i = 0; i < n; i++)
    {
      const InspectorSpan *span = &self->spans[i];
      gint64 begin_ns = MAX (span->begin_ns, from_ns) - from_ns;
      gint64 end_ns = MIN (span->end_ns, last_ns) - from_ns;
      gint64 first = begin_ns / step_ns, last;
      guint part;

      if (end_ns <= begin_ns)
        continue;
      part = number_part (self, part_of (span));
      if (part == INSPECTOR_MAX_PARTS)
        return FALSE;
      last = MIN (end_ns / step_ns, width);
      if (first > column)
        {
          if (column < width)
            self->stacks[column] = stack_up (self, sums, height, per_ns);
          memset (sums, 0, sizeof sums);
          column = first;
        }
      if (last == first)
        {
          sums[part] += end_ns - begin_ns;
          continue;
        }
      if (begin_ns > first * step_ns && first < width)
        {
          sums[part] += (first + 1) * step_ns - begin_ns;
          self->stacks[first++] = stack_up (self, sums, height, per_ns);
        }
      for (gint64 k = first; k < last && k < width; k++)
        self->stacks[k] = stack_of_one (part, height);
      memset (sums, 0, sizeof sums);
      column = last;
      sums[part] = end_ns - last * step_ns;
    }
  if (column < width)
    self->stacks[column] = stack_up (self, sums, height, per_ns);
  return TRUE;
}

/* Two waits, one after the other, are two. */
static void
find_joints (TimelineStacks *self, guint n, gint64 from_ns, gint64 step_ns)
{
  for (guint i = 1; i < n; i++)
    {
      const InspectorSpan *span = &self->spans[i], *before = span - 1;
      gint64 column = (span->begin_ns - from_ns) / step_ns;

      if (span->begin_ns >= from_ns && column < TIMELINE_TILE_COLUMNS &&
          before->state == span->state && before->family == span->family &&
          (span->end_ns == G_MAXINT64 || span->end_ns - span->begin_ns >= LEAST_SET_OFF * step_ns))
        self->joints[column] = 1;
    }
}

static void
stack_sums (TimelineStacks *self, InspectorHistory *history, guint track, gint64 from_ns,
            gint64 step_ns, int offset, int width, int height)
{
  gint64 *sums = self->sums;

  self->n_parts = inspector_history_get_coverage_by_part (
      history, track, from_ns + offset * step_ns, from_ns + (offset + width) * step_ns,
      (guint)width, self->parts, sums);
  for (int i = offset; i < offset + width; i++, sums += INSPECTOR_MAX_PARTS)
    self->stacks[i] = stack_up (self, sums, height, (double)height / (double)step_ns);
}

void
timeline_stacks_fill (TimelineStacks *self, InspectorHistory *history, guint track, gint64 from_ns,
                      gint64 step_ns, int offset, int width, int height, gint64 last_ns)
{
  /* The span before tells whether one begins beside another that looks like it. */
  guint n = inspector_history_get_spans (history, track, from_ns - 1,
                                         from_ns + TIMELINE_TILE_COLUMNS * step_ns, self->spans,
                                         TIMELINE_MAX_SPANS);

  memset (self->joints, 0, sizeof self->joints);
  self->n_parts = 1;
  self->parts[0] = (InspectorPart){ INSPECTOR_STATE_NONE, INSPECTOR_FAMILY_NONE };
  if (n < TIMELINE_MAX_SPANS && stack_spans (self, n, from_ns, step_ns, height, last_ns))
    find_joints (self, n, from_ns, step_ns);
  else
    stack_sums (self, history, track, from_ns, step_ns, offset, width, height);
  order_parts (self);
}
