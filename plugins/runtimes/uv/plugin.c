/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The export of the plugin, and the tables that are made from operations.def. */

#include "plugin.h"

#include <string.h>

#include "adopt.h"
#include "inspect-keys.h"
#include "table.h"

Plugin plugin;

/* ---- Operations ------------------------------------------------------------------------------ */

InspectKind operation_kinds[N_OPERATIONS] = {
#define VARIANT(ID, kind, subject, phrase, flags)                                                  \
  [OP_##ID] = { kind, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 },
#include "operations.def"
};

#define DEFINE_ORIGINAL(function) __typeof__ (function) *real_##function;
#define OPERATION(function, ID, kind, subject, callback, phrase, flags) DEFINE_ORIGINAL (function)
#define ALSO(function, ID, callback) DEFINE_ORIGINAL (function)
#define NOTICE(function) DEFINE_ORIGINAL (function)
#include "operations.def"

static const InspectHook hooks[] = {
#define HOOK(function) { #function, (void *)hook_##function, (void **)&real_##function },
#define OPERATION(function, ID, kind, subject, callback, phrase, flags) HOOK (function)
#define ALSO(function, ID, callback) HOOK (function)
#define NOTICE(function) HOOK (function)
#include "operations.def"
};

/* ---- Keys ------------------------------------------------------------------------------------ */

#define KEY(var, name, label, type)                                                                \
  InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 };
KEY (resource, INSPECT_KEY_RESOURCE, "resource", OBJECT)
KEY (owner, INSPECT_KEY_OWNER, "loop", OBJECT)
KEY (callback, INSPECT_KEY_CALLBACK, "callback", CODE)
KEY (work, INSPECT_KEY_WORK, "work", CODE)
KEY (due, INSPECT_KEY_DUE, "due", TIME)
KEY (repeat, INSPECT_KEY_REPEAT, "repeat", DURATION)
KEY (bytes, INSPECT_KEY_BYTES, "asked for", BYTES)
KEY (done, INSPECT_KEY_DONE, "done", BYTES)
KEY (fd, INSPECT_KEY_FD, "descriptor", FD)
KEY (local, INSPECT_KEY_LOCAL, "local", SOCKADDR)
KEY (peer, INSPECT_KEY_PEER, "peer", SOCKADDR)
KEY (client, INSPECT_KEY_CLIENT, "client", BOOL)
KEY (request, INSPECT_KEY_REQUEST, "request", TEXT)
KEY (path, INSPECT_KEY_PATH, "path", TEXT)
KEY (to, "to", "to", TEXT)
KEY (host, INSPECT_KEY_HOST, "host", TEXT)
KEY (service, "service", "service", TEXT)
KEY (pid, INSPECT_KEY_PID, "pid", PID)
KEY (command, INSPECT_KEY_COMMAND, "command", TEXT)
KEY (signal, INSPECT_KEY_SIGNAL, "signal", U64)
KEY (running, INSPECT_KEY_RUNNING, "running", BOOL)
KEY (permits, INSPECT_KEY_PERMITS, "threads (UV_THREADPOOL_SIZE)", U64)

/* ---- Resources ------------------------------------------------------------------------------- */

#define RESOURCE(name, noun)                                                                       \
  {                                                                                                \
    name, noun, INSPECT_KIND_RESOURCE, 0, 0, 0                                                     \
  }
static InspectKind resource_kinds[UV_HANDLE_TYPE_MAX] = {
  [UV_ASYNC] = RESOURCE ("uv.async", "async"),
  [UV_FS_EVENT] = RESOURCE ("uv.fs-event", "file watch"),
  [UV_FS_POLL] = RESOURCE ("uv.fs-poll", "file poll"),
  [UV_NAMED_PIPE] = RESOURCE ("uv.pipe", "pipe"),
  [UV_POLL] = RESOURCE ("uv.poll", "poll"),
  [UV_PROCESS] = RESOURCE ("uv.process", "process"),
  [UV_SIGNAL] = RESOURCE ("uv.signal", "signal"),
  [UV_TCP] = RESOURCE ("uv.tcp", "tcp"),
  [UV_TIMER] = RESOURCE ("uv.timer", "timer"),
  [UV_TTY] = RESOURCE ("uv.tty", "terminal"),
  [UV_UDP] = RESOURCE ("uv.udp", "udp"),
};
static InspectKind resource_loop = {
  "uv.loop", "loop", INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOOP, 0, 0
};
static InspectKind resource_pool = {
  "uv.pool", "thread pool", INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_ANY, 0, 0
};

InspectObject
resource_of (uv_handle_type type, const void *handle)
{
  if ((unsigned)type >= UV_HANDLE_TYPE_MAX || resource_kinds[type].name == NULL)
    return 0;
  return inspect_object (&resource_kinds[type], inspect_id_of (handle));
}

InspectObject
resource_of_loop (const uv_loop_t *loop)
{
  return inspect_object (&resource_loop, inspect_id_of (loop));
}

InspectObject
resource_of_pool (void)
{
  return inspect_object (&resource_pool, inspect_id_of (&resource_pool));
}

/* ---- The section of CALLS_ORIGINALS, by the linker -------------------------------------------- */

extern const char __start_inspect_hooks[] __attribute__ ((visibility ("hidden")));
extern const char __stop_inspect_hooks[] __attribute__ ((visibility ("hidden")));

/* ---- Start and stop -------------------------------------------------------------------------- */

#define LOOK_UP(name)                                                                              \
  plugin.name = (__typeof__ (plugin.name))(uintptr_t)plugin.agent.lookup ("uv_" #name)

static int
start (const InspectAgent *agent)
{
  int status;

  /* An older agent lends less: what its size does not cover stays NULL. */
  plugin.agent = (InspectAgent){ 0 };
  memcpy (&plugin.agent, agent, agent->size < sizeof *agent ? agent->size : sizeof *agent);
  status = table_start ();
  if (status < 0)
    return status;
  LOOK_UP (fileno);
  LOOK_UP (is_active);
  LOOK_UP (is_closing);
  LOOK_UP (tcp_getsockname);
  LOOK_UP (tcp_getpeername);
  LOOK_UP (udp_getsockname);
  LOOK_UP (pipe_getsockname);
  plugin.session = (uint8_t)((plugin.session + 1) % RECORD_SESSIONS);
  adopt_forget ();
  plugin.stopped = false;
  return 0;
}

/* The callbacks that are out still find their originals: the table stays. */
static void
stop (void)
{
  adopt_forget ();
  __atomic_store_n (&plugin.stopped, true, __ATOMIC_RELAXED);
}

INSPECT_RUNTIME_PLUGIN (.id = "uv", .hooks = hooks, .n_hooks = sizeof hooks / sizeof hooks[0],
                        .start = start, .stop = stop, .adopt = adopt_pending,
                        .give_back = adopt_give_back, .prefix = "uv_",
                        .calls_begin = __start_inspect_hooks, .calls_end = __stop_inspect_hooks);
