/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Events as awaits. An event's callback is replaced in the event itself, when it is added: what the program
 * reads back by event_get_callback() is its own. Which event fires is asked of the base whose loop this
 * thread turns, for a callback is not told. */

#include "events.h"

#include <errno.h>

#define AWAIT(ID, name, phrase, flags) [ID] = { name, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 },

#define REPEATS INSPECT_AWAIT_REPEATS
#define ONCE INSPECT_AWAIT_ONESHOT

typedef enum
{
  ACCEPT,
  CONNECT,
  READ,
  READ_ONCE,
  WRITE,
  WRITE_ONCE,
  WATCH,
  WATCH_ONCE,
  TIMER,
  TIMER_REPEAT,
  SIGNAL,
  ACTIVATION,
  ACTIVATED,
  N_KINDS
} Kind;

/* In the flags of a record, above the events that it was added for. */
#define KIND_SHIFT 16

/* clang-format off */
static InspectKind kinds[N_KINDS] = {
  AWAIT (ACCEPT, "libevent.accept", "waiting for connections on {local}", REPEATS | INSPECT_AWAIT_LISTENS)
  AWAIT (CONNECT, "libevent.connect", "connecting to {peer}", ONCE)
  AWAIT (READ, "libevent.read", "waiting to read from {peer}", REPEATS | INSPECT_AWAIT_ANSWERS)
  AWAIT (READ_ONCE, "libevent.read-once", "waiting to read from {peer}", INSPECT_AWAIT_ANSWERS)
  AWAIT (WRITE, "libevent.write", "waiting to write to {peer}", REPEATS | INSPECT_AWAIT_WATCHES)
  AWAIT (WRITE_ONCE, "libevent.write-once", "waiting to write to {peer}", ONCE)
  AWAIT (WATCH, "libevent.watch", "watching descriptor {fd}", REPEATS | INSPECT_AWAIT_WATCHES)
  AWAIT (WATCH_ONCE, "libevent.watch-once", "watching descriptor {fd}", INSPECT_AWAIT_WATCHES)
  AWAIT (TIMER, "libevent.timer", "timer, due in {due}", ONCE | INSPECT_AWAIT_TIMER)
  AWAIT (TIMER_REPEAT, "libevent.timer-repeat", "timer every {repeat}, due in {due}", REPEATS | INSPECT_AWAIT_TIMER)
  AWAIT (SIGNAL, "libevent.signal", "waiting for signal {signal}", REPEATS | INSPECT_AWAIT_WATCHES)
  AWAIT (ACTIVATION, "libevent.activation", "waiting to be activated by the program", REPEATS | INSPECT_AWAIT_WATCHES)
  AWAIT (ACTIVATED, "libevent.activated", "activated, to be called by the loop", INSPECT_AWAIT_WATCHES)
};
/* clang-format on */

/* ---- Callbacks ------------------------------------------------------------------------------- */

static Slots slots;

/* The event that runs on this thread; NULL where that cannot be said. */
static struct event *
get_running (void)
{
  struct event_base *base = (struct event_base *)(uintptr_t)loop_current ();

  return base != NULL ? libevent.running_event (base) : NULL;
}

static FireMode
mode_of (const struct event *event, const Record *record)
{
  if (record->kind == &kinds[ACTIVATED] || record->kind == &kinds[CONNECT])
    return FIRE_LAST;
  return (libevent.get_events (event) & EV_PERSIST) != 0 ? FIRE_AGAIN : FIRE_LAST;
}

/* libevent has started the time of one that persists anew. */
static void
say_again (const struct event *event, const Record *record)
{
  if (record->data == NULL)
    return;
  inspect_attribute (watcher_await (record, event, 0),
                     record->kind == &kinds[TIMER_REPEAT] ? &key_due : &key_deadline,
                     ns_after ((int64_t)(uintptr_t)record->data));
}

/* It is connected, and goes on for something else. */
static void
go_on (const struct event *event, Callback callback)
{
  if (watchers_are_on ())
    event_begin (&(EventFacts){ .identity = event,
                                .base = libevent.get_base (event),
                                .fd = libevent.get_fd (event),
                                .events = libevent.get_events (event),
                                .callback = callback });
}

