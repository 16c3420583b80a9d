/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is within a variable is called as in the source. The variables are this program's own. */

#include <pthread.h>
#include <glib.h>

#include "debuginfo/symbols.h"
#include "own-module.h"

typedef struct
{
  char name[20];
  pthread_mutex_t lock;
  int n;
} Shelf;

typedef struct
{
  int n;
  Shelf shelves[5];
  union
  {
    long number;
    pthread_rwlock_t prices;
  };
} Store;

typedef struct
{
  Shelf first;
  GMutex catalogue;
  GRecMutex again;
} Nested;

/* Not static, so that no compiler leaves any of them out. */
extern pthread_mutex_t parts_locks[3], parts_grid[2][3], parts_plain;
extern Store parts_store;
extern Nested parts_nested[2];
extern Shelf *parts_pointers[16];
pthread_mutex_t parts_locks[3], parts_grid[2][3], parts_plain;
Store parts_store;
Nested parts_nested[2];
Shelf *parts_pointers[16];

typedef struct
{
  const char *name;
  const void *address;
  guint64 offset; /* that is left */
} Part;

static const Part parts[] = {
  { "parts_plain", &parts_plain, 0 },
  { "parts_locks[0]", &parts_locks[0], 0 },
  { "parts_locks[1]", &parts_locks[1], 0 },
  { "parts_locks[2]", &parts_locks[2], 0 },
  { "parts_grid[0][2]", &parts_grid[0][2], 0 },
  { "parts_grid[1][1]", &parts_grid[1][1], 0 },
  { "parts_store", &parts_store, 0 },
  { "parts_store.shelves[3].lock", &parts_store.shelves[3].lock, 0 },
  { "parts_store.shelves[4].n", &parts_store.shelves[4].n, 0 },
  { "parts_store.prices", &parts_store.prices, 0 },
  { "parts_nested[0].first", &parts_nested[0].first, 0 },
  { "parts_nested[1].first.lock", &parts_nested[1].first.lock, 0 },
  { "parts_nested[1].catalogue", &parts_nested[1].catalogue, 0 },
  { "parts_nested[0].again", &parts_nested[0].again, 0 },
  { "parts_pointers[7]", &parts_pointers[7], 0 },
  /* The middle of a number is no part of the program's. */
  { "parts_store", (const char *)&parts_store.shelves[4].n + 1, 1 },
  { "parts_pointers", (const char *)&parts_pointers[7] + 3, 59 },
};

static void
test_parts (void)
{
  DebugSymbols *symbols = debug_symbols_new ();
  OwnModule module;
  const DebugSymbol *own;

  own_module_find (&module);
  debug_symbols_add_module (symbols, module.path, module.start, module.end, module.bias, NULL, 0);
  own_module_clear (&module);
  own = debug_symbols_lookup (symbols, (guint64)GPOINTER_TO_SIZE (test_parts) + 1,
                              DEBUG_ADDRESS_CALL);
  if (own->file == NULL)
    {
      g_test_skip ("this test was built without debug info");
      debug_symbols_free (symbols);
      return;
    }
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      const DebugSymbol *symbol = debug_symbols_lookup (
          symbols, (guint64)GPOINTER_TO_SIZE (parts[i].address), DEBUG_ADDRESS_FUNCTION);
      gboolean is_within = parts[i].offset != 0;

      g_assert_true (symbol->exact);
      g_assert_null (symbol->file);
      g_assert_cmpstr (symbol->function, ==, parts[i].name);
      g_assert_cmpint (symbol->offset != 0, ==, is_within);
    }
  debug_symbols_free (symbols);
}

typedef struct
{
  const void *address;
  const char *type;
  DebugPart part;
} WhatIsThere;

static const WhatIsThere there[] = {
  { &parts_plain, "__pthread_mutex_s", DEBUG_PART_FOUND },
  { &parts_plain, "__pthread_rwlock_arch_t", DEBUG_PART_OTHER },
  { &parts_grid[1][1], "__pthread_mutex_s", DEBUG_PART_FOUND },
  { (const char *)&parts_grid[1][1] + 8, "__pthread_mutex_s", DEBUG_PART_OTHER },
  { &parts_store.shelves[3].lock, "__pthread_mutex_s", DEBUG_PART_FOUND },
  { &parts_store.shelves[3].n, "__pthread_mutex_s", DEBUG_PART_OTHER },
  { &parts_store.prices, "__pthread_rwlock_arch_t", DEBUG_PART_FOUND },
  { &parts_nested[1].first.lock, "__pthread_mutex_s", DEBUG_PART_FOUND },
  { &parts_pointers[7], "__pthread_mutex_s", DEBUG_PART_OTHER },
  /* Bytes may be used as anything. */
  { &parts_store.shelves[3].name[4], "__pthread_mutex_s", DEBUG_PART_UNKNOWN },
  { test_parts, "__pthread_mutex_s", DEBUG_PART_UNKNOWN },
};

static void
test_what_is_there (void)
{
  DebugSymbols *symbols = debug_symbols_new ();
  OwnModule module;

  own_module_find (&module);
  debug_symbols_add_module (symbols, module.path, module.start, module.end, module.bias, NULL, 0);
  own_module_clear (&module);
  if (debug_symbols_lookup (symbols, (guint64)GPOINTER_TO_SIZE (test_parts) + 1, DEBUG_ADDRESS_CALL)
          ->file == NULL)
    g_test_skip ("this test was built without debug info");
  else
    for (gsize i = 0; i < G_N_ELEMENTS (there); i++)
      g_assert_cmpint (debug_symbols_find_part (
                           symbols, (guint64)GPOINTER_TO_SIZE (there[i].address), there[i].type),
                       ==, there[i].part);
  debug_symbols_free (symbols);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/symbols/parts", test_parts);
  g_test_add_func ("/symbols/parts/what-is-there", test_what_is_there);
  return g_test_run ();
}
