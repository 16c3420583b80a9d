/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Trace events of Chrome, which Perfetto and others open, out of a recording: threads as tracks with
 * their polls, tasks' awaits as asynchronous slices, causes as arrows. Streams: what is kept is what
 * is open. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <gio/gio.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "analysis/places.h"
#include "analysis/session-private.h"
#include "recording/reader.h"

typedef struct
{
  FILE *file;
  gboolean is_first;
  gint64 zero_ns;
  int pid;
  RecordingTables *tables;
  AnalysisPlaces *places;
  GHashTable *awaits; /* object -> Await */
  GHashTable *threads; /* tid: named */
  guint64 n_flows;
} Trace;

/* An await that is open. */
typedef struct
{
  guint64 task;
  guint64 flow; /* arrow from its begin */
  guint32 location;
} Await;

/* ---- JSON ----------------------------------------------------------------------------------- */

static void
put_string (Trace *trace, const char *text)
{
  fputc ('"', trace->file);
  for (const char *at = text; *at != '\0'; at++)
    if (*at == '"' || *at == '\\')
      fprintf (trace->file, "\\%c", *at);
    else if ((guchar)*at < 0x20)
      fprintf (trace->file, "\\u%04x", (guchar)*at);
    else
      fputc (*at, trace->file);
  fputc ('"', trace->file);
}

/* The members that all events have; the caller adds its own and closes the object. */
static void
begin_event (Trace *trace, const char *phase, const char *name, const ChannelEvent *event)
{
  gint64 ns = event->time_ns - trace->zero_ns;

  fputs (trace->is_first ? "\n{\"ph\":\"" : ",\n{\"ph\":\"", trace->file);
  trace->is_first = FALSE;
  fprintf (trace->file, "%s\",\"pid\":%d,\"tid\":%d,\"ts\":%" G_GINT64_FORMAT ".%03d,\"name\":",
           phase, trace->pid, event->tid, ns / 1000, (int)(ns % 1000));
  put_string (trace, name);
}

static void
end_event (Trace *trace)
{
  fputc ('}', trace->file);
}

/* ---- Names ---------------------------------------------------------------------------------- */

static const char *
place_name (Trace *trace, guint32 location)
{
  const AnalysisPlace *place = analysis_places_get (trace->places, location);

  return place->function != NULL ? place->function : *place->where != '\0' ? place->where : "?";
}

static const char *
kind_name (Trace *trace, guint64 object)
{
  ChannelKindInfo kind;

  return recording_tables_get_kind (trace->tables, (guint32)(object >> 48), &kind) ? kind.name
                                                                                    : "await";
}

static void
name_thread (Trace *trace, const ChannelEvent *event)
{
  if (!g_hash_table_add (trace->threads, GINT_TO_POINTER (event->tid)))
    return;
  begin_event (trace, "M", "thread_name", event);
  fprintf (trace->file, ",\"args\":{\"name\":\"thread %d\"}", event->tid);
  end_event (trace);
}

/* ---- Records -------------------------------------------------------------------------------- */

static void
add_flow (Trace *trace, const ChannelEvent *event, const char *phase, guint64 id)
{
  begin_event (trace, phase, "cause", event);
  fprintf (trace->file, ",\"cat\":\"cause\",\"id\":%" G_GUINT64_FORMAT "%s", id,
           *phase == 'f' ? ",\"bp\":\"e\"" : "");
  end_event (trace);
}

static void
begin_await (Trace *trace, const ChannelEvent *event)
{
  Await *await = g_new0 (Await, 1);

  await->task = event->task;
  await->location = event->location;
  await->flow = ++trace->n_flows;
  g_hash_table_insert (trace->awaits, g_memdup2 (&event->arg, sizeof event->arg), await);
  begin_event (trace, "b", kind_name (trace, event->arg), event);
  fprintf (trace->file,
           ",\"cat\":\"await\",\"id\":\"0x%" G_GINT64_MODIFIER "x\",\"args\":{\"task\":\"0x%" G_GINT64_MODIFIER
           "x\",\"place\":",
           event->task, event->task);
  put_string (trace, place_name (trace, event->location));
  fputc ('}', trace->file);
  end_event (trace);
  add_flow (trace, event, "s", await->flow);
}

/* Returns: the arrow that ends with it, 0: none */
static guint64
end_await (Trace *trace, const ChannelEvent *event)
{
  const Await *await = g_hash_table_lookup (trace->awaits, &event->arg);
  guint64 flow;

  if (await == NULL)
    return 0;
  flow = await->flow;
  begin_event (trace, "e", kind_name (trace, event->arg), event);
  fprintf (trace->file, ",\"cat\":\"await\",\"id\":\"0x%" G_GINT64_MODIFIER "x\",\"args\":{\"status\":%d}",
           await->task, event->status);
  end_event (trace);
  g_hash_table_remove (trace->awaits, &event->arg);
  return flow;
}

