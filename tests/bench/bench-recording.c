/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-recording FILE EVENTS TASKS: writes a recording of a server that exists nowhere (gen.c), opens it
 * and asks what views ask; of 0 events, one that is there is asked. With a folder the same records are written as
 * a CTF trace, too, for another tool to read. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench-instants.h"
#include "gen.h"
#include "model/ahead.h"
#include "model/keyframe.h"
#include "recording/reader.h"
#include "recording/writer.h"
#include "session/inspector-history-private.h"
#include "session/session-private.h"
#include "session/timeline.h"

#define N_COLUMNS 1600u
#define N_ROWS 51u

static double
read_memory (const char *status, const char *field)
{
  const char *line = strstr (status, field);

  return line != NULL ? strtod (line + strlen (field), NULL) / 1024 : 0;
}

static void
print_memory (const char *when)
{
  g_autofree char *text = NULL;

  if (g_file_get_contents ("/proc/self/status", &text, NULL, NULL))
    printf ("  memory %-42s %8.0f MiB, %.0f of them pages of files\n", when,
            read_memory (text, "VmRSS:"), read_memory (text, "RssFile:"));
}

/* ---- Writing ----------------------------------------------------------------------------------- */

typedef struct
{
  RecordingWriter *writer; /* (nullable) */
  ModelTarget *model;      /* (nullable) */
  ModelAhead *ahead;       /* with @model */
  guint32 number;
  guint n_keyframes;
  FILE *ctf; /* (nullable) */
} Sink;

static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  recording_writer_add_keyframe_event (((Sink *)data)->writer, ((Sink *)data)->number, event);
}

static void
add_ctf (FILE *file, const ChannelEvent *event)
{
  struct
  {
    guint64 time, task, arg;
    guint32 type, location;
  } __attribute__ ((packed))
  record = { (guint64)event->time_ns, event->task,
             event->type == CHANNEL_ATTRIBUTE ? event->value : event->arg, event->type,
             event->location | event->key << 24 };

  fwrite (&record, sizeof record, 1, file);
}

static void
prepare_event (const ChannelEvent *event, gboolean is_near, void *data)
{
  const Sink *self = data;

  if (self->writer != NULL)
    recording_writer_prepare_event (self->writer, self->number, event, is_near);
}

static void
add_keyframe (Sink *self)
{
  static const ModelAheadFuncs funcs = { add_keyframe_event, prepare_event };

  recording_writer_begin_keyframe (self->writer, self->number, FALSE);
  model_keyframe_tell_ahead (self->model, &funcs, self);
  recording_writer_end_keyframe (self->writer, self->number);
  self->n_keyframes++;
}

static void
take_event (const ChannelEvent *event, void *data)
{
  Sink *self = data;

  if (self->model != NULL)
    model_target_ingest (self->model, event);
  if (self->writer != NULL)
    {
      recording_writer_add_event (self->writer, self->number, event);
      if (recording_writer_wants_keyframe (self->writer, self->number))
        add_keyframe (self);
    }
  if (self->ctf != NULL)
    add_ctf (self->ctf, event);
}

/* As the records of a channel, or of a recording. */
static void
sink_event (const ChannelEvent *event, void *data)
{
  const Sink *self = data;

  if (self->ahead != NULL)
    model_ahead_push (self->ahead, event);
  else
    take_event (event, data);
}

static void
generate (Sink *sink, guint64 n_events, guint n_tasks)
{
  static const ModelAheadFuncs funcs = { take_event, prepare_event };
  Gen gen;

  if (sink->model != NULL)
    sink->ahead = model_ahead_new (sink->model, &funcs, sink);

  gen_init (&gen, n_tasks);
  while (gen.n_events < n_events)
    gen_step (&gen, sink_event, sink);
  gen_clear (&gen);
  if (sink->ahead != NULL)
    model_ahead_flush (sink->ahead);
  g_clear_pointer (&sink->ahead, model_ahead_free);
}

/* What making the records takes is not what is measured. */
static void
print_rate (const char *what, guint64 n_events, double seconds, double idle_seconds)
{
  printf ("  %-49s %8.2f million events/s\n", what,
          (double)n_events / (seconds - idle_seconds) / 1e6);
}

