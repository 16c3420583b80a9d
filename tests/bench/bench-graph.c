/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-graph: the graph of who waits for whom in a window of 1600x1000, of 300 nodes, which is what the
 * view shows, and of many more; moved. Prints, too, how long the layout took, which a thread does. */

#include <adwaita.h>
#include <stdio.h>

#include "canvas.h"
#include "movements.h"

#define N_FRAMES 150u

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
begin_fit (gpointer canvas)
{
  graph_canvas_fit (canvas);
}

static void
begin_close (gpointer canvas)
{
  const InspectorLayout *layout = graph_canvas_get_picture (canvas)->layout;

  graph_canvas_set_viewport (canvas, layout->width / 2 - 800, layout->height / 2 - 500, 1);
}

static void
begin_far (gpointer canvas)
{
  graph_canvas_set_viewport (canvas, 0, 0, 0.03);
}

static void
pan (gpointer canvas, guint frame)
{
  const GraphViewport *viewport = graph_canvas_get_viewport (canvas);
  double step = (frame < N_FRAMES / 2 ? 13 : -13) / viewport->scale;

  graph_canvas_set_viewport (canvas, viewport->x + step, viewport->y + step / 2, viewport->scale);
}

static void
zoom (gpointer canvas, guint frame)
{
  graph_canvas_zoom (canvas, frame < N_FRAMES / 2 ? 1.05 : 1 / 1.05);
}

static const BenchMovement movements[] = {
  { "pan, as large as text is", begin_close, pan },
  { "pan, fitted", begin_fit, pan },
  { "zoom sweep, from fitted to near and back", begin_fit, zoom },
  { "pan, from far away", begin_far, pan },
};

/* ---- Running ------------------------------------------------------------------------------------- */

static void
run (guint n)
{
  GtkWidget *canvas = graph_canvas_new ();
  g_autoptr (GraphPicture) picture = new_picture (n);
  gint64 begin_ns, measured_ns, laid_ns;

  begin_ns = bench_read_clock (CLOCK_THREAD_CPUTIME_ID);
  graph_picture_measure (picture, graph_canvas_get_font (GRAPH_CANVAS (canvas)), NULL);
  measured_ns = bench_read_clock (CLOCK_THREAD_CPUTIME_ID);
  inspector_layout_run (picture->layout, NULL);
  laid_ns = bench_read_clock (CLOCK_THREAD_CPUTIME_ID);
  printf ("%u nodes, %u edges: measured in %.1f ms, laid out in %.1f ms of CPU time\n", n,
          picture->edges->len, (double)(measured_ns - begin_ns) / 1e6,
          (double)(laid_ns - measured_ns) / 1e6);
  graph_canvas_set_picture (GRAPH_CANVAS (canvas), picture);
  bench_move (canvas, movements, G_N_ELEMENTS (movements), N_FRAMES, canvas);
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
