/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/originals.h"

#include <string.h>

#include "agent/hooks.h"
#include "agent/libraries.h"
#include "agent/memory.h"

#define MAX_MODULES 64u
#define MAX_PATH 4096u

typedef enum
{
  ORIGINAL_MISSING,
  ORIGINAL_FOUND, /* until it is bound, its object may be unloaded */
  ORIGINAL_BOUND,
  ORIGINAL_HOOKED,
  ORIGINAL_REFUSED, /* the function is called as it is */
} OriginalState;

struct AgentOriginal
{
  uint32_t hash;
  uint32_t module; /* index, from ORIGINAL_FOUND on */
  OriginalState state;
  void *address;
};

/* An object in which originals are. Its name is copied: until it is pinned, the program may unload
 * it. */
typedef struct
{
  const Elf64_Dyn *dynamic; /* NULL: free */
  bool is_pinned;
  bool is_lasting; /* the program, or what it was started with */
} Module;

/* Process-wide, as the loader's list of objects is. Names lie apart, so that the pages of those
 * that are not needed are never touched. */
static Module modules[MAX_MODULES];
static char module_names[MAX_MODULES][MAX_PATH];

/* ---- Objects that hold originals ------------------------------------------------------------- */

static bool
note_module (const AgentObjects *objects, const AgentObject *object, uint32_t *ret_index)
{
  Module *free_one = NULL;
  size_t length = strlen (object->name);

  for (uint32_t i = 0; i < MAX_MODULES; i++)
    {
      if (modules[i].dynamic == object->dynamic)
        {
          *ret_index = i;
          return true;
        }
      if (modules[i].dynamic == NULL && free_one == NULL)
        free_one = &modules[i];
    }
  if (free_one == NULL || length >= MAX_PATH)
    return false;
  free_one->dynamic = object->dynamic;
  free_one->is_lasting =
      agent_objects_is_program (objects, object) || agent_objects_is_from_start (object);
  *ret_index = (uint32_t)(free_one - modules);
  memcpy (module_names[*ret_index], object->name, length + 1);
  return true;
}

void
agent_originals_forget_finds (void)
{
  for (uint32_t i = 0; i < MAX_MODULES; i++)
    if (!modules[i].is_pinned)
      modules[i].dynamic = NULL;
}

