/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The calls of inspect.h that write records. Each is a few stores behind one check; what is rare is
 * in a function of its own, so that the common way needs no stack frame. */

#include "inspect.h"
#include "inspect-keys.h"

#include <string.h>

#include "emit/ring.h"
#include "emit/state.h"
#include "emit/stop.h"
#include "emit/tables.h"

#define RARE __attribute__ ((noinline, cold))

#define STATUS_MAX ((1 << 23) - 1)
#define STATUS_MIN (-(1 << 23))
#define CHUNK 16u

static inline uint32_t
with_location (ChannelType type, InspectLocationId location)
{
  return (uint32_t)type | location << 8;
}

static inline uint32_t
with_status (ChannelType type, int32_t status)
{
  if (status > STATUS_MAX)
    status = STATUS_MAX;
  if (status < STATUS_MIN)
    status = STATUS_MIN;
  return (uint32_t)type | (uint32_t)status << 8;
}

static RARE void
emit_slowly (uint32_t type_location, uint64_t task, uint64_t arg)
{
  EmitThread *self = emit_self;

  if (!emit_has_room (self, 1) && (self = emit_thread_make_room (1)) == NULL)
    return;
  emit_push (self, emit_ticks (), type_location, task, arg);
  if (emit_is_armed ())
    emit_stop_at (type_location, task, arg);
}

/* There is room, and the clock is an instruction: one that has to be called is slow anyway. */
static inline bool
is_quick (const EmitThread *self)
{
  return EMIT_LIKELY (self->ring != NULL) &&
         EMIT_LIKELY (__atomic_load_n (&self->ring->head, __ATOMIC_RELAXED) < self->quick_limit);
}

static inline void
emit (uint32_t type_location, uint64_t task, uint64_t arg)
{
  EmitThread *self = emit_self;

  if (!is_quick (self))
    {
      emit_slowly (type_location, task, arg);
      return;
    }
  emit_push (self, emit_ticks_quick (), type_location, task, arg);
}

/* Of a record at which a breakpoint can be. */
static inline void
emit_and_look (uint32_t type_location, uint64_t task, uint64_t arg)
{
  EmitThread *self = emit_self;

  if (!is_quick (self))
    {
      emit_slowly (type_location, task, arg);
      return;
    }
  emit_push (self, emit_ticks_quick (), type_location, task, arg);
  if (emit_is_armed ())
    emit_stop_at (type_location, task, arg);
}

/* The current task is kept also when the record was lost: what follows still belongs to it. */
static inline InspectId
change_current (InspectId task)
{
  EmitThread *self = emit_self;
  InspectId before;

  if (self == &emit_nobody)
    return INSPECT_NONE;
  before = self->current;
  self->current = task;
  return before;
}

static RARE InspectId
emit_and_change_slowly (uint32_t type_location, uint64_t task, uint64_t arg, InspectId current)
{
  emit_slowly (type_location, task, arg);
  return change_current (current);
}

static RARE InspectId
stop_and_return (uint32_t type_location, uint64_t task, uint64_t arg, InspectId before)
{
  emit_stop_at (type_location, task, arg);
  return before;
}

static inline InspectId
emit_and_change (uint32_t type_location, uint64_t task, uint64_t arg, InspectId current)
{
  EmitThread *self = emit_self;
  InspectId before;

  if (!is_quick (self))
    return emit_and_change_slowly (type_location, task, arg, current);
  emit_push (self, emit_ticks_quick (), type_location, task, arg);
  before = self->current;
  self->current = current;
  if (emit_is_armed ())
    return stop_and_return (type_location, task, arg, before);
  return before;
}

/* ---- Tasks, polls, awaits ---- */

void
inspect_task_begin (InspectId task, InspectId parent, InspectLocationId where)
{
  emit_and_look (with_location (CHANNEL_TASK_BEGIN, where), task, parent);
}

void
inspect_task_end (InspectId task, int32_t status)
{
  emit_and_look (with_status (CHANNEL_TASK_END, status), task, 0);
}

InspectId
inspect_poll_begin (InspectId task, InspectObject cause, InspectLocationId where)
{
  return emit_and_change (with_location (CHANNEL_POLL_BEGIN, where), task, cause, task);
}

