/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The other way round: where the code of a function, or of a line, is. */

#include "config.h"

#include "debuginfo/find.h"

#include <dwarf.h>
#include <string.h>
#include <elfutils/libdw.h>

#include "debuginfo/demangle.h"

typedef struct
{
  DebugModule *module;
  const char *name; /* of a function; of a file */
  guint line;
  GArray *ranges;
  Dwarf_Addr bias;
  /* Of a file: the first line with code that is not before the one that is looked for. */
  guint best_line;
} Search;

static void
add (Search *search, guint64 low, guint64 high)
{
  DebugRange *last;

  if (high <= low)
    return;
  for (guint i = 0; i < search->ranges->len; i++)
    {
      last = &g_array_index (search->ranges, DebugRange, i);
      if (last->low <= low && last->high >= high)
        return;
      if (last->high == low)
        {
          last->high = high;
          return;
        }
    }
  g_array_append_val (search->ranges, ((DebugRange){ low, high }));
}

/* "fetch" is "net::Client::fetch", but not "prefetch". Of what stands in "<>" and "()" nobody
 * remembers all. */
static gboolean
is_called (const char *full, const char *name)
{
  gsize length = strlen (name), at;
  const char *found = full;

  while ((found = strstr (found, name)) != NULL)
    {
      at = (gsize)(found - full);
      if ((at == 0 || (at >= 2 && strncmp (found - 2, "::", 2) == 0)) &&
          (found[length] == '\0' || found[length] == '(' || found[length] == '<'))
        return TRUE;
      found += length;
    }
  return FALSE;
}

/* ---- Functions ---------------------------------------------------------------------------------- */

static gboolean
die_is_called (DebugModule *module, Dwarf_Die *die, const char *name)
{
  const char *short_name = debug_module_get_die_name (module, die), *linkage = NULL;
  g_autofree char *demangled = NULL;
  Dwarf_Attribute attribute;

  if (short_name != NULL && is_called (short_name, name))
    return TRUE;
  if (strstr (name, "::") == NULL)
    return FALSE;
  if (dwarf_attr_integrate (die, DW_AT_linkage_name, &attribute) != NULL)
    linkage = dwarf_formstring (&attribute);
  demangled = debug_demangle (linkage);
  return demangled != NULL && is_called (demangled, name);
}

static void
add_ranges_of (Search *search, Dwarf_Die *die)
{
  Dwarf_Addr base, low, high;
  ptrdiff_t offset = 0;

  while ((offset = dwarf_ranges (die, offset, &base, &low, &high)) > 0)
    add (search, low + search->bias, high + search->bias);
}

static int
take_inlined (Dwarf_Die *instance, void *data)
{
  add_ranges_of (data, instance);
  return DWARF_CB_OK;
}

static int
take_function (Dwarf_Die *function, void *data)
{
  Search *search = data;

  if (!die_is_called (search->module, function, search->name))
    return DWARF_CB_OK;
  add_ranges_of (search, function);
  if (dwarf_func_inline (function) > 0)
    dwarf_func_inline_instances (function, take_inlined, search);
  return DWARF_CB_OK;
}

static gboolean
find_in_units (DebugModule *module, Search *search, void (*look) (Dwarf_Die *unit, Search *search))
{
  Dwarf *dwarf = debug_module_get_dwarf (module, &search->bias);
  Dwarf_CU *unit = NULL, *next = NULL;
  Dwarf_Die die;

  if (dwarf == NULL)
    return FALSE;
  while (dwarf_get_units (dwarf, unit, &next, NULL, NULL, &die, NULL) == 0)
    {
      unit = next;
      die = debug_unit_get_full (module, &die, NULL);
      look (&die, search);
    }
  return TRUE;
}

static void
look_for_function (Dwarf_Die *unit, Search *search)
{
  dwarf_getfuncs (unit, take_function, search, 0);
}