static void
begin (Firing *firing, struct event *event, short what, Callback callback)
{
  Record record;
  FireMode mode;
  bool is_timeout;

  if (!table_get (event, 0, &record) || record.kind == NULL)
    return;
  mode = mode_of (event, &record);
  is_timeout = (what & EV_TIMEOUT) != 0 && (record.kind->flags & INSPECT_AWAIT_TIMER) == 0;
  firing_begin (firing, event, 0, callback, mode, is_timeout ? -ETIMEDOUT : 0);
  if (mode == FIRE_AGAIN && watchers_are_on ())
    say_again (event, &record);
  if (record.kind == &kinds[CONNECT] && (libevent.get_events (event) & EV_PERSIST) != 0)
    go_on (event, callback);
}

static TRAMPOLINE void
on_event (unsigned slot, evutil_socket_t fd, short what, void *data)
{
  Callback callback = slots.originals[slot];
  Firing firing = { .task = INSPECT_NONE };
  struct event *event = get_running ();

  if (event != NULL)
    begin (&firing, event, what, callback);
  ((event_callback_fn)callback) (fd, what, data);
  firing_end (&firing);
}

#define EVENT(n)                                                                                   \
  static TRAMPOLINE void event_##n (evutil_socket_t fd, short what, void *data)                    \
  {                                                                                                \
    on_event (n, fd, what, data);                                                                  \
  }
SLOTS (EVENT)
#undef EVENT
#define EVENT(n) (Callback) event_##n,
static const Callback functions[N_SLOTS] = { SLOTS (EVENT) };
static Slots slots = { .functions = functions };

/* Where it lies in an event, if that is as it was when this was compiled. */
static event_callback_fn *
callback_of (struct event *event)
{
  event_callback_fn *field = &event->ev_evcallback.evcb_cb_union.evcb_callback;

  return *field == real_event_get_callback (event) ? field : NULL;
}

static bool
follow (struct event *event)
{
  event_callback_fn *field = callback_of (event);
  Callback ours;

  if (field == NULL || *field == NULL)
    return false;
  ours = slots_get (&slots, (Callback)*field);
  if (ours == NULL)
    return false;
  /* Another thread may fire it meanwhile: it finds the one or the other. */
  __atomic_store_n (field, (event_callback_fn)ours, __ATOMIC_RELAXED);
  return true;
}

void
event_give_back (struct event *event)
{
  event_callback_fn *field = callback_of (event);

  if (field != NULL && slots_is_ours ((const void *)*field))
    __atomic_store_n (field, (event_callback_fn)slots_original (&slots, (Callback)*field),
                      __ATOMIC_RELAXED);
}

static Callback
original_of (const struct event *event)
{
  return slots_original (&slots, (Callback)real_event_get_callback (event));
}

/* ---- What it waits for ----------------------------------------------------------------------- */

static Kind
kind_of_descriptor (int fd, short events)
{
  static const Kind kinds_of_use[][2] = {
    [DESCRIPTOR_ACCEPTS] = { ACCEPT, ACCEPT },       [DESCRIPTOR_CONNECTS] = { CONNECT, CONNECT },
    [DESCRIPTOR_READS] = { READ_ONCE, READ },        [DESCRIPTOR_WRITES] = { WRITE_ONCE, WRITE },
    [DESCRIPTOR_IS_WATCHED] = { WATCH_ONCE, WATCH },
  };
  DescriptorUse use = descriptor_look_for (fd, (events & EV_READ) != 0, (events & EV_WRITE) != 0);

  return kinds_of_use[use][(events & EV_PERSIST) != 0];
}

static Kind
kind_of (int fd, short events, bool has_time)
{
  if ((events & EV_SIGNAL) != 0)
    return SIGNAL;
  if (fd >= 0 && (events & (EV_READ | EV_WRITE | EV_CLOSED)) != 0)
    return kind_of_descriptor (fd, events);
  if (!has_time)
    return ACTIVATION;
  return (events & EV_PERSIST) != 0 ? TIMER_REPEAT : TIMER;
}

