/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit/stop.h"

#include <linux/futex.h>
#include <string.h>
#include <time.h>

#include "inspect-keys.h"
#include "emit/clock.h"
#include "emit/process.h"
#include "emit/sys.h"

#define MILLISECOND UINT64_C (1000000)
#define ONE_WAIT (50 * MILLISECOND)
/* An inspector whose heartbeat is older is gone, and the program goes on ... */
#define HEARTBEAT_OLD (1000 * MILLISECOND)
/* ... but it may have been stopped together with us (Ctrl-Z): it gets this long to come back. */
#define GRACE (250 * MILLISECOND)
/* An inspector that asked for it is there, and has nothing else to do. */
#define LONGEST_HOLD (10000 * MILLISECOND)

/* ---- Does it match? --------------------------------------------------------------------------- */

/* The inspector holds the same memory: an offset from there is checked before it is followed. */
static const char *
text_at (uint32_t offset, uint32_t *ret_length)
{
  uint32_t length;

  if (offset == 0 || (uint64_t)offset + sizeof length > emit_channel.strings_capacity)
    return NULL;
  memcpy (&length, emit_channel.strings + offset, sizeof length);
  if ((uint64_t)offset + sizeof length + length > emit_channel.strings_capacity)
    return NULL;
  *ret_length = length;
  return emit_channel.strings + offset + sizeof length;
}

static bool
text_has_hash (uint32_t offset, uint64_t hash)
{
  uint32_t length = 0;
  const char *text = text_at (offset, &length);

  return text != NULL && channel_hash (text, length) == hash;
}

static bool
base_name_has_hash (uint32_t offset, uint64_t hash)
{
  uint32_t length = 0;
  const char *text = text_at (offset, &length);

  if (text == NULL)
    return false;
  for (uint32_t i = length; i > 0; i--)
    if (text[i - 1] == '/')
      return channel_hash (text + i, length - i) == hash;
  return channel_hash (text, length) == hash;
}

static bool
kind_has_hash (uint64_t object, uint64_t hash)
{
  uint64_t number = object >> 48;

  return number > 0 && number <= emit_channel.kinds_capacity &&
         text_has_hash (emit_channel.kinds[number - 1].name, hash);
}

static bool
is_within (const ChannelBreak *wanted, uint64_t address)
{
  return address >= wanted->low && address < wanted->high;
}

/* Return addresses are those of the instruction after the call. */
static bool
stack_is_within (const ChannelBreak *wanted, const ChannelLocation *stack)
{
  uint32_t length = 0;
  const char *frames = text_at (stack->file, &length);

  for (uint32_t i = 0; frames != NULL && i + sizeof (uint64_t) <= length; i += sizeof (uint64_t))
    {
      uint64_t address;

      memcpy (&address, frames + i, sizeof address);
      if (is_within (wanted, address - 1))
        return true;
    }
  return false;
}

static bool
static_is (const ChannelBreak *wanted, const ChannelLocation *place)
{
  if (wanted->of == CHANNEL_BREAK_FUNCTION)
    return text_has_hash (place->function, wanted->low);
  return wanted->of == CHANNEL_BREAK_LINE && place->line == wanted->high &&
         base_name_has_hash (place->file, wanted->low);
}

static bool
place_is (const ChannelBreak *wanted, uint32_t location)
{
  const ChannelLocation *place;

  if (location == 0 || location > emit_channel.locations_capacity)
    return false;
  place = &emit_channel.locations[location - 1];
  if (place->of == CHANNEL_LOCATION_STATIC)
    return static_is (wanted, place);
  if (wanted->of != CHANNEL_BREAK_ADDRESS)
    return false;
  if (place->of == CHANNEL_LOCATION_STACK)
    return stack_is_within (wanted, place);
  return is_within (wanted,
                    place->of == CHANNEL_LOCATION_FUNCTION ? place->address : place->address - 1);
}

