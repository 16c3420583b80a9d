/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "task.h"

#include <string.h>

/* tokio::runtime::task::core::Cell<T, S>: the header, the future and what belongs to its end. All
 * offsets are taken from the types; the bits of the state are those of tokio/src/runtime/task/state.rs,
 * which were the same from 1.0 on. */

#define RUNNING 0x1u
#define COMPLETE 0x2u
#define NOTIFIED 0x4u
#define REFERENCES_SHIFT 6
#define MAX_REFERENCES (1000u * 1000u)

static guint
find_offset (DebugType *type, const char *part)
{
  guint64 offset;
  DebugType *found;

  return debug_type_find_part (type, part, &offset, &found) ? (guint)offset : RUST_NOWHERE;
}

/* Of the forms of a task's stage the one that has its future. */
static gboolean
fill_running (RustLayout *layout)
{
  DebugType *stage = layout->stage;

  for (guint i = 0; i < stage->n_variants; i++)
    {
      const DebugVariant *variant = &stage->variants[i];
      DebugType *form = debug_member_get_type (stage->types, &variant->member);
      const DebugMember *future = form != NULL ? debug_type_find_member (form, "__0") : NULL;

      if (future == NULL || !g_str_equal (variant->member.name, "Running"))
        continue;
      layout->running = variant;
      layout->running_future = debug_member_get_type (form->types, future);
      layout->running_offset = (guint)(variant->member.offset + future->offset);
      return layout->running_future != NULL;
    }
  return FALSE;
}

gboolean
rust_tokio_fill_layout (DebugType *cell, RustLayout *layout, guint *ret_poll_offset)
{
  guint64 header_offset, stage_offset;
  const DebugMember *table, *poll, *owner;
  DebugType *header, *pointer, *functions, *future;

  if (!debug_type_find_part (cell, "tokio::runtime::task::core::Header", &header_offset, &header) ||
      !debug_type_find_part (cell, "tokio::runtime::task::core::Stage<", &stage_offset,
                             &layout->stage))
    return FALSE;
  table = debug_type_find_member (header, "vtable");
  pointer = table != NULL ? debug_member_get_type (cell->types, table) : NULL;
  functions = pointer != NULL ? debug_type_get_target (pointer) : NULL;
  poll = functions != NULL ? debug_type_find_member (functions, "poll") : NULL;
  owner = debug_type_find_member (header, "owner_id");
  layout->state_offset = find_offset (header, "tokio::runtime::task::state::State");
  if (poll == NULL || layout->state_offset == RUST_NOWHERE || !fill_running (layout))
    return FALSE;
  layout->cell = cell;
  layout->functions = functions;
  layout->size = (guint)MIN (cell->size, 1u << 20);
  layout->table_offset = (guint)(header_offset + table->offset);
  layout->state_offset += (guint)header_offset;
  layout->owner_offset = owner != NULL ? (guint)(header_offset + owner->offset) : RUST_NOWHERE;
  layout->links_offset = find_offset (cell, "tokio::util::linked_list::Pointers<");
  layout->id_offset = find_offset (cell, "tokio::runtime::task::id::Id");
  layout->future_offset = (guint)stage_offset;
  future = debug_type_get_parameter (cell, "T");
  layout->is_blocking =
      future != NULL && debug_type_is (future, "tokio::runtime::blocking::task::BlockingTask<");
  layout->is_internal = layout->is_blocking && strstr (future->name, "<tokio::runtime::") != NULL;
  *ret_poll_offset = (guint)poll->offset;
  return TRUE;
}

RustTaskState
rust_tokio_get_state (guint64 word)
{
  if ((word & COMPLETE) != 0)
    return RUST_TASK_DONE;
  if ((word & RUNNING) != 0)
    return RUST_TASK_RUNNING;
  return (word & NOTIFIED) != 0 ? RUST_TASK_READY : RUST_TASK_IDLE;
}

/* In the list of its runtime, its neighbours know it: a copy that lies about on a stack, or what was
 * freed and not written over, is in none. */
static gboolean
is_listed (const RustCandidate *candidate, GHashTable *others)
{
  for (guint i = 0; i < G_N_ELEMENTS (candidate->links); i++)
    {
      const RustCandidate *other;

      if (candidate->links[i] == 0)
        continue;
      other = g_hash_table_lookup (others, GSIZE_TO_POINTER (candidate->links[i]));
      if (other == NULL || other->task.layout->of != RUST_ENTRY_TOKIO ||
          other->links[1 - i] != candidate->task.address)
        return FALSE;
    }
  return TRUE;
}

/* The same as it is by now: what was read of its neighbours was read earlier or later than it was. */
static gboolean
is_listed_now (const RustProgram *program, const InspectorProbeTarget *target, const RustTask *task)
{
  guint64 links[2], table, back;

  if (!target->read (target->data, task->address + task->layout->links_offset, links, sizeof links))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (links); i++)
    {
      const RustLayout *layout = NULL;

      if (links[i] == 0)
        continue;
      if (target->read (target->data, links[i] + task->layout->table_offset, &table, sizeof table))
        layout = g_hash_table_lookup (program->layouts, GSIZE_TO_POINTER (table));
      if (layout == NULL || layout->of != RUST_ENTRY_TOKIO ||
          layout->links_offset == RUST_NOWHERE ||
          !target->read (target->data, links[i] + layout->links_offset + 8 * (1 - i), &back,
                         sizeof back) ||
          back != task->address)
        return FALSE;
    }
  return TRUE;
}

gboolean
rust_tokio_check (const RustProgram *program, const InspectorProbeTarget *target,
                  RustCandidate *candidate, GHashTable *others)
{
  RustTask *task = &candidate->task;
  guint64 references = task->word >> REFERENCES_SHIFT;

  if (references == 0 || references > MAX_REFERENCES)
    return FALSE;
  task->state = rust_tokio_get_state (task->word);
  /* The jobs of the pool are in no list. */
  if (task->layout->is_blocking)
    return TRUE;
  if (task->layout->owner_offset != RUST_NOWHERE && candidate->owner == 0)
    return FALSE;
  return task->layout->links_offset == RUST_NOWHERE || is_listed (candidate, others) ||
         is_listed_now (program, target, task);
}
