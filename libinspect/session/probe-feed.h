/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_FEED_H
#define SESSION_PROBE_FEED_H

#include "analysis/tables.h"
#include "channel/reader.h"
#include "model/model.h"
#include "session/probe-look.h"

G_BEGIN_DECLS

/* From what a probe sees at each look to records, as an agent would have made them when it happened:
 * what is there and was not before has begun, what is no longer there has ended. */
typedef struct _ProbeFeed ProbeFeed;

typedef void (*ProbeFeedFunc) (gpointer data, const ChannelEvent *event);

/* @tables and @data stand as long as the feed. @pid: 0: there is no process to ask the kernel about */
ProbeFeed *probe_feed_new (AnalysisTables *tables, int pid, ProbeFeedFunc func, gpointer data);
/* Where the records go: tasks that have ended there, for the program has said so itself, are not told of
 * any more. */
void probe_feed_set_model (ProbeFeed *feed, const ModelTarget *model);
void probe_feed_free (ProbeFeed *feed);
void probe_feed_look (ProbeFeed *feed, const ProbeLook *look, gint64 now_ns);

G_END_DECLS

#endif
