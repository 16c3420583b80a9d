/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "legend.h"

#include <glib/gi18n-lib.h>

#include <named-button.h>
#include <state-paint.h>

#define SWATCH_WIDTH 44
#define SWATCH_HEIGHT 20

typedef enum
{
  SWATCH_TASK,
  SWATCH_RESOURCE,
  SWATCH_THREAD,
  SWATCH_FOLD,
  SWATCH_WAITS,
  SWATCH_HELD,
  SWATCH_WRONG,
} Swatch;

static const struct
{
  Swatch swatch;
  const char *text;
} rows[] = {
  { SWATCH_TASK, N_ ("A task; its stripe is its state") },
  { SWATCH_THREAD, N_ ("A thread or a process: no task") },
  { SWATCH_RESOURCE, N_ ("What is waited for or had: a lock, a pool, a channel") },
  { SWATCH_FOLD, N_ ("Many of a kind; Enter shows them one by one") },
  { SWATCH_WAITS, N_ ("From who waits to what is waited for") },
  { SWATCH_HELD, N_ ("From what is had to who has it") },
  { SWATCH_WRONG, N_ ("A deadlock: each waits for the next, all around") },
};

static const struct
{
  const char *keys, *text;
} keys[] = {
  { "← ↑ → ↓", N_ ("to the next node, along an edge if there is one") },
  { N_ ("Enter"), N_ ("select that task, or show those of a kind one by one") },
  { "F", N_ ("all of it") },
  { "+  −  0", N_ ("larger, smaller, as large as text is; the wheel does it at the pointer") },
  { N_ ("Shift+arrows, drag"), N_ ("move it") },
  { "E  C", N_ ("one by one, and as one") },
  { "N", N_ ("only what hangs together with the selected task") },
};

static void
set_colour (cairo_t *cr, guint32 colour)
{
  cairo_set_source_rgb (cr, (colour >> 16 & 255) / 255.0, (colour >> 8 & 255) / 255.0,
                        (colour & 255) / 255.0);
}

static void
draw_line (cairo_t *cr, double width, double height, const GdkRGBA *ink, Swatch swatch)
{
  guint32 wrong = ui_is_dark () ? 0xff7b63 : 0xc01c28;

  gdk_cairo_set_source_rgba (cr, ink);
  if (swatch == SWATCH_HELD)
    cairo_set_dash (cr, (double[]){ 6, 4 }, 2, 0);
  if (swatch == SWATCH_WRONG)
    set_colour (cr, wrong);
  for (int i = swatch == SWATCH_WRONG ? -1 : 0; i <= (swatch == SWATCH_WRONG ? 1 : 0); i += 2)
    {
      cairo_move_to (cr, 1, height / 2 + i * 1.5);
      cairo_line_to (cr, width - 8, height / 2 + i * 1.5);
      cairo_stroke (cr);
    }
  cairo_set_dash (cr, NULL, 0, 0);
  cairo_move_to (cr, width - 1, height / 2);
  cairo_line_to (cr, width - 9, height / 2 - 4);
  cairo_line_to (cr, width - 9, height / 2 + 4);
  cairo_fill (cr);
}

static void
draw_box (cairo_t *cr, double width, double height, const GdkRGBA *ink, Swatch swatch)
{
  gdk_cairo_set_source_rgba (cr, ink);
  if (swatch == SWATCH_RESOURCE)
    {
      cairo_arc (cr, width - height / 2, height / 2, height / 2 - 1.5, -G_PI / 2, G_PI / 2);
      cairo_arc (cr, height / 2, height / 2, height / 2 - 1.5, G_PI / 2, 3 * G_PI / 2);
      cairo_close_path (cr);
    }
  else
    for (int i = swatch == SWATCH_FOLD ? 1 : 0; i >= 0; i--)
      cairo_rectangle (cr, 1.5 + 3 * i, 1.5 + 3 * i, width - 9, height - 9 + (i == 0 ? 3 : 0));
  cairo_stroke (cr);
  if (swatch != SWATCH_TASK)
    return;
  set_colour (cr, ui_state_get_colour (INSPECTOR_STATE_BLOCKED, ui_is_dark ()));
  cairo_rectangle (cr, 2, 2, 6, height - 7);
  cairo_fill (cr);
}

static void
draw (GtkDrawingArea *area, cairo_t *cr, int width, int height, gpointer data)
{
  guint number = GPOINTER_TO_UINT (data);
  GdkRGBA ink;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (area)), &ink);
  cairo_set_line_width (cr, 1.2);
  if (number >= SWATCH_WAITS)
    draw_line (cr, width, height, &ink, (Swatch)number);
  else
    draw_box (cr, width, height, &ink, (Swatch)number);
}

static GtkWidget *
new_swatch (Swatch swatch)
{
  GtkWidget *area = gtk_drawing_area_new ();

  gtk_drawing_area_set_content_width (GTK_DRAWING_AREA (area), SWATCH_WIDTH);
  gtk_drawing_area_set_content_height (GTK_DRAWING_AREA (area), SWATCH_HEIGHT);
  gtk_drawing_area_set_draw_func (GTK_DRAWING_AREA (area), draw, GUINT_TO_POINTER (swatch), NULL);
  return area;
}

static void
add_row (GtkGrid *grid, int row, GtkWidget *swatch, const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_set_halign (swatch, GTK_ALIGN_END);
  gtk_widget_set_valign (swatch, GTK_ALIGN_CENTER);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_grid_attach (grid, swatch, 0, row, 1, 1);
  gtk_grid_attach (grid, label, 1, row, 1, 1);
}

static GtkWidget *
new_text (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
new_grid (void)
{
  GtkGrid *grid = GTK_GRID (gtk_grid_new ());
  int row = 0;

  gtk_grid_set_row_spacing (grid, 4);
  gtk_grid_set_column_spacing (grid, 12);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    add_row (grid, row++, new_swatch (rows[i].swatch), _ (rows[i].text));
  for (guint i = 1; i < INSPECTOR_N_STATES; i++)
    {
      g_autofree char *text = g_strdup_printf ("%s: %s", ui_state_get_name ((InspectorState)i),
                                               _ (ui_state_get_look ((InspectorState)i)->meaning));

      add_row (grid, row++, ui_state_swatch_new ((InspectorState)i), text);
    }
  gtk_grid_attach (grid, new_text (_ ("Keys"), "heading"), 0, row++, 2, 1);
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      gtk_grid_attach (grid, new_text (_ (keys[i].keys), "dim-label"), 0, row, 1, 1);
      gtk_grid_attach (grid, new_text (_ (keys[i].text), NULL), 1, row++, 1, 1);
    }
  return GTK_WIDGET (grid);
}

GtkWidget *
graph_legend_new (void)
{
  GtkWidget *button = gtk_menu_button_new (), *popover = gtk_popover_new ();
  const char *text = _ ("What is drawn how, and what keys do");

  gtk_popover_set_child (GTK_POPOVER (popover), new_grid ());
  gtk_menu_button_set_popover (GTK_MENU_BUTTON (button), popover);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (button), "help-about-symbolic");
  gtk_menu_button_set_has_frame (GTK_MENU_BUTTON (button), FALSE);
  ui_named_button_set (button, text);
  return button;
}
