/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "plan.h"

#include <string.h>
#include "debuginfo/rust-containers.h"
#include "debuginfo/rust.h"

#include "hold.h"
#include "leaf.h"
#include "told.h"

#define MAX_DEPTH 64

static const RustPlan *get (DebugType *type, guint depth);

/* ---- Coroutines --------------------------------------------------------------------------------- */

static const char *
get_self_name (DebugType *type)
{
  for (guint i = 0; i < type->n_variants; i++)
    {
      DebugType *form = debug_member_get_type (type->types, &type->variants[i].member);
      const DebugMember *self = form != NULL ? debug_type_find_member (form, "self") : NULL;
      DebugType *of = self != NULL ? debug_member_get_type (type->types, self) : NULL;

      if (of != NULL)
        return of->name;
    }
  return NULL;
}

/* Forms of a coroutine from this number on are awaits. */
#define FIRST_SUSPEND 3

static int
compare_lines (gconstpointer a, gconstpointer b)
{
  const DebugMember *x = &((const RustStep *)a)->variant->member;
  const DebugMember *y = &((const RustStep *)b)->variant->member;

  return (x->line > y->line) - (x->line < y->line);
}

static void
fill_steps (RustPlan *plan, DebugType *type)
{
  plan->has_steps = TRUE;
  plan->steps = g_new (RustStep, RUST_MAX_STEPS);
  for (guint i = 0; i < type->n_variants && plan->n_steps < RUST_MAX_STEPS; i++)
    {
      const DebugVariant *variant = &type->variants[i];
      DebugType *form = debug_member_get_type (type->types, &variant->member);
      const DebugMember *member = form != NULL ? debug_type_find_member (form, "__awaitee") : NULL;
      DebugType *awaited = member != NULL ? debug_member_get_type (form->types, member) : NULL;
      const RustPlan *other = awaited != NULL ? get (awaited, 0) : NULL;

      if (other != NULL && other->is_coroutine && variant->first >= FIRST_SUSPEND &&
          !variant->is_default && !plan->are_library[i])
        plan->steps[plan->n_steps++] = (RustStep){ other->function, variant };
    }
  qsort (plan->steps, plan->n_steps, sizeof *plan->steps, compare_lines);
}

static void
fill_places (RustPlan *plan, DebugType *type)
{
  plan->are_library = g_new (gboolean, type->n_variants);
  for (guint i = 0; i < type->n_variants; i++)
    {
      plan->are_library[i] = rust_own_is_library (type->types, &type->variants[i].member);
      if (type->variants[i].first == 0 && !type->variants[i].is_default)
        plan->beginning = &type->variants[i];
    }
  plan->is_library =
      plan->beginning != NULL && rust_own_is_library (type->types, &plan->beginning->member);
}

gboolean
rust_variant_is_library (const RustPlan *plan, const DebugType *coroutine,
                         const DebugVariant *variant)
{
  return plan->are_library[variant - coroutine->variants];
}

static void
fill_coroutine (RustPlan *plan, DebugType *type)
{
  fill_places (plan, type);
  plan->is_coroutine = plan->has_future = TRUE;
  plan->function = rust_name_dup_function (type->name, get_self_name (type));
  plan->scope = rust_name_dup_scope (type->name);
}

/* ---- What may have one in it -------------------------------------------------------------------- */

static void
add_part (RustPlan *plan, DebugType *types_of, const DebugMember *member, guint depth)
{
  DebugType *type = debug_member_get_type (types_of->types, member);
  const RustPlan *part;

  if (type == NULL || member->bit_size != 0)
    return;
  part = get (type, depth + 1);
  plan->has_future |= part->has_future;
  plan->has_guard |= part->has_guard;
}

static void
fill_parts (RustPlan *plan, DebugType *type, guint depth)
{
  for (guint i = 0; i < type->n_members; i++)
    add_part (plan, type, &type->members[i], depth);
  for (guint i = 0; i < type->n_variants; i++)
    {
      DebugType *form = debug_member_get_type (type->types, &type->variants[i].member);

      for (guint j = 0; form != NULL && j < form->n_members; j++)
        add_part (plan, form, &form->members[j], depth);
    }
}

static gboolean
is_dyn (const DebugType *type)
{
  return debug_type_find_member (type, "vtable") != NULL &&
         debug_type_find_member (type, "pointer") != NULL;
}

static gboolean
is_dyn_future (const DebugType *type)
{
  return strstr (type->name, "::Future<") != NULL || strstr (type->name, "::Stream<") != NULL ||
         strstr (type->name, "::Future ") != NULL || strstr (type->name, "::Future>") != NULL;
}

/* Pin<P>, Box<T>: a struct of one word. What a reference has behind it is polled only where it is a
 * future itself. */
DebugType *
rust_plan_get_pointed (DebugType *type)
{
  for (guint i = 0; i < 8 && type != NULL; i++)
    {
      if (type->class == DEBUG_TYPE_POINTER)
        return debug_type_get_target (type);
      if (type->class != DEBUG_TYPE_STRUCTURE || type->n_members == 0 || type->size != 8)
        return NULL;
      type = debug_member_get_type (type->types, &type->members[0]);
    }
  return NULL;
}

