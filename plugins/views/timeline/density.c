/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "density.h"

#include <math.h>
#include <string.h>

/* Tracks after which it is looked whether somebody still wants to know. */
#define PATIENCE 64u
/* What is blocked is seen, however many tasks are not. */
#define LEAST_BLOCKED 2

static const guint8 order[] = { INSPECTOR_STATE_RUNNING,  INSPECTOR_STATE_BLOCKED,
                                INSPECTOR_STATE_READY,    INSPECTOR_STATE_WAITING,
                                INSPECTOR_STATE_SLEEPING, INSPECTOR_STATE_RESTING,
                                INSPECTOR_STATE_UNKNOWN };

void
timeline_density_free (TimelineDensity *self)
{
  if (self == NULL)
    return;
  g_free (self->sums);
  g_free (self);
}

/* ---- Counting ------------------------------------------------------------------------------------ */

static gint64
get_column_time (const TimelineDensity *self, guint column)
{
  return self->first_ns +
         (gint64)((double)(self->last_ns - self->first_ns) / self->n * (double)column);
}

/* Of a short task, its few columns alone. */
static void
count_track (TimelineDensity *self, InspectorHistory *history, guint track, gint64 *scratch)
{
  const double width = (double)(self->last_ns - self->first_ns) / self->n;
  InspectorTrack info;
  guint from, to;

  if (!inspector_history_get_track (history, track, &info) || info.begin_ns >= self->last_ns)
    return;
  from = (guint)CLAMP ((double)(info.begin_ns - self->first_ns) / width, 0, self->n - 1);
  to = info.end_ns >= self->last_ns
           ? self->n
           : (guint)CLAMP ((double)(info.end_ns - self->first_ns) / width + 1, from + 1, self->n);
  inspector_history_get_coverage (history, track, get_column_time (self, from),
                                  get_column_time (self, to), to - from, scratch);
  for (guint i = 0; i < (to - from) * INSPECTOR_N_STATES; i++)
    self->sums[from * INSPECTOR_N_STATES + i] += scratch[i];
}

static void
count (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const TimelineDensity *wanted = data;
  TimelineDensity *self = g_memdup2 (wanted, sizeof *wanted);
  g_autofree gint64 *scratch = g_new (gint64, (gsize)self->n * INSPECTOR_N_STATES);
  guint n = inspector_history_get_n_tracks (source);

  self->sums = g_new0 (gint64, (gsize)self->n * INSPECTOR_N_STATES);
  for (guint i = 0; i < n && (i % PATIENCE != 0 || !g_cancellable_is_cancelled (cancellable)); i++)
    count_track (self, source, i, scratch);
  g_task_return_pointer (task, self, (GDestroyNotify)timeline_density_free);
}

void
timeline_density_count_async (InspectorHistory *history, gint64 first_ns, gint64 last_ns, guint n,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer data)
{
  const TimelineDensity wanted = { first_ns, MAX (last_ns, first_ns + (gint64)n), MAX (n, 1),
                                   NULL };
  g_autoptr (GTask) task = g_task_new (history, cancellable, callback, data);

  g_task_set_task_data (task, g_memdup2 (&wanted, sizeof wanted), g_free);
  g_task_run_in_thread (task, count);
}

TimelineDensity *
timeline_density_count_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* ---- Drawing ------------------------------------------------------------------------------------- */

static double
get_total (const TimelineDensity *self, guint column)
{
  double total = 0;

  for (guint state = 1; state < INSPECTOR_N_STATES; state++)
    total += (double)self->sums[column * INSPECTOR_N_STATES + state];
  return total;
}

static void
draw_column (const TimelineDensity *self, const TimelineInk *ink, guint column, double most, int x,
             TimelineSheet *sheet)
{
  const gint64 *sums = &self->sums[column * INSPECTOR_N_STATES];
  double level = 0;
  int line = 0; /* from the bottom */

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      guint state = order[i];
      int end;

      if (sums[state] == 0)
        continue;
      level += (double)sums[state] / most * sheet->height;
      end = (int)lround (level);
      end = MAX (end, line + (state == INSPECTOR_STATE_BLOCKED ? LEAST_BLOCKED : 1));
      for (; line < MIN (end, sheet->height); line++)
        {
          int y = sheet->height - 1 - line;

          sheet->pixels[y * sheet->stride + x] =
              ink->tiles[state][y % TIMELINE_TILE * TIMELINE_TILE + x % TIMELINE_TILE];
        }
    }
}

void
timeline_density_draw (const TimelineDensity *self, const TimelineInk *ink, TimelineSheet *sheet)
{
  double most = 1;

  for (guint column = 0; column < self->n; column++)
    most = MAX (most, get_total (self, column));
  for (int y = 0; y < sheet->height; y++)
    for (int x = 0; x < sheet->width; x++)
      sheet->pixels[y * sheet->stride + x] = ink->ground;
  for (int x = 0; x < sheet->width; x++)
    draw_column (self, ink, (guint)((gint64)x * self->n / sheet->width), most, x, sheet);
}
