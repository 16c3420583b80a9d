/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "row-actions.h"

#include "page.h"

static TimelineScene *
get_scene (GtkWidget *page)
{
  return timeline_page_get_scene (TIMELINE_PAGE (page));
}

static TimelineRows *
get_rows (GtkWidget *page)
{
  return timeline_scene_get_rows (get_scene (page));
}

/* ---- Selecting ----------------------------------------------------------------------------------- */

static gint64
skip_groups (const TimelineRow *rows, guint n, gint64 at, int by)
{
  while (at >= 0 && at < n && rows[at].track == G_MAXUINT)
    at += by;
  return at;
}

/* Where none is selected: the first one that is seen. */
static void
select_by (GtkWidget *page, int by)
{
  TimelineScene *scene = get_scene (page);
  guint track, row, n;
  const TimelineRow *rows = timeline_rows_get (get_rows (page), &n);
  gint64 at;

  if (timeline_scene_get_selected (scene, &track) &&
      timeline_rows_find (get_rows (page), track, &row))
    at = skip_groups (rows, n, (gint64)row + by, by);
  else
    at = skip_groups (rows, n, timeline_viewport_get_row (timeline_scene_get_viewport (scene), 0),
                      1);
  if (at >= 0 && at < n)
    timeline_scene_select (scene, rows[at].track);
}

void
timeline_select_next (GtkWidget *page)
{
  select_by (page, 1);
}

void
timeline_select_previous (GtkWidget *page)
{
  select_by (page, -1);
}

void
timeline_page_down (GtkWidget *page)
{
  timeline_scene_scroll (get_scene (page), timeline_scene_get_height (get_scene (page)) * 0.9);
}

void
timeline_page_up (GtkWidget *page)
{
  timeline_scene_scroll (get_scene (page), -timeline_scene_get_height (get_scene (page)) * 0.9);
}

/* ---- Which rows there are ------------------------------------------------------------------------ */

void
timeline_pin (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  guint track;

  if (!timeline_scene_get_selected (scene, &track))
    return;
  timeline_rows_set_pinned (get_rows (page), track,
                            !timeline_rows_is_pinned (get_rows (page), track));
  timeline_scene_rows_changed (scene);
  timeline_scene_show_track (scene, track);
}

/* The one below is selected then, so that one can go on hiding. */
void
timeline_hide (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  guint track;

  if (!timeline_scene_get_selected (scene, &track))
    return;
  select_by (page, 1);
  timeline_rows_hide (get_rows (page), track);
  timeline_scene_rows_changed (scene);
}

void
timeline_show_hidden (GtkWidget *page)
{
  timeline_rows_show_hidden (get_rows (page));
  timeline_scene_rows_changed (get_scene (page));
}

static void
move (GtkWidget *page, int by)
{
  TimelineScene *scene = get_scene (page);
  guint track;

  if (!timeline_scene_get_selected (scene, &track) ||
      !timeline_rows_move (get_rows (page), track, by))
    {
      gtk_widget_error_bell (page);
      return;
    }
  timeline_scene_rows_changed (scene);
  timeline_scene_show_track (scene, track);
}

void
timeline_move_up (GtkWidget *page)
{
  move (page, -1);
}

void
timeline_move_down (GtkWidget *page)
{
  move (page, 1);
}

/* The row of the group that @row is in. */
static guint
find_group (const TimelineRow *rows, guint row)
{
  while (row > 0 && rows[row].track != G_MAXUINT)
    row--;
  return row;
}

void
timeline_fold (GtkWidget *page)
{
  TimelineScene *scene = get_scene (page);
  TimelineRows *rows = get_rows (page);
  guint track, row, n;
  const TimelineRow *all = timeline_rows_get (rows, &n);

  if (!timeline_scene_get_selected (scene, &track))
    return;
  if (!timeline_rows_find (rows, track, &row))
    timeline_rows_reveal (rows, track);
  else
    timeline_rows_toggle_folded (rows, all[row].has_children ? row : find_group (all, row));
  timeline_scene_rows_changed (scene);
}

void
timeline_group (GtkWidget *page)
{
  TimelineGrouping next = timeline_rows_get_grouping (get_rows (page)) + 1;
  guint track;

  timeline_rows_set_grouping (get_rows (page),
                              next > TIMELINE_GROUP_LAST ? TIMELINE_GROUP_NONE : next);
  timeline_scene_rows_changed (get_scene (page));
  if (timeline_scene_get_selected (get_scene (page), &track))
    timeline_scene_show_track (get_scene (page), track);
}

void
timeline_higher (GtkWidget *page)
{
  timeline_scene_change_row_height (get_scene (page), 1);
}

void
timeline_lower (GtkWidget *page)
{
  timeline_scene_change_row_height (get_scene (page), -1);
}
