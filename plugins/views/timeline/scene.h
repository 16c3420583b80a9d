/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_SCENE_H
#define TIMELINE_SCENE_H

#include <colours.h>
#include <watch.h>

#include "raster.h"
#include "rows.h"
#include "trail.h"

G_BEGIN_DECLS

/* What the parts of the page show in common: which rows and which time, and where the pointer is. The
 * widgets draw it and change it by these functions; none knows of another. */

#define TIMELINE_TYPE_SCENE (timeline_scene_get_type ())
G_DECLARE_FINAL_TYPE (TimelineScene, timeline_scene, TIMELINE, SCENE, GObject)

/** TimelineScene::changed (flags): what is to be drawn again */
typedef enum
{
  TIMELINE_CHANGED_VIEW = 1 << 0, /* other times or rows are seen, or the same in other colours */
  TIMELINE_CHANGED_CONTENT = 1 << 1,   /* something has happened */
  TIMELINE_CHANGED_ROWS = 1 << 2,      /* there are other rows */
  TIMELINE_CHANGED_POINTER = 1 << 3,   /* the pointer, or what is being dragged */
  TIMELINE_CHANGED_SELECTION = 1 << 4, /* what is selected: task, cursor, range, marks */
} TimelineChange;

/** What becomes of the view as time goes on. */
typedef enum
{
  TIMELINE_FOLLOW_ALL,  /* everything stays in sight */
  TIMELINE_FOLLOW_EDGE, /* what happens last stays in sight, at the same scale */
  TIMELINE_FOLLOW_NOT,
} TimelineFollow;

TimelineScene *timeline_scene_new (UiSession *session);
UiSession *timeline_scene_get_session (TimelineScene *scene);
InspectorHistory *timeline_scene_get_history (TimelineScene *scene);
TimelineRows *timeline_scene_get_rows (TimelineScene *scene);
const TimelineViewport *timeline_scene_get_viewport (TimelineScene *scene);
const TimelineInk *timeline_scene_get_ink (TimelineScene *scene);
/** Device pixels of a pixel. */
int timeline_scene_get_scale (TimelineScene *scene);
/** Until when it is drawn; %FALSE: nothing has happened */
gboolean timeline_scene_get_range (TimelineScene *scene, gint64 *first_ns, gint64 *last_ns);
/** Grows with whatever makes pictures of before useless, other than a movement. */
guint timeline_scene_get_generation (TimelineScene *scene);

/** What has changed in the session: the page tells, while it is seen. */
void timeline_scene_take_changes (TimelineScene *scene, UiChange changes);

/* ---- Places in widgets, in their pixels ----------------------------------------------------------- */

gboolean timeline_scene_is_mirrored (TimelineScene *scene);
void timeline_scene_set_mirrored (TimelineScene *scene, gboolean mirrored);
gint64 timeline_scene_get_time_at (TimelineScene *scene, double x);
double timeline_scene_get_x_of (TimelineScene *scene, gint64 at_ns);
/** Returns: %FALSE: there is no row at @y */
gboolean timeline_scene_get_row_at (TimelineScene *scene, double y, guint *ret_row);
/** Returns: %FALSE: it is not seen */
gboolean timeline_scene_get_y_of (TimelineScene *scene, guint row, double *ret_y);
double timeline_scene_get_row_height (TimelineScene *scene);
double timeline_scene_get_width (TimelineScene *scene);
double timeline_scene_get_height (TimelineScene *scene);

/* ---- Movements -------------------------------------------------------------------------------------- */

void timeline_scene_set_size (TimelineScene *scene, int width, int height, int scale);
/** @factor: more than 1: less time is seen; what is at @x stays there */
void timeline_scene_zoom (TimelineScene *scene, double x, double factor);
void timeline_scene_pan (TimelineScene *scene, double pixels);
void timeline_scene_scroll (TimelineScene *scene, double pixels);
void timeline_scene_scroll_to (TimelineScene *scene, int top);
void timeline_scene_fit (TimelineScene *scene, gint64 from_ns, gint64 to_ns);
void timeline_scene_fit_all (TimelineScene *scene);
/** So that @at_ns is in the middle. */
void timeline_scene_centre (TimelineScene *scene, gint64 at_ns);
void timeline_scene_show_time (TimelineScene *scene, gint64 at_ns);
void timeline_scene_show_track (TimelineScene *scene, guint track);
void timeline_scene_go_back (TimelineScene *scene);
void timeline_scene_go_forth (TimelineScene *scene);
/** Shows exactly that time; also before it has a size. */
void timeline_scene_restore (TimelineScene *scene, gint64 from_ns, gint64 to_ns);
void timeline_scene_set_follow (TimelineScene *scene, TimelineFollow follow);
TimelineFollow timeline_scene_get_follow (TimelineScene *scene);
/** One step higher or lower rows. */
void timeline_scene_change_row_height (TimelineScene *scene, int by);
int timeline_scene_get_row_size (TimelineScene *scene);
void timeline_scene_set_row_size (TimelineScene *scene, int height);
void timeline_scene_set_patterns (TimelineScene *scene, gboolean patterns);
gboolean timeline_scene_get_patterns (TimelineScene *scene);
/** After the rows were changed by their own functions. */
void timeline_scene_rows_changed (TimelineScene *scene);

/* ---- What is selected ------------------------------------------------------------------------------- */

/** Returns: %FALSE: no task is, or one that is not known */
gboolean timeline_scene_get_selected (TimelineScene *scene, guint *ret_track);
void timeline_scene_select (TimelineScene *scene, guint track);

/* ---- The pointer ------------------------------------------------------------------------------------ */

/** @x below 0: it is elsewhere */
void timeline_scene_set_pointer (TimelineScene *scene, double x, double y);
gboolean timeline_scene_get_pointer (TimelineScene *scene, double *ret_x, double *ret_y);
/** Measures from @from_ns to the pointer; 0: does not. */
void timeline_scene_set_measure (TimelineScene *scene, gint64 from_ns);
gint64 timeline_scene_get_measure (TimelineScene *scene);

G_END_DECLS

#endif
