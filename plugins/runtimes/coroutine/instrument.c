/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "instrument.h"

#include <string.h>

/* What one can wait for. The flags are all that the inspector's rules read: what ends by itself, what
 * only this program can end. {fd} and {name} are filled in from the attributes. */
InspectKind co_await_sleep = {
  "co.sleep", "sleeping", INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER, 0, 0
};
InspectKind co_await_readable = { "co.readable",
                                  "waiting to read from descriptor {fd}",
                                  INSPECT_KIND_AWAIT,
                                  INSPECT_AWAIT_ONESHOT,
                                  0,
                                  0 };
InspectKind co_await_writable = { "co.writable",
                                  "waiting to write to descriptor {fd}",
                                  INSPECT_KIND_AWAIT,
                                  INSPECT_AWAIT_ONESHOT,
                                  0,
                                  0 };
InspectKind co_await_lock = { "co.lock",
                              "waiting for a mutex",
                              INSPECT_KIND_AWAIT,
                              INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                              0,
                              0 };
InspectKind co_await_join = { "co.join",
                              "waiting for a coroutine to return",
                              INSPECT_KIND_AWAIT,
                              INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                              0,
                              0 };
InspectKind co_await_receive = { "co.receive",
                                 "waiting for a message",
                                 INSPECT_KIND_AWAIT,
                                 INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                                 0,
                                 0 };
InspectKind co_await_send = { "co.send",
                              "waiting for room in a channel",
                              INSPECT_KIND_AWAIT,
                              INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                              0,
                              0 };

InspectKind co_resource_mutex = { "co.mutex", "mutex", INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK,
                                  0,          0 };
InspectKind co_resource_channel = { "co.channel", "channel", INSPECT_KIND_RESOURCE, 0, 0, 0 };

InspectKind co_key_resource = { INSPECT_KEY_RESOURCE, "on", INSPECT_KIND_KEY,
                                INSPECT_VALUE_OBJECT, 0,    0 };
InspectKind co_key_due = { INSPECT_KEY_DUE, "due", INSPECT_KIND_KEY, INSPECT_VALUE_TIME, 0, 0 };
InspectKind co_key_fd = { INSPECT_KEY_FD, "descriptor", INSPECT_KIND_KEY, INSPECT_VALUE_FD, 0, 0 };
InspectKind co_key_name = { INSPECT_KEY_NAME, "name", INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, 0, 0 };

void
co_tell_spawned (const Coroutine *coroutine, const Coroutine *parent, CoFunc func,
                 InspectLocationId where)
{
  if (!inspect_is_on ())
    return;
  inspect_task_begin (co_id (coroutine), co_id (parent),
                      where != 0 ? where : inspect_location_of_function ((const void *)func));
  if (coroutine->name != NULL)
    inspect_task_set_name (co_id (coroutine), coroutine->name);
}

void
co_tell_runs (const Coroutine *coroutine)
{
  if (inspect_is_on ())
    inspect_poll_begin (co_id (coroutine), 0,
                        inspect_location_of_function ((const void *)coroutine->func));
}

void
co_tell_yields (const Coroutine *coroutine)
{
  if (inspect_is_on ())
    inspect_poll_end (co_id (coroutine), INSPECT_NONE);
}

void
co_tell_returned (const Coroutine *coroutine)
{
  if (!inspect_is_on ())
    return;
  inspect_poll_end (co_id (coroutine), INSPECT_NONE);
  inspect_task_end (co_id (coroutine), 0);
}

void
co_tell_waits (const Coroutine *coroutine, InspectKind *kind, InspectObject object,
               InspectLocationId where)
{
  InspectObject await;

  if (!inspect_is_on ())
    return;
  await = co_await_of (kind, coroutine);
  inspect_await_begin (co_id (coroutine), await, where);
  if (object != 0)
    inspect_attribute (await, &co_key_resource, object);
  if (kind == &co_await_sleep)
    inspect_attribute (await, &co_key_due, (uint64_t)coroutine->due_ns);
  if (kind == &co_await_readable || kind == &co_await_writable)
    inspect_attribute (await, &co_key_fd, (uint64_t)coroutine->fd);
  inspect_poll_end (co_id (coroutine), INSPECT_NONE);
}

void
co_tell_resumes (const Coroutine *coroutine, InspectKind *kind)
{
  if (inspect_is_on ())
    inspect_await_resume (co_id (coroutine), co_await_of (kind, coroutine),
                          inspect_location_of_function ((const void *)coroutine->func));
}

void
co_tell_wakes (const Coroutine *coroutine)
{
  if (inspect_is_on ())
    inspect_wake (co_id (coroutine));
}
