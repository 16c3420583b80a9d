/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* usage: bench-export FILE EVENTS TASKS
 *
 * Writes a recording of so many records of a program that has so many tasks at a time on four
 * threads: each waits and runs thirty times, holds a lock now and then, and ends; another takes its
 * place. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "inspect.h"
#include "recording/writer.h"

#define N_THREADS 4
#define N_TURNS 30
#define N_PLACES 200
#define AWAIT_KIND 1
#define LOCK_KIND 2
#define REQUEST_KEY 3
#define OBJECT(kind, id) ((guint64)(kind) << 48 | (id))

typedef struct
{
  guint64 id;
  guint turns;
} Task;

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  static const ChannelKindInfo kinds[] = {
    { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT, "bench.answer", "waiting for {request}" },
    { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK, "bench.lock", "lock" },
    { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, "request", "request" },
  };

  if (number < 1 || number > G_N_ELEMENTS (kinds))
    return FALSE;
  *ret_info = kinds[number - 1];
  return TRUE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  static char names[N_PLACES + 1][16];

  if (number < 1 || number > N_PLACES)
    return FALSE;
  g_snprintf (names[number], sizeof names[number], "step_%u", number);
  *ret_info = (ChannelLocationInfo){
    .of = CHANNEL_LOCATION_STATIC, .file = "bench.c", .function = names[number], .line = number
  };
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return "";
}

typedef struct
{
  RecordingWriter *writer;
  guint32 target;
  guint64 n_events;
  gint64 time_ns;
  guint thread;
  guint64 random;
} Bench;

static guint
get_random (Bench *bench, guint below)
{
  bench->random = bench->random * G_GUINT64_CONSTANT (6364136223846793005) + 1442695040888963407;
  return (guint)((bench->random >> 33) % below);
}

static void
add (Bench *bench, ChannelType type, guint64 task, guint64 arg, guint location)
{
  const ChannelEvent event = { .time_ns = bench->time_ns += 50 + get_random (bench, 200),
                               .type = type,
                               .location = location,
                               .ring = bench->thread,
                               .tid = (gint32)(4700 + bench->thread),
                               .task = task,
                               .arg = arg };

  recording_writer_add_event (bench->writer, bench->target, &event);
  bench->n_events++;
}

static void
add_request (Bench *bench, guint64 await)
{
  char text[48];
  const ChannelEvent event = {
    .time_ns = bench->time_ns,
    .type = CHANNEL_ATTRIBUTE,
    .ring = bench->thread,
    .tid = (gint32)(4700 + bench->thread),
    .task = await,
    .key = REQUEST_KEY,
    .bytes = text,
    .n_bytes = (guint32)g_snprintf (text, sizeof text, "GET /posts/%u", get_random (bench, 10000)),
  };

  recording_writer_add_event (bench->writer, bench->target, &event);
  bench->n_events++;
}

/* What a task does when it is its turn: its wait is over, it runs, it waits again. */
static void
turn (Bench *bench, Task *task)
{
  guint64 await = OBJECT (AWAIT_KIND, task->id + 1);
  guint64 lock = OBJECT (LOCK_KIND, 0x500000 + 64 * get_random (bench, 16));
  guint place = 1 + (task->turns * 7 + (guint)(task->id >> 6) % 5) % N_PLACES;

  bench->thread = get_random (bench, N_THREADS);
  if (task->turns == 0)
    {
      add (bench, CHANNEL_TASK_BEGIN, task->id, 0, 1 + (guint)(task->id >> 6) % 20);
      add (bench, CHANNEL_POLL_BEGIN, task->id, 0, place);
    }
  else
    add (bench, CHANNEL_RESUME, task->id, await, place);
  if (get_random (bench, 8) == 0)
    {
      add (bench, CHANNEL_ACQUIRE, task->id, lock, place);
      add (bench, CHANNEL_RELEASE, task->id, lock, 0);
    }
  if (++task->turns < N_TURNS)
    {
      add (bench, CHANNEL_SUSPEND, task->id, await, place);
      if (get_random (bench, 4) == 0)
        add_request (bench, await);
      return;
    }
  add (bench, CHANNEL_TASK_END, task->id, 0, 0);
  add (bench, CHANNEL_POLL_END, task->id, 0, 0);
  task->turns = 0;
}

int
main (int argc, char **argv)
{
  static const RecordingSource source = { get_kind, get_location, get_string, NULL, NULL };
  const RecordingOptions options = { .lossless = TRUE };
  g_autoptr (GError) error = NULL;
  Bench bench = { .time_ns = 1000000000, .random = 1 };
  guint64 n_events = argc == 4 ? g_ascii_strtoull (argv[2], NULL, 10) : 0;
  guint n_tasks = argc == 4 ? (guint)g_ascii_strtoull (argv[3], NULL, 10) : 0;
  g_autofree Task *tasks = g_new0 (Task, MAX (n_tasks, 1));

  if (n_events == 0 || n_tasks == 0)
    {
      g_printerr ("usage: bench-export FILE EVENTS TASKS\n");
      return 2;
    }
  bench.writer = recording_writer_new (argv[1], &options, &error);
  if (bench.writer != NULL)
    {
      bench.target = recording_writer_add_target (bench.writer, &source, NULL);
      recording_writer_add_facts (bench.writer, bench.target,
                                  "{\"pid\":4700,\"command\":\"bench\",\"runtimes\":[]}");
      for (guint i = 0; i < n_tasks; i++)
        tasks[i].id = 0x10000000 + 64 * i;
      while (bench.n_events < n_events)
        turn (&bench, &tasks[get_random (&bench, n_tasks)]);
    }
  if (bench.writer == NULL || !recording_writer_close (bench.writer, NULL, &error))
    {
      g_printerr ("bench-export: %s\n", error->message);
      return 1;
    }
  return 0;
}
