/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/copies.h"

#include <string.h>

#include "agent/originals.h"
#include "agent/runtime.h"

/* ---- Where a runtime is ----------------------------------------------------------------------- */

static bool
has_marker (const AgentObject *object, const AgentRuntimeEntry *entry)
{
  for (uint32_t i = 0; i < entry->n_markers; i++)
    if (agent_object_lookup (object, entry->markers[i],
                             agent_object_hash_name (entry->markers[i])) != NULL)
      return true;
  return false;
}

/* Who waits for descriptors asks the kernel by one of these; the files of all others need not be read. */
static const char *const waits[] = { "epoll_ctl", "epoll_create1", "syscall" };

/* What is linked into an object it may keep to itself. */
static bool
may_keep (const AgentObject *object, bool is_program)
{
  return is_program || (!agent_object_is_off_limits (object) &&
                        agent_object_imports (object, waits, sizeof waits / sizeof *waits));
}

/* Each file is read once for each runtime, however often something is loaded; process-wide, and the oldest is
 * forgotten. */
static bool
has_inside (const AgentObject *object, bool is_program, const AgentRuntimeEntry *entry,
            uint32_t number)
{
  static struct
  {
    uint64_t object;
    uint32_t looked, has; /* a bit for each runtime */
    bool may_keep;
  } known[512];
  static uint32_t next;
  uint64_t fingerprint;
  uint32_t i = 0;

  if (entry->n_markers == 0)
    return false;
  fingerprint = agent_object_fingerprint (object);
  while (i < sizeof known / sizeof *known && known[i].object != 0 && known[i].object != fingerprint)
    i++;
  if (i == sizeof known / sizeof *known)
    i = next++ % (sizeof known / sizeof *known);
  if (known[i].object != fingerprint)
    {
      known[i].object = fingerprint;
      known[i].looked = known[i].has = 0;
      known[i].may_keep = may_keep (object, is_program);
    }
  if (known[i].may_keep && (known[i].looked >> number & 1) == 0)
    {
      known[i].looked |= 1u << number;
      known[i].has |= (uint32_t)agent_functions_has (object, entry->markers, entry->n_markers)
                      << number;
    }
  return (known[i].has >> number & 1) != 0;
}

_Static_assert(AGENT_MAX_RUNTIMES <= 32, "a bit for each");

static void
note (AgentCopies *copies, const AgentObject *object, bool is_program, bool is_bare)
{
  AgentCopy *copy = &copies->copies[copies->n];
  size_t length = strlen (object->name);

  if (copies->n == AGENT_MAX_COPIES || length >= sizeof copy->name)
    return;
  copy->object = *object;
  copy->is_program = is_program;
  copy->is_from_start = agent_objects_is_from_start (object);
  copy->is_bare = is_bare;
  copy->is_kept = false;
  copy->inside = NULL;
  memcpy (copy->name, object->name, length + 1);
  copy->object.name = copy->name;
  copies->n++;
}

void
agent_copies_find (AgentCopies *copies, const AgentObjects *objects, const AgentRuntimeEntry *entry,
                   uint32_t number, bool (*is_ours) (const AgentObject *))
{
  copies->n = 0;
  for (size_t i = 0; i < objects->n; i++)
    {
      const AgentObject *object = &objects->objects[i];
      bool is_program = agent_objects_is_program (objects, object);

      if (is_ours (object))
        continue;
      if (has_marker (object, entry))
        note (copies, object, is_program, false);
      else if (has_inside (object, is_program, entry, number))
        note (copies, object, is_program, true);
    }
}

/* ---- Which one is hooked ---------------------------------------------------------------------- */

/* False where the program has unloaded it meanwhile. */
static bool
pin (const AgentCopy *copy)
{
  return copy->is_program || copy->is_from_start ||
         agent_object_pin (copy->name, copy->object.dynamic);
}

/* A library that has the runtime linked into it calls it by slots, which are the runtime's as well, or by none. The
 * runtime's own library offers nothing else. */
