/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-frames FILE: opens a recording in the timeline of a window of 1600x1000 and moves it, a movement
 * a frame. Prints how long GTK's snapshot of the page took, by the clock and of the processor (which are
 * not the same where others want the processor, too), and the whole frame, from the moment at which it
 * begins to that at which it is handed to the compositor. */

#include <adwaita.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "page.h"
#include "session-private.h"

#define WIDTH 1600
#define HEIGHT 1000
#define N_FRAMES 200u
/* First frames are those of buffers and fonts that are made once. */
#define N_SKIPPED 8u

/* ---- What is timed ------------------------------------------------------------------------------- */

static gint64 snapshot_ns, snapshot_cpu_ns, frame_begin_ns;

static gint64
read_clock (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

static gint64
now (void)
{
  return read_clock (CLOCK_MONOTONIC);
}

#define BENCH_TYPE_BIN (bench_bin_get_type ())
G_DECLARE_FINAL_TYPE (BenchBin, bench_bin, BENCH, BIN, GtkWidget)

struct _BenchBin
{
  GtkWidget parent_instance;
  GtkWidget *child;
};

G_DEFINE_TYPE (BenchBin, bench_bin, GTK_TYPE_WIDGET)

static void
bench_bin_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  gint64 begin_ns = now (), cpu_ns = read_clock (CLOCK_THREAD_CPUTIME_ID);

  gtk_widget_snapshot_child (widget, BENCH_BIN (widget)->child, snapshot);
  snapshot_ns += now () - begin_ns;
  snapshot_cpu_ns += read_clock (CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
}

static void
bench_bin_dispose (GObject *object)
{
  g_clear_pointer (&BENCH_BIN (object)->child, gtk_widget_unparent);
  G_OBJECT_CLASS (bench_bin_parent_class)->dispose (object);
}

static void
bench_bin_class_init (BenchBinClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bench_bin_dispose;
  GTK_WIDGET_CLASS (klass)->snapshot = bench_bin_snapshot;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
bench_bin_init (BenchBin *self)
{
}

/* ---- Movements ----------------------------------------------------------------------------------- */

typedef struct
{
  TimelineScene *scene;
  gint64 first_ns, last_ns;
} Stage;

typedef struct
{
  const char *name;
  void (*begin) (Stage *stage);
  void (*move) (Stage *stage, guint frame);
} Movement;

static void
begin_whole (Stage *self)
{
  timeline_scene_scroll_to (self->scene, 0);
  timeline_scene_fit (self->scene, self->first_ns, self->last_ns);
}

static void
begin_tenth (Stage *self)
{
  timeline_scene_scroll_to (self->scene, 0);
  timeline_scene_fit (self->scene, self->first_ns,
                      self->first_ns + (self->last_ns - self->first_ns) / 10);
}

/* So close that spans are written on. */
static void
begin_close (Stage *self)
{
  gint64 middle_ns = self->first_ns + (self->last_ns - self->first_ns) / 2;
  InspectorTrack track;

  inspector_history_get_track (timeline_scene_get_history (self->scene), 0, &track);
  timeline_scene_scroll_to (self->scene, 0);
  timeline_scene_fit (self->scene, middle_ns,
                      middle_ns + (self->last_ns - self->first_ns) / (gint64)track.n_spans * 40);
}

static void
pan (Stage *self, guint frame)
{
  timeline_scene_pan (self->scene, 11);
}

/* From all to some microseconds a column, and back. */
static void
zoom (Stage *self, guint frame)
{
  timeline_scene_zoom (self->scene, 700, frame < N_FRAMES / 2 ? 1.16 : 1 / 1.16);
}

static void
scroll (Stage *self, guint frame)
{
  timeline_scene_scroll (self->scene, 66);
}

static void
jump (Stage *self, guint frame)
{
  timeline_scene_scroll (self->scene, HEIGHT);
}

static void
point (Stage *self, guint frame)
{
  timeline_scene_set_pointer (self->scene, 100 + frame * 3, 300);
}

static const Movement movements[] = {
  { "pan, a tenth of the time in view", begin_tenth, pan },
  { "pan, spans with labels in view", begin_close, pan },
  { "zoom sweep, from all to microseconds and back", begin_whole, zoom },
  { "scroll by three rows, all of the time in view", begin_whole, scroll },
  { "scroll by a page, all of the time in view", begin_whole, jump },
  { "the pointer moves", begin_whole, point },
};

/* ---- Running ------------------------------------------------------------------------------------- */

typedef struct
{
  GMainLoop *loop;
  Stage stage;
  guint movement, frame;
  gboolean has_moved;
  GArray *snapshots, *snapshots_cpu, *frames; /* double: ms */
} Run;

static int
compare (gconstpointer a, gconstpointer b)
{
  double x = *(const double *)a, y = *(const double *)b;

  return x < y ? -1 : x > y;
}

static double
percentile (GArray *values, double share)
{
  g_array_sort (values, compare);
  return values->len == 0
             ? 0
             : g_array_index (values, double, (guint)(share * (values->len - 1) + 0.5));
}

static void
print (Run *self)
{
  printf ("  %-48s %6.1f %6.1f   %6.1f %6.1f   %6.1f %6.1f\n", movements[self->movement].name,
          percentile (self->snapshots, 0.5), percentile (self->snapshots, 0.99),
          percentile (self->snapshots_cpu, 0.5), percentile (self->snapshots_cpu, 0.99),
          percentile (self->frames, 0.5), percentile (self->frames, 0.99));
  g_array_set_size (self->snapshots, 0);
  g_array_set_size (self->snapshots_cpu, 0);
  g_array_set_size (self->frames, 0);
}

static void
on_before_paint (GdkFrameClock *clock, Run *self)
{
  frame_begin_ns = now ();
  snapshot_ns = snapshot_cpu_ns = 0;
}

static void
on_after_paint (GdkFrameClock *clock, Run *self)
{
  double snapshot = (double)snapshot_ns / 1e6, cpu = (double)snapshot_cpu_ns / 1e6,
         frame = (double)(now () - frame_begin_ns) / 1e6;

  if (!self->has_moved)
    return;
  self->has_moved = FALSE;
  if (self->frame > N_SKIPPED)
    {
      g_array_append_val (self->snapshots, snapshot);
      g_array_append_val (self->snapshots_cpu, cpu);
      g_array_append_val (self->frames, frame);
    }
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Run *self = data;

  if (self->movement >= G_N_ELEMENTS (movements))
    return G_SOURCE_REMOVE;
  if (timeline_scene_get_width (self->stage.scene) < WIDTH / 2)
    return G_SOURCE_CONTINUE;
  if (self->frame == 0)
    movements[self->movement].begin (&self->stage);
  else
    movements[self->movement].move (&self->stage, self->frame);
  self->has_moved = TRUE;
  gtk_widget_queue_draw (widget);
  if (++self->frame < N_FRAMES)
    return G_SOURCE_CONTINUE;
  print (self);
  self->frame = 0;
  if (++self->movement >= G_N_ELEMENTS (movements))
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
run (UiSession *session)
{
  Run self = { .loop = g_main_loop_new (NULL, FALSE) };
  GtkWidget *window = gtk_window_new (), *page = timeline_page_new (session);
  BenchBin *bin = g_object_new (BENCH_TYPE_BIN, NULL);
  GdkFrameClock *clock;

  self.snapshots = g_array_new (FALSE, FALSE, sizeof (double));
  self.snapshots_cpu = g_array_new (FALSE, FALSE, sizeof (double));
  self.frames = g_array_new (FALSE, FALSE, sizeof (double));
  self.stage.scene = timeline_page_get_scene (TIMELINE_PAGE (page));
  timeline_scene_get_range (self.stage.scene, &self.stage.first_ns, &self.stage.last_ns);
  bin->child = page;
  gtk_widget_set_parent (page, GTK_WIDGET (bin));
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (bin));
  gtk_widget_show (window);
  clock = gtk_widget_get_frame_clock (window);
  g_signal_connect (clock, "before-paint", G_CALLBACK (on_before_paint), &self);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &self);
  gtk_widget_add_tick_callback (page, on_tick, &self, NULL);
  gtk_widget_queue_draw (page);
  printf ("  %-48s %13s   %13s   %13s\n", "ms", "snapshot", "of which CPU", "whole frame");
  printf ("  %-48s %6s %6s   %6s %6s   %6s %6s\n", "", "p50", "p99", "p50", "p99", "p50", "p99");
  g_main_loop_run (self.loop);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  g_autoptr (UiSession) session = NULL;
  gint64 begin_ns = now ();

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
  printf ("  opened after %.1f s, %u tasks\n", (double)(now () - begin_ns) / 1e9,
          inspector_history_get_n_tracks (ui_session_get_history (session)));
  run (session);
  return 0;
}
