/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/record.h"

#include <sys/wait.h>
#include <json-glib/json-glib.h>

#include "session/timeline.h"
#include "debuginfo/symbols.h"
#include "model/keyframe.h"
#include "recording/symbols.h"
#include "inspect.h"

/* A hostile target could name as many addresses as it likes. */
#define MAX_ADDRESSES 65536
/* Of an object: its id, which mostly is an address. */
#define OBJECT_ID G_GUINT64_CONSTANT (0xffffffffffff)

struct _AnalysisRecord
{
  RecordingWriter *writer;
  ChannelReader *reader; /* (nullable) */
  AnalysisTables *tables;
  guint32 number;
  AnalysisTimeline *timeline; /* (nullable) */
  JsonObject *facts;
  GHashTable *locations; /* numbers that were named */
  GHashTable *codes;     /* addresses that were values of keys for code */
  GHashTable *calls;     /* return addresses that no record has */
};

/* ---- While it runs -------------------------------------------------------------------------- */

AnalysisRecord *
analysis_record_begin (RecordingWriter *writer, ChannelReader *reader, AnalysisTables *tables)
{
  AnalysisRecord *record;

  if (writer == NULL)
    return NULL;
  record = g_new0 (AnalysisRecord, 1);
  record->writer = writer;
  record->reader = reader;
  record->tables = tables;
  record->number = recording_writer_add_target (writer, &analysis_tables_of_recording, tables);
  record->facts = json_object_new ();
  record->locations = g_hash_table_new (NULL, NULL);
  record->codes = g_hash_table_new (NULL, NULL);
  record->calls = g_hash_table_new (NULL, NULL);
  return record;
}

void
analysis_record_watch (AnalysisRecord *record, ModelTarget *model)
{
  record->timeline = analysis_timeline_new (record->writer, record->number, model, 0);
}

/* Of a function, or of a variable that may have a name: a lock is often a global one. */
static void
add_code (AnalysisRecord *record, guint64 address)
{
  if (g_hash_table_size (record->codes) < MAX_ADDRESSES)
    g_hash_table_add (record->codes, GSIZE_TO_POINTER (address));
}

void
analysis_record_event (AnalysisRecord *record, const ChannelEvent *event)
{
  ChannelKindInfo key;

  if (record == NULL)
    return;
  recording_writer_add_event (record->writer, record->number, event);
  if (event->location != 0 && g_hash_table_size (record->locations) < MAX_ADDRESSES)
    g_hash_table_add (record->locations, GUINT_TO_POINTER (event->location));
  if (event->type == CHANNEL_ACQUIRE)
    add_code (record, event->arg & OBJECT_ID);
  else if (event->type == CHANNEL_ATTRIBUTE && event->bytes == NULL && event->value != 0 &&
           analysis_tables_of_model.get_kind (record->tables, event->key, &key))
    {
      if (key.flags == INSPECT_VALUE_CODE)
        add_code (record, event->value);
      else if (key.flags == INSPECT_VALUE_OBJECT)
        add_code (record, event->value & OBJECT_ID);
    }
}

void
analysis_record_prepare (AnalysisRecord *record, const ChannelEvent *event, gboolean is_near)
{
  recording_writer_prepare_event (record->writer, record->number, event, is_near);
}

/* Also where no block of records follows, which would carry it. */
static void
say_lost (AnalysisRecord *record)
{
  ChannelStats stats = { 0 };
  guint64 lost;

  if (record->reader != NULL)
    channel_reader_get_stats (record->reader, &stats);
  lost = stats.dropped + stats.overwritten + stats.torn + stats.invalid;
  recording_writer_set_lost (record->writer, record->number, lost);
  lost += recording_writer_get_dropped (record->writer, record->number);
  json_object_set_int_member (record->facts, "lost", (gint64)MIN (lost, G_MAXINT64));
}

static void
write_facts (AnalysisRecord *record)
{
  g_autoptr (JsonNode) node = json_node_new (JSON_NODE_OBJECT);
  g_autofree char *text = NULL;

  json_node_set_object (node, record->facts);
  text = json_to_string (node, FALSE);
  recording_writer_add_facts (record->writer, record->number, text);
}

void
analysis_record_keep (AnalysisRecord *record, const char *name, JsonObject *facts)
{
  if (facts != NULL)
    json_object_set_object_member (record->facts, name, facts);
  else if (json_object_has_member (record->facts, name))
    json_object_remove_member (record->facts, name);
}

void
analysis_record_add_call (AnalysisRecord *record, guint64 address)
{
  if (g_hash_table_size (record->calls) < MAX_ADDRESSES)
    g_hash_table_add (record->calls, GSIZE_TO_POINTER (address));
}

void
analysis_record_say (AnalysisRecord *record, int pid, int parent_pid, const char *command,
                     const char *const *runtimes, gint64 begin_ns, gint64 now_ns)
{
  JsonArray *names;

  if (record == NULL)
    return;
  names = json_array_new ();
  for (guint i = 0; runtimes[i] != NULL; i++)
    json_array_add_string_element (names, runtimes[i]);
  json_object_set_int_member (record->facts, "pid", pid);
  json_object_set_int_member (record->facts, "parent_pid", parent_pid);
  json_object_set_string_member (record->facts, "command", command);
  json_object_set_array_member (record->facts, "runtimes", names);
  json_object_set_int_member (record->facts, "begin_ns", begin_ns);
  json_object_set_int_member (record->facts, "seen_ns", now_ns);
  say_lost (record);
  write_facts (record);
}

/* What it names is looked up as what a record of the channel does. */
static void
add_keyframe_event (const ChannelEvent *event, void *data)
{
  AnalysisRecord *record = data;

  recording_writer_add_keyframe_event (record->writer, record->number, event);
  if (event->location != 0 && g_hash_table_size (record->locations) < MAX_ADDRESSES)
    g_hash_table_add (record->locations, GUINT_TO_POINTER (event->location));
}

