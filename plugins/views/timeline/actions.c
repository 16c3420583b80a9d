/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "actions.h"

#include <glib/gi18n-lib.h>

#include "causes.h"
#include "page.h"
#include "row-actions.h"
#include "words.h"

#define ZOOM_STEP 1.5
#define PAN_SHARE 0.12
#define EXTEND_SHARE 0.02

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

/* ---- The selected stretch of time ---------------------------------------------------------------- */

/* Its nearer edge goes with the cursor. */
static void
extend (GtkWidget *page, int direction)
{
  TimelineScene *scene = get_scene (page);
  UiSession *session = get_session (page);
  gint64 at_ns = ui_session_get_cursor (session), from_ns = at_ns, to_ns = at_ns, other_ns;
  gint64 step_ns = (gint64)((double)timeline_scene_get_viewport (scene)->ns_per_column *
                            timeline_scene_get_width (scene) * EXTEND_SHARE) +
                   1;

  if (timeline_scene_is_mirrored (scene))
    direction = -direction;
  ui_session_get_range (session, &from_ns, &to_ns);
  other_ns = ABS (at_ns - from_ns) < ABS (at_ns - to_ns) ? to_ns : from_ns;
  ui_session_set_cursor (session, at_ns + direction * step_ns);
  ui_session_set_range (session, other_ns, ui_session_get_cursor (session));
  timeline_scene_show_time (scene, ui_session_get_cursor (session));
}

static void
extend_left (GtkWidget *page)
{
  extend (page, -1);
}

static void
extend_right (GtkWidget *page)
{
  extend (page, 1);
}

/* What the selected task does at the cursor. */
static void
select_span (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  UiSession *session = get_session (page);
  gint64 first_ns, last_ns;
  InspectorSpan span;
  guint track;

  if (timeline_scene_get_selected (scene, &track) &&
      timeline_scene_get_range (scene, &first_ns, &last_ns) &&
      inspector_history_get_state_at (timeline_scene_get_history (scene), track,
                                      ui_session_get_cursor (session), &span))
    ui_session_set_range (session, span.begin_ns, MIN (span.end_ns, last_ns));
}

/* Also ends what is being measured. */
static void
select_no_range (GtkWidget *page)
{
  timeline_scene_set_measure (get_scene (page), 0);
  ui_session_set_range (get_session (page), 0, 0);
}

static void
measure (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);

  timeline_scene_set_measure (scene, timeline_scene_get_measure (scene) == 0
                                         ? ui_session_get_cursor (get_session (page))
                                         : 0);
}

/* ---- Who woke whom ------------------------------------------------------------------------------- */

typedef struct
{
  GWeakRef scene;
  gboolean forth;
} Walk;

static void
on_cause (GObject *source, GAsyncResult *result, gpointer data)
{
  Walk *walk = data;
  g_autoptr (TimelineScene) scene = g_weak_ref_get (&walk->scene);
  InspectorCause cause;

  if (scene != NULL && timeline_causes_step_finish (result, &cause))
    {
      UiSession *session = timeline_scene_get_session (scene);
      guint64 number = walk->forth ? cause.to : cause.from;

      ui_session_set_cursor (session, cause.at_ns);
      if (number != 0)
        ui_session_set_selection (session, number);
      timeline_scene_show_time (scene, cause.at_ns);
    }
  g_weak_ref_clear (&walk->scene);
  g_free (walk);
}

static void
walk_cause (GtkWidget *page, gboolean forth)
{
  TimelineScene *scene = get_scene (page);
  UiSession *session = get_session (page);
  Walk *walk;

  if (ui_session_get_selection (session) == 0)
    return;
  walk = g_new0 (Walk, 1);
  g_weak_ref_init (&walk->scene, scene);
  walk->forth = forth;
  timeline_causes_step_async (timeline_scene_get_history (scene),
                              ui_session_get_selection (session), ui_session_get_cursor (session),
                              forth, NULL, on_cause, walk);
}

static void
go_to_waker (GtkWidget *page)
{
  walk_cause (page, FALSE);
}

static void
go_to_woken (GtkWidget *page)
{
  walk_cause (page, TRUE);
}

/* ---- Search -------------------------------------------------------------------------------------- */

static void
search (GtkWidget *page)
{
  gtk_widget_grab_focus (GTK_WIDGET (timeline_page_get_searchbar (TIMELINE_PAGE (page))));
}

static void
find_next (GtkWidget *page)
{
  timeline_searchbar_go (timeline_page_get_searchbar (TIMELINE_PAGE (page)), TRUE);
}

static void
find_previous (GtkWidget *page)
{
  timeline_searchbar_go (timeline_page_get_searchbar (TIMELINE_PAGE (page)), FALSE);
}

