/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Track events of Perfetto (protos/perfetto/trace): a track for each thread, with its polls, and for
 * each task, with its life, and below it tracks for what it waited for. Flows lead from a wait to the
 * poll that came of it. Packets come in the order in which ends are seen; readers sort them. */

#include "export/exporter.h"
#include "export/protobuf.h"

/* Names of functions and kinds travel once; so many of them. */
#define MAX_INTERNED 65536

/* Numbers of fields and values, from perfetto_trace.proto. */
enum
{
  TRACE_PACKET = 1,
  PACKET_CLOCK_SNAPSHOT = 6,
  PACKET_TIMESTAMP = 8,
  PACKET_SEQUENCE = 10,
  PACKET_EVENT = 11,
  PACKET_INTERNED = 12,
  PACKET_FLAGS = 13,
  PACKET_CLOCK = 58,
  PACKET_DEFAULTS = 59,
  PACKET_TRACK = 60,
  FLAG_CLEARED = 1,
  FLAG_NEEDS_STATE = 2,
  SNAPSHOT_CLOCKS = 1,
  SNAPSHOT_PRIMARY = 2,
  CLOCK_ID = 1,
  CLOCK_TIMESTAMP = 2,
  CLOCK_REALTIME_ID = 1,
  CLOCK_MONOTONIC_ID = 3,
  TRACK_UUID = 1,
  TRACK_NAME = 2,
  TRACK_PROCESS = 3,
  TRACK_THREAD = 4,
  TRACK_PARENT = 5,
  TRACK_COUNTER = 8,
  TRACK_CHILD_ORDER = 11,
  TRACK_MERGE = 15,
  CHILDREN_BY_TIME = 2,
  MERGE_BY_NAME = 1,
  MERGE_NEVER = 2,
  PROCESS_PID = 1,
  PROCESS_NAME = 6,
  THREAD_PID = 1,
  THREAD_TID = 2,
  THREAD_NAME = 5,
  EVENT_CATEGORY = 3,
  EVENT_ANNOTATION = 4,
  EVENT_TYPE = 9,
  EVENT_NAME_NUMBER = 10,
  EVENT_TRACK = 11,
  EVENT_NAME = 23,
  EVENT_COUNTER_VALUE = 30,
  EVENT_FLOW = 47,
  EVENT_FLOW_END = 48,
  TYPE_BEGIN = 1,
  TYPE_END = 2,
  TYPE_INSTANT = 3,
  TYPE_COUNTER = 4,
  ANNOTATION_NAME_NUMBER = 1,
  ANNOTATION_UNSIGNED = 3,
  ANNOTATION_SIGNED = 4,
  ANNOTATION_TEXT = 6,
  INTERNED_CATEGORY = 1,
  INTERNED_NAME = 2,
  INTERNED_ANNOTATION = 3,
  INTERNED_NUMBER = 1,
  INTERNED_TEXT = 2,
};

/* What a track is of; with the number of its program and its own it makes the uuid. */
typedef enum
{
  OF_PROCESS = 1,
  OF_THREAD,
  OF_TASKS, /* that all tasks of a program are below */
  OF_TASK,
  OF_AWAITS, /* one lane of a task's */
  OF_EXCHANGES,
  OF_COUNTER,
} TrackOf;

typedef struct
{
  ExportOutput *output;
  const ExportTrace *trace;
  GByteArray *packet;
  GByteArray *interned;   /* what the packet names for the first time */
  GHashTable *numbers[4]; /* text -> number, by INTERNED_... */
  GHashTable *lanes;      /* live tasks -> Lanes */
  GArray *flows;          /* guint64: those that end in the next poll */
  guint32 process;
  int pid;
  gboolean has_tasks; /* of the program */
  gboolean has_packets;
} Perfetto;

/* Those of a task that have a track. */
typedef struct
{
  guint64 number;
  guint64 of[EXPORT_POLL];
} Lanes;

/* ---- Packets -------------------------------------------------------------------------------- */

