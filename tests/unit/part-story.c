/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "part-story.h"

#include <unistd.h>
#include <glib/gstdio.h>

#include "inspect-keys.h"
#include "model/keyframe.h"
#include "session/timeline.h"

#define N_EVENTS 16000u

enum
{
  KIND_SLEEP = 1,
  KIND_WAIT, /* for a lock or a permit */
  KIND_JOIN,
  KIND_LOCK,
  KIND_PERMITS,
  KEY_RESOURCE,
  KEY_ROOM,
  KEY_LIMIT,
  N_KINDS
};

#define OBJECT(kind, id) ((guint64)(kind) << 48 | (id))

static const ChannelKindInfo kinds[N_KINDS] = {
  [KIND_SLEEP] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER, "test.sleep",
                   "" },
  [KIND_WAIT] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL, "test.wait",
                  "" },
  [KIND_JOIN] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL, "test.join",
                  "" },
  [KIND_LOCK] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK, "test.lock", "" },
  [KIND_PERMITS] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_ANY,
                     "test.permits", "" },
  [KEY_RESOURCE] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_RESOURCE, "" },
  [KEY_LIMIT] = { INSPECT_KIND_KEY, INSPECT_VALUE_VARIABLE, "story.limit", "limit" },
  [KEY_ROOM] = { INSPECT_KIND_KEY, INSPECT_VALUE_U64, "test.room", "" },
};

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  if (number == 0 || number >= N_KINDS)
    return FALSE;
  *ret_info = kinds[number];
  return TRUE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  *ret_info = (ChannelLocationInfo){
    .of = CHANNEL_LOCATION_STATIC, .file = "story.c", .function = "story", .line = number
  };
  return number > 0;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return "";
}

const ModelTables part_story_tables = { get_kind, get_location, get_string };
static const RecordingSource source = { get_kind, get_location, get_string, NULL, NULL };

typedef struct
{
  guint64 id;    /* 0: it has not begun */
  guint64 waits; /* object */
  guint64 holds; /* object; 0: nothing */
  guint n_holds; /* so often */
} Actor;

typedef struct
{
  RecordingWriter *writer;
  ModelTarget *model;
  guint32 number;
  guint n_events, n_keyframes;
  gint64 now_ns;
  GRand *random;
  Actor actors[PART_STORY_N_TASKS];
  guint64 next_id;
} Story;

static guint
choose (Story *self, guint n)
{
  return (guint)g_rand_int_range (self->random, 0, (gint32)n);
}

/* Also what is no thread's says of no ring that it has become another thread's. */
static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  g_assert_cmpint (event->tid, ==,
                   event->ring != MODEL_OUTSIDE_RING ? 100 + (gint32)event->ring : 0);
  recording_writer_add_keyframe_event (((Story *)data)->writer, ((Story *)data)->number, event);
}

static void
tell (Story *self, const ChannelEvent *event)
{
  model_target_ingest (self->model, event);
  recording_writer_add_event (self->writer, self->number, event);
  self->n_events++;
  if (!recording_writer_wants_keyframe (self->writer, self->number))
    return;
  recording_writer_begin_keyframe (self->writer, self->number, FALSE);
  model_keyframe_tell (self->model, add_keyframe_event, self);
  recording_writer_end_keyframe (self->writer, self->number);
  self->n_keyframes++;
}

static void
say (Story *self, const Actor *actor, guint type, guint64 arg)
{
  guint ring = (guint)(actor - self->actors) % 3;

  self->now_ns += 1 + choose (self, 500);
  tell (self, &(ChannelEvent){ .time_ns = self->now_ns,
                               .type = type,
                               .ring = ring,
                               .tid = 100 + (gint32)ring,
                               .task = actor->id,
                               .arg = arg,
                               .location = type == CHANNEL_RELEASE || type == CHANNEL_TASK_END
                                               ? 0
                                               : 1 + choose (self, 9) });
}

