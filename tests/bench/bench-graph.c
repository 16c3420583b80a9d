/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-graph: the graph of who waits for whom in a window of 1600x1000, of 300 nodes, which is what the
 * view shows, and of many more; moved, a movement a frame. Prints how long the layout took, which a thread
 * does, how long GTK's snapshot of the canvas took, by the clock and of the processor, and the whole frame. */

#include <adwaita.h>
#include <stdio.h>

#include "canvas.h"

#define WIDTH 1600
#define HEIGHT 1000
#define N_FRAMES 150u
/* First frames are those of buffers and fonts that are made once. */
#define N_SKIPPED 8u

static gint64 snapshot_ns, snapshot_cpu_ns, frame_begin_ns;

static gint64
read_clock (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
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
  gint64 begin_ns = read_clock (CLOCK_MONOTONIC), cpu_ns = read_clock (CLOCK_THREAD_CPUTIME_ID);

  gtk_widget_snapshot_child (widget, BENCH_BIN (widget)->child, snapshot);
  snapshot_ns += read_clock (CLOCK_MONOTONIC) - begin_ns;
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

/* ---- A program of many ------------------------------------------------------------------------- */

/* Tasks that wait for locks which earlier ones have: trees, as in a program where few hold up many. */
static GraphPicture *
new_picture (guint n)
{
  GraphPicture *picture = graph_picture_new_empty (10 * G_GINT64_CONSTANT (1000000000));
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);

  for (guint i = 0; i < n; i++)
    {
      gboolean is_lock = i % 3 == 0;
      g_autofree char *label =
          is_lock ? g_strdup_printf ("mutex queue_%u", i)
                  : g_strdup_printf ("#%u fetch_user_data\nwaiting for a mutex", i);
      InspectorNode node = { .kind = is_lock ? INSPECTOR_NODE_RESOURCE : INSPECTOR_NODE_TASK,
                             .number = is_lock ? 0 : i + 1,
                             .pid = 1,
                             .label = label,
                             .id = i + 1,
                             .n_members = 1 };

      graph_picture_add_node (picture, &node, NULL);
      graph_picture_node (picture, i)->state =
          is_lock ? INSPECTOR_STATE_NONE : INSPECTOR_STATE_BLOCKED;
    }
  for (guint i = 0; i < n; i++)
    {
      gboolean is_hold = i % 3 == 0;
      guint other = (guint)g_rand_int_range (rand, 0, (gint32)MAX (i, 1)) / 3 * 3 + is_hold;
      InspectorEdge edge = { .from = i,
                             .to = MIN (other, n - 1),
                             .is_hold = is_hold,
                             .place = "fetch_posts at request.c:88",
                             .duration = "2.3 s",
                             .n = 1 };

      if (i > 2 && edge.to < i)
        graph_picture_add_edge (picture, &edge);
    }
  return picture;
}

/* ---- Movements ----------------------------------------------------------------------------------- */

static void
begin_fit (GraphCanvas *canvas)
{
  graph_canvas_fit (canvas);
}

static void
begin_close (GraphCanvas *canvas)
{
  const InspectorLayout *layout = graph_canvas_get_picture (canvas)->layout;

  graph_canvas_set_viewport (canvas, layout->width / 2 - 800, layout->height / 2 - 500, 1);
}

static void
begin_far (GraphCanvas *canvas)
{
  graph_canvas_set_viewport (canvas, 0, 0, 0.03);
}

static void
pan (GraphCanvas *canvas, guint frame)
{
  const GraphViewport *viewport = graph_canvas_get_viewport (canvas);
  double step = (frame < N_FRAMES / 2 ? 13 : -13) / viewport->scale;

  graph_canvas_set_viewport (canvas, viewport->x + step, viewport->y + step / 2, viewport->scale);
}

static void
zoom (GraphCanvas *canvas, guint frame)
{
  graph_canvas_zoom (canvas, frame < N_FRAMES / 2 ? 1.05 : 1 / 1.05);
}

static const struct
{
  const char *name;
  void (*begin) (GraphCanvas *canvas);
  void (*move) (GraphCanvas *canvas, guint frame);
} movements[] = {
  { "pan, as large as text is", begin_close, pan },
  { "pan, fitted", begin_fit, pan },
  { "zoom sweep, from fitted to near and back", begin_fit, zoom },
  { "pan, from far away", begin_far, pan },
};

/* ---- Running ------------------------------------------------------------------------------------- */

