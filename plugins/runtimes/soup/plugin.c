/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin and its tables. */

#include "sent.h"

#include <errno.h>
#include <string.h>

#include "inspect-keys.h"

Plugin plugin;

#define HOOK(name) __typeof__ (name) *real_##name;
#include "hooks.def"

static const InspectHook hooks[] = {
#define HOOK(name) { #name, (void *)hook_##name, (void **)&real_##name },
#include "hooks.def"
};

/* ---- Kinds and keys --------------------------------------------------------------------------- */

/* {state} is how far the message has got; {doing} is the same as the begin of a sentence. */
#define VARIANT(send, name, flags, phrase)                                                         \
  [send] = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 }
InspectKind await_kinds[N_SEND_KINDS] = {
  VARIANT (SEND_RESPONSE, "soup.send", INSPECT_AWAIT_ONESHOT, "{doing} {method} {url}"),
  VARIANT (SEND_ALL, "soup.send-and-read", INSPECT_AWAIT_ONESHOT, "{doing} {method} {url}"),
  VARIANT (SEND_PRECONNECT, "soup.preconnect", INSPECT_AWAIT_ONESHOT,
           "connecting ahead to {url}: {state}"),
  VARIANT (SEND_WEBSOCKET, "soup.websocket", INSPECT_AWAIT_ONESHOT,
           "opening a web socket to {url}: {state}"),
};

#define BLOCKS (INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_BLOCKS)
InspectKind blocking_kinds[N_SEND_KINDS] = {
  VARIANT (SEND_RESPONSE, "soup.send-sync", BLOCKS, "{doing} {method} {url}"),
  VARIANT (SEND_ALL, "soup.send-and-read-sync", BLOCKS, "{doing} {method} {url}"),
};

InspectKind resource_message = { "soup.message", "HTTP message", INSPECT_KIND_RESOURCE, 0, 0, 0 };

#define KEY(var, name, label, type)                                                                \
  InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 };
KEY (resource, INSPECT_KEY_RESOURCE, "resource", OBJECT)
KEY (method, "method", "method", TEXT)
KEY (url, "url", "URL", TEXT)
KEY (state, INSPECT_KEY_STATE, "state", TEXT)
KEY (doing, "doing", "doing", TEXT)
KEY (status, "status", "HTTP status", U64)
KEY (length, "length", "length of the answer", BYTES)
KEY (deadline, INSPECT_KEY_DEADLINE, "times out in", TIME)

/* ---- Start and stop --------------------------------------------------------------------------- */

static void *
find (const char *name)
{
  void *found = plugin.agent.lookup (name);

  return found != NULL || plugin.agent.lookup_global == NULL ? found
                                                             : plugin.agent.lookup_global (name);
}

static bool
look_up (void)
{
  bool found = true;

#define LOOK_UP(name)                                                                              \
  plugin.name = (__typeof__ (plugin.name))(uintptr_t)find (#name);                                 \
  found = found && plugin.name != NULL;
  LOOKED_UP (LOOK_UP)
#undef LOOK_UP
  return found;
}

static int
start (const InspectAgent *agent)
{
  /* An older agent lends less: what its size does not cover stays NULL. */
  plugin.agent = (InspectAgent){ 0 };
  memcpy (&plugin.agent, agent, agent->size < sizeof *agent ? agent->size : sizeof *agent);
  if (!look_up ())
    return -ENOSYS;
  sent_start ();
  plugin.quark = plugin.g_quark_from_static_string ("async-inspect-soup");
  plugin.pause_quark = plugin.g_quark_from_static_string ("async-inspect-soup-pause");
  __atomic_store_n (&plugin.stopped, false, __ATOMIC_RELAXED);
  return 0;
}

/* What messages carry passes through from now on. */
static void
stop (void)
{
  __atomic_store_n (&plugin.stopped, true, __ATOMIC_RELAXED);
}

INSPECT_RUNTIME_PLUGIN (.id = "soup", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = stop);
