/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/find.h"
#include "debuginfo/module.h"
#include "debuginfo/symbols.h"

typedef struct
{
  DebugSymbol symbol;
  gint64 address; /* key of the cache: g_int64_hash() */
} CacheEntry;

struct _DebugSymbols
{
  Dwfl_Callbacks callbacks;
  char *debug_path;      /* callbacks.debuginfo_path points here; NULL: libdwfl's default */
  GPtrArray *modules;    /* DebugModule, by start, none overlapping another */
  GPtrArray *changed;    /* paths, NULL-terminated */
  GHashTable *caches[3]; /* address -> CacheEntry, one for each DebugAddressClass */
  GPtrArray *entries;    /* owns them: they outlive their place in a cache */
  GStringChunk *strings;
};

DebugSymbols *
debug_symbols_new (void)
{
  DebugSymbols *symbols = g_new0 (DebugSymbols, 1);

  symbols->callbacks.find_elf = debug_module_find_elf;
  symbols->callbacks.find_debuginfo = debug_module_find_debuginfo;
  symbols->callbacks.debuginfo_path = &symbols->debug_path;
  symbols->modules = g_ptr_array_new_with_free_func ((GDestroyNotify)debug_module_free);
  symbols->changed = g_ptr_array_new ();
  g_ptr_array_add (symbols->changed, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (symbols->caches); i++)
    symbols->caches[i] = g_hash_table_new (g_int64_hash, g_int64_equal);
  symbols->entries = g_ptr_array_new_with_free_func (g_free);
  symbols->strings = g_string_chunk_new (4096);
  return symbols;
}

void
debug_symbols_free (DebugSymbols *symbols)
{
  if (symbols == NULL)
    return;
  for (guint i = 0; i < G_N_ELEMENTS (symbols->caches); i++)
    g_hash_table_unref (symbols->caches[i]);
  g_ptr_array_unref (symbols->modules);
  g_ptr_array_unref (symbols->changed);
  g_ptr_array_unref (symbols->entries);
  g_string_chunk_free (symbols->strings);
  g_free (symbols->debug_path);
  g_free (symbols);
}

void
debug_symbols_set_debug_path (DebugSymbols *symbols, const char *path)
{
  g_free (symbols->debug_path);
  symbols->debug_path = g_strdup (path);
}

/* ---- Modules ----------------------------------------------------------------------------------
 */

