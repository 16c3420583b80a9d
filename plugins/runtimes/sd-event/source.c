/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "source.h"

#include <errno.h>
#include <sys/epoll.h>
#include <time.h>

#include "emit/sys.h"

#define AWAIT(ID, name, phrase, flags) [ID] = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 },
#define REPEATS INSPECT_AWAIT_REPEATS
#define ONCE INSPECT_AWAIT_ONESHOT
#define WATCHES INSPECT_AWAIT_WATCHES

typedef enum
{
  ACCEPT,
  CONNECT,
  READ,
  WRITE,
  WATCH,
  TIME,
  TIME_AGAIN,
  SIGNAL,
  CHILD,
  INOTIFY,
  DEFER,
  DEFER_AGAIN,
  POST,
  EXIT,
  N_KINDS
} Kind;

/* clang-format off */
static InspectKind kinds[N_KINDS] = {
  AWAIT (ACCEPT, "sd-event.accept", "waiting for connections on {local}", REPEATS | INSPECT_AWAIT_LISTENS)
  AWAIT (CONNECT, "sd-event.connect", "connecting to {peer}", ONCE)
  AWAIT (READ, "sd-event.read", "waiting to read from {peer}", REPEATS | INSPECT_AWAIT_ANSWERS)
  AWAIT (WRITE, "sd-event.write", "waiting to write to {peer}", REPEATS | WATCHES)
  AWAIT (WATCH, "sd-event.watch", "watching descriptor {fd}", REPEATS | WATCHES)
  AWAIT (TIME, "sd-event.time", "timer, due in {due}", ONCE | INSPECT_AWAIT_TIMER)
  AWAIT (TIME_AGAIN, "sd-event.time-again", "timer that stays, due in {due}", REPEATS | INSPECT_AWAIT_TIMER)
  AWAIT (SIGNAL, "sd-event.signal", "waiting for signal {signal}", REPEATS | WATCHES)
  AWAIT (CHILD, "sd-event.child", "process {pid} to exit", REPEATS | INSPECT_AWAIT_EXTERNAL)
  AWAIT (INOTIFY, "sd-event.inotify", "watching {path}", REPEATS | WATCHES)
  AWAIT (DEFER, "sd-event.defer", "deferred to the next turn of the loop", WATCHES)
  AWAIT (DEFER_AGAIN, "sd-event.defer-again", "called at each turn of the loop", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (POST, "sd-event.post", "called after other sources", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (EXIT, "sd-event.exit", "called when the loop exits", REPEATS | INSPECT_AWAIT_LOOP)
};
/* clang-format on */

/* ---- What it waits for ----------------------------------------------------------------------- */

static int
get_enabled (sd_event_source *source)
{
  int enabled = SD_EVENT_OFF;

  return sd.get_enabled (source, &enabled) >= 0 ? enabled : SD_EVENT_OFF;
}

static Kind
kind_of_descriptor (int fd, uint32_t events)
{
  static const Kind kinds_of_use[] = {
    [DESCRIPTOR_ACCEPTS] = ACCEPT, [DESCRIPTOR_CONNECTS] = CONNECT, [DESCRIPTOR_READS] = READ,
    [DESCRIPTOR_WRITES] = WRITE,   [DESCRIPTOR_IS_WATCHED] = WATCH,
  };

  return kinds_of_use[descriptor_look_for (fd, (events & EPOLLIN) != 0, (events & EPOLLOUT) != 0)];
}

static Kind
kind_of (sd_event_source *source, SourceType type, int enabled)
{
  uint32_t events = 0;

  switch (type)
    {
    case SOURCE_IO:
      sd.get_io_events (source, &events);
      return kind_of_descriptor (sd.get_io_fd (source), events);
    case SOURCE_TIME:
      return enabled == SD_EVENT_ONESHOT ? TIME : TIME_AGAIN;
    case SOURCE_SIGNAL:
      return SIGNAL;
    case SOURCE_CHILD:
      return CHILD;
    case SOURCE_INOTIFY:
      return INOTIFY;
    case SOURCE_DEFER:
      return enabled == SD_EVENT_ONESHOT ? DEFER : DEFER_AGAIN;
    case SOURCE_POST:
      return POST;
    case SOURCE_EXIT:
    default:
      return EXIT;
    }
}

/* On CLOCK_MONOTONIC, whatever its own clock is. */
static uint64_t
due_of (sd_event_source *source)
{
  clockid_t clock = CLOCK_MONOTONIC;
  struct timespec now;
  uint64_t us = 0;
  int64_t left;

  if (sd.get_time (source, &us) < 0 || sd.get_time_clock (source, &clock) < 0 ||
      us > (uint64_t)INT64_MAX / 1000)
    return NEVER_NS;
  if (clock == CLOCK_MONOTONIC)
    return us * 1000;
  if (sys_clock_gettime (clock, &now) != 0)
    return NEVER_NS;
  left = (int64_t)(us * 1000) - (now.tv_sec * NS_PER_SECOND + now.tv_nsec);
  return ns_after (left);
}

static void
say_time (sd_event_source *source, InspectObject await)
{
  inspect_attribute (await, &key_due, due_of (source));
}

static void
say_more (sd_event_source *source, InspectObject await, SourceType type)
{
  pid_t pid = 0;
  int signal;

  switch (type)
    {
    case SOURCE_TIME:
      say_time (source, await);
      break;
    case SOURCE_SIGNAL:
      signal = sd.get_signal (source);
      if (signal > 0)
        inspect_attribute (await, &key_signal, (uint64_t)signal);
      break;
    case SOURCE_CHILD:
      if (sd.get_child_pid (source, &pid) >= 0 && pid > 0)
        inspect_attribute (await, &key_pid, (uint64_t)pid);
      break;
    default:
      break;
    }
}

static InspectObject
begin (sd_event_source *source, SourceType type, Callback callback, uint32_t flags, int enabled,
       const void *caller)
{
  InspectObject await;
  bool is_new;

  await = watcher_begin (&(WatchStart){ .address = source,
                                        .kind = &kinds[kind_of (source, type, enabled)],
                                        .callback = callback,
                                        .loop = sd.get_event (source),
                                        .fd = type == SOURCE_IO ? sd.get_io_fd (source) : -1,
                                        .flags = flags,
                                        .caller = caller },
                         &is_new);
  if (await != 0)
    say_more (source, await, type);
  return await;
}

/* ---- As the program knows it ------------------------------------------------------------------- */

void
source_added (sd_event_source *source, SourceType type, Callback callback, const char *path,
              const void *caller)
{
  InspectObject await;

  watcher_forget (source);
  await = begin (source, type, callback, type | SOURCE_REFERENCE, get_enabled (source), caller);
  if (await != 0)
    say_text (await, &key_path, path);
}

void
source_adopted (sd_event_source *source, SourceType type, Callback callback, uint32_t n_references)
{
  int enabled = get_enabled (source);

  watcher_forget (source);
  if (enabled != SD_EVENT_OFF)
    begin (source, type, callback, type | n_references * SOURCE_REFERENCE, enabled, NULL);
}

void
source_changed (sd_event_source *source, const void *caller)
{
  int enabled;
  Record record;

  if (!watchers_are_on () || source == NULL || !table_get (source, 0, &record) ||
      record.flags < SOURCE_REFERENCE)
    return;
  enabled = get_enabled (source);
  if (enabled == SD_EVENT_OFF)
    watcher_end (source, 0, -ECANCELED);
  else
    begin (source, record.flags & SOURCE_TYPE, record.callback, record.flags, enabled, caller);
}

void
source_count_references (sd_event_source *source, int by)
{
  Record record;

  if (source == NULL || !table_get (source, 0, &record) || record.flags < SOURCE_REFERENCE)
    return;
  record.flags += (uint32_t)by * SOURCE_REFERENCE;
  if (record.flags >= SOURCE_REFERENCE)
    table_change (source, 0, &record);
  else
    watcher_forget (source);
}

/* ---- Firing ---------------------------------------------------------------------------------- */

/* One that fires once is off already when its callback is called. A time that stays has to be set again by the
 * callback, or it fires again. */
void
source_fires (SourceFiring *firing, sd_event_source *source, Callback callback)
{
  bool is_connected;
  Record record;

  *firing = (SourceFiring){ .source = source, .firing = { .task = INSPECT_NONE } };
  if (!table_get (source, 0, &record) || record.kind == NULL)
    return;
  is_connected = record.kind == &kinds[CONNECT];
  firing_begin (&firing->firing, source, 0, callback,
                is_connected || get_enabled (source) == SD_EVENT_OFF ? FIRE_LAST : FIRE_AGAIN, 0);
  if (is_connected)
    source_changed (source, NULL); /* it goes on, for something else */
}

/* The source may be gone: of it nothing but the address is used. */
void
source_fired (SourceFiring *firing, int status)
{
  if (status < 0)
    watcher_end (firing->source, 0, status);
  firing_end (&firing->firing);
}
