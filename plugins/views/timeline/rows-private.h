/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_ROWS_PRIVATE_H
#define TIMELINE_ROWS_PRIVATE_H

/* For rows.c, which says what is wanted, and rows-build.c, which makes rows of it. */

#include "order.h"
#include "processes.h"
#include "rows.h"

G_BEGIN_DECLS

struct _TimelineRows
{
  InspectorHistory *history;
  TimelineGrouping grouping;
  TimelineOrder order;
  guint n_tracks; /* that are known */

  GArray *rows;       /* TimelineRow */
  GArray *row_of;     /* guint by track: row + 1; 0: it has none */
  GPtrArray *groups;  /* TimelineGroup */
  GArray *pinned;     /* guint: tracks */
  GHashTable *hidden; /* tracks */
  GHashTable *folded; /* tracks, or groups by their key */
  TimelineOrdering *ordering;
  TimelineProcesses *processes;
};

/* Of the group of processes, which no other has: numbers of processes and threads, and of words, are smaller. */
#define TIMELINE_KEY_OF_PROCESSES ((guint)G_MAXINT32)

/* All of them, anew. */
void timeline_rows_build (TimelineRows *rows);
void timeline_rows_add (TimelineRows *rows, TimelineRow row);
/* Returns: -1: it is not pinned */
int timeline_rows_find_pinned (TimelineRows *rows, guint track);
gboolean timeline_rows_has (GHashTable *set, guint key);

G_END_DECLS

#endif
