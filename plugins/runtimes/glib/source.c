/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "source.h"

#include <errno.h>
#include <string.h>

#include "context.h"
#include "funcs.h"
#include "task.h"

#define NS_PER_US 1000

/* ---- What a source is as an await and as a resource ------------------------------------------ */

#define AWAIT(name, phrase, flags)                                                                 \
  {                                                                                                \
    name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0                                                  \
  }
static InspectKind awaits[N_SOURCE_KINDS] = {
  [SOURCE_CUSTOM] = AWAIT ("glib.source", "waiting for a source of {callback}",
                           INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES),
  [SOURCE_TIMEOUT] = AWAIT ("glib.timeout", "timeout every {repeat}, due in {due}",
                            INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_TIMER),
  [SOURCE_TIMEOUT_ONCE] = AWAIT ("glib.timeout-once", "timeout, due in {due}",
                                 INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER),
  [SOURCE_IDLE] = AWAIT ("glib.idle", "idle callback, next when nothing more urgent is",
                         INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LOOP),
  [SOURCE_FD] =
      AWAIT ("glib.fd", "watching descriptor {fd}", INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES),
  [SOURCE_CHILD] = AWAIT ("glib.child", "child process {pid} to exit",
                          INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_EXTERNAL),
  [SOURCE_SIGNAL] = AWAIT ("glib.signal", "waiting for signal {signal}",
                           INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES),
};
static InspectKind await_named = AWAIT ("glib.named-source", "waiting for source {name}",
                                        INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES);

static InspectKind *const resources[N_SOURCE_KINDS] = {
  [SOURCE_CUSTOM] = &resource_source,        [SOURCE_TIMEOUT] = &resource_timeout,
  [SOURCE_TIMEOUT_ONCE] = &resource_timeout, [SOURCE_FD] = &resource_fd,
  [SOURCE_CHILD] = &resource_child,          [SOURCE_SIGNAL] = &resource_signal,
};

static InspectKind *const value_keys[N_SOURCE_KINDS] = {
  [SOURCE_CUSTOM] = &key_fd,
  [SOURCE_FD] = &key_fd,
  [SOURCE_CHILD] = &key_pid,
  [SOURCE_SIGNAL] = &key_signal,
};

InspectObject
record_await (const Record *record)
{
  bool is_named = record->kind == SOURCE_CUSTOM && (record->flags & RECORD_NAMED) != 0;

  return inspect_object (is_named ? &await_named : &awaits[record->kind],
                         inspect_id_of ((const void *)record->source));
}

/* An idle source is nothing but its await: most live for one turn of the loop. */
static bool
is_resource (SourceKind kind)
{
  return kind != SOURCE_IDLE;
}

InspectObject
record_resource (const Record *record)
{
  if (!is_resource (record->kind))
    return (record->flags & RECORD_PENDING) != 0 ? record_await (record) : 0;
  return inspect_object (resources[record->kind], inspect_id_of ((const void *)record->source));
}

/* ---- Begin ----------------------------------------------------------------------------------- */

/* What the makers of sources noted of it before it was attached. */
static void
complete (SourceFacts *facts, const Record *record)
{
  if (record->kind != SOURCE_CUSTOM)
    facts->kind = record->kind;
  if (!facts->has_value && (record->flags & RECORD_HAS_VALUE) != 0)
    {
      facts->has_value = true;
      facts->value = record->value;
    }
  if (facts->repeat_ns == 0)
    facts->repeat_ns = record->repeat_ns;
  if (facts->callback == NULL)
    facts->callback = record->callback;
}

static void
say_facts (InspectObject object, const SourceFacts *facts)
{
  inspect_attribute (object, &key_owner, context_resource (facts->context));
  inspect_attribute (object, &key_priority, (uint64_t)(int64_t)facts->priority);
  if (facts->callback != NULL)
    inspect_attribute (object, &key_callback, (uint64_t)(uintptr_t)facts->callback);
  if (facts->has_value && value_keys[facts->kind] != NULL)
    inspect_attribute (object, value_keys[facts->kind], (uint64_t)(int64_t)facts->value);
  plugin_say_text (object, &key_name, facts->name);
}

static void
say_begin (InspectId task, InspectObject await, InspectObject resource, const SourceFacts *facts,
           InspectLocationId where)
{
  if (resource != 0)
    {
      inspect_resource_begin (resource, where);
      say_facts (resource, facts);
    }
  inspect_await_begin (task, await, where);
  if (resource != 0)
    inspect_attribute (await, &key_resource, resource);
  else
    say_facts (await, facts);
  if (facts->due_us >= 0)
    inspect_attribute (await, &key_due, (uint64_t)facts->due_us * NS_PER_US);
  if (facts->repeat_ns != 0)
    inspect_attribute (await, &key_repeat, facts->repeat_ns);
}