static void
say_resource (Story *self, const Actor *actor, guint64 await, guint64 value)
{
  guint ring = (guint)(actor - self->actors) % 3;

  tell (self, &(ChannelEvent){ .time_ns = self->now_ns,
                               .type = CHANNEL_ATTRIBUTE,
                               .ring = ring,
                               .tid = 100 + (gint32)ring,
                               .task = await,
                               .key = KEY_RESOURCE,
                               .value = value });
}

/* What is on something says so just before it begins or just after. */
static void
suspend (Story *self, Actor *actor, guint kind, guint64 on)
{
  gboolean is_early = choose (self, 2) == 0;

  actor->waits = OBJECT (kind, actor->id + 16);
  if (on != 0 && is_early)
    say_resource (self, actor, actor->waits, on);
  say (self, actor, CHANNEL_SUSPEND, actor->waits);
  if (on != 0 && !is_early)
    say_resource (self, actor, actor->waits, on);
}

/* Some are parts of one structure. */
static guint64
choose_lock (Story *self)
{
  guint64 id = choose (self, 2) == 0 ? 0x5000 : 0x7f0000005000;

  return OBJECT (KIND_LOCK, id + choose (self, 2) * 64);
}

static void
begin_locks (Story *self)
{
  for (guint i = 0; i < 4; i++)
    say (self, self->actors, CHANNEL_RESOURCE_BEGIN,
         OBJECT (KIND_LOCK, (i < 2 ? 0x5000 : 0x7f0000005000) + i % 2 * 64));
}

static gboolean
is_free (const Story *self, guint64 resource)
{
  for (guint i = 0; i < PART_STORY_N_TASKS; i++)
    if (self->actors[i].holds == resource)
      return resource >> 48 == KIND_PERMITS;
  return TRUE;
}

static void
begin (Story *self, Actor *actor)
{
  /* Also one that another task had before. */
  actor->id = 0x100000 +
              (choose (self, 3) == 0 ? choose (self, PART_STORY_N_TASKS) : self->next_id++) * 256;
  for (guint i = 0; i < PART_STORY_N_TASKS; i++)
    if (&self->actors[i] != actor && self->actors[i].id == actor->id)
      actor->id = 0x100000 + self->next_id++ * 256;
  say (self, actor, CHANNEL_TASK_BEGIN, actor != self->actors ? self->actors[0].id : 0);
  say (self, actor, CHANNEL_POLL_BEGIN, 0);
  suspend (self, actor, KIND_SLEEP, 0);
}

static void
set_number (Story *self, const Actor *actor, guint64 object, guint16 key)
{
  guint ring = (guint)(actor - self->actors) % 3;

  tell (self, &(ChannelEvent){ .time_ns = self->now_ns,
                               .type = CHANNEL_ATTRIBUTE,
                               .ring = ring,
                               .tid = 100 + (gint32)ring,
                               .task = object,
                               .key = key,
                               .value = choose (self, 100) });
}

/* What a lock is changes now and then, also while it is waited for. */
static void
describe (Story *self, const Actor *actor)
{
  guint64 lock = choose_lock (self);

  if (choose (self, 3) == 0 && is_free (self, lock))
    {
      say (self, actor, choose (self, 2) == 0 ? CHANNEL_RESOURCE_BEGIN : CHANNEL_RESOURCE_END,
           lock);
      return;
    }
  set_number (self, actor, lock, KEY_ROOM);
}

/* What is said of a task, and of the function that waits, which a look says at any time. */
static void
describe_task (Story *self, const Actor *actor)
{
  if (choose (self, 2) == 0)
    say (self, actor, CHANNEL_STATE_NAME, 1 + choose (self, 5));
  else
    set_number (self, actor, actor->id, KEY_ROOM);
}

