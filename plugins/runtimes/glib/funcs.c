/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "funcs.h"

#include <fcntl.h>
#include <link.h>

#include "dispatch.h"
#include "emit/sys.h"
#include "shared/lock.h"

/* Different functions, not tables: those of libgio and GTK are about fifty. */
#define N_SLOTS 128u
#define MAX_TABLES 512u

#pragma weak dl_iterate_phdr

typedef struct
{
  GSourceFuncs *funcs;
  DispatchFunc dispatch;
  FinalizeFunc finalize;
} Table;

/* Static because a function that GLib calls has nothing but its place in these arrays. */
static DispatchFunc dispatch_originals[N_SLOTS];
static FinalizeFunc finalize_originals[N_SLOTS]; /* the first is that of tables that have none */
static uint32_t n_dispatch_originals;
static uint32_t n_finalize_originals;
static Table tables[MAX_TABLES];
static uint32_t n_tables;
static bool is_full;        /* of different functions or tables */
static bool constants_stay; /* constant memory cannot be written to here */
static Lock lock;

/* ---- One function for each original ---------------------------------------------------------- */

#define SECTION __attribute__ ((section ("glib_trampolines"), noinline))
extern const char __start_glib_trampolines[] __attribute__ ((visibility ("hidden")));
extern const char __stop_glib_trampolines[] __attribute__ ((visibility ("hidden")));

#define SLOT(n)                                                                                    \
  static SECTION gboolean dispatch_##n (GSource *source, GSourceFunc callback, gpointer data)      \
  {                                                                                                \
    return dispatch_follow (dispatch_originals[n], source, callback, data);                        \
  }                                                                                                \
  static SECTION void finalize_##n (GSource *source)                                               \
  {                                                                                                \
    dispatch_finalize (finalize_originals[n], source);                                             \
  }
