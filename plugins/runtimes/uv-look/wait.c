/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "wait.h"

#include <string.h>

#include "inspect-keys.h"

static const InspectKind key_callback = { INSPECT_KEY_CALLBACK, "callback", INSPECT_KIND_KEY,
                                          INSPECT_VALUE_CODE,   0,          0 };

void
look_say_wait (const LookTeller *teller, const LookWait *wait)
{
  InspectorProbeAttribute attributes[LOOK_MAX_ATTRIBUTES + 1];
  InspectorProbeFrame frame = { 0 };
  guint n = MIN (wait->n_attributes, LOOK_MAX_ATTRIBUTES);
  InspectorProbeAwait await;
  InspectorProbeTask task;

  if (n > 0)
    memcpy (attributes, wait->attributes, n * sizeof *attributes);
  if (wait->callback != 0)
    attributes[n++] = (InspectorProbeAttribute){ &key_callback, wait->callback, NULL };

  if (wait->callback != 0)
    teller->find_place (teller->data, wait->callback, &frame.place);
  await = (InspectorProbeAwait){ .kind = wait->kind,
                                 .id = wait->address & ID_MASK,
                                 .frames = &frame,
                                 .n_frames = 1,
                                 .resource = wait->resource,
                                 .attributes = attributes,
                                 .n_attributes = n };
  task = (InspectorProbeTask){ .id = wait->address & ID_MASK,
                               .serial = wait->callback,
                               .state = INSPECTOR_PROBE_WAITING,
                               .place = frame.place,
                               .awaits = &await,
                               .n_awaits = 1 };
  teller->sink->task (teller->sink->data, &task);
}