/* ---- Elsewhere ----------------------------------------------------------------------------------- */

static void
show_source (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  UiSession *session = get_session (page);
  InspectorHistory *history = timeline_scene_get_history (scene);
  g_autofree char *place = NULL;
  InspectorSpan span;
  guint track;

  if (!timeline_scene_get_selected (scene, &track) ||
      !inspector_history_get_state_at (history, track, ui_session_get_cursor (session), &span))
    return;
  place = inspector_history_dup_place (history, track, span.location);
  if (*place != '\0')
    ui_session_show_place (session, place);
  else
    gtk_widget_error_bell (page);
}

static void
copy (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  UiSession *session = get_session (page);
  g_autofree char *text = NULL;
  guint track;

  if (!timeline_scene_get_selected (scene, &track))
    return;
  text = timeline_words_dup_sentence (session, track, ui_session_get_cursor (session), page, copy);
  gdk_clipboard_set_text (gtk_widget_get_clipboard (page), text);
}

const InspectViewCommand timeline_commands[] = {
  { "zoom-in", N_ ("Zoom in"), "w|plus|<Control>plus|<Control>equal", zoom_in },
  { "zoom-out", N_ ("Zoom out"), "s|minus|<Control>minus", zoom_out },
  { "pan-left", N_ ("Move the view to the left"), "a", pan_left },
  { "pan-right", N_ ("Move the view to the right"), "d", pan_right },
  { "fit", N_ ("Fit the selected time or task; again: everything"), "f", fit },
  { "fit-all", N_ ("Fit everything"), "Home|<Control>0", fit_all },
  { "go-back", N_ ("Go back to what was shown before"), "<Alt>Left|<Control>z", go_back },
  { "go-forth", N_ ("Go forth again"), "<Alt>Right|<Control>y|<Control><Shift>z", go_forth },
  { "follow", N_ ("Follow what happens, or pause"), "space", follow },
  { "next-row", N_ ("Select the next task"), "Down", timeline_select_next },
  { "previous-row", N_ ("Select the task before"), "Up", timeline_select_previous },
  { "page-down", N_ ("Scroll on by a page"), "Page_Down", timeline_page_down },
  { "page-up", N_ ("Scroll back by a page"), "Page_Up", timeline_page_up },
  { "next-span", N_ ("Go to the next thing that the task does"), "Right|period", step_forth },
  { "previous-span", N_ ("Go to what the task did before"), "Left|comma", step_back },
  { "waker", N_ ("Go to what woke the task"), "bracketleft", go_to_waker },
  { "woken", N_ ("Go to what the task woke next"), "bracketright", go_to_woken },
  { "search", N_ ("Find tasks"), "slash|<Control>f", search },
  { "find-next", N_ ("Go to the next task that is found"), "n", find_next },
  { "find-previous", N_ ("Go to the previous task that is found"), "<Shift>n", find_previous },
  { "extend-left", N_ ("Select time to the left of the cursor"), "<Shift>Left", extend_left },
  { "extend-right", N_ ("Select time to the right of the cursor"), "<Shift>Right", extend_right },
  { "select-span", N_ ("Select the time of what the task does"), "e", select_span },
  { "no-range", N_ ("Select no stretch of time"), "Escape", select_no_range },
  { "measure", N_ ("Measure from the cursor to the pointer, or not"), "x", measure },
  { "show-source", N_ ("Show the source of what the task does"), "<Control>u", show_source },
  { "copy", N_ ("Copy what the task does, as text"), "<Control>c", copy },
  { "pin", N_ ("Pin the selected task to the top, or let it go"), "p", timeline_pin },
  { "hide", N_ ("Hide the selected task"), "h", timeline_hide },
  { "show-hidden", N_ ("Show hidden tasks again"), "<Shift>h", timeline_show_hidden },
  { "move-up", N_ ("Move the selected task up"), "<Shift>Up", timeline_move_up },
  { "move-down", N_ ("Move the selected task down"), "<Shift>Down", timeline_move_down },
  { "fold", N_ ("Fold what is below the task, or its group; or unfold"), "Return", timeline_fold },
  { "group", N_ ("Group tasks in another way"), "g", timeline_group },
  { "higher", N_ ("Higher rows"), "<Control><Shift>Down", timeline_higher },
  { "lower", N_ ("Lower rows"), "<Control><Shift>Up", timeline_lower },
  { "menu", N_ ("Show what can be done with the task"), "Menu|<Shift>F10",
    timeline_page_show_menu },
  { "patterns", N_ ("Draw patterns over the colours, or not"), NULL, toggle_patterns },
  { NULL },
};
