/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* As much of the agent as libinspect.so looks for, and one that never finds a runtime. */

#include "emit/process.h"

const char inspect_private_agent = 1;

bool fake_agent_has_channel (void);

bool
fake_agent_has_channel (void)
{
  return emit_process_is_started ();
}
