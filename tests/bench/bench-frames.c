/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-frames FILE: opens a recording in the timeline of a window of 1600x1000 and moves it. */

#include <adwaita.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "movements.h"
#include "page.h"
#include "session-private.h"

#define N_FRAMES 200u

/* ---- Movements ----------------------------------------------------------------------------------- */

typedef struct
{
  TimelineScene *scene;
  gint64 first_ns, last_ns;
} Stage;

static void
begin_whole (gpointer data)
{
  Stage *self = data;

  timeline_scene_scroll_to (self->scene, 0);
  timeline_scene_fit (self->scene, self->first_ns, self->last_ns);
}

static void
begin_tenth (gpointer data)
{
  Stage *self = data;

  timeline_scene_scroll_to (self->scene, 0);
  timeline_scene_fit (self->scene, self->first_ns,
                      self->first_ns + (self->last_ns - self->first_ns) / 10);
}

/* So close that spans are written on. */
static void
begin_close (gpointer data)
{
  Stage *self = data;
  gint64 middle_ns = self->first_ns + (self->last_ns - self->first_ns) / 2;
  InspectorTrack track;

  inspector_history_get_track (timeline_scene_get_history (self->scene), 0, &track);
  timeline_scene_scroll_to (self->scene, 0);
  timeline_scene_fit (self->scene, middle_ns,
                      middle_ns + (self->last_ns - self->first_ns) / (gint64)track.n_spans * 40);
}

static void
pan (gpointer data, guint frame)
{
  Stage *self = data;

  timeline_scene_pan (self->scene, 11);
}

/* From all to some microseconds a column, and back. */
static void
zoom (gpointer data, guint frame)
{
  Stage *self = data;

  timeline_scene_zoom (self->scene, 700, frame < N_FRAMES / 2 ? 1.16 : 1 / 1.16);
}

static void
scroll (gpointer data, guint frame)
{
  Stage *self = data;

  timeline_scene_scroll (self->scene, 66);
}

static void
jump (gpointer data, guint frame)
{
  Stage *self = data;

  timeline_scene_scroll (self->scene, BENCH_HEIGHT);
}

static void
point (gpointer data, guint frame)
{
  Stage *self = data;

  timeline_scene_set_pointer (self->scene, 100 + frame * 3, 300);
}

static const BenchMovement movements[] = {
  { "pan, a tenth of the time in view", begin_tenth, pan },
  { "pan, spans with labels in view", begin_close, pan },
  { "zoom sweep, from all to microseconds and back", begin_whole, zoom },
  { "scroll by three rows, all of the time in view", begin_whole, scroll },
  { "scroll by a page, all of the time in view", begin_whole, jump },
  { "the pointer moves", begin_whole, point },
};

/* ---- Running ------------------------------------------------------------------------------------- */

static void
run (UiSession *session)
{
  GtkWidget *page = timeline_page_new (session);
  Stage stage = { timeline_page_get_scene (TIMELINE_PAGE (page)) };

  timeline_scene_get_range (stage.scene, &stage.first_ns, &stage.last_ns);
  bench_move (page, movements, G_N_ELEMENTS (movements), N_FRAMES, &stage);
}

int
main (int argc, char **argv)
{
  g_autoptr (UiSession) session = NULL;
  gint64 begin_ns = bench_read_clock (CLOCK_MONOTONIC);

  if (argc != 2)
    {
      fprintf (stderr, "usage: bench-frames FILE\n");
      return 2;
    }
  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!gtk_init_check ())
    {
      fprintf (stderr, "bench-frames: no display\n");
      return 1;
    }
  adw_init ();
  session = ui_session_new_recording (argv[1]);
  while (ui_session_get_state (session) == UI_SESSION_LOADING)
    g_main_context_iteration (NULL, TRUE);
  if (ui_session_get_state (session) != UI_SESSION_RECORDED)
    {
      fprintf (stderr, "bench-frames: %s\n", ui_session_get_trouble (session));
      return 1;
    }
  printf ("  opened after %.1f s, %u tasks\n",
          (double)(bench_read_clock (CLOCK_MONOTONIC) - begin_ns) / 1e9,
          inspector_history_get_n_tracks (ui_session_get_history (session)));
  run (session);
  return 0;
}
