/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <dwarf.h>
#include <stdlib.h>
#include <elfutils/libdw.h>

#include "debuginfo/module.h"

/* Which compilation unit has an address. libdw knows by .debug_aranges alone, and clang writes
 * none: what is not in there is looked up in a table made from the units' own ranges. */

typedef struct
{
  Dwarf_Addr start;
  Dwarf_Addr end;
  Dwarf_Off unit; /* of its DIE in .debug_info */
} UnitRange;

static int
compare_starts (gconstpointer a, gconstpointer b)
{
  const UnitRange *x = a;
  const UnitRange *y = b;

  return (x->start > y->start) - (x->start < y->start);
}

static void
collect_ranges (DebugModule *module)
{
  Dwarf_Die *unit = NULL;
  Dwarf_Addr bias;

  module->units = g_array_new (FALSE, FALSE, sizeof (UnitRange));
  while ((unit = dwfl_module_nextcu (module->dwfl_module, unit, &bias)) != NULL)
    {
      Dwarf_Addr base = 0, start = 0, end = 0;
      ptrdiff_t offset = 0;

      while ((offset = dwarf_ranges (unit, offset, &base, &start, &end)) > 0)
        {
          UnitRange range = { start, end, dwarf_dieoffset (unit) };

          /* Code that the linker left out is at 0. */
          if (start != 0 && start < end)
            g_array_append_val (module->units, range);
        }
    }
  g_array_sort (module->units, compare_starts);
}

static const UnitRange *
find_range (const GArray *units, Dwarf_Addr address)
{
  guint low = 0, high = units->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (units, UnitRange, middle).start <= address)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0 || address >= g_array_index (units, UnitRange, low - 1).end)
    return NULL;
  return &g_array_index (units, UnitRange, low - 1);
}

gboolean
debug_module_find_unit (DebugModule *module, guint64 address, Dwarf_Die *ret_unit,
                        Dwarf_Addr *ret_bias)
{
  Dwarf *dwarf = debug_module_get_dwarf (module, ret_bias);
  const UnitRange *range;
  Dwarf_Die *unit;

  if (dwarf == NULL)
    return FALSE;
  unit = dwfl_module_addrdie (module->dwfl_module, address, ret_bias);
  if (unit != NULL)
    {
      *ret_unit = *unit;
      return TRUE;
    }
  if (module->units == NULL)
    collect_ranges (module);
  dwfl_module_getdwarf (module->dwfl_module, ret_bias);
  range = find_range (module->units, address - *ret_bias);
  return range != NULL && dwarf_offdie (dwarf, range->unit, ret_unit) != NULL;
}

/* As dwarf_decl_file() does, which ends the program in libdw 0.188 where the unit is in a split file that has no table
 * of files. */
const char *
debug_unit_get_decl_file (Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Dwarf_Files *files = NULL;
  Dwarf_Word file = 0;
  size_t n_files = 0;
  Dwarf_Die unit;

  if (dwarf_formudata (dwarf_attr_integrate (die, DW_AT_decl_file, &attribute), &file) != 0 ||
      file == 0 || dwarf_cu_die (attribute.cu, &unit, NULL, NULL, NULL, NULL, NULL, NULL) == NULL ||
      dwarf_getsrcfiles (&unit, &files, &n_files) != 0 || file >= n_files)
    return NULL;
  return dwarf_filesrc (files, file, NULL, NULL);
}
