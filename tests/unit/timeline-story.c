/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "timeline-story.h"

#include <fcntl.h>
#include "channel-builder.h"
#include "inspect.h"

#define NOBODY 0x7ffffffe /* no process has this pid */
#define BUSY 0x1000
#define CHILD 0x2000
#define MIXED 0x3000
#define BRIEF 0x4000
#define N_TURNS 300

typedef struct
{
  ChannelBuilder *builder;
  guint32 ring, place;
  guint64 read, lock, sleep, listen;
} Story;

static void
tell (Story *self, gint64 at_ns, ChannelType type, guint64 task, guint64 arg)
{
  g_assert_true (channel_builder_record (self->builder, self->ring, (guint64)at_ns, type,
                                         self->place, task, arg));
}

static guint64
add_kind (Story *self, guint32 flags, const char *name)
{
  return (guint64)channel_builder_add_kind (self->builder, INSPECT_KIND_AWAIT, flags, name, name)
             << 48 |
         0x50;
}

/* Records come in the order of time, of all tasks. */
static void
tell_busy (Story *self, int turn)
{
  gint64 at_ns = STORY_MS (turn * 10);

  if (turn > 0)
    tell (self, at_ns, CHANNEL_AWAIT_END, BUSY, self->read);
  tell (self, at_ns, CHANNEL_POLL_BEGIN, BUSY, 0);
  if (turn == 100)
    tell (self, at_ns, CHANNEL_TASK_BEGIN, CHILD, BUSY);
  tell (self, at_ns + 1000000, CHANNEL_AWAIT_BEGIN, BUSY, self->read);
  tell (self, at_ns + 1000000, CHANNEL_POLL_END, BUSY, 0);
  if (turn == 150)
    {
      tell (self, STORY_MS (1505), CHANNEL_AWAIT_BEGIN, BUSY, self->lock);
      tell (self, STORY_MS (1505) + 1000, CHANNEL_AWAIT_END, BUSY, self->lock);
    }
}

typedef struct
{
  int at_ms;
  ChannelType type;
  guint64 task, arg;
} Line;

static void
tell_others (Story *self, int from_ms, int to_ms)
{
  const Line lines[] = {
    { 0, CHANNEL_TASK_BEGIN, MIXED, 0 },
    { 1, CHANNEL_AWAIT_BEGIN, MIXED, self->sleep },
    { 400, CHANNEL_AWAIT_END, MIXED, self->sleep },
    { 401, CHANNEL_AWAIT_BEGIN, MIXED, self->listen },
    { 500, CHANNEL_TASK_BEGIN, BRIEF, 0 },
    { 501, CHANNEL_TASK_END, BRIEF, 0 },
    { 800, CHANNEL_AWAIT_END, MIXED, self->listen },
    { 1200, CHANNEL_AWAIT_BEGIN, MIXED, self->lock + 1 },
    { 1201, CHANNEL_AWAIT_BEGIN, CHILD, self->read + 2 },
    { 1600, CHANNEL_AWAIT_END, MIXED, self->lock + 1 },
    { 1600, CHANNEL_AWAIT_BEGIN, MIXED, self->read + 1 },
    { 2000, CHANNEL_TASK_END, MIXED, 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    if (lines[i].at_ms >= from_ms && lines[i].at_ms < to_ms)
      tell (self, STORY_MS (lines[i].at_ms), lines[i].type, lines[i].task, lines[i].arg);
}

InspectorSession *
timeline_story_tell (InspectorHistory **ret_history)
{
  ChannelBuilderShape shape = { .ring_capacity = 4096 };
  Story self = { .builder = channel_builder_new (&shape) };
  InspectorSession *session = inspector_session_new ();
  g_autoptr (GError) error = NULL;

  *ret_history = inspector_session_keep_history (session);
  self.ring = channel_builder_add_ring (self.builder, 100);
  self.place = channel_builder_add_location (self.builder, "src/app.c", "load", 7);
  self.read = add_kind (&self, INSPECT_AWAIT_ONESHOT, "t.read");
  self.lock = add_kind (&self, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL, "t.lock");
  self.sleep = add_kind (&self, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER, "t.sleep");
  self.listen = add_kind (&self, INSPECT_AWAIT_LISTENS, "t.listen");
  tell (&self, STORY_MS (0), CHANNEL_TASK_BEGIN, BUSY, 0);
  for (int turn = 0; turn < N_TURNS; turn++)
    {
      tell_busy (&self, turn);
      tell_others (&self, turn * 10, turn * 10 + 10);
    }
  tell (&self, STORY_MS (STORY_END_MS), CHANNEL_TASK_END, BUSY, 0);
  inspector_target_attach_channel (
      inspector_session_add_target (session, NOBODY, "./app", 0),
      channel_builder_dup_memfd (self.builder, F_SEAL_SHRINK | F_SEAL_GROW), &error);
  g_assert_no_error (error);
  channel_builder_free (self.builder);
  while (inspector_session_poll (session))
    ;
  g_assert_cmpuint (inspector_history_get_n_tracks (*ret_history), ==, STORY_N_TASKS);
  return session;
}