/* The kernel is asked once about an event, and no more when that is added again: its descriptor changes
 * only by a new assignment. */
static Kind
get_kind (const EventFacts *facts)
{
  Record known;
  Kind kind;

  if (facts->fd >= 0 && (facts->events & EV_SIGNAL) == 0 &&
      table_get (facts->identity, 0, &known) && known.fd == facts->fd &&
      (known.flags & 0xffff) == (uint16_t)facts->events)
    {
      kind = known.flags >> KIND_SHIFT;
      if (kind != CONNECT)
        return kind;
    }
  return kind_of (facts->fd, facts->events, facts->time != NULL);
}

/* The address of a timeval of event_base_init_common_timeout() has bits of libevent's in it. */
static uint64_t
ns_of (const struct timeval *time)
{
  struct timeval plain = { time->tv_sec, time->tv_usec & 0x000fffff };

  return ns_of_timeval (&plain);
}

static bool
is_timed (Kind kind)
{
  return kind == TIMER || kind == TIMER_REPEAT;
}

void
event_begin (const EventFacts *facts)
{
  Kind kind = get_kind (facts);
  uint64_t ns = facts->time != NULL ? ns_of (facts->time) : 0;
  uint64_t due = facts->time != NULL ? ns_after ((int64_t)ns) : 0;
  InspectObject await;
  bool is_new;

  await = watcher_begin (
      &(WatchStart){ .address = facts->identity,
                     .kind = &kinds[kind],
                     .callback = facts->callback,
                     .loop = facts->base,
                     .fd = kind == SIGNAL || is_timed (kind) || kind == ACTIVATION ? -1 : facts->fd,
                     .data = (void *)(uintptr_t)ns,
                     .flags = (uint16_t)facts->events | (uint32_t)kind << KIND_SHIFT,
                     .caller = facts->caller },
      &is_new);
  if (await == 0)
    return;
  if (kind == SIGNAL && is_new)
    inspect_attribute (await, &key_signal, (uint64_t)facts->fd);
  if (facts->time != NULL)
    inspect_attribute (await, is_timed (kind) ? &key_due : &key_deadline, due);
  if (kind == TIMER_REPEAT)
    inspect_attribute (await, &key_repeat, ns);
}

static EventFacts
facts_of (const struct event *event, const struct timeval *time, const void *caller)
{
  return (EventFacts){ .identity = event,
                       .base = libevent.get_base (event),
                       .fd = libevent.get_fd (event),
                       .events = libevent.get_events (event),
                       .time = time,
                       .callback = original_of (event),
                       .caller = caller };
}

/* ---- What the program does with events ------------------------------------------------------- */

/* Without a time one that has a time keeps it. */
int
hook_event_add (struct event *event, const struct timeval *time)
{
  EventFacts facts;
  int status;

  if (!watchers_are_on () || event == NULL)
    return real_event_add (event, time);
  if (!follow (event))
    {
      watchers.agent.count_skipped ();
      return real_event_add (event, time);
    }
  facts = facts_of (event, time, CALLER);
  event_begin (&facts);
  status = real_event_add (event, time);
  if (status != 0)
    watcher_end (event, 0, -EINVAL);
  return status;
}

#define DELETE(name)                                                                               \
  int hook_##name (struct event *event)                                                            \
  {                                                                                                \
    int status = real_##name (event);                                                              \
    if (status == 0 && event != NULL)                                                              \
      watcher_end (event, 0, -ECANCELED);                                                          \
    return status;                                                                                 \
  }

DELETE (event_del)
DELETE (event_del_block)
DELETE (event_del_noblock)

/* Before the memory is anybody else's. */
void
hook_event_free (struct event *event)
{
  if (event != NULL)
    watcher_forget (event);
  real_event_free (event);
}

int
hook_event_finalize (unsigned flags, struct event *event, event_finalize_callback_fn callback)
{
  if (event != NULL)
    watcher_end (event, 0, -ECANCELED);
  return real_event_finalize (flags, event, callback);
}

