/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/runtimes.h"

#include "agent/inside.h"
#include "agent/lent.h"
#include "agent/libraries.h"
#include "agent/patch.h"
#include "agent/plugin-file.h"
#include "agent/runtime.h"

/* Process-wide, as the loader's list of objects is. */
static AgentRuntime runtimes[AGENT_MAX_RUNTIMES];
static uint32_t n_runtimes;
static bool is_handover_closed;
static bool is_late; /* an inspector attaches at this moment */

/* ---- Finding --------------------------------------------------------------------------------- */

void
agent_runtimes_init (const AgentConfiguration *configuration)
{
  for (n_runtimes = 0; n_runtimes < configuration->n_runtimes; n_runtimes++)
    runtimes[n_runtimes].entry = &configuration->runtimes[n_runtimes];
}

bool
agent_runtimes_are_ours (const AgentObject *object)
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
find_absent (AgentRuntime *runtime, const AgentObjects *objects)
{
  bool is_found;

  agent_copies_find (&runtime->copies, objects, runtime->entry, (uint32_t)(runtime - runtimes),
                     agent_runtimes_are_ours);
  runtime->is_imported = false;
  for (size_t i = 0; i < objects->n && !runtime->is_imported; i++)
    runtime->is_imported = !agent_runtimes_are_ours (&objects->objects[i]) &&
                           uses_imports (&objects->objects[i], runtime->entry);
  is_found = runtime->copies.n > 0 || runtime->is_imported;
  runtime->state = is_found ? AGENT_RUNTIME_FOUND : AGENT_RUNTIME_ABSENT;
  return is_found;
}

static const Elf64_Dyn *
get_preferred (const AgentRuntime *runtime)
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
      AgentRuntime *runtime = &runtimes[i];

      if (runtime->state == AGENT_RUNTIME_ABSENT || runtime->state == AGENT_RUNTIME_FOUND)
        found |= find_absent (runtime, objects);
      else if (runtime->state == AGENT_RUNTIME_ACTIVE)
        found |= agent_originals_search (&runtime->originals, objects, get_preferred (runtime));
    }
  return found;
}

/* ---- Words of data ---------------------------------------------------------------------------- */

typedef struct
{
  const InspectSwap *swaps;
  size_t n;
  size_t n_changed;
} Swapping;

static void
swap_in_objects (const AgentObjects *objects, void *data)
{
  Swapping *swapping = data;

  for (size_t i = 0; i < objects->n; i++)
    if (!agent_runtimes_are_ours (&objects->objects[i]) &&
        !agent_object_is_off_limits (&objects->objects[i]))
      swapping->n_changed += agent_patch_swap (&objects->objects[i], swapping->swaps, swapping->n);
}

static size_t
swap (const InspectSwap *swaps, size_t n)
{
  Swapping swapping = { swaps, n, 0 };

  agent_objects_with (swap_in_objects, &swapping);
  return swapping.n_changed;
}

/* ---- Loading --------------------------------------------------------------------------------- */

static void
refuse (AgentRuntime *runtime, ChannelRefusal reason, const char *detail)
{
  runtime->state = AGENT_RUNTIME_OUT;
  emit_process_refuse (reason, runtime->entry->id, detail != NULL ? detail : runtime->entry->path);
}

static bool
load_plugin (AgentRuntime *runtime)
{
  ChannelRefusal reason;
  const char *detail;

  if (runtime->plugin != NULL)
    return true;
  if (is_handover_closed && agent_plugin_file_is_handed_over (runtime->entry))
    {
      refuse (runtime, CHANNEL_REFUSED_PLUGIN, "it came after the inspector had attached");
      return false;
    }
  runtime->plugin = agent_plugin_file_load (runtime->entry, &reason, &detail);
  if (runtime->plugin == NULL)
    refuse (runtime, reason, detail);
  return runtime->plugin != NULL;
}

static bool
is_told_of (const AgentRuntime *runtime, const AgentCopy *copy)
{
  for (uint32_t i = 0; i < runtime->n_untold; i++)
    if (runtime->untold[i] == copy->object.dynamic)
      return true;
  return false;
}

/* Once each time that somebody looks. Of the program the name is "". */
static void
tell_untold (AgentRuntime *runtime, const AgentCopy *copy, ChannelRefusal reason)
{
  if (is_told_of (runtime, copy) || runtime->n_untold == AGENT_MAX_COPIES)
    return;
  runtime->untold[runtime->n_untold++] = copy->object.dynamic;
  emit_process_refuse (reason, runtime->entry->id, copy->name);
}

static void
search_originals (const AgentObjects *objects, void *data)
{
  AgentRuntime *runtime = data;

  agent_originals_search (&runtime->originals, objects, get_preferred (runtime));
}

/* False where the process has none of them, or has no memory. */
static bool
find_originals (AgentRuntime *runtime)
{
  return agent_originals_init (&runtime->originals, runtime->plugin, (uint32_t)(runtime - runtimes),
                               agent_copy_get_inside (runtime->hooked)) &&
         agent_objects_with (search_originals, runtime) &&
         (agent_originals_bind (&runtime->originals) > 0 || runtime->plugin->n_hooks == 0);
}

/* Where the runtime is linked into what uses it, its callers have no slot. */
static void
lead_inside (AgentRuntime *runtime)
{
  const AgentCopy *hooked = runtime->hooked;

  if (agent_copy_get_inside (hooked) == NULL ||
      !agent_inside_prepare (&hooked->object, runtime->plugin, hooked->inside))
    return;
  if (is_late)
    agent_inside_ask (AGENT_INSIDE_INSTALL);
  runtime->is_led = is_late || agent_inside_install ();
}

