/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_HOOKS_H
#define AGENT_HOOKS_H

/* All hooked functions by name. A table is never changed once it is published: whoever adds hooks
 * makes the next one, so that readers need no lock. */

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct AgentHook
{
  const char *name;
  uint32_t hash;
  uint32_t runtime; /* index of the runtime, or AGENT_HOOK_OF_LOADER */
  void *replacement;
  void *original;
  const Elf64_Dyn *module; /* the object that @original is from */
  /* Another plugin's of the same function, which came first and is called by this one; in a table
   * of before. */
  const struct AgentHook *inner;
} AgentHook;

#define AGENT_HOOK_OF_LOADER UINT32_MAX

/* A function that is hooked already gets the new replacement in front of the one that it has; both
 * must replace the same original, and the loader's own functions are not shared. False without
 * memory: no hook was added then. Under the agent's lock. */
bool agent_hooks_add (const AgentHook *hooks, size_t n_hooks);
/* Any thread. */
const AgentHook *agent_hooks_find (const char *name);
/* Whether @value is the replacement of @hook or of one that it stands in front of. */
bool agent_hook_replaces_by (const AgentHook *hook, const void *value);
/* Takes all away. */
void agent_hooks_clear (void);
/* Grows with each change; 0 while there are none. */
uint32_t agent_hooks_get_generation (void);

#endif
