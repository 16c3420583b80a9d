/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "state-paint.h"

#include <math.h>
#include <glib/gi18n-lib.h>

#define SWATCH 14
/* Below it a pattern is noise. */
#define LEAST_SIZE 6
/* From one line, or row of dots, of a pattern to the next. */
#define PITCH 5
#define FAINT 0.35
#define STRONG 0.75

void
ui_set_source (cairo_t *cr, guint32 colour, double alpha)
{
  cairo_set_source_rgba (cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                         (colour & 255) / 255.0, alpha);
}

/* ---- Patterns ---------------------------------------------------------------------------------- */

/* Where a pattern begins does not depend on the rectangle: it stands still while rectangles move. */
static double
snap (double at)
{
  return floor (at / PITCH) * PITCH;
}

static void
draw_lines (cairo_t *cr, double x, double y, double width, double height, int direction)
{
  double from = snap (x - height), to = x + width + height;

  for (double at = from; at < to; at += PITCH)
    {
      cairo_move_to (cr, at, direction > 0 ? y + height : y);
      cairo_line_to (cr, at + height, direction > 0 ? y : y + height);
    }
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
draw_dots (cairo_t *cr, double x, double y, double width, double height)
{
  for (double row = snap (y); row < y + height; row += PITCH)
    for (double at = snap (x); at < x + width; at += PITCH)
      cairo_rectangle (cr, at, row, 1.5, 1.5);
  cairo_fill (cr);
}

/* @x_step, @y_step: 0: none in that direction */
static void
draw_grid (cairo_t *cr, double x, double y, double width, double height, double x_step,
           double y_step)
{
  for (double at = snap (x); x_step > 0 && at < x + width; at += x_step)
    cairo_rectangle (cr, at, y, 1, height);
  for (double at = snap (y); y_step > 0 && at < y + height; at += y_step)
    cairo_rectangle (cr, x, at, width, 1);
  cairo_fill (cr);
}

/* Squares of @size, one in each square of @pitch and, shifted, one between four of them. */
static void
draw_squares (cairo_t *cr, double x, double y, double width, double height, double pitch,
              double size)
{
  for (double row = snap (y) - PITCH, shift = 0; row < y + height; row += pitch / 2)
    {
      for (double at = snap (x) - PITCH + shift; at < x + width; at += pitch)
        cairo_rectangle (cr, at, row, size, size);
      shift = shift > 0 ? 0 : pitch / 2;
    }
  cairo_fill (cr);
}

/* A dash, and as much of nothing; those of every other row stand over the gaps. */
static void
draw_dashes (cairo_t *cr, double x, double y, double width, double height)
{
  for (double row = snap (y), shift = 0; row < y + height; row += PITCH)
    {
      for (double at = snap (x) - 2 * PITCH + shift; at < x + width; at += 2 * PITCH)
        cairo_rectangle (cr, at, row + 1, PITCH, 1);
      shift = shift > 0 ? 0 : PITCH;
    }
  cairo_fill (cr);
}

static void
draw_waves (cairo_t *cr, double x, double y, double width, double height)
{
  for (double row = snap (y) - PITCH; row < y + height + PITCH; row += PITCH)
    {
      double shift = 0;

      cairo_move_to (cr, snap (x), row);
      for (double at = snap (x); at < x + width + PITCH; at += PITCH)
        {
          shift = shift > 0 ? 0 : PITCH - 1;
          cairo_line_to (cr, at + PITCH, row + shift);
        }
    }
  cairo_set_line_width (cr, 1);
  cairo_stroke (cr);
}

static void
draw_pattern (cairo_t *cr, UiPattern pattern, double x, double y, double width, double height)
{
  if (pattern == UI_PATTERN_STRIPES || pattern == UI_PATTERN_CROSS)
    draw_lines (cr, x, y, width, height, 1);
  if (pattern == UI_PATTERN_FALLING || pattern == UI_PATTERN_CROSS)
    draw_lines (cr, x, y, width, height, -1);
  if (pattern == UI_PATTERN_DOTS)
    draw_dots (cr, x, y, width, height);
  if (pattern == UI_PATTERN_LINES || pattern == UI_PATTERN_BARS || pattern == UI_PATTERN_GRID)
    draw_grid (cr, x, y, width, height, pattern != UI_PATTERN_LINES ? PITCH : 0,
               pattern != UI_PATTERN_BARS ? PITCH : 0);
  if (pattern == UI_PATTERN_CHECKS)
    draw_squares (cr, x, y, width, height, 2 * PITCH - 2, PITCH - 1);
  if (pattern == UI_PATTERN_SPOTS)
    draw_squares (cr, x, y, width, height, 2 * PITCH, 2);
  if (pattern == UI_PATTERN_DASHES)
    draw_dashes (cr, x, y, width, height);
  if (pattern == UI_PATTERN_WAVES)
    draw_waves (cr, x, y, width, height);
}

void
ui_look_paint (cairo_t *cr, const UiStateLook *look, double x, double y, double width,
               double height)
{
  gboolean is_dark = ui_is_dark (), is_contrast = ui_is_high_contrast ();
  guint32 colour = is_dark ? look->dark : look->light;
  UiPattern pattern = look->pattern;

  cairo_save (cr);
  cairo_rectangle (cr, x, y, width, height);
  cairo_clip (cr);
  ui_set_source (cr, colour, 1);
  cairo_paint (cr);
  if (MIN (width, height) >= LEAST_SIZE && pattern != UI_PATTERN_PLAIN)
    {
      if (is_contrast)
        ui_set_source (cr, ui_colour_get_ink (colour), STRONG);
      else
        ui_set_source (cr, is_dark ? 0x000000 : 0xffffff, FAINT);
      draw_pattern (cr, pattern, x, y, width, height);
    }
  if (is_contrast && MIN (width, height) >= LEAST_SIZE)
    {
      ui_set_source (cr, is_dark ? 0xffffff : 0x000000, 1);
      cairo_set_line_width (cr, 2);
      cairo_rectangle (cr, x, y, width, height);
      cairo_stroke (cr);
    }
  cairo_restore (cr);
}

void
ui_state_paint (cairo_t *cr, InspectorState state, double x, double y, double width, double height)
{
  ui_look_paint (cr, ui_state_get_look (state), x, y, width, height);
}

/* ---- Widgets ----------------------------------------------------------------------------------- */

static void
draw_swatch (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  ui_state_paint (cr, (InspectorState)GPOINTER_TO_INT (data), 0, 0, width, height);
}

void
ui_state_swatch_set (GtkWidget *swatch, InspectorState state)
{
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (swatch), draw_swatch,
                                  GINT_TO_POINTER ((int)state), NULL);
  gtk_widget_set_tooltip_text (swatch, ui_state_get_name (state));
  gtk_accessible_update_property (GTK_ACCESSIBLE (swatch), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  ui_state_get_name (state), -1);
}

