/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_HISTORY_H
#define ANALYSIS_HISTORY_H

/* What a target tells the history of its session: which programs there were. */

#include "analysis/places.h"
#include "inspector-history.h"
#include "model/history.h"

G_BEGIN_DECLS

InspectorHistory *inspector_history_new (void);
/* A program begins in the process @pid; both stand until analysis_history_end(). */
void analysis_history_begin (InspectorHistory *history, int pid, ModelTarget *model,
                             AnalysisPlaces *places);
/* The program is gone: what it named is looked up now. */
void analysis_history_end (InspectorHistory *history, ModelTarget *model);

G_END_DECLS

#endif
