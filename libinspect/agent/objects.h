/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef AGENT_OBJECTS_H
#define AGENT_OBJECTS_H

/* All objects that are loaded, in the loader's order: the program, then what it was started with,
 * then what it loaded since. */

#include "agent/object.h"

typedef struct
{
  AgentObject *objects;
  size_t n;
  size_t capacity;
  uint64_t loads;   /* how many the loader has ever loaded */
  uint64_t unloads; /* and unloaded */
} AgentObjects;

/* Calls @func with all objects while none can be unloaded: it runs under the loader's lock for
 * dl_iterate_phdr(), which other threads hold but for a moment, and which C++ exceptions need. So
 * @func must be quick and must not call the loader. False without memory. */
bool agent_objects_with (void (*func) (const AgentObjects *objects, void *data), void *data);

/* How many objects the loader has ever loaded and unloaded, added up. */
uint64_t agent_objects_count_changes (void);

/* The first definition in that order, as dlsym (RTLD_DEFAULT) has it, but for objects that were
 * loaded with a scope of their own; NULL for none. Any thread. */
void *agent_objects_lookup (const char *symbol);

const AgentObject *agent_objects_find_address (const AgentObjects *objects, const void *address);

/* The program itself: the loader lists it first. */
static inline bool
agent_objects_is_program (const AgentObjects *objects, const AgentObject *object)
{
  return object == objects->objects;
}

/* Remembers which objects the process was started with: those of the loader's global scope. Called
 * once; @is_late: the program runs already, and may have loaded more. */
void agent_objects_mark_start (const AgentObjects *objects, bool is_late);
bool agent_objects_is_from_start (const AgentObject *object);

/* The kernel's; the loader lists it early, and binds nobody to it. */
bool agent_object_is_vdso (const AgentObject *object);
/* libc and its parts, the loader, libinspect, the vdso: never patched. */
bool agent_object_is_off_limits (const AgentObject *object);

#endif
