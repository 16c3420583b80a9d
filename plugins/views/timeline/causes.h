/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_CAUSES_H
#define TIMELINE_CAUSES_H

#include <inspector-history.h>

G_BEGIN_DECLS

/* Who woke a task, and whom it woke. A recording has millions of causes in the order of time: they are
 * looked through in a thread. */

#define TIMELINE_MAX_CAUSES 1000u

/** TimelineCauses: those of one task in a stretch of time. */
typedef struct
{
  guint64 number; /* of the task */
  gint64 from_ns, to_ns;
  GArray *causes; /* InspectorCause: the first %TIMELINE_MAX_CAUSES */
  guint64 n;      /* how many there are */
} TimelineCauses;

void timeline_causes_free (TimelineCauses *causes);
void timeline_causes_find_async (InspectorHistory *history, guint64 number, gint64 from_ns,
                                 gint64 to_ns, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
/** Returns: (transfer full) (nullable): %NULL: it was cancelled */
TimelineCauses *timeline_causes_find_finish (GAsyncResult *result);

/**
 * timeline_causes_step_async:
 * @from_ns: an instant
 *
 * Finds what woke the task last, until @from_ns (@forth: %FALSE), or whom it woke next, from then on.
 */
void timeline_causes_step_async (InspectorHistory *history, guint64 number, gint64 from_ns,
                                 gboolean forth, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer data);
/** Returns: %FALSE: there is none, or it was cancelled */
gboolean timeline_causes_step_finish (GAsyncResult *result, InspectorCause *ret_cause);

G_END_DECLS

#endif
