/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "walk.h"

#include <string.h>

#include "hold.h"
#include "leaf.h"
#include "told.h"

#define MAX_DEPTH 96
#define MAX_LOOKS 20000

/* Of many tasks each is looked at within a microsecond or less, and allocates nothing: what was found of the
 * one before lies where that of the next one will. */
#define BLOCK_BYTES (RUST_MAX_AWAITS * (sizeof (RustAwait) + RUST_MAX_FRAMES * sizeof (RustFrame)))
#define TASKS_A_CHUNK 64 /* texts are kept for somewhat longer than they have to be */

void
rust_walk_init (RustWalk *walk, RustMemory *memory, GPtrArray *programs)
{
  *walk = (RustWalk){ .memory = memory, .programs = programs };
  walk->texts = g_string_chunk_new (4096);
  walk->visited_more = g_hash_table_new (NULL, NULL);
  walk->block = g_malloc (BLOCK_BYTES);
  walk->awaits = g_ptr_array_new ();
  walk->holds = g_ptr_array_new_with_free_func (g_free);
}

void
rust_walk_clear (RustWalk *walk)
{
  g_string_chunk_free (walk->texts);
  g_hash_table_unref (walk->visited_more);
  g_free (walk->block);
  g_ptr_array_unref (walk->awaits);
  g_ptr_array_unref (walk->holds);
}

void
rust_walk_begin (RustWalk *walk)
{
  g_ptr_array_set_size (walk->awaits, 0);
  g_ptr_array_set_size (walk->holds, 0);
  if (walk->n_tasks++ % TASKS_A_CHUNK == 0)
    g_string_chunk_clear (walk->texts);
  if (walk->n_visited > RUST_N_VISITED)
    g_hash_table_remove_all (walk->visited_more);
  walk->n_visited = 0;
  walk->block_used = 0;
  walk->n_frames = 0;
  walk->deadline_ns = 0;
  walk->looks_left = MAX_LOOKS;
  walk->has_begun = FALSE;
  walk->told_name = NULL;
}

/* ---- What was found ----------------------------------------------------------------------------- */

void
rust_await_add_value (RustAwait *await, const InspectKind *key, guint64 value)
{
  if (await != NULL && await->n_attributes < RUST_MAX_ATTRIBUTES)
    await->attributes[await->n_attributes++] = (InspectorProbeAttribute){ key, value, NULL };
}

void
rust_await_add_text (RustAwait *await, const InspectKind *key, const char *text)
{
  if (await != NULL && await->n_attributes < RUST_MAX_ATTRIBUTES)
    await->attributes[await->n_attributes++] = (InspectorProbeAttribute){ key, 0, text };
}

void
rust_await_set_resource (RustAwait *await, const InspectKind *kind, guint64 id)
{
  if (await == NULL)
    return;
  await->has_resource = TRUE;
  await->resource.resource = (InspectorProbeResource){ .kind = kind, .id = id };
}

#define HASH_BEGIN G_GUINT64_CONSTANT (14695981039346656037)
#define HASH_FACTOR G_GUINT64_CONSTANT (1099511628211)
#define MAX_HASHED 65536

static guint64
mix (guint64 hash, guint64 number)
{
  hash = (hash ^ number) * HASH_FACTOR;
  return hash ^ hash >> 32;
}

/* All that a coroutine keeps. */
static guint64
mix_memory (RustWalk *walk, guint64 hash, guint64 address, guint64 size)
{
  guint64 words[512];

  size = MIN (size, MAX_HASHED);
  while (size >= 8)
    {
      gsize length = MIN (size, sizeof words) & ~(gsize)7;

      if (!debug_memory_read (&walk->memory->memory, address, words, length))
        return hash;
      for (gsize i = 0; i < length / 8; i++)
        hash = mix (hash, words[i]);
      address += length;
      size -= length;
    }
  return hash;
}

static gsize
find_innermost_own (const RustWalk *walk)
{
  for (guint i = walk->n_frames; i-- > 1;)
    if (!rust_variant_is_library (walk->frames[i].plan, walk->frames[i].coroutine,
                                  walk->frames[i].variant))
      return i;
  return 0;
}

/* What makes a wait the same one in the next look: where all coroutines are, and that the innermost one
 * of the program, with all that is in it, has not changed. Whoever comes to the same await again, in a
 * loop, has in nearly all cases counted or received something meanwhile. */
