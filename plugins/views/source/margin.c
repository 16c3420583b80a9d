/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "margin.h"

#include <glib/gi18n-lib.h>

#include <colours.h>
#include <state-paint.h>

#define MARKS_WIDTH 30
#define TIMES_PADDING 6
/* As wide as the longest that is said: "1,234,567 × 12 m 34 s". */
#define TIMES_TEXT "999,999 × 999 ms"

/* ---- Lines and pixels -------------------------------------------------------------------------- */

/* From 1; 0: there is none. */
static guint
get_line_at (GtkSourceGutterRenderer *renderer, double y)
{
  GtkTextView *view = GTK_TEXT_VIEW (gtk_source_gutter_renderer_get_view (renderer));
  GtkTextIter iter;
  int x, line_y;

  if (view == NULL)
    return 0;
  gtk_text_view_window_to_buffer_coords (view, GTK_TEXT_WINDOW_LEFT, 0, (int)y, &x, &line_y);
  gtk_text_view_get_line_at_y (view, &iter, line_y, NULL);
  return (guint)gtk_text_iter_get_line (&iter) + 1;
}

static void
on_pressed (GtkGestureClick *click, int n_press, double x, double y, gpointer renderer)
{
  guint line = get_line_at (renderer, y);

  if (line > 0)
    g_signal_emit_by_name (renderer, "line-activated", line);
}

static void
add_click (gpointer renderer)
{
  GtkGesture *click = gtk_gesture_click_new ();

  g_signal_connect (click, "pressed", G_CALLBACK (on_pressed), renderer);
  gtk_widget_add_controller (GTK_WIDGET (renderer), GTK_EVENT_CONTROLLER (click));
}

static void
add_signal (gpointer klass)
{
  g_signal_new ("line-activated", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
to_rgba (guint32 colour, GdkRGBA *ret_rgba)
{
  *ret_rgba = (GdkRGBA){ (float)(colour >> 16 & 255) / 255, (float)(colour >> 8 & 255) / 255,
                         (float)(colour & 255) / 255, 1 };
}

/* In the ink of the text: that of the margin is paler. */
static void
draw_text (GtkWidget *widget, GtkSnapshot *snapshot, const char *text, int y, int height,
           PangoAlignment alignment, int padding)
{
  GtkSourceView *view = gtk_source_gutter_renderer_get_view (GTK_SOURCE_GUTTER_RENDERER (widget));
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, text);
  int width = gtk_widget_get_width (widget), text_width, text_height;
  GdkRGBA ink;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (view)), &ink);
  pango_layout_get_pixel_size (layout, &text_width, &text_height);
  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot,
      &GRAPHENE_POINT_INIT (
          (float)(alignment == PANGO_ALIGN_RIGHT ? width - text_width - padding : padding),
          (float)(y + (height - text_height) / 2.0)));
  gtk_snapshot_append_layout (snapshot, layout, &ink);
  gtk_snapshot_restore (snapshot);
}

/* ---- Marks ------------------------------------------------------------------------------------- */

struct _SourceMarks
{
  GtkSourceGutterRenderer parent_instance;
  GHashTable *marks[SOURCE_N_MARKS]; /* line: number + 1 */
  InspectorState state;              /* of the selected task */
};

G_DEFINE_TYPE (SourceMarks, source_marks, GTK_SOURCE_TYPE_GUTTER_RENDERER)

static void
draw_tasks (SourceMarks *self, GtkSnapshot *snapshot, guint number, int y, int height)
{
  g_autofree char *text = number > 99 ? g_strdup ("99+") : g_strdup_printf ("%u", number);

  GdkRGBA colour;

  if (number == 0)
    return;
  to_rgba (ui_state_get_colour (INSPECTOR_STATE_READY, ui_is_dark ()), &colour);
  colour.alpha = 0.35f;
  gtk_snapshot_append_color (snapshot, &colour,
                             &GRAPHENE_RECT_INIT (1, (float)y + 1,
                                                  (float)(number > 99  ? 26
                                                          : number > 9 ? 18
                                                                       : 12),
                                                  (float)height - 2));
  draw_text (GTK_WIDGET (self), snapshot, text, y, height, PANGO_ALIGN_LEFT, 3);
}

