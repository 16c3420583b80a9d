/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/runtimes.h"

#include <assert.h>
#include <errno.h>
#include <link.h>
#include <string.h>

#include "agent/inside.h"
#include "agent/libraries.h"
#include "agent/memory.h"
#include "agent/originals.h"
#include "agent/patch.h"
#include "agent/program.h"
#include "agent/runtime-plugin.h"
#include "agent/stack.h"
#include "emit/sys.h"

#define MAX_COPIES 4u
#define MAX_PATH 4096u
#define MAX_HOOKS 4096u

typedef enum
{
  RUNTIME_ABSENT,
  RUNTIME_FOUND,
  RUNTIME_ACTIVE,
  RUNTIME_OUT, /* it will not be tried again */
} RuntimeState;

/* An object that has one of the runtime's markers. Its name is a copy: until it is pinned, the
 * program may unload it. */
typedef struct
{
  AgentObject object;
  bool is_program;
  bool is_from_start;
  char name[MAX_PATH];
} Copy;

typedef struct
{
  const AgentRuntimeEntry *entry;
  RuntimeState state;
  Copy copies[MAX_COPIES];
  uint32_t n_copies;
  bool is_imported;             /* its functions are used, wherever they are */
  const Copy *hooked;           /* NULL where it is known by its use alone */
  AgentProgramFunctions inside; /* its functions in the program, where @hooked is that */
  bool is_looked_for_inside;
  bool is_inside; /* the program has it, by its full symbol table alone */
  const InspectRuntimePlugin *plugin;
  AgentOriginals originals;
  InspectAgent lent;
  uint32_t is_reported; /* atomic */
  bool is_unreachable;
  bool is_led; /* the program's own calls lead to the plugin */
} Runtime;

/* Process-wide, as the loader's list of objects is. */
static Runtime runtimes[AGENT_MAX_RUNTIMES];
static uint32_t n_runtimes;
static bool is_handover_closed;
static bool is_late; /* an inspector attaches at this moment */

/* ---- What is lent to a plugin ---------------------------------------------------------------- */

/* The plugin's lookup has no argument for its own runtime, so that there is one for each. */
static void *
look_up (uint32_t runtime, const char *symbol)
{
  const Copy *hooked = runtimes[runtime].hooked;

  if (hooked == NULL)
    return agent_objects_lookup (symbol);
  return agent_originals_look_in (&hooked->object, &runtimes[runtime].inside, symbol,
                                  agent_object_hash_name (symbol));
}

#define LOOKUP(number)                                                                             \
  static void *look_up_##number (const char *symbol) { return look_up (number, symbol); }
LOOKUP (0)
LOOKUP (1)
LOOKUP (2)
LOOKUP (3)
LOOKUP (4)
LOOKUP (5)
LOOKUP (6)
LOOKUP (7)
LOOKUP (8)
LOOKUP (9)
LOOKUP (10)
LOOKUP (11)
LOOKUP (12)
LOOKUP (13)
LOOKUP (14)
LOOKUP (15)

static void *(*const lookups[]) (const char *symbol) = {
  look_up_0, look_up_1, look_up_2,  look_up_3,  look_up_4,  look_up_5,  look_up_6,  look_up_7,
  look_up_8, look_up_9, look_up_10, look_up_11, look_up_12, look_up_13, look_up_14, look_up_15,
};
static_assert (sizeof lookups / sizeof *lookups == AGENT_MAX_RUNTIMES, "one for each runtime");

/* The same for what is asked. */
static const void *
ask (uint32_t runtime, size_t *ret_size)
{
  const void *bytes = NULL;

  *ret_size = 0;
  if (emit_process_ask == NULL)
    return NULL;
  return emit_process_ask (runtimes[runtime].entry->id, &bytes, ret_size) ? bytes : NULL;
}

#define ASK(number)                                                                                \
  static const void *ask_##number (size_t *ret_size) { return ask (number, ret_size); }
ASK (0)
ASK (1)
ASK (2)
ASK (3)
ASK (4)
ASK (5)
ASK (6)
ASK (7)
ASK (8)
ASK (9)
ASK (10)
ASK (11)
ASK (12)
ASK (13)
ASK (14)
ASK (15)