static bool
matches (const ChannelBreak *wanted, ChannelType type, uint32_t location, uint64_t task,
         uint64_t arg)
{
  if ((wanted->events >> type & 1) == 0 || (wanted->task != 0 && wanted->task != task))
    return false;
  switch ((ChannelBreakOf)wanted->of)
    {
    case CHANNEL_BREAK_ANY:
      return true;
    case CHANNEL_BREAK_KIND:
      return type != CHANNEL_STATE_NAME && type != CHANNEL_POINT && type != CHANNEL_TASK_BEGIN &&
             kind_has_hash (arg, wanted->low);
    case CHANNEL_BREAK_OBJECT:
      return arg == wanted->low;
    case CHANNEL_BREAK_STATE:
      return type == CHANNEL_STATE_NAME && text_has_hash ((uint32_t)arg, wanted->low);
    case CHANNEL_BREAK_ADDRESS:
    case CHANNEL_BREAK_FUNCTION:
    case CHANNEL_BREAK_LINE:
      /* Of an end the bits are a status. */
      return type != CHANNEL_TASK_END && place_is (wanted, location);
    default:
      return false;
    }
}

/* An entry may be written while it is read: what is then found that nobody meant, the inspector lets
 * go at once. */
static uint32_t
count_breaks (void)
{
  uint32_t n = __atomic_load_n (&emit_channel.control->n_breaks, __ATOMIC_ACQUIRE);

  return n <= CHANNEL_MAX_BREAKS ? n : 0;
}

static bool
find_break (ChannelType type, uint32_t location, uint64_t task, uint64_t arg, uint16_t *ret_number)
{
  const ChannelControl *control = emit_channel.control;
  uint32_t n = count_breaks ();

  for (uint32_t i = 0; i < n; i++)
    {
      ChannelBreak wanted = control->breaks[i];

      if (!matches (&wanted, type, location, task, arg))
        continue;
      *ret_number = wanted.number;
      return true;
    }
  *ret_number = 0;
  return __atomic_load_n (&control->stop_all, __ATOMIC_RELAXED) != 0;
}

/* ---- Standing still --------------------------------------------------------------------------- */

static bool
may_go (const EmitThread *self, uint64_t parked, uint64_t now, uint64_t begin)
{
  const ChannelControl *control = emit_channel.control;
  uint64_t beat;

  /* Pairs with the inspector's release after it has made up its mind. */
  if (__atomic_load_n (&emit_channel.tails[self->index].go, __ATOMIC_ACQUIRE) == parked ||
      __atomic_load_n (&control->looking, __ATOMIC_RELAXED) == 0)
    return true;
  beat = __atomic_load_n (&control->heartbeat_ns, __ATOMIC_RELAXED);
  return now - begin >= GRACE && now > beat && now - beat > HEARTBEAT_OLD;
}

/* What it stops for. */
static void
set_cause (EmitThread *self, ChannelType type, uint32_t location, uint64_t task, uint64_t arg)
{
  ChannelRing *ring = self->ring;

  __atomic_store_n (&ring->parked_type, type, __ATOMIC_RELAXED);
  __atomic_store_n (&ring->parked_task, task, __ATOMIC_RELAXED);
  __atomic_store_n (&ring->parked_arg, arg, __ATOMIC_RELAXED);
  __atomic_store_n (&ring->parked_location, location, __ATOMIC_RELAXED);
}

/* A signal handler that runs meanwhile may write records, but does not stop in turn. */
static void
park (EmitThread *self, uint16_t number)
{
  ChannelRing *ring = self->ring;
  uint32_t *futex = &emit_channel.control->go_futex;
  uint64_t parked = __atomic_load_n (&ring->head, __ATOMIC_RELAXED);
  uint64_t begin = emit_clock_monotonic_ns (), now = begin;

  self->stop_pending = 0;
  self->due_await = 0;
  self->is_parked = 1;
  __atomic_store_n (&ring->parked_by, number, __ATOMIC_RELAXED);
  /* Whoever sees it finds all records below it committed. */
  __atomic_store_n (&ring->parked, parked, __ATOMIC_RELEASE);
  for (;;)
    {
      /* Read before the rest: what is written in between makes the wait return at once. */
      uint32_t go = __atomic_load_n (futex, __ATOMIC_ACQUIRE);
      struct timespec timeout = { 0, ONE_WAIT };

      if (may_go (self, parked, now, begin))
        break;
      sys_futex (futex, FUTEX_WAIT, go, &timeout);
      now = emit_clock_monotonic_ns ();
    }
  __atomic_store_n (&ring->parked, 0, __ATOMIC_RELEASE);
  self->is_parked = 0;
}

