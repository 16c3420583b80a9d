/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Event bases: who turns them, and their life. */

#include "plugin.h"

#include <errno.h>

#define TURN(name, parameters, arguments, base_expression)                                         \
  int hook_##name parameters                                                                       \
  {                                                                                                \
    struct event_base *base = base_expression;                                                     \
    InspectId previous;                                                                            \
    int status;                                                                                    \
                                                                                                   \
    if (base == NULL)                                                                              \
      return real_##name arguments;                                                                \
    previous = loop_enter (base, CALLER);                                                          \
    status = real_##name arguments;                                                                \
    loop_leave (base, previous);                                                                   \
    return status;                                                                                 \
  }

TURN (event_base_loop, (struct event_base * base_, int flags), (base_, flags), base_)
TURN (event_base_dispatch, (struct event_base * base_), (base_), base_)
TURN (event_loop, (int flags), (flags), plugin_current_base ())
TURN (event_dispatch, (void), (), plugin_current_base ())

static struct event_base *
made (struct event_base *base, const void *caller)
{
  if (base != NULL && watchers_are_on ())
    inspect_resource_begin (loop_object (base), inspect_location_of_call (caller));
  return base;
}

struct event_base *
hook_event_base_new (void)
{
  return made (real_event_base_new (), CALLER);
}

struct event_base *
hook_event_base_new_with_config (const struct event_config *config)
{
  return made (real_event_base_new_with_config (config), CALLER);
}

struct event_base *
hook_event_init (void)
{
  return made (real_event_init (), CALLER);
}

static void
unmade (const struct event_base *base)
{
  watcher_end_all (base, -ECANCELED);
  if (watchers_are_on ())
    inspect_resource_end (loop_object (base));
}

/* Events that are still there are the program's, and wait no more. Finalizers run within. */
#define FREE(name)                                                                                 \
  void hook_##name (struct event_base *base_)                                                      \
  {                                                                                                \
    struct event_base *base = base_ != NULL ? base_ : plugin_current_base ();                      \
                                                                                                   \
    if (base != NULL)                                                                              \
      unmade (base);                                                                               \
    real_##name (base_);                                                                           \
  }

FREE (event_base_free)
FREE (event_base_free_nofinalize)
