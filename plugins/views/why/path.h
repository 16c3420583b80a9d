/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_PATH_H
#define WHY_PATH_H

#include <inspector-history.h>

#include "holders.h"
#include "line.h"

G_BEGIN_DECLS

/** WhyPiece: what the time of a task went to, for a while. */
typedef struct
{
  guint track;
  InspectorState state;
  guint16 kind;     /* of @track */
  guint32 location; /* of @track */
  gint64 from_ns, to_ns;
  gboolean is_inferred; /* nobody was seen to end the wait; this one had what was waited for */
} WhyPiece;

/**
 * why_path_find:
 * @holders: where they are looked for; while some of them are being read the path is not whole
 * @track: of a task
 *
 * The critical path of a task from @from_ns to @to_ns: what it did, and while it waited, what the task did
 * that ended the wait, and so on. Pieces follow one another without a gap. Where nobody is known to have
 * ended a wait, the wait itself is a piece.
 *
 * Returns: (transfer full) (element-type WhyPiece): in the order of time
 */
GArray *why_path_find (InspectorHistory *history, WhyHolders *holders, guint track, gint64 from_ns,
                       gint64 to_ns);

/** Adds the critical path of a task that has ended at @at_ns, what took longest first. */
void why_path_add (InspectorHistory *history, WhyHolders *holders, guint track, gint64 at_ns,
                   GPtrArray *lines);

G_END_DECLS

#endif
