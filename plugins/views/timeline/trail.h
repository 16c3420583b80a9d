/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_TRAIL_H
#define TIMELINE_TRAIL_H

#include "viewport.h"

G_BEGIN_DECLS

/* Where somebody has been looking, to go back there and forth again. Movements without a pause between
 * them are one. */
typedef struct
{
  GArray *back, *forth; /* TimelineViewport */
  gint64 moved_us;
} TimelineTrail;

void timeline_trail_init (TimelineTrail *trail);
void timeline_trail_clear (TimelineTrail *trail);
/** @from: what was seen before a movement that is made at @now_us */
void timeline_trail_leave (TimelineTrail *trail, const TimelineViewport *from, gint64 now_us);
/** @here: what is seen; becomes what was seen before. Returns: %FALSE: there is nowhere to go */
gboolean timeline_trail_go_back (TimelineTrail *trail, TimelineViewport *here);
gboolean timeline_trail_go_forth (TimelineTrail *trail, TimelineViewport *here);

G_END_DECLS

#endif
