/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/agent.h"

#include <errno.h>
#include <string.h>

#include "agent/attachment.h"
#include "agent/configuration.h"
#include "agent/libraries.h"
#include "agent/loader.h"
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

/* Process-wide, and only ever written by the first call. */
static AgentConfiguration configuration;

int
inspect_agent_start (void)
{
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
  return agent_scan_start (&configuration, NULL, agent_loader_add_hooks);
}

/* Plugins stay in the process for good: those of the first time are those of the next, which may be
 * found elsewhere by then. */
static bool
take_runtimes (const char *text)
{
  static AgentConfiguration renewed;

  if (configuration.n_runtimes == 0)
    return agent_configuration_parse (&configuration, text);
  if (!agent_configuration_parse (&renewed, text) || renewed.n_runtimes != configuration.n_runtimes)
    return false;
  for (uint32_t i = 0; i < renewed.n_runtimes; i++)
    if (strcmp (renewed.runtimes[i].id, configuration.runtimes[i].id) != 0)
      return false;
  for (uint32_t i = 0; i < renewed.n_runtimes; i++)
    configuration.runtimes[i].path = renewed.runtimes[i].path;
  return true;
}

static int
attach (const AgentAttachment *attachment)
{
  int result;

  if (!agent_libraries_are_complete () || emit_process_name_inspector == NULL)
    return -ENOSYS;
  if (attachment->size < sizeof *attachment)
    return -EINVAL;
  if (emit_process_is_started ())
    return -EALREADY;
  if (!take_runtimes (attachment->runtimes))
    return -EINVAL;
  result = emit_process_name_inspector (attachment->socket, attachment->path, attachment->options);
  if (result == 0)
    result = agent_scan_start (&configuration, attachment->site, agent_loader_add_hooks);
  emit_process_close_inspector_socket ();
  return result;
}

int
inspect_agent_attach (const AgentAttachment *attachment)
{
  int *error = __errno_location ();
  int saved = *error;
  int result = attach (attachment);

  *error = saved;
  return result;
}

int
inspect_agent_detach (const InspectSite *site)
{
  int *error = __errno_location ();
  int saved = *error;
  int result = agent_libraries_are_complete () ? agent_scan_stop (site) : -ENOSYS;

  *error = saved;
  return result;
}

int
inspect_agent_stop (void)
{
  return agent_scan_stop (NULL);
}

static __attribute__ ((constructor)) void
start_when_loaded (void)
{
  int *error = __errno_location ();
  int saved = *error;

  inspect_agent_start ();
  /* A program that embeds libinspect.so has started without us. A libinspect.so of before breakpoints has none to wait
   * for. */
  if (emit_process_hold != NULL)
    emit_process_hold ();
  *error = saved;
}
