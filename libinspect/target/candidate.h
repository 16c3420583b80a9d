/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_CANDIDATE_H
#define TARGET_CANDIDATE_H

/* Processes that run already: which runtimes they use, and whether they can be attached to. Nothing
 * here stops one or writes to it. */

#include "target/launch.h"
#include "target/linked.h"

G_BEGIN_DECLS

typedef struct
{
  int pid;
  guint uid;
  guint64 start_ticks; /* as TargetProcess.start_ticks */
  char *command;       /* as TargetProcess.command */
  char *executable;    /* as the process sees it; "" where it is not ours to see */
  GPtrArray *runtimes; /* of const TargetRuntime, which are the survey's */
  char *
      hidden; /* name of a file that has a runtime linked into it which no agent finds; NULL: none */
  TargetLinked hidden_how; /* why not */
  char *refusal;           /* why not, and what to do, without a name before it; NULL: it can */
  gboolean is_inspected;   /* by another inspector, at this moment */
} TargetCandidate;

void target_candidate_free (TargetCandidate *candidate);

/* Remembers what is known of files, for many processes have the same libraries. One thread. */
typedef struct _TargetSurvey TargetSurvey;
/* @runtimes: of TargetRuntime, as target_runtimes_find() has them */
TargetSurvey *target_survey_new (GPtrArray *runtimes);
void target_survey_free (TargetSurvey *survey);
/* Returns: (transfer full) (nullable): NULL: there is no such process */
TargetCandidate *target_survey_look (TargetSurvey *survey, int pid);
/* Those of the user, or of all, by pid; without kernel threads. (transfer full) */
GPtrArray *target_survey_look_at_all (TargetSurvey *survey, gboolean of_all_users,
                                      GCancellable *cancellable);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TargetCandidate, target_candidate_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TargetSurvey, target_survey_free)

G_END_DECLS

#endif
