/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "wait.h"

void
look_say_wait (const LookTeller *teller, const LookWait *wait)
{
  InspectorProbeFrame frame = { 0 };
  InspectorProbeAwait await;
  InspectorProbeTask task;

  if (wait->callback != 0)
    teller->find_place (teller->data, wait->callback, &frame.place);
  await = (InspectorProbeAwait){ .kind = wait->kind,
                                 .id = wait->address & ID_MASK,
                                 .frames = &frame,
                                 .n_frames = 1,
                                 .resource = wait->resource,
                                 .attributes = wait->attributes,
                                 .n_attributes = wait->n_attributes };
  task = (InspectorProbeTask){ .id = wait->address & ID_MASK,
                               .serial = wait->callback,
                               .state = INSPECTOR_PROBE_WAITING,
                               .place = frame.place,
                               .awaits = &await,
                               .n_awaits = 1 };
  teller->sink->task (teller->sink->data, &task);
}