/* An octagon, which nothing else is: filled where something stops. */
static void
draw_break (SourceMarks *self, GtkSnapshot *snapshot, guint look, int y, int height)
{
  double size = MIN (height - 2, MARKS_WIDTH / 2), x = 1, corner = size * 0.3;
  double top = y + (height - size) / 2.0;
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT (0, (float)y, MARKS_WIDTH, (float)height));

  ui_set_source (cr, ui_is_dark () ? 0xff6b61 : 0xc01c28, look == SOURCE_BREAK_UNMET ? 0.5 : 1);
  cairo_set_line_width (cr, 1.5);
  cairo_move_to (cr, x + corner, top);
  cairo_line_to (cr, x + size - corner, top);
  cairo_line_to (cr, x + size, top + corner);
  cairo_line_to (cr, x + size, top + size - corner);
  cairo_line_to (cr, x + size - corner, top + size);
  cairo_line_to (cr, x + corner, top + size);
  cairo_line_to (cr, x, top + size - corner);
  cairo_line_to (cr, x, top + corner);
  cairo_close_path (cr);
  if (look == SOURCE_BREAK_ON)
    cairo_fill (cr);
  else
    cairo_stroke (cr);
  cairo_destroy (cr);
}

static void
draw_here (SourceMarks *self, GtkSnapshot *snapshot, guint number, int y, int height)
{
  int right = gtk_widget_get_width (GTK_WIDGET (self));
  cairo_t *cr = gtk_snapshot_append_cairo (
      snapshot, &GRAPHENE_RECT_INIT ((float)right - 12, (float)y, 12, (float)height));
  double middle = y + height / 2.0;
  GdkRGBA colour;

  to_rgba (ui_state_get_colour (self->state, ui_is_dark ()), &colour);
  gdk_cairo_set_source_rgba (cr, &colour);
  cairo_move_to (cr, right - 11, middle - 5);
  cairo_line_to (cr, right - 2, middle);
  cairo_line_to (cr, right - 11, middle + 5);
  cairo_close_path (cr);
  cairo_fill (cr);
  cairo_destroy (cr);
}

static void (*const draw_functions[SOURCE_N_MARKS]) (SourceMarks *self, GtkSnapshot *snapshot,
                                                     guint number, int y, int height) = {
  [SOURCE_MARK_BREAK] = draw_break,
  [SOURCE_MARK_TASKS] = draw_tasks,
  [SOURCE_MARK_HERE] = draw_here,
};

static void
source_marks_snapshot_line (GtkSourceGutterRenderer *renderer, GtkSnapshot *snapshot,
                            GtkSourceGutterLines *lines, guint line)
{
  SourceMarks *self = SOURCE_MARKS (renderer);
  int y, height;

  gtk_source_gutter_lines_get_line_yrange (
      lines, line, GTK_SOURCE_GUTTER_RENDERER_ALIGNMENT_MODE_FIRST, &y, &height);
  for (guint i = 0; i < SOURCE_N_MARKS; i++)
    {
      gpointer number = g_hash_table_lookup (self->marks[i], GUINT_TO_POINTER (line + 1));

      if (number != NULL)
        draw_functions[i](self, snapshot, GPOINTER_TO_UINT (number) - 1, y, height);
    }
}

static void
source_marks_finalize (GObject *object)
{
  for (guint i = 0; i < SOURCE_N_MARKS; i++)
    g_hash_table_unref (SOURCE_MARKS (object)->marks[i]);
  G_OBJECT_CLASS (source_marks_parent_class)->finalize (object);
}

static void
source_marks_class_init (SourceMarksClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = source_marks_finalize;
  GTK_SOURCE_GUTTER_RENDERER_CLASS (klass)->snapshot_line = source_marks_snapshot_line;
  add_signal (klass);
}

