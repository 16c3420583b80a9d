/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef ANALYSIS_DEADLOCK_H
#define ANALYSIS_DEADLOCK_H

/* Cycles of waits, found as they form. See README.md. */

#include "model/model.h"

G_BEGIN_DECLS

/* Whether @await is part of a deadlock that has been confirmed, cannot end by itself and was seen
 * without losses: it is proven that it will not go on. O(1). */
static inline gboolean
analysis_deadlock_of_await (const ModelAwait *await)
{
  return await->deadlock != 0;
}

/* The same of any wait of @task. */
gboolean analysis_deadlock_of (const ModelTask *task);

G_END_DECLS

#endif
