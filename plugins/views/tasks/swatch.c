/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "swatch.h"

#include <state-paint.h>

#define WIDE 40
#define LEAST 3.0

/* What needs looking at first. */
static const InspectorState order[] = {
  INSPECTOR_STATE_BLOCKED,  INSPECTOR_STATE_WAITING, INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_READY,
  INSPECTOR_STATE_SLEEPING, INSPECTOR_STATE_RESTING, INSPECTOR_STATE_UNKNOWN, INSPECTOR_STATE_NONE,
};

static guint
count_states (const guint32 *counts, guint *total)
{
  guint n = 0;

  *total = 0;
  for (guint i = 0; i < INSPECTOR_N_STATES; i++)
    {
      n += counts[i] > 0;
      *total += counts[i];
    }
  return n;
}

int
tasks_swatch_get_width (const guint32 counts[INSPECTOR_N_STATES])
{
  guint total;

  return count_states (counts, &total) > 1 ? WIDE : TASKS_SWATCH_SIZE;
}

void
tasks_swatch_paint (cairo_t *cr, const guint32 counts[INSPECTOR_N_STATES], double x, double y,
                    double width)
{
  guint total, n = count_states (counts, &total);

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      /* One blocked of a million is seen. */
      double part = (width - LEAST * n) * counts[order[i]] / MAX (total, 1) + LEAST;

      if (counts[order[i]] == 0)
        continue;
      if (order[i] != INSPECTOR_STATE_NONE)
        ui_state_paint (cr, order[i], x, y, part, TASKS_SWATCH_SIZE);
      x += part;
    }
}
