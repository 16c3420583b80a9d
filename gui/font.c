/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "font.h"

#include <pango/pangocairo.h>

/* A label that was drawn costs a third of one that is new. */
#define MAX_KEPT 4000
#define SMALLER 0.85

typedef struct
{
  UiFont font;
  PangoContext *context;
  PangoFontDescription *descriptions[UI_FONT_N_STYLES];
  GHashTable *layouts[UI_FONT_N_STYLES];
  /* Sums of widths are right but for kerning, and cost nothing. */
  double widths[UI_FONT_N_STYLES][128];
} Font;

static PangoLayout *
new_layout (Font *self, const char *text, UiFontStyle style)
{
  PangoLayout *layout = pango_layout_new (self->context);

  pango_layout_set_font_description (layout, self->descriptions[style]);
  pango_layout_set_single_paragraph_mode (layout, TRUE);
  pango_layout_set_text (layout, text, -1);
  return layout;
}

static double
measure_layout (Font *self, const char *text, UiFontStyle style, double *ret_height)
{
  g_autoptr (PangoLayout) layout = new_layout (self, text, style);
  int width, height;

  pango_layout_get_size (layout, &width, &height);
  if (ret_height != NULL)
    *ret_height = (double)height / PANGO_SCALE;
  return (double)width / PANGO_SCALE;
}

static double
measure (gpointer data, const char *text, UiFontStyle style)
{
  Font *self = data;
  double width = 0;

  for (const char *at = text; *at != '\0'; at++)
    {
      if ((guchar)*at >= 128)
        return measure_layout (self, text, style, NULL);
      width += self->widths[style][(guchar)*at];
    }
  return width;
}

static void
draw (gpointer data, cairo_t *cr, double x, double y, const char *text, UiFontStyle style)
{
  Font *self = data;
  PangoLayout *layout = g_hash_table_lookup (self->layouts[style], text);

  if (layout == NULL)
    {
      if (g_hash_table_size (self->layouts[style]) >= MAX_KEPT)
        g_hash_table_remove_all (self->layouts[style]);
      layout = new_layout (self, text, style);
      g_hash_table_insert (self->layouts[style], g_strdup (text), layout);
    }
  cairo_move_to (cr, x, y);
  pango_cairo_show_layout (cr, layout);
}

UiFont *
ui_font_new (GtkWidget *widget)
{
  Font *self = g_new0 (Font, 1);

  self->context = gtk_widget_create_pango_context (widget);
  /* Text that is zoomed keeps its widths. */
  pango_context_set_round_glyph_positions (self->context, FALSE);
  for (guint i = 0; i < UI_FONT_N_STYLES; i++)
    {
      PangoFontDescription *description =
          pango_font_description_copy (pango_context_get_font_description (self->context));

      if (i == UI_FONT_TITLE)
        pango_font_description_set_weight (description, PANGO_WEIGHT_BOLD);
      if (i == UI_FONT_SMALL && pango_font_description_get_size_is_absolute (description))
        pango_font_description_set_absolute_size (
            description, pango_font_description_get_size (description) * SMALLER);
      else if (i == UI_FONT_SMALL)
        pango_font_description_set_size (
            description, (int)(pango_font_description_get_size (description) * SMALLER));
      self->descriptions[i] = description;
      self->layouts[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_object_unref);
      for (guint c = 32; c < 127; c++)
        self->widths[i][c] =
            measure_layout (self, (char[]){ (char)c, '\0' }, (UiFontStyle)i, &self->font.height[i]);
    }
  self->font.measure = measure;
  self->font.draw = draw;
  self->font.data = self;
  return &self->font;
}

void
ui_font_free (UiFont *font)
{
  Font *self;

  if (font == NULL)
    return;
  self = font->data;
  for (guint i = 0; i < UI_FONT_N_STYLES; i++)
    {
      pango_font_description_free (self->descriptions[i]);
      g_hash_table_unref (self->layouts[i]);
    }
  g_object_unref (self->context);
  g_free (self);
}
