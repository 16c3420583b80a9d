/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/patch.h"

#include <elf.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/configuration.h"
#include "agent/hooks.h"
#include "agent/memory.h"
#include "emit/sys.h"

#if defined(__x86_64__)
#define RELOCATION_CALL R_X86_64_JUMP_SLOT
#define RELOCATION_ADDRESS R_X86_64_GLOB_DAT
#define RELOCATION_WORD R_X86_64_64
#elif defined(__aarch64__)
#define RELOCATION_CALL R_AARCH64_JUMP_SLOT
#define RELOCATION_ADDRESS R_AARCH64_GLOB_DAT
#define RELOCATION_WORD R_AARCH64_ABS64
#endif

/* Slots patched so far, of each runtime; only grows, for it answers whether a runtime was ever
 * reached. */
static uint32_t reached[AGENT_MAX_RUNTIMES];

uint32_t
agent_patch_count_reached (uint32_t runtime)
{
  return reached[runtime];
}

/* The objects that slots lead to instead, and a function of each. */
static struct
{
  const Elf64_Dyn *objects[AGENT_PATCH_MAX_FOREIGN];
  uintptr_t functions[AGENT_PATCH_MAX_FOREIGN];
  uint32_t n;
} foreign[AGENT_MAX_RUNTIMES];

uint32_t
agent_patch_get_foreign (uint32_t runtime, uintptr_t ret_functions[AGENT_PATCH_MAX_FOREIGN])
{
  memcpy (ret_functions, foreign[runtime].functions, sizeof foreign[runtime].functions);
  return foreign[runtime].n;
}

static void
note_foreign (const AgentObjects *all, uint32_t runtime, uintptr_t function)
{
  for (size_t i = 0; i < all->n; i++)
    {
      const AgentObject *object = &all->objects[i];
      uint32_t k = 0;

      if (!agent_object_contains (object, function))
        continue;
      while (k < foreign[runtime].n && foreign[runtime].objects[k] != object->dynamic)
        k++;
      if (k == AGENT_PATCH_MAX_FOREIGN)
        return;
      foreign[runtime].objects[k] = object->dynamic;
      foreign[runtime].functions[k] = function;
      foreign[runtime].n = k == foreign[runtime].n ? k + 1 : foreign[runtime].n;
      return;
    }
}

/* ---- Which definition a slot means ----------------------------------------------------------- */

/* Whether a slot that is not bound yet would be bound to what @hook replaces. Only a definition
 * that is alone, or first in the global scope, is certain: objects that are loaded later may have a
 * scope of their own, and then the slot is left alone until the loader has decided. So is one that
 * wants another version of the function than the one that is hooked. */
static bool
would_bind_to (const AgentObject *object, const AgentObjects *all, const AgentHook *hook,
               size_t symbol)
{
  uint32_t version = agent_object_needed_version (object, symbol);
  const AgentObject *first = NULL;
  uint32_t n_others = 0;

  for (size_t i = 0; i < all->n; i++)
    {
      const AgentObject *other = &all->objects[i];

      if (agent_object_lookup (other, hook->name, hook->hash) == NULL)
        continue;
      if (first == NULL)
        first = other;
      if (other->dynamic == hook->module)
        {
          if (version != 0 && agent_object_lookup_version (other, hook->name, hook->hash,
                                                           version) != hook->original)
            return false;
          continue;
        }
      n_others++;
      /* RTLD_DEEPBIND or -Bsymbolic may prefer these. */
      if (other == object || agent_object_needs (object, other->soname))
        return false;
    }
  if (first == NULL)
    return false;
  return n_others == 0 || (first->dynamic == hook->module && agent_objects_is_from_start (first));
}

/* ---- Stores ---------------------------------------------------------------------------------- */

typedef struct
{
  const AgentObject *object;
  bool relro_is_protected; /* by the loader: it has finished with this object */
  bool relro_is_open;      /* by us, for now */
  uintptr_t probed_page;   /* outside of RELRO: found writable */
} Pages;

static bool
is_in_relro (const AgentObject *object, uintptr_t address)
{
  return address >= object->relro_start && address < object->relro_end;
}

static void
pages_init (Pages *pages, const AgentObject *object)
{
  memset (pages, 0, sizeof *pages);
  pages->object = object;
  if (object->relro_start < object->relro_end)
    pages->relro_is_protected = agent_memory_probe (object->relro_start) == AGENT_MEMORY_PROTECTED;
}

static bool
pages_open (Pages *pages, uintptr_t address)
{
  const AgentObject *object = pages->object;
  uintptr_t page = address & ~(agent_memory_page_size () - 1);

  if (is_in_relro (object, address) && pages->relro_is_protected)
    {
      if (!pages->relro_is_open)
        pages->relro_is_open =
            sys_mprotect ((void *)object->relro_start, object->relro_end - object->relro_start,
                          PROT_READ | PROT_WRITE) == 0;
      return pages->relro_is_open;
    }
  /* A program may protect more than its loader does. */
  if (page != pages->probed_page && agent_memory_probe (address) == AGENT_MEMORY_PROTECTED)
    return false;
  pages->probed_page = page;
  return true;
}

/* Other threads read through these pages all the time; they must merely stay readable. */
static void
pages_close (Pages *pages)
{
  const AgentObject *object = pages->object;

  if (pages->relro_is_open)
    sys_mprotect ((void *)object->relro_start, object->relro_end - object->relro_start, PROT_READ);
}

/* One aligned store: a thread that calls through the slot finds either of both. It stays put where
 * the slot has changed since it was read: the loader binds it at this moment. */
