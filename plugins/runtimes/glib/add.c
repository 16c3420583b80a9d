/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "add.h"

#include "context.h"
#include "funcs.h"
#include "source.h"

#define NS_PER_MS UINT64_C (1000000)
#define NS_PER_S UINT64_C (1000000000)
#define NS_PER_US 1000
#define N_DEATHS 256u
/* A timeout that is at least so long has not run when the function that added it returns. */
#define SAFE_TO_READ_NS (100 * NS_PER_MS)

/* Static because any thread may finalize what another is adding. */
static uint32_t n_adding;
static uint32_t n_deaths;
static const void *deaths[N_DEATHS];

/* ---- Who died meanwhile ---------------------------------------------------------------------- */

void
add_note_death (const void *source)
{
  /* Pairs with the addition in add_begin(): what is added later cannot be this source. */
  if (__atomic_load_n (&n_adding, __ATOMIC_SEQ_CST) > 0)
    {
      uint32_t n = __atomic_fetch_add (&n_deaths, 1, __ATOMIC_SEQ_CST);

      __atomic_store_n (&deaths[n % N_DEATHS], source, __ATOMIC_SEQ_CST);
    }
}

/* In doubt it is dead: then it is not followed. */
static bool
is_dead (const void *source, uint32_t since)
{
  uint32_t n = __atomic_load_n (&n_deaths, __ATOMIC_SEQ_CST);

  if (n - since > N_DEATHS)
    return true;
  for (; since != n; since++)
    if (__atomic_load_n (&deaths[since % N_DEATHS], __ATOMIC_SEQ_CST) == source)
      return true;
  return false;
}

/* ---- Adding ---------------------------------------------------------------------------------- */

typedef struct
{
  SourceFacts facts;
  InspectLocationId where;
  uint32_t deaths_before;
  bool is_on;
  uint64_t cost;
} Adding;

static void
add_begin (Adding *adding, SourceKind kind, int priority, Callback callback, const void *caller)
{
  adding->is_on = plugin_is_on ();
  if (!adding->is_on)
    return;
  adding->cost = inspect_cost_begin ();
  adding->facts = (SourceFacts){ .kind = kind,
                                 .context = context_or_default (NULL),
                                 .priority = priority,
                                 .callback = callback,
                                 .due_us = -1 };
  adding->where = context_place_of_call (caller);
  __atomic_fetch_add (&n_adding, 1, __ATOMIC_SEQ_CST);
  adding->deaths_before = __atomic_load_n (&n_deaths, __ATOMIC_SEQ_CST);
  cost_end (adding->cost);
}

/* @source: NULL when there is none. */
static void
add_end (Adding *adding, GSource *source, guint id)
{
  if (source != NULL && !is_dead (source, adding->deaths_before))
    {
      uint64_t interval_ns = adding->facts.repeat_ns;

      adding->facts.id = id;
      if (interval_ns >= SAFE_TO_READ_NS)
        adding->facts.due_us = plugin.ready_time (source);
      else if (adding->facts.kind == SOURCE_TIMEOUT || adding->facts.kind == SOURCE_TIMEOUT_ONCE)
        adding->facts.due_us = plugin.now_us () + (int64_t)(interval_ns / NS_PER_US);
      source_begin (source, &adding->facts, adding->where);
      /* A source that was finalized before its await began has nobody else who ends it. */
      if (is_dead (source, adding->deaths_before))
        source_forget (source);
    }
  __atomic_fetch_sub (&n_adding, 1, __ATOMIC_SEQ_CST);
}

static void
add_end_by_id (Adding *adding, guint id)
{
  if (!adding->is_on)
    return;
  adding->cost = cost_again (adding->cost);
  add_end (adding, id != 0 ? plugin.find_source (NULL, id) : NULL, id);
  cost_end (adding->cost);
}

/* @prepare: what is known from the arguments beside what add_begin() is given. */
#define ADD(function, parameters, arguments, kind, priority, callback, prepare)                    \
  guint hook_##function parameters                                                                 \
  {                                                                                                \
    Adding adding;                                                                                 \
    guint id;                                                                                      \
                                                                                                   \
    add_begin (&adding, kind, priority, (Callback)callback, CALLER);                               \
    prepare;                                                                                       \
    id = real_##function arguments;                                                                \
    add_end_by_id (&adding, id);                                                                   \
    return id;                                                                                     \
  }

#define MS (adding.facts.repeat_ns = interval * NS_PER_MS)
#define SECONDS (adding.facts.repeat_ns = interval * NS_PER_S)
#define VALUE_OF(adding, from) ((adding).facts.has_value = true, (adding).facts.value = (from))
#define VALUE(from) VALUE_OF (adding, from)

ADD (g_idle_add, (GSourceFunc function, gpointer data), (function, data), SOURCE_IDLE,
     G_PRIORITY_DEFAULT_IDLE, function, (void)0)
ADD (g_idle_add_full, (gint priority, GSourceFunc function, gpointer data, GDestroyNotify notify),
     (priority, function, data, notify), SOURCE_IDLE, priority, function, (void)0)
ADD (g_idle_add_once, (GSourceOnceFunc function, gpointer data), (function, data), SOURCE_IDLE,
     G_PRIORITY_DEFAULT_IDLE, function, (void)0)

