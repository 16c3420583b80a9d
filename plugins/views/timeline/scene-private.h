/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TIMELINE_SCENE_PRIVATE_H
#define TIMELINE_SCENE_PRIVATE_H

/* What a scene is, for the files that make it up: scene.c has what is shown and tells of it, scene-moves.c moves it,
 * scene-places.c says where what is. */

#include "scene.h"

G_BEGIN_DECLS

struct _TimelineScene
{
  GObject parent_instance;
  UiSession *session;
  InspectorHistory *history;
  TimelineRows *rows;
  TimelineViewport viewport;
  TimelineTrail trail;
  TimelineInk ink;
  TimelineFollow follow;
  int scale, row_height;
  gboolean is_mirrored, has_patterns, is_placed;
  guint generation;
  gint64 first_ns, last_ns;
  gint64 rows_due_us;
  gint64 wanted_from_ns, wanted_to_ns; /* to be shown once there is a size; equal: nothing */

  double pointer_x, pointer_y;
  gint64 measure_ns;
};

void timeline_scene_tell (TimelineScene *scene, TimelineChange change);
/* After the viewport, the rows or the time were changed. */
void timeline_scene_clamp (TimelineScene *scene);
/** @view: what was seen before. Whoever moves away by hand is not taken back; whoever keeps the edge in sight stays
 * with it. */
void timeline_scene_moved_in_time (TimelineScene *scene, const TimelineViewport *view);
/* Time has gone on: without a trace in the trail, for nobody has moved. */
void timeline_scene_keep_up (TimelineScene *scene);
double timeline_scene_mirror (TimelineScene *scene, double x);

G_END_DECLS

#endif
