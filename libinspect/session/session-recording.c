/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A session into a file: all of it as it happens, or what came last once something has happened. */

#include "config.h"

#include "session/session-private.h"
#include "session/time-index.h"

/* Keyframes of a flight recorder: often enough that little more is kept than was asked for. */
#define KEYFRAMES_A_WINDOW 4
#define MIN_KEYFRAME_GAP_NS G_GINT64_CONSTANT (250000000)
/* Those that are due by size take one in so many of the time: what they are of may be large itself. */
#define KEYFRAME_SHARE 16
#define MAX_KEYFRAME_GAP_NS G_GINT64_CONSTANT (5000000000)

typedef void (*TargetFunc) (InspectorTarget *target, gpointer data);

static void
for_each_target (InspectorSession *session, TargetFunc func, gpointer data)
{
  GListModel *targets = inspector_session_get_targets (session);

  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      func (target, data);
    }
}

/* ---- All of it ----------------------------------------------------------------------------------- */

/* By what it is judged and shown, so that who opens it sees the same. */
static void
say_session (InspectorSession *session, RecordingWriter *writer)
{
  const char *const *libraries = inspector_session_get_runtime_libraries (session);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *facts = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_string_value (builder, PACKAGE_VERSION);
  json_builder_set_member_name (builder, "stuck_after_ns");
  json_builder_add_int_value (builder, inspector_session_get_stuck_after (session));
  json_builder_set_member_name (builder, "libraries");
  json_builder_begin_array (builder);
  for (guint i = 0; libraries != NULL && libraries[i] != NULL; i++)
    json_builder_add_string_value (builder, libraries[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  node = json_builder_get_root (builder);
  facts = json_to_string (node, FALSE);
  recording_writer_add_facts (writer, 0, facts);
}

static void
set_recording (InspectorTarget *target, gpointer writer)
{
  inspector_target_set_recording (target, writer);
}

static void
begin (InspectorSession *session, RecordingWriter *writer)
{
  inspector_session_get_recording (session)->writer = writer;
  say_session (session, writer);
  for_each_target (session, set_recording, writer);
}

static gboolean
is_recording (InspectorSession *session)
{
  return inspector_session_get_recording (session)->writer != NULL;
}

gboolean
inspector_session_start_recording (InspectorSession *session, const char *path, gboolean lossless,
                                   GError **error)
{
  const RecordingOptions options = { .lossless = lossless };
  RecordingWriter *writer;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session) && !is_recording (session), FALSE);

  writer = recording_writer_new (path, &options, error);
  if (writer == NULL)
    return FALSE;
  begin (session, writer);
  return TRUE;
}

gboolean
inspector_session_stop_recording (InspectorSession *session, InspectorRecordingStats *ret_stats,
                                  GError **error)
{
  RecordingStats stats = { 0 };
  gboolean is_whole = TRUE;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);

  if (is_recording (session))
    {
      SessionRecording *recording = inspector_session_get_recording (session);

      for_each_target (session, set_recording, NULL);
      recording->keyframe_gap_ns = 0;
      is_whole = recording_writer_close (g_steal_pointer (&recording->writer), &stats, error);
    }
  if (ret_stats != NULL)
    *ret_stats = (InspectorRecordingStats){ stats.events, stats.dropped, stats.bytes };
  return is_whole;
}

/* ---- Flight recorder ------------------------------------------------------------------------------- */

static void
add_keyframe (InspectorTarget *target, gpointer is_first)
{
  if (inspector_target_add_keyframe (target, *(gboolean *)is_first))
    *(gboolean *)is_first = FALSE;
}

/* Whole stretches between keyframes are let go: of a program that says much the size alone would let nothing go that
 * is not old. */
gboolean
inspector_session_is_keyframe_due (const SessionRecording *recording, gint64 now_ns, guint64 bytes)
{
  gint64 gap_ns = now_ns - recording->keyframe_ns;

  return gap_ns >= recording->keyframe_gap_ns ||
         (gap_ns >= MAX (MIN_KEYFRAME_GAP_NS, recording->keyframe_took_ns * KEYFRAME_SHARE) &&
          recording->keyframe_gap_bytes > 0 &&
          bytes - recording->keyframe_bytes >= recording->keyframe_gap_bytes);
}

void
inspector_session_add_keyframes (InspectorSession *session)
{
  SessionRecording *recording = inspector_session_get_recording (session);
  gint64 now_ns = g_get_monotonic_time () * 1000;
  gboolean is_first = TRUE;
  RecordingStats stats;

  if (recording->keyframe_gap_ns == 0)
    return;
  recording_writer_get_stats (recording->writer, &stats);
  if (!inspector_session_is_keyframe_due (recording, now_ns, stats.bytes))
    return;
  recording->keyframe_ns = now_ns;
  recording->keyframe_bytes = stats.bytes;
  for_each_target (session, add_keyframe, &is_first);
  recording->keyframe_took_ns = g_get_monotonic_time () * 1000 - now_ns;
}

gboolean
inspector_session_start_flight_recorder (InspectorSession *session, gint64 keep_ns,
                                         guint64 keep_bytes, GError **error)
{
  gint64 window_ns = keep_ns > 0 ? keep_ns : MAX_KEYFRAME_GAP_NS * KEYFRAMES_A_WINDOW;
  SessionRecording *recording;
  RecordingWriter *writer;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session) && !is_recording (session), FALSE);
  g_return_val_if_fail (keep_ns > 0 || keep_bytes > 0, FALSE);

  writer = recording_writer_new_flight (keep_ns, keep_bytes, error);
  if (writer == NULL)
    return FALSE;
  recording = inspector_session_get_recording (session);
  recording->keyframe_gap_ns =
      CLAMP (window_ns / KEYFRAMES_A_WINDOW, MIN_KEYFRAME_GAP_NS, MAX_KEYFRAME_GAP_NS);
  recording->keyframe_ns = g_get_monotonic_time () * 1000;
  recording->keyframe_gap_bytes = keep_bytes / KEYFRAMES_A_WINDOW;
  recording->keyframe_bytes = 0;
  begin (session, writer);
  return TRUE;
}

static void
name_record (InspectorTarget *target, gpointer data)
{
  inspector_target_name_record (target);
}

gboolean
inspector_session_save_flight (InspectorSession *session, const char *path,
                               InspectorRecordingStats *ret_stats, GError **error)
{
  SessionRecording *recording;
  RecordingStats stats = { 0 };
  gboolean is_whole;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), FALSE);
  recording = inspector_session_get_recording (session);
  g_return_val_if_fail (recording->keyframe_gap_ns != 0, FALSE);

  for_each_target (session, name_record, NULL);
  analysis_indexing_cancel (g_steal_pointer (&recording->indexing));
  is_whole = recording_writer_save (recording->writer, path, &stats, error);
  /* The file is whole by now, and of use; it opens the faster once this is done. */
  if (is_whole)
    recording->indexing = analysis_indexing_begin (path);
  if (ret_stats != NULL)
    *ret_stats = (InspectorRecordingStats){ stats.events, stats.dropped, stats.bytes };
  return is_whole;
}
