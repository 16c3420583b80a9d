/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "cell.h"

#include <string.h>

#include <inspector-names.h>

#include "swatch.h"

#define INDENT 16
#define MAX_DEPTH 20u
#define EXPANDER 16
#define GAP 5

struct _TasksCell
{
  GtkWidget parent_instance;
  char *text, *count;
  PangoLayout *layout; /* (nullable): of @text, with short names, once it was drawn */
  int width_chars;
  gboolean is_number, is_dim, has_states;
  gboolean is_short; /* what is drawn; the tooltip has the whole */
  TasksExpander expander;
  guint depth;
  guint32 states[INSPECTOR_N_STATES];
};

enum
{
  TOGGLED,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

G_DEFINE_TYPE (TasksCell, tasks_cell, GTK_TYPE_WIDGET)

/* ---- Drawing ------------------------------------------------------------------------------------ */

/* From the begin of the line as people read. */
static int
get_expander_x (TasksCell *self)
{
  return (int)MIN (self->depth, MAX_DEPTH) * INDENT;
}

static int
get_text_x (TasksCell *self)
{
  int x = self->expander != TASKS_EXPANDER_NONE ? get_expander_x (self) + EXPANDER : 0;

  return self->has_states ? x + tasks_swatch_get_width (self->states) + GAP : x;
}

/* What begins at @x and is so wide, where people read from the right. */
static int
mirror (TasksCell *self, int x, int width)
{
  return gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL
             ? gtk_widget_get_width (GTK_WIDGET (self)) - x - width
             : x;
}

static void
draw_expander (TasksCell *self, cairo_t *cr, const GdkRGBA *ink)
{
  int height = gtk_widget_get_height (GTK_WIDGET (self));
  double x = mirror (self, get_expander_x (self), EXPANDER) + EXPANDER / 2.0, y = height / 2.0;
  double towards = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? -1 : 1;

  gdk_cairo_set_source_rgba (cr, ink);
  if (self->expander == TASKS_EXPANDER_OPEN)
    {
      cairo_move_to (cr, x - 4.5, y - 2.5);
      cairo_line_to (cr, x + 4.5, y - 2.5);
      cairo_line_to (cr, x, y + 3);
    }
  else
    {
      cairo_move_to (cr, x - 2.5 * towards, y - 4.5);
      cairo_line_to (cr, x - 2.5 * towards, y + 4.5);
      cairo_line_to (cr, x + 3 * towards, y);
    }
  cairo_fill (cr);
}

static void
draw_marks (TasksCell *self, GtkSnapshot *snapshot, const GdkRGBA *ink)
{
  int width = gtk_widget_get_width (GTK_WIDGET (self)),
      height = gtk_widget_get_height (GTK_WIDGET (self));
  int swatch = self->has_states ? tasks_swatch_get_width (self->states) : 0;
  cairo_t *cr;

  if (!self->has_states && self->expander < TASKS_EXPANDER_CLOSED)
    return;
  cr =
      gtk_snapshot_append_cairo (snapshot, &GRAPHENE_RECT_INIT (0, 0, (float)width, (float)height));
  if (self->expander >= TASKS_EXPANDER_CLOSED)
    draw_expander (self, cr, ink);
  if (self->has_states)
    tasks_swatch_paint (cr, self->states, mirror (self, get_text_x (self) - swatch - GAP, swatch),
                        (height - TASKS_SWATCH_SIZE) / 2.0, swatch);
  cairo_destroy (cr);
}

/* Returns: how wide it was */
static int
draw_layout (TasksCell *self, GtkSnapshot *snapshot, PangoLayout *layout, int x, gboolean at_end,
             int room, const GdkRGBA *ink)
{
  int width, height;

  pango_layout_set_width (layout, -1);
  pango_layout_get_pixel_size (layout, &width, &height);
  /* A width makes text of the other direction stand at the other side: only where it is cut. */
  if (width > room)
    {
      pango_layout_set_width (layout, MAX (room, 1) * PANGO_SCALE);
      width = room;
    }
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT ((float)mirror (self, at_end ? x + room - width : x, width),
                            (float)(gtk_widget_get_height (GTK_WIDGET (self)) - height) / 2));
  gtk_snapshot_append_layout (snapshot, layout, ink);
  gtk_snapshot_restore (snapshot);
  return width;
}

static void
tasks_cell_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  TasksCell *self = TASKS_CELL (widget);
  int width = gtk_widget_get_width (widget), x = get_text_x (self), room = width - x;
  GdkRGBA ink;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &ink);
  if (self->is_dim)
    ink.alpha *= 0.55f;
  draw_marks (self, snapshot, &ink);
  if (self->count != NULL)
    {
      g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, self->count);
      PangoAttrList *bold = pango_attr_list_new ();

      pango_attr_list_insert (bold, pango_attr_weight_new (PANGO_WEIGHT_BOLD));
      pango_layout_set_attributes (layout, bold);
      pango_attr_list_unref (bold);
      room -= draw_layout (self, snapshot, layout, x, TRUE, room, &ink) + GAP;
    }
  if (self->layout == NULL)
    {
      g_autofree char *shown = inspector_format_names (self->text);

      self->layout = gtk_widget_create_pango_layout (widget, shown);
      pango_layout_set_ellipsize (self->layout, PANGO_ELLIPSIZE_END);
      pango_layout_set_single_paragraph_mode (self->layout, TRUE);
    }
  if (room > 0)
    draw_layout (self, snapshot, self->layout, x, self->is_number, room, &ink);
}