static bool
is_kept (const AgentCopy *copy, const AgentRuntimeEntry *entry, const char *prefix)
{
  return !copy->is_program &&
         (copy->is_bare ||
          (prefix != NULL &&
           (agent_object_calls_own (&copy->object, entry->markers, entry->n_markers) ||
            agent_functions_offers_others (&copy->object, prefix))));
}

/* Of objects that stay; process-wide, for they are read once. */
static const AgentFunctions *
take_inside (const AgentCopy *copy, const char *prefix)
{
  static struct
  {
    uint64_t object;
    const char *prefix;
    AgentFunctions functions;
  } taken[2 * AGENT_MAX_COPIES];
  uint64_t fingerprint = agent_object_fingerprint (&copy->object);

  for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
    {
      if (taken[i].prefix == NULL)
        {
          if (!agent_functions_take (&copy->object, prefix, &taken[i].functions))
            return NULL;
          taken[i].object = fingerprint;
          taken[i].prefix = prefix;
        }
      if (taken[i].object == fingerprint && strcmp (taken[i].prefix, prefix) == 0)
        return &taken[i].functions;
    }
  return NULL;
}

static uint32_t
count_functions (const AgentCopy *copy, const InspectRuntimePlugin *plugin)
{
  uint32_t n = 0;

  for (uint32_t i = 0; i < plugin->n_hooks; i++)
    n += agent_originals_look_in (&copy->object, copy->inside, plugin->hooks[i].symbol,
                                  agent_object_hash_name (plugin->hooks[i].symbol)) != NULL;
  return n;
}

/* An interposer defines but a few; of two that are whole, that which is there for others is the one to take. Else the
 * first of equals, for that is the one that the global scope yields. */
const AgentCopy *
agent_copies_choose (AgentCopies *copies, const AgentRuntimeEntry *entry,
                     const InspectRuntimePlugin *plugin)
{
  const char *prefix = AGENT_PLUGIN_HAS (plugin, calls_end) ? plugin->prefix : NULL;
  const AgentCopy *best = NULL;
  uint32_t best_count = 0;

  for (uint32_t i = 0; i < copies->n; i++)
    {
      AgentCopy *copy = &copies->copies[i];
      uint32_t count;

      copy->is_kept = is_kept (copy, entry, prefix);
      if ((copy->is_kept || copy->is_program) && prefix != NULL && pin (copy))
        copy->inside = take_inside (copy, prefix);
      count = count_functions (copy, plugin) * (copy->is_kept ? 1 : 2);
      if (count > best_count)
        {
          best_count = count;
          best = copy;
        }
    }
  return best != NULL && pin (best) ? best : NULL;
}

const AgentCopy *
agent_copies_find_other (AgentCopies *copies, const AgentRuntimeEntry *entry,
                         const InspectRuntimePlugin *plugin, const AgentCopy *chosen)
{
  const char *prefix = AGENT_PLUGIN_HAS (plugin, calls_end) ? plugin->prefix : NULL;

  for (uint32_t i = 0; i < copies->n; i++)
    {
      AgentCopy *copy = &copies->copies[i];

      if (chosen != NULL && copy->object.dynamic == chosen->object.dynamic)
        continue;
      copy->is_kept = is_kept (copy, entry, prefix);
      if (copy->is_kept && (copy->is_bare || agent_object_calls_own (&copy->object, entry->markers,
                                                                     entry->n_markers)))
        return copy;
    }
  return NULL;
}

const AgentCopy *
agent_copies_find_called (const AgentCopies *copies, const InspectRuntimePlugin *plugin,
                          const AgentCopy *chosen, uintptr_t function)
{
  for (uint32_t i = 0; i < copies->n; i++)
    {
      const AgentCopy *copy = &copies->copies[i];

      if (copy->object.dynamic != chosen->object.dynamic &&
          agent_object_contains (&copy->object, function) &&
          2 * count_functions (copy, plugin) > count_functions (chosen, plugin))
        return copy;
    }
  return NULL;
}
