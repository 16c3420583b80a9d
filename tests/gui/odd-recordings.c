/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* odd-recordings FOLDER: recordings as no program makes them on a good day. */

#include <fcntl.h>
#include <string.h>
#include <inspector.h>

#include "channel-builder.h"
#include "gen.h"
#include "inspect-keys.h"
#include "inspect.h"
#include "recording/writer.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define SECOND G_GINT64_CONSTANT (1000000000)
#define HOUR (3600 * SECOND)
#define NOBODY 0x7ffffff0
#define TASK 0x1000
#define OTHER 0x2000

typedef struct
{
  ChannelBuilder *builder;
  guint32 ring, place;
  guint64 answer, lock; /* kinds of await */
  guint32 name;         /* key */
} Story;

static void
tell (Story *story, gint64 at_ns, ChannelType type, guint64 task, guint64 arg)
{
  channel_builder_record (story->builder, story->ring, (guint64)at_ns, type, story->place, task,
                          arg);
}

static void
name (Story *story, guint64 task, const char *text)
{
  channel_builder_bytes (story->builder, story->ring, task, story->name, text, strlen (text));
}

/* ---- The stories ------------------------------------------------------------------------------- */

/* A program that says nothing but that it is there. */
static void
no_task (Story *story)
{
}

static void
long_names (Story *story)
{
  g_autofree char *letters = g_strnfill (200, 'w');
  GString *others = g_string_new (NULL);

  while (g_utf8_strlen (others->str, -1) < 200)
    g_string_append (others, "שלום مرحبا 漢字 <b>&amp;\n\t");
  tell (story, SECOND, CHANNEL_TASK_BEGIN, TASK, 0);
  name (story, TASK, letters);
  tell (story, SECOND, CHANNEL_TASK_BEGIN, OTHER, TASK);
  name (story, OTHER, others->str);
  tell (story, 2 * SECOND, CHANNEL_AWAIT_BEGIN, TASK, story->answer | 1);
  tell (story, 3 * SECOND, CHANNEL_AWAIT_BEGIN, OTHER, story->lock | 2);
  tell (story, 9 * SECOND, CHANNEL_POINT, OTHER, 1);
  g_string_free (others, TRUE);
}

/* As a C++ compiler writes out what its author calls Cache::refresh(). */
static void
templates (Story *story)
{
  static const char task[] =
      "app::Cache<std::map<std::__cxx11::basic_string<char, std::char_traits<char>, "
      "std::allocator<char> >, app::Entry<int> >, app::Loader>::refresh";

  tell (story, SECOND, CHANNEL_TASK_BEGIN, TASK, 0);
  name (story, TASK, task);
  tell (story, 2 * SECOND, CHANNEL_AWAIT_BEGIN, TASK, story->answer | 1);
  tell (story, 9 * SECOND, CHANNEL_POINT, TASK, 1);
}

/* Ends of what nobody saw begin, and a clock that goes back. */
static void
no_begin (Story *story)
{
  tell (story, 5 * SECOND, CHANNEL_AWAIT_END, TASK, story->answer | 1);
  tell (story, 5 * SECOND, CHANNEL_POLL_END, TASK, 0);
  tell (story, 4 * SECOND, CHANNEL_TASK_BEGIN, OTHER, TASK);
  tell (story, 1, CHANNEL_AWAIT_BEGIN, OTHER, story->lock | 2);
  tell (story, 6 * SECOND, CHANNEL_TASK_END, TASK, 0);
  tell (story, 3 * SECOND, CHANNEL_POLL_BEGIN, OTHER, 0);
  tell (story, 7 * SECOND, CHANNEL_AWAIT_BEGIN, OTHER, story->answer | 3);
}

/* It waits until its end; its child is there for some seconds more. */
static void
stuck_to_the_end (Story *story)
{
  tell (story, SECOND, CHANNEL_TASK_BEGIN, TASK, 0);
  tell (story, 2 * SECOND, CHANNEL_AWAIT_BEGIN, TASK, story->answer | 1);
  tell (story, 9 * SECOND, CHANNEL_TASK_BEGIN, OTHER, 0);
  tell (story, 9 * SECOND, CHANNEL_TASK_END, OTHER, 0);
}

static void
longer (Story *story)
{
  tell (story, SECOND, CHANNEL_TASK_BEGIN, TASK, 0);
  tell (story, 12 * SECOND, CHANNEL_TASK_END, TASK, 0);
}

/* ---- To a file --------------------------------------------------------------------------------- */

