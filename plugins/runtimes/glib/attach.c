/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The functions that make, change, attach and destroy sources. */

#include <errno.h>

#include "context.h"
#include "funcs.h"
#include "source.h"

#define NS_PER_US 1000
#define NS_PER_MS UINT64_C (1000000)
#define NS_PER_S UINT64_C (1000000000)

/* ---- Made ------------------------------------------------------------------------------------ */

/* What only the maker's arguments say. */
static void
prepare (GSource *source, SourceKind kind, const int *value, uint64_t repeat_ns)
{
  Record *record;

  if (source == NULL || !plugin_is_on () || !funcs_follow (source->source_funcs))
    return;
  record = table_open_new (source);
  if (record == NULL)
    return;
  record->kind = kind;
  record->repeat_ns = repeat_ns;
  if (value != NULL)
    {
      record->value = *value;
      record->flags |= RECORD_HAS_VALUE;
    }
  table_close (record);
}

GSource *
hook_g_source_new (GSourceFuncs *funcs, guint size)
{
  if (plugin_is_on () && !funcs_follow (funcs))
    plugin.agent.count_skipped ();
  return real_g_source_new (funcs, size);
}

void
hook_g_source_set_funcs (GSource *source, GSourceFuncs *funcs)
{
  if (plugin_is_on ())
    funcs_follow (funcs);
  real_g_source_set_funcs (source, funcs);
}

GSource *
hook_g_timeout_source_new (guint interval)
{
  GSource *source = real_g_timeout_source_new (interval);

  prepare (source, SOURCE_TIMEOUT, NULL, interval * NS_PER_MS);
  return source;
}

GSource *
hook_g_timeout_source_new_seconds (guint interval)
{
  GSource *source = real_g_timeout_source_new_seconds (interval);

  prepare (source, SOURCE_TIMEOUT, NULL, interval * NS_PER_S);
  return source;
}

GSource *
hook_g_unix_fd_source_new (gint fd, GIOCondition condition)
{
  GSource *source = real_g_unix_fd_source_new (fd, condition);

  prepare (source, SOURCE_FD, &fd, 0);
  return source;
}

GSource *
hook_g_unix_signal_source_new (gint signal)
{
  GSource *source = real_g_unix_signal_source_new (signal);

  prepare (source, SOURCE_SIGNAL, &signal, 0);
  return source;
}

GSource *
hook_g_child_watch_source_new (GPid pid)
{
  GSource *source = real_g_child_watch_source_new (pid);

  prepare (source, SOURCE_CHILD, &pid, 0);
  return source;
}

GSource *
hook_g_io_create_watch (GIOChannel *channel, GIOCondition condition)
{
  GSource *source = real_g_io_create_watch (channel, condition);
  int fd;

  if (source == NULL || source->source_funcs == NULL ||
      funcs_get_kind (source->source_funcs) != SOURCE_FD)
    return source; /* a channel of the program's own sort */
  fd = plugin.channel_fd (channel);
  prepare (source, SOURCE_FD, &fd, 0);
  return source;
}

/* ---- Changed --------------------------------------------------------------------------------- */

/* The first descriptor of a source that is not of GLib's own tables. */
static void
note_fd (GSource *source, int fd)
{
  InspectObject resource = 0;
  Record *record;

  if (source == NULL || !plugin_is_on () || !funcs_follow (source->source_funcs))
    return;
  record = table_open_new (source);
  if (record == NULL)
    return;
  if (record->kind == SOURCE_CUSTOM && (record->flags & RECORD_HAS_VALUE) == 0)
    {
      record->value = fd;
      record->flags |= RECORD_HAS_VALUE;
      if ((record->flags & RECORD_SAID) != 0)
        resource = record_resource (record);
    }
  table_close (record);
  if (resource != 0)
    inspect_attribute (resource, &key_fd, (uint64_t)fd);
}

void
hook_g_source_add_poll (GSource *source, GPollFD *fd)
{
  real_g_source_add_poll (source, fd);
  if (fd != NULL)
    note_fd (source, fd->fd);
}

gpointer
hook_g_source_add_unix_fd (GSource *source, gint fd, GIOCondition events)
{
  gpointer tag = real_g_source_add_unix_fd (source, fd, events);

  note_fd (source, fd);
  return tag;
}