static void
tasks_cell_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                    int *natural, int *minimum_baseline, int *natural_baseline)
{
  TasksCell *self = TASKS_CELL (widget);
  PangoContext *context = gtk_widget_get_pango_context (widget);
  PangoFontMetrics *metrics = pango_context_get_metrics (context, NULL, NULL);

  *minimum = *natural =
      orientation == GTK_ORIENTATION_VERTICAL
          ? PANGO_PIXELS_CEIL (pango_font_metrics_get_height (metrics))
          : PANGO_PIXELS_CEIL (pango_font_metrics_get_approximate_char_width (metrics)) *
                self->width_chars;
  pango_font_metrics_unref (metrics);
}

static void
tasks_cell_css_changed (GtkWidget *widget, GtkCssStyleChange *change)
{
  g_clear_object (&TASKS_CELL (widget)->layout);
  GTK_WIDGET_CLASS (tasks_cell_parent_class)->css_changed (widget, change);
}

/* ---- Its expander ------------------------------------------------------------------------------- */

static void
on_pressed (GtkGestureClick *gesture, int n, double x, double y, TasksCell *self)
{
  int begin = mirror (self, get_expander_x (self), EXPANDER);

  if (self->expander < TASKS_EXPANDER_CLOSED || x < begin || x >= begin + EXPANDER)
    return;
  gtk_gesture_set_state (GTK_GESTURE (gesture), GTK_EVENT_SEQUENCE_CLAIMED);
  g_signal_emit (self, signals[TOGGLED], 0);
}

/* ---- The widget --------------------------------------------------------------------------------- */

static void
tasks_cell_dispose (GObject *object)
{
  TasksCell *self = TASKS_CELL (object);

  g_clear_object (&self->layout);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->count, g_free);
  G_OBJECT_CLASS (tasks_cell_parent_class)->dispose (object);
}

static void
tasks_cell_class_init (TasksCellClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = tasks_cell_dispose;
  widget_class->snapshot = tasks_cell_snapshot;
  widget_class->measure = tasks_cell_measure;
  widget_class->css_changed = tasks_cell_css_changed;
  gtk_widget_class_set_css_name (widget_class, "label");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_CELL);
  signals[TOGGLED] = g_signal_new ("toggled", TASKS_TYPE_CELL, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                   NULL, G_TYPE_NONE, 0);
}

static void
tasks_cell_init (TasksCell *self)
{
  self->text = g_strdup ("");
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
}

GtkWidget *
tasks_cell_new (gboolean is_number, int width)
{
  TasksCell *self = g_object_new (TASKS_TYPE_CELL, "valign", GTK_ALIGN_CENTER, NULL);

  self->is_number = is_number;
  self->width_chars = width;
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, "", -1);
  if (is_number)
    gtk_widget_add_css_class (GTK_WIDGET (self), "numeric");
  return GTK_WIDGET (self);
}

static void
update_tooltip (TasksCell *self)
{
  g_autofree char *shown = inspector_format_names (self->text);
  gboolean is_short = !g_str_equal (shown, self->text);

  if (is_short || self->is_short)
    gtk_widget_set_tooltip_text (GTK_WIDGET (self), is_short ? self->text : NULL);
  self->is_short = is_short;
}

void
tasks_cell_set_text (TasksCell *self, const char *text)
{
  text = text != NULL ? text : "";
  if (g_str_equal (text, self->text))
    return;
  g_free (self->text);
  self->text = g_strdup (text);
  g_clear_object (&self->layout);
  update_tooltip (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, text, -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tasks_cell_set_count (TasksCell *self, const char *count)
{
  if (g_strcmp0 (count, self->count) == 0)
    return;
  g_free (self->count);
  self->count = g_strdup (count);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  count != NULL ? count : "", -1);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tasks_cell_set_expander (TasksCell *self, TasksExpander expander, guint depth)
{
  if (self->expander == expander && self->depth == depth)
    return;
  if (expander >= TASKS_EXPANDER_CLOSED && self->expander == TASKS_EXPANDER_NONE &&
      g_object_get_data (G_OBJECT (self), "gesture") == NULL)
    {
      GtkGesture *click = gtk_gesture_click_new ();

      g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), self);
      gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
      g_object_set_data (G_OBJECT (self), "gesture", click);
    }
  self->expander = expander;
  self->depth = depth;
  if (expander >= TASKS_EXPANDER_CLOSED)
    gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_EXPANDED,
                                 expander == TASKS_EXPANDER_OPEN, -1);
  else
    gtk_accessible_reset_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_EXPANDED);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tasks_cell_set_states (TasksCell *self, const guint32 counts[INSPECTOR_N_STATES])
{
  if (self->has_states && memcmp (self->states, counts, sizeof self->states) == 0)
    return;
  self->has_states = TRUE;
  memcpy (self->states, counts, sizeof self->states);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
tasks_cell_set_dim (TasksCell *self, gboolean is_dim)
{
  if (self->is_dim == is_dim)
    return;
  self->is_dim = is_dim;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
