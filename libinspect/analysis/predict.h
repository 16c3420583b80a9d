/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_PREDICT_H
#define ANALYSIS_PREDICT_H

#include "analysis/places.h"
#include "model/model.h"

G_BEGIN_DECLS

typedef struct
{
  char **functions; /* what followed, in order; NULL: nothing is known */
  guint64 seen_in;  /* finished tasks that went this way */
} AnalysisPrediction;

/* What followed in the most frequent way of earlier tasks that began in the same function and went
 * as @task has so far, @current_location being where its pending wait began. */
void analysis_predict (ModelTarget *model, const ModelTask *task, guint32 current_location,
                       AnalysisPlaces *places, AnalysisPrediction *ret_prediction);
void analysis_prediction_clear (AnalysisPrediction *prediction);

G_END_DECLS

#endif
