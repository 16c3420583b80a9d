/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_PLUGIN_H
#define GLIB_PLUGIN_H

/* What the files of this plugin share: the keys, the kinds of resource, the originals of the hooked
 * functions and what the agent lends. */

#include <glib-unix.h>
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect.h"
#include "agent/runtime-plugin.h"

/* Newer than the oldest GLib that this compiles against; what a process lacks has no original. */
#if !GLIB_CHECK_VERSION(2, 70, 0)
void g_source_set_static_name (GSource *source, const char *name);
#endif
#if !GLIB_CHECK_VERSION(2, 72, 0)
typedef guint GMainContextFlags;
GMainContext *g_main_context_new_with_flags (GMainContextFlags flags);
#endif
#if !GLIB_CHECK_VERSION(2, 74, 0)
typedef void (*GSourceOnceFunc) (gpointer user_data);
guint g_idle_add_once (GSourceOnceFunc function, gpointer data);
guint g_timeout_add_once (guint interval, GSourceOnceFunc function, gpointer data);
#endif
#if !GLIB_CHECK_VERSION(2, 78, 0)
guint g_timeout_add_seconds_once (guint interval, GSourceOnceFunc function, gpointer data);
#endif

/* Of functions and callbacks of any signature; cast back before a call. */
typedef void (*Callback) (void);

#define FUNCTION(name)                                                                             \
  extern __typeof__ (name) *real_##name;                                                           \
  __typeof__ (name) hook_##name;
#include "hooks.def"

/* ---- Keys and resources -----------------------------------------------------------------------
 */

extern InspectKind key_resource, key_owner, key_callback, key_due, key_repeat, key_fd, key_pid,
    key_signal, key_name, key_priority, key_loop, key_user_data;

extern InspectKind resource_context, resource_timeout, resource_fd, resource_child, resource_signal,
    resource_source;

/* ---- The agent ----------------------------------------------------------------------------------
 */

typedef struct
{
  InspectAgent agent; /* a copy: the agent's own ends with stop() */
  bool stopped;
  bool is_adopting; /* by one thread: tasks that begin or end now did so before anybody looked */
  /* What is asked of GLib itself; never NULL after start(). */
  __typeof__ (g_get_monotonic_time) *now_us;
  __typeof__ (g_io_channel_unix_get_fd) *channel_fd;
  __typeof__ (g_main_context_default) *default_context;
  __typeof__ (g_main_context_find_source_by_id) *find_source;
  __typeof__ (g_main_context_find_source_by_user_data) *find_source_of_data;
  __typeof__ (g_main_context_find_source_by_funcs_user_data) *find_source_of_funcs;
  __typeof__ (g_main_context_is_owner) *is_owner;
  __typeof__ (g_main_context_set_poll_func) *set_poll_func;
  __typeof__ (g_main_loop_get_context) *loop_context;
  __typeof__ (g_poll) *poll;
  __typeof__ (g_source_get_ready_time) *ready_time;
} Plugin;

extern Plugin plugin;

/* Whether anything is to be recorded. */
static inline bool
plugin_is_on (void)
{
  return inspect_is_on () && !__atomic_load_n (&plugin.stopped, __ATOMIC_RELAXED);
}

/* The place of a call with the stack above it. */
static inline InspectLocationId
plugin_place (const void *caller)
{
  return plugin.agent.stack != NULL ? plugin.agent.stack (caller)
                                    : inspect_location_of_call (caller);
}

/* A function or variable of any library of the process, NULL. At start, or once. */
static inline void *
plugin_find (const char *symbol)
{
  void *found = plugin.agent.lookup_global != NULL ? plugin.agent.lookup_global (symbol) : NULL;

  return found != NULL ? found : plugin.agent.lookup (symbol);
}

/* Says @text, if there is any. */
void plugin_say_text (InspectObject object, InspectKind *key, const char *text);

/* Most calls are not timed. */
static inline void
cost_end (uint64_t cost)
{
  if (__builtin_expect (cost != 0, false))
    inspect_cost_end (cost);
}

/* The part of a hook after the program's callback or GLib's function. */
static inline uint64_t
cost_again (uint64_t cost)
{
  return __builtin_expect (cost != 0, false) ? inspect_cost_again () : 0;
}

/* The place that called the hook which this is used in. */
#define CALLER __builtin_extract_return_addr (__builtin_return_address (0))

#endif
