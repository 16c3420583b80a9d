/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "trail.h"

#define PAUSE_US (G_TIME_SPAN_MILLISECOND * 600)
#define MAX_PLACES 200u

void
timeline_trail_init (TimelineTrail *self)
{
  self->back = g_array_new (FALSE, FALSE, sizeof (TimelineViewport));
  self->forth = g_array_new (FALSE, FALSE, sizeof (TimelineViewport));
  self->moved_us = 0;
}

void
timeline_trail_clear (TimelineTrail *self)
{
  g_clear_pointer (&self->back, g_array_unref);
  g_clear_pointer (&self->forth, g_array_unref);
}

void
timeline_trail_leave (TimelineTrail *self, const TimelineViewport *from, gint64 now_us)
{
  gboolean goes_on = self->moved_us != 0 && now_us - self->moved_us < PAUSE_US;

  self->moved_us = now_us;
  if (goes_on)
    return;
  g_array_set_size (self->forth, 0);
  if (self->back->len == MAX_PLACES)
    g_array_remove_index (self->back, 0);
  g_array_append_val (self->back, *from);
}

static gboolean
go (TimelineTrail *self, GArray *to, GArray *from, TimelineViewport *here)
{
  TimelineViewport there;

  if (to->len == 0)
    return FALSE;
  there = g_array_index (to, TimelineViewport, to->len - 1);
  g_array_set_size (to, to->len - 1);
  g_array_append_val (from, *here);
  /* The window may have another size since. */
  here->column = there.column;
  here->ns_per_column = there.ns_per_column;
  here->top = there.top;
  self->moved_us = 0;
  return TRUE;
}

gboolean
timeline_trail_go_back (TimelineTrail *self, TimelineViewport *here)
{
  return go (self, self->back, self->forth, here);
}

gboolean
timeline_trail_go_forth (TimelineTrail *self, TimelineViewport *here)
{
  return go (self, self->forth, self->back, here);
}
