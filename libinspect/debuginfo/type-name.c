/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What a type is called in the source: by its typedef where it has been declared by one. A DebugType does not know that,
 * for it is what all that are called differently are. */

#include <dwarf.h>
#include <string.h>

#include "debuginfo/type.h"

#define MAX_DEPTH 16

static gboolean
get_target (Dwarf_Die *die, Dwarf_Die *ret_target)
{
  Dwarf_Attribute attribute;

  return dwarf_attr_integrate (die, DW_AT_type, &attribute) != NULL &&
         dwarf_formref_die (&attribute, ret_target) != NULL;
}

/* "[3][4]"; "[]" where it is not said how many there are. */
static void
append_bounds (GString *text, Dwarf_Die *array)
{
  Dwarf_Die child;

  if (dwarf_child (array, &child) != 0)
    return;
  do
    {
      Dwarf_Attribute attribute;
      Dwarf_Word count = 0;

      if (dwarf_tag (&child) != DW_TAG_subrange_type)
        continue;
      if (dwarf_attr_integrate (&child, DW_AT_count, &attribute) != NULL &&
          dwarf_formudata (&attribute, &count) == 0)
        g_string_append_printf (text, "[%" G_GUINT64_FORMAT "]", (guint64)count);
      else if (dwarf_attr_integrate (&child, DW_AT_upper_bound, &attribute) != NULL &&
               dwarf_formudata (&attribute, &count) == 0 && count < G_MAXINT32)
        g_string_append_printf (text, "[%" G_GUINT64_FORMAT "]", (guint64)count + 1);
      else
        g_string_append (text, "[]");
    }
  while (dwarf_siblingof (&child, &child) == 0);
}

static void append_name (GString *text, DebugTypes *types, Dwarf_Die *die, guint depth);

static void
append_target (GString *text, DebugTypes *types, Dwarf_Die *die, guint depth)
{
  Dwarf_Die target;

  if (get_target (die, &target))
    append_name (text, types, &target, depth + 1);
  else
    g_string_append (text, "void");
}

static void
append_unnamed (GString *text, DebugTypes *types, Dwarf_Die *die, guint depth)
{
  switch (dwarf_tag (die))
    {
    case DW_TAG_const_type:
    case DW_TAG_volatile_type:
    case DW_TAG_restrict_type:
    case DW_TAG_atomic_type:
      append_target (text, types, die, depth);
      return;
    case DW_TAG_pointer_type:
      append_target (text, types, die, depth);
      g_string_append (text, g_str_has_suffix (text->str, "*") ? "*" : " *");
      return;
    case DW_TAG_reference_type:
    case DW_TAG_rvalue_reference_type:
      append_target (text, types, die, depth);
      g_string_append (text, " &");
      return;
    case DW_TAG_array_type:
      append_target (text, types, die, depth);
      append_bounds (text, die);
      return;
    case DW_TAG_subroutine_type:
      g_string_append (text, "function");
      return;
    case DW_TAG_union_type:
      g_string_append (text, "union");
      return;
    case DW_TAG_enumeration_type:
      g_string_append (text, "enum");
      return;
    default:
      g_string_append (text, "struct");
    }
}

static void
append_name (GString *text, DebugTypes *types, Dwarf_Die *die, guint depth)
{
  const char *name = depth < MAX_DEPTH ? debug_types_get_name (types, die) : "?";

  if (*name != '\0')
    g_string_append (text, name);
  else
    append_unnamed (text, types, die, depth);
}

char *
debug_types_dup_type_name (DebugTypes *types, Dwarf_Die *die)
{
  GString *text = g_string_new (NULL);

  append_name (text, types, die, 0);
  return g_string_free (text, FALSE);
}

char *
debug_types_dup_target_name (DebugTypes *types, Dwarf_Die *die)
{
  Dwarf_Die at = *die, target;

  for (guint i = 0; i < MAX_DEPTH; i++)
    {
      int tag = dwarf_tag (&at);

      if (!get_target (&at, &target))
        return g_strdup (tag == DW_TAG_pointer_type ? "void" : "");
      if (tag == DW_TAG_pointer_type)
        return debug_types_dup_type_name (types, &target);
      at = target;
    }
  return g_strdup ("");
}
