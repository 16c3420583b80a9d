/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_RUNTIME_H
#define AGENT_RUNTIME_H

/* One runtime that the inspector knows, and what there is of it in this process. */

#include "agent/configuration.h"
#include "agent/copies.h"
#include "agent/originals.h"
#include "agent/runtime-plugin.h"

typedef enum
{
  AGENT_RUNTIME_ABSENT,
  AGENT_RUNTIME_FOUND,
  AGENT_RUNTIME_ACTIVE,
  AGENT_RUNTIME_OUT, /* it will not be tried again */
} AgentRuntimeState;

typedef struct
{
  const AgentRuntimeEntry *entry;
  AgentRuntimeState state;
  AgentCopies copies;
  bool is_imported;        /* its functions are used, wherever they are */
  const AgentCopy *hooked; /* of @copies; NULL where it is known by its use alone */
  const InspectRuntimePlugin *plugin;
  AgentOriginals originals;
  InspectAgent lent;
  uint32_t is_reported; /* atomic */
  const Elf64_Dyn
      *untold[AGENT_MAX_COPIES]; /* copies of which it was said that nothing is told of them */
  uint32_t n_untold;
  bool is_led; /* calls that need no slot lead to the plugin */
} AgentRuntime;

/* What a plugin of today has and an older one of the same ABI need not have. */
#define AGENT_PLUGIN_HAS(plugin, member)                                                           \
  ((plugin)->size >= offsetof (InspectRuntimePlugin, member) + sizeof (plugin)->member &&          \
   (plugin)->member != NULL)

#endif