/* The body of a traced function is a block within it, which is shown as the function. */
static void
fill_told (RustPlan *plan, DebugType *type, guint depth)
{
  const DebugMember *future = debug_type_find_member (type, "future");
  DebugType *body = future != NULL ? debug_member_get_type (type->types, future) : NULL;
  const RustPlan *inside = body != NULL ? get (body, depth + 1) : NULL;

  plan->is_traced = debug_type_is (type, RUST_TOLD_TRACED) && inside != NULL;
  plan->is_named = debug_type_is (type, RUST_TOLD_NAMED) && inside != NULL;
  if (plan->is_traced && inside->is_coroutine)
    rust_name_cut_block (((RustPlan *)inside)->function);
}

static gboolean
is_wrapper (const DebugType *type)
{
  return type->class == DEBUG_TYPE_POINTER
             ? *type->base_name == '&' || *type->base_name == 'A' || *type->base_name == '*'
             : debug_type_is (type, "core::pin::Pin<") ||
                   debug_type_is (type, "alloc::boxed::Box<");
}

static void
fill_pointer (RustPlan *plan, DebugType *type, guint depth)
{
  DebugType *target = rust_plan_get_pointed (type);
  const RustPlan *pointed;

  plan->is_pointer = TRUE;
  if (target == NULL)
    return;
  pointed = get (target, depth + 1);
  plan->has_future = pointed->has_future;
}

/* What the program polls by hand waits, whatever for. What its crate for us has made is seen through. */
static void
fill_own (RustPlan *plan, DebugType *type)
{
  plan->is_own = !plan->is_traced && !plan->is_named && rust_poll_find (type, &plan->poll) &&
                 !rust_own_is_library (type->types, &plan->poll);
  plan->has_future |= plan->is_own;
}

/* What lies elsewhere, and belongs to it all the same. */
static void
fill_elements (RustPlan *plan, DebugType *type, guint depth)
{
  DebugRustContainer container;

  plan->is_container = debug_rust_container_get (type, &container);
  if (!plan->is_container)
    return;
  plan->has_guard |= get (container.element, depth + 1)->has_guard;
  if (container.mapped != NULL)
    plan->has_guard |= get (container.mapped, depth + 1)->has_guard;
}

static const DebugMember *
find_semaphore (const DebugType *type)
{
  const DebugMember *member = debug_type_find_member (type, "semaphore");
  DebugType *pointer = member != NULL ? debug_member_get_type (type->types, member) : NULL;
  DebugType *target = pointer != NULL && pointer->class == DEBUG_TYPE_POINTER
                          ? debug_type_get_target (pointer)
                          : NULL;

  return target != NULL && debug_type_is (target, "tokio::sync::batch_semaphore::Semaphore")
             ? member
             : NULL;
}

static void
fill (RustPlan *plan, DebugType *type, guint depth)
{
  if (depth > MAX_DEPTH)
    return;
  if (type->class == DEBUG_TYPE_STRUCTURE && type->n_variants > 0 &&
      rust_name_is_coroutine (type->base_name))
    {
      fill_coroutine (plan, type);
      return;
    }
  plan->awaited = debug_type_find_member (type, "__awaitee");
  plan->leaf = rust_leaf_find (type);
  plan->has_future = plan->leaf != NULL;
  plan->is_guard = plan->has_guard = rust_guard_is_one (type);
  if (plan->leaf != NULL && debug_type_is (type, "tokio::sync::batch_semaphore::Acquire"))
    plan->semaphore = find_semaphore (type);
  if (plan->leaf != NULL && debug_type_is (type, "tokio::time::sleep::Sleep"))
    debug_type_find_part (type, "std::time::Instant", &plan->instant_offset, &plan->instant);
  if (plan->leaf != NULL || plan->is_guard)
    return;
  if (type->class == DEBUG_TYPE_STRUCTURE && is_dyn (type))
    {
      plan->is_dyn = plan->has_future = is_dyn_future (type);
      return;
    }
  if (type->size == 8 && is_wrapper (type) && rust_plan_get_pointed (type) != NULL)
    fill_pointer (plan, type, depth);
  else if (type->class == DEBUG_TYPE_STRUCTURE || type->class == DEBUG_TYPE_UNION)
    {
      fill_parts (plan, type, depth);
      fill_told (plan, type, depth);
      fill_own (plan, type);
    }
  else if (type->class == DEBUG_TYPE_ARRAY && type->count > 0)
    add_part (plan, type, &type->target, depth);
  /* What is shared is not polled by who has a part of it, and not waited for: settings, a handle of somebody's task. */
  if (debug_type_is (type, "alloc::rc::Rc<") || debug_type_is (type, "alloc::sync::Arc<"))
    plan->has_future = FALSE;
  fill_elements (plan, type, depth);
  plan->is_counted = rust_guard_is_counted (type);
  plan->has_guard |= plan->is_counted;
}

static void
plan_free (gpointer data)
{
  RustPlan *plan = data;

  g_free (plan->short_name);
  g_free (plan->function);
  g_free (plan->scope);
  g_free (plan->are_library);
  g_free (plan->steps);
  g_free (plan);
}

static const RustPlan *
get (DebugType *type, guint depth)
{
  RustPlan *plan = type->plan;

  if (plan != NULL)
    return plan;
  plan = g_new0 (RustPlan, 1);
  /* First, so that a type that leads back to itself ends there. */
  type->plan = plan;
  type->free_plan = plan_free;
  fill (plan, type, depth);
  return plan;
}

const RustPlan *
rust_plan_get (DebugType *type)
{
  return get (type, 0);
}

const RustPlan *
rust_plan_get_with_steps (DebugType *type)
{
  RustPlan *plan = (RustPlan *)get (type, 0);

  if (plan->is_coroutine && !plan->has_steps)
    fill_steps (plan, type);
  return plan;
}
