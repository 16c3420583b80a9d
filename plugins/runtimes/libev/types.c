/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Watchers of each type as awaits. A watcher's callback is replaced in the watcher itself while that is active:
 * what the program reads of one that is not, is its own. */

#include "plugin.h"

#include <errno.h>
#include <time.h>

#pragma weak clock_gettime

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
  TIMER,
  TIMER_REPEAT,
  PERIODIC,
  SIGNAL,
  CHILD,
  ANY_CHILD,
  STAT,
  ASYNC,
  IDLE,
  PREPARE,
  CHECK,
  EMBED,
  FORK,
  CLEANUP,
  FED,
  N_KINDS
} Kind;

/* clang-format off */
static InspectKind kinds[N_KINDS] = {
  AWAIT (ACCEPT, "libev.accept", "waiting for connections on {local}", REPEATS | INSPECT_AWAIT_LISTENS)
  AWAIT (CONNECT, "libev.connect", "connecting to {peer}", ONCE)
  AWAIT (READ, "libev.read", "waiting to read from {peer}", REPEATS | INSPECT_AWAIT_ANSWERS)
  AWAIT (WRITE, "libev.write", "waiting to write to {peer}", REPEATS | WATCHES)
  AWAIT (WATCH, "libev.watch", "watching descriptor {fd}", REPEATS | WATCHES)
  AWAIT (TIMER, "libev.timer", "timer, due in {due}", ONCE | INSPECT_AWAIT_TIMER)
  AWAIT (TIMER_REPEAT, "libev.timer-repeat", "timer every {repeat}, due in {due}", REPEATS | INSPECT_AWAIT_TIMER)
  AWAIT (PERIODIC, "libev.periodic", "time of day, due in {due}", REPEATS | INSPECT_AWAIT_TIMER)
  AWAIT (SIGNAL, "libev.signal", "waiting for signal {signal}", REPEATS | WATCHES)
  AWAIT (CHILD, "libev.child", "process {pid} to exit", REPEATS | INSPECT_AWAIT_EXTERNAL)
  AWAIT (ANY_CHILD, "libev.any-child", "waiting for any child process", REPEATS | WATCHES)
  AWAIT (STAT, "libev.stat", "watching {path}", REPEATS | WATCHES)
  AWAIT (ASYNC, "libev.async", "waiting for a wake-up from another thread", REPEATS | WATCHES)
  AWAIT (IDLE, "libev.idle", "idle hook of the loop", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (PREPARE, "libev.prepare", "hook before the loop blocks", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (CHECK, "libev.check", "hook after the loop has blocked", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (EMBED, "libev.embed", "a loop within the loop", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (FORK, "libev.fork", "hook of the loop after a fork", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (CLEANUP, "libev.cleanup", "hook before the loop is destroyed", REPEATS | INSPECT_AWAIT_LOOP)
  AWAIT (FED, "libev.fed", "fed, to be called by the loop", WATCHES)
};
/* clang-format on */

/* ---- Callbacks ------------------------------------------------------------------------------- */

typedef void (*WatcherFunc) (struct ev_loop *loop, ev_watcher *watcher, int events);

static Slots slots;

static void begin_io (struct ev_loop *loop, ev_io *watcher, const void *caller);

void
types_give_back (ev_watcher *watcher)
{
  if (slots_is_ours ((const void *)watcher->cb))
    watcher->cb = (WatcherFunc)slots_original (&slots, (Callback)watcher->cb);
}

/* A timer that does not repeat was stopped before its callback is called. */
static void
say_due (InspectObject await, Kind kind, const ev_watcher *watcher)
{
  const ev_watcher_time *timed = (const ev_watcher_time *)watcher;
  struct timespec now = { 0, 0 };

  if (kind == TIMER || kind == TIMER_REPEAT)
    inspect_attribute (await, &key_due, ns_of_seconds (timed->at));
  else if (kind == PERIODIC && clock_gettime != NULL && clock_gettime (CLOCK_REALTIME, &now) == 0)
    inspect_attribute (await, &key_due,
                       ns_after ((int64_t)((timed->at - (double)now.tv_sec) * 1e9) - now.tv_nsec));
}

static void
begin_firing (Firing *firing, struct ev_loop *loop, ev_watcher *watcher, Callback callback)
{
  Record record;
  FireMode mode;

  if (watcher->active == 0)
    types_give_back (watcher);
  if (!table_get (watcher, 0, &record) || record.kind == NULL)
    return;
  mode = watcher->active != 0 && record.flags != FED && record.flags != CONNECT ? FIRE_AGAIN
                                                                                : FIRE_LAST;
  firing_begin (firing, watcher, 0, callback, mode, 0);
  if (watcher->active == 0 || !watchers_are_on ())
    return;
  if (mode == FIRE_AGAIN)
    say_due (watcher_await (&record, watcher, 0), record.flags, watcher);
  else if (record.flags == CONNECT)
    begin_io (loop, (ev_io *)watcher, NULL); /* it goes on, for something else */
}

static TRAMPOLINE void
on_watcher (unsigned slot, struct ev_loop *loop, ev_watcher *watcher, int events)
{
  Callback callback = slots.originals[slot];
  Firing firing = { .task = INSPECT_NONE };

  begin_firing (&firing, loop, watcher, callback);
  ((WatcherFunc)callback) (loop, watcher, events);
  firing_end (&firing);
}

#define WATCHER(n)                                                                                 \
  static TRAMPOLINE void watcher_##n (struct ev_loop *loop, ev_watcher *watcher, int events)       \
  {                                                                                                \
    on_watcher (n, loop, watcher, events);                                                         \
  }
SLOTS (WATCHER)
#undef WATCHER
#define WATCHER(n) (Callback) watcher_##n,
static const Callback functions[N_SLOTS] = { SLOTS (WATCHER) };
static Slots slots = { .functions = functions };

static bool
follow (ev_watcher *watcher)
{
  Callback ours;

  if (!watchers_are_on () || watcher->cb == NULL)
    return false;
  ours = slots_get (&slots, (Callback)watcher->cb);
  if (ours == NULL)
    {
      watchers.agent.count_skipped ();
      return false;
    }
  watcher->cb = (WatcherFunc)ours;
  return true;
}

/* ---- What it waits for ----------------------------------------------------------------------- */

static Kind
kind_of_descriptor (int fd, int events)
{
  static const Kind kinds_of_use[] = {
    [DESCRIPTOR_ACCEPTS] = ACCEPT, [DESCRIPTOR_CONNECTS] = CONNECT, [DESCRIPTOR_READS] = READ,
    [DESCRIPTOR_WRITES] = WRITE,   [DESCRIPTOR_IS_WATCHED] = WATCH,
  };

  return kinds_of_use[descriptor_look_for (fd, (events & EV_READ) != 0, (events & EV_WRITE) != 0)];
}

static InspectObject
begin (struct ev_loop *loop, const void *identity, Kind kind, int fd, Callback callback,
       const void *caller)
{
  bool is_new;

  return watcher_begin (&(WatchStart){ .address = identity,
                                       .kind = &kinds[kind],
                                       .callback = slots_original (&slots, callback),
                                       .loop = loop,
                                       .fd = fd,
                                       .flags = kind,
                                       .caller = caller },
                        &is_new);
}

InspectObject
types_begin_once (struct ev_loop *loop, const void *identity, int fd, int events, double seconds,
                  Callback callback, const void *caller)
{
  Kind kind = fd >= 0 ? kind_of_descriptor (fd, events) : TIMER;
  InspectObject await = begin (loop, identity, kind, fd, callback, caller);

  if (await != 0 && seconds >= 0)
    inspect_attribute (await, kind == TIMER ? &key_due : &key_deadline,
                       ns_after ((int64_t)ns_of_seconds (seconds)));
  return await;
}

static void
begin_watcher (struct ev_loop *loop, ev_watcher *watcher, Kind kind, const void *caller)
{
  InspectObject await = begin (loop, watcher, kind, -1, (Callback)watcher->cb, caller);

  if (await == 0)
    return;
  switch (kind)
    {
    case SIGNAL:
      inspect_attribute (await, &key_signal, (uint64_t)((ev_signal *)watcher)->signum);
      break;
    case CHILD:
      inspect_attribute (await, &key_pid, (uint64_t)((ev_child *)watcher)->pid);
      break;
    case STAT:
      say_text (await, &key_path, ((ev_stat *)watcher)->path);
      break;
    case TIMER_REPEAT:
      inspect_attribute (await, &key_repeat, ns_of_seconds (((ev_timer *)watcher)->repeat));
      break;
    case PERIODIC:
      if (((ev_periodic *)watcher)->interval > 0)
        inspect_attribute (await, &key_repeat, ns_of_seconds (((ev_periodic *)watcher)->interval));
      break;
    default:
      break;
    }
  say_due (await, kind, watcher);
}

/* ---- What the program does with them --------------------------------------------------------- */

/* Before: is_new, of one that is not active yet and whose callback leads to us now. After: it has begun. */
static void
begin_io (struct ev_loop *loop, ev_io *watcher, const void *caller)
{
  Kind kind;

  if (watcher->fd < 0)
    return;
  kind = kind_of_descriptor (watcher->fd, watcher->events);
  begin (loop, watcher, kind, watcher->fd, (Callback)watcher->cb, caller);
}

static void
begin_timer (struct ev_loop *loop, ev_timer *watcher, const void *caller)
{
  begin_watcher (loop, (ev_watcher *)watcher, watcher->repeat > 0 ? TIMER_REPEAT : TIMER, caller);
}

static void
begin_child (struct ev_loop *loop, ev_child *watcher, const void *caller)
{
  begin_watcher (loop, (ev_watcher *)watcher, watcher->pid != 0 ? CHILD : ANY_CHILD, caller);
}

#define BEGIN(name, ID)                                                                            \
  static void begin_##name (struct ev_loop *loop, ev_##name *watcher, const void *caller)          \
  {                                                                                                \
    begin_watcher (loop, (ev_watcher *)watcher, ID, caller);                                       \
  }
BEGIN (async, ASYNC)
BEGIN (check, CHECK)
BEGIN (cleanup, CLEANUP)
BEGIN (embed, EMBED)
BEGIN (fork, FORK)
BEGIN (idle, IDLE)
BEGIN (periodic, PERIODIC)
BEGIN (prepare, PREPARE)
BEGIN (signal, SIGNAL)
BEGIN (stat, STAT)

/* libev ignores the start of one that is active. A loop is used by one thread at a time, so that none fires
 * before its await has begun. */
#define TYPE(name, ID)                                                                             \
  void hook_ev_##name##_start (struct ev_loop *loop, ev_##name *watcher)                           \
  {                                                                                                \
    bool is_followed = watcher->active == 0 && follow ((ev_watcher *)watcher);                     \
                                                                                                   \
    real_ev_##name##_start (loop, watcher);                                                        \
    if (is_followed)                                                                               \
      begin_##name (loop, watcher, CALLER);                                                        \
  }                                                                                                \
                                                                                                   \
  void hook_ev_##name##_stop (struct ev_loop *loop, ev_##name *watcher)                            \
  {                                                                                                \
    real_ev_##name##_stop (loop, watcher);                                                         \
    stopped ((ev_watcher *)watcher);                                                               \
  }

static void
stopped (ev_watcher *watcher)
{
  if (watcher->active != 0)
    return;
  types_give_back (watcher);
  watcher_end (watcher, 0, -ECANCELED);
}

#include "hooks.def"

/* Starts it with its interval, anew if it runs; stops it, if it has none. */
void
hook_ev_timer_again (struct ev_loop *loop, ev_timer *watcher)
{
  bool is_followed = follow ((ev_watcher *)watcher);

  real_ev_timer_again (loop, watcher);
  if (watcher->active == 0)
    stopped ((ev_watcher *)watcher);
  else if (is_followed)
    begin_timer (loop, watcher, CALLER);
}

void
hook_ev_periodic_again (struct ev_loop *loop, ev_periodic *watcher)
{
  bool is_followed = follow ((ev_watcher *)watcher);

  real_ev_periodic_again (loop, watcher);
  if (watcher->active != 0 && is_followed)
    begin_periodic (loop, watcher, CALLER);
}

/* In any thread and in a signal handler: the table, which has locks, is not asked. The watcher itself says
 * whether it is followed. */
void
hook_ev_async_send (struct ev_loop *loop, ev_async *watcher)
{
  if (watchers_are_on () && slots_is_ours ((const void *)watcher->cb))
    inspect_wake (inspect_object (&kinds[ASYNC], inspect_id_of (watcher)));
  real_ev_async_send (loop, watcher);
}

/* One that is not active is called by the loop all the same, once. */
void
hook_ev_feed_event (struct ev_loop *loop, void *data, int events)
{
  ev_watcher *watcher = data;

  if (watchers_are_on () && watcher->active == 0 && !watcher_is_pending (watcher, 0) &&
      follow (watcher))
    begin_watcher (loop, watcher, FED, CALLER);
  watcher_wake (watcher, 0);
  real_ev_feed_event (loop, data, events);
}

int
hook_ev_clear_pending (struct ev_loop *loop, void *data)
{
  int events = real_ev_clear_pending (loop, data);

  stopped (data);
  return events;
}

/* ---- Since before anybody looked --------------------------------------------------------------- */

void
types_adopt_io (struct ev_loop *loop, ev_io *watcher)
{
  if (follow ((ev_watcher *)watcher))
    begin_io (loop, watcher, NULL);
}

void
types_adopt_timer (struct ev_loop *loop, ev_timer *watcher)
{
  if (follow ((ev_watcher *)watcher))
    begin_timer (loop, watcher, NULL);
}

void
types_adopt_periodic (struct ev_loop *loop, ev_periodic *watcher)
{
  if (follow ((ev_watcher *)watcher))
    begin_periodic (loop, watcher, NULL);
}
