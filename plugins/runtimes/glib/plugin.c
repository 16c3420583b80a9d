/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin, and the tables that are made from hooks.def. */

#include "plugin.h"

#include <errno.h>
#include <string.h>

#include "context.h"
#include "funcs.h"
#include "inspect-keys.h"
#include "shared/lock.h"
#include "operations.h"
#include "table.h"

Plugin plugin;

#define FUNCTION(name) __typeof__ (name) *real_##name;
#include "hooks.def"

static const InspectHook hooks[] = {
#define FUNCTION(name) { #name, (void *)hook_##name, (void **)&real_##name },
#define GIO_OPERATION(function, ...) { #function, (void *)hook_##function, (void **)&real_##function },
#define GIO_NOTICE(function) { #function, (void *)hook_##function, (void **)&real_##function },
#define BLOCKING(type, failure, function, ...)                                                     \
  { #function, (void *)hook_##function, (void **)&real_##function },
#include "hooks.def"
#include "operations.def"
#include "blocking.def"
};

/* ---- Keys ------------------------------------------------------------------------------------ */

#define KEY(var, name, label, type)                                                                \
  InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 };
KEY (resource, INSPECT_KEY_RESOURCE, "resource", OBJECT)
KEY (owner, INSPECT_KEY_OWNER, "context", OBJECT)
KEY (callback, INSPECT_KEY_CALLBACK, "callback", CODE)
KEY (user_data, INSPECT_KEY_USER_DATA, "user data", OBJECT)
KEY (due, INSPECT_KEY_DUE, "due", TIME)
KEY (repeat, INSPECT_KEY_REPEAT, "interval", DURATION)
KEY (fd, INSPECT_KEY_FD, "descriptor", FD)
KEY (pid, INSPECT_KEY_PID, "pid", PID)
KEY (signal, INSPECT_KEY_SIGNAL, "signal", U64)
KEY (name, INSPECT_KEY_NAME, "name", TEXT)
KEY (priority, INSPECT_KEY_PRIORITY, "priority", I64)
KEY (loop, "loop", "context that is turned", OBJECT)

/* ---- Resources ------------------------------------------------------------------------------- */

#define RESOURCE(var, name, noun, flags)                                                           \
  InspectKind resource_##var = { name, noun, INSPECT_KIND_RESOURCE, flags, 0, 0 };
RESOURCE (context, "glib.context", "main context", INSPECT_RESOURCE_LOOP)
RESOURCE (timeout, "glib.timeout", "timeout", 0)
RESOURCE (fd, "glib.fd", "descriptor", 0)
RESOURCE (child, "glib.child", "process", 0)
RESOURCE (signal, "glib.signal", "signal", 0)
RESOURCE (source, "glib.source", "source", 0)

void
plugin_say_text (InspectObject object, InspectKind *key, const char *text)
{
  if (text != NULL)
    inspect_attribute_bytes (object, key, text, strlen (text));
}

/* ---- Start and stop -------------------------------------------------------------------------- */

#define LOOK_UP(member, name)                                                                      \
  ((plugin.member = (__typeof__ (plugin.member))(uintptr_t)plugin.agent.lookup (#name)) != NULL)

static bool
look_up (void)
{
  return LOOK_UP (now_us, g_get_monotonic_time) && LOOK_UP (channel_fd, g_io_channel_unix_get_fd) &&
         LOOK_UP (default_context, g_main_context_default) &&
         LOOK_UP (find_source, g_main_context_find_source_by_id) &&
         LOOK_UP (find_source_of_data, g_main_context_find_source_by_user_data) &&
         LOOK_UP (find_source_of_funcs, g_main_context_find_source_by_funcs_user_data) &&
         LOOK_UP (is_owner, g_main_context_is_owner) &&
         LOOK_UP (set_poll_func, g_main_context_set_poll_func) &&
         LOOK_UP (loop_context, g_main_loop_get_context) && LOOK_UP (poll, g_poll) &&
         LOOK_UP (ready_time, g_source_get_ready_time);
}

static int
start (const InspectAgent *agent)
{
  int status;

  /* An older agent lends less: what its size does not cover stays NULL. */
  plugin.agent = (InspectAgent){ 0 };
  memcpy (&plugin.agent, agent, agent->size < sizeof *agent ? agent->size : sizeof *agent);
  if (!look_up ())
    return -ENOSYS;
  status = lock_start (plugin.agent.reserve);
  if (status == 0)
    status = table_start ();
  if (status < 0)
    return status;
  funcs_start ();
  __atomic_store_n (&plugin.stopped, false, __ATOMIC_RELAXED);
  return 0;
}

/* Sources and contexts that are out keep working: what is left in them passes through. */
static void
stop (void)
{
  __atomic_store_n (&plugin.stopped, true, __ATOMIC_RELAXED);
  funcs_stop ();
}

INSPECT_RUNTIME_PLUGIN (.id = "glib", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = stop, .adopt = context_adopt);
