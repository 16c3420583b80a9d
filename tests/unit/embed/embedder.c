/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The smallest program that embeds libinspect. */

#include "inspect.h"

INSPECT_DEFINE_AWAIT (wait_kind, "embedder.wait", "waiting", INSPECT_AWAIT_ONESHOT);

int
main (void)
{
  INSPECT_TASK_BEGIN (1, INSPECT_NONE);
  INSPECT_POLL_BEGIN (1);
  INSPECT_AWAIT_BEGIN (1, &wait_kind, 7);
  INSPECT_AWAIT_END (1, &wait_kind, 7, 0);
  INSPECT_TASK_END (1, 0);
  return 0;
}