static void
go_on (Story *self, Actor *actor)
{
  guint64 resource = choose (self, 3) == 0 ? OBJECT (KIND_PERMITS, 0x9000) : choose_lock (self);

  say (self, actor, CHANNEL_RESUME, actor->waits);
  if (choose (self, 60) == 0)
    describe (self, actor);
  if (choose (self, 8) == 0)
    describe_task (self, actor);
  if (actor->holds != 0 && choose (self, 3) == 0)
    {
      for (; actor->n_holds > 0; actor->n_holds--)
        say (self, actor, CHANNEL_RELEASE, actor->holds);
      actor->holds = 0;
    }
  /* Once more what it has. */
  if (actor->holds != 0 && choose (self, 4) == 0)
    {
      say (self, actor, CHANNEL_ACQUIRE, actor->holds);
      actor->n_holds++;
    }
  if (choose (self, 12) == 0)
    {
      say (self, actor, CHANNEL_POLL_END, 0);
      /* Of some it is not told: another one begins under its id. */
      if (choose (self, 8) != 0)
        say (self, actor, CHANNEL_TASK_END, 0);
      *actor = (Actor){ 0 };
      return;
    }
  if (actor->holds == 0 && is_free (self, resource))
    {
      say (self, actor, CHANNEL_ACQUIRE, resource);
      actor->holds = resource;
      actor->n_holds = 1;
    }
  else if (choose (self, 2) == 0)
    {
      suspend (self, actor, KIND_WAIT, resource);
      return;
    }
  if (choose (self, 5) == 0)
    suspend (self, actor, KIND_JOIN, self->actors[choose (self, PART_STORY_N_TASKS)].id);
  else
    suspend (self, actor, KIND_SLEEP, 0);
  if (choose (self, 6) == 0)
    set_number (self, actor, actor->waits, KEY_LIMIT);
}

static gint64
record (const char *path, gboolean with_mentions)
{
  const RecordingOptions options = { .lossless = TRUE,
                                     .events_a_block = 300,
                                     .keyframe_gap = 1500,
                                     .mentions_from = with_mentions ? 1 : G_MAXUINT };
  g_autoptr (GError) error = NULL;
  guint64 next_number = 1;
  AnalysisTimeline *timeline;
  Story story = { .model = model_target_new (&part_story_tables, NULL, &next_number),
                  .now_ns = PART_STORY_BEGIN_NS,
                  .next_id = PART_STORY_N_TASKS,
                  .random = g_rand_new_with_seed (4711) };

  story.writer = recording_writer_new (path, &options, &error);
  g_assert_no_error (error);
  story.number = recording_writer_add_target (story.writer, &source, NULL);
  timeline = analysis_timeline_new (story.writer, story.number, story.model, 0);
  recording_writer_add_facts (story.writer, story.number, "{\"pid\":1,\"command\":\"./story\"}");
  begin_locks (&story);
  while (story.n_events < N_EVENTS)
    {
      Actor *actor = &story.actors[choose (&story, PART_STORY_N_TASKS)];

      if (actor->id == 0)
        begin (&story, actor);
      else
        go_on (&story, actor);
    }
  analysis_timeline_finish (timeline);
  g_assert_cmpuint (story.n_keyframes, >, 4);
  g_assert_true (recording_writer_close (story.writer, NULL, &error));
  g_assert_no_error (error);
  model_target_free (story.model);
  g_rand_free (story.random);
  return story.now_ns;
}

void
part_story_setup (PartStory *self, gboolean with_mentions)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("async-inspect-part-XXXXXX", &error);
  g_assert_no_error (error);
  self->path = g_build_filename (self->folder, "run.airec", NULL);
  self->last_ns = record (self->path, with_mentions);
}

void
part_story_setup_whole (PartStory *self, gconstpointer unused)
{
  part_story_setup (self, TRUE);
}

void
part_story_teardown (PartStory *self, gconstpointer unused)
{
  g_unlink (self->path);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->path);
  g_free (self->folder);
}
