/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Buffered connections. One reads as long as reading is enabled, connects, and writes until what the program
 * gave it is out. */

#include "bufferevents.h"

#include <errno.h>

#include "watchers/descriptors.h"

/* The parts that wait. */
enum
{
  READ,
  WRITE,
  CONNECT,
};

INSPECT_DEFINE_AWAIT (await_read, "libevent.buffered-read", "waiting to read from {peer}",
                      INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_ANSWERS);
INSPECT_DEFINE_AWAIT (await_write, "libevent.buffered-write", "writing {bytes} to {peer}",
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS);
INSPECT_DEFINE_AWAIT (await_connect, "libevent.buffered-connect", "connecting to {peer}",
                      INSPECT_AWAIT_ONESHOT);
INSPECT_DEFINE_AWAIT (await_connect_host, "libevent.buffered-connect-host",
                      "connecting to {host}, port {service}", INSPECT_AWAIT_ONESHOT);

static Slots data_slots;
static Slots event_slots;

/* ---- What it waits for ----------------------------------------------------------------------- */

/* Its fields lie where they did when this was compiled. */
static bool
is_known (const struct bufferevent *buffered)
{
  return watchers_are_on () && buffered != NULL && libevent.buffered_fd != NULL &&
         libevent.buffered_base != NULL && libevent.buffered_enabled != NULL &&
         libevent.buffered_base ((struct bufferevent *)(uintptr_t)buffered) == buffered->ev_base &&
         libevent.buffered_enabled ((struct bufferevent *)(uintptr_t)buffered) == buffered->enabled;
}

/* One that is laid upon another, or encrypts, sends more than what the program asks. */
static void
follow_descriptor (struct bufferevent *buffered, int fd)
{
  if (fd < 0 || descriptor_look (fd) != DESCRIPTOR_STREAM)
    return;
  if (libevent.socket_ops != NULL && buffered->be_ops == libevent.socket_ops)
    descriptor_set_owner (fd, buffered);
  else
    descriptor_unfollow (fd);
}

static void
say_deadline (InspectObject await, const struct timeval *time)
{
  uint64_t ns = ns_of_timeval (time);

  if (await != 0 && ns != 0)
    inspect_attribute (await, &key_deadline, ns_after ((int64_t)ns));
}

static Callback
read_callback (const struct bufferevent *buffered)
{
  Callback function = (Callback)(buffered->readcb != NULL ? buffered->readcb : NULL);

  return function != NULL ? slots_original (&data_slots, function)
                          : slots_original (&event_slots, (Callback)buffered->errorcb);
}

static void
begin_read (struct bufferevent *buffered, const void *caller)
{
  int fd = libevent.buffered_fd (buffered);
  Callback callback = read_callback (buffered);
  InspectObject await;
  Record known;
  bool is_new;

  if (callback == NULL || (libevent.buffered_enabled (buffered) & EV_READ) == 0)
    return;
  if (!table_get (buffered, READ, &known) || known.kind == NULL || known.fd != fd)
    follow_descriptor (buffered, fd);
  await = watcher_begin (&(WatchStart){ .address = buffered,
                                        .part = READ,
                                        .kind = &await_read,
                                        .callback = callback,
                                        .loop = libevent.buffered_base (buffered),
                                        .fd = fd,
                                        .caller = caller },
                         &is_new);
  say_deadline (await, &buffered->timeout_read);
}

static void
begin_write (struct bufferevent *buffered, size_t length, const void *caller)
{
  Callback callback = slots_original (&data_slots, (Callback)buffered->writecb);
  InspectObject await;
  bool is_new;

  if (length == 0)
    return;
  await = watcher_begin (&(WatchStart){ .address = buffered,
                                        .part = WRITE,
                                        .kind = &await_write,
                                        .callback = callback,
                                        .loop = libevent.buffered_base (buffered),
                                        .fd = libevent.buffered_fd (buffered),
                                        .caller = caller },
                         &is_new);
  if (is_new)
    inspect_attribute (await, &key_bytes, length);
  say_deadline (await, &buffered->timeout_write);
}

