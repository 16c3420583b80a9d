/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "movements.h"

#include <stdio.h>

/* First frames are those of buffers and fonts that are made once. */
#define N_SKIPPED 8u

gint64
bench_read_clock (clockid_t clock)
{
  struct timespec time;

  clock_gettime (clock, &time);
  return time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

/* ---- What is timed ------------------------------------------------------------------------------- */

#define BENCH_TYPE_BIN (bench_bin_get_type ())
G_DECLARE_FINAL_TYPE (BenchBin, bench_bin, BENCH, BIN, GtkWidget)

struct _BenchBin
{
  GtkWidget parent_instance;
  GtkWidget *child;
  gint64 snapshot_ns, snapshot_cpu_ns; /* of this frame */
};

G_DEFINE_TYPE (BenchBin, bench_bin, GTK_TYPE_WIDGET)

static void
bench_bin_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  BenchBin *self = BENCH_BIN (widget);
  gint64 begin_ns = bench_read_clock (CLOCK_MONOTONIC);
  gint64 cpu_ns = bench_read_clock (CLOCK_THREAD_CPUTIME_ID);

  gtk_widget_snapshot_child (widget, self->child, snapshot);
  self->snapshot_ns += bench_read_clock (CLOCK_MONOTONIC) - begin_ns;
  self->snapshot_cpu_ns += bench_read_clock (CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
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

/* ---- Running ------------------------------------------------------------------------------------- */

enum
{
  SNAPSHOT,
  SNAPSHOT_CPU,
  FRAME,
  N_FIGURES
};

typedef struct
{
  GMainLoop *loop;
  BenchBin *bin;
  const BenchMovement *movements;
  guint n, n_frames;
  gpointer data;
  guint movement, frame;
  gboolean has_moved;
  gint64 frame_begin_ns;
  GArray *figures[N_FIGURES]; /* double: ms */
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
  return values->len == 0
             ? 0
             : g_array_index (values, double, (guint)(share * (values->len - 1) + 0.5));
}

static void
print (Run *self)
{
  printf ("  %-48s", self->movements[self->movement].name);
  for (guint i = 0; i < N_FIGURES; i++)
    {
      g_array_sort (self->figures[i], compare);
      printf (" %6.1f %6.1f  ", percentile (self->figures[i], 0.5),
              percentile (self->figures[i], 0.99));
      g_array_set_size (self->figures[i], 0);
    }
  printf ("\n");
}

static void
on_before_paint (GdkFrameClock *clock, Run *self)
{
  self->frame_begin_ns = bench_read_clock (CLOCK_MONOTONIC);
  self->bin->snapshot_ns = self->bin->snapshot_cpu_ns = 0;
}

static void
on_after_paint (GdkFrameClock *clock, Run *self)
{
  const double figures[N_FIGURES] = {
    [SNAPSHOT] = (double)self->bin->snapshot_ns / 1e6,
    [SNAPSHOT_CPU] = (double)self->bin->snapshot_cpu_ns / 1e6,
    [FRAME] = (double)(bench_read_clock (CLOCK_MONOTONIC) - self->frame_begin_ns) / 1e6,
  };

  if (!self->has_moved)
    return;
  self->has_moved = FALSE;
  for (guint i = 0; i < N_FIGURES && self->frame > N_SKIPPED; i++)
    g_array_append_val (self->figures[i], figures[i]);
}

static gboolean
on_tick (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  Run *self = data;

  if (self->movement >= self->n)
    return G_SOURCE_REMOVE;
  if (gtk_widget_get_width (widget) < BENCH_WIDTH / 2)
    return G_SOURCE_CONTINUE;
  if (self->frame == 0)
    self->movements[self->movement].begin (self->data);
  else
    self->movements[self->movement].move (self->data, self->frame);
  self->has_moved = TRUE;
  gtk_widget_queue_draw (widget);
  if (++self->frame < self->n_frames)
    return G_SOURCE_CONTINUE;
  print (self);
  self->frame = 0;
  if (++self->movement >= self->n)
    g_main_loop_quit (self->loop);
  return G_SOURCE_CONTINUE;
}

void
bench_move (GtkWidget *widget, const BenchMovement *movements, guint n, guint n_frames,
            gpointer data)
{
  GtkWidget *window = gtk_window_new ();
  Run self = { .loop = g_main_loop_new (NULL, FALSE),
               .bin = g_object_new (BENCH_TYPE_BIN, NULL),
               .movements = movements,
               .n = n,
               .n_frames = n_frames,
               .data = data };
  GdkFrameClock *clock;

  for (guint i = 0; i < N_FIGURES; i++)
    self.figures[i] = g_array_new (FALSE, FALSE, sizeof (double));
  self.bin->child = widget;
  gtk_widget_set_parent (widget, GTK_WIDGET (self.bin));
  gtk_window_set_decorated (GTK_WINDOW (window), FALSE);
  gtk_window_set_default_size (GTK_WINDOW (window), BENCH_WIDTH, BENCH_HEIGHT);
  gtk_window_set_child (GTK_WINDOW (window), GTK_WIDGET (self.bin));
  gtk_widget_show (window);
  clock = gtk_widget_get_frame_clock (window);
  g_signal_connect (clock, "before-paint", G_CALLBACK (on_before_paint), &self);
  g_signal_connect (clock, "after-paint", G_CALLBACK (on_after_paint), &self);
  gtk_widget_add_tick_callback (widget, on_tick, &self, NULL);
  gtk_widget_queue_draw (widget);
  printf ("  %-48s %13s   %13s   %13s\n", "ms", "snapshot", "of which CPU", "whole frame");
  printf ("  %-48s %6s %6s   %6s %6s   %6s %6s\n", "", "p50", "p99", "p50", "p99", "p50", "p99");
  g_main_loop_run (self.loop);
  g_signal_handlers_disconnect_by_data (clock, &self);
  gtk_window_destroy (GTK_WINDOW (window));
  for (guint i = 0; i < N_FIGURES; i++)
    g_array_unref (self.figures[i]);
  g_main_loop_unref (self.loop);
}
