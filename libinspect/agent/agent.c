/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/agent.h"

#include <errno.h>

#include "agent/configuration.h"
#include "agent/libraries.h"
#include "agent/scan.h"
#include "channel/layout.h"

/* Read from the file, before any program is started with it. */
INSPECT_API extern const char inspect_agent_version[];
INSPECT_API extern const uint32_t inspect_agent_abi;
const char inspect_agent_version[] = AGENT_VERSION;
const uint32_t inspect_agent_abi = CHANNEL_ABI_MAJOR;

/* Tells libinspect.so that the channel is ours to open (emit/process.h). */
const char inspect_private_agent = 1;

/* The only strong reference to libinspect.so.0, to something that each of its versions has: by it
 * the linker sees that it is needed (libraries.h). */
static bool *const needed __attribute__ ((used)) = &inspect_on;

int
inspect_agent_start (void)
{
  /* Process-wide, and only ever written by the first call, which is the constructor's. */
  static AgentConfiguration configuration;
  const char *runtimes;

  if (!agent_libraries_are_complete ())
    return -ENOSYS;
  /* Both are NULL in a program with raised privileges. */
  if (emit_process_getenv (CHANNEL_ENV_SOCKET) == NULL)
    return -ENOENT;
  runtimes = emit_process_getenv (CHANNEL_ENV_RUNTIMES);
  if (runtimes == NULL)
    return -ENOENT;
  if (configuration.n_runtimes == 0 && !agent_configuration_parse (&configuration, runtimes))
    {
      emit_process_refuse (CHANNEL_REFUSED_PLUGIN, "", CHANNEL_ENV_RUNTIMES);
      return -EINVAL;
    }
  return agent_scan_start (&configuration);
}

int
inspect_agent_stop (void)
{
  return agent_scan_stop ();
}

static __attribute__ ((constructor)) void
start_when_loaded (void)
{
  int *error = __errno_location ();
  int saved = *error;

  inspect_agent_start ();
  *error = saved;
}
