/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/statics.h"

#include <dwarf.h>

#include "debuginfo/expression.h"
#include "debuginfo/types-private.h"

#define MAX_DEPTH 64

struct _DebugStatics
{
  DebugTypes *types;
  const char *name;
  GHashTable *by_address; /* guint64 -> Static */
  GArray *addresses;      /* in order; NULL until it is asked for */
};

typedef struct
{
  Dwarf_Die type;
  const char *name; /* of the debug info */
} Static;

static void
add (DebugStatics *self, Dwarf_Die *die)
{
  Dwarf_Attribute attribute;
  Static found = { .name = debug_types_take_name (self->types, die) };
  guint64 address;

  if (found.name == NULL || (self->name != NULL && !g_str_equal (found.name, self->name)) ||
      !debug_expression_get_address (dwarf_attr_integrate (die, DW_AT_location, &attribute),
                                     &address) ||
      dwarf_attr_integrate (die, DW_AT_type, &attribute) == NULL ||
      dwarf_formref_die (&attribute, &found.type) == NULL)
    return;
  g_hash_table_insert (self->by_address, g_memdup2 (&address, sizeof address),
                       g_memdup2 (&found, sizeof found));
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
      unit = next;
      die = debug_unit_get_full (self->types->module, &die, NULL);
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
  g_clear_pointer (&self->addresses, g_array_unref);
  g_free (self);
}

DebugType *
debug_statics_find (DebugStatics *self, guint64 address)
{
  gint64 key = (gint64)address;
  Static *found = g_hash_table_lookup (self->by_address, &key);

  return found != NULL ? debug_types_get (self->types, &found->type) : NULL;
}

char *
debug_statics_dup_target_name (DebugStatics *self, guint64 address)
{
  gint64 key = (gint64)address;
  Static *found = g_hash_table_lookup (self->by_address, &key);

  return found != NULL ? debug_types_dup_target_name (self->types, &found->type) : NULL;
}

static int
compare_addresses (gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;

  return left < right ? -1 : left > right;
}

static void
order (DebugStatics *self)
{
  GHashTableIter iter;
  gpointer key;

  self->addresses =
      g_array_sized_new (FALSE, FALSE, sizeof (gint64), g_hash_table_size (self->by_address));
  g_hash_table_iter_init (&iter, self->by_address);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_array_append_vals (self->addresses, key, 1);
  g_array_sort (self->addresses, compare_addresses);
}

DebugType *
debug_statics_find_around (DebugStatics *self, guint64 address, guint64 *ret_begin,
                           const char **ret_name)
{
  guint low = 0, high;
  DebugType *type;
  Static *found;
  gint64 begin;

  if (self->addresses == NULL)
    order (self);
  high = self->addresses->len;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if ((guint64)g_array_index (self->addresses, gint64, middle) <= address)
        low = middle + 1;
      else
        high = middle;
    }
  if (low == 0)
    return NULL;
  begin = g_array_index (self->addresses, gint64, low - 1);
  found = g_hash_table_lookup (self->by_address, &begin);
  type = debug_types_get (self->types, &found->type);
  if (address - (guint64)begin >= debug_type_get_size (type))
    return NULL;
  *ret_begin = (guint64)begin;
  *ret_name = found->name;
  return type;
}
