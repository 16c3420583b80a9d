/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/statics.h"

#include <dwarf.h>

#define MAX_DEPTH 64

struct _DebugStatics
{
  DebugTypes *types;
  const char *name;
  GHashTable *by_address; /* guint64 -> Dwarf_Die of its type */
};

static void
add (DebugStatics *self, Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Dwarf_Op *operations = NULL;
  size_t n = 0;
  Dwarf_Die type;
  gint64 address;

  if (g_strcmp0 (dwarf_diename (die), self->name) != 0 ||
      dwarf_attr_integrate (die, DW_AT_location, &attribute) == NULL ||
      dwarf_getlocation (&attribute, &operations, &n) != 0 || n != 1 ||
      operations[0].atom != DW_OP_addr ||
      dwarf_attr_integrate (die, DW_AT_type, &attribute) == NULL ||
      dwarf_formref_die (&attribute, &type) == NULL)
    return;
  address = (gint64)operations[0].number;
  g_hash_table_insert (self->by_address, g_memdup2 (&address, sizeof address),
                       g_memdup2 (&type, sizeof type));
}

static void
walk (DebugStatics *self, Dwarf_Die *around, guint depth)
{
  Dwarf_Die die;

  if (depth > MAX_DEPTH || dwarf_child (around, &die) != 0)
    return;
  do
    switch (dwarf_tag (&die))
      {
      case DW_TAG_variable:
        add (self, &die);
        break;
      case DW_TAG_subprogram:
      case DW_TAG_lexical_block:
      case DW_TAG_inlined_subroutine:
      case DW_TAG_namespace:
      case DW_TAG_structure_type:
      case DW_TAG_class_type:
        walk (self, &die, depth + 1);
        break;
      default:
        break;
      }
  while (dwarf_siblingof (&die, &die) == 0);
}

DebugStatics *
debug_statics_new (DebugTypes *types, const char *name)
{
  DebugStatics *self = g_new0 (DebugStatics, 1);
  Dwarf_CU *unit = NULL, *next = NULL;
  Dwarf_Die die;

  self->types = types;
  self->name = name;
  self->by_address = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  while (dwarf_get_units (debug_types_get_dwarf (types), unit, &next, NULL, NULL, &die, NULL) == 0)
    {
      Dwarf_Die split = { 0 };
      guint8 kind = 0;

      unit = next;
      if (dwarf_cu_info (unit, NULL, &kind, NULL, &split, NULL, NULL, NULL) == 0 &&
          kind == DW_UT_skeleton && split.addr != NULL)
        die = split;
      walk (self, &die, 0);
    }
  return self;
}

void
debug_statics_free (DebugStatics *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->by_address);
  g_free (self);
}

DebugType *
debug_statics_find (DebugStatics *self, guint64 address)
{
  gint64 key = (gint64)address;
  Dwarf_Die *type = g_hash_table_lookup (self->by_address, &key);

  return type != NULL ? debug_types_get (self->types, type) : NULL;
}