typedef struct
{
  const char *file;
  void (*func) (Story *story);
  void (*child) (Story *story); /* of a child, which ends after it; NULL: it has none */
} Case;

static InspectorTarget *
attach (InspectorSession *session, int pid, void (*func) (Story *story))
{
  ChannelBuilderShape shape = { 0 };
  Story story = { channel_builder_new (&shape), 0, 0, 0, 0, 0 };
  InspectorTarget *target = inspector_session_add_target (session, pid, "./odd --case", 0);
  g_autoptr (GError) error = NULL;

  story.ring = channel_builder_add_ring (story.builder, 100);
  story.place = channel_builder_add_location (story.builder, "src/odd.c", "wait_for_long", 7);
  story.answer =
      (guint64)channel_builder_add_kind (story.builder, INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT,
                                         "odd.answer", "waiting for an answer")
      << 48;
  story.lock = (guint64)channel_builder_add_kind (story.builder, INSPECT_KIND_AWAIT,
                                                  INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                                                  "odd.lock", "waiting for a lock")
               << 48;
  story.name = channel_builder_add_kind (story.builder, INSPECT_KIND_KEY, INSPECT_VALUE_TEXT,
                                         INSPECT_KEY_NAME, "name");
  func (&story);
  if (!inspector_target_attach_channel (target, channel_builder_dup_memfd (story.builder, SEALS),
                                        &error))
    g_error ("%s", error->message);
  channel_builder_free (story.builder);
  return target;
}

static void
write_case (const char *folder, const Case *shape)
{
  g_autofree char *path = g_build_filename (folder, shape->file, NULL);
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorTarget *target, *child = NULL;
  g_autoptr (GError) error = NULL;

  if (!inspector_session_start_recording (session, path, TRUE, &error))
    g_error ("%s: %s", path, error->message);
  target = attach (session, NOBODY, shape->func);
  if (shape->child != NULL)
    child = attach (session, NOBODY + 1, shape->child);
  while (inspector_session_poll (session))
    ;
  inspector_target_set_ended (target, FALSE, 0);
  if (child != NULL)
    inspector_target_set_ended (child, FALSE, 0);
  if (!inspector_session_stop_recording (session, NULL, &error))
    g_error ("%s: %s", path, error->message);
}

/* Not told by a channel, whose reader believes nothing that is said of the future: this machine may run for
 * a minute. */
static void
write_ten_hours (const char *folder)
{
  static const struct
  {
    gint64 at_ns;
    ChannelType type;
  } events[] = {
    { SECOND, CHANNEL_TASK_BEGIN },
    { SECOND + 1000, CHANNEL_AWAIT_BEGIN },
    { 10 * HOUR, CHANNEL_AWAIT_END },
    { 10 * HOUR + 1000, CHANNEL_TASK_END },
  };
  g_autofree char *path = g_build_filename (folder, "ten-hours.airec", NULL);
  g_autoptr (GError) error = NULL;
  RecordingWriter *writer = recording_writer_new (path, NULL, &error);
  guint32 target;

  if (writer == NULL)
    g_error ("%s: %s", path, error->message);
  target = recording_writer_add_target (writer, &gen_source, NULL);
  recording_writer_add_facts (writer, target, "{\"pid\":1,\"command\":\"./odd\",\"ended\":true}");
  for (guint i = 0; i < G_N_ELEMENTS (events); i++)
    {
      /* Kind 1 of what the benchmarks tell: reading. */
      ChannelEvent event = {
        .time_ns = events[i].at_ns, .type = events[i].type, .location = 1, .tid = 100, .task = TASK
      };

      if (events[i].type == CHANNEL_AWAIT_BEGIN || events[i].type == CHANNEL_AWAIT_END)
        event.arg = G_GUINT64_CONSTANT (1) << 48 | 1;
      recording_writer_add_event (writer, target, &event);
    }
  if (!recording_writer_close (writer, NULL, &error))
    g_error ("%s: %s", path, error->message);
}

int
main (int argc, char **argv)
{
  static const Case cases[] = {
    { "no-task.airec", no_task },     { "long-names.airec", long_names },
    { "no-begin.airec", no_begin },   { "stuck-to-the-end.airec", stuck_to_the_end, longer },
    { "templates.airec", templates },
  };

  if (argc != 2)
    g_error ("usage: odd-recordings FOLDER");
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    write_case (argv[1], &cases[i]);
  write_ten_hours (argv[1]);
  return 0;
}
