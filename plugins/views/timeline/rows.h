/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_ROWS_H
#define TIMELINE_ROWS_H

#include "raster.h"

G_BEGIN_DECLS

/* Which tasks have a row, and in which order. Those that are pinned come first; processes that tasks wait for are no tasks,
 * and a group at the end. */

typedef enum
{
  TIMELINE_GROUP_NONE,
  TIMELINE_GROUP_PARENT,  /* each task below the one that began it */
  TIMELINE_GROUP_THREAD,  /* that ran it last */
  TIMELINE_GROUP_RUNTIME, /* of what it waited for last */
  TIMELINE_GROUP_PROGRAM,
  TIMELINE_GROUP_LAST = TIMELINE_GROUP_PROGRAM,
} TimelineGrouping;

typedef enum
{
  TIMELINE_ORDER_BEGIN, /* as they came, and as somebody has moved them */
  TIMELINE_ORDER_NAME,
  TIMELINE_ORDER_BLOCKED, /* the longest first, as the next three */
  TIMELINE_ORDER_WAITING,
  TIMELINE_ORDER_RUNNING,
  TIMELINE_ORDER_LIFE,
  TIMELINE_ORDER_LAST = TIMELINE_ORDER_LIFE,
} TimelineOrder;

/** TimelineGroup: what rows have in common. */
typedef struct
{
  char *label;
  guint key;
  guint n_tasks;
  gboolean is_of_processes; /* they are no tasks, but what tasks wait for */
} TimelineGroup;

typedef struct _TimelineRows TimelineRows;

TimelineRows *timeline_rows_new (InspectorHistory *history);
void timeline_rows_free (TimelineRows *rows);
void timeline_rows_set_history (TimelineRows *rows, InspectorHistory *history);

/** Takes in the tasks that have come since. Returns: whether there were any */
gboolean timeline_rows_update (TimelineRows *rows);
/** Returns: (transfer none) (array length=n): until something changes */
const TimelineRow *timeline_rows_get (TimelineRows *rows, guint *ret_n);
guint timeline_rows_get_n_pinned (TimelineRows *rows);
/** Returns: %FALSE: the task has no row, for it is hidden or its parent is folded */
gboolean timeline_rows_find (TimelineRows *rows, guint track, guint *ret_row);
const TimelineGroup *timeline_rows_get_group (TimelineRows *rows, guint group);
gboolean timeline_rows_is_process (TimelineRows *rows, guint track);

void timeline_rows_set_grouping (TimelineRows *rows, TimelineGrouping grouping);
TimelineGrouping timeline_rows_get_grouping (TimelineRows *rows);
void timeline_rows_set_order (TimelineRows *rows, TimelineOrder order);
TimelineOrder timeline_rows_get_order (TimelineRows *rows);

void timeline_rows_set_pinned (TimelineRows *rows, guint track, gboolean pinned);
gboolean timeline_rows_is_pinned (TimelineRows *rows, guint track);
void timeline_rows_hide (TimelineRows *rows, guint track);
void timeline_rows_show_hidden (TimelineRows *rows);
guint timeline_rows_get_n_hidden (TimelineRows *rows);
/** What is hidden or pinned; (transfer full) (element-type guint): tracks, in order */
GArray *timeline_rows_list_hidden (TimelineRows *rows);
GArray *timeline_rows_list_pinned (TimelineRows *rows);
/** Folds what is below a row, or shows it again. */
void timeline_rows_toggle_folded (TimelineRows *rows, guint row);
/** Shows a task whose parents are folded, or that is hidden. */
void timeline_rows_reveal (TimelineRows *rows, guint track);
/**
 * Exchanges a task with the one before (@by: -1) or after it (1), of the same parent or group, or of the
 * pinned ones. Returns: %FALSE: there is none, or they are in an order of their own
 */
gboolean timeline_rows_move (TimelineRows *rows, guint track, int by);

G_END_DECLS

#endif
