/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <errno.h>
#include <string.h>

#include "table.h"

/* Live events of Rust's tasks. Each type of task has a table of functions, which the compiler put into the
 * program's data: the word of it that leads to the function which polls leads here instead, and so on. No
 * code is changed. Where these words are the probe has found out from the debug info (../rust/live.c).
 *
 * A task is known by the address of its header, which is also the id that the probe gives it. */

/* A poll that is under way in this thread, on its stack. */
typedef struct Polling
{
  struct Polling *outer;
  InspectId task;
  InspectId previous;
  bool is_over;
} Polling;

static __thread Polling *innermost;

/* Made at the first attach, and never changed or freed: a thread may be on its way through it at any
 * time. */
static Table table;
static bool is_made;
static const void *told; /* what it was made from */
static size_t (*swap) (const InspectSwap *swaps, size_t n);

/* Tasks of which no end was told, by their address; of two that want one place only one has it. A task of
 * async-task that nobody waits for ends without passing here: that is known when its memory is another's,
 * or when the probe misses it. */
#define N_MADE 65536u
static InspectId made[N_MADE];

/* The program ran before it was looked at: what is polled for the first time here may be old. */
static bool is_late;

static InspectId *
get_made (InspectId id)
{
  return &made[(id * UINT64_C (0x9e3779b97f4a7c15)) >> 48];
}

/* ---- Polls -------------------------------------------------------------------------------------- */

static void
end_poll (Polling *polling)
{
  if (!polling->is_over && inspect_is_on ())
    inspect_poll_end (polling->task, polling->previous);
  polling->is_over = true;
}

/* A panic goes past this code without a word: what is no longer on the stack, which grows downwards, is
 * over. */
static void
leave_unwound (const Polling *now)
{
  while (innermost != NULL && (uintptr_t)innermost <= (uintptr_t)now)
    {
      end_poll (innermost);
      innermost = innermost->outer;
    }
}

/* Of sizes that a form has. The task is about to be polled: nobody else changes it. */
static uint64_t
read_number (const void *address, uint32_t size)
{
  switch (size)
    {
    case 1:
      return *(const uint8_t *)address;
    case 2:
      return *(const uint16_t *)address;
    case 4:
      return *(const uint32_t *)address;
    default:
      return *(const uint64_t *)address;
    }
}

/* Whether it was never polled before. */
static bool
is_fresh (const char *task, const InspectSlotType *type)
{
  if (type->form_offset == INSPECT_SLOTS_NOWHERE)
    return false;
  if (type->box_offset != INSPECT_SLOTS_NOWHERE)
    memcpy (&task, task + type->box_offset, sizeof task);
  return task != NULL && read_number (task + type->form_offset, type->form_size) == type->fresh;
}

static InspectLocationId
get_location (const TableEntry *entry)
{
  return entry->type != NULL ? inspect_location_id ((InspectLocation *)&entry->type->location) : 0;
}

/* Of a type without a known name the probe tells, once it has looked into its box. */
static InspectLocationId
get_place (const TableEntry *entry)
{
  return entry->type != NULL && entry->type->location.line != 0 ? get_location (entry) : 0;
}