static guint64
hash_position (RustWalk *walk, const InspectKind *kind, guint64 id)
{
  guint64 hash = HASH_BEGIN, begin = 0, end = 0;
  guint innermost = find_innermost_own (walk);

  for (guint i = 0; i < walk->n_frames; i++)
    {
      const RustFrame *frame = &walk->frames[i];

      hash = mix (hash, frame->address);
      hash = mix (hash, frame->state);
      hash = mix (hash, (gsize)frame->coroutine);
      if (i < innermost || (frame->address >= begin && frame->address < end))
        continue;
      begin = frame->address;
      end = begin + frame->coroutine->size;
      hash = mix_memory (walk, hash, begin, frame->coroutine->size);
    }
  return mix (mix (hash, (gsize)kind), id);
}

RustAwait *
rust_walk_add (RustWalk *walk, const InspectKind *kind, guint64 id)
{
  RustAwait *await;

  if (walk->awaits->len >= RUST_MAX_AWAITS)
    return NULL;
  await = (RustAwait *)(walk->block + walk->block_used);
  walk->block_used += sizeof *await + walk->n_frames * sizeof *walk->frames;
  memset (await, 0, sizeof *await);
  await->kind = kind;
  await->id = hash_position (walk, kind, id);
  await->n_frames = walk->n_frames;
  memcpy (await->frames, walk->frames, walk->n_frames * sizeof *walk->frames);
  if (walk->deadline_ns != 0)
    rust_await_add_value (await, &rust_key_deadline, (guint64)walk->deadline_ns);
  g_ptr_array_add (walk->awaits, await);
  return await;
}

/* ---- Coroutines --------------------------------------------------------------------------------- */

/* Numbers that rustc gives to the states of each coroutine. */
#define STATE_UNRESUMED 0
#define STATE_FIRST_SUSPEND 3

/* FALSE: it was visited before. */
static gboolean
visit (RustWalk *walk, guint64 key)
{
  for (guint i = 0; i < MIN (walk->n_visited, RUST_N_VISITED); i++)
    if (walk->visited[i] == key)
      return FALSE;
  if (walk->n_visited < RUST_N_VISITED)
    walk->visited[walk->n_visited++] = key;
  else
    {
      walk->n_visited = RUST_N_VISITED + 1;
      return g_hash_table_add (walk->visited_more, GSIZE_TO_POINTER (key));
    }
  return TRUE;
}

static gboolean
walk_coroutine (RustWalk *walk, const RustPlan *plan, DebugValue value, guint depth)
{
  RustFrame frame = { .plan = plan, .coroutine = value.type, .address = value.address };
  const RustPlan *form_plan;
  DebugValue awaited;
  gboolean has_awaited;

  frame.variant = debug_value_get_variant (&walk->memory->memory, value, &frame.state);
  if (frame.variant == NULL || walk->n_frames >= RUST_MAX_FRAMES)
    return FALSE;
  /* Several ways may lead to it, or back. */
  if (!visit (walk, value.address ^ (gsize)value.type->key))
    return TRUE;
  if (frame.state < STATE_FIRST_SUSPEND)
    {
      if (frame.state != STATE_UNRESUMED || walk->n_frames == 0)
        return FALSE;
      rust_walk_add (walk, &rust_await_unpolled, value.address);
      return TRUE;
    }
  if (!debug_value_get (value, &frame.variant->member, &frame.form))
    return FALSE;
  walk->has_begun = TRUE;
  form_plan = rust_plan_get (frame.form.type);
  has_awaited =
      form_plan->awaited != NULL && debug_value_get (frame.form, form_plan->awaited, &awaited);
  if (has_awaited && rust_told_is_body (plan, awaited.type) && rust_walk (walk, awaited, depth + 1))
    return TRUE;
  walk->frames[walk->n_frames++] = frame;
  if (form_plan->has_guard)
    rust_holds_find (walk, &frame);
  if (!has_awaited || !rust_walk (walk, awaited, depth + 1))
    rust_leaf_unknown (walk, frame.form, has_awaited ? &awaited : NULL);
  walk->n_frames--;
  return TRUE;
}

/* ---- What has one in it ------------------------------------------------------------------------- */

static gboolean
follow_dyn (const DebugMemory *memory, GPtrArray *programs, DebugValue value,
            DebugValue *ret_target)
{
  DebugValue pointer, table;
  guint64 data, address;

  if (!debug_value_get_member (value, "pointer", &pointer) ||
      !debug_value_get_member (value, "vtable", &table) ||
      !debug_memory_read_number (memory, pointer.address, 8, &data) ||
      !debug_memory_read_number (memory, table.address, 8, &address))
    return FALSE;
  for (guint i = 0; i < programs->len; i++)
    {
      DebugType *type = rust_program_find_dyn (programs->pdata[i], address);

      if (type == NULL)
        continue;
      *ret_target = (DebugValue){ type, data };
      return TRUE;
    }
  return FALSE;
}

