/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_ORDER_H
#define TIMELINE_ORDER_H

#include "rows.h"

G_BEGIN_DECLS

/* By what tasks are put in an order, and which of them belong together. */
typedef struct _TimelineOrdering TimelineOrdering;

TimelineOrdering *timeline_ordering_new (void);
void timeline_ordering_free (TimelineOrdering *ordering);
/** Forgets what was exchanged. */
void timeline_ordering_forget (TimelineOrdering *ordering);
void timeline_ordering_sort (TimelineOrdering *ordering, InspectorHistory *history,
                             TimelineOrder order, guint *tracks, guint n);
/** From now on each has the place of the other, as long as they stand as they came. */
void timeline_ordering_exchange (TimelineOrdering *ordering, guint track, guint other);
/** Returns: the same for tasks that belong together, and small */
guint timeline_ordering_get_group (TimelineOrdering *ordering, InspectorHistory *history,
                                   TimelineGrouping grouping, guint track);
/** Returns: (transfer full): the name of the group of @track, for people */
char *timeline_ordering_dup_group (TimelineOrdering *ordering, InspectorHistory *history,
                                   TimelineGrouping grouping, guint track);

G_END_DECLS

#endif
