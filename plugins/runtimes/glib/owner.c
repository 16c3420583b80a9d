/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Main contexts as they are made, and held by hand. */

#include "context.h"
#include "shared/lock.h"

static Lock lock;

/* ---- Held by hand ---------------------------------------------------------------------------- */

/* By whom the program said that a context is turned: it may be another task that lets go. */
typedef struct
{
  GMainContext *context; /* NULL: free */
  InspectId task;
  uint32_t times;
} Hold;

#define MAX_HOLDS 32u
static Hold holds[MAX_HOLDS];

/* Under the lock. Only one thread at a time can have it. */
static Hold *
find_hold (const GMainContext *context)
{
  for (uint32_t i = 0; i < MAX_HOLDS; i++)
    if (holds[i].context == context)
      return &holds[i];
  return NULL;
}

gboolean
hook_g_main_context_acquire (GMainContext *context)
{
  gboolean is_ours = real_g_main_context_acquire (context);
  GMainContext *held;
  InspectId task;
  Hold *hold;
  bool is_first = false;

  if (!is_ours || !plugin_is_on ())
    return is_ours;
  held = context_or_default (context);
  task = inspect_task_current ();
  lock_enter (&lock);
  hold = find_hold (held);
  if (hold != NULL)
    hold->times++;
  else if ((hold = find_hold (NULL)) != NULL)
    {
      *hold = (Hold){ held, task, 1 };
      is_first = true;
    }
  lock_leave (&lock);
  if (is_first)
    inspect_acquire (task, context_resource (held), plugin_place (CALLER));
  return is_ours;
}

void
hook_g_main_context_release (GMainContext *context)
{
  GMainContext *held = context_or_default (context);
  InspectId task = INSPECT_NONE;
  bool is_last = false;
  Hold *hold;

  lock_enter (&lock);
  hold = find_hold (held);
  if (hold != NULL && --hold->times == 0)
    {
      task = hold->task;
      hold->context = NULL;
      is_last = true;
    }
  lock_leave (&lock);
  if (is_last && plugin_is_on ())
    inspect_release (task, context_resource (held));
  real_g_main_context_release (context);
}

/* ---- Life ------------------------------------------------------------------------------------ */

static void
born (GMainContext *context, const void *caller)
{
  if (context == NULL || !plugin_is_on ())
    return;
  inspect_resource_begin (context_resource (context), plugin_place (caller));
}

GMainContext *
hook_g_main_context_default (void)
{
  return plugin_is_on () ? context_or_default (NULL) : real_g_main_context_default ();
}

GMainLoop *
hook_g_main_loop_new (GMainContext *context, gboolean is_running)
{
  if (context == NULL && plugin_is_on ())
    context_or_default (NULL);
  return real_g_main_loop_new (context, is_running);
}

GMainContext *
hook_g_main_context_new (void)
{
  GMainContext *context = real_g_main_context_new ();

  born (context, CALLER);
  return context;
}

GMainContext *
hook_g_main_context_new_with_flags (GMainContextFlags flags)
{
  GMainContext *context = real_g_main_context_new_with_flags (flags);

  born (context, CALLER);
  return context;
}
