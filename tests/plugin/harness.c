/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "harness.h"

#include <dlfcn.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>

#include "agent/runtime-plugin.h"
#include "recorder.h"

extern const InspectRuntimePlugin inspect_runtime_plugin;

#if defined(__x86_64__)
#define IS_POINTER_RELOCATION(type)                                                                \
  ((type) == R_X86_64_JUMP_SLOT || (type) == R_X86_64_GLOB_DAT || (type) == R_X86_64_64)
#elif defined(__aarch64__)
#define IS_POINTER_RELOCATION(type)                                                                \
  ((type) == R_AARCH64_JUMP_SLOT || (type) == R_AARCH64_GLOB_DAT || (type) == R_AARCH64_ABS64)
#endif

#define LARGEST_FUNCTION 4096u /* static ones have no size that could be asked for */

static unsigned int n_skipped;
static unsigned int n_to_fail;
static unsigned int n_patched;

/* ---- The agent's part ------------------------------------------------------------------------ */

static void *
lookup (const char *symbol)
{
  return dlsym (RTLD_DEFAULT, symbol);
}

static void *
reserve (size_t bytes)
{
  void *memory;

  if (n_to_fail > 0)
    {
      n_to_fail--;
      return NULL;
    }
  memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

static void
count_skipped (void)
{
  __atomic_fetch_add (&n_skipped, 1, __ATOMIC_RELAXED);
}

static InspectLocationId
stack (const void *return_address)
{
  return inspect_location_of_call (return_address);
}

static void
settle (void)
{
}

static InspectAgent
make_agent (bool payload)
{
  return (InspectAgent){ .size = sizeof (InspectAgent),
                         .payload = payload,
                         .lookup = lookup,
                         .reserve = reserve,
                         .count_skipped = count_skipped,
                         .settle = settle,
                         .lookup_global = lookup,
                         .stack = stack };
}

static const InspectHook *
find_hook (const char *symbol)
{
  for (uint32_t i = 0; i < inspect_runtime_plugin.n_hooks; i++)
    if (strcmp (inspect_runtime_plugin.hooks[i].symbol, symbol) == 0)
      return &inspect_runtime_plugin.hooks[i];
  return NULL;
}

static void
patch_all (const ElfW (Rela) * relocations, size_t size, ElfW (Addr) bias,
           const ElfW (Sym) * symbols, const char *strings)
{
  for (size_t i = 0; i < size / sizeof *relocations; i++)
    {
      const ElfW (Rela) *relocation = &relocations[i];
      const InspectHook *hook;
      void **slot = (void **)(bias + relocation->r_offset);
      void *page = (void *)((uintptr_t)slot & ~(uintptr_t)4095);

      if (!IS_POINTER_RELOCATION (ELF64_R_TYPE (relocation->r_info)))
        continue;
      hook = find_hook (strings + symbols[ELF64_R_SYM (relocation->r_info)].st_name);
      if (hook == NULL || *hook->original == NULL)
        continue;
      g_assert_cmpint (mprotect (page, 4096, PROT_READ | PROT_WRITE), ==, 0);
      *slot = hook->replacement;
      n_patched++;
    }
}

static int
patch_program (struct dl_phdr_info *info, size_t size, void *data)
{
  const ElfW (Dyn) *dynamic = NULL;
  const ElfW (Sym) *symbols = NULL;
  const char *strings = NULL;
  const ElfW (Rela) * tables[2] = { NULL, NULL };
  size_t sizes[2] = { 0, 0 };

  for (unsigned int i = 0; i < info->dlpi_phnum; i++)
    if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
      dynamic = (const ElfW (Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
  for (; dynamic != NULL && dynamic->d_tag != DT_NULL; dynamic++)
    switch (dynamic->d_tag)
      {
      case DT_SYMTAB:
        symbols = (const void *)dynamic->d_un.d_ptr;
        break;
      case DT_STRTAB:
        strings = (const void *)dynamic->d_un.d_ptr;
        break;
      case DT_JMPREL:
        tables[0] = (const void *)dynamic->d_un.d_ptr;
        break;
      case DT_PLTRELSZ:
        sizes[0] = dynamic->d_un.d_val;
        break;
      case DT_RELA:
        tables[1] = (const void *)dynamic->d_un.d_ptr;
        break;
      case DT_RELASZ:
        sizes[1] = dynamic->d_un.d_val;
        break;
      default:
        break;
      }
  for (unsigned int i = 0; i < 2; i++)
    patch_all (tables[i], sizes[i], info->dlpi_addr, symbols, strings);
  return 1; /* the first is the program itself */
}

void
harness_install (void)
{
  InspectAgent agent = make_agent (true);

  /* Settings and proxies of the desktop are read by threads that GIO keeps, which go on from one test
   * into the next. */
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  g_setenv ("GIO_USE_PROXY_RESOLVER", "dummy", TRUE);
  for (uint32_t i = 0; i < inspect_runtime_plugin.n_hooks; i++)
    *inspect_runtime_plugin.hooks[i].original = lookup (inspect_runtime_plugin.hooks[i].symbol);
  g_assert_cmpint (inspect_runtime_plugin.start (&agent), ==, 0);
  inspect_on = true;
  dl_iterate_phdr (patch_program, NULL);
  g_assert_cmpuint (n_patched, >, 0);
}

void
harness_set_on (bool is_on)
{
  inspect_on = is_on;
}

void
harness_set_payload (bool payload)
{
  InspectAgent agent = make_agent (payload);

  g_assert_cmpint (inspect_runtime_plugin.start (&agent), ==, 0);
}

void
harness_stop_plugin (void)
{
  inspect_runtime_plugin.stop ();
}

void
harness_fail_memory (unsigned int n)
{
  n_to_fail = n;
}

unsigned int
harness_count_skipped (void)
{
  return __atomic_load_n (&n_skipped, __ATOMIC_RELAXED);
}

/* ---- What was recorded ----------------------------------------------------------------------- */

static bool
matches (const Event *event, EventType type, const char *kind)
{
  return event->type == type &&
         (kind == NULL || (event->kind != NULL && strcmp (event->kind->name, kind) == 0));
}

unsigned int
harness_count (EventType type, const char *kind)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < recorder_count (); i++)
    n += matches (&recorder_events[i], type, kind);
  return n;
}

const Event *
harness_nth (EventType type, const char *kind, unsigned int nth)
{
  for (unsigned int i = 0; i < recorder_count (); i++)
    if (matches (&recorder_events[i], type, kind) && nth-- == 0)
      return &recorder_events[i];
  g_error ("no such record: %d %s", type, kind != NULL ? kind : "");
}

const Event *
harness_first (EventType type, const char *kind)
{
  return harness_nth (type, kind, 0);
}

static const Event *
find_attribute (InspectObject object, const char *key)
{
  for (unsigned int i = recorder_count (); i > 0; i--)
    if (matches (&recorder_events[i - 1], EVENT_ATTRIBUTE, key) &&
        recorder_events[i - 1].object == object)
      return &recorder_events[i - 1];
  return NULL;
}

bool
harness_has_attribute (InspectObject object, const char *key)
{
  return find_attribute (object, key) != NULL;
}

const Event *
harness_attribute (InspectObject object, const char *key)
{
  const Event *event = find_attribute (object, key);

  if (event == NULL)
    g_error ("attribute %s was not said of %" G_GINT64_MODIFIER "x", key, object);
  return event;
}

InspectId
harness_task_of (const char *kind)
{
  return harness_first (EVENT_AWAIT_BEGIN, kind)->task;
}

InspectId
harness_parent_of (InspectId task)
{
  for (unsigned int i = 0; i < recorder_count (); i++)
    if (recorder_events[i].type == EVENT_TASK_BEGIN && recorder_events[i].task == task)
      return recorder_events[i].object;
  g_error ("a task that never began");
}

bool
harness_is_in (const Event *event, const void *function)
{
  uintptr_t offset = (uintptr_t)event->address - (uintptr_t)function;

  return event->address != NULL && event->address >= function && offset < LARGEST_FUNCTION;
}

/* ---- Running a test -------------------------------------------------------------------------- */

void
harness_clear (void)
{
  recorder_clear ();
}

void
harness_run (gconstpointer test)
{
  harness_clear ();
  ((void (*) (void))test) ();
  harness_check (true);
}

void
harness_add_cases (const HarnessCase *cases, unsigned int n, GTestDataFunc run)
{
  for (unsigned int i = 0; i < n; i++)
    g_test_add_data_func (cases[i].path, (gconstpointer)cases[i].test, run);
}