/* Those of async-task are told of when they are made; of a type that is not known, what was not there. */
static bool
is_first_poll (const TableType *type, const char *task)
{
  InspectId id = inspect_id_of (task), nobody = 0;

  if (type == NULL || type->type->fresh_mask != 0)
    return false;
  if (type->type->form_offset != INSPECT_SLOTS_NOWHERE)
    return is_fresh (task, type->type);
  return !is_late && __atomic_compare_exchange_n (get_made (id), &nobody, id, false,
                                                  __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

static uint64_t
poll (const TableEntry *entry, void *task, uint64_t more)
{
  InspectLocationId location = get_location (entry);
  Polling polling = { .task = inspect_id_of (task) };
  uint64_t result;

  leave_unwound (&polling);
  if (is_first_poll (entry->type, task))
    inspect_task_begin (polling.task, INSPECT_NONE, get_place (entry));
  polling.outer = innermost;
  polling.previous = inspect_poll_begin (polling.task, 0, location);
  innermost = &polling;
  result = entry->original (task, more);
  innermost = polling.outer;
  end_poll (&polling);
  return result;
}

/* ---- Beginnings and ends ---------------------------------------------------------------------------- */

/* Mostly in its own last poll, which is over with it: by the time that the poll returns, its memory may
 * be another task's. */
static void
tell_end (void *task)
{
  InspectId id = inspect_id_of (task);

  InspectId *place = get_made (id);

  if (innermost != NULL && innermost->task == id)
    end_poll (innermost);
  inspect_task_end (id, 0);
  if (__atomic_load_n (place, __ATOMIC_RELAXED) == id)
    __atomic_store_n (place, 0, __ATOMIC_RELAXED);
}

static void
tell_made (const TableEntry *entry, const char *task)
{
  const InspectSlotType *type = entry->type != NULL ? entry->type->type : NULL;
  InspectId id = inspect_id_of (task);
  InspectId *place = get_made (id);

  if (type == NULL || !is_fresh (task, type) ||
      (read_number (task + type->word_offset, 8) & type->fresh_mask) != type->fresh_value)
    return;
  if (__atomic_exchange_n (place, id, __ATOMIC_RELAXED) == id)
    inspect_task_end (id, 0);
  inspect_task_begin (id, inspect_task_current (), get_place (entry));
}

/* ---- Memory that is given back ------------------------------------------------------------------------ */

/* Whoever lets go of a task of tokio last frees it there and then, mostly within its own last poll: by then
 * no function of its table is called any more. The program's own free() is. */
static void (*real_free) (void *memory);

static void
hook_free (void *memory)
{
  const InspectId id = inspect_id_of (memory);
  Polling *frame = innermost;

  /* What lies deeper than this very frame was left by a panic. */
  while (frame != NULL &&
         (frame->task != id || (uintptr_t)frame <= (uintptr_t)__builtin_frame_address (0)))
    frame = frame->outer;
  if (__builtin_expect (frame != NULL, false) && inspect_is_on ())
    {
      end_poll (frame);
      frame->task = INSPECT_NONE;
      tell_end (memory);
    }
  real_free (memory);
}

static const InspectHook hooks[] = {
  { "free", (void *)hook_free, (void **)&real_free },
};

/* A function that may give the memory back. */
static uint64_t
release (const TableEntry *entry, void *task, uint64_t more)
{
  Polling frame = { .task = inspect_id_of (task), .is_over = true };
  uint64_t result;

  leave_unwound (&frame);
  frame.outer = innermost;
  innermost = &frame;
  result = entry->original (task, more);
  innermost = frame.outer;
  return result;
}

/* ---- What is called instead ------------------------------------------------------------------------- */

uint64_t __attribute__ ((used, visibility ("hidden")))
rust_live_call (void *task, uint64_t more, uint32_t index)
{
  const TableEntry *entry = &table.entries[index];

  if (inspect_is_on ())
    switch ((InspectSlotOf)entry->of)
      {
      case INSPECT_SLOT_POLL:
        return poll (entry, task, more);
      case INSPECT_SLOT_END:
        tell_end (task);
        break;
      case INSPECT_SLOT_SCHEDULE:
        tell_made (entry, task);
        break;
      case INSPECT_SLOT_RELEASE:
        return release (entry, task, more);
      case INSPECT_SLOT_WAKE:
        inspect_wake (inspect_id_of (task));
        break;
      }
  return entry->original (task, more);
}

/* ---- Start and stop ---------------------------------------------------------------------------------- */

/* What libinspect has been told twice it has once: the same program has the same table. */
static bool
prepare (const InspectAgent *agent)
{
  size_t size = 0;
  const void *bytes = agent->ask (&size);

  if (bytes == NULL)
    return false;
  if (!is_made)
    {
      is_made = table_make (agent, bytes, size, &table);
      told = bytes;
    }
  return is_made && told == bytes;
}

static int
start (const InspectAgent *agent)
{
  /* An older agent lends less. */
  if (agent->size < offsetof (InspectAgent, swap) + sizeof agent->swap)
    return 1;
  swap = agent->swap;
  if (!prepare (agent))
    return 1;
  swap (table.swaps, table.n_entries);
  return 0;
}

static void
adopt (const InspectSite *site)
{
  is_late = true;
}

/* Threads that are in a poll still return through this. */
static void
stop (void)
{
  InspectSwap back[64];
  uint32_t n = 0;

  for (uint32_t i = 0; is_made && i < table.n_entries; i++)
    {
      back[n++] = (InspectSwap){ table.swaps[i].slot, table.swaps[i].to, table.swaps[i].from };
      if (n == sizeof back / sizeof *back || i + 1 == table.n_entries)
        {
          swap (back, n);
          n = 0;
        }
    }
}

INSPECT_RUNTIME_PLUGIN (.id = "rust-live", .hooks = hooks,
                        .n_hooks = sizeof hooks / sizeof hooks[0], .start = start, .stop = stop,
                        .adopt = adopt);