/* ---- Before it begins ---------------------------------------------------------------------------- */

void
emit_process_hold (void)
{
  uint64_t begin, now;

  if (!emit_process_is_started () || emit_process_option ("hold", 0) == 0)
    return;
  __atomic_store_n (&emit_channel.header->holding, 1, __ATOMIC_RELEASE);
  begin = now = emit_clock_monotonic_ns ();
  while (__atomic_load_n (&emit_channel.control->may_begin, __ATOMIC_ACQUIRE) == 0 &&
         now - begin < LONGEST_HOLD)
    {
      struct timespec timeout = { 0, ONE_WAIT };

      sys_futex (&emit_channel.control->may_begin, FUTEX_WAIT, 0, &timeout);
      now = emit_clock_monotonic_ns ();
    }
  __atomic_store_n (&emit_channel.header->holding, 0, __ATOMIC_RELEASE);
}

/* ---- What calls it ----------------------------------------------------------------------------- */

static void
remember (EmitThread *self, uint16_t number)
{
  self->stop_pending = (uint32_t)number + 1;
}

void
emit_stop_now (void)
{
  EmitThread *self = emit_self;

  if (self->ring != NULL && self->stop_pending != 0 && !self->is_parked)
    park (self, (uint16_t)(self->stop_pending - 1));
}

void
emit_stop_at (uint32_t type_location, uint64_t task, uint64_t arg)
{
  EmitThread *self = emit_self;
  ChannelType type = channel_record_type (type_location);
  uint16_t number;

  if (self->ring == NULL || self->is_parked)
    return;
  if (self->stop_pending != 0)
    {
      emit_stop_now ();
      return;
    }
  self->due_await = type == CHANNEL_AWAIT_BEGIN ? arg : 0;
  if ((CHANNEL_BREAK_EVENTS >> type & 1) == 0 ||
      !find_break (type, channel_record_location (type_location), task, arg, &number))
    return;
  set_cause (self, type, channel_record_location (type_location), task, arg);
  /* What it is about is said after these. */
  if (type == CHANNEL_AWAIT_BEGIN || type == CHANNEL_TASK_BEGIN)
    remember (self, number);
  else
    park (self, number);
}

void
emit_stop_at_time (uint64_t object, const char *key, uint64_t value)
{
  const ChannelControl *control = emit_channel.control;
  EmitThread *self = emit_self;
  uint32_t n = count_breaks ();
  uint64_t now;

  if (self->ring == NULL || self->is_parked || self->due_await != object ||
      strcmp (key, INSPECT_KEY_DUE) != 0 || self->stop_pending != 0)
    return;
  now = emit_clock_monotonic_ns ();
  for (uint32_t i = 0; i < n; i++)
    {
      ChannelBreak wanted = control->breaks[i];

      if (wanted.of == CHANNEL_BREAK_DUE && value > now && value - now > wanted.low)
        {
          set_cause (self, CHANNEL_AWAIT_BEGIN, 0, self->current, object);
          remember (self, wanted.number);
          return;
        }
    }
}

void
emit_stop_at_text (uint64_t object, const char *key, const char *text, size_t length)
{
  const ChannelControl *control = emit_channel.control;
  EmitThread *self = emit_self;
  uint32_t n = count_breaks ();
  uint64_t hash;

  if (self->ring == NULL || self->is_parked || object >> 48 != 0 ||
      strcmp (key, INSPECT_KEY_NAME) != 0 || self->stop_pending != 0)
    return;
  hash = channel_hash (text, length);
  for (uint32_t i = 0; i < n; i++)
    {
      ChannelBreak wanted = control->breaks[i];

      if (wanted.of == CHANNEL_BREAK_NAME && wanted.low == hash)
        {
          set_cause (self, CHANNEL_TASK_BEGIN, 0, object, 0);
          remember (self, wanted.number);
          return;
        }
    }
}