static void
put_packet (Perfetto *self)
{
  guint8 head[16];
  GByteArray bytes = { head, 0 };

  protobuf_put_number (self->packet, PACKET_SEQUENCE, 1);
  protobuf_put_number (self->packet, PACKET_FLAGS,
                       self->has_packets ? FLAG_NEEDS_STATE : FLAG_CLEARED);
  self->has_packets = TRUE;
  if (self->interned->len > 0)
    {
      protobuf_put_tag (self->packet, PACKET_INTERNED, PROTOBUF_BYTES);
      protobuf_put_varint (self->packet, self->interned->len);
      g_byte_array_append (self->packet, self->interned->data, self->interned->len);
      g_byte_array_set_size (self->interned, 0);
    }
  head[bytes.len++] = TRACE_PACKET << 3 | PROTOBUF_BYTES;
  for (guint left = self->packet->len; bytes.len == 1 || left != 0; left >>= 7)
    head[bytes.len++] = (guint8)((left & 0x7f) | (left > 0x7f ? 0x80 : 0));
  export_put_bytes (self->output, head, bytes.len);
  export_put_bytes (self->output, self->packet->data, self->packet->len);
  g_byte_array_set_size (self->packet, 0);
}

/* Returns: 0: there is no room for another one */
static guint
intern (Perfetto *self, guint of, const char *text)
{
  guint number = GPOINTER_TO_UINT (g_hash_table_lookup (self->numbers[of], text));
  guint message;

  if (number != 0 || g_hash_table_size (self->numbers[of]) >= MAX_INTERNED)
    return number;
  number = g_hash_table_size (self->numbers[of]) + 1;
  g_hash_table_insert (self->numbers[of], g_strdup (text), GUINT_TO_POINTER (number));
  message = protobuf_begin (self->interned, of);
  protobuf_put_number (self->interned, INTERNED_NUMBER, number);
  protobuf_put_text (self->interned, INTERNED_TEXT, text);
  protobuf_end (self->interned, message);
  return number;
}

/* ---- Tracks --------------------------------------------------------------------------------- */

/* Any two tracks of all recordings differ but by accident: splitmix64 over what they are. */
static guint64
mix (guint64 x)
{
  x += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15);
  x = (x ^ x >> 30) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  x = (x ^ x >> 27) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return x ^ x >> 31;
}

static guint64
get_uuid (const Perfetto *self, TrackOf of, guint64 number, guint lane)
{
  return mix (mix (mix (self->process) ^ ((guint64)of << 32 | lane)) ^ number);
}

/* Returns: what protobuf_end() wants, before put_packet() */
static guint
begin_track (Perfetto *self, guint64 uuid, guint64 parent, const char *name)
{
  guint track = protobuf_begin (self->packet, PACKET_TRACK);

  protobuf_put_number (self->packet, TRACK_UUID, uuid);
  if (parent != 0)
    protobuf_put_number (self->packet, TRACK_PARENT, parent);
  if (name != NULL)
    protobuf_put_text (self->packet, TRACK_NAME, name);
  return track;
}

static void
end_track (Perfetto *self, guint track)
{
  protobuf_end (self->packet, track);
  put_packet (self);
}

static guint64
get_process_uuid (const Perfetto *self)
{
  return get_uuid (self, OF_PROCESS, 0, 0);
}

static void
perfetto_process (gpointer data, const ExportProcess *process)
{
  Perfetto *self = data;
  guint track, message;

  self->process = process->number;
  self->pid = process->pid;
  self->has_tasks = FALSE;
  track = begin_track (self, get_process_uuid (self), 0, NULL);
  message = protobuf_begin (self->packet, TRACK_PROCESS);
  protobuf_put_number (self->packet, PROCESS_PID, (guint64)process->pid);
  protobuf_put_text (self->packet, PROCESS_NAME, process->command);
  protobuf_end (self->packet, message);
  end_track (self, track);
  for (guint i = 0; i < EXPORT_N_COUNTERS; i++)
    {
      track = begin_track (self, get_uuid (self, OF_COUNTER, i, 0), get_process_uuid (self),
                           export_counter_names[i]);
      message = protobuf_begin (self->packet, TRACK_COUNTER);
      protobuf_end (self->packet, message);
      end_track (self, track);
    }
}

