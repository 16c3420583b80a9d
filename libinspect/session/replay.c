/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A recording as the source of a session: nothing above it can tell it from a live channel. */

#include "session/replay.h"

#include <stdlib.h>
#include <glib/gi18n-lib.h>
#include <json-glib/json-glib.h>

#include "session/history.h"
#include "session/session-private.h"

/* What one program of a recording is shown from; as long as its target. */
struct _AnalysisReplayTables
{
  RecordingTables *tables;
  RecordingSymbols *symbols;
  DebugSymbols *local;                           /* NULL: they are in the recording */
  DebugSymbol found[RECORDING_SYMBOL_MAX_DEPTH]; /* looked up last */
};

static gboolean
has_symbols (RecordingReader *reader, guint32 number)
{
  for (guint i = recording_reader_get_n_blocks (reader); i > 0; i--)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i - 1);

      if (block->type == RECORDING_SYMBOLS && block->target == number)
        return TRUE;
    }
  return FALSE;
}

/* Names come last. Of a recording that is still being written, or was never finished, they are those of the files that
 * are here, where these are known to be the same: by a build id. */
static DebugSymbols *
find_symbols (RecordingTables *tables)
{
  DebugSymbols *symbols = debug_symbols_new ();

  for (guint32 i = 1; i <= recording_tables_count_modules (tables); i++)
    {
      g_autofree char *name = NULL;
      ChannelModuleInfo module;

      if (!recording_tables_get_module (tables, i, &module) || module.path == NULL)
        continue;
      /* No file is opened by a name alone. */
      name = g_path_get_basename (module.path);
      debug_symbols_add_module (symbols, module.build_id_length > 0 ? module.path : name,
                                module.start, module.end, module.bias, module.build_id,
                                module.build_id_length);
    }
  return symbols;
}

AnalysisReplayTables *
analysis_replay_tables_new (RecordingReader *reader, guint32 number)
{
  AnalysisReplayTables *replay = g_new0 (AnalysisReplayTables, 1);

  replay->tables = recording_reader_read_tables (reader, number, NULL);
  replay->symbols = recording_reader_read_symbols (reader, number);
  if (!has_symbols (reader, number))
    replay->local = find_symbols (replay->tables);
  return replay;
}

void
analysis_replay_tables_free (AnalysisReplayTables *replay)
{
  if (replay == NULL)
    return;
  recording_tables_free (replay->tables);
  recording_symbols_free (replay->symbols);
  g_clear_pointer (&replay->local, debug_symbols_free);
  g_free (replay);
}

/* ---- Tables and symbols --------------------------------------------------------------------- */

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  return recording_tables_get_kind (((AnalysisReplayTables *)data)->tables, number, ret_info);
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  return recording_tables_get_location (((AnalysisReplayTables *)data)->tables, number, ret_info);
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return recording_tables_get_string (((AnalysisReplayTables *)data)->tables, offset);
}

const ModelTables analysis_replay_tables = { get_kind, get_location, get_string };

const DebugSymbol *
analysis_replay_symbolize (gpointer data, guint64 address, DebugAddressClass of)
{
  AnalysisReplayTables *replay = data;
  const RecordingSymbol *symbol;

  if (replay->local != NULL)
    return debug_symbols_lookup (replay->local, address, of);
  replay->found[0] = (DebugSymbol){ 0 };
  for (guint i = 0; i < RECORDING_SYMBOL_MAX_DEPTH &&
                    (symbol = recording_symbols_get (replay->symbols, address, of, i)) != NULL;
       i++)
    {
      replay->found[i] = (DebugSymbol){ .function = symbol->function,
                                        .file = symbol->file,
                                        .line = symbol->line,
                                        .module = symbol->module,
                                        .offset = symbol->offset,
                                        .exact = symbol->exact };
      if (i > 0)
        replay->found[i - 1].caller = &replay->found[i];
    }
  return &replay->found[0];
}

/* ---- The kernel's word ---------------------------------------------------------------------- */

/* Its pids may be those of others by now. */
static gboolean
get_no_socket (int pid, int fd, TargetSocket *ret_socket)
{
  return FALSE;
}

static gboolean
get_no_process (int pid, TargetProcess *ret_process)
{
  return FALSE;
}

static gboolean
get_no_thread (int pid, int tid, char **ret_name, char *ret_state)
{
  return FALSE;
}

const AnalysisFactsSource analysis_no_facts = { .get_socket = get_no_socket,
                                                .get_process = get_no_process,
                                                .get_thread = get_no_thread };

/* ---- Targets -------------------------------------------------------------------------------- */

static JsonObject *
read_facts (RecordingReader *reader, guint32 number)
{
  g_autofree char *text = recording_reader_dup_facts (reader, number);
  g_autoptr (JsonNode) node = text != NULL ? json_from_string (text, NULL) : NULL;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return json_object_new ();
  return json_node_dup_object (node);
}

static gint64
get_number (JsonObject *facts, const char *name, gint64 missing)
{
  gint64 value = json_object_get_int_member_with_default (facts, name, missing);

  return value >= G_MININT32 && value <= G_MAXINT32 ? value : missing;
}

