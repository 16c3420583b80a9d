/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_ATTACHMENT_H
#define AGENT_ATTACHMENT_H

/* What an inspector that attaches to a running program calls in it, and with what. It writes the
 * structure into memory of the program, and has a thread of the program make the call. */

#include <stdint.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"

/* Exported, and found by name in the agent that is in the program already. */
#define AGENT_ATTACH_SYMBOL "inspect_agent_attach"
#define AGENT_DETACH_SYMBOL "inspect_agent_detach"

typedef struct
{
  uint32_t size;  /* sizeof (AgentAttachment) as the inspector was compiled */
  int32_t socket; /* connected to the inspector; the caller's, and used during the call alone */
  /* Of the inspector's socket, for what comes later; "": it cannot be reached. */
  const char *path;
  const char *options; /* as CHANNEL_ENV_OPTIONS */
  /* As CHANNEL_ENV_RUNTIMES. A path that begins with "/proc/self/fd/" is good during the call alone. */
  const char *runtimes;
  const InspectSite *site; /* of the thread that makes the call */
} AgentAttachment;

/* Hooks the program. The calling thread must hold no lock that malloc() or the loader needs.
 *
 * Returns: 0; -EALREADY: an inspector has it; -EBUSY: another thread is at it, try again; -EINVAL,
 * -ENOSYS; else why there is no channel */
INSPECT_API int inspect_agent_attach (const AgentAttachment *attachment);
/* Takes all hooks out, gives callbacks back where that can be, and lets go of the channel.
 *
 * Returns: 0, -EBUSY as above */
INSPECT_API int inspect_agent_detach (const InspectSite *site);

#endif