static void
find_in_symbols (DebugModule *module, Search *search)
{
  int n =
      debug_module_can_ask_for_symbols (module) ? dwfl_module_getsymtab (module->dwfl_module) : 0;

  for (int i = 0; i < n; i++)
    {
      GElf_Sym symbol;
      GElf_Addr address = 0;
      const char *name =
          dwfl_module_getsym_info (module->dwfl_module, i, &symbol, &address, NULL, NULL, NULL);
      int type = GELF_ST_TYPE (symbol.st_info);
      g_autofree char *source = NULL;

      if (name == NULL || (type != STT_FUNC && type != STT_GNU_IFUNC) || symbol.st_size == 0 ||
          strstr (name, search->name) == NULL)
        continue;
      source = debug_demangle (name);
      if (source == NULL)
        source = debug_dup_source_name (name);
      if (is_called (source, search->name))
        add (search, address, address + symbol.st_size);
    }
}

void
debug_module_find_function (DebugModule *module, const char *name, GArray *ranges)
{
  Search search = { .module = module, .name = name, .ranges = ranges };
  guint before = ranges->len;

  if (*name == '\0' || debug_module_get_dwfl (module) == NULL)
    return;
  find_in_units (module, &search, look_for_function);
  if (ranges->len == before)
    find_in_symbols (module, &search);
}

/* ---- Lines --------------------------------------------------------------------------------------- */

static gboolean
ends_with (const char *path, const char *name)
{
  gsize length = strlen (path), n = strlen (name);

  return length >= n && n > 0 && strcmp (path + length - n, name) == 0 &&
         (length == n || path[length - n - 1] == '/');
}

/* "request.c" and "src/request.c" are "/home/me/src/request.c"; so is, of a compiler that was told
 * "../src/request.c", the whole of it. */
static gboolean
is_file (const char *path, const char *name)
{
  if (ends_with (path, name))
    return TRUE;
  while (g_str_has_prefix (path, "./") || g_str_has_prefix (path, "../"))
    path += path[1] == '/' ? 2 : 3;
  return g_path_is_absolute (name) && !g_path_is_absolute (path) && ends_with (name, path);
}

/* Where the code of row @i of a table ends: rows of an address share what is there, as the brace of a function that
 * has no prologue does with its first statement. FALSE: there is none. */
static gboolean
find_end_of_row (Dwarf_Lines *lines, size_t n, size_t i, Dwarf_Addr low, Dwarf_Addr *ret_high)
{
  for (size_t k = i + 1; k < n; k++)
    {
      Dwarf_Line *next = dwarf_onesrcline (lines, k);
      bool is_end = false;

      if (dwarf_lineaddr (next, ret_high) != 0 || dwarf_lineendsequence (next, &is_end) != 0)
        return FALSE;
      if (*ret_high != low || is_end)
        return *ret_high > low;
    }
  return FALSE;
}

static void
look_for_line (Dwarf_Die *unit, Search *search)
{
  Dwarf_Lines *lines = NULL;
  size_t n = 0;

  if (dwarf_getsrclines (unit, &lines, &n) != 0)
    return;
  for (size_t i = 0; i + 1 < n; i++)
    {
      Dwarf_Line *line = dwarf_onesrcline (lines, i);
      const char *path = dwarf_linesrc (line, NULL, NULL);
      Dwarf_Addr low = 0, high = 0;
      bool is_end = false;
      int number = 0;

      if (path == NULL || !is_file (path, search->name) || dwarf_lineno (line, &number) != 0 ||
          number < (int)search->line || dwarf_lineendsequence (line, &is_end) != 0 || is_end ||
          dwarf_lineaddr (line, &low) != 0 || !find_end_of_row (lines, n, i, low, &high))
        continue;
      if (search->best_line != 0 && (guint)number > search->best_line)
        continue;
      if (search->best_line != (guint)number)
        g_array_set_size (search->ranges, 0);
      search->best_line = (guint)number;
      add (search, low + search->bias, high + search->bias);
    }
}

guint
debug_module_find_line (DebugModule *module, const char *file, guint line, guint best_line,
                        GArray *ranges)
{
  Search search = {
    .module = module, .name = file, .line = line, .ranges = ranges, .best_line = best_line
  };

  if (*file != '\0' && debug_module_get_dwfl (module) != NULL)
    find_in_units (module, &search, look_for_line);
  return search.best_line;
}