static void
source_marks_init (SourceMarks *self)
{
  for (guint i = 0; i < SOURCE_N_MARKS; i++)
    self->marks[i] = g_hash_table_new (NULL, NULL);
  gtk_widget_set_size_request (GTK_WIDGET (self), MARKS_WIDTH, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Breakpoints, and tasks at each line"), -1);
  add_click (self);
}

GtkSourceGutterRenderer *
source_marks_new (void)
{
  return g_object_new (SOURCE_TYPE_MARKS, NULL);
}

void
source_marks_clear (SourceMarks *self, SourceMark mark)
{
  g_hash_table_remove_all (self->marks[mark]);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
source_marks_set (SourceMarks *self, SourceMark mark, guint line, guint number)
{
  g_hash_table_insert (self->marks[mark], GUINT_TO_POINTER (line), GUINT_TO_POINTER (number + 1));
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
source_marks_set_state (SourceMarks *self, InspectorState state)
{
  self->state = state;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

/* ---- Times ------------------------------------------------------------------------------------- */

struct _SourceTimes
{
  GtkSourceGutterRenderer parent_instance;
  const SourceLines *lines; /* NULL: nothing is known */
};

G_DEFINE_TYPE (SourceTimes, source_times, GTK_SOURCE_TYPE_GUTTER_RENDERER)

/* The longer a line took, the more of its colour it has: what waits and what runs apart. */
static void
draw_share (SourceTimes *self, GtkSnapshot *snapshot, const SourceLine *line, int y, int height)
{
  InspectorState state = line->waits ? INSPECTOR_STATE_WAITING : INSPECTOR_STATE_RUNNING;
  double share = (double)line->total_ns / (double)MAX (self->lines->most_ns, 1);
  int width = gtk_widget_get_width (GTK_WIDGET (self));
  GdkRGBA colour;

  to_rgba (ui_state_get_colour (state, ui_is_dark ()), &colour);
  colour.alpha = 0.35f;
  gtk_snapshot_append_color (snapshot, &colour,
                             &GRAPHENE_RECT_INIT ((float)(width - width * share), (float)y,
                                                  (float)(width * share), (float)height));
}

static void
source_times_snapshot_line (GtkSourceGutterRenderer *renderer, GtkSnapshot *snapshot,
                            GtkSourceGutterLines *lines, guint line)
{
  SourceTimes *self = SOURCE_TIMES (renderer);
  const SourceLine *found = self->lines != NULL ? source_lines_find (self->lines, line + 1) : NULL;
  g_autofree char *text = NULL;
  int y, height;

  if (found == NULL)
    return;
  gtk_source_gutter_lines_get_line_yrange (
      lines, line, GTK_SOURCE_GUTTER_RENDERER_ALIGNMENT_MODE_FIRST, &y, &height);
  text = source_line_dup_short (found);
  if (*text == '\0')
    return;
  draw_share (self, snapshot, found, y, height);
  draw_text (GTK_WIDGET (self), snapshot, text, y, height, PANGO_ALIGN_RIGHT, TIMES_PADDING);
}

static gboolean
on_query_tooltip (GtkWidget *widget, int x, int y, gboolean by_keys, GtkTooltip *tooltip,
                  gpointer data)
{
  SourceTimes *self = SOURCE_TIMES (widget);
  guint line = get_line_at (GTK_SOURCE_GUTTER_RENDERER (self), y);
  const SourceLine *found = self->lines != NULL ? source_lines_find (self->lines, line) : NULL;
  g_autofree char *text = NULL;

  if (found == NULL)
    return FALSE;
  text = source_line_dup_text (self->lines, found);
  gtk_tooltip_set_text (tooltip, text);
  return TRUE;
}

static void
source_times_measure (GtkWidget *widget, GtkOrientation orientation, int for_size, int *minimum,
                      int *natural, int *minimum_baseline, int *natural_baseline)
{
  g_autoptr (PangoLayout) layout = gtk_widget_create_pango_layout (widget, TIMES_TEXT);
  int width, height;

  pango_layout_get_pixel_size (layout, &width, &height);
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? width + 2 * TIMES_PADDING : 0;
}

static void
source_times_class_init (SourceTimesClass *klass)
{
  GTK_SOURCE_GUTTER_RENDERER_CLASS (klass)->snapshot_line = source_times_snapshot_line;
  GTK_WIDGET_CLASS (klass)->measure = source_times_measure;
  add_signal (klass);
}

static void
source_times_init (SourceTimes *self)
{
  gtk_widget_set_has_tooltip (GTK_WIDGET (self), TRUE);
  g_signal_connect (self, "query-tooltip", G_CALLBACK (on_query_tooltip), NULL);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Counts and times of each line"), -1);
  add_click (self);
}

GtkSourceGutterRenderer *
source_times_new (void)
{
  return g_object_new (SOURCE_TYPE_TIMES, NULL);
}

void
source_times_set_lines (SourceTimes *self, const SourceLines *lines)
{
  self->lines = lines;
  gtk_widget_queue_draw (GTK_WIDGET (self));
}
