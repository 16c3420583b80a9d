/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "agent/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "agent/instructions.h"
#include "agent/libraries.h"
#include "agent/memory.h"
#include "agent/unwind.h"
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

/* ---- Memory near it -------------------------------------------------------------------------- */

/* What the functions lead to is reached by a jump of 32 bits. Below the object, and else far above it: of a
 * program behind the heap, which may grow by so much before it would meet it. */
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
map_near (const AgentObject *object, size_t bytes)
{
  uintptr_t page = agent_memory_page_size ();
  uintptr_t start = object->start & ~(page - 1), end = (object->end + page - 1) & ~(page - 1);
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

/* Process-wide: one runtime in one object, for a plugin has one original of each function. */
static const InspectRuntimePlugin *prepared;
static uint64_t prepared_object; /* fingerprint */
static Detour *detours;

/* Most of the runtime's functions lie in one stretch, so that whatever is called from there is called by
 * the runtime itself. */
static bool
is_one_block (const AgentFunctions *functions)
{
  return functions->n_in_block >= functions->n - functions->n / 16 &&
         functions->block_end - functions->block_start <= INT32_MAX;
}

static const AgentFunction *
find_hooked (const AgentFunctions *functions, const InspectHook *hook)
{
  return agent_functions_find (functions, hook->symbol, agent_object_hash_name (hook->symbol));
}

static bool
make_all (const InspectRuntimePlugin *plugin, const AgentFunctions *functions, const Range *calls)
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
set_originals (const InspectRuntimePlugin *plugin, const AgentFunctions *functions)
{
  for (uint32_t i = 0; i < plugin->n_hooks; i++)
    if (find_hooked (functions, &plugin->hooks[i]) != NULL)
      __atomic_store_n (plugin->hooks[i].original, (void *)detours[i].original, __ATOMIC_RELEASE);
}

static bool
prepare_all (const AgentObject *object, const InspectRuntimePlugin *plugin,
             const AgentFunctions *functions)
{
  size_t bytes = plugin->n_hooks * sizeof (Detour);
  Range calls = { (uintptr_t)plugin->calls_begin, (uintptr_t)plugin->calls_end };

  if (calls.end < calls.start || calls.end - calls.start > INT32_MAX || functions->is_merged ||
      !is_one_block (functions))
    return false;
  detours = map_near (object, bytes);
  if (detours == NULL)
    return false;
  if (make_all (plugin, functions, &calls) &&
      sys_mprotect (detours, bytes, PROT_READ | PROT_EXEC) == 0)
    return true;
  inspect_agent_inside.n = 0;
  agent_memory_release (detours, bytes);
  return false;
}

bool
agent_inside_prepare (const AgentObject *object, const InspectRuntimePlugin *plugin,
                      const AgentFunctions *functions)
{
  uint64_t fingerprint = agent_object_fingerprint (object);

  if (prepared == NULL && prepare_all (object, plugin, functions))
    {
      prepared = plugin;
      prepared_object = fingerprint;
    }
  if (prepared != plugin || prepared_object != fingerprint)
    return false;
  set_originals (plugin, functions);
  return true;
}

/* ---- Installing by ourselves ----------------------------------------------------------------- */

static bool
has_one_thread (void)
{
  struct stat status;

  /* A folder has one link of its own, one in the folder above, and one for each folder in it. */
  return SYS_CALL4 (SYS_newfstatat, AT_FDCWD, "/proc/self/task", &status, 0) == 0 &&
         status.st_nlink == 3;
}

static bool
is_in_the_way (uintptr_t address)
{
  const AgentInside *inside = &inspect_agent_inside;

  for (uint32_t i = 0; i < inside->n; i++)
    if (address > inside->patches[i].address &&
        address - inside->patches[i].address < inside->patches[i].length)
      return true;
  return false;
}

/* Whether this thread is on no way back to the middle of what is written to: it may be in a callback of the runtime.
 * Any word of its stack that looks like one is taken for one, and a stack that is not known is not clear. */
static bool
is_stack_clear (void)
{
  const AgentInside *inside = &inspect_agent_inside;
  uintptr_t sp = (uintptr_t)__builtin_frame_address (0) & ~(uintptr_t)7;
  uintptr_t first = UINTPTR_MAX, last = 0;
  uint64_t limits[2] = { 0, 0 };
  uintptr_t end = agent_stack_find_end (sp, limits);

  if (limits[1] == 0)
    return false;
  for (uint32_t i = 0; i < inside->n; i++)
    {
      uintptr_t begin = inside->patches[i].address;

      first = begin < first ? begin : first;
      last = begin > last ? begin : last;
    }
  for (uintptr_t at = sp; at + sizeof at <= end; at += sizeof at)
    {
      uintptr_t word = *(const volatile uintptr_t *)at;

      if (word > first && word - first < last - first + AGENT_INSIDE_BYTES && is_in_the_way (word))
        return false;
    }
  return true;
}

static bool
protect (uintptr_t first, uintptr_t end, int prot)
{
  return sys_mprotect ((void *)first, end - first, prot) == 0;
}

static bool
is_as_before (void)
{
  const AgentInside *inside = &inspect_agent_inside;

  for (uint32_t i = 0; i < inside->n; i++)
    if (memcmp ((const void *)(uintptr_t)inside->patches[i].address, inside->patches[i].before,
                inside->patches[i].length) != 0)
      return false;
  return true;
}

static bool
write_all (void)
{
  const AgentInside *inside = &inspect_agent_inside;
  uintptr_t page = agent_memory_page_size (), first = UINTPTR_MAX, end = 0;

  for (uint32_t i = 0; i < inside->n; i++)
    {
      uintptr_t begin = inside->patches[i].address;

      first = begin < first ? begin : first;
      end = begin + inside->patches[i].length > end ? begin + inside->patches[i].length : end;
    }
  first &= ~(page - 1);
  end = (end + page - 1) & ~(page - 1);
  if (!protect (first, end, PROT_READ | PROT_WRITE))
    return false;
  for (uint32_t i = 0; i < inside->n; i++)
    memcpy ((void *)(uintptr_t)inside->patches[i].address, inside->patches[i].after,
            inside->patches[i].length);
  protect (first, end, PROT_READ | PROT_EXEC);
  return true;
}

/* ---- Or by the inspector --------------------------------------------------------------------- */

/* It stops all threads, which none of them can do to the others. This one waits for it meanwhile. */
static bool
have_it_installed (void)
{
  uint32_t wish = AGENT_INSIDE_INSTALL;
  const void *bytes;
  size_t size;

  if (emit_process_ask == NULL)
    return false;
  agent_inside_ask (AGENT_INSIDE_INSTALL);
  if (emit_process_ask (AGENT_INSIDE_QUESTION, &bytes, &size))
    return true;
  /* It takes the wish back where it is fulfilled, and may have just done so. */
  return !__atomic_compare_exchange_n (&inspect_agent_inside.wish, &wish, AGENT_INSIDE_NOTHING,
                                       false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Not on that of a coroutine, which may end close below. */
static bool
is_on_own_stack (void)
{
  uint64_t limits[2] = { 0, 0 };

  agent_stack_find_end ((uintptr_t)__builtin_frame_address (0) & ~(uintptr_t)7, limits);
  return limits[1] != 0;
}

/* What lies on the stack below this call is ours, and may look like a way back. */
static __attribute__ ((noinline)) void
forget_what_was_called (void)
{
  volatile uint64_t words[2048];

  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    words[i] = 0;
}

bool
agent_inside_install (void)
{
  if (inspect_agent_inside.n == 0 || !is_as_before ())
    return false;
  if (has_one_thread () && is_on_own_stack ())
    {
      forget_what_was_called ();
      if (is_stack_clear () && write_all ())
        return true;
    }
  return have_it_installed ();
}

#else

bool
agent_inside_prepare (const AgentObject *object, const InspectRuntimePlugin *plugin,
                      const AgentFunctions *functions)
{
  return false;
}

bool
agent_inside_install (void)
{
  return false;
}

#endif
