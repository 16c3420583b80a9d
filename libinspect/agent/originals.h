/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_ORIGINALS_H
#define AGENT_ORIGINALS_H

/* Where the functions are that one plugin hooks: in the object that its runtime is known by, or
 * else where the process has the first definition of that name, which may be loaded later. All
 * under the agent's lock. */

#include "agent/objects.h"
#include "agent/functions.h"
#include "agent/runtime-plugin.h"

typedef struct AgentOriginal AgentOriginal;

typedef struct
{
  const InspectRuntimePlugin *plugin;
  uint32_t runtime;             /* its number */
  const AgentFunctions *inside; /* those of the object that is preferred; or NULL */
  AgentOriginal *originals;     /* one for each hook of the plugin */
  uint32_t n_missing;           /* that are not defined anywhere yet */
  uint64_t searched_loads;      /* AgentObjects.loads at the last search */
} AgentOriginals;

/* Forgets what was found. Originals that were set before stay as they are until they are set again:
 * the program may hold replacements from then. False without memory. */
bool agent_originals_init (AgentOriginals *originals, const InspectRuntimePlugin *plugin,
                           uint32_t runtime, const AgentFunctions *inside);

/* A function of @object, by its dynamic symbols or, where it is the program, by @inside (or NULL). */
void *agent_originals_look_in (const AgentObject *object, const AgentFunctions *inside,
                               const char *symbol, uint32_t hash);

/* Finds the functions that are missing yet, first in the object @preferred (NULL: none). True where
 * there is something for agent_originals_bind(). */
bool agent_originals_search (AgentOriginals *originals, const AgentObjects *objects,
                             const Elf64_Dyn *preferred);
/* Forgets the finds that were not bound, of all plugins; before a round of searches. */
void agent_originals_forget_finds (void);

/* Keeps the objects in which functions were found from being unloaded, and sets the plugin's
 * originals; calls the loader. Returns: how many */
uint32_t agent_originals_bind (AgentOriginals *originals);
/* Adds the hooks of what was bound. False without memory. */
bool agent_originals_add_hooks (AgentOriginals *originals);

/* Name of the object that the first of the originals is in; "" where none is bound. */
const char *agent_originals_get_object_name (const AgentOriginals *originals);

/* Whether the object of that name and dynamic section is there and stays. Calls the loader. */
bool agent_object_pin (const char *name, const Elf64_Dyn *dynamic);

#endif