/* The first module that ends after @address. */
static guint
find_position (DebugSymbols *symbols, guint64 address)
{
  guint low = 0, high = symbols->modules->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      DebugModule *module = symbols->modules->pdata[middle];

      if (module->end <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

static DebugModule *
find_module (DebugSymbols *symbols, guint64 address)
{
  guint position = find_position (symbols, address);
  DebugModule *module;

  if (position == symbols->modules->len)
    return NULL;
  module = symbols->modules->pdata[position];
  return module->start <= address ? module : NULL;
}

static void
forget_range (DebugSymbols *symbols, guint64 start, guint64 end)
{
  for (guint i = 0; i < G_N_ELEMENTS (symbols->caches); i++)
    {
      GHashTableIter iter;
      gpointer value;

      g_hash_table_iter_init (&iter, symbols->caches[i]);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          guint64 address = (guint64)((CacheEntry *)value)->address;

          /* A return address may lie right behind the module's last byte. */
          if (address >= start && address <= end)
            g_hash_table_iter_remove (&iter);
        }
    }
}

static const char *
intern (DebugSymbols *symbols, const char *text)
{
  g_autofree char *valid = NULL;

  if (text == NULL)
    return NULL;
  valid = g_utf8_make_valid (text, -1);
  return g_string_chunk_insert_const (symbols->strings, valid);
}

static void
note_change (DebugSymbols *symbols, const DebugModule *module)
{
  const char *path;

  if (!module->changed)
    return;
  path = intern (symbols, module->path);
  /* The last one is the NULL; strings are interned, so that pointers tell them apart. */
  for (guint i = 0; i + 1 < symbols->changed->len; i++)
    if (symbols->changed->pdata[i] == path)
      return;
  g_ptr_array_insert (symbols->changed, (int)symbols->changed->len - 1, (gpointer)path);
}

void
debug_symbols_add_module (DebugSymbols *symbols, const char *path, guint64 start, guint64 end,
                          guint64 bias, const guint8 *build_id, gsize build_id_length)
{
  DebugModule *module;
  guint position;

  if (start >= end)
    return;
  module = debug_module_new (&symbols->callbacks, path != NULL ? path : "", start, end, bias,
                             build_id, build_id_length);
  position = find_position (symbols, start);
  if (position < symbols->modules->len &&
      debug_module_equal (symbols->modules->pdata[position], module))
    {
      debug_module_free (module);
      return;
    }

  /* What was mapped where this one is has been unmapped. */
  while (position < symbols->modules->len)
    {
      DebugModule *old = symbols->modules->pdata[position];

      if (old->start >= end)
        break;
      forget_range (symbols, old->start, old->end);
      g_ptr_array_remove_index (symbols->modules, position);
    }
  forget_range (symbols, start, end);
  g_ptr_array_insert (symbols->modules, (int)position, module);
  note_change (symbols, module);
}

const char *const *
debug_symbols_get_changed (DebugSymbols *symbols)
{
  return (const char *const *)symbols->changed->pdata;
}

/* ---- Looking up -------------------------------------------------------------------------------
 */

/* Returns: (nullable): owned by @symbols */
static const DebugSymbol *
make_caller (DebugSymbols *symbols, const DebugPlace *place, const char *module)
{
  DebugSymbol *caller;

  if (place == NULL || place->function == NULL)
    return NULL;
  caller = g_new0 (DebugSymbol, 1);
  g_ptr_array_add (symbols->entries, caller);
  caller->function = intern (symbols, place->function);
  caller->file = intern (symbols, place->file);
  caller->line = place->line;
  caller->module = module;
  caller->exact = TRUE;
  caller->caller = make_caller (symbols, place->caller, module);
  return caller;
}

static void
fill_symbol (DebugSymbols *symbols, guint64 address, DebugAddressClass of, DebugSymbol *symbol)
{
  guint64 at = of != DEBUG_ADDRESS_FUNCTION && address > 0 ? address - 1 : address;
  DebugModule *module = find_module (symbols, at);
  DebugPlace place = { 0 };

  symbol->offset = address;
  if (module == NULL)
    return;
  if (of == DEBUG_ADDRESS_MODULE)
    {
      symbol->module = intern (symbols, module->name);
      symbol->offset = address - module->bias;
      return;
    }
  debug_module_find_place (module, address, of, &place);
  note_change (symbols, module);
  symbol->module = intern (symbols, module->name);
  symbol->function = intern (symbols, place.function);
  symbol->file = intern (symbols, place.file);
  symbol->line = place.line;
  symbol->offset = place.offset;
  symbol->exact = place.exact;
  symbol->caller = make_caller (symbols, place.caller, symbol->module);
  debug_place_clear (&place);
}

const DebugSymbol *
debug_symbols_lookup (DebugSymbols *symbols, guint64 address, DebugAddressClass of)
{
  GHashTable *cache = symbols->caches[of];
  gint64 key = (gint64)address;
  CacheEntry *entry = g_hash_table_lookup (cache, &key);

  if (entry != NULL)
    return &entry->symbol;
  entry = g_new0 (CacheEntry, 1);
  entry->address = key;
  fill_symbol (symbols, address, of, &entry->symbol);
  g_ptr_array_add (symbols->entries, entry);
  g_hash_table_insert (cache, &entry->address, entry);
  return &entry->symbol;
}

gboolean
debug_symbols_find_module (DebugSymbols *symbols, guint64 address, DebugModuleInfo *ret_info)
{
  const DebugModule *module = find_module (symbols, address);

  if (module == NULL)
    return FALSE;
  *ret_info =
      (DebugModuleInfo){ module->path, module->bias, module->build_id, module->build_id_length };
  return TRUE;
}

DebugPart
debug_symbols_find_part (DebugSymbols *symbols, guint64 address, const char *name)
{
  DebugModule *module = find_module (symbols, address);

  return module != NULL ? debug_module_find_part (module, address, name) : DEBUG_PART_UNKNOWN;
}

GArray *
debug_symbols_find_function (DebugSymbols *symbols, const char *name)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (DebugRange));

  for (guint i = 0; i < symbols->modules->len; i++)
    debug_module_find_function (symbols->modules->pdata[i], name, ranges);
  return ranges;
}

GArray *
debug_symbols_find_line (DebugSymbols *symbols, const char *file, guint line, guint *ret_line)
{
  GArray *ranges = g_array_new (FALSE, FALSE, sizeof (DebugRange));

  *ret_line = 0;
  for (guint i = 0; i < symbols->modules->len; i++)
    *ret_line = debug_module_find_line (symbols->modules->pdata[i], file, line, *ret_line, ranges);
  return ranges;
}

char *
debug_symbol_dup_text (const DebugSymbol *symbol)
{
  g_autofree char *file = symbol->file != NULL ? g_path_get_basename (symbol->file) : NULL;
  g_autofree char *name = NULL;

  if (symbol->function != NULL && symbol->exact)
    name = g_strdup (symbol->function);
  else if (symbol->function != NULL)
    name = g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", symbol->function, symbol->offset);
  else if (symbol->module != NULL)
    name = g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", symbol->module, symbol->offset);
  else
    name = g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", symbol->offset);

  if (file == NULL)
    return g_steal_pointer (&name);
  if (symbol->line == 0)
    return g_strdup_printf ("%s (%s)", name, file);
  return g_strdup_printf ("%s (%s:%u)", name, file, symbol->line);
}