static const void *(*const asks[]) (size_t *ret_size) = {
  ask_0, ask_1, ask_2,  ask_3,  ask_4,  ask_5,  ask_6,  ask_7,
  ask_8, ask_9, ask_10, ask_11, ask_12, ask_13, ask_14, ask_15,
};
static_assert (sizeof asks / sizeof *asks == AGENT_MAX_RUNTIMES, "one for each runtime");

typedef struct
{
  const InspectSwap *swaps;
  size_t n;
  size_t n_changed;
} Swapping;

static bool is_ours (const AgentObject *object);

static void
swap_in_objects (const AgentObjects *objects, void *data)
{
  Swapping *swapping = data;

  for (size_t i = 0; i < objects->n; i++)
    if (!is_ours (&objects->objects[i]) && !agent_object_is_off_limits (&objects->objects[i]))
      swapping->n_changed +=
          agent_patch_swap (&objects->objects[i], swapping->swaps, swapping->n);
}

static size_t
swap (const InspectSwap *swaps, size_t n)
{
  Swapping swapping = { swaps, n, 0 };

  agent_objects_with (swap_in_objects, &swapping);
  return swapping.n_changed;
}

/* ---- Finding --------------------------------------------------------------------------------- */

void
agent_runtimes_init (const AgentConfiguration *configuration)
{
  for (n_runtimes = 0; n_runtimes < configuration->n_runtimes; n_runtimes++)
    runtimes[n_runtimes].entry = &configuration->runtimes[n_runtimes];
}

static bool
has_marker (const AgentObject *object, const AgentRuntimeEntry *entry)
{
  for (uint32_t i = 0; i < entry->n_markers; i++)
    if (agent_object_lookup (object, entry->markers[i],
                             agent_object_hash_name (entry->markers[i])) != NULL)
      return true;
  return false;
}

/* A program keeps what is linked into it to itself. */
static bool
has_inside (Runtime *runtime, const AgentObject *program)
{
  if (!runtime->is_looked_for_inside && runtime->entry->n_markers > 0)
    runtime->is_inside =
        agent_program_has (program, runtime->entry->markers, runtime->entry->n_markers);
  runtime->is_looked_for_inside = true;
  return runtime->is_inside;
}

static void
note_copy (Runtime *runtime, const AgentObjects *objects, const AgentObject *object)
{
  Copy *copy = &runtime->copies[runtime->n_copies];
  size_t length = strlen (object->name);

  if (runtime->n_copies == MAX_COPIES || length >= sizeof copy->name)
    return;
  copy->object = *object;
  copy->is_program = agent_objects_is_program (objects, object);
  copy->is_from_start = agent_objects_is_from_start (object);
  memcpy (copy->name, object->name, length + 1);
  copy->object.name = copy->name;
  runtime->n_copies++;
}

static bool
is_ours (const AgentObject *object)
{
  return agent_object_contains (object, (uintptr_t)runtimes) || agent_runtimes_owns (object);
}

/* libc has to do with threads in any program; what counts is whether others have. */
static bool
uses_imports (const AgentObject *object, const AgentRuntimeEntry *entry)
{
  return entry->n_imports > 0 && !agent_object_is_off_limits (object) &&
         agent_object_imports (object, entry->imports, entry->n_imports);
}

static bool
find_absent (Runtime *runtime, const AgentObjects *objects)
{
  runtime->n_copies = 0;
  runtime->is_imported = false;
  for (size_t k = 0; k < objects->n; k++)
    {
      const AgentObject *object = &objects->objects[k];

      if (is_ours (object))
        continue;
      if (has_marker (object, runtime->entry) ||
          (agent_objects_is_program (objects, object) && has_inside (runtime, object)))
        note_copy (runtime, objects, object);
      if (!runtime->is_imported)
        runtime->is_imported = uses_imports (object, runtime->entry);
    }
  runtime->state = runtime->n_copies > 0 || runtime->is_imported ? RUNTIME_FOUND : RUNTIME_ABSENT;
  return runtime->state == RUNTIME_FOUND;
}