/* ---- Callbacks ------------------------------------------------------------------------------- */

static bool
writes (const struct bufferevent *buffered)
{
  return watcher_is_pending (buffered, WRITE);
}

static TRAMPOLINE void
on_data (unsigned slot, struct bufferevent *buffered, void *data)
{
  Callback callback = data_slots.originals[slot];
  bool is_written = (Callback)buffered->writecb == data_slots.functions[slot] &&
                    ((Callback)buffered->readcb != data_slots.functions[slot] || writes (buffered));
  Firing firing;

  if (!is_written)
    firing_begin (&firing, buffered, READ, callback, FIRE_AGAIN, 0);
  else if (writes (buffered))
    firing_begin (&firing, buffered, WRITE, callback, FIRE_LAST, 0);
  else
    firing_begin_bound (&firing, buffered, callback);
  ((bufferevent_data_cb)callback) (buffered, data);
  firing_end (&firing);
}

/* In the place of a write callback that the program does not have. */
static TRAMPOLINE void
on_drained (struct bufferevent *buffered, void *data)
{
  watcher_end (buffered, WRITE, 0);
}

/* How what it waits for ends with @what; -1: none of its parts does. */
static int
part_of (const struct bufferevent *buffered, short what, int error, int *ret_status)
{
  int failed = error != 0 ? -error : -EIO;

  *ret_status = 0;
  if (watcher_is_pending (buffered, CONNECT) &&
      (what & (BEV_EVENT_CONNECTED | BEV_EVENT_ERROR | BEV_EVENT_TIMEOUT)) != 0)
    {
      if ((what & BEV_EVENT_CONNECTED) == 0)
        *ret_status = (what & BEV_EVENT_TIMEOUT) != 0 ? -ETIMEDOUT : failed;
      return CONNECT;
    }
  if ((what & BEV_EVENT_CONNECTED) != 0)
    return -1;
  if ((what & BEV_EVENT_TIMEOUT) != 0)
    *ret_status = -ETIMEDOUT;
  else if ((what & BEV_EVENT_ERROR) != 0)
    *ret_status = failed;
  if ((what & BEV_EVENT_WRITING) != 0 && writes (buffered))
    return WRITE;
  return watcher_is_pending (buffered, READ) ? READ : -1;
}

static TRAMPOLINE void
on_event (unsigned slot, struct bufferevent *buffered, short what, void *data)
{
  Callback callback = event_slots.originals[slot];
  int error = errno, status, part;
  Firing firing;

  part = part_of (buffered, what, error, &status);
  if (part >= 0)
    firing_begin (&firing, buffered, part, callback, FIRE_LAST, status);
  else
    firing_begin_bound (&firing, buffered, callback);
  if ((what & BEV_EVENT_ERROR) != 0)
    watcher_end (buffered, WRITE, status);
  else if ((what & BEV_EVENT_CONNECTED) != 0 && is_known (buffered))
    begin_read (buffered, NULL);
  errno = error;
  ((bufferevent_event_cb)callback) (buffered, what, data);
  firing_end (&firing);
}

#define FUNCTIONS(n)                                                                               \
  static TRAMPOLINE void data_##n (struct bufferevent *buffered, void *data)                       \
  {                                                                                                \
    on_data (n, buffered, data);                                                                   \
  }                                                                                                \
  static TRAMPOLINE void event_##n (struct bufferevent *buffered, short what, void *data)          \
  {                                                                                                \
    on_event (n, buffered, what, data);                                                            \
  }
SLOTS (FUNCTIONS)
#undef FUNCTIONS
#define DATA(n) (Callback) data_##n,
#define EVENT(n) (Callback) event_##n,
static const Callback data_functions[N_SLOTS] = { SLOTS (DATA) };
static const Callback event_functions[N_SLOTS] = { SLOTS (EVENT) };
static Slots data_slots = { .functions = data_functions };
static Slots event_slots = { .functions = event_functions };

static Callback
stand_in (Slots *slots, Callback callback)
{
  Callback ours = callback != NULL ? slots_get (slots, callback) : NULL;

  if (callback != NULL && ours == NULL)
    watchers.agent.count_skipped ();
  return ours != NULL ? ours : callback;
}

