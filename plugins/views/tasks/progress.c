/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "progress.h"

#include <string.h>

#include <state-paint.h>

#define SIZE 9
#define GAP 3

struct _TasksProgress
{
  GtkWidget parent_instance;
  TasksSteps steps;
};

G_DEFINE_TYPE (TasksProgress, tasks_progress, GTK_TYPE_WIDGET)

static void
draw_ring (cairo_t *cr, double x, double y, const GdkRGBA *ink)
{
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.45);
  cairo_set_line_width (cr, 1);
  cairo_rectangle (cr, x + 0.5, y + 0.5, SIZE - 1, SIZE - 1);
  cairo_stroke (cr);
}

static void
draw_done (cairo_t *cr, double x, double y, const GdkRGBA *ink)
{
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.55);
  cairo_rectangle (cr, x, y, SIZE, SIZE);
  cairo_fill (cr);
}

/* "…": there were more before. */
static void
draw_earlier (cairo_t *cr, double x, double y, const GdkRGBA *ink)
{
  cairo_set_source_rgba (cr, ink->red, ink->green, ink->blue, 0.55);
  for (int i = 0; i < 3; i++)
    cairo_rectangle (cr, x + i * 3.5, y + SIZE - 2, 2, 2);
  cairo_fill (cr);
}

static void
tasks_progress_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TasksProgress *self = TASKS_PROGRESS (widget);
  const TasksSteps *steps = &self->steps;
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  double x = 0, y = (height - SIZE) / 2;
  gboolean waits = steps->waits != INSPECTOR_STATE_NONE;
  guint room = (guint)MAX (width / (SIZE + GAP), 1), n = steps->n + steps->n_next;
  gboolean has_dots = n > room || steps->n_earlier > 0 || steps->is_cut;
  guint skip = 0;
  GdkRGBA ink;
  cairo_t *cr;

  if (steps->n == 0)
    return;
  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  cr =
      gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  if (gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL)
    {
      cairo_translate (cr, width, 0);
      cairo_scale (cr, -1, 1);
    }
  room -= has_dots && room > 1;
  if (n > room)
    skip = MIN (n - room, steps->n - 1);
  if (has_dots)
    {
      draw_earlier (cr, x, y, &ink);
      x += SIZE + GAP + 1;
    }
  for (guint i = skip; i < n && x + SIZE <= width; i++, x += SIZE + GAP)
    if (i + 1 == steps->n && waits)
      ui_state_paint (cr, steps->waits, x, y, SIZE, SIZE);
    else if (i < steps->n)
      draw_done (cr, x, y, &ink);
    else
      draw_ring (cr, x, y, &ink);
  cairo_destroy (cr);
}

static void
tasks_progress_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_VERTICAL ? SIZE : 4 * (SIZE + GAP);
}

static gboolean
on_tooltip (GtkWidget *widget, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip,
            gpointer data)
{
  g_autofree char *text = tasks_steps_to_text (&TASKS_PROGRESS (widget)->steps);

  gtk_tooltip_set_text (tooltip, text);
  return *text != '\0';
}

static void
tasks_progress_class_init (TasksProgressClass *klass)
{
  GTK_WIDGET_CLASS (klass)->snapshot = tasks_progress_snapshot;
  GTK_WIDGET_CLASS (klass)->measure = tasks_progress_measure;
  gtk_widget_class_set_accessible_role (GTK_WIDGET_CLASS (klass), GTK_ACCESSIBLE_ROLE_IMG);
}

static void
tasks_progress_init (TasksProgress *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_tooltip), NULL);
}

GtkWidget *
tasks_progress_new (void)
{
  return g_object_new (TASKS_TYPE_PROGRESS, NULL);
}

void
tasks_progress_set_steps (TasksProgress *self, const TasksSteps *steps)
{
  static const TasksSteps none;
  g_autofree char *summary = NULL;

  if (steps == NULL)
    steps = &none;
  if (memcmp (&self->steps, steps, sizeof *steps) == 0)
    return;
  self->steps = *steps;
  summary = tasks_steps_dup_summary (steps);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, summary,
                                  -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