static void
add_runtimes (InspectorTarget *target, JsonObject *facts)
{
  JsonNode *names = json_object_get_member (facts, "runtimes");
  JsonArray *array =
      names != NULL && JSON_NODE_HOLDS_ARRAY (names) ? json_node_get_array (names) : NULL;

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonNode *name = json_array_get_element (array, i);

      if (json_node_get_value_type (name) == G_TYPE_STRING)
        inspector_target_add_runtime (target, json_node_get_string (name), NULL);
    }
}

static void
set_ended (InspectorTarget *target, JsonObject *facts)
{
  gint64 status = get_number (facts, "exit_status", -1);
  gint64 signal = get_number (facts, "exit_signal", -1);

  if (status >= 0 && status <= 255)
    inspector_target_set_ended (target, TRUE, (int)status << 8);
  else if (signal > 0 && signal < 127)
    inspector_target_set_ended (target, TRUE, (int)signal);
  else if (json_object_get_boolean_member_with_default (facts, "ended", FALSE))
    inspector_target_set_ended (target, FALSE, 0);
  /* Else it went on when the recording was over. */
}

/* The records of one program on their way into its target. */
typedef struct
{
  InspectorTarget *target;
  gint64 from_ns; /* what was before need not be known but for what it left */
  gint64 until_ns;
} Feed;

static void
ingest (const ChannelEvent *event, void *data)
{
  const Feed *feed = data;

  if (event->time_ns <= feed->until_ns)
    inspector_target_ingest_later (feed->target, event);
}

gboolean
analysis_replay_is_wanted (const RecordingIndexEntry *block, const RecordingIndexEntry *before)
{
  if (block->type != RECORDING_KEYFRAME)
    return block->type == RECORDING_EVENTS;
  if ((block->flags & RECORDING_FLAG_CONTINUES) != 0)
    return before != NULL && before->type == RECORDING_KEYFRAME;
  return before == NULL;
}

/* The last keyframe before the time that is wanted; 0: all is read from the beginning. */
static guint
find_first_block (RecordingReader *reader, guint32 number, gint64 from_ns)
{
  for (guint i = recording_reader_get_n_blocks (reader); i > 0; i--)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i - 1);

      if (block->type == RECORDING_KEYFRAME && block->target == number &&
          block->last_ns <= from_ns && (block->flags & RECORDING_FLAG_CONTINUES) == 0)
        return i - 1;
    }
  return 0;
}

/* Up to the first block that is damaged, for what follows needs what is in it. */
static void
read_events (RecordingReader *reader, guint32 number, Feed *feed, JsonObject *facts,
             const AnalysisReplayFuncs *funcs, gpointer data)
{
  gint64 first_ns = json_object_get_int_member_with_default (facts, "begin_ns", 0);
  gint64 last_ns = json_object_get_int_member_with_default (facts, "seen_ns", 0);
  gboolean has_ended =
      json_object_get_boolean_member_with_default (facts, "ended", FALSE) && last_ns > 0;
  const RecordingIndexEntry *before = NULL;

  for (guint i = find_first_block (reader, number, feed->from_ns);
       i < recording_reader_get_n_blocks (reader); i++)
    {
      const RecordingIndexEntry *block = recording_reader_get_block (reader, i);
      gboolean is_whole;

      if (block->target != number || !analysis_replay_is_wanted (block, before) ||
          block->first_ns > feed->until_ns)
        continue;
      if (before == NULL && block->type == RECORDING_KEYFRAME)
        inspector_target_begin_profile_at (feed->target, block->last_ns);
      before = block;
      if (funcs->goes_on != NULL && !funcs->goes_on (data))
        break;
      is_whole = recording_reader_read_events (reader, i, ingest, feed, NULL);
      inspector_target_ingest_rest (feed->target);
      if (!is_whole)
        break;
      if (first_ns == 0)
        first_ns = block->first_ns;
      last_ns = MAX (last_ns, block->last_ns);
    }
  /* Its end was told of by the clock of who recorded it, as live; the last record may seem to be later. */
  if (has_ended)
    last_ns = json_object_get_int_member (facts, "seen_ns");
  last_ns = MIN (last_ns, feed->until_ns);
  inspector_target_set_times (feed->target, MIN (first_ns, last_ns), last_ns);
  if (has_ended && last_ns < feed->until_ns)
    inspector_target_end_history (feed->target);
  inspector_target_stop_clock (feed->target);
}

