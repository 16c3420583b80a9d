/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* gen-recording FILE EVENTS TASKS: writes a recording of a server that exists nowhere (gen.c). */

#include <stdio.h>

#include "gen.h"
#include "model/keyframe.h"
#include "recording/writer.h"

typedef struct
{
  RecordingWriter *writer;
  ModelTarget *model;
  guint32 number;
} Sink;

static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  recording_writer_add_keyframe_event (((Sink *)data)->writer, ((Sink *)data)->number, event);
}

static void
add_event (const ChannelEvent *event, void *data)
{
  Sink *self = data;

  model_target_ingest (self->model, event);
  recording_writer_add_event (self->writer, self->number, event);
  if (!recording_writer_wants_keyframe (self->writer, self->number))
    return;
  recording_writer_begin_keyframe (self->writer, self->number, FALSE);
  model_keyframe_tell (self->model, add_keyframe_event, self);
  recording_writer_end_keyframe (self->writer, self->number);
}

int
main (int argc, char **argv)
{
  const RecordingOptions options = { .lossless = TRUE };
  g_autoptr (GError) error = NULL;
  guint64 next_number = 1, n_events;
  RecordingStats stats;
  Sink sink = { 0 };
  Gen gen;

  if (argc != 4)
    {
      fprintf (stderr, "usage: gen-recording FILE EVENTS TASKS\n");
      return 2;
    }
  n_events = g_ascii_strtoull (argv[2], NULL, 10);
  sink.writer = recording_writer_new (argv[1], &options, &error);
  if (sink.writer == NULL)
    {
      fprintf (stderr, "gen-recording: %s\n", error->message);
      return 1;
    }
  sink.model = model_target_new (&gen_tables, NULL, &next_number);
  sink.number = recording_writer_add_target (sink.writer, &gen_source, NULL);
  recording_writer_add_facts (sink.writer, sink.number,
                              "{\"pid\":1,\"command\":\"./server\",\"ended\":true}");
  gen_init (&gen, (guint)g_ascii_strtoull (argv[3], NULL, 10));
  while (gen.n_events < n_events)
    gen_step (&gen, add_event, &sink);
  gen_clear (&gen);
  if (!recording_writer_close (sink.writer, &stats, &error))
    {
      fprintf (stderr, "gen-recording: %s\n", error->message);
      return 1;
    }
  model_target_free (sink.model);
  return 0;
}
