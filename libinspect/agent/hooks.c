/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/hooks.h"

#include <stddef.h>
#include <string.h>

#include "agent/memory.h"
#include "agent/object.h"

typedef struct Table Table;
struct Table
{
  Table *retired; /* the one that was published before this one */
  size_t bytes;
  uint32_t mask;
  uint32_t n;
  /* A bit for each two bytes with which a name begins: of the names in relocations, most are of C++
   * and long, and need not be hashed. */
  uint64_t beginnings[1024];
  AgentHook slots[]; /* open addressing; name is NULL in a free one; at most half are used */
};

/* Process-wide: what is patched is the process. */
static Table *table;
static Table *tables; /* all that there ever were */
static uint32_t generation; /* of what is published; atomic; 0: nothing */
static uint32_t generations;

static Table *
get_table (void)
{
  /* Pairs with the release in publish(). */
  return __atomic_load_n (&table, __ATOMIC_ACQUIRE);
}

/* The old table stays mapped, for a reader may be in it; there are few. */
static void
publish (Table *next)
{
  __atomic_store_n (&table, next, __ATOMIC_RELEASE);
  __atomic_store_n (&generation, next != NULL ? ++generations : 0, __ATOMIC_RELEASE);
}

/* A table of before that is the same: whoever attaches a thousand times makes no more than the first. */
static Table *
find_same (const Table *next)
{
  size_t offset = offsetof (Table, bytes);

  for (Table *other = tables; other != NULL; other = other->retired)
    if (other->bytes == next->bytes && memcmp ((const char *)other + offset,
                                               (const char *)next + offset,
                                               next->bytes - offset) == 0)
      return other;
  return NULL;
}

static inline uint32_t
get_beginning (const char *name)
{
  /* The second is the NUL at the latest. */
  return name[0] == '\0' ? 0 : (uint32_t)(uint8_t)name[0] << 8 | (uint8_t)name[1];
}

/* @inner: what the function had before, NULL for none; tables of before stay where they are. */
static void
insert (Table *into, const AgentHook *hook, const AgentHook *inner)
{
  uint32_t slot = hook->hash & into->mask, beginning = get_beginning (hook->name);

  while (into->slots[slot].name != NULL && strcmp (into->slots[slot].name, hook->name) != 0)
    slot = (slot + 1) & into->mask;
  if (into->slots[slot].name != NULL &&
      (inner == NULL || inner->original != hook->original ||
       inner->runtime == AGENT_HOOK_OF_LOADER || inner->replacement == hook->replacement))
    return;
  into->n += into->slots[slot].name == NULL;
  into->beginnings[beginning / 64] |= UINT64_C (1) << beginning % 64;
  into->slots[slot] = *hook;
  if (inner != NULL)
    into->slots[slot].inner = inner;
}

bool
agent_hooks_add (const AgentHook *hooks, size_t n_hooks)
{
  const Table *old = get_table ();
  size_t wanted = (n_hooks + (old != NULL ? old->n : 0)) * 2;
  uint32_t capacity = 64;
  Table *next, *same;
  size_t bytes;

  while (capacity < wanted)
    capacity *= 2;
  bytes = sizeof *next + capacity * sizeof *next->slots;
  next = agent_memory_reserve (bytes);
  if (next == NULL)
    return false;
  next->bytes = bytes;
  next->mask = capacity - 1;
  for (uint32_t i = 0; old != NULL && i <= old->mask; i++)
    if (old->slots[i].name != NULL)
      insert (next, &old->slots[i], NULL);
  for (size_t i = 0; i < n_hooks; i++)
    insert (next, &hooks[i], agent_hooks_find (hooks[i].name));
  same = find_same (next);
  if (same != NULL)
    agent_memory_release (next, bytes);
  else
    {
      next->retired = tables;
      tables = next;
    }
  publish (same != NULL ? same : next);
  return true;
}

const AgentHook *
agent_hooks_find (const char *name)
{
  const Table *hooks = get_table ();
  uint32_t beginning = get_beginning (name), hash;

  if (hooks == NULL || (hooks->beginnings[beginning / 64] >> beginning % 64 & 1) == 0)
    return NULL;
  hash = agent_object_hash_name (name);
  for (uint32_t slot = hash & hooks->mask; hooks->slots[slot].name != NULL;
       slot = (slot + 1) & hooks->mask)
    if (hooks->slots[slot].hash == hash && strcmp (hooks->slots[slot].name, name) == 0)
      return &hooks->slots[slot];
  return NULL;
}

bool
agent_hook_replaces_by (const AgentHook *hook, const void *value)
{
  for (; hook != NULL; hook = hook->inner)
    if (hook->replacement == value)
      return true;
  return false;
}

void
agent_hooks_clear (void)
{
  publish (NULL);
}

uint32_t
agent_hooks_get_generation (void)
{
  return __atomic_load_n (&generation, __ATOMIC_ACQUIRE);
}
