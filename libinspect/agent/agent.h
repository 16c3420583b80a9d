/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_AGENT_H
#define AGENT_AGENT_H

#include "inspect.h"

/* Exported, for whoever brings the agent into a program that runs already. The environment of that
 * program must name the inspector, as when it is started with it. Both are idempotent.
 *
 * Returns: 0; -EBUSY: another thread is at it, try again; -ENOENT: nobody asks; -EINVAL, -ENOSYS */
INSPECT_API int inspect_agent_start (void);
/* Takes all hooks out and closes the channel. Replacements that the program holds pass through. */
INSPECT_API int inspect_agent_stop (void);

#endif
