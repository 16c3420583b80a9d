/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "dispatch.h"

#include "add.h"
#include "context.h"
#include "extent.h"
#include "source.h"
#include "table.h"
#include "task.h"

#define NS_PER_US 1000

typedef struct
{
  InspectObject await;
  InspectId task; /* with a reference; INSPECT_NONE: no poll */
  InspectId previous;
  InspectId outer; /* what this thread dispatched before, and still does; context_dispatches() */
  InspectLocationId place;
  uint64_t cost;
} Firing;

static bool
is_timer (const Record *record)
{
  return record->kind == SOURCE_TIMEOUT || record->kind == SOURCE_TIMEOUT_ONCE;
}

/* The function that runs: the program's callback, or the dispatch function of a source without. */
static InspectLocationId
place_of (Record *record, DispatchFunc original, GSourceFunc callback)
{
  Callback function = callback != NULL ? (Callback)callback : (Callback)original;

  if (record->callback != function || record->place == 0)
    {
      record->callback = function;
      record->place = inspect_location_of_function ((const void *)function);
    }
  return record->place;
}

/* Returns: false when the source is not pending as far as is known. */
static bool
take (Firing *firing, DispatchFunc original, GSource *source, GSourceFunc callback, bool *ret_pass)
{
  Record *record = table_open (source);
  bool is_taken = false;

  *ret_pass = false;
  if (record == NULL)
    return false;
  if ((record->flags & (RECORD_CHILD | RECORD_BEGINNING | RECORD_OVER)) != 0)
    *ret_pass = true;
  else if ((record->flags & RECORD_PENDING) != 0 && task_ref (record->task))
    {
      firing->task = record->task;
      firing->await = record_await (record);
      firing->place = place_of (record, original, callback);
      record->n_dispatching++;
      is_taken = true;
    }
  table_close (record);
  return is_taken;
}

static void
meet (DispatchFunc original, GSource *source, GSourceFunc callback)
{
  SourceFacts facts = source_read (source, source->context);
  Callback function = callback != NULL ? (Callback)callback : (Callback)original;

  facts.callback = function;
  source_begin (source, &facts, inspect_location_of_function ((const void *)function));
}

static void
firing_begin (Firing *firing, DispatchFunc original, GSource *source, GSourceFunc callback)
{
  bool pass;

  firing->task = INSPECT_NONE;
  firing->cost = inspect_cost_begin ();
  if (!take (firing, original, source, callback, &pass) && !pass)
    {
      /* Attached before anybody looked, or by a function that is not followed. */
      meet (original, source, callback);
      if (!take (firing, original, source, callback, &pass))
        plugin.agent.count_skipped ();
    }
  firing->outer = context_dispatches (source->context, firing->task, firing->place);
  if (firing->task != INSPECT_NONE)
    firing->previous = inspect_poll_begin (firing->task, firing->await, firing->place);
  cost_end (firing->cost);
}

/* Whoever dispatches has a reference to the source. */
static void
firing_end (Firing *firing, GSource *source, gboolean goes_on)
{
  Record *record;
  bool is_over = false;
  bool is_due_again = false;

  context_dispatched (source->context, firing->outer);
  if (firing->task == INSPECT_NONE)
    return;
  firing->cost = cost_again (firing->cost);
  record = table_open (source);
  if (record != NULL)
    {
      if (record->n_dispatching > 0) /* it may have been forgotten and met again */
        record->n_dispatching--;
      is_over = !goes_on && (record->flags & RECORD_PENDING) != 0;
      is_due_again = goes_on && is_timer (record) && (record->flags & RECORD_PENDING) != 0;
      if (is_over)
        record->flags &= ~RECORD_PENDING;
      table_close (record);
    }
  if (plugin_is_on ())
    {
      if (is_over)
        inspect_await_end (firing->task, firing->await, 0);
      if (is_due_again)
        inspect_attribute (firing->await, &key_due,
                           (uint64_t)plugin.ready_time (source) * NS_PER_US);
      inspect_poll_end (firing->task, firing->previous);
    }
  else
    inspect_task_enter (firing->previous);
  if (is_over)
    task_unref (firing->task);
  task_unref (firing->task);
  cost_end (firing->cost);
}

/* It stands with the functions that GLib calls, for what GLib's own dispatch functions jump to returns
 * here: funcs_is_of_glib(). */
__attribute__ ((section ("glib_trampolines"), noinline)) gboolean
dispatch_follow (DispatchFunc original, GSource *source, GSourceFunc callback, gpointer data)
{
  Firing firing;
  gboolean goes_on;

  if (!plugin_is_on ())
    return original (source, callback, data);
  firing_begin (&firing, original, source, callback);
  goes_on = original (source, callback, data);
  extent_settle ();
  firing_end (&firing, source, goes_on);
  return goes_on;
}

void
dispatch_finalize (FinalizeFunc original, GSource *source)
{
  if (original != NULL)
    original (source);
  add_note_death (source);
  source_forget (source);
}