static void
prepare_keyframe_event (const ChannelEvent *event, gboolean is_near, void *data)
{
  analysis_record_prepare (data, event, is_near);
}

static const ModelAheadFuncs keyframe_funcs = { add_keyframe_event, prepare_keyframe_event };

void
analysis_record_keyframe (AnalysisRecord *record, ModelTarget *model, gboolean is_first)
{
  if (record == NULL)
    return;
  recording_writer_begin_keyframe (record->writer, record->number, is_first);
  model_keyframe_tell_ahead (model, &keyframe_funcs, record);
  recording_writer_end_keyframe (record->writer, record->number);
}

gboolean
analysis_record_wants_keyframe (const AnalysisRecord *record)
{
  return recording_writer_wants_keyframe (record->writer, record->number);
}

guint32
analysis_record_get_number (const AnalysisRecord *record)
{
  return record->number;
}

/* ---- At its end ----------------------------------------------------------------------------- */

typedef struct
{
  AnalysisRecord *record;
  DebugSymbols *symbols;
  GHashTable *done; /* addresses, of either kind */
  GByteArray *bytes;
} Symbolizing;

static void
write_symbol (Symbolizing *self, guint64 address, DebugAddressClass of)
{
  gpointer key = GSIZE_TO_POINTER (address << 1 | (of == DEBUG_ADDRESS_CALL));
  const DebugSymbol *found;

  if (address == 0 || !g_hash_table_add (self->done, key))
    return;
  found = analysis_tables_find_symbol (self->record->tables, address);
  if (found == NULL)
    found = debug_symbols_lookup (self->symbols, address, of);
  if (found->function == NULL && found->module == NULL)
    return;
  for (guint depth = 0; found != NULL && depth < RECORDING_SYMBOL_MAX_DEPTH; depth++)
    {
      const RecordingSymbol symbol = { .function = found->function,
                                       .file = found->file,
                                       .module = found->module,
                                       .line = found->line,
                                       .offset = found->offset,
                                       .exact = found->exact };

      recording_symbol_write (address, of, depth, &symbol, self->bytes);
      found = found->caller;
    }
}

static void
write_location (Symbolizing *self, guint32 number)
{
  ChannelLocationInfo location;

  if (!analysis_tables_of_model.get_location (self->record->tables, number, &location) ||
      location.of == CHANNEL_LOCATION_STATIC)
    return;
  write_symbol (self, location.address,
                location.of == CHANNEL_LOCATION_FUNCTION ? DEBUG_ADDRESS_FUNCTION
                                                         : DEBUG_ADDRESS_CALL);
  for (guint32 i = 0; i < location.n_frames; i++)
    write_symbol (self, location.frames[i], DEBUG_ADDRESS_CALL);
}

static void
write_symbols (AnalysisRecord *record)
{
  Symbolizing symbolizing = { record, debug_symbols_new (), g_hash_table_new (NULL, NULL),
                              g_byte_array_new () };
  guint32 n = analysis_tables_of_recording.count_modules (record->tables);
  GHashTableIter iter;
  gpointer key;

  for (guint32 i = 1; i <= n; i++)
    {
      ChannelModuleInfo module;

      if (analysis_tables_of_recording.get_module (record->tables, i, &module))
        debug_symbols_add_module (symbolizing.symbols, module.path, module.start, module.end,
                                  module.bias, module.build_id, module.build_id_length);
    }
  g_hash_table_iter_init (&iter, record->locations);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    write_location (&symbolizing, GPOINTER_TO_UINT (key));
  g_hash_table_iter_init (&iter, record->codes);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    write_symbol (&symbolizing, GPOINTER_TO_SIZE (key), DEBUG_ADDRESS_FUNCTION);
  g_hash_table_iter_init (&iter, record->calls);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      write_symbol (&symbolizing, GPOINTER_TO_SIZE (key), DEBUG_ADDRESS_CALL);
      /* Of which function it is: see analysis_places_call_is_in(). */
      write_symbol (&symbolizing, GPOINTER_TO_SIZE (key) - 1, DEBUG_ADDRESS_FUNCTION);
    }
  recording_writer_add_symbols (record->writer, record->number, symbolizing.bytes);
  g_byte_array_unref (symbolizing.bytes);
  g_hash_table_unref (symbolizing.done);
  debug_symbols_free (symbolizing.symbols);
}

void
analysis_record_name (AnalysisRecord *record)
{
  if (record != NULL)
    write_symbols (record);
}

void
analysis_record_tell_end (AnalysisRecord *record, gboolean status_is_known, int wait_status)
{
  if (record == NULL)
    return;
  json_object_set_boolean_member (record->facts, "ended", TRUE);
  if (status_is_known && WIFEXITED (wait_status))
    json_object_set_int_member (record->facts, "exit_status", WEXITSTATUS (wait_status));
  if (status_is_known && WIFSIGNALED (wait_status))
    json_object_set_int_member (record->facts, "exit_signal", WTERMSIG (wait_status));
}

void
analysis_record_end (AnalysisRecord *record)
{
  if (record == NULL)
    return;
  /* What it said last comes first: where the disk has no room for that, it is not said that it has ended. */
  recording_writer_flush_target (record->writer, record->number);
  say_lost (record);
  write_symbols (record);
  write_facts (record);
  analysis_timeline_finish (record->timeline);
  recording_writer_end_target (record->writer, record->number);
  json_object_unref (record->facts);
  g_hash_table_unref (record->locations);
  g_hash_table_unref (record->codes);
  g_hash_table_unref (record->calls);
  g_free (record);
}