static const Elf64_Dyn *
get_preferred (const Runtime *runtime)
{
  return runtime->hooked != NULL ? runtime->hooked->object.dynamic : NULL;
}

bool
agent_runtimes_find (const AgentObjects *objects)
{
  bool found = false;

  agent_originals_forget_finds ();
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      Runtime *runtime = &runtimes[i];

      if (runtime->state == RUNTIME_ABSENT || runtime->state == RUNTIME_FOUND)
        found |= find_absent (runtime, objects);
      else if (runtime->state == RUNTIME_ACTIVE)
        found |= agent_originals_search (&runtime->originals, objects, get_preferred (runtime));
    }
  return found;
}

/* ---- Loading --------------------------------------------------------------------------------- */

static void
refuse (Runtime *runtime, ChannelRefusal reason, const char *detail)
{
  runtime->state = RUNTIME_OUT;
  emit_process_refuse (reason, runtime->entry->id, detail != NULL ? detail : runtime->entry->path);
}

static const char *
take_loader_error (void)
{
  return dlerror != NULL ? dlerror () : NULL;
}

static bool
is_sound (const InspectRuntimePlugin *plugin, const char *id)
{
  return plugin->id != NULL && strcmp (plugin->id, id) == 0 && plugin->start != NULL &&
         (plugin->hooks != NULL || plugin->n_hooks == 0) && plugin->n_hooks <= MAX_HOOKS;
}

/* A path that leads to a descriptor is good for as long as an inspector attaches. */
static bool
is_handed_over (const Runtime *runtime)
{
  return strncmp (runtime->entry->path, "/proc/self/fd/", strlen ("/proc/self/fd/")) == 0;
}

static bool
load_plugin (Runtime *runtime)
{
  void *(*open) (const char *, int) = dlopen != NULL ? dlopen : __libc_dlopen_mode;
  void *(*find) (void *, const char *) = dlsym != NULL ? dlsym : __libc_dlsym;
  const InspectRuntimePlugin *plugin = NULL;
  void *handle = NULL;

  if (runtime->plugin != NULL)
    return true;
  if (is_handover_closed && is_handed_over (runtime))
    {
      refuse (runtime, CHANNEL_REFUSED_PLUGIN, "it came after the inspector had attached");
      return false;
    }
  if (open != NULL && find != NULL)
    handle = open (runtime->entry->path, RTLD_NOW | RTLD_LOCAL);
  if (handle != NULL)
    plugin = find (handle, INSPECT_RUNTIME_PLUGIN_SYMBOL);
  if (plugin == NULL)
    {
      refuse (runtime, CHANNEL_REFUSED_PLUGIN, take_loader_error ());
      return false;
    }
  /* The ABI first: it says whether the rest means what we think. */
  if (plugin->size < offsetof (InspectRuntimePlugin, id) || plugin->abi != INSPECT_RUNTIME_ABI ||
      plugin->size < INSPECT_RUNTIME_PLUGIN_SIZE)
    {
      refuse (runtime, CHANNEL_REFUSED_ABI, runtime->entry->path);
      return false;
    }
  if (!is_sound (plugin, runtime->entry->id))
    {
      refuse (runtime, CHANNEL_REFUSED_PLUGIN, runtime->entry->path);
      return false;
    }
  runtime->plugin = plugin;
  return true;
}

/* What a plugin of today has and an older one of the same ABI need not have. */
#define HAS(plugin, member)                                                                        \
  ((plugin)->size >= offsetof (InspectRuntimePlugin, member) + sizeof (plugin)->member &&          \
   (plugin)->member != NULL)

static void
take_inside (Runtime *runtime)
{
  if (runtime->inside.n > 0 || !HAS (runtime->plugin, calls_end))
    return;
  for (uint32_t i = 0; i < runtime->n_copies; i++)
    if (runtime->copies[i].is_program)
      agent_program_take (&runtime->copies[i].object, runtime->plugin->prefix, &runtime->inside);
}

static const AgentProgramFunctions *
get_inside (const Runtime *runtime, const Copy *copy)
{
  return copy != NULL && copy->is_program ? &runtime->inside : NULL;
}

