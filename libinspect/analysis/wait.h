/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_WAIT_H
#define ANALYSIS_WAIT_H

/* A wait as the rules see it, and what follows from it alone. */

#include "model/model.h"

G_BEGIN_DECLS

/* One thing that a task waits for: a pending await, or the answer of a peer. */
typedef struct
{
  ModelTarget *model;
  ModelTask *task;
  const ModelAwait *await;       /* NULL for an exchange */
  const ModelResource *resource; /* of the await, where known; of the exchange */
  const ModelThread *blocked;    /* a thread whose running callback keeps this wait from ending */
  gint64 since_ns;
  gint64 now_ns;
  gint64 stuck_after_ns;
  guint32 location;
} AnalysisWait;

/* @await at that instant; with no limit, and nothing that keeps it from ending. */
AnalysisWait analysis_wait_of (ModelTarget *model, const ModelAwait *await, gint64 now_ns);

/* Until when it is known to last: what was seen from outside may be over since then. */
gint64 analysis_wait_get_seen (const AnalysisWait *wait);
/* How long a wait is past what it may take: from its begin, for a timer from its due time. */
gint64 analysis_wait_get_age (const AnalysisWait *wait);
/* How long it has taken, for people: of a short one that is seen from outside as long as it had when it was seen, for it may
 * be over by now. */
gint64 analysis_wait_get_length (const AnalysisWait *wait);
/* What it waits for was dropped and will never call back: its runtime has said so. */
gboolean analysis_await_is_dropped (const ModelAwait *await);
/* The loop that it is ready for, and that nobody has been seen to run since; NULL. What was pending
 * when a loop was left is none of these: the program may have been done with it. */
const ModelResource *analysis_wait_get_idle_loop (const AnalysisWait *wait);
/* Whether what the peer has to say is waited for: it is asked, and somebody reads. */
gboolean analysis_exchange_is_waited_for (const ModelResource *resource);

G_END_DECLS

#endif
