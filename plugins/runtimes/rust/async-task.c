/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

/* async_task::raw::RawTask<F, T, S>, the task of smol and async-std: a header, and behind it, in one
 * piece of memory, what a table of offsets says. The bits are those of async-task/src/state.rs 4. */

#define SCHEDULED 0x1u
#define RUNNING 0x2u
#define COMPLETED 0x4u
#define CLOSED 0x8u
#define REFERENCES_SHIFT 8
#define MAX_REFERENCES (1000u * 1000u)

/* How far behind the header the future is. */
static gboolean
read_future_offset (RustMemory *memory, DebugValue table, guint64 *ret_offset)
{
  DebugValue layout, inner;
  const DebugVariant *variant;

  if (!debug_value_get_member (table, "layout_info", &layout))
    return FALSE;
  while (layout.type->class == DEBUG_TYPE_POINTER)
    if (!debug_value_follow (&memory->memory, layout, &layout))
      return FALSE;
  /* An Option of it. */
  variant = debug_value_get_variant (&memory->memory, layout, NULL);
  if (variant != NULL && (!debug_value_get (layout, &variant->member, &inner) ||
                          !debug_value_get_member (inner, "__0", &layout)))
    return FALSE;
  return debug_value_get_member (layout, "offset_f", &inner) &&
         debug_value_read_number (&memory->memory, inner, ret_offset);
}

gboolean
rust_async_task_fill_layout (RustMemory *memory, DebugType *future, DebugType *raw,
                             guint64 word_address, RustLayout *layout)
{
  const DebugMember *member = debug_type_find_member (raw, "header");
  DebugType *pointer = member != NULL ? debug_member_get_type (raw->types, member) : NULL;
  DebugType *header = pointer != NULL ? debug_type_get_target (pointer) : NULL;
  const DebugMember *table_member =
      header != NULL ? debug_type_find_member (header, "vtable") : NULL;
  const DebugMember *state = header != NULL ? debug_type_find_member (header, "state") : NULL;
  DebugType *table_pointer =
      table_member != NULL ? debug_member_get_type (raw->types, table_member) : NULL;
  DebugType *table = table_pointer != NULL ? debug_type_get_target (table_pointer) : NULL;
  const DebugMember *run = table != NULL ? debug_type_find_member (table, "run") : NULL;
  guint64 offset;

  if (run == NULL || state == NULL)
    return FALSE;
  layout->table = word_address - run->offset;
  if (!read_future_offset (memory, (DebugValue){ table, layout->table }, &offset) ||
      offset > 1u << 20)
    return FALSE;
  layout->future = future;
  layout->functions = table;
  layout->future_offset = (guint)offset;
  layout->size = (guint)MIN (offset + future->size, 1u << 20);
  layout->table_offset = (guint)table_member->offset;
  layout->state_offset = (guint)state->offset;
  layout->owner_offset = layout->links_offset = layout->id_offset = RUST_NOWHERE;
  return TRUE;
}

RustTaskState
rust_async_task_get_state (guint64 word)
{
  if ((word & (COMPLETED | CLOSED)) != 0)
    return RUST_TASK_DONE;
  if ((word & RUNNING) != 0)
    return RUST_TASK_RUNNING;
  return (word & SCHEDULED) != 0 ? RUST_TASK_READY : RUST_TASK_IDLE;
}

void
rust_async_task_get_fresh (guint64 *ret_mask, guint64 *ret_value)
{
  *ret_mask = SCHEDULED | RUNNING | COMPLETED | CLOSED;
  *ret_value = SCHEDULED;
}

gboolean
rust_async_task_check (RustTask *task)
{
  guint64 references = task->word >> REFERENCES_SHIFT;

  task->state = rust_async_task_get_state (task->word);
  /* The Task that somebody has is no reference, but one that is detached has at least a waker. */
  return references <= MAX_REFERENCES && (references > 0 || (task->word & 0x10) != 0);
}