static gboolean
follow_pointer (const DebugMemory *memory, DebugValue value, DebugValue *ret_target)
{
  for (guint i = 0; i < 8; i++)
    {
      if (value.type->class == DEBUG_TYPE_POINTER)
        return debug_value_follow (memory, value, ret_target);
      if (value.type->n_members == 0 || !debug_value_get (value, &value.type->members[0], &value))
        return FALSE;
    }
  return FALSE;
}

/* Pin<Box<dyn Future>>, which is two words: one thing around another. */
static gboolean
is_wrapper (const DebugType *type)
{
  return debug_type_is (type, "core::pin::Pin<") && type->n_members == 1;
}

DebugValue
rust_resolve (const DebugMemory *memory, GPtrArray *programs, DebugValue value)
{
  for (guint i = 0; i < 8; i++)
    {
      const RustPlan *plan = rust_plan_get (value.type);

      if (!(plan->is_dyn && follow_dyn (memory, programs, value, &value)) &&
          !(plan->is_pointer && follow_pointer (memory, value, &value)) &&
          !(is_wrapper (value.type) && debug_value_get (value, &value.type->members[0], &value)))
        break;
    }
  return value;
}

static gboolean
walk_dyn (RustWalk *walk, DebugValue value, guint depth)
{
  return follow_dyn (&walk->memory->memory, walk->programs, value, &value) &&
         rust_walk (walk, value, depth + 1);
}

static gboolean
walk_pointer (RustWalk *walk, DebugValue value, guint depth)
{
  return follow_pointer (&walk->memory->memory, value, &value) &&
         rust_walk (walk, value, depth + 1);
}

static gboolean
walk_members (RustWalk *walk, DebugValue value, guint depth)
{
  gboolean is_found = FALSE;

  for (guint i = 0; i < value.type->n_members; i++)
    {
      DebugValue part;

      if (value.type->members[i].bit_size == 0 &&
          debug_value_get (value, &value.type->members[i], &part) &&
          rust_plan_get (part.type)->has_future)
        is_found |= rust_walk (walk, part, depth + 1);
    }
  return is_found;
}

static gboolean
walk_array (RustWalk *walk, DebugValue value, guint depth)
{
  DebugType *element = debug_type_get_target (value.type);
  guint64 size = element != NULL ? debug_type_get_size (element) : 0;
  gboolean is_found = FALSE;

  for (guint64 i = 0; size > 0 && i < MIN (value.type->count, RUST_MAX_AWAITS); i++)
    is_found |= rust_walk (walk, (DebugValue){ element, value.address + i * size }, depth + 1);
  return is_found;
}

gboolean
rust_walk (RustWalk *walk, DebugValue value, guint depth)
{
  const RustPlan *plan;
  const DebugVariant *variant;
  DebugValue form;
  gboolean is_found;

  if (depth > MAX_DEPTH || walk->looks_left == 0)
    return FALSE;
  walk->looks_left--;
  plan = rust_plan_get (value.type);
  if (!plan->has_future)
    return FALSE;
  if (plan->is_coroutine)
    return walk_coroutine (walk, plan, value, depth);
  if (plan->is_named)
    rust_told_note_name (walk, value);
  if (plan->leaf != NULL)
    return rust_leaf_walk (walk, plan->leaf, value, depth);
  if (plan->is_dyn)
    return walk_dyn (walk, value, depth);
  if (plan->is_pointer)
    return walk_pointer (walk, value, depth);
  if (value.type->class == DEBUG_TYPE_ARRAY)
    return walk_array (walk, value, depth);
  if (value.type->n_variants == 0)
    is_found = walk_members (walk, value, depth);
  else
    is_found = (variant = debug_value_get_variant (&walk->memory->memory, value, NULL)) != NULL &&
               debug_value_get (value, &variant->member, &form) && walk_members (walk, form, depth);
  if (!is_found && plan->is_own)
    rust_leaf_unknown (walk, value, &value);
  return is_found || plan->is_own;
}

guint64
rust_walk_get_first (const RustWalk *walk, guint64 otherwise)
{
  const RustAwait *await = walk->awaits->len > 0 ? walk->awaits->pdata[0] : NULL;

  return await != NULL && await->n_frames > 0 ? await->frames[0].address : otherwise;
}
