/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_DENSITY_H
#define TIMELINE_DENSITY_H

#include "raster.h"

G_BEGIN_DECLS

/* How much time all tasks together spent in each state, in each column of all that has happened: the
 * picture of a whole session. It is counted in a thread. */
typedef struct
{
  gint64 first_ns, last_ns;
  guint n;      /* columns */
  gint64 *sums; /* n * INSPECTOR_N_STATES */
} TimelineDensity;

void timeline_density_free (TimelineDensity *density);
void timeline_density_count_async (InspectorHistory *history, gint64 first_ns, gint64 last_ns,
                                   guint n, GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer data);
/** Returns: (transfer full) (nullable): %NULL: it was cancelled */
TimelineDensity *timeline_density_count_finish (GAsyncResult *result);
/** Draws it from side to side, in whole columns, with the most of them as high as @sheet. */
void timeline_density_draw (const TimelineDensity *density, const TimelineInk *ink,
                            TimelineSheet *sheet);

G_END_DECLS

#endif
