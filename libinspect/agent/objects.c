/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/objects.h"

#include <elf.h>
#include <string.h>

#include "agent/libraries.h"
#include "agent/memory.h"

extern unsigned long getauxval (unsigned long type) __attribute__ ((weak));

/* ---- The list -------------------------------------------------------------------------------- */

typedef struct
{
  AgentObjects list;
  void (*func) (const AgentObjects *objects, void *data);
  void *data;
  bool done;
} Visit;

static int
count_one (struct dl_phdr_info *info, size_t size, void *data)
{
  size_t *count = data;

  (*count)++;
  return 0;
}

static int
take_one (struct dl_phdr_info *info, size_t size, void *data)
{
  AgentObjects *list = data;

  if (list->n == list->capacity)
    return 1;
  if (agent_object_init (&list->objects[list->n], info))
    list->n++;
  return 0;
}

/* The lock is recursive, so that the calls inside of the first one find the list as it was. */
static int
visit_under_lock (struct dl_phdr_info *info, size_t size, void *data)
{
  Visit *visit = data;
  AgentObjects *list = &visit->list;

  if (size >= offsetof (struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs)
    {
      list->loads = info->dlpi_adds;
      list->unloads = info->dlpi_subs;
    }
  dl_iterate_phdr (count_one, &list->capacity);
  list->objects = agent_memory_reserve (list->capacity * sizeof *list->objects);
  if (list->objects == NULL)
    return 1;
  dl_iterate_phdr (take_one, list);
  visit->func (list, visit->data);
  agent_memory_release (list->objects, list->capacity * sizeof *list->objects);
  visit->done = true;
  return 1;
}

bool
agent_objects_with (void (*func) (const AgentObjects *objects, void *data), void *data)
{
  Visit visit = { .func = func, .data = data };

  dl_iterate_phdr (visit_under_lock, &visit);
  return visit.done;
}

static int
take_changes (struct dl_phdr_info *info, size_t size, void *data)
{
  if (size >= offsetof (struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs)
    *(uint64_t *)data = info->dlpi_adds + info->dlpi_subs;
  return 1;
}

uint64_t
agent_objects_count_changes (void)
{
  uint64_t changes = 0;

  dl_iterate_phdr (take_changes, &changes);
  return changes;
}

typedef struct
{
  const char *symbol;
  uint32_t hash;
  void *found;
} GlobalLookup;

static int
look_up_in_one (struct dl_phdr_info *info, size_t size, void *data)
{
  GlobalLookup *lookup = data;
  AgentObject object;

  if (agent_object_init (&object, info) && !agent_object_is_vdso (&object))
    lookup->found = agent_object_lookup (&object, lookup->symbol, lookup->hash);
  return lookup->found != NULL;
}

void *
agent_objects_lookup (const char *symbol)
{
  GlobalLookup lookup = { symbol, agent_object_hash_name (symbol), NULL };

  dl_iterate_phdr (look_up_in_one, &lookup);
  return lookup.found;
}

const AgentObject *
agent_objects_find_address (const AgentObjects *objects, const void *address)
{
  for (size_t i = 0; i < objects->n; i++)
    if (agent_object_contains (&objects->objects[i], (uintptr_t)address))
      return &objects->objects[i];
  return NULL;
}

/* ---- What is there from the start ------------------------------------------------------------ */

/* Process-wide, as the loader's list is. None of them is ever unloaded. */
static const Elf64_Dyn **from_start;
static size_t n_from_start;

static bool
is_needed_by_earlier (const AgentObjects *objects, size_t index)
{
  for (size_t i = 0; i < index; i++)
    if (agent_object_needs (&objects->objects[i], objects->objects[index].soname))
      return true;
  return false;
}

/* The loader lists what the program needs first, each after what needs it. So what comes from the
 * first on that nobody before it needs may have been loaded later; that those are fewer than there
 * are where something was preloaded does no harm. */
static size_t
count_from_start (const AgentObjects *objects)
{
  size_t n = 1;

  while (n < objects->n &&
         (agent_object_is_vdso (&objects->objects[n]) || is_needed_by_earlier (objects, n)))
    n++;
  return n;
}

void
agent_objects_mark_start (const AgentObjects *objects, bool is_late)
{
  size_t n = is_late ? count_from_start (objects) : objects->n;

  if (from_start != NULL)
    return;
  from_start = agent_memory_reserve (n * sizeof *from_start);
  if (from_start == NULL)
    return;
  for (size_t i = 0; i < n; i++)
    from_start[i] = objects->objects[i].dynamic;
  n_from_start = n;
}

bool
agent_objects_is_from_start (const AgentObject *object)
{
  for (size_t i = 0; i < n_from_start; i++)
    if (from_start[i] == object->dynamic)
      return true;
  return false;
}

/* ---- What is never touched ------------------------------------------------------------------- */

/* Prefixes of sonames. libc calls the loader for its own needs (NSS, iconv, unwinding), some of it
 * while it holds locks; the loader must not be changed under its own feet; and libinspect would
 * report itself. */
static const char *const off_limits[] = {
  "libc.so.", "libpthread.so.", "libdl.so.",        "librt.so.",      "libm.so.", "libresolv.so.",
  "libnss_",  "libutil.so.",    "libthread_db.so.", "libanl.so.",     "ld-linux", "ld.so.",
  "ld64.so.", "ld-musl-",       "libc.musl-",       "libinspect.so.",
};

static bool
has_prefix (const char *text, const char *prefix)
{
  return strncmp (text, prefix, strlen (prefix)) == 0;
}

bool
agent_object_is_vdso (const AgentObject *object)
{
  uintptr_t vdso = getauxval != NULL ? getauxval (AT_SYSINFO_EHDR) : 0;

  return vdso != 0 && agent_object_contains (object, vdso);
}

bool
agent_object_is_off_limits (const AgentObject *object)
{
  /* musl has no soname of its own. */
  const char *name = strrchr (object->name, '/');

  if (agent_object_is_vdso (object))
    return true;
  name = object->soname != NULL ? object->soname : name != NULL ? name + 1 : object->name;
  for (size_t i = 0; i < sizeof off_limits / sizeof *off_limits; i++)
    if (has_prefix (name, off_limits[i]))
      return true;
  return false;
}