/* Octal: three digits count 128 of them. */
#define EIGHT(n)                                                                                   \
  SLOT (n##0) SLOT (n##1) SLOT (n##2) SLOT (n##3) SLOT (n##4) SLOT (n##5) SLOT (n##6) SLOT (n##7)
#define ALL                                                                                        \
  EIGHT (00)                                                                                       \
  EIGHT (01) EIGHT (02) EIGHT (03) EIGHT (04) EIGHT (05) EIGHT (06) EIGHT (07) EIGHT (010)         \
      EIGHT (011) EIGHT (012) EIGHT (013) EIGHT (014) EIGHT (015) EIGHT (016) EIGHT (017)
ALL
#undef SLOT

#define SLOT(n) dispatch_##n,
    static const DispatchFunc dispatch_functions[N_SLOTS] = { ALL };
#undef SLOT
#define SLOT(n) finalize_##n,
static const FinalizeFunc finalize_functions[N_SLOTS] = { ALL };
#undef SLOT

static bool
is_ours (const void *function)
{
  return (const char *)function >= __start_glib_trampolines &&
         (const char *)function < __stop_glib_trampolines;
}

/* Under the lock. NULL when there are too many. */
static DispatchFunc
dispatch_for (DispatchFunc original)
{
  uint32_t i = 0;

  if (is_ours ((const void *)original))
    return original;
  while (i < n_dispatch_originals && dispatch_originals[i] != original)
    i++;
  if (i == N_SLOTS)
    return NULL;
  if (i == n_dispatch_originals)
    {
      dispatch_originals[i] = original;
      n_dispatch_originals++;
    }
  return dispatch_functions[i];
}

static FinalizeFunc
finalize_for (FinalizeFunc original)
{
  uint32_t i = 0;

  if (is_ours ((const void *)original))
    return original;
  while (i < n_finalize_originals && finalize_originals[i] != original)
    i++;
  if (i == N_SLOTS)
    return NULL;
  if (i == n_finalize_originals)
    {
      finalize_originals[i] = original;
      n_finalize_originals++;
    }
  return finalize_functions[i];
}

Callback
funcs_get_original (Callback function)
{
  if (is_ours ((const void *)function))
    for (uint32_t i = 0; i < N_SLOTS; i++)
      if ((Callback)dispatch_functions[i] == function)
        return (Callback)dispatch_originals[i];
  return function;
}

/* ---- Writing --------------------------------------------------------------------------------- */

typedef enum
{
  MEMORY_OWN,      /* of no object: the program made the table itself */
  MEMORY_WRITABLE, /* data of an object */
  MEMORY_CONSTANT,
} Memory;

typedef struct
{
  uintptr_t address;
  Memory memory;
} Search;

static int
find_segment (struct dl_phdr_info *info, size_t size, void *data)
{
  Search *search = data;
  bool is_found = false;

  (void)size;
  for (uint32_t i = 0; i < info->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &info->dlpi_phdr[i];

      if (search->address - info->dlpi_addr - segment->p_vaddr >= segment->p_memsz)
        continue;
      if (segment->p_type == PT_LOAD)
        {
          is_found = true;
          if (search->memory == MEMORY_OWN)
            search->memory = (segment->p_flags & PF_W) != 0 ? MEMORY_WRITABLE : MEMORY_CONSTANT;
        }
      else if (segment->p_type == PT_GNU_RELRO)
        search->memory = MEMORY_CONSTANT;
    }
  return is_found;
}

static Memory
memory_of (const void *address)
{
  Search search = { (uintptr_t)address, MEMORY_OWN };

  if (dl_iterate_phdr == NULL)
    return MEMORY_CONSTANT;
  dl_iterate_phdr (find_segment, &search);
  return search.memory;
}

/* A page that is not to be written to stays so: whoever else opens and closes it (the loader, the
 * agent) is not disturbed. The kernel writes a word as one. */
static bool
write_constant (const void *slot, const void *value)
{
  long fd = SYS_CALL4 (SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR | O_CLOEXEC, 0);
  long written;

  if (fd < 0)
    return false;
  written = SYS_CALL4 (SYS_pwrite64, fd, &value, sizeof value, slot);
  SYS_CALL1 (SYS_close, fd);
  return written == sizeof value;
}

static bool
write_function (const void *slot, const void *value, Memory memory)
{
  if (memory == MEMORY_CONSTANT)
    return write_constant (slot, value);
  __atomic_store_n ((const void **)(uintptr_t)slot, value, __ATOMIC_RELEASE);
  return true;
}

/* ---- The object of GLib ---------------------------------------------------------------------- */

typedef struct
{
  uintptr_t address;
  uintptr_t begin;
  uintptr_t end;
} Object;

static Object glib;

static int
find_object (struct dl_phdr_info *info, size_t size, void *data)
{
  Object *object = data;
  uintptr_t begin = UINTPTR_MAX;
  uintptr_t end = 0;

  (void)size;
  for (uint32_t i = 0; i < info->dlpi_phnum; i++)
    {
      const ElfW (Phdr) *segment = &info->dlpi_phdr[i];
      uintptr_t address = info->dlpi_addr + segment->p_vaddr;

      if (segment->p_type != PT_LOAD)
        continue;
      begin = address < begin ? address : begin;
      end = address + segment->p_memsz > end ? address + segment->p_memsz : end;
    }
  if (object->address < begin || object->address >= end)
    return 0;
  object->begin = begin;
  object->end = end;
  return 1;
}

bool
funcs_is_of_glib (const void *address)
{
  return ((uintptr_t)address >= glib.begin && (uintptr_t)address < glib.end) || is_ours (address);
}

/* ---- Tables ---------------------------------------------------------------------------------- */

bool
funcs_follow (const GSourceFuncs *funcs)
{
  DispatchFunc before;
  FinalizeFunc finalize_before;
  DispatchFunc dispatch = NULL;
  FinalizeFunc finalize = NULL;
  Memory memory;

  if (funcs == NULL || funcs->dispatch == NULL)
    return false;
  before = __atomic_load_n (&funcs->dispatch, __ATOMIC_ACQUIRE);
  finalize_before = __atomic_load_n (&funcs->finalize, __ATOMIC_RELAXED);
  if (is_ours ((const void *)before) && is_ours ((const void *)finalize_before))
    return true;
  if (__atomic_load_n (&is_full, __ATOMIC_RELAXED))
    return false;
  memory = memory_of (funcs);
  if (memory == MEMORY_CONSTANT && __atomic_load_n (&constants_stay, __ATOMIC_RELAXED))
    return false;
  lock_enter (&lock);
  if (n_tables < MAX_TABLES)
    {
      dispatch = dispatch_for (before);
      finalize = finalize_for (finalize_before);
    }
  if (dispatch == NULL || finalize == NULL)
    __atomic_store_n (&is_full, true, __ATOMIC_RELAXED);
  else if (dispatch != before)
    tables[n_tables++] = (Table){ (GSourceFuncs *)(uintptr_t)funcs, before, finalize_before };
  lock_leave (&lock);
  if (dispatch == NULL || finalize == NULL)
    return false;
  /* The end first: what is dispatched is known to be forgotten. */
  if (write_function (&funcs->finalize, (const void *)finalize, memory) &&
      write_function (&funcs->dispatch, (const void *)dispatch, memory))
    return true;
  __atomic_store_n (&constants_stay, true, __ATOMIC_RELAXED);
  return false;
}

static const struct
{
  const char *symbol;
  SourceKind kind;
} public_tables[] = {
  { "g_timeout_funcs", SOURCE_TIMEOUT },    { "g_idle_funcs", SOURCE_IDLE },
  { "g_io_watch_funcs", SOURCE_FD },        { "g_unix_fd_source_funcs", SOURCE_FD },
  { "g_unix_signal_funcs", SOURCE_SIGNAL }, { "g_child_watch_funcs", SOURCE_CHILD },
};
#define N_PUBLIC_TABLES (sizeof public_tables / sizeof public_tables[0])
static const GSourceFuncs *found_tables[N_PUBLIC_TABLES];

SourceKind
funcs_get_kind (const GSourceFuncs *funcs)
{
  for (uint32_t i = 0; i < N_PUBLIC_TABLES; i++)
    if (found_tables[i] == funcs)
      return public_tables[i].kind;
  return SOURCE_CUSTOM;
}

GSourceFuncs *
funcs_of_kind (SourceKind kind)
{
  for (uint32_t i = 0; i < N_PUBLIC_TABLES; i++)
    if (public_tables[i].kind == kind)
      return (GSourceFuncs *)(uintptr_t)found_tables[i];
  return NULL;
}

void
funcs_start (void)
{
  glib.address = (uintptr_t)plugin.default_context;
  if (dl_iterate_phdr != NULL)
    dl_iterate_phdr (find_object, &glib);
  for (uint32_t i = 0; i < N_PUBLIC_TABLES; i++)
    {
      /* The program may have a copy of the variable, which is then the one that counts. */
      found_tables[i] = plugin_find (public_tables[i].symbol);
      funcs_follow (found_tables[i]);
    }
}

/* A table of the program's own memory, or of a library that is gone, may not be there any more. */
void
funcs_stop (void)
{
  uint32_t n;

  lock_enter (&lock);
  n = n_tables;
  n_tables = 0;
  lock_leave (&lock);
  for (uint32_t i = 0; i < n; i++)
    {
      const Table *table = &tables[i];

      if (memory_of (table->funcs) != MEMORY_WRITABLE ||
          !is_ours ((const void *)table->funcs->dispatch))
        continue;
      write_function (&table->funcs->dispatch, (const void *)table->dispatch, MEMORY_WRITABLE);
      /* GLib may look at a finalize twice, and the second time it would be NULL. */
      if (table->finalize != NULL)
        write_function (&table->funcs->finalize, (const void *)table->finalize, MEMORY_WRITABLE);
    }
}
