/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_INSTANT_H
#define INSPECTOR_INSTANT_H

#include "inspector-history.h"

/**
 * SECTION: inspector-instant.h
 *
 * What all tasks were at one instant, for who asks all of them something: which of them hold a lock, which are in a
 * state of that name, which have a variable of that value. Of hundreds of thousands of tasks it is there in some tens
 * of milliseconds; of one task alone inspector_history_get_moment() says more.
 */

G_BEGIN_DECLS

#define INSPECTOR_TYPE_INSTANT (inspector_instant_get_type ())
INSPECTOR_API
G_DECLARE_FINAL_TYPE (InspectorInstant, inspector_instant, INSPECTOR, INSTANT, GObject)

/** InspectorTaskState: a task at that instant. */
typedef struct
{
  InspectorRow row;       /* what it did: its state, what it waits for, where and since when */
  const char *state_name; /* that its program gave it; "" */
  guint n_holds;          /* so many locks, permits, ... are its own */
  guint n_holders; /* who have what it waits for: so many; 0: nobody, or that is not to be had */
  guint holder;    /* track of the latest of them; %G_MAXUINT: none, or a thread that is no task */
  gint32 holder_tid;    /* of such a thread; else 0 */
  gint64 held_since_ns; /* with @n_holders: since when that one has it */
} InspectorTaskState;

/**
 * inspector_history_read_instant:
 * @at_ns: an instant; what is later than all that has happened is now
 *
 * As inspector_history_get_moment(), the past takes a recording: the records from the keyframe before on are gone
 * through by as many threads as there are processors. The first time what all tasks did is loaded, too, as
 * inspector_history_get_rows() does it.
 *
 * Returns: (transfer full) (nullable): of all tracks that there are then; of now: valid until the session is polled
 *   again. %NULL: @error
 */
INSPECTOR_API InspectorInstant *inspector_history_read_instant (InspectorHistory *history,
                                                                gint64 at_ns, GError **error);
/** Returns: of how many tracks */
INSPECTOR_API guint inspector_instant_get_n_tasks (InspectorInstant *instant);
/**
 * inspector_instant_get_task:
 * @index: of a track
 * @ret_state: (out caller-allocates): its texts are @instant's
 *
 * Returns: %FALSE: it did not live then
 */
INSPECTOR_API gboolean inspector_instant_get_task (InspectorInstant *instant, guint index,
                                                   InspectorTaskState *ret_state);
/** Returns: (transfer full) (element-type InspectorHolder): what the task of track @index has */
INSPECTOR_API GPtrArray *inspector_instant_list_holds (InspectorInstant *instant, guint index);
/** Returns: (transfer full) (element-type InspectorHolder): who has what the task of track @index waits for */
INSPECTOR_API GPtrArray *inspector_instant_list_holders (InspectorInstant *instant, guint index);
/** Returns: (transfer full) (element-type InspectorVariable): as those of an InspectorMoment */
INSPECTOR_API GPtrArray *inspector_instant_list_variables (InspectorInstant *instant, guint index);

G_END_DECLS

#endif