static GtkWidget *
new_area (void)
{
  GtkWidget *area = gtk_drawing_area_new ();

  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), SWATCH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), SWATCH);
  gtk_widget_set_valign (area, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (area, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (area, "state-swatch");
  gtk_widget_set_overflow (area, GTK_OVERFLOW_HIDDEN);
  return area;
}

GtkWidget *
ui_state_swatch_new (InspectorState state)
{
  GtkWidget *swatch = new_area ();

  ui_state_swatch_set (swatch, state);
  return swatch;
}

static void
draw_look (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  ui_look_paint (cr, data, 0, 0, width, height);
}

void
ui_look_swatch_set (GtkWidget *swatch, const UiStateLook *look)
{
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (swatch), draw_look,
                                  g_memdup2 (look, sizeof *look), g_free);
  gtk_accessible_update_property (GTK_ACCESSIBLE (swatch), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ (look->name), -1);
}

GtkWidget *
ui_look_swatch_new (const UiStateLook *look)
{
  GtkWidget *swatch = new_area ();

  ui_look_swatch_set (swatch, look);
  return swatch;
}

GtkWidget *
ui_legend_new (void)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);

  for (int state = INSPECTOR_STATE_NONE + 1; state < INSPECTOR_N_STATES; state++)
    {
      GtkWidget *one = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
      GtkWidget *label = gtk_label_new (ui_state_get_name ((InspectorState)state));

      gtk_widget_add_css_class (label, "caption");
      gtk_box_append (GTK_BOX (one), ui_state_swatch_new ((InspectorState)state));
      gtk_box_append (GTK_BOX (one), label);
      gtk_widget_set_tooltip_text (one, _ (ui_state_get_look ((InspectorState)state)->meaning));
      gtk_box_append (GTK_BOX (box), one);
    }
  gtk_accessible_update_property (GTK_ACCESSIBLE (box), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("What the colours mean"), -1);
  return box;
}
