/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_VERDICTS_H
#define ANALYSIS_VERDICTS_H

/* What was found out about waits by more than their records, which a recording does not have: the kernel
 * and the memory of the program were asked. Into the facts of a recording, and back. */

#include <json-glib/json-glib.h>

#include "analysis/priority.h"
#include "analysis/unread.h"

G_BEGIN_DECLS

/* (transfer full) (nullable): NULL: there is nothing to say */
JsonObject *analysis_verdicts_save (const ModelTarget *model, const AnalysisPriority *priority,
                                    const AnalysisUnread *unread);
/* @model is as it was when they were saved. They stand: who has given them cannot be asked again. */
void analysis_verdicts_load (JsonObject *verdicts, ModelTarget *model, AnalysisPriority *priority,
                             AnalysisUnread *unread);

G_END_DECLS

#endif