/* A library that has the runtime linked into it has slots for the functions that a program calls of it, which the
 * runtime itself does not. They are the runtime's as well: its calls of itself go the same way. */
static bool
is_kept_inside (const Runtime *runtime, const Copy *copy)
{
  return !copy->is_program && HAS (runtime->plugin, prefix) &&
         agent_object_calls_own (&copy->object, runtime->entry->markers,
                                 runtime->entry->n_markers);
}

/* Once each time that somebody looks. */
static void
tell_kept_inside (Runtime *runtime, const Copy *copy)
{
  if (!runtime->is_unreachable)
    emit_process_refuse (CHANNEL_REFUSED_UNREACHABLE, runtime->entry->id, copy->name);
  runtime->is_unreachable = true;
}

/* The copy that has most of the functions: an interposer defines but a few. The first of equals,
 * for that is the one that the global scope yields. */
static void
choose_copy (Runtime *runtime)
{
  uint32_t best = 0;

  runtime->hooked = NULL;
  for (uint32_t i = 0; i < runtime->n_copies; i++)
    {
      uint32_t count = 0;

      if (is_kept_inside (runtime, &runtime->copies[i]))
        {
          tell_kept_inside (runtime, &runtime->copies[i]);
          continue;
        }
      for (uint32_t k = 0; k < runtime->plugin->n_hooks; k++)
        {
          const char *symbol = runtime->plugin->hooks[k].symbol;

          count += agent_originals_look_in (&runtime->copies[i].object,
                                            get_inside (runtime, &runtime->copies[i]), symbol,
                                            agent_object_hash_name (symbol)) != NULL;
        }
      if (count > best)
        {
          best = count;
          runtime->hooked = &runtime->copies[i];
        }
    }
}

/* False where the program has unloaded it meanwhile. */
static bool
pin_copy (const Copy *copy)
{
  return copy->is_program || copy->is_from_start ||
         agent_object_pin (copy->name, copy->object.dynamic);
}

static void
search_originals (const AgentObjects *objects, void *data)
{
  Runtime *runtime = data;

  agent_originals_search (&runtime->originals, objects, get_preferred (runtime));
}

/* False where the process has none of them, or has no memory. */
static bool
find_originals (Runtime *runtime)
{
  return agent_originals_init (&runtime->originals, runtime->plugin, (uint32_t)(runtime - runtimes),
                               get_inside (runtime, runtime->hooked)) &&
         agent_objects_with (search_originals, runtime) &&
         (agent_originals_bind (&runtime->originals) > 0 || runtime->plugin->n_hooks == 0);
}

/* Where the runtime is linked into the program, its callers have no slot. */
static void
lead_inside (Runtime *runtime)
{
  const Copy *hooked = runtime->hooked;

  if (hooked == NULL || !hooked->is_program || runtime->inside.n == 0 ||
      !agent_inside_prepare (&hooked->object, runtime->plugin, &runtime->inside))
    return;
  if (is_late)
    agent_inside_ask (AGENT_INSIDE_INSTALL);
  runtime->is_led = is_late || agent_inside_install ();
}

static void
activate (Runtime *runtime, void (*settle) (void))
{
  const InspectRuntimePlugin *plugin = runtime->plugin;
  int status;

  runtime->lent = (InspectAgent){
    .size = sizeof runtime->lent,
    .payload = emit_process_option ("payload", 0) == 1,
    .lookup = lookups[runtime - runtimes],
    .reserve = agent_memory_reserve,
    .count_skipped = emit_count_skipped,
    .settle = settle,
    .lookup_global = agent_objects_lookup,
    .stack = agent_stack_take,
    .ask = asks[runtime - runtimes],
    .swap = swap,
  };
  status = plugin->start (&runtime->lent);
  if (status < 0)
    {
      refuse (runtime, CHANNEL_REFUSED_PLUGIN, runtime->entry->path);
      return;
    }
  if (status == 0 && !agent_originals_add_hooks (&runtime->originals))
    {
      if (plugin->stop != NULL)
        plugin->stop ();
      refuse (runtime, CHANNEL_REFUSED_MEMORY, NULL);
      return;
    }
  runtime->state = RUNTIME_ACTIVE;
  lead_inside (runtime);
}