static bufferevent_data_cb
own (bufferevent_data_cb function)
{
  return function == on_drained
             ? NULL
             : (bufferevent_data_cb)slots_original (&data_slots, (Callback)function);
}

/* ---- What the program does with them --------------------------------------------------------- */

void
hook_bufferevent_setcb (struct bufferevent *buffered, bufferevent_data_cb read_cb,
                        bufferevent_data_cb write_cb, bufferevent_event_cb event_cb, void *data)
{
  if (!is_known (buffered) || (read_cb == NULL && write_cb == NULL && event_cb == NULL))
    {
      watcher_end (buffered, READ, -ECANCELED);
      real_bufferevent_setcb (buffered, read_cb, write_cb, event_cb, data);
      return;
    }
  real_bufferevent_setcb (buffered, (bufferevent_data_cb)stand_in (&data_slots, (Callback)read_cb),
                          write_cb != NULL
                              ? (bufferevent_data_cb)stand_in (&data_slots, (Callback)write_cb)
                              : on_drained,
                          (bufferevent_event_cb)stand_in (&event_slots, (Callback)event_cb), data);
  if (read_callback (buffered) == NULL)
    watcher_end (buffered, READ, -ECANCELED);
  else
    begin_read (buffered, CALLER);
}

void
hook_bufferevent_getcb (struct bufferevent *buffered, bufferevent_data_cb *ret_read,
                        bufferevent_data_cb *ret_write, bufferevent_event_cb *ret_event,
                        void **ret_data)
{
  real_bufferevent_getcb (buffered, ret_read, ret_write, ret_event, ret_data);
  if (ret_read != NULL)
    *ret_read = own (*ret_read);
  if (ret_write != NULL)
    *ret_write = own (*ret_write);
  if (ret_event != NULL)
    *ret_event = (bufferevent_event_cb)slots_original (&event_slots, (Callback)*ret_event);
}

int
hook_bufferevent_enable (struct bufferevent *buffered, short events)
{
  int status = real_bufferevent_enable (buffered, events);

  if (status == 0 && (events & EV_READ) != 0 && is_known (buffered))
    begin_read (buffered, CALLER);
  return status;
}

int
hook_bufferevent_disable (struct bufferevent *buffered, short events)
{
  int status = real_bufferevent_disable (buffered, events);

  if (status == 0 && (events & EV_READ) != 0)
    watcher_end (buffered, READ, -ECANCELED);
  return status;
}

int
hook_bufferevent_set_timeouts (struct bufferevent *buffered, const struct timeval *read_time,
                               const struct timeval *write_time)
{
  int status = real_bufferevent_set_timeouts (buffered, read_time, write_time);
  Record record;

  if (status == 0 && read_time != NULL && watchers_are_on () &&
      table_get (buffered, READ, &record) && record.kind != NULL)
    say_deadline (watcher_await (&record, buffered, READ), read_time);
  return status;
}

int
hook_bufferevent_setfd (struct bufferevent *buffered, evutil_socket_t fd)
{
  int status = real_bufferevent_setfd (buffered, fd);

  if (status == 0 && is_known (buffered))
    begin_read (buffered, CALLER);
  return status;
}

void
hook_bufferevent_free (struct bufferevent *buffered)
{
  watcher_forget (buffered);
  real_bufferevent_free (buffered);
}

static InspectObject
begin_connect (struct bufferevent *buffered, InspectKind *kind, const void *caller)
{
  bool is_new;

  return watcher_begin (
      &(WatchStart){ .address = buffered,
                     .part = CONNECT,
                     .kind = kind,
                     .callback = slots_original (&event_slots, (Callback)buffered->errorcb),
                     .loop = libevent.buffered_base (buffered),
                     .fd = libevent.buffered_fd (buffered),
                     .caller = caller },
      &is_new);
}

