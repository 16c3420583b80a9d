/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_PLUGIN_H
#define UV_PLUGIN_H

/* What the files of this plugin share: the kinds of await and resource, the keys, the originals of
 * the hooked functions and what the agent lends. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"
#include "emit/sys.h"

/* Newer than the oldest libuv that this compiles against. */
#if UV_VERSION_HEX < ((1 << 16) | (46 << 8))
int uv_pipe_connect2 (uv_connect_t *request, uv_pipe_t *handle, const char *name, size_t length,
                      unsigned int flags, uv_connect_cb callback);
#endif

/* Of functions and callbacks of any signature; cast back before a call. */
typedef void (*Callback) (void);

/* ---- Operations -------------------------------------------------------------------------------
 */

typedef enum
{
#define VARIANT(ID, kind, subject, phrase, flags) OP_##ID,
#include "operations.def"
  N_OPERATIONS
} Operation;

extern InspectKind operation_kinds[N_OPERATIONS];

/* What calls the originals, and no callback of the program: libuv may go on from one of its functions
 * into another that is hooked, with this as the place to return to (runtime-plugin.h). */
#define CALLS_ORIGINALS __attribute__ ((section ("inspect_hooks")))

/* Originals, set by the agent before a hook can be called; NULL in a libuv that lacks them. Hooks
 * have the signature that uv.h declares. */
#define DECLARE_HOOK(function)                                                                     \
  extern __typeof__ (function) *real_##function;                                                   \
  CALLS_ORIGINALS __typeof__ (function) hook_##function;
#define OPERATION(function, ID, kind, subject, callback, phrase, flags) DECLARE_HOOK (function)
#define ALSO(function, ID, callback) DECLARE_HOOK (function)
#define NOTICE(function) DECLARE_HOOK (function)
#include "operations.def"

static inline InspectObject
operation_await (Operation operation, const void *subject)
{
  return inspect_object (&operation_kinds[operation], inspect_id_of (subject));
}

/* ---- Keys and resources -------------------------------------------------------------------------
 */

extern InspectKind key_resource, key_owner, key_callback, key_work, key_due, key_repeat, key_bytes,
    key_done, key_fd, key_local, key_peer, key_client, key_request, key_path, key_to, key_host,
    key_service, key_pid, key_command, key_signal, key_running, key_permits;

/* The resource that the handle at @handle is; 0 for the types that are none (loop hooks). */
InspectObject resource_of (uv_handle_type type, const void *handle);
InspectObject resource_of_loop (const uv_loop_t *loop);
/* The one thread pool of the process. */
InspectObject resource_of_pool (void);

/* ---- The agent ----------------------------------------------------------------------------------
 */

typedef struct
{
  InspectAgent agent; /* a copy: the agent's own ends with stop() */
  bool stopped;
  int adopter;     /* the thread in which tasks that begin now have begun before; 0: none */
  uint8_t session; /* of those that are remembered of a record (table.h) */
  /* What is asked of libuv itself; any may be missing. */
  __typeof__ (uv_fileno) *fileno;
  __typeof__ (uv_is_active) *is_active;
  __typeof__ (uv_is_closing) *is_closing;
  __typeof__ (uv_tcp_getsockname) *tcp_getsockname;
  __typeof__ (uv_tcp_getpeername) *tcp_getpeername;
  __typeof__ (uv_udp_getsockname) *udp_getsockname;
  __typeof__ (uv_pipe_getsockname) *pipe_getsockname;
} Plugin;

extern Plugin plugin;

static inline bool
plugin_is_adopting (void)
{
  return __builtin_expect (plugin.adopter != 0, false) && plugin.adopter == sys_gettid ();
}

/* Whether anything is to be recorded. */
static inline bool
plugin_is_on (void)
{
  return inspect_is_on () && !__atomic_load_n (&plugin.stopped, __ATOMIC_RELAXED);
}

/* Most calls are not timed. */
static inline void
cost_end (uint64_t cost)
{
  if (__builtin_expect (cost != 0, false))
    inspect_cost_end (cost);
}

/* The part of a hook after the program's callback or libuv's function. */
static inline uint64_t
cost_again (uint64_t cost)
{
  return __builtin_expect (cost != 0, false) ? inspect_cost_again () : 0;
}

/* What runs for each request stands together: few pages have to be found anew. */
#define HOT __attribute__ ((hot))

/* What libuv is given as callbacks stands together, so that a call that comes from there is told
 * from one of the program; see task_place_of_call(). */
#define TRAMPOLINE __attribute__ ((section ("uv_trampolines"), noinline))
extern const char __start_uv_trampolines[] __attribute__ ((visibility ("hidden")));
extern const char __stop_uv_trampolines[] __attribute__ ((visibility ("hidden")));

/* The place that called the hook which this is used in. */
#define CALLER __builtin_extract_return_addr (__builtin_return_address (0))

#endif
