/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_RUNTIMES_H
#define AGENT_RUNTIMES_H

/* The runtimes that the inspector knows: which of them this process has, and their plugins. All
 * under the agent's lock, but where it says otherwise. */

#include "agent/configuration.h"
#include "agent/objects.h"
#include "agent/runtime-plugin.h"

void agent_runtimes_init (const AgentConfiguration *configuration);

/* Notes where the runtimes are that have no plugin yet. True where there is one to load. */
bool agent_runtimes_find (const AgentObjects *objects);
/* Loads the plugins of those that were found, which opens the channel, and adds their hooks. Calls
 * the loader; what dlerror() had to say is forgotten. @settle is lent to them. */
void agent_runtimes_load (void (*settle) (void));
/* Tells the inspector which runtimes are being watched, and which cannot be. */
void agent_runtimes_report (void);
/* The program got a replacement by another way than a slot. Any thread. */
void agent_runtimes_reach (uint32_t runtime);
/* After the hooks are off. Runtimes that are still there can be found again. */
void agent_runtimes_stop (void);

/* For a program that ran before (agent/runtime-plugin.h). */
void agent_runtimes_adopt (const InspectSite *site);
void agent_runtimes_give_back (const InspectSite *site);
/* Plugins may be given as descriptors of this process, for as long as an inspector attaches. */
void agent_runtimes_open_handover (void);
void agent_runtimes_close_handover (void);

/* A plugin: nothing in it is ever patched. */
bool agent_runtimes_owns (const AgentObject *object);
/* A plugin, or the agent. */
bool agent_runtimes_are_ours (const AgentObject *object);

#endif