/* Without a callback for events nobody is told how it ends. */
int
hook_bufferevent_socket_connect (struct bufferevent *buffered, const struct sockaddr *address,
                                 int length)
{
  InspectObject await;
  int status;

  if (!is_known (buffered) || buffered->errorcb == NULL)
    return real_bufferevent_socket_connect (buffered, address, length);
  await = begin_connect (buffered, &await_connect, CALLER);
  if (await != 0 && address != NULL && length > 0)
    inspect_attribute_bytes (await, &key_peer, address, (size_t)length);
  status = real_bufferevent_socket_connect (buffered, address, length);
  if (status != 0)
    watcher_end (buffered, CONNECT, -errno);
  return status;
}

void
say_port (InspectObject await, int port)
{
  char digits[12], *first = digits + sizeof digits;
  unsigned int rest = port > 0 ? (unsigned int)port : 0;

  do
    *--first = (char)('0' + rest % 10);
  while ((rest /= 10) != 0);
  inspect_attribute_bytes (await, &key_service, first, (size_t)(digits + sizeof digits - first));
}

int
hook_bufferevent_socket_connect_hostname (struct bufferevent *buffered, struct evdns_base *dns,
                                          int family, const char *host, int port)
{
  InspectObject await;
  int status;

  if (!is_known (buffered) || buffered->errorcb == NULL)
    return real_bufferevent_socket_connect_hostname (buffered, dns, family, host, port);
  await = begin_connect (buffered, &await_connect_host, CALLER);
  if (await != 0)
    {
      say_text (await, &key_host, host);
      say_port (await, port);
    }
  status = real_bufferevent_socket_connect_hostname (buffered, dns, family, host, port);
  if (status != 0)
    watcher_end (buffered, CONNECT, -EINVAL);
  return status;
}

static int
written (struct bufferevent *buffered, int status)
{
  /* Nobody would tell when it is out. */
  if (status != 0 || buffered->writecb == NULL)
    watcher_end (buffered, WRITE, status != 0 ? -EIO : 0);
  return status;
}

int
hook_bufferevent_write (struct bufferevent *buffered, const void *bytes, size_t length)
{
  if (!is_known (buffered))
    return real_bufferevent_write (buffered, bytes, length);
  begin_write (buffered, length, CALLER);
  return written (buffered, real_bufferevent_write (buffered, bytes, length));
}

int
hook_bufferevent_write_buffer (struct bufferevent *buffered, struct evbuffer *buffer)
{
  if (!is_known (buffered) || libevent.buffer_length == NULL)
    return real_bufferevent_write_buffer (buffered, buffer);
  begin_write (buffered, libevent.buffer_length (buffer), CALLER);
  return written (buffered, real_bufferevent_write_buffer (buffered, buffer));
}

/* ---- Since before anybody looked --------------------------------------------------------------- */

/* That it has one of libevent's own tables of functions, and lies around its events, says what it is. */
static struct bufferevent *
buffered_of (const struct event *event)
{
  struct bufferevent *buffered = event->ev_evcallback.evcb_arg;

  return buffered != NULL && libevent.socket_ops != NULL &&
                 (event == &buffered->ev_read || event == &buffered->ev_write) &&
                 buffered->be_ops == libevent.socket_ops
             ? buffered
             : NULL;
}

bool
buffered_adopt (const struct event *event)
{
  struct bufferevent *buffered = buffered_of (event);

  if (buffered == NULL || !is_known (buffered))
    return false;
  buffered->readcb = (bufferevent_data_cb)stand_in (&data_slots, (Callback)buffered->readcb);
  buffered->writecb = (bufferevent_data_cb)stand_in (&data_slots, (Callback)buffered->writecb);
  buffered->errorcb = (bufferevent_event_cb)stand_in (&event_slots, (Callback)buffered->errorcb);
  begin_read (buffered, NULL);
  return true;
}

bool
buffered_give_back (const struct event *event)
{
  struct bufferevent *buffered = buffered_of (event);

  if (buffered == NULL)
    return false;
  buffered->readcb = own (buffered->readcb);
  buffered->writecb = own (buffered->writecb);
  buffered->errorcb =
      (bufferevent_event_cb)slots_original (&event_slots, (Callback)buffered->errorcb);
  return true;
}