ADD (g_timeout_add, (guint interval, GSourceFunc function, gpointer data),
     (interval, function, data), SOURCE_TIMEOUT, G_PRIORITY_DEFAULT, function, MS)
ADD (g_timeout_add_full,
     (gint priority, guint interval, GSourceFunc function, gpointer data, GDestroyNotify notify),
     (priority, interval, function, data, notify), SOURCE_TIMEOUT, priority, function, MS)
ADD (g_timeout_add_once, (guint interval, GSourceOnceFunc function, gpointer data),
     (interval, function, data), SOURCE_TIMEOUT_ONCE, G_PRIORITY_DEFAULT, function, MS)
ADD (g_timeout_add_seconds, (guint interval, GSourceFunc function, gpointer data),
     (interval, function, data), SOURCE_TIMEOUT, G_PRIORITY_DEFAULT, function, SECONDS)
ADD (g_timeout_add_seconds_full,
     (gint priority, guint interval, GSourceFunc function, gpointer data, GDestroyNotify notify),
     (priority, interval, function, data, notify), SOURCE_TIMEOUT, priority, function, SECONDS)
ADD (g_timeout_add_seconds_once, (guint interval, GSourceOnceFunc function, gpointer data),
     (interval, function, data), SOURCE_TIMEOUT_ONCE, G_PRIORITY_DEFAULT, function, SECONDS)

ADD (g_child_watch_add, (GPid pid, GChildWatchFunc function, gpointer data), (pid, function, data),
     SOURCE_CHILD, G_PRIORITY_DEFAULT, function, VALUE (pid))
ADD (g_child_watch_add_full,
     (gint priority, GPid pid, GChildWatchFunc function, gpointer data, GDestroyNotify notify),
     (priority, pid, function, data, notify), SOURCE_CHILD, priority, function, VALUE (pid))
ADD (g_unix_signal_add, (gint signal, GSourceFunc function, gpointer data),
     (signal, function, data), SOURCE_SIGNAL, G_PRIORITY_DEFAULT, function, VALUE (signal))
ADD (g_unix_signal_add_full,
     (gint priority, gint signal, GSourceFunc function, gpointer data, GDestroyNotify notify),
     (priority, signal, function, data, notify), SOURCE_SIGNAL, priority, function, VALUE (signal))
ADD (g_unix_fd_add, (gint fd, GIOCondition condition, GUnixFDSourceFunc function, gpointer data),
     (fd, condition, function, data), SOURCE_FD, G_PRIORITY_DEFAULT, function, VALUE (fd))
ADD (g_unix_fd_add_full,
     (gint priority, gint fd, GIOCondition condition, GUnixFDSourceFunc function, gpointer data,
      GDestroyNotify notify),
     (priority, fd, condition, function, data, notify), SOURCE_FD, priority, function, VALUE (fd))

/* GLib has one sort of channel, that of descriptors; a program may bring others. */
static void
add_channel (Adding *adding, GIOChannel *channel)
{
  if (!adding->is_on || channel == NULL || !funcs_is_of_glib (channel->funcs))
    return;
  VALUE_OF (*adding, plugin.channel_fd (channel));
}

ADD (g_io_add_watch,
     (GIOChannel * channel, GIOCondition condition, GIOFunc function, gpointer data),
     (channel, condition, function, data), SOURCE_FD, G_PRIORITY_DEFAULT, function,
     add_channel (&adding, channel))
ADD (g_io_add_watch_full,
     (GIOChannel * channel, gint priority, GIOCondition condition, GIOFunc function, gpointer data,
      GDestroyNotify notify),
     (channel, priority, condition, function, data, notify), SOURCE_FD, priority, function,
     add_channel (&adding, channel))

/* ---- Invoking -------------------------------------------------------------------------------- */

/* The owner of a context is called back at once; for others GLib makes an idle source, and does not say
 * which: it is looked for by its data. */
void
hook_g_main_context_invoke_full (GMainContext *context, gint priority, GSourceFunc function,
                                 gpointer data, GDestroyNotify notify)
{
  GSourceFuncs *funcs = funcs_of_kind (SOURCE_IDLE);
  Adding adding;

  if (!plugin_is_on () || funcs == NULL || plugin.is_owner (context_or_default (context)))
    {
      real_g_main_context_invoke_full (context, priority, function, data, notify);
      return;
    }
  add_begin (&adding, SOURCE_IDLE, priority, (Callback)function, CALLER);
  adding.facts.context = context_or_default (context);
  real_g_main_context_invoke_full (context, priority, function, data, notify);
  if (adding.is_on)
    add_end (&adding, plugin.find_source_of_funcs (adding.facts.context, funcs, data), 0);
}

void
hook_g_main_context_invoke (GMainContext *context, GSourceFunc function, gpointer data)
{
  GSourceFuncs *funcs = funcs_of_kind (SOURCE_IDLE);
  Adding adding;

  if (!plugin_is_on () || funcs == NULL || plugin.is_owner (context_or_default (context)))
    {
      real_g_main_context_invoke (context, function, data);
      return;
    }
  add_begin (&adding, SOURCE_IDLE, G_PRIORITY_DEFAULT, (Callback)function, CALLER);
  adding.facts.context = context_or_default (context);
  real_g_main_context_invoke (context, function, data);
  if (adding.is_on)
    add_end (&adding, plugin.find_source_of_funcs (adding.facts.context, funcs, data), 0);
}
