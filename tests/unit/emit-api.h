/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Every macro of inspect.h once. Compiled as strict C11 and as strict C++17, with and without
 * INSPECT_DISABLE: see meson.build and check-disabled. */

#include "inspect.h"

INSPECT_DEFINE_AWAIT (api_await, "api.await", "waiting", INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_RESOURCE (api_resource, "api.resource", "thing");
INSPECT_DEFINE_KEY (api_key, "name", "name", INSPECT_VALUE_TEXT);

void api_use_macros (InspectId task, InspectId id);
void api_use_nothing (InspectId task, InspectId id);

void
api_use_macros (InspectId task, InspectId id)
{
  INSPECT_TASK_BEGIN (task, INSPECT_NONE);
  INSPECT_TASK_NAME (task, "name");
  INSPECT_POLL_BEGIN (task);
  INSPECT_AWAIT_BEGIN (task, &api_await, id);
  INSPECT_AWAIT_END (task, &api_await, id, 0);
  INSPECT_AWAIT_RESUME (task, &api_await, id);
  INSPECT_AWAIT_SUSPEND (task, &api_await, id);
  INSPECT_WAKE (task);
  INSPECT_STATE (task, "state");
  INSPECT_ACQUIRE (task, &api_resource, id);
  INSPECT_RELEASE (task, &api_resource, id);
  INSPECT_ATTRIBUTE (task, &api_key, 1);
  INSPECT_POINT (task, "point", -1);
  INSPECT_VAR (id);
  INSPECT_VAR (&api_key);
  INSPECT_VAR ("text");
  if (inspect_is_on ())
    inspect_attribute_bytes (task, &api_key, "text", 4);
  INSPECT_POLL_END (task);
  INSPECT_TASK_END (task, 0);
}

void
api_use_nothing (InspectId task, InspectId id)
{
  (void)task;
  (void)id;
}
