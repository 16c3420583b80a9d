/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "swatch.h"

#include <string.h>

#include <state-paint.h>

#define SIZE 12
#define WIDE 40
#define LEAST 3.0

struct _TasksSwatch
{
  GtkWidget parent_instance;
  guint32 counts[INSPECTOR_N_STATES];
};

G_DEFINE_TYPE (TasksSwatch, tasks_swatch, GTK_TYPE_WIDGET)

/* What needs looking at first. */
static const InspectorState order[] = {
  INSPECTOR_STATE_BLOCKED,  INSPECTOR_STATE_WAITING, INSPECTOR_STATE_RUNNING, INSPECTOR_STATE_READY,
  INSPECTOR_STATE_SLEEPING, INSPECTOR_STATE_RESTING, INSPECTOR_STATE_NONE,
};

static guint
count_states (TasksSwatch *self, guint *total)
{
  guint n = 0;

  *total = 0;
  for (guint i = 0; i < INSPECTOR_N_STATES; i++)
    {
      n += self->counts[i] > 0;
      *total += self->counts[i];
    }
  return n;
}

static void
tasks_swatch_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TasksSwatch *self = TASKS_SWATCH (widget);
  double x = 0, width = gtk_widget_get_width (widget);
  double y = (gtk_widget_get_height (widget) - SIZE) / 2.0;
  guint total, n = count_states (self, &total);
  cairo_t *cr;

  if (n == 0)
    return;
  cr = gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, (float)y, (float)width, SIZE));
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    {
      /* One blocked of a million is seen. */
      double part = (width - LEAST * n) * self->counts[order[i]] / total + LEAST;

      if (self->counts[order[i]] == 0)
        continue;
      if (order[i] != INSPECTOR_STATE_NONE)
        ui_state_paint (cr, order[i], x, y, part, SIZE);
      x += part;
    }
  cairo_destroy (cr);
}

static void
tasks_swatch_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  guint total;

  *minimum = *natural =
      orientation == GTK_ORIENTATION_VERTICAL || count_states (TASKS_SWATCH (widget), &total) < 2
          ? SIZE
          : WIDE;
}

static void
tasks_swatch_class_init (TasksSwatchClass *klass)
{
  GTK_WIDGET_CLASS (klass)->snapshot = tasks_swatch_snapshot;
  GTK_WIDGET_CLASS (klass)->measure = tasks_swatch_measure;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
tasks_swatch_init (TasksSwatch *self)
{
}

GtkWidget *
tasks_swatch_new (void)
{
  return g_object_new (TASKS_TYPE_SWATCH, NULL);
}

void
tasks_swatch_set_counts (TasksSwatch *self, const guint32 counts[INSPECTOR_N_STATES])
{
  guint total, n = count_states (self, &total);

  if (memcmp (self->counts, counts, sizeof self->counts) == 0)
    return;
  memcpy (self->counts, counts, sizeof self->counts);
  if ((n > 1) != (count_states (self, &total) > 1))
    gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tasks_swatch_set_state (TasksSwatch *self, InspectorState state)
{
  guint32 counts[INSPECTOR_N_STATES] = { 0 };

  counts[state] = 1;
  tasks_swatch_set_counts (self, counts);
}