int
hook_event_free_finalize (unsigned flags, struct event *event, event_finalize_callback_fn callback)
{
  if (event != NULL)
    watcher_forget (event);
  return real_event_free_finalize (flags, event, callback);
}

int
hook_event_remove_timer (struct event *event)
{
  Record record;
  int status = real_event_remove_timer (event);

  if (status != 0 || event == NULL || !table_get (event, 0, &record) || record.kind == NULL)
    return status;
  if (is_timed (record.flags >> KIND_SHIFT))
    watcher_end (event, 0, -ECANCELED);
  else if (watchers_are_on ())
    inspect_attribute (watcher_await (&record, event, 0), &key_deadline, NEVER_NS);
  return status;
}

/* One that waits for nothing is called by the loop all the same, once. */
void
hook_event_active (struct event *event, int result, short n_calls)
{
  EventFacts facts;

  if (event == NULL || !watchers_are_on ())
    {
      real_event_active (event, result, n_calls);
      return;
    }
  if (!watcher_is_pending (event, 0) && follow (event))
    {
      facts = facts_of (event, NULL, CALLER);
      watcher_begin (&(WatchStart){ .address = event,
                                    .kind = &kinds[ACTIVATED],
                                    .callback = facts.callback,
                                    .loop = facts.base,
                                    .fd = -1,
                                    .flags = ACTIVATED << KIND_SHIFT,
                                    .caller = CALLER },
                     &(bool){ false });
    }
  watcher_wake (event, 0);
  real_event_active (event, result, n_calls);
}

/* What was known of that memory is over. */
int
hook_event_assign (struct event *event, struct event_base *base, evutil_socket_t fd, short events,
                   event_callback_fn callback, void *data)
{
  if (event != NULL)
    watcher_forget (event);
  return real_event_assign (event, base, fd, events, callback, data);
}

void
hook_event_set (struct event *event, evutil_socket_t fd, short events, event_callback_fn callback,
                void *data)
{
  if (event != NULL)
    watcher_forget (event);
  real_event_set (event, fd, events, callback, data);
}

event_callback_fn
hook_event_get_callback (const struct event *event)
{
  return (event_callback_fn)original_of (event);
}

void
hook_event_get_assignment (const struct event *event, struct event_base **ret_base,
                           evutil_socket_t *ret_fd, short *ret_events,
                           event_callback_fn *ret_callback, void **ret_data)
{
  real_event_get_assignment (event, ret_base, ret_fd, ret_events, ret_callback, ret_data);
  if (ret_callback != NULL)
    *ret_callback = (event_callback_fn)slots_original (&slots, (Callback)*ret_callback);
}

/* ---- Since before anybody looked --------------------------------------------------------------- */

/* Of the times in an event the due one is on the base's clock, which is the monotonic one. */
static struct timeval
interval_of (const struct event *event)
{
  return (libevent.get_events (event) & (EV_PERSIST | EV_SIGNAL)) == EV_PERSIST
             ? event->ev_.ev_io.ev_timeout
             : (struct timeval){ 0, 0 };
}

void
event_adopt (struct event *event)
{
  short flags = event->ev_evcallback.evcb_flags;
  struct timeval interval = interval_of (event);
  InspectObject await;
  EventFacts facts;
  Record record;

  if ((flags & (EVLIST_TIMEOUT | EVLIST_INSERTED | EVLIST_ACTIVE)) == 0 || !follow (event))
    return;
  facts = facts_of (event, (flags & EVLIST_TIMEOUT) != 0 ? &interval : NULL, NULL);
  event_begin (&facts);
  if ((flags & EVLIST_TIMEOUT) == 0 || !table_get (event, 0, &record) || record.kind == NULL)
    return;
  await = watcher_await (&record, event, 0);
  inspect_attribute (await, is_timed (record.flags >> KIND_SHIFT) ? &key_due : &key_deadline,
                     ns_of_timeval (&event->ev_timeout));
}
