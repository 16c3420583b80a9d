/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "hold.h"

#include "debuginfo/rust-containers.h"
#include "debuginfo/rust.h"

/* Guards that an Arc or Rc has behind it. All who count keep what is there, so that each of them holds the lock. Not
 * so what one of them could take out by its shared reference, from a Mutex or a RefCell: then the lock may be let go of by
 * any of them, and none is said to hold it. */

#define MAX_DEPTH 16
#define MAX_TYPES 1000

static gboolean has_guard (DebugType *type, GHashTable *seen, guint depth);

gboolean
rust_guard_is_cell (const DebugType *type)
{
  return debug_type_is (type, "core::cell::UnsafeCell<");
}

static gboolean
member_has_guard (DebugType *type, const DebugMember *member, GHashTable *seen, guint depth)
{
  DebugType *part = member->bit_size == 0 ? debug_member_get_type (type->types, member) : NULL;

  return part != NULL && has_guard (part, seen, depth + 1);
}

static gboolean
parts_have_guard (DebugType *type, GHashTable *seen, guint depth)
{
  for (guint i = 0; i < type->n_members; i++)
    if (member_has_guard (type, &type->members[i], seen, depth))
      return TRUE;
  for (guint i = 0; i < type->n_variants; i++)
    if (member_has_guard (type, &type->variants[i].member, seen, depth))
      return TRUE;
  return type->class == DEBUG_TYPE_ARRAY && member_has_guard (type, &type->target, seen, depth);
}

/* By types alone. What is in a plan may have been found out from further up, where no more was looked at. */
static gboolean
has_guard (DebugType *type, GHashTable *seen, guint depth)
{
  DebugRustContainer container;
  DebugType *counted;

  if (depth > MAX_DEPTH || g_hash_table_size (seen) > MAX_TYPES || rust_guard_is_cell (type) ||
      !g_hash_table_add (seen, type))
    return FALSE;
  if (rust_guard_is_one (type))
    return TRUE;
  if (debug_rust_container_get (type, &container))
    return has_guard (container.element, seen, depth + 1) ||
           (container.mapped != NULL && has_guard (container.mapped, seen, depth + 1));
  counted = debug_rust_get_counted (type);
  return counted != NULL ? has_guard (counted, seen, depth + 1)
                         : parts_have_guard (type, seen, depth);
}

gboolean
rust_guard_is_counted (DebugType *type)
{
  DebugType *target = debug_rust_get_counted (type);
  g_autoptr (GHashTable) seen = NULL;

  if (target == NULL)
    return FALSE;
  seen = g_hash_table_new (NULL, NULL);
  return has_guard (target, seen, 0);
}
