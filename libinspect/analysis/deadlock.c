/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/deadlock.h"

gboolean
analysis_deadlock_of (const ModelTask *task)
{
  for (const ModelAwait *await = task->awaits; await != NULL; await = await->task_next)
    if (analysis_deadlock_of_await (await))
      return TRUE;
  return FALSE;
}