static void
perfetto_thread (gpointer data, gint32 tid, gboolean is_main)
{
  Perfetto *self = data;
  g_autofree char *name = is_main ? g_strdup ("main thread") : g_strdup_printf ("thread %d", tid);
  guint track = begin_track (self, get_uuid (self, OF_THREAD, (guint64)tid, 0),
                             get_process_uuid (self), NULL);
  guint message = protobuf_begin (self->packet, TRACK_THREAD);

  protobuf_put_number (self->packet, THREAD_PID, (guint64)self->pid);
  protobuf_put_number (self->packet, THREAD_TID, (guint64)tid);
  protobuf_put_text (self->packet, THREAD_NAME, name);
  protobuf_end (self->packet, message);
  end_track (self, track);
}

static void
name_task_track (Perfetto *self, const ExportTask *task)
{
  guint64 group = get_uuid (self, OF_TASKS, 0, 0);
  g_autofree char *name = NULL;
  guint track;

  if (!self->has_tasks)
    {
      track = begin_track (self, group, get_process_uuid (self), "tasks");
      protobuf_put_number (self->packet, TRACK_CHILD_ORDER, CHILDREN_BY_TIME);
      end_track (self, track);
      self->has_tasks = TRUE;
    }
  name = task->is_outside ? g_strdup (task->name)
                          : g_strdup_printf ("%s #%" G_GUINT64_FORMAT, task->name, task->number);
  track = begin_track (self, get_uuid (self, OF_TASK, task->number, 0), group, name);
  protobuf_put_number (self->packet, TRACK_MERGE, MERGE_NEVER);
  end_track (self, track);
}

static guint64
get_lane_uuid (Perfetto *self, const ExportSpan *span)
{
  TrackOf of = span->of == EXPORT_AWAIT ? OF_AWAITS : OF_EXCHANGES;
  guint64 uuid = get_uuid (self, of, span->task, span->lane);
  Lanes *lanes = g_hash_table_lookup (self->lanes, &span->task);
  guint64 bit = G_GUINT64_CONSTANT (1) << (span->lane & 63);
  guint track;

  if (lanes != NULL && (lanes->of[span->of] & bit) != 0)
    return uuid;
  if (lanes != NULL)
    lanes->of[span->of] |= bit;
  track = begin_track (self, uuid, get_uuid (self, OF_TASK, span->task, 0),
                       span->of == EXPORT_AWAIT ? "awaits" : "requests");
  protobuf_put_number (self->packet, TRACK_MERGE, MERGE_BY_NAME);
  end_track (self, track);
  return uuid;
}

/* ---- Events --------------------------------------------------------------------------------- */

/* Returns: what end_event() wants */
static guint
begin_event (Perfetto *self, guint type, guint64 track, gint64 time_ns)
{
  guint event;

  protobuf_put_number (self->packet, PACKET_TIMESTAMP, (guint64)MAX (time_ns, 0));
  event = protobuf_begin (self->packet, PACKET_EVENT);
  protobuf_put_number (self->packet, EVENT_TYPE, type);
  protobuf_put_number (self->packet, EVENT_TRACK, track);
  return event;
}

static void
end_event (Perfetto *self, guint event)
{
  protobuf_end (self->packet, event);
  put_packet (self);
}

/* @category is one of few. */
static void
name_event (Perfetto *self, const char *category, const char *name)
{
  guint number = intern (self, INTERNED_NAME, name);

  protobuf_put_number (self->packet, EVENT_CATEGORY, intern (self, INTERNED_CATEGORY, category));
  if (number != 0)
    protobuf_put_number (self->packet, EVENT_NAME_NUMBER, number);
  else
    protobuf_put_text (self->packet, EVENT_NAME, name);
}

static guint
begin_annotation (Perfetto *self, const char *name)
{
  guint number = intern (self, INTERNED_ANNOTATION, name);
  guint annotation = protobuf_begin (self->packet, EVENT_ANNOTATION);

  protobuf_put_number (self->packet, ANNOTATION_NAME_NUMBER, number);
  return annotation;
}

static void
annotate (Perfetto *self, const char *name, const char *text)
{
  guint annotation;

  if (text == NULL || *text == '\0')
    return;
  annotation = begin_annotation (self, name);
  protobuf_put_text (self->packet, ANNOTATION_TEXT, text);
  protobuf_end (self->packet, annotation);
}