void
inspect_poll_end (InspectId task, InspectId previous)
{
  emit_and_change (CHANNEL_POLL_END, task, 0, previous);
}

void
inspect_await_begin (InspectId task, InspectObject await, InspectLocationId where)
{
  emit_and_look (with_location (CHANNEL_AWAIT_BEGIN, where), task, await);
}

void
inspect_await_end (InspectId task, InspectObject await, int32_t status)
{
  emit (with_status (CHANNEL_AWAIT_END, status), task, await);
}

InspectId
inspect_await_resume (InspectId task, InspectObject await, InspectLocationId where)
{
  return emit_and_change (with_location (CHANNEL_RESUME, where), task, await, task);
}

void
inspect_await_suspend (InspectId task, InspectObject await, InspectLocationId where,
                       InspectId previous)
{
  emit_and_change (with_location (CHANNEL_SUSPEND, where), task, await, previous);
}

InspectId
inspect_task_current (void)
{
  return emit_self->current;
}

/* Takes a ring where the thread has none yet, or the task would be forgotten. */
InspectId
inspect_task_enter (InspectId task)
{
  if (emit_self->ring == NULL)
    emit_thread_make_room (0);
  return change_current (task);
}

void
inspect_wake (InspectObject target)
{
  emit (CHANNEL_WAKE, inspect_task_current (), target);
}

/* ---- Resources, states, points ---- */

void
inspect_resource_begin (InspectObject resource, InspectLocationId where)
{
  emit (with_location (CHANNEL_RESOURCE_BEGIN, where), inspect_task_current (), resource);
}

void
inspect_resource_end (InspectObject resource)
{
  emit (CHANNEL_RESOURCE_END, 0, resource);
}

void
inspect_acquire (InspectId task, InspectObject resource, InspectLocationId where)
{
  emit_and_look (with_location (CHANNEL_ACQUIRE, where), task, resource);
}

void
inspect_release (InspectId task, InspectObject resource)
{
  emit (CHANNEL_RELEASE, task, resource);
}

void
inspect_state (InspectId task, const char *state, InspectLocationId where)
{
  if (emit_process_is_live ())
    emit_and_look (with_location (CHANNEL_STATE_NAME, where), task, emit_string_add (state));
}

void
inspect_point (InspectId task, InspectLocationId where, int64_t value)
{
  emit_and_look (with_location (CHANNEL_POINT, where), task, (uint64_t)value);
}

/* ---- Attributes ---- */

/* An attribute has no time of its own: its value stands where the time would. */
void
inspect_attribute (InspectObject object, InspectKind *key, uint64_t value)
{
  uint64_t number = inspect_kind_id (key);
  EmitThread *self = emit_self;

  if (number == 0)
    return;
  if (!emit_has_room (self, 1) && (self = emit_thread_make_room (1)) == NULL)
    return;
  emit_push (self, value, CHANNEL_ATTRIBUTE, object, number << 48);
  if (key->flags == INSPECT_VALUE_TIME && emit_is_armed ())
    emit_stop_at_time (object, key->name, value);
}

/* A cut in the middle of a character would be taken for damage. */
static size_t
cut (const char *bytes, size_t length, bool is_text)
{
  if (length <= INSPECT_TEXT_MAX)
    return length;
  length = INSPECT_TEXT_MAX;
  while (is_text && length > INSPECT_TEXT_MAX - 4 && ((unsigned char)bytes[length] & 0xc0) == 0x80)
    length--;
  return length;
}