static void
load_one (Runtime *runtime, void (*settle) (void))
{
  if (!load_plugin (runtime))
    return;
  take_inside (runtime);
  choose_copy (runtime);
  runtime->state = RUNTIME_ABSENT;
  if (runtime->hooked == NULL ? !runtime->is_imported : !pin_copy (runtime->hooked))
    return;
  if (!find_originals (runtime))
    return;
  /* Without a channel no plugin runs; the inspector was told why. */
  if (emit_process_start () < 0)
    runtime->state = RUNTIME_OUT;
  else
    activate (runtime, settle);
}

/* The rest of a runtime that consists of several libraries. */
static void
load_late (Runtime *runtime)
{
  if (agent_originals_bind (&runtime->originals) > 0)
    agent_originals_add_hooks (&runtime->originals);
}

void
agent_runtimes_load (void (*settle) (void))
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      if (runtimes[i].state == RUNTIME_FOUND)
        load_one (&runtimes[i], settle);
      else if (runtimes[i].state == RUNTIME_ACTIVE)
        load_late (&runtimes[i]);
    }
}

void
agent_runtimes_adopt (const InspectSite *site)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    if (runtimes[i].state == RUNTIME_ACTIVE && HAS (runtimes[i].plugin, adopt))
      runtimes[i].plugin->adopt (site);
}

void
agent_runtimes_give_back (const InspectSite *site)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    if (runtimes[i].state == RUNTIME_ACTIVE && HAS (runtimes[i].plugin, give_back))
      runtimes[i].plugin->give_back (site);
}

/* ---- Those that were handed over ------------------------------------------------------------- */

void
agent_runtimes_close_handover (void)
{
  is_handover_closed = true;
  is_late = false;
}

void
agent_runtimes_open_handover (void)
{
  is_handover_closed = false;
  is_late = true;
  /* What failed for want of a channel, or came too late, is tried again. */
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      if (runtimes[i].state == RUNTIME_OUT)
        runtimes[i].state = RUNTIME_ABSENT;
      runtimes[i].is_unreachable = false;
    }
}

void
agent_runtimes_stop (void)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      Runtime *runtime = &runtimes[i];

      if (runtime->state != RUNTIME_ACTIVE)
        continue;
      if (runtime->plugin->stop != NULL)
        runtime->plugin->stop ();
      runtime->state = RUNTIME_ABSENT;
      runtime->is_reported = 0;
      runtime->is_unreachable = false;
      if (runtime->is_led)
        agent_inside_ask (AGENT_INSIDE_REMOVE);
      runtime->is_led = false;
    }
}

bool
agent_runtimes_owns (const AgentObject *object)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    if (runtimes[i].plugin != NULL && agent_object_contains (object, (uintptr_t)runtimes[i].plugin))
      return true;
  return false;
}

/* ---- Reports --------------------------------------------------------------------------------- */

/* The program itself has no name in the loader's list; nor has a runtime that is known by its use, for
 * libc says nothing about it. */
static void
report (uint32_t number)
{
  Runtime *runtime = &runtimes[number];

  if (__atomic_exchange_n (&runtime->is_reported, 1, __ATOMIC_RELAXED) == 0)
    emit_process_report_runtime (runtime->entry->id,
                                 runtime->hooked != NULL ? runtime->hooked->name : "");
}

void
agent_runtimes_reach (uint32_t number)
{
  if (__atomic_load_n (&runtimes[number].is_reported, __ATOMIC_RELAXED) == 0)
    report (number);
}

void
agent_runtimes_report (void)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      Runtime *runtime = &runtimes[i];

      if (runtime->state != RUNTIME_ACTIVE)
        continue;
      if (agent_patch_count_reached (i) > 0 || runtime->is_led)
        report (i);
      /* A program that has the runtime inside calls it without any slot. Another object with no
       * caller may still be called through dlsym(); nothing is said of it until it is. */
      else if (runtime->hooked != NULL && runtime->hooked->is_program && !runtime->is_unreachable)
        {
          runtime->is_unreachable = true;
          emit_process_refuse (CHANNEL_REFUSED_UNREACHABLE, runtime->entry->id, "");
        }
    }
}