static void
begin_poll (Trace *trace, const ChannelEvent *event, guint64 flow)
{
  begin_event (trace, "B", place_name (trace, event->location), event);
  fprintf (trace->file, ",\"cat\":\"poll\",\"args\":{\"task\":\"0x%" G_GINT64_MODIFIER "x\"}",
           event->task);
  end_event (trace);
  if (flow != 0)
    add_flow (trace, event, "f", flow);
}

static void
end_poll (Trace *trace, const ChannelEvent *event)
{
  begin_event (trace, "E", "", event);
  end_event (trace);
}

static void
add_event (const ChannelEvent *event, void *data)
{
  Trace *trace = data;
  guint64 flow = 0;

  switch (event->type)
    {
    case CHANNEL_RESUME:
      flow = end_await (trace, event);
      G_GNUC_FALLTHROUGH;
    case CHANNEL_POLL_BEGIN:
      name_thread (trace, event);
      begin_poll (trace, event, flow);
      break;
    case CHANNEL_SUSPEND:
      begin_await (trace, event);
      G_GNUC_FALLTHROUGH;
    case CHANNEL_POLL_END:
      end_poll (trace, event);
      break;
    case CHANNEL_AWAIT_BEGIN:
      name_thread (trace, event);
      begin_await (trace, event);
      break;
    case CHANNEL_AWAIT_END:
      end_await (trace, event);
      break;
    default:
      break;
    }
}

/* ---- Programs ------------------------------------------------------------------------------- */

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  return recording_tables_get_location (((Trace *)data)->tables, number, ret_info);
}

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  return recording_tables_get_kind (((Trace *)data)->tables, number, ret_info);
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return recording_tables_get_string (((Trace *)data)->tables, offset);
}

static const ModelTables tables = { get_kind, get_location, get_string };

static const DebugSymbol *
symbolize (gpointer data, guint64 address, DebugAddressClass of)
{
  static DebugSymbol found; /* one thread; valid until the next call, as the caller has it */
  const RecordingSymbol *symbol = recording_symbols_get (data, address, of);

  found = (DebugSymbol){ 0 };
  if (symbol != NULL)
    found = (DebugSymbol){ .function = symbol->function, .file = symbol->file,
                           .line = symbol->line, .module = symbol->module,
                           .offset = symbol->offset, .exact = symbol->exact };
  return &found;
}

static void
add_program (Trace *trace, RecordingReader *reader, guint32 number)
{
  g_autofree char *text = recording_reader_dup_facts (reader, number);
  g_autoptr (JsonNode) node = text != NULL ? json_from_string (text, NULL) : NULL;
  RecordingSymbols *symbols = recording_reader_read_symbols (reader, number);
  const char *command = "?";
  ChannelEvent none = { .time_ns = trace->zero_ns };

  trace->pid = (int)number;
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    {
      JsonObject *facts = json_node_get_object (node);

      trace->pid = (int)json_object_get_int_member_with_default (facts, "pid", number);
      command = json_object_get_string_member_with_default (facts, "command", "?");
    }
  trace->tables = recording_reader_read_tables (reader, number, NULL);
  trace->places = analysis_places_new (&tables, trace, symbolize, symbols);
  g_hash_table_remove_all (trace->awaits);
  g_hash_table_remove_all (trace->threads);
  begin_event (trace, "M", "process_name", &none);
  fputs (",\"args\":{\"name\":", trace->file);
  put_string (trace, command);
  fputc ('}', trace->file);
  end_event (trace);
  for (guint i = 0; i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);

      if (block->type == RECORDING_EVENTS && block->target == number &&
          !recording_reader_read_events (reader, i, add_event, trace, NULL))
        break;
    }
  analysis_places_free (trace->places);
  recording_tables_free (trace->tables);
  recording_symbols_free (symbols);
}

gboolean
inspector_recording_to_chrome_trace (const char *path, const char *trace_path, GError **error)
{
  RecordingReader *reader = recording_reader_open (path, error);
  Trace trace = { .is_first = TRUE };
  gint64 last_ns;
  gboolean is_written;

  if (reader == NULL)
    return FALSE;
  trace.file = fopen (trace_path, "we");
  if (trace.file == NULL)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("cannot write the trace '%s': %s"), trace_path, g_strerror (errno));
      recording_reader_close (reader);
      return FALSE;
    }
  recording_reader_get_range (reader, &trace.zero_ns, &last_ns);
  trace.awaits = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, g_free);
  trace.threads = g_hash_table_new (NULL, NULL);
  fputs ("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", trace.file);
  for (guint32 i = 1; i <= recording_reader_get_n_targets (reader); i++)
    add_program (&trace, reader, i);
  fputs ("\n]}\n", trace.file);
  is_written = !ferror (trace.file);
  if (fclose (trace.file) != 0 || !is_written)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   _ ("cannot write the trace '%s': %s"), trace_path, g_strerror (errno));
      is_written = FALSE;
    }
  g_hash_table_unref (trace.awaits);
  g_hash_table_unref (trace.threads);
  recording_reader_close (reader);
  return is_written;
}