static void
write_recording (const char *path, guint64 n_events, guint n_tasks)
{
  const RecordingOptions options = { .lossless = TRUE };
  g_autoptr (GError) error = NULL;
  guint64 next_number = 1;
  Sink none = { 0 }, model = { .model = model_target_new (&gen_tables, NULL, &next_number) };
  Sink all = { .model = model_target_new (&gen_tables, NULL, &next_number) };
  RecordingStats stats;
  AnalysisTimeline *timeline;
  double begin = bench_now (CLOCK_PROCESS_CPUTIME_ID), idle, wall;

  generate (&none, n_events, n_tasks);
  idle = bench_now (CLOCK_PROCESS_CPUTIME_ID) - begin;
  begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  generate (&model, n_events, n_tasks);
  print_rate ("the model alone, one thread", n_events, bench_now (CLOCK_THREAD_CPUTIME_ID) - begin,
              idle);
  model_target_free (model.model);
  all.writer = recording_writer_new (path, &options, &error);
  if (all.writer == NULL)
    {
      fprintf (stderr, "bench-recording: %s\n", error->message);
      exit (1);
    }
  all.number = recording_writer_add_target (all.writer, &gen_source, NULL);
  timeline = analysis_timeline_new (all.writer, all.number, all.model, 0);
  recording_writer_add_facts (all.writer, all.number,
                              "{\"pid\":1,\"command\":\"./server\",\"ended\":true}");
  begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  wall = bench_now (CLOCK_MONOTONIC);
  generate (&all, n_events, n_tasks);
  print_rate ("and made ready to be written, the same thread", n_events,
              bench_now (CLOCK_THREAD_CPUTIME_ID) - begin, idle);
  analysis_timeline_finish (timeline);
  if (!recording_writer_close (all.writer, &stats, &error))
    {
      fprintf (stderr, "bench-recording: %s\n", error->message);
      exit (1);
    }
  print_rate ("until it is on the disk (two threads, wall)", n_events,
              bench_now (CLOCK_MONOTONIC) - wall, idle);
  printf ("  %-49s %8.2f bytes (%.0f MiB, %u keyframes)\n", "on disk, an event",
          (double)stats.bytes / (double)n_events, (double)stats.bytes / 1048576, all.n_keyframes);
  model_target_free (all.model);
}

static const char ctf_metadata[] =
    "/* CTF 1.8 */\n"
    "typealias integer { size = 32; align = 8; signed = false; } := u32;\n"
    "typealias integer { size = 64; align = 8; signed = false; } := u64;\n"
    "trace { major = 1; minor = 8; byte_order = le; };\n"
    "clock { name = mono; freq = 1000000000; };\n"
    "typealias integer { size = 64; align = 8; signed = false; map = clock.mono.value; } := time;\n"
    "stream { event.header := struct { time timestamp; }; };\n"
    "event { name = \"record\"; fields := struct { u64 task; u64 arg; u32 type; u32 location; }; "
    "};\n";

static void
write_ctf (const char *folder, guint64 n_events, guint n_tasks)
{
  g_autofree char *metadata = g_build_filename (folder, "metadata", NULL);
  g_autofree char *stream = g_build_filename (folder, "stream", NULL);
  Sink sink = { 0 };

  if (g_mkdir_with_parents (folder, 0700) < 0 ||
      !g_file_set_contents (metadata, ctf_metadata, -1, NULL) ||
      (sink.ctf = fopen (stream, "w")) == NULL)
    {
      fprintf (stderr, "bench-recording: cannot write '%s'\n", folder);
      exit (1);
    }
  generate (&sink, n_events, n_tasks);
  fclose (sink.ctf);
}

/* ---- Opening ----------------------------------------------------------------------------------- */

/* From here on one thread reads what the page cache has: its CPU time is what it takes where nothing else
 * runs. */