static void
activate (AgentRuntime *runtime, void (*settle) (void))
{
  const InspectRuntimePlugin *plugin = runtime->plugin;
  int status;

  agent_lent_init (&runtime->lent, runtime, (uint32_t)(runtime - runtimes), settle, swap);
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
  runtime->state = AGENT_RUNTIME_ACTIVE;
  lead_inside (runtime);
}

static void
load_one (AgentRuntime *runtime, void (*settle) (void))
{
  if (!load_plugin (runtime))
    return;
  runtime->hooked = agent_copies_choose (&runtime->copies, runtime->entry, runtime->plugin);
  if (runtime->hooked == NULL)
    {
      const AgentCopy *copy =
          agent_copies_find_other (&runtime->copies, runtime->entry, runtime->plugin, NULL);

      if (copy != NULL)
        tell_untold (runtime, copy, CHANNEL_REFUSED_UNREACHABLE);
    }
  runtime->state = AGENT_RUNTIME_ABSENT;
  if ((runtime->hooked == NULL && !runtime->is_imported) || !find_originals (runtime))
    return;
  /* Without a channel no plugin runs; the inspector was told why. */
  if (emit_process_start () < 0)
    runtime->state = AGENT_RUNTIME_OUT;
  else
    activate (runtime, settle);
}

/* The rest of a runtime that consists of several libraries. */
static void
load_late (AgentRuntime *runtime)
{
  if (agent_originals_bind (&runtime->originals) > 0)
    agent_originals_add_hooks (&runtime->originals);
}

void
agent_runtimes_load (void (*settle) (void))
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      if (runtimes[i].state == AGENT_RUNTIME_FOUND)
        load_one (&runtimes[i], settle);
      else if (runtimes[i].state == AGENT_RUNTIME_ACTIVE)
        load_late (&runtimes[i]);
    }
}

void
agent_runtimes_adopt (const InspectSite *site)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    if (runtimes[i].state == AGENT_RUNTIME_ACTIVE && AGENT_PLUGIN_HAS (runtimes[i].plugin, adopt))
      runtimes[i].plugin->adopt (site);
}

void
agent_runtimes_give_back (const InspectSite *site)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    if (runtimes[i].state == AGENT_RUNTIME_ACTIVE &&
        AGENT_PLUGIN_HAS (runtimes[i].plugin, give_back))
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
      if (runtimes[i].state == AGENT_RUNTIME_OUT)
        runtimes[i].state = AGENT_RUNTIME_ABSENT;
      runtimes[i].n_untold = 0;
    }
}

void
agent_runtimes_stop (void)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      AgentRuntime *runtime = &runtimes[i];

      if (runtime->state != AGENT_RUNTIME_ACTIVE)
        continue;
      if (runtime->plugin->stop != NULL)
        runtime->plugin->stop ();
      runtime->state = AGENT_RUNTIME_ABSENT;
      runtime->is_reported = 0;
      runtime->n_untold = 0;
      if (agent_copy_get_inside (runtime->hooked) != NULL)
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
  AgentRuntime *runtime = &runtimes[number];

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

typedef struct
{
  AgentRuntime *runtime;
  AgentCopies copies;
  const AgentCopy *found;
} OtherCopies;

/* Another copy, of which something in the process makes use; where it is, is known while nothing can be unloaded. */
static void
find_other (const AgentObjects *objects, void *data)
{
  OtherCopies *others = data;
  AgentRuntime *runtime = others->runtime;
  uintptr_t functions[AGENT_PATCH_MAX_FOREIGN];
  uint32_t n = agent_patch_get_foreign ((uint32_t)(runtime - runtimes), functions);

  agent_copies_find (&others->copies, objects, runtime->entry, (uint32_t)(runtime - runtimes),
                     agent_runtimes_are_ours);
  others->found =
      agent_copies_find_other (&others->copies, runtime->entry, runtime->plugin, runtime->hooked);
  for (uint32_t i = 0; i < n && others->found == NULL; i++)
    others->found =
        agent_copies_find_called (&others->copies, runtime->plugin, runtime->hooked, functions[i]);
}

/* One copy of a runtime is followed; of others it is said that they are not. */
static void
report_others (AgentRuntime *runtime)
{
  static OtherCopies others; /* under the agent's lock */

  others.runtime = runtime;
  others.found = NULL;
  agent_objects_with (find_other, &others);
  if (others.found != NULL)
    tell_untold (runtime, others.found, CHANNEL_REFUSED_SECOND);
}

void
agent_runtimes_report (void)
{
  for (uint32_t i = 0; i < n_runtimes; i++)
    {
      AgentRuntime *runtime = &runtimes[i];
      const AgentCopy *hooked = runtime->hooked;
      bool is_reached = agent_patch_count_reached (i) > 0;

      if (runtime->state != AGENT_RUNTIME_ACTIVE)
        continue;
      if (is_reached || runtime->is_led)
        report (i);
      if (hooked == NULL)
        continue;
      /* Who has the runtime inside calls it without any slot, though others may call it by slots that are followed.
       * Another object with no caller may still be called through dlsym(); nothing is said of it until it is. */
      if ((hooked->is_program || hooked->is_kept) && !runtime->is_led &&
          (!is_reached || hooked->inside != NULL))
        tell_untold (runtime, hooked, CHANNEL_REFUSED_UNREACHABLE);
      report_others (runtime);
    }
}