bool
source_begin (const void *source, const SourceFacts *given, InspectLocationId where)
{
  SourceFacts facts = *given;
  Record *record = table_open_new (source);
  InspectId task;
  InspectObject await;
  InspectObject resource;

  if (record == NULL)
    {
      plugin.agent.count_skipped ();
      return false;
    }
  if ((record->flags & (RECORD_PENDING | RECORD_BEGINNING | RECORD_CHILD)) != 0)
    {
      table_close (record);
      return false;
    }
  complete (&facts, record);
  record->flags |= RECORD_BEGINNING | (facts.name != NULL ? RECORD_NAMED : 0);
  record->kind = facts.kind;
  record->id = facts.id;
  await = record_await (record);
  resource = record_resource (record);
  table_close (record);

  task = task_of_operation (context_is_here (facts.context), where);
  if (task != INSPECT_NONE)
    say_begin (task, await, resource, &facts, where);
  else
    plugin.agent.count_skipped ();

  record = table_open (source);
  if (record == NULL) /* it is over already */
    {
      if (task != INSPECT_NONE)
        {
          inspect_await_end (task, await, -ECANCELED);
          if (resource != 0)
            inspect_resource_end (resource);
          task_unref (task);
        }
      return false;
    }
  record->flags &= ~RECORD_BEGINNING;
  if (task != INSPECT_NONE)
    {
      record->flags |= RECORD_PENDING | RECORD_SAID;
      record->task = task;
    }
  table_close (record);
  return task != INSPECT_NONE;
}

/* GLib names its own sources, and all alike. */
static const char *
name_of (const GSource *source)
{
  static const char common[] = "GLib ";

  return source->name != NULL && strncmp (source->name, common, sizeof common - 1) != 0
             ? source->name
             : NULL;
}

SourceFacts
source_read (GSource *source, GMainContext *context)
{
  int64_t due = plugin.ready_time (source);

  if (due == 0) /* at once */
    due = plugin.now_us ();
  return (SourceFacts){ .kind = funcs_get_kind (source->source_funcs),
                        .context = context_or_default (context),
                        .priority = source->priority,
                        .name = name_of (source),
                        .due_us = due,
                        .id = source->source_id };
}

void
source_renew (const void *source)
{
  Record *record = table_open (source);
  InspectId task = INSPECT_NONE;

  if (record == NULL)
    return;
  if ((record->flags & RECORD_PENDING) != 0)
    task = record->task;
  record->flags &= ~(RECORD_PENDING | RECORD_SAID);
  record->place = 0;
  table_close (record);
  if (task != INSPECT_NONE)
    task_unref (task);
}

/* ---- End ------------------------------------------------------------------------------------- */

void
source_end (const void *source, int status)
{
  Record *record = table_open (source);
  InspectId task;
  InspectObject await;

  if (record == NULL)
    return;
  if ((record->flags & RECORD_PENDING) == 0)
    {
      table_close (record);
      return;
    }
  record->flags &= ~RECORD_PENDING;
  record->flags |= RECORD_OVER;
  task = record->task;
  await = record_await (record);
  if (record->n_dispatching > 0)
    status = 0; /* by its own callback: it came to its end */
  table_close (record);
  if (plugin_is_on ())
    inspect_await_end (task, await, status);
  task_unref (task);
}

void
source_forget (const void *source)
{
  InspectObject resource = 0;
  Record *record;

  source_end (source, -ECANCELED);
  record = table_open (source);
  if (record == NULL)
    return;
  if ((record->flags & RECORD_SAID) != 0 && is_resource (record->kind))
    resource = record_resource (record);
  table_remove (record);
  if (resource != 0 && plugin_is_on ())
    inspect_resource_end (resource);
}

/* ---- For other files ------------------------------------------------------------------------- */

static InspectObject
get_object (const void *source, InspectObject (*object_of) (const Record *record),
            RecordFlags needed)
{
  Record *record = table_open (source);
  InspectObject object = 0;

  if (record == NULL)
    return 0;
  if ((record->flags & needed) != 0)
    object = object_of (record);
  table_close (record);
  return object;
}

InspectObject
source_get_await (const void *source)
{
  return get_object (source, record_await, RECORD_PENDING);
}

InspectObject
source_get_resource (const void *source)
{
  return get_object (source, record_resource, RECORD_SAID);
}
