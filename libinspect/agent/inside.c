/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "agent/instructions.h"
#include "agent/memory.h"
#include "emit/sys.h"

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE 0x100000
#endif

/* Read by the inspector, from outside. */
INSPECT_API AgentInside inspect_agent_inside = { .size = sizeof (AgentInside),
                                                 .patch_size = sizeof (AgentInsidePatch) };

void
agent_inside_ask (AgentInsideWish wish)
{
  if (inspect_agent_inside.n > 0)
    __atomic_store_n (&inspect_agent_inside.wish, wish, __ATOMIC_RELEASE);
}

#if defined(__x86_64__)

/* ---- Memory near the program ----------------------------------------------------------------- */

/* What the functions lead to is reached by a jump of 32 bits. Below the program, and else far above it,
 * behind the heap, which may grow by so much before it would meet it. */
#define STEP (UINT64_C (1) << 20)
#define REACH (UINT64_C (2000) << 20)
#define ABOVE (UINT64_C (1000) << 20)

static void *
map_at (uintptr_t address, size_t bytes)
{
  void *memory = sys_mmap ((void *)address, bytes, PROT_READ | PROT_WRITE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

  /* A kernel before 4.17 takes the address for a hint. */
  if (!sys_is_error (memory) && (uintptr_t)memory != address)
    {
      sys_munmap (memory, bytes);
      return NULL;
    }
  return sys_is_error (memory) ? NULL : memory;
}

static void *
map_near (const AgentObject *program, size_t bytes)
{
  uintptr_t page = agent_memory_page_size ();
  uintptr_t start = program->start & ~(page - 1), end = (program->end + page - 1) & ~(page - 1);
  void *memory = NULL;

  for (uintptr_t by = STEP; memory == NULL && by < REACH && by < start; by += STEP)
    if (end - (start - by) < REACH)
      memory = map_at (start - by, bytes);
  for (uintptr_t by = ABOVE; memory == NULL && by < REACH; by += STEP)
    if (end + by - start < REACH)
      memory = map_at (end + by, bytes);
  return memory;
}

/* ---- What a function leads to ---------------------------------------------------------------- */

/* One for each function: who calls, then on to the plugin, or to the function as it was. */
typedef struct
{
  uint8_t gate[80];
  uint8_t original[AGENT_MOVED_BYTES];
} Detour;

typedef struct
{
  uintptr_t start, end;
} Range;

static uint8_t *
put (uint8_t *at, const void *bytes, size_t n)
{
  memcpy (at, bytes, n);
  return at + n;
}

/* To the moved beginning where the return address lies in @range. %r10 and %r11 are nobody's at the
 * entry of a C function. */
static uint8_t *
put_check (uint8_t *at, const Range *range, const uint8_t *original)
{
  static const uint8_t load[] = { 0x4c, 0x8b, 0x1c, 0x24 }; /* mov (%rsp), %r11 */
  static const uint8_t from[] = { 0x49, 0xba };             /* mov $start, %r10 */
  static const uint8_t subtract[] = { 0x4d, 0x29, 0xd3 };   /* sub %r10, %r11 */
  static const uint8_t compare[] = { 0x49, 0x81, 0xfb };    /* cmp $length, %r11 */
  static const uint8_t if_below[] = { 0x72 };               /* jb original */
  uint32_t length = (uint32_t)(range->end - range->start);
  uint8_t distance;

  at = put (at, load, sizeof load);
  at = put (at, from, sizeof from);
  at = put (at, &range->start, sizeof range->start);
  at = put (at, subtract, sizeof subtract);
  at = put (at, compare, sizeof compare);
  at = put (at, &length, sizeof length);
  at = put (at, if_below, sizeof if_below);
  distance = (uint8_t)(original - (at + 1));
  return put (at, &distance, sizeof distance);
}

static void
write_gate (Detour *detour, const Range *runtime, const Range *calls, const void *replacement)
{
  static const uint8_t onward[] = { 0xff, 0x25, 0, 0, 0, 0 }; /* jmp *(%rip) */
  uint8_t *at = detour->gate;

  at = put_check (at, runtime, detour->original);
  at = put_check (at, calls, detour->original);
  at = put (at, onward, sizeof onward);
  put (at, &replacement, sizeof replacement);
}

/* endbr64, which stays where it is: indirect calls come by it. */
static size_t
skip_landing (const uint8_t *code, size_t size)
{
  static const uint8_t landing[] = { 0xf3, 0x0f, 0x1e, 0xfa };

  return size > sizeof landing && memcmp (code, landing, sizeof landing) == 0 ? sizeof landing : 0;
}

static bool
make_patch (const AgentFunction *function, Detour *detour, AgentInsidePatch *patch)
{
  const uint8_t *code = (const uint8_t *)function->address;
  size_t landing = skip_landing (code, function->size);
  uintptr_t address = function->address + landing;
  size_t size = function->size - landing;
  size_t length = agent_instructions_move (code + landing, size, address, detour->original,
                                           (uintptr_t)detour->original);

  if (length == 0 || length > sizeof patch->before)
    return false;
  *patch = (AgentInsidePatch){ .address = address, .length = (uint32_t)length };
  memcpy (patch->before, code + landing, length);
  memcpy (patch->after, patch->before, length);
  return agent_instructions_write_jump (patch->after, address, (uintptr_t)detour->gate);
}

/* ---- All of a runtime ------------------------------------------------------------------------ */

/* Process-wide: one program, which has a runtime inside but once. */
static const InspectRuntimePlugin *prepared;
static Detour *detours;

/* Most of the runtime's functions lie in one stretch, so that whatever is called from there is called by
 * the runtime itself. */
static bool
is_one_block (const AgentProgramFunctions *functions)
{
  return functions->n_in_block >= functions->n - functions->n / 16 &&
         functions->block_end - functions->block_start <= INT32_MAX;
}

static const AgentFunction *
find_hooked (const AgentProgramFunctions *functions, const InspectHook *hook)
{
  return agent_program_find (functions, hook->symbol, agent_object_hash_name (hook->symbol));
}

static bool
make_all (const InspectRuntimePlugin *plugin, const AgentProgramFunctions *functions,
          const Range *calls)
{
  Range block = { functions->block_start, functions->block_end };
  uint32_t n = 0;

  for (uint32_t i = 0; i < plugin->n_hooks; i++)
    {
      const AgentFunction *function = find_hooked (functions, &plugin->hooks[i]);

      if (function == NULL)
        continue;
      if (n == AGENT_INSIDE_MAX ||
          !make_patch (function, &detours[i], &inspect_agent_inside.patches[n]))
        return false;
      write_gate (&detours[i], &block, calls, plugin->hooks[i].replacement);
      n++;
    }
  inspect_agent_inside.n = n;
  return n > 0;
}

static void
set_originals (const InspectRuntimePlugin *plugin, const AgentProgramFunctions *functions)
{
  for (uint32_t i = 0; i < plugin->n_hooks; i++)
    if (find_hooked (functions, &plugin->hooks[i]) != NULL)
      __atomic_store_n (plugin->hooks[i].original, (void *)detours[i].original, __ATOMIC_RELEASE);
}

bool
agent_inside_prepare (const AgentObject *program, const InspectRuntimePlugin *plugin,
                      const AgentProgramFunctions *functions)
{
  size_t bytes = plugin->n_hooks * sizeof (Detour);
  Range calls = { (uintptr_t)plugin->calls_begin, (uintptr_t)plugin->calls_end };

  if (prepared == NULL)
    {
      if (calls.end < calls.start || calls.end - calls.start > INT32_MAX ||
          !is_one_block (functions))
        return false;
      detours = map_near (program, bytes);
      if (detours == NULL)
        return false;
      if (!make_all (plugin, functions, &calls) ||
          sys_mprotect (detours, bytes, PROT_READ | PROT_EXEC) != 0)
        {
          inspect_agent_inside.n = 0;
          agent_memory_release (detours, bytes);
          return false;
        }
      prepared = plugin;
    }
  if (prepared != plugin)
    return false;
  set_originals (plugin, functions);
  return true;
}

/* ---- Installing ------------------------------------------------------------------------------ */

static bool
has_one_thread (void)
{
  struct stat status;

  /* A folder has one link of its own, one in the folder above, and one for each folder in it. */
  return SYS_CALL4 (SYS_newfstatat, AT_FDCWD, "/proc/self/task", &status, 0) == 0 &&
         status.st_nlink == 3;
}

static bool
protect (uintptr_t first, uintptr_t end, int prot)
{
  return sys_mprotect ((void *)first, end - first, prot) == 0;
}

bool
agent_inside_install (void)
{
  const AgentInside *inside = &inspect_agent_inside;
  uintptr_t page = agent_memory_page_size (), first = UINTPTR_MAX, end = 0;

  if (inside->n == 0 || !has_one_thread ())
    return false;
  for (uint32_t i = 0; i < inside->n; i++)
    {
      uintptr_t begin = inside->patches[i].address;

      if (memcmp ((const void *)begin, inside->patches[i].before, inside->patches[i].length) != 0)
        return false;
      first = begin < first ? begin : first;
      end = begin + inside->patches[i].length > end ? begin + inside->patches[i].length : end;
    }
  first &= ~(page - 1);
  end = (end + page - 1) & ~(page - 1);
  /* Nobody is in this code: there is no other thread, and this one is not. */
  if (!protect (first, end, PROT_READ | PROT_WRITE))
    return false;
  for (uint32_t i = 0; i < inside->n; i++)
    memcpy ((void *)(uintptr_t)inside->patches[i].address, inside->patches[i].after,
            inside->patches[i].length);
  protect (first, end, PROT_READ | PROT_EXEC);
  return true;
}

#else

bool
agent_inside_prepare (const AgentObject *program, const InspectRuntimePlugin *plugin,
                      const AgentProgramFunctions *functions)
{
  return false;
}

bool
agent_inside_install (void)
{
  return false;
}

#endif