bool
agent_object_pin (const char *name, const Elf64_Dyn *dynamic)
{
  struct link_map *map;

  if (dlopen == NULL)
    return false;
  map = dlopen (name, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
  if (map == NULL)
    {
      if (dlerror != NULL)
        dlerror ();
      return false;
    }
  /* A handle is the link map with glibc and musl alike. It may be another file of that name. */
  return map->l_ld == dynamic;
}

/* The originals must stay callable for good. False where the program has unloaded it meanwhile. */
static bool
pin (Module *module)
{
  if (!module->is_pinned && module->dynamic != NULL)
    module->is_pinned =
        module->is_lasting || agent_object_pin (module_names[module - modules], module->dynamic);
  return module->is_pinned;
}

/* ---- Search ---------------------------------------------------------------------------------- */

bool
agent_originals_init (AgentOriginals *originals, const InspectRuntimePlugin *plugin,
                      uint32_t runtime, const AgentFunctions *inside)
{
  if (originals->originals == NULL)
    originals->originals =
        agent_memory_reserve ((plugin->n_hooks + 1) * sizeof *originals->originals);
  if (originals->originals == NULL)
    return false;
  originals->plugin = plugin;
  originals->runtime = runtime;
  originals->inside = inside;
  originals->n_missing = plugin->n_hooks;
  originals->searched_loads = 0;
  for (uint32_t i = 0; i < plugin->n_hooks; i++)
    originals->originals[i] =
        (AgentOriginal){ .hash = agent_object_hash_name (plugin->hooks[i].symbol) };
  return true;
}

void *
agent_originals_look_in (const AgentObject *object, const AgentFunctions *inside,
                         const char *symbol, uint32_t hash)
{
  void *address = agent_object_lookup (object, symbol, hash);
  const AgentFunction *function;

  if (address != NULL || inside == NULL)
    return address;
  function = agent_functions_find (inside, symbol, hash);
  return function != NULL ? (void *)function->address : NULL;
}

static bool
find_in (AgentOriginal *original, const char *symbol, const AgentObjects *objects,
         const AgentObject *object, const AgentFunctions *inside)
{
  void *address = agent_originals_look_in (object, inside, symbol, original->hash);

  if (address == NULL || !note_module (objects, object, &original->module))
    return false;
  original->address = address;
  original->state = ORIGINAL_FOUND;
  return true;
}

static bool
find_original (AgentOriginal *original, const char *symbol, const AgentObjects *objects,
               const AgentObject *preferred, const AgentFunctions *inside)
{
  if (preferred != NULL && find_in (original, symbol, objects, preferred, inside))
    return true;
  for (size_t i = 0; i < objects->n; i++)
    if (!agent_object_is_vdso (&objects->objects[i]) &&
        find_in (original, symbol, objects, &objects->objects[i], NULL))
      return true;
  return false;
}

bool
agent_originals_search (AgentOriginals *originals, const AgentObjects *objects,
                        const Elf64_Dyn *preferred)
{
  const AgentObject *object = NULL;
  bool found = false;

  if (originals->n_missing == 0 || originals->searched_loads == objects->loads)
    return false;
  for (size_t i = 0; preferred != NULL && i < objects->n; i++)
    if (objects->objects[i].dynamic == preferred)
      object = &objects->objects[i];
  for (uint32_t i = 0; i < originals->plugin->n_hooks; i++)
    {
      AgentOriginal *original = &originals->originals[i];

      if (original->state == ORIGINAL_FOUND)
        original->state = ORIGINAL_MISSING;
      if (original->state == ORIGINAL_MISSING)
        found |= find_original (original, originals->plugin->hooks[i].symbol, objects, object,
                                originals->inside);
    }
  /* What is found has to be bound, else it is searched for again. */
  if (!found)
    originals->searched_loads = objects->loads;
  return found;
}

/* ---- Binding --------------------------------------------------------------------------------- */

/* A function that another plugin hooks is called through that one's replacement, if both mean the
 * same function. The loader's are the agent's own. */
static void
bind_one (AgentOriginal *original, const InspectHook *hook)
{
  const AgentHook *other = agent_hooks_find (hook->symbol);

  original->state = ORIGINAL_BOUND;
  if (other != NULL &&
      (other->runtime == AGENT_HOOK_OF_LOADER || other->original != original->address))
    original->state = ORIGINAL_REFUSED;
  __atomic_store_n (hook->original,
                    other != NULL && original->state == ORIGINAL_BOUND ? other->replacement
                                                                       : original->address,
                    __ATOMIC_RELEASE);
}

uint32_t
agent_originals_bind (AgentOriginals *originals)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < originals->plugin->n_hooks; i++)
    {
      AgentOriginal *original = &originals->originals[i];

      if (original->state != ORIGINAL_FOUND)
        continue;
      if (!pin (&modules[original->module]))
        {
          original->state = ORIGINAL_MISSING;
          continue;
        }
      bind_one (original, &originals->plugin->hooks[i]);
      originals->n_missing--;
      n++;
    }
  return n;
}

bool
agent_originals_add_hooks (AgentOriginals *originals)
{
  const InspectRuntimePlugin *plugin = originals->plugin;
  size_t bytes = (plugin->n_hooks + 1) * sizeof (AgentHook);
  AgentHook *hooks = agent_memory_reserve (bytes);
  size_t n = 0;
  bool added;

  if (hooks == NULL)
    return false;
  for (uint32_t i = 0; i < plugin->n_hooks; i++)
    {
      AgentOriginal *original = &originals->originals[i];

      if (original->state != ORIGINAL_BOUND)
        continue;
      hooks[n++] = (AgentHook){ .name = plugin->hooks[i].symbol,
                                .hash = original->hash,
                                .runtime = originals->runtime,
                                .replacement = plugin->hooks[i].replacement,
                                .original = original->address,
                                .module = modules[original->module].dynamic };
      original->state = ORIGINAL_HOOKED;
    }
  added = n == 0 || agent_hooks_add (hooks, n);
  agent_memory_release (hooks, bytes);
  return added;
}
