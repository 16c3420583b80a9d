/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <csv.h>

/* ---- CSV ----------------------------------------------------------------------------------------- */

/* Columns of states, as programs read them. */
static const struct
{
  const char *title;
  InspectorState state;
} states[] = {
  { "running_ns", INSPECTOR_STATE_RUNNING }, { "ready_ns", INSPECTOR_STATE_READY },
  { "waiting_ns", INSPECTOR_STATE_WAITING }, { "sleeping_ns", INSPECTOR_STATE_SLEEPING },
  { "resting_ns", INSPECTOR_STATE_RESTING }, { "blocked_ns", INSPECTOR_STATE_BLOCKED },
  { "unknown_ns", INSPECTOR_STATE_UNKNOWN },
};

static void
append_task (GString *csv, InspectorHistory *history, guint track, gint64 first_ns, gint64 from_ns,
             gint64 to_ns)
{
  g_autofree char *name = inspector_history_dup_name (history, track);
  gint64 sums[INSPECTOR_N_STATES];
  InspectorTrack info;

  if (!inspector_history_get_track (history, track, &info))
    return;
  inspector_history_get_coverage (history, track, from_ns, to_ns, 1, sums);
  ui_csv_append_number (csv, (gint64)info.number);
  ui_csv_append (csv, name);
  ui_csv_append_number (csv, (gint64)info.parent);
  ui_csv_append_number (csv, info.pid);
  ui_csv_append_number (csv, info.begin_ns - first_ns);
  if (info.end_ns != G_MAXINT64)
    ui_csv_append_number (csv, info.end_ns - first_ns);
  else
    ui_csv_append (csv, "");
  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    ui_csv_append_number (csv, sums[states[i].state]);
  ui_csv_end_line (csv);
}

char *
timeline_table_dup_csv (TimelineScene *scene)
{
  const TimelineViewport *viewport = timeline_scene_get_viewport (scene);
  GString *csv = g_string_new ("task,name,parent,pid,begin_ns,end_ns");
  gint64 first_ns, last_ns;
  guint n;
  const TimelineRow *rows = timeline_rows_get (timeline_scene_get_rows (scene), &n);

  for (guint i = 0; i < G_N_ELEMENTS (states); i++)
    ui_csv_append (csv, states[i].title);
  ui_csv_end_line (csv);
  timeline_scene_get_range (scene, &first_ns, &last_ns);
  for (guint i = 0; i < n; i++)
    if (rows[i].track != G_MAXUINT)
      append_task (csv, timeline_scene_get_history (scene), rows[i].track, first_ns,
                   timeline_viewport_get_from (viewport), timeline_viewport_get_to (viewport));
  return g_string_free (csv, FALSE);
}

/* ---- What is kept -------------------------------------------------------------------------------- */

/* Tasks are kept by their numbers, which are the same each time a recording is read. */
static void
save_tracks (TimelineScene *scene, GArray *tracks, GKeyFile *state, const char *group,
             const char *key)
{
  g_autoptr (GString) text = g_string_new (NULL);
  InspectorTrack info;

  for (guint i = 0; i < tracks->len; i++)
    if (inspector_history_get_track (timeline_scene_get_history (scene),
                                     g_array_index (tracks, guint, i), &info))
      g_string_append_printf (text, "%" G_GUINT64_FORMAT " ", info.number);
  g_key_file_set_string (state, group, key, text->str);
  g_array_unref (tracks);
}

static GArray *
load_tracks (TimelineScene *scene, GKeyFile *state, const char *group, const char *key)
{
  g_autofree char *text = g_key_file_get_string (state, group, key, NULL);
  g_auto (GStrv) words = g_strsplit (text != NULL ? text : "", " ", -1);
  GArray *tracks = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; words[i] != NULL; i++)
    {
      guint64 number;
      guint track;

      if (g_ascii_string_to_unsigned (words[i], 10, 1, G_MAXUINT64, &number, NULL) &&
          inspector_history_find_track (timeline_scene_get_history (scene), number, &track))
        g_array_append_val (tracks, track);
    }
  return tracks;
}

void
timeline_table_save (TimelineScene *scene, GKeyFile *state, const char *group)
{
  const TimelineViewport *viewport = timeline_scene_get_viewport (scene);
  TimelineRows *rows = timeline_scene_get_rows (scene);
  gboolean is_whole = timeline_scene_get_follow (scene) == TIMELINE_FOLLOW_ALL;

  g_key_file_set_int64 (state, group, "from", is_whole ? 0 : timeline_viewport_get_from (viewport));
  g_key_file_set_int64 (state, group, "to", is_whole ? 0 : timeline_viewport_get_to (viewport));
  g_key_file_set_integer (state, group, "grouping", (int)timeline_rows_get_grouping (rows));
  g_key_file_set_integer (state, group, "order", (int)timeline_rows_get_order (rows));
  g_key_file_set_integer (state, group, "row-height", timeline_scene_get_row_size (scene));
  g_key_file_set_boolean (state, group, "patterns", timeline_scene_get_patterns (scene));
  save_tracks (scene, timeline_rows_list_pinned (rows), state, group, "pinned");
  save_tracks (scene, timeline_rows_list_hidden (rows), state, group, "hidden");
}

void
timeline_table_load (TimelineScene *scene, GKeyFile *state, const char *group)
{
  TimelineRows *rows = timeline_scene_get_rows (scene);
  g_autoptr (GArray) pinned = load_tracks (scene, state, group, "pinned");
  g_autoptr (GArray) hidden = load_tracks (scene, state, group, "hidden");
  gint64 from_ns = g_key_file_get_int64 (state, group, "from", NULL);
  gint64 to_ns = g_key_file_get_int64 (state, group, "to", NULL);
  int row_height = g_key_file_get_integer (state, group, "row-height", NULL);

  timeline_rows_set_grouping (
      rows, (TimelineGrouping)MAX (g_key_file_get_integer (state, group, "grouping", NULL), 0));
  timeline_rows_set_order (
      rows, (TimelineOrder)MAX (g_key_file_get_integer (state, group, "order", NULL), 0));
  for (guint i = 0; i < hidden->len; i++)
    timeline_rows_hide (rows, g_array_index (hidden, guint, i));
  for (guint i = 0; i < pinned->len; i++)
    timeline_rows_set_pinned (rows, g_array_index (pinned, guint, i), TRUE);
  if (row_height > 0)
    timeline_scene_set_row_size (scene, row_height);
  if (g_key_file_has_key (state, group, "patterns", NULL))
    timeline_scene_set_patterns (scene, g_key_file_get_boolean (state, group, "patterns", NULL));
  timeline_scene_rows_changed (scene);
  timeline_scene_restore (scene, from_ns, to_ns);
}
