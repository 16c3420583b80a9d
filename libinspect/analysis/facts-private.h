/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_FACTS_PRIVATE_H
#define ANALYSIS_FACTS_PRIVATE_H

#include "analysis/facts.h"

G_BEGIN_DECLS

/* What is kept of a target, for facts.c, which asks, and facts-saved.c, which hands it on. */

#define ANALYSIS_FACTS_MAX_FRAMES 64
#define ANALYSIS_FACTS_MAX_SOCKETS 512

struct _AnalysisFacts
{
  const AnalysisFactsSource *source;
  int pid;
  gboolean has_ended;
  GHashTable *sockets; /* AnalysisSocket by the resource's object */
  GHashTable *stacks;  /* AnalysisStack by tid */
  GArray *told; /* guint64: objects of resources with ModelResource.peer_closed_ns or .sent_ns */
  TargetProcess process;
  gboolean process_is_known;
};

typedef struct
{
  gint64 since_ns;
  guint n_tries;
  guint n;
  guint64 frames[ANALYSIS_FACTS_MAX_FRAMES];
} AnalysisStack;

G_END_DECLS

#endif
