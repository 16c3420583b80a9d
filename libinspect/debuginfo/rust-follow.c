/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "debuginfo/rust.h"

/* What boxes, references and counted pointers of Rust lead to. */

gboolean
debug_rust_get_some (const DebugMemory *memory, DebugValue option, DebugValue *ret_content)
{
  const DebugVariant *variant = debug_value_get_variant (memory, option, NULL);
  DebugValue form;

  return variant != NULL && g_str_equal (variant->member.name, "Some") &&
         debug_value_get (option, &variant->member, &form) && form.type->n_members == 1 &&
         debug_value_get (form, &form.type->members[0], ret_content);
}

static gboolean
is_counted (const DebugType *type)
{
  return type->size == 8 &&
         (debug_type_is (type, "alloc::sync::Arc<") || debug_type_is (type, "alloc::rc::Rc<"));
}

/* Of what a counted pointer points to: the value. */
static const DebugMember *
find_counted (const DebugType *inner)
{
  const DebugMember *member = debug_type_find_member (inner, "data");

  return member != NULL ? member : debug_type_find_member (inner, "value");
}

static gboolean
follow_counted (const DebugMemory *memory, DebugValue value, DebugValue *ret_inner,
                DebugValue *ret_target)
{
  const DebugMember *member;
  DebugValue non_null, pointer;

  if (!debug_value_find_part (value, "core::ptr::non_null::NonNull<", &non_null) ||
      !debug_value_get_member (non_null, "pointer", &pointer) ||
      !debug_value_follow (memory, pointer, ret_inner))
    return FALSE;
  member = find_counted (ret_inner->type);
  return member != NULL && debug_value_get (*ret_inner, member, ret_target);
}

DebugType *
debug_rust_get_counted (DebugType *type)
{
  const DebugMember *member;
  DebugType *pointer;
  guint64 offset;

  if (!is_counted (type) ||
      !debug_type_find_part (type, "core::ptr::non_null::NonNull<", &offset, &pointer))
    return NULL;
  member = debug_type_find_member (pointer, "pointer");
  pointer = member != NULL ? debug_member_get_type (pointer->types, member) : NULL;
  type = pointer != NULL && pointer->class == DEBUG_TYPE_POINTER ? debug_type_get_target (pointer)
                                                                 : NULL;
  member = type != NULL ? find_counted (type) : NULL;
  return member != NULL ? debug_member_get_type (type->types, member) : NULL;
}

gboolean
debug_rust_follow_counted (const DebugMemory *memory, DebugValue value, DebugValue *ret_target)
{
  DebugValue inner, strong;
  guint64 n;

  /* More than that would have been too many: the library ends a program there. */
  return is_counted (value.type) && follow_counted (memory, value, &inner, ret_target) &&
         debug_value_get_member (inner, "strong", &strong) && strong.type->size == 8 &&
         debug_memory_read_number (memory, strong.address, 8, &n) && n > 0 && n <= G_MAXINT64;
}

gboolean
debug_rust_follow (const DebugMemory *memory, DebugValue value, DebugValue *ret_target)
{
  static const char *const wrappers[] = { "core::pin::Pin<", "core::ptr::non_null::NonNull<",
                                          "core::ptr::unique::Unique<", "alloc::boxed::Box<" };

  DebugValue inner;

  if (value.type->class == DEBUG_TYPE_POINTER)
    return debug_value_follow (memory, value, ret_target);
  if (is_counted (value.type))
    return follow_counted (memory, value, &inner, ret_target);
  for (guint i = 0; i < G_N_ELEMENTS (wrappers); i++)
    if (value.type->size == 8 && value.type->n_members > 0 &&
        debug_type_is (value.type, wrappers[i]))
      return debug_value_get (value, &value.type->members[0], &inner) &&
             debug_rust_follow (memory, inner, ret_target);
  return FALSE;
}
