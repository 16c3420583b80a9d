/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_COPIES_H
#define AGENT_COPIES_H

/* The objects that have a runtime in them: its own library, the program, or another library that it is linked into.
 * One of them is hooked, for a plugin has one original of each function. All under the agent's lock. */

#include "agent/configuration.h"
#include "agent/functions.h"
#include "agent/objects.h"
#include "agent/runtime-plugin.h"

#define AGENT_MAX_COPIES 4u
#define AGENT_COPY_MAX_PATH 4096u

/* Its name is a copy: until it is pinned, the program may unload it. */
typedef struct
{
  AgentObject object;
  bool is_program;
  bool is_from_start;
  bool
      is_bare; /* it has the runtime's functions by its full symbol table alone: nobody has a slot for them */
  bool
      is_kept; /* a library with the runtime inside: its own calls of it come by no slot that counts */
  const AgentFunctions
      *inside; /* those that are linked into it; NULL: it is the runtime's own library */
  char name[AGENT_COPY_MAX_PATH];
} AgentCopy;

typedef struct
{
  AgentCopy copies[AGENT_MAX_COPIES];
  uint32_t n;
} AgentCopies;

/* Finds those that have a marker of @entry, the runtime of that @number, among all objects but those that are
 * @is_ours. */
void agent_copies_find (AgentCopies *copies, const AgentObjects *objects,
                        const AgentRuntimeEntry *entry, uint32_t number,
                        bool (*is_ours) (const AgentObject *));

/* The one that has most of the functions of @plugin, and stays from then on; NULL: none has any, or the program has
 * unloaded it meanwhile. Calls the loader. */
const AgentCopy *agent_copies_choose (AgentCopies *copies, const AgentRuntimeEntry *entry,
                                      const InspectRuntimePlugin *plugin);
/* Another one than @chosen, of a library that has the runtime inside and uses it. NULL: there is none. */
const AgentCopy *agent_copies_find_other (AgentCopies *copies, const AgentRuntimeEntry *entry,
                                          const InspectRuntimePlugin *plugin,
                                          const AgentCopy *chosen);
/* Another one than @chosen that is as whole and has the code at @function, which somebody calls. NULL: there is none;
 * it is an interposer's, which has but a few. */
const AgentCopy *agent_copies_find_called (const AgentCopies *copies,
                                           const InspectRuntimePlugin *plugin,
                                           const AgentCopy *chosen, uintptr_t function);

static inline const AgentFunctions *
agent_copy_get_inside (const AgentCopy *copy)
{
  return copy != NULL ? copy->inside : NULL;
}

#endif