void
hook_g_source_set_callback (GSource *source, GSourceFunc function, gpointer data,
                            GDestroyNotify notify)
{
  InspectObject resource = 0;
  Record *record;

  real_g_source_set_callback (source, function, data, notify);
  if (source == NULL || !plugin_is_on () || !funcs_follow (source->source_funcs))
    return;
  record = table_open_new (source);
  if (record == NULL)
    return;
  if (record->kind == SOURCE_CUSTOM && (record->flags & RECORD_PENDING) == 0)
    record->kind = funcs_get_kind (source->source_funcs);
  record->callback = (Callback)function;
  record->place = 0;
  if ((record->flags & RECORD_SAID) != 0)
    resource = record_resource (record);
  table_close (record);
  if (resource != 0)
    inspect_attribute (resource, &key_callback, (uint64_t)(uintptr_t)function);
}

void
hook_g_source_set_priority (GSource *source, gint priority)
{
  InspectObject resource;

  real_g_source_set_priority (source, priority);
  if (plugin_is_on () && (resource = source_get_resource (source)) != 0)
    inspect_attribute (resource, &key_priority, (uint64_t)(int64_t)priority);
}

/* Never is as far off as a time can be, 0 is at once. */
static uint64_t
ns_of_ready_time (int64_t us)
{
  if (us == 0)
    us = plugin.now_us ();
  return us > 0 && us <= INT64_MAX / NS_PER_US ? (uint64_t)us * NS_PER_US : INT64_MAX;
}

void
hook_g_source_set_ready_time (GSource *source, gint64 ready_time)
{
  InspectObject await;

  real_g_source_set_ready_time (source, ready_time);
  if (plugin_is_on () && (await = source_get_await (source)) != 0)
    inspect_attribute (await, &key_due, ns_of_ready_time (ready_time));
}

static void
say_name (const void *source, const char *name)
{
  InspectObject resource;

  if (name != NULL && plugin_is_on () && (resource = source_get_resource (source)) != 0)
    plugin_say_text (resource, &key_name, name);
}

void
hook_g_source_set_name (GSource *source, const char *name)
{
  real_g_source_set_name (source, name);
  say_name (source, name);
}

void
hook_g_source_set_static_name (GSource *source, const char *name)
{
  real_g_source_set_static_name (source, name);
  say_name (source, name);
}

void
hook_g_source_set_name_by_id (guint id, const char *name)
{
  if (id != 0 && plugin_is_on ())
    say_name (plugin.find_source (NULL, id), name);
  real_g_source_set_name_by_id (id, name);
}

/* The parent is dispatched whenever the child is ready, and it is the one that is followed. */
void
hook_g_source_add_child_source (GSource *source, GSource *child)
{
  Record *record;

  if (plugin_is_on () && child != NULL && funcs_follow (child->source_funcs) &&
      (record = table_open_new (child)) != NULL)
    {
      record->flags |= RECORD_CHILD;
      table_close (record);
    }
  real_g_source_add_child_source (source, child);
}

/* ---- Attached and destroyed ------------------------------------------------------------------ */

guint
hook_g_source_attach (GSource *source, GMainContext *context)
{
  uint64_t cost = 0;
  bool has_begun = false;
  guint id;

  if (plugin_is_on () && source != NULL && source->context == NULL)
    {
      cost = inspect_cost_begin ();
      if (funcs_follow (source->source_funcs))
        {
          SourceFacts facts = source_read (source, context);

          has_begun = source_begin (source, &facts, context_place_of_call (CALLER));
        }
      else
        plugin.agent.count_skipped ();
      cost_end (cost);
    }
  id = real_g_source_attach (source, context);
  if (id == 0 && has_begun)
    source_end (source, -EINVAL);
  return id;
}

void
hook_g_source_destroy (GSource *source)
{
  /* Before: nobody may have a reference afterwards. */
  if (source != NULL)
    source_end (source, -ECANCELED);
  real_g_source_destroy (source);
}

gboolean
hook_g_source_remove (guint id)
{
  if (id != 0)
    source_end (plugin.find_source (NULL, id), -ECANCELED);
  return real_g_source_remove (id);
}

gboolean
hook_g_source_remove_by_user_data (gpointer data)
{
  source_end (plugin.find_source_of_data (NULL, data), -ECANCELED);
  return real_g_source_remove_by_user_data (data);
}

gboolean
hook_g_source_remove_by_funcs_user_data (GSourceFuncs *funcs, gpointer data)
{
  if (funcs != NULL)
    source_end (plugin.find_source_of_funcs (NULL, funcs, data), -ECANCELED);
  return real_g_source_remove_by_funcs_user_data (funcs, data);
}

gboolean
hook_g_idle_remove_by_data (gpointer data)
{
  GSourceFuncs *funcs = funcs_of_kind (SOURCE_IDLE);

  if (funcs != NULL)
    source_end (plugin.find_source_of_funcs (NULL, funcs, data), -ECANCELED);
  return real_g_idle_remove_by_data (data);
}
