/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_RULES_H
#define ANALYSIS_RULES_H

/* What is stuck and what merely rests: one table (rules.c). The rules read the flags of kinds and
 * the history of a connection; they know no runtime by name. */

#include "model/model.h"

G_BEGIN_DECLS

typedef enum
{
  ANALYSIS_RESTING, /* its normal state; may take for ever */
  ANALYSIS_WAITING, /* should end; has not taken long, or another cause is reported for it */
  ANALYSIS_STUCK,
} AnalysisSeverity;

typedef enum
{
  ANALYSIS_CERTAIN,
  ANALYSIS_INFERRED, /* a likely reading of what was seen */
} AnalysisCertainty;

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

typedef struct
{
  const char *id; /* stable, for machines */
  AnalysisSeverity severity;
  AnalysisCertainty certainty;
  gboolean (*matches) (const AnalysisWait *wait);
  const char *phrase;     /* what is the matter; msgid */
  const char *suggestion; /* NULL or msgid; %s is the place to change */
} AnalysisRule;

/* The first rule of the table that matches; never NULL. */
const AnalysisRule *analysis_rule_find (const AnalysisWait *wait);
const AnalysisRule *analysis_rules_get (guint *ret_n);
/* A callback that does not return is no wait: it has a rule of its own. */
extern const AnalysisRule analysis_rule_callback;
extern const AnalysisRule analysis_rule_work;

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

/* The thread's running callback when it has not returned for longer than @stuck_after_ns and no
 * callback within it has; NULL. Work in a thread pool counts, too: see @ret_is_work. */
const ModelPoll *analysis_thread_get_blocked (const ModelTarget *model, const ModelThread *thread,
                                              gint64 now_ns, gint64 stuck_after_ns,
                                              gint64 *ret_since_ns, gboolean *ret_is_work);

/* Cheap: FALSE says that no rule can find @task stuck. Asked for each live task ten times a second,
 * where the rules are asked for the few that are left. */
gboolean analysis_task_may_be_stuck (const ModelTask *task, gint64 now_ns, gint64 stuck_after_ns);

typedef void (*AnalysisWaitFunc) (const AnalysisWait *wait, const AnalysisRule *rule,
                                  gpointer data);

/* Judges all waits of @task. */
void analysis_judge_task (ModelTarget *model, ModelTask *task, GPtrArray *blocked_threads,
                          gint64 now_ns, gint64 stuck_after_ns, AnalysisWaitFunc func,
                          gpointer data);
/* (transfer container): ModelThread of those that block a loop */
GPtrArray *analysis_find_blocked_threads (ModelTarget *model, gint64 now_ns, gint64 stuck_after_ns);

G_END_DECLS

#endif
