/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "actions.h"

#include <glib/gi18n-lib.h>

#include "causes.h"
#include "page.h"

#define ZOOM_STEP 1.5
#define PAN_SHARE 0.12

static TimelineScene *
get_scene (GtkWidget *page)
{
  return timeline_page_get_scene (TIMELINE_PAGE (page));
}

static UiSession *
get_session (GtkWidget *page)
{
  return timeline_scene_get_session (get_scene (page));
}

/* ---- Zoom and pan -------------------------------------------------------------------------------- */

/* At the pointer; else at the cursor, where it is seen. */
static void
zoom (GtkWidget *page, double factor)
{
  TimelineScene *scene = get_scene (page);
  double width = timeline_scene_get_width (scene);
  double x, y, cursor = timeline_scene_get_x_of (scene, ui_session_get_cursor (get_session (page)));

  if (!timeline_scene_get_pointer (scene, &x, &y))
    x = cursor >= 0 && cursor <= width ? cursor : width / 2;
  timeline_scene_zoom (scene, x, factor);
}

static void
zoom_in (GtkWidget *page)
{
  zoom (page, ZOOM_STEP);
}

static void
zoom_out (GtkWidget *page)
{
  zoom (page, 1 / ZOOM_STEP);
}

/* As A and D lie on the keyboard, so goes the view. */
static void
pan_left (GtkWidget *page)
{
  timeline_scene_pan (get_scene (page), -timeline_scene_get_width (get_scene (page)) * PAN_SHARE);
}

static void
pan_right (GtkWidget *page)
{
  timeline_scene_pan (get_scene (page), timeline_scene_get_width (get_scene (page)) * PAN_SHARE);
}

static void
fit_all (GtkWidget *page)
{
  timeline_scene_fit_all (get_scene (page));
}

/* Times that F would show: the range, else the life of the selected task. */
static gboolean
get_fit (GtkWidget *page, gint64 *from_ns, gint64 *to_ns)
{
  TimelineScene *scene = get_scene (page);
  InspectorTrack info;
  gint64 first_ns, last_ns;
  guint track;

  if (ui_session_get_range (get_session (page), from_ns, to_ns))
    return TRUE;
  if (!timeline_scene_get_selected (scene, &track) ||
      !timeline_scene_get_range (scene, &first_ns, &last_ns) ||
      !inspector_history_get_track (timeline_scene_get_history (scene), track, &info))
    return FALSE;
  *from_ns = info.begin_ns;
  *to_ns = MIN (info.end_ns, last_ns);
  return TRUE;
}

/* A second time: everything. */
static void
fit (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  const TimelineViewport *viewport = timeline_scene_get_viewport (scene);
  gint64 from_ns, to_ns;
  TimelineViewport fitted = *viewport;

  if (!get_fit (page, &from_ns, &to_ns))
    {
      fit_all (page);
      return;
    }
  timeline_viewport_fit (&fitted, from_ns, to_ns);
  if (fitted.column == viewport->column && fitted.ns_per_column == viewport->ns_per_column)
    fit_all (page);
  else
    timeline_scene_fit (scene, from_ns, to_ns);
}

static void
go_back (GtkWidget *page)
{
  timeline_scene_go_back (get_scene (page));
}

static void
go_forth (GtkWidget *page)
{
  timeline_scene_go_forth (get_scene (page));
}

static void
follow (GtkWidget *page)
{
  UiSession *session = get_session (page);
  gboolean is_following = ui_session_is_following (session);

  ui_session_set_following (session, !is_following);
  timeline_scene_set_follow (get_scene (page),
                             is_following ? TIMELINE_FOLLOW_NOT : TIMELINE_FOLLOW_EDGE);
}

/* ---- Rows ---------------------------------------------------------------------------------------- */

static void
select_by (GtkWidget *page, int by)
{
  TimelineScene *scene = get_scene (page);
  guint track, row, n;
  const TimelineRow *rows = timeline_rows_get (timeline_scene_get_rows (scene), &n);
  gint64 at;

  if (timeline_scene_get_selected (scene, &track) &&
      timeline_rows_find (timeline_scene_get_rows (scene), track, &row))
    at = (gint64)row + by;
  else
    at = timeline_viewport_get_row (timeline_scene_get_viewport (scene), 0);
  while (at >= 0 && at < n && rows[at].track == G_MAXUINT)
    at += by > 0 ? 1 : -1;
  if (at >= 0 && at < n)
    timeline_scene_select (scene, rows[at].track);
}

static void
select_next (GtkWidget *page)
{
  select_by (page, 1);
}

static void
select_previous (GtkWidget *page)
{
  select_by (page, -1);
}

static void
higher (GtkWidget *page)
{
  timeline_scene_change_row_height (get_scene (page), 1);
}

static void
lower (GtkWidget *page)
{
  timeline_scene_change_row_height (get_scene (page), -1);
}

static void
toggle_patterns (GtkWidget *page)
{
  timeline_scene_set_patterns (get_scene (page), !timeline_scene_get_patterns (get_scene (page)));
}

/* ---- Spans of the selected task ------------------------------------------------------------------ */

static void
step (GtkWidget *page, gboolean forth)
{
  TimelineScene *scene = get_scene (page);
  UiSession *session = get_session (page);
  InspectorHistory *history = timeline_scene_get_history (scene);
  gint64 at_ns = ui_session_get_cursor (session);
  InspectorSpan span;
  guint track;

  if (!timeline_scene_get_selected (scene, &track))
    return;
  if (!inspector_history_get_state_at (history, track, forth ? at_ns : at_ns - 1, &span))
    {
      InspectorTrack info;

      if (forth && inspector_history_get_track (history, track, &info))
        ui_session_set_cursor (session, info.begin_ns);
    }
  else if (!forth || span.end_ns != G_MAXINT64)
    ui_session_set_cursor (session, forth ? span.end_ns : span.begin_ns);
  timeline_scene_show_time (scene, ui_session_get_cursor (session));
}

static void
step_forth (GtkWidget *page)
{
  step (page, TRUE);
}

static void
step_back (GtkWidget *page)
{
  step (page, FALSE);
}

const InspectViewCommand timeline_commands[] = {
  { "zoom-in", N_ ("Zoom in"), "w|plus|<Control>plus|equal", zoom_in },
  { "zoom-out", N_ ("Zoom out"), "s|minus|<Control>minus", zoom_out },
  { "pan-left", N_ ("Move the view to the left"), "a", pan_left },
  { "pan-right", N_ ("Move the view to the right"), "d", pan_right },
  { "fit", N_ ("Fit the selection; again: everything"), "f", fit },
  { "fit-all", N_ ("Fit everything"), "Home|<Control>0", fit_all },
  { "go-back", N_ ("Go back to what was shown before"), "<Alt>Left|<Control>z", go_back },
  { "go-forth", N_ ("Go forth again"), "<Alt>Right|<Control>y", go_forth },
  { "follow", N_ ("Follow what happens, or pause"), "space", follow },
  { "next-row", N_ ("Select the next task"), "Down", select_next },
  { "previous-row", N_ ("Select the task before"), "Up", select_previous },
  { "next-span", N_ ("Go to the next thing that the task does"), "Right|period", step_forth },
  { "previous-span", N_ ("Go to what the task did before"), "Left|comma", step_back },
  { "higher", N_ ("Higher rows"), "<Shift>plus|<Control><Shift>Up", higher },
  { "lower", N_ ("Lower rows"), "<Shift>underscore|<Control><Shift>Down", lower },
  { "patterns", N_ ("Draw patterns over the colours, or not"), NULL, toggle_patterns },
  { NULL },
};