/* As a view does that has only just been opened: nothing but the index has been read. */
static double
load_moment (HistoryProgram *program, gint64 at_ns, guint *ret_n)
{
  double begin = bench_now (CLOCK_THREAD_CPUTIME_ID), took;
  guint64 next_number = 1;
  g_autoptr (GError) error = NULL;
  HistoryNames names;
  ModelTarget *model;

  if (!history_program_open (program, at_ns, &error) ||
      !history_program_get_names (program, &names))
    exit (1);
  model = history_program_load (program, &names, &next_number, at_ns);
  took = bench_now (CLOCK_THREAD_CPUTIME_ID) - begin;
  *ret_n = 0;
  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    ++*ret_n;
  model_target_free (model);
  return took;
}

static void
count (const ChannelEvent *event, void *data)
{
  ++*(guint64 *)data;
}

/* What another tool does that reads a trace and makes nothing of it. */
static void
decode (RecordingReader *reader)
{
  double begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  guint64 n = 0;

  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    if (recording_reader_get_block (reader, i)->type == RECORDING_EVENTS)
      recording_reader_read_events (reader, i, count, &n, NULL);
  printf ("  %-49s %8.2f s\n", "all records decoded, nothing made of them",
          bench_now (CLOCK_THREAD_CPUTIME_ID) - begin);
  print_rate ("which is", n, bench_now (CLOCK_THREAD_CPUTIME_ID) - begin, 0);
}

