/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "timeline-story.h"

#include <fcntl.h>
#include "channel-builder.h"
#include "inspect.h"
#include "inspector-probe.h"

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

static void
begin_story (Story *self)
{
  const ChannelBuilderShape shape = { .ring_capacity = 4096 };

  self->builder = channel_builder_new (&shape);
  self->ring = channel_builder_add_ring (self->builder, 100);
  self->place = channel_builder_add_location (self->builder, "src/app.c", "load", 7);
}

static InspectorSession *
read_story (Story *self, guint n_tasks, InspectorHistory **ret_history)
{
  InspectorSession *session = inspector_session_new ();
  g_autoptr (GError) error = NULL;

  *ret_history = inspector_session_keep_history (session);
  inspector_target_attach_channel (
      inspector_session_add_target (session, NOBODY, "./app", 0),
      channel_builder_dup_memfd (self->builder, F_SEAL_SHRINK | F_SEAL_GROW), &error);
  g_assert_no_error (error);
  channel_builder_free (self->builder);
  while (inspector_session_poll (session))
    ;
  g_assert_cmpuint (inspector_history_get_n_tracks (*ret_history), ==, n_tasks);
  return session;
}

InspectorSession *
timeline_story_tell (InspectorHistory **ret_history)
{
  Story self = { NULL };

  begin_story (&self);
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
  return read_story (&self, STORY_N_TASKS, ret_history);
}

/* ---- Waits --------------------------------------------------------------------------------------- */

#define TASK_OF(row) (((guint64)(row) + 1) * 0x1000)
#define N_DENSE 40

static const char *const names[INSPECTOR_N_FAMILIES] = {
  [INSPECTOR_FAMILY_TIMER] = "t.sleep",   [INSPECTOR_FAMILY_NETWORK] = "t.socket",
  [INSPECTOR_FAMILY_FILE] = "t.file",     [INSPECTOR_FAMILY_LOCK] = "t.lock",
  [INSPECTOR_FAMILY_CHANNEL] = "t.queue", [INSPECTOR_FAMILY_PROCESS] = "t.process",
  [INSPECTOR_FAMILY_POOL] = "t.work",     [INSPECTOR_FAMILY_TASK] = "t.task",
  [INSPECTOR_FAMILY_OTHER] = "t.x",
};

static void
tell_dense (Story *self, guint64 task, gint64 at_ns, guint64 wait, guint64 lock)
{
  const gint64 step_ns = WAITS_MS * G_GINT64_CONSTANT (1000000) / N_DENSE;

  for (int turn = 0; turn < N_DENSE; turn++, at_ns += step_ns)
    {
      tell (self, at_ns, CHANNEL_POLL_BEGIN, task, 0);
      tell (self, at_ns + step_ns / 5, CHANNEL_AWAIT_BEGIN, task, wait);
      tell (self, at_ns + step_ns / 5, CHANNEL_POLL_END, task, 0);
      if (turn == N_DENSE / 2)
        {
          tell (self, at_ns + step_ns / 2, CHANNEL_AWAIT_BEGIN, task, lock);
          tell (self, at_ns + step_ns / 2 + 1000, CHANNEL_AWAIT_END, task, lock);
        }
      tell (self, at_ns + step_ns - 1, CHANNEL_AWAIT_END, task, wait);
    }
}

InspectorSession *
timeline_story_tell_waits (InspectorHistory **ret_history)
{
  static const guint32 flags[] = { [WAITS_WAITING] = 0,
                                   [WAITS_RESTING] = INSPECT_AWAIT_WATCHES,
                                   [WAITS_BLOCKED] = INSPECT_AWAIT_INTERNAL };
  guint64 kinds[WAITS_DENSE][INSPECTOR_N_FAMILIES];
  Story self = { NULL };

  begin_story (&self);
  for (guint row = 0; row < WAITS_DENSE; row++)
    for (guint family = 1; family < INSPECTOR_N_FAMILIES; family++)
      kinds[row][family] = add_kind (&self, flags[row], names[family]) + row * 8;
  for (guint row = 0; row < WAITS_N_TASKS; row++)
    tell (&self, STORY_MS (0), CHANNEL_TASK_BEGIN, TASK_OF (row), 0);
  for (guint family = 1; family < INSPECTOR_N_FAMILIES; family++)
    {
      gint64 at_ns = STORY_MS ((family - 1) * WAITS_MS);

      for (guint row = 0; row < WAITS_DENSE; row++)
        {
          if (family > 1)
            tell (&self, at_ns, CHANNEL_AWAIT_END, TASK_OF (row), kinds[row][family - 1]);
          tell (&self, at_ns, CHANNEL_AWAIT_BEGIN, TASK_OF (row), kinds[row][family]);
        }
      tell_dense (&self, TASK_OF (WAITS_ROW (family)), at_ns, kinds[WAITS_WAITING][family] + 0x1000,
                  kinds[WAITS_BLOCKED][INSPECTOR_FAMILY_LOCK] + 0x1000);
    }
  for (guint row = 0; row < WAITS_N_TASKS; row++)
    tell (&self, STORY_MS (WAITS_END_MS), CHANNEL_TASK_END, TASK_OF (row), 0);
  return read_story (&self, WAITS_N_TASKS, ret_history);
}

InspectorSession *
timeline_story_tell_processes (InspectorHistory **ret_history)
{
  Story self = { NULL };
  guint64 sleep, read;

  begin_story (&self);
  read = add_kind (&self, INSPECT_AWAIT_ONESHOT, "t.read");
  sleep = add_kind (&self, INSPECT_AWAIT_ONESHOT, INSPECTOR_PROBE_PROCESS ".sleep");
  for (guint row = 0; row < STORY_N_WITH_PROCESSES; row++)
    {
      gboolean is_task = row == STORY_FIRST || row == STORY_SECOND;

      tell (&self, STORY_MS (row), CHANNEL_TASK_BEGIN, TASK_OF (row),
            row == STORY_SECOND ? TASK_OF (STORY_FIRST) : 0);
      tell (&self, STORY_MS (row), CHANNEL_AWAIT_BEGIN, TASK_OF (row),
            (is_task ? read : sleep) + row * 8);
    }
  return read_story (&self, STORY_N_WITH_PROCESSES, ret_history);
}