static bool
replace (Pages *pages, void **slot, void *from, void *to)
{
  return pages_open (pages, (uintptr_t)slot) &&
         __atomic_compare_exchange_n (slot, &from, to, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/* ---- Slots ----------------------------------------------------------------------------------- */

/* The slot of a relocation that names a hooked function; NULL for any other. */
static void **
find_slot (const AgentObject *object, const Elf64_Rela *relocation, const AgentHook **ret_hook)
{
  uint32_t type = (uint32_t)ELF64_R_TYPE (relocation->r_info);
  uintptr_t address = object->bias + relocation->r_offset;
  const char *name;

  if (type != RELOCATION_CALL && type != RELOCATION_ADDRESS &&
      (type != RELOCATION_WORD || relocation->r_addend != 0))
    return NULL;
  name = agent_object_symbol_name (object, ELF64_R_SYM (relocation->r_info));
  if (name == NULL || (*ret_hook = agent_hooks_find (name)) == NULL)
    return NULL;
  /* The runtime's calls of its own functions are its own business. */
  if ((*ret_hook)->module == object->dynamic)
    return NULL;
  if (address % sizeof (void *) != 0 ||
      !agent_object_has_segment (object, address, sizeof (void *), PF_W))
    return NULL;
  return (void **)address;
}

static void
count_reached (const AgentHook *hook)
{
  for (; hook != NULL; hook = hook->inner)
    if (hook->runtime != AGENT_HOOK_OF_LOADER)
      reached[hook->runtime]++;
}

static void
patch_slot (Pages *pages, const AgentObjects *all, const AgentHook *hook, void **slot,
            const Elf64_Rela *relocation, AgentPatchResult *result)
{
  bool is_call = ELF64_R_TYPE (relocation->r_info) == RELOCATION_CALL;
  void *value = __atomic_load_n (slot, __ATOMIC_RELAXED);
  bool is_known = value == hook->original || agent_hook_replaces_by (hook, value);
  bool is_unbound = is_call && !is_known && agent_object_contains (pages->object, (uintptr_t)value);

  if (is_unbound && !would_bind_to (pages->object, all, hook, ELF64_R_SYM (relocation->r_info)))
    {
      result->n_undecided++;
      return;
    }
  /* Any other value is another copy's function, an interposer's, or the program's own doing. */
  if (!is_unbound && !is_known)
    {
      if (hook->runtime != AGENT_HOOK_OF_LOADER)
        note_foreign (all, hook->runtime, (uintptr_t)value);
      return;
    }
  if (value != hook->replacement)
    {
      if (!replace (pages, slot, value, hook->replacement))
        {
          result->n_undecided++;
          return;
        }
      result->n_changed++;
      result->n_unbound += is_unbound;
      count_reached (hook);
    }
  result->n_patched++;
  result->canary = slot;
}

typedef struct
{
  const Elf64_Rela *relocations;
  size_t n;
} Relocations;

static void
get_relocations (const AgentObject *object, Relocations tables[2])
{
  tables[0] = (Relocations){ object->call_relocations, object->n_call_relocations };
  tables[1] = (Relocations){ object->data_relocations, object->n_data_relocations };
}

void
agent_patch_object (const AgentObject *object, const AgentObjects *all, bool trust_writable,
                    AgentPatchResult *ret_result)
{
  Relocations tables[2];
  Pages pages;

  memset (ret_result, 0, sizeof *ret_result);
  pages_init (&pages, object);
  /* Another thread may be loading it. The loader protects RELRO when it has finished; before that,
   * whatever we made read-only again would be in its way. */
  if (object->relro_start < object->relro_end && !pages.relro_is_protected && !trust_writable)
    {
      ret_result->is_unready = true;
      return;
    }
  get_relocations (object, tables);
  for (int t = 0; t < 2; t++)
    for (size_t i = 0; i < tables[t].n; i++)
      {
        const Elf64_Rela *relocation = &tables[t].relocations[i];
        const AgentHook *hook = NULL;
        void **slot = find_slot (object, relocation, &hook);

        if (slot != NULL)
          patch_slot (&pages, all, hook, slot, relocation, ret_result);
      }
  pages_close (&pages);
}

size_t
agent_patch_swap (const AgentObject *object, const InspectSwap *swaps, size_t n)
{
  size_t n_changed = 0;
  Pages pages;

  pages_init (&pages, object);
  for (size_t i = 0; i < n; i++)
    {
      uintptr_t address = (uintptr_t)swaps[i].slot;

      if (address % sizeof (void *) == 0 &&
          agent_object_has_segment (object, address, sizeof (void *), PF_W))
        n_changed += replace (&pages, swaps[i].slot, swaps[i].from, swaps[i].to);
    }
  pages_close (&pages);
  return n_changed;
}

static void
put_back (Pages *pages, void **slot, const AgentHook *hook)
{
  void *value = __atomic_load_n (slot, __ATOMIC_RELAXED);

  if (agent_hook_replaces_by (hook, value))
    replace (pages, slot, value, hook->original);
}

void
agent_unpatch_object (const AgentObject *object)
{
  Relocations tables[2];
  Pages pages;

  pages_init (&pages, object);
  get_relocations (object, tables);
  for (int t = 0; t < 2; t++)
    for (size_t i = 0; i < tables[t].n; i++)
      {
        const AgentHook *hook = NULL;
        void **slot = find_slot (object, &tables[t].relocations[i], &hook);

        if (slot != NULL)
          put_back (&pages, slot, hook);
      }
  pages_close (&pages);
}