static void
ask_for_moments (const char *path)
{
  HistoryProgram program = { .path = (char *)path, .number = 1 };
  double took[BENCH_N_MOMENTS], begin = bench_now (CLOCK_THREAD_CPUTIME_ID), first;
  gint64 first_ns = 0, last_ns = 0;
  guint n;

  if (!history_program_open (&program, 0, NULL) ||
      !recording_reader_get_range (program.reader, &first_ns, &last_ns))
    exit (1);
  printf ("  %-49s %8.2f ms\n", "open: range, programs, how much happened when",
          (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3);
  first = load_moment (&program, last_ns, &n);
  printf ("  %-49s %8.2f ms (%u tasks)\n", "open to first answer: all tasks at the end",
          (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3, n);
  (void)first;
  for (guint i = 0; i < BENCH_N_MOMENTS; i++)
    took[i] = load_moment (&program,
                           first_ns + (last_ns - first_ns) / BENCH_N_MOMENTS * i +
                               (last_ns - first_ns) / BENCH_N_MOMENTS / 3 * (i % 3),
                           &n) *
              1e3;
  qsort (took, BENCH_N_MOMENTS, sizeof *took, bench_compare);
  printf ("  %-49s %8.2f ms median, %.2f worst\n", "a model of all tasks at any instant",
          took[BENCH_N_MOMENTS / 2], took[BENCH_N_MOMENTS - 1]);
  print_memory ("so far");
  decode (program.reader);
  history_program_close (&program);
}

/* ---- The index of time ------------------------------------------------------------------------- */

static void
draw_once (InspectorHistory *history, gint64 from_ns, gint64 to_ns)
{
  g_autofree gint64 *coverage = g_new (gint64, N_COLUMNS * INSPECTOR_N_STATES);

  for (guint row = 0; row < N_ROWS; row++)
    inspector_history_get_coverage (history, row, from_ns, to_ns, N_COLUMNS, coverage);
}

static void
draw (InspectorHistory *history, gint64 first_ns, gint64 last_ns)
{
  for (guint zoom = 1; zoom <= 1000000; zoom *= 100)
    {
      double begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
      gint64 width_ns = (last_ns - first_ns) / zoom;

      draw_once (history, first_ns + (last_ns - first_ns) / 3,
                 first_ns + (last_ns - first_ns) / 3 + width_ns);
      printf ("  %u rows of %u columns, 1/%-7u of the time %13.2f ms\n", N_ROWS, N_COLUMNS, zoom,
              (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3);
    }
}

static void
summarize (InspectorHistory *history, gint64 first_ns, gint64 last_ns, guint part)
{
  double begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  g_autoptr (GPtrArray) operations = inspector_history_summarize (
      history, G_MAXUINT, first_ns + (last_ns - first_ns) / 2,
      first_ns + (last_ns - first_ns) / 2 + (last_ns - first_ns) / part);

  printf ("  summary of 1/%-4u of the time, all tasks %17.2f ms (%u operations)\n", part,
          (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3, operations->len);
}

/* What a view asks for that is opened: the range, the tracks and the first screen of them. */
static void
open_timeline (const char *path)
{
  double begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  g_autoptr (GError) error = NULL;
  g_autoptr (InspectorHistory) history = inspector_history_open_recording (path, NULL, &error);
  g_autofree InspectorRow *rows = NULL;
  gint64 first_ns, last_ns;
  guint n_tracks;

  if (history == NULL || !inspector_history_get_range (history, &first_ns, &last_ns))
    exit (1);
  n_tracks = inspector_history_get_n_tracks (history);
  printf ("  open: all tracks, nothing of what they did %16.2f ms (%u tracks)\n",
          (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3, n_tracks);
  draw_once (history, first_ns, last_ns);
  printf ("  open to first picture: 51 rows, all of the time %11.2f ms\n",
          (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3);
  print_memory ("with the first picture");
  draw (history, first_ns, last_ns);
  begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  rows = g_new (InspectorRow, n_tracks);
  inspector_history_get_rows (history, 0, n_tracks, first_ns + (last_ns - first_ns) / 2, rows);
  printf ("  %-49s %8.2f s\n", "all rows of a table, which loads all",
          bench_now (CLOCK_THREAD_CPUTIME_ID) - begin);
  begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  inspector_history_get_rows (history, 0, n_tracks, first_ns + (last_ns - first_ns) / 3, rows);
  printf ("  %-49s %8.2f ms\n", "all rows at another instant",
          (bench_now (CLOCK_THREAD_CPUTIME_ID) - begin) * 1e3);
  printf ("  %-49s %8.0f MiB, %.0f MiB in a file\n", "what is loaded",
          (double)inspector_history_get_size (history) / 1048576,
          (double)inspector_history_get_paged_size (history) / 1048576);
  print_memory ("with all of it loaded");
  bench_ask_for_all (history, first_ns, last_ns);
  bench_ask_for_tasks (history, first_ns, last_ns);
  bench_ask_why (history, first_ns, last_ns);
  summarize (history, first_ns, last_ns, 1000);
  summarize (history, first_ns, last_ns, 10);
}

static void
index_all (const char *path, guint64 n_events)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  InspectorHistory *history = inspector_session_keep_history (session);
  g_autoptr (GError) error = NULL;
  double begin = bench_now (CLOCK_THREAD_CPUTIME_ID);
  gint64 first_ns, last_ns;

  if (!inspector_session_open_recording (session, path, NULL, &error) ||
      !inspector_history_get_range (history, &first_ns, &last_ns))
    exit (1);
  printf ("  %-49s %8.2f s\n", "all of it into the index of time",
          bench_now (CLOCK_THREAD_CPUTIME_ID) - begin);
  print_rate ("decoded, into the model and the index", n_events,
              bench_now (CLOCK_THREAD_CPUTIME_ID) - begin, 0);
  printf ("  %-49s %8.0f MiB, %.1f bytes an event, %.0f MiB in a file\n", "the index",
          (double)inspector_history_get_size (history) / 1048576,
          (double)inspector_history_get_size (history) / (double)n_events,
          (double)inspector_history_get_paged_size (history) / 1048576);
  print_memory ("with all of it");
}

int
main (int argc, char **argv)
{
  guint64 n_events;
  guint n_tasks;

  if (argc != 4 && argc != 5)
    {
      fprintf (stderr, "usage: bench-recording FILE EVENTS TASKS [CTF-FOLDER]\n");
      return 2;
    }
  n_events = g_ascii_strtoull (argv[2], NULL, 10);
  n_tasks = (guint)g_ascii_strtoull (argv[3], NULL, 10);
  setvbuf (stdout, NULL, _IOLBF, 0);
  printf ("%s events, %u tasks\n", argv[2], n_tasks);
  if (n_events > 0)
    write_recording (argv[1], n_events, n_tasks);
  if (argc == 5)
    write_ctf (argv[4], n_events, n_tasks);
  ask_for_moments (argv[1]);
  open_timeline (argv[1]);
  index_all (argv[1], n_events);
  return 0;
}
