/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/glib-private.h"

/* What an object's properties are is in its struct, in the one that its `priv` leads to, or in the one that GObject
 * keeps before it. */

#define BASE "_GObject"
#define PRIVATE "Private"
/* gobject/gtype.c, ALIGN_STRUCT: two words. */
#define ALIGNMENT 16

static gboolean
is_object (const DebugType *type)
{
  DebugType *base;
  guint64 offset;

  return type->class == DEBUG_TYPE_STRUCTURE && !debug_type_is (type, BASE) &&
         debug_type_find_part (type, BASE, &offset, &base) && offset == 0;
}

/* The struct that a pointer leads to, where it has members. */
static gboolean
follow_struct (DebugFormat *format, DebugValue pointer, DebugValue *ret_target)
{
  return debug_value_follow (format->memory, pointer, ret_target) &&
         ret_target->type->class == DEBUG_TYPE_STRUCTURE && ret_target->type->n_members > 0;
}

/* g_type_add_instance_private() lays it before the instance, that of the outermost class last. What comes of the
 * classes in between is not known, so that it is looked for where there are none. */
static gboolean
find_private (DebugValue value, DebugValue *ret_private)
{
  const char *name = value.type->base_name;
  g_autofree char *private = NULL;
  DebugType *base = debug_member_get_type (value.type->types, &value.type->members[0]);

  if (base == NULL || !debug_type_is (base, BASE))
    return FALSE;
  private = g_strconcat (*name == '_' ? name + 1 : name, PRIVATE, NULL);
  ret_private->type = debug_types_find (value.type->types, private);
  if (ret_private->type == NULL || ret_private->type->class != DEBUG_TYPE_STRUCTURE ||
      ret_private->type->n_members == 0)
    return FALSE;
  ret_private->address =
      value.address - (ret_private->type->size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  return TRUE;
}

gboolean
debug_glib_format_object (DebugFormat *format, DebugValue value, guint depth)
{
  const DebugMember *member;
  DebugValue pointer, inner;

  if (!is_object (value.type))
    return FALSE;
  debug_format_members (format, value, depth);
  member = debug_type_find_member (value.type, "priv");
  if (member != NULL)
    {
      if (!debug_value_get (value, member, &pointer) || !follow_struct (format, pointer, &inner))
        return TRUE;
      g_string_append (format->text, " priv: ");
      debug_format_members (format, inner, depth + 1);
    }
  else if (find_private (value, &inner))
    {
      g_string_append (format->text, " private: ");
      debug_format_members (format, inner, depth + 1);
      g_string_append (format->text, " (inferred)");
    }
  return TRUE;
}

gboolean
debug_glib_format_base_object (DebugFormat *format, DebugValue value, guint depth)
{
  DebugValue member;
  guint64 references;

  if (!debug_value_get_member (value, "ref_count", &member) ||
      !debug_value_read_number (format->memory, member, &references))
    return FALSE;
  g_string_append_printf (format->text, "GObject with %" G_GUINT64_FORMAT " reference%s",
                          references, references == 1 ? "" : "s");
  return TRUE;
}