typedef struct
{
  GMainLoop *loop;
  GraphCanvas *canvas;
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

static void
print_values (GArray *values)
{
  g_array_sort (values, compare);
  if (values->len > 0)
    printf ("   %6.1f %6.1f", g_array_index (values, double, values->len / 2),
            g_array_index (values, double, (guint)(0.99 * (values->len - 1) + 0.5)));
  g_array_set_size (values, 0);
}

static void
on_before_paint (GdkFrameClock *clock, Run *self)
{
  frame_begin_ns = read_clock (CLOCK_MONOTONIC);
  snapshot_ns = snapshot_cpu_ns = 0;
}

static void
on_after_paint (GdkFrameClock *clock, Run *self)
{
  double snapshot = (double)snapshot_ns / 1e6, cpu = (double)snapshot_cpu_ns / 1e6;
  double frame = (double)(read_clock (CLOCK_MONOTONIC) - frame_begin_ns) / 1e6;

  if (!self->has_moved)
    return;
  self->has_moved = FALSE;
  if (self->frame <= N_SKIPPED)
    return;
  g_array_append_val (self->snapshots, snapshot);
  g_array_append_val (self->snapshots_cpu, cpu);
  g_array_append_val (self->frames, frame);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Run *self = data;

  if (self->movement >= G_N_ELEMENTS (movements))
    return G_SOURCE_REMOVE;
  if (gtk_widget_get_width (widget) < WIDTH / 2)
    return G_SOURCE_CONTINUE;
  if (self->frame == 0)
    movements[self->movement].begin (self->canvas);
  else
    movements[self->movement].move (self->canvas, self->frame);
  self->has_moved = TRUE;
  gtk_widget_queue_draw (widget);
  if (++self->frame < N_FRAMES)
    return G_SOURCE_CONTINUE;
  printf ("  %-42s", movements[self->movement].name);
  print_values (self->snapshots);
  print_values (self->snapshots_cpu);
  print_values (self->frames);
  printf ("\n");
  self->frame = 0;
  if (++self->movement >= G_N_ELEMENTS (movements))
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

static void
run (guint n)
{
  Run self = { .loop = g_main_loop_new (NULL, FALSE) };
  GtkWidget *window = gtk_window_new (), *canvas = graph_canvas_new ();
  BenchBin *bin = g_object_new (BENCH_TYPE_BIN, NULL);
  g_autoptr (GraphPicture) picture = new_picture (n);
  GdkFrameClock *clock;
  gint64 begin_ns, measured_ns, laid_ns;

  begin_ns = read_clock (CLOCK_THREAD_CPUTIME_ID);
  graph_picture_measure (picture, graph_canvas_get_font (GRAPH_CANVAS (canvas)), NULL);
  measured_ns = read_clock (CLOCK_THREAD_CPUTIME_ID);
  inspector_layout_run (picture->layout, NULL);
  laid_ns = read_clock (CLOCK_THREAD_CPUTIME_ID);
  printf ("%u nodes, %u edges: measured in %.1f ms, laid out in %.1f ms of CPU time\n", n,
          picture->edges->len, (double)(measured_ns - begin_ns) / 1e6,
          (double)(laid_ns - measured_ns) / 1e6);
  self.canvas = GRAPH_CANVAS (canvas);
  self.snapshots = g_array_new (FALSE, FALSE, sizeof (double));
  self.snapshots_cpu = g_array_new (FALSE, FALSE, sizeof (double));
  self.frames = g_array_new (FALSE, FALSE, sizeof (double));
  graph_canvas_set_picture (self.canvas, picture);
  bin->child = canvas;
  gtk_widget_set_parent (canvas, GTK_WIDGET (bin));
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), WIDTH, HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (bin));
  gtk_widget_show (window);
  clock = gtk_widget_get_frame_clock (window);
  g_signal_connect (clock, "before-paint", G_CALLBACK (on_before_paint), &self);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &self);
  gtk_widget_add_tick_callback (canvas, on_tick, &self, NULL);
  gtk_widget_queue_draw (canvas);
  printf ("  %-42s %15s %15s %15s\n", "ms, p50 and p99", "snapshot", "of which CPU", "whole frame");
  g_main_loop_run (self.loop);
  g_signal_handlers_disconnect_by_data (clock, &self);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  static const guint counts[] = { 300, 1000, 10000, 100000 };

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (!gtk_init_check ())
    {
      fprintf (stderr, "bench-graph: no display\n");
      return 1;
    }
  adw_init ();
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    run (counts[i]);
  return 0;
}
