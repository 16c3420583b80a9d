/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_RULES_H
#define ANALYSIS_RULES_H

/* What is stuck and what merely rests: one table (rules.c). The rules read the flags of kinds and
 * the history of a connection; they know no runtime by name. */

#include "analysis/wait.h"

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