/* Of 0 nothing is said. */
static void
annotate_number (Perfetto *self, const char *name, gint64 number)
{
  guint annotation;

  if (number == 0)
    return;
  annotation = begin_annotation (self, name);
  if (number > 0)
    protobuf_put_number (self->packet, ANNOTATION_UNSIGNED, (guint64)number);
  else
    protobuf_put_number (self->packet, ANNOTATION_SIGNED, (guint64)number);
  protobuf_end (self->packet, annotation);
}

/* ---- What is told --------------------------------------------------------------------------- */

static void
perfetto_task_begin (gpointer data, const ExportTask *task)
{
  Perfetto *self = data;
  Lanes *lanes = g_new0 (Lanes, 1);
  guint event;

  lanes->number = task->number;
  g_hash_table_replace (self->lanes, &lanes->number, lanes);
  name_task_track (self, task);
  if (task->is_outside)
    return;
  event = begin_event (self, TYPE_BEGIN, get_uuid (self, OF_TASK, task->number, 0), task->begin_ns);
  name_event (self, "task", task->place.function != NULL ? task->place.function : "task");
  annotate_number (self, "task", (gint64)task->number);
  annotate_number (self, "parent", (gint64)task->parent);
  annotate (self, "place", task->place.where);
  end_event (self, event);
}

static void
perfetto_task (gpointer data, const ExportTask *task)
{
  Perfetto *self = data;
  guint event;

  g_hash_table_remove (self->lanes, &task->number);
  if (task->is_outside || task->is_alive)
    return;
  event = begin_event (self, TYPE_END, get_uuid (self, OF_TASK, task->number, 0), task->end_ns);
  annotate (self, "name", task->name);
  annotate (self, "traceparent", task->traceparent);
  annotate_number (self, "status", task->status);
  annotate_number (self, "polls", (gint64)task->n_polls);
  end_event (self, event);
}

static void
perfetto_span_begin (gpointer data, const ExportSpan *span)
{
  Perfetto *self = data;
  guint event;

  if (span->of != EXPORT_POLL)
    return;
  event = begin_event (self, TYPE_BEGIN, get_uuid (self, OF_THREAD, (guint64)span->tid, 0),
                       span->begin_ns);
  name_event (self, "poll", span->name);
  for (guint i = 0; i < self->flows->len; i++)
    protobuf_put_fixed64 (self->packet, EVENT_FLOW_END, g_array_index (self->flows, guint64, i));
  g_array_set_size (self->flows, 0);
  annotate_number (self, "task", (gint64)span->task);
  annotate_number (self, "cause", (gint64)span->cause);
  annotate (self, "place", span->place.where);
  end_event (self, event);
}

/* What had not ended has no end here either. */
static void
add_end (Perfetto *self, const ExportSpan *span, guint64 track)
{
  if (!span->is_open)
    end_event (self, begin_event (self, TYPE_END, track, span->end_ns));
}

static void
add_wait (Perfetto *self, const ExportSpan *span)
{
  g_autofree char *waits_for = export_span_dup_waits_for (span);
  guint64 track = get_lane_uuid (self, span);
  guint event = begin_event (self, TYPE_BEGIN, track, span->begin_ns);

  name_event (self, span->of == EXPORT_AWAIT ? "await" : "exchange", span->name);
  if (span->is_cause)
    protobuf_put_fixed64 (self->packet, EVENT_FLOW, mix (span->id));
  annotate_number (self, "await", (gint64)span->id);
  annotate_number (self, "task", (gint64)span->task);
  annotate (self, "kind", span->kind);
  annotate (self, "waits_for", waits_for);
  annotate (self, "place", span->place.where);
  annotate (self, "traceparent", span->traceparent);
  annotate_number (self, "status", span->status);
  annotate_number (self, "fired", (gint64)span->n_fired);
  end_event (self, event);
  add_end (self, span, track);
}

static void
perfetto_span (gpointer data, const ExportSpan *span)
{
  Perfetto *self = data;

  if (span->of == EXPORT_POLL)
    add_end (self, span, get_uuid (self, OF_THREAD, (guint64)span->tid, 0));
  else
    add_wait (self, span);
}

