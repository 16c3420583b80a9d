/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef BENCH_MOVEMENTS_H
#define BENCH_MOVEMENTS_H

#include <time.h>
#include <gtk/gtk.h>

G_BEGIN_DECLS

/* A widget in a window, which is moved, a movement a frame: how long GTK's snapshot of it takes, by the clock
 * and of the processor (which are not the same where others want the processor, too), and the whole frame, from
 * the moment at which it begins to that at which it is handed to the compositor. */

#define BENCH_WIDTH 1600
#define BENCH_HEIGHT 1000

typedef struct
{
  const char *name;
  void (*begin) (gpointer data);
  void (*move) (gpointer data, guint frame);
} BenchMovement;

gint64 bench_read_clock (clockid_t clock);

/* Does each of @n movements for @n_frames frames, and prints a line for each: median and 99th of a hundred. */
void bench_move (GtkWidget *widget, const BenchMovement *movements, guint n, guint n_frames,
                 gpointer data);

G_END_DECLS

#endif