static void
add_target (InspectorSession *session, RecordingReader *reader, guint32 number, gint64 from_ns,
            gint64 until_ns, const AnalysisReplayFuncs *funcs, gpointer data)
{
  AnalysisReplayTables *replay = analysis_replay_tables_new (reader, number);
  g_autofree char *key = g_strdup_printf ("inspector-replay-%u", number);
  JsonObject *facts = read_facts (reader, number);
  InspectorTarget *target = inspector_session_add_target (
      session, (int)get_number (facts, "pid", 0),
      json_object_get_string_member_with_default (facts, "command", "?"),
      (int)get_number (facts, "parent_pid", 0));
  Feed feed = { target, from_ns, until_ns };

  g_object_set_data_full (G_OBJECT (target), key, replay,
                          (GDestroyNotify)analysis_replay_tables_free);
  inspector_target_attach_tables (target, &analysis_replay_tables, replay,
                                  analysis_replay_symbolize, replay);
  inspector_target_add_lost (
      target, (guint64)MAX ((gint64)recording_reader_get_lost (reader, number),
                            json_object_get_int_member_with_default (facts, "lost", 0)));
  add_runtimes (target, facts);
  set_ended (target, facts);
  if (inspector_session_get_history (session) != NULL)
    analysis_history_set_recording (inspector_session_get_history (session),
                                    inspector_target_get_model (target),
                                    recording_reader_get_path (reader), number);
  if (funcs->begin != NULL)
    funcs->begin (data, target, number);
  read_events (reader, number, &feed, facts, funcs, data);
  if (until_ns == ANALYSIS_REPLAY_ALL)
    inspector_target_recall (target, facts);
  if (funcs->end != NULL)
    funcs->end (data, target);
  json_object_unref (facts);
}

char **
analysis_replay_dup_libraries (RecordingReader *reader)
{
  JsonObject *facts = read_facts (reader, 0);
  JsonNode *libraries = json_object_get_member (facts, "libraries");
  JsonArray *array = libraries != NULL && JSON_NODE_HOLDS_ARRAY (libraries)
                         ? json_node_get_array (libraries)
                         : NULL;
  g_autoptr (GStrvBuilder) names = g_strv_builder_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    if (json_node_get_value_type (json_array_get_element (array, i)) == G_TYPE_STRING)
      g_strv_builder_add (names, json_array_get_string_element (array, i));
  json_object_unref (facts);
  return g_strv_builder_end (names);
}

void
analysis_replay_get_facts (RecordingReader *reader, guint32 number, int *ret_pid,
                           gint64 *ret_seen_ns, gboolean *ret_has_ended)
{
  JsonObject *facts = read_facts (reader, number);

  *ret_pid = (int)get_number (facts, "pid", 0);
  *ret_seen_ns = json_object_get_int_member_with_default (facts, "seen_ns", 0);
  *ret_has_ended = json_object_get_boolean_member_with_default (facts, "ended", FALSE);
  json_object_unref (facts);
}

gint64
analysis_replay_find_end (RecordingReader *reader, gint64 last_ns, gint64 max_ns)
{
  for (guint32 i = 1; i <= recording_reader_get_n_targets (reader); i++)
    {
      gint64 seen_ns;
      gboolean has_ended;
      int pid;

      analysis_replay_get_facts (reader, i, &pid, &seen_ns, &has_ended);
      if (seen_ns > last_ns && seen_ns <= max_ns)
        last_ns = seen_ns;
    }
  return last_ns;
}

static void
set_session (InspectorSession *session, RecordingReader *reader)
{
  JsonObject *facts = read_facts (reader, 0);
  gint64 stuck_after_ns = json_object_get_int_member_with_default (facts, "stuck_after_ns", 0);
  g_auto (GStrv) libraries = analysis_replay_dup_libraries (reader);

  if (stuck_after_ns > 0)
    inspector_session_set_stuck_after (session, stuck_after_ns);
  inspector_session_set_runtime_libraries (session, (const char *const *)libraries);
  json_object_unref (facts);
}

void
analysis_replay (InspectorSession *session, RecordingReader *reader, gint64 from_ns,
                 gint64 until_ns, const AnalysisReplayFuncs *funcs, gpointer data)
{
  set_session (session, reader);
  inspector_session_set_facts_source (session, &analysis_no_facts);
  for (guint32 i = 1; i <= recording_reader_get_n_targets (reader); i++)
    add_target (session, reader, i, from_ns, until_ns, funcs, data);
}

char *
analysis_replay_dup_warning (RecordingReader *reader, const char *path)
{
  RecordingDamage damage;

  recording_reader_get_damage (reader, &damage);
  if (damage.n_unread > 0)
    {
      g_autofree char *offset = g_strdup_printf ("%" G_GUINT64_FORMAT, damage.damage_offset);
      g_autofree char *unread = g_strdup_printf ("%" G_GUINT64_FORMAT, damage.n_unread);

      return g_strdup_printf (_ ("the recording '%s' is damaged at byte %s; %s bytes from there on "
                                 "were not read"),
                              path, offset, unread);
    }
  if (damage.has_no_index)
    return g_strdup_printf (_ ("the recording '%s' has no index: it was cut off, or is still being "
                               "written; 'async-inspect repair' gives it one"),
                            path);
  return NULL;
}

gboolean
inspector_session_open_recording (InspectorSession *session, const char *path, char **ret_warning,
                                  GError **error)
{
  static const AnalysisReplayFuncs nobody = { NULL };
  RecordingReader *reader;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);

  reader = recording_reader_open (path, error);
  if (reader == NULL)
    return FALSE;
  analysis_replay (session, reader, 0, ANALYSIS_REPLAY_ALL, &nobody, NULL);
  if (ret_warning != NULL)
    *ret_warning = analysis_replay_dup_warning (reader, path);
  recording_reader_close (reader);
  return TRUE;
}