/* A wake-up has no slice that it could begin at. */
static guint64
add_wake (Perfetto *self, const ExportFlow *flow)
{
  guint64 id = mix (flow->id ^ G_GUINT64_CONSTANT (1) << 63);
  guint event = begin_event (self, TYPE_INSTANT,
                             get_uuid (self, OF_THREAD, (guint64)flow->from_tid, 0), flow->from_ns);

  name_event (self, "wake", "wake");
  protobuf_put_fixed64 (self->packet, EVENT_FLOW, id);
  annotate_number (self, "task", (gint64)flow->to_task);
  end_event (self, event);
  return id;
}

static void
perfetto_flow (gpointer data, const ExportFlow *flow)
{
  Perfetto *self = data;
  guint64 id;

  if (flow->of == EXPORT_WAKES && flow->from_tid == 0)
    return;
  id = flow->of == EXPORT_WAKES ? add_wake (self, flow) : mix (flow->id);
  g_array_append_val (self->flows, id);
}

static void
perfetto_counter (gpointer data, ExportCounterOf of, gint64 time_ns, guint64 value)
{
  Perfetto *self = data;
  guint event = begin_event (self, TYPE_COUNTER, get_uuid (self, OF_COUNTER, of, 0), time_ns);

  protobuf_put_number (self->packet, EVENT_COUNTER_VALUE, value);
  end_event (self, event);
}

/* ---- The trace ------------------------------------------------------------------------------ */

static void
put_clock (Perfetto *self, guint id, gint64 time_ns)
{
  guint clock = protobuf_begin (self->packet, SNAPSHOT_CLOCKS);

  protobuf_put_number (self->packet, CLOCK_ID, id);
  protobuf_put_number (self->packet, CLOCK_TIMESTAMP, (guint64)MAX (time_ns, 0));
  protobuf_end (self->packet, clock);
}

/* All times are on the monotonic clock, and what that was in real time is known. */
static void
put_clocks (Perfetto *self)
{
  guint message = protobuf_begin (self->packet, PACKET_DEFAULTS);

  protobuf_put_number (self->packet, PACKET_CLOCK, CLOCK_MONOTONIC_ID);
  protobuf_end (self->packet, message);
  message = protobuf_begin (self->packet, PACKET_CLOCK_SNAPSHOT);
  put_clock (self, CLOCK_MONOTONIC_ID, self->trace->zero_ns);
  put_clock (self, CLOCK_REALTIME_ID, self->trace->zero_real_ns);
  protobuf_put_number (self->packet, SNAPSHOT_PRIMARY, CLOCK_MONOTONIC_ID);
  protobuf_end (self->packet, message);
  put_packet (self);
}

static gpointer
perfetto_new (ExportOutput *output, const ExportTrace *trace)
{
  Perfetto *self = g_new0 (Perfetto, 1);

  self->output = output;
  self->trace = trace;
  self->packet = g_byte_array_new ();
  self->interned = g_byte_array_new ();
  for (guint i = INTERNED_CATEGORY; i <= INTERNED_ANNOTATION; i++)
    self->numbers[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->lanes = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  self->flows = g_array_new (FALSE, FALSE, sizeof (guint64));
  put_clocks (self);
  return self;
}

static void
perfetto_free (gpointer data)
{
  Perfetto *self = data;

  g_byte_array_unref (self->packet);
  g_byte_array_unref (self->interned);
  for (guint i = INTERNED_CATEGORY; i <= INTERNED_ANNOTATION; i++)
    g_hash_table_unref (self->numbers[i]);
  g_hash_table_unref (self->lanes);
  g_array_unref (self->flows);
  g_free (self);
}

const ExportWriter export_perfetto_writer = {
  .new = perfetto_new,
  .process = perfetto_process,
  .thread = perfetto_thread,
  .task_begin = perfetto_task_begin,
  .task = perfetto_task,
  .span_begin = perfetto_span_begin,
  .span = perfetto_span,
  .flow = perfetto_flow,
  .counter = perfetto_counter,
  .free = perfetto_free,
};
