/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_PLUGIN_FILE_H
#define AGENT_PLUGIN_FILE_H

/* A runtime plugin, from its file into the process. */

#include "agent/configuration.h"
#include "agent/runtime-plugin.h"
#include "channel/handshake.h"

/* Its path leads to a descriptor, which is good for as long as an inspector attaches. */
bool agent_plugin_file_is_handed_over (const AgentRuntimeEntry *entry);

/* Calls the loader. NULL: it cannot be had, and why. */
const InspectRuntimePlugin *agent_plugin_file_load (const AgentRuntimeEntry *entry,
                                                    ChannelRefusal *ret_reason,
                                                    const char **ret_detail);

#endif
