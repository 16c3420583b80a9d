/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "machine-canvas.h"

#include <math.h>

#include <glib/gi18n-lib.h>

#include <colours.h>

#include "machine-draw.h"

#define MOST_HEIGHT 280

struct _MachineCanvas
{
  GtkWidget parent_instance;
  Machine *machine;
  UiFont *font;
};

static guint activated_signal;

G_DEFINE_TYPE (MachineCanvas, machine_canvas, GTK_TYPE_WIDGET)

static void
machine_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  MachineCanvas *self = MACHINE_CANVAS (widget);
  int width = gtk_widget_get_width (widget), height = gtk_widget_get_height (widget);
  MachineLook look;
  cairo_t *cr;

  if (self->machine == NULL)
    return;
  machine_look_init (&look, ui_is_dark (), ui_is_high_contrast ());
  look.font = self->font;
  cr =
      gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  machine_draw (cr, self->machine, width, height, &look);
  cairo_destroy (cr);
}

static GtkSizeRequestMode
machine_canvas_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
machine_canvas_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                        int *natural, int *minimum_baseline, int *natural_baseline)
{
  MachineCanvas *self = MACHINE_CANVAS (widget);
  double height;

  *minimum = *natural = 40;
  if (orientation == GTK_ORIENTATION_HORIZONTAL || self->machine == NULL)
    return;
  height = machine_get_height (self->machine, for_size > 0 ? for_size : 300);
  *minimum = *natural = (int)ceil (CLAMP (height, 40, MOST_HEIGHT));
}

static guint
find_state (MachineCanvas *self, double x, double y)
{
  return self->machine != NULL
             ? machine_find_state (self->machine, gtk_widget_get_width (GTK_WIDGET (self)),
                                   gtk_widget_get_height (GTK_WIDGET (self)), x, y)
             : G_MAXUINT;
}

static gboolean
on_query_tooltip (MachineCanvas *self, int x, int y, gboolean by_keyboard, GtkTooltip *tooltip,
                  gpointer data)
{
  guint number = find_state (self, x, y);
  const MachineState *state = number != G_MAXUINT ? machine_state (self->machine, number) : NULL;
  g_autofree char *text = NULL;

  if (state == NULL)
    return FALSE;
  text = *state->place != '\0' ? g_strdup_printf (_ ("%s: %s\nentered first in %s"), state->name,
                                                  state->detail, state->place)
                               : g_strdup_printf ("%s: %s", state->name, state->detail);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
on_click (GtkGestureClick *gesture, int n_presses, double x, double y, MachineCanvas *self)
{
  guint number = find_state (self, x, y);

  if (number != G_MAXUINT && *machine_state (self->machine, number)->place != '\0')
    g_signal_emit (self, activated_signal, 0, machine_state (self->machine, number)->place);
}

void
machine_canvas_set_machine (MachineCanvas *self, Machine *machine)
{
  g_autofree char *text = machine != NULL ? machine_to_text (machine) : g_strdup ("");

  if (machine != NULL)
    machine_lay_out (machine, self->font, self->machine);
  machine_free (self->machine);
  self->machine = machine;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("State machine"), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
  gtk_widget_queue_resize (GTK_WIDGET (self));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
machine_canvas_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  GTK_WIDGET_CLASS (machine_canvas_parent_class)->css_changed (widget, change);
  gtk_widget_queue_draw (widget);
}

static void
machine_canvas_finalize (GObject *object)
{
  MachineCanvas *self = MACHINE_CANVAS (object);

  machine_free (self->machine);
  ui_font_free (self->font);
  G_OBJECT_CLASS (machine_canvas_parent_class)->finalize (object);
}

static void
machine_canvas_class_init (MachineCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = machine_canvas_finalize;
  widget_class->snapshot = machine_canvas_snapshot;
  widget_class->get_request_mode = machine_canvas_get_request_mode;
  widget_class->measure = machine_canvas_measure;
  widget_class->css_changed = machine_canvas_css_changed;
  activated_signal = g_signal_new ("activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
}

static void
machine_canvas_init (MachineCanvas *self)
{
  GtkGesture *click = gtk_gesture_click_new ();

  self->font = ui_font_new (GTK_WIDGET (self));
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  g_signal_connect (click, "released", G_CALLBACK (on_click), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
}

GtkWidget *
machine_canvas_new (void)
{
  return g_object_new (MACHINE_TYPE_CANVAS, NULL);
}