void
inspect_attribute_bytes (InspectObject object, InspectKind *key, const void *bytes, size_t length)
{
  uint64_t number = inspect_kind_id (key), index;
  const char *text = bytes;
  EmitThread *self = emit_self;
  uint32_t n_chunks;

  if (number == 0)
    return;
  length = text != NULL ? cut (text, length, key->flags == INSPECT_VALUE_TEXT) : 0;
  n_chunks = (uint32_t)((length + CHUNK - 1) / CHUNK);
  if (!emit_has_room (self, n_chunks + 1) && (self = emit_thread_make_room (n_chunks + 1)) == NULL)
    return;

  /* Reserved as one, so that they lie side by side whatever a signal handler adds. */
  index = emit_fetch_add_own (&self->ring->head, n_chunks + 1);
  emit_write (&self->records[index & self->mask], index, 0, CHANNEL_ATTRIBUTE, object,
              number << 48 | length);
  for (uint32_t i = 0; i < n_chunks; i++)
    {
      uint64_t words[2] = { 0, 0 };
      size_t left = length - i * CHUNK;

      memcpy (words, text + i * CHUNK, left < CHUNK ? left : CHUNK);
      index++;
      emit_write (&self->records[index & self->mask], index, words[0],
                  with_location (CHANNEL_BYTES, i), object, words[1]);
    }
  if (key->flags == INSPECT_VALUE_TEXT && emit_is_armed ())
    emit_stop_at_text (object, key->name, text != NULL ? text : "", length);
}

void
inspect_task_set_name (InspectId task, const char *name)
{
  INSPECT_DEFINE_KEY (name_key, INSPECT_KEY_NAME, "name", INSPECT_VALUE_TEXT);

  if (name != NULL)
    inspect_attribute_bytes (task, &name_key, name, strlen (name));
}

void
inspect_variable (InspectKind *key, const void *type, uint64_t value, uint32_t size, int32_t class_)
{
  const ChannelVariable variable = { (uintptr_t)type, value, size, class_ };

  inspect_attribute_bytes (inspect_task_current (), key, &variable, sizeof variable);
}

/* ---- What it costs ---- */

/* The first calls of a thread are all timed, so that a short run is not judged by a few cold
 * samples; then one in so many stands for the others. */
#define COST_ALL 256u
#define COST_SAMPLE 64u
/* A sample in which the thread was preempted is no cost: it counts as this many ticks. */
#define COST_LONGEST (UINT64_C (1) << 17)
/* While breakpoints are armed nothing is timed, for a hook takes as long as somebody looks; each
 * reports its end all the same. */
#define COST_ARMED UINT64_C (1)

/* Which one of the next sixty-four is a matter of chance: a program that goes through the same few
 * hooks in turn would else have the same of them timed each time. */
static RARE uint64_t
time_cost (EmitThread *self)
{
  uint64_t now = emit_ticks ();

  if (self->cost_all < COST_ALL)
    {
      self->cost_all++;
      self->cost_place = COST_SAMPLE - 1;
      self->cost_random = (uint32_t)now;
      self->cost_left = 1;
      if (self->cost_all < COST_ALL)
        return now;
    }
  else
    self->cost_all = COST_ALL + 1;
  self->cost_left = COST_SAMPLE - self->cost_place;
  self->cost_random = self->cost_random * 1664525u + 1013904223u;
  self->cost_place = (self->cost_random >> 16) % COST_SAMPLE;
  self->cost_left += self->cost_place;
  return now;
}

uint64_t
inspect_cost_begin (void)
{
  EmitThread *self = emit_self;

  if (self->ring == NULL)
    return 0;
  if (emit_is_armed ())
    return COST_ARMED;
  if (--self->cost_left != 0)
    return 0;
  return time_cost (self);
}

uint64_t
inspect_cost_again (void)
{
  if (emit_self->ring != NULL && emit_is_armed ())
    return COST_ARMED;
  return emit_ticks ();
}

static RARE void
add_cost (uint64_t begin)
{
  EmitThread *self = emit_self;
  uint64_t ticks = emit_ticks () - begin;
  uint32_t weight;

  if (self->ring == NULL)
    return;
  weight = self->cost_all > COST_ALL ? COST_SAMPLE : 1;
  if (ticks > COST_LONGEST)
    ticks = COST_LONGEST;
  emit_fetch_add_own (&self->ring->cost_ticks, ticks * weight);
  emit_fetch_add_own (&self->ring->cost_calls, weight);
}

void
inspect_cost_end (uint64_t begin)
{
  if (emit_self->stop_pending != 0)
    emit_stop_now ();
  else if (begin > COST_ARMED && !(emit_self->ring != NULL && emit_is_armed ()))
    add_cost (begin);
}
