/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_FONT_H
#define UI_FONT_H

#include "session.h"

G_BEGIN_DECLS

typedef enum
{
  UI_FONT_TITLE,
  UI_FONT_TEXT,
  UI_FONT_SMALL,
} UiFontStyle;
#define UI_FONT_N_STYLES 3

/**
 * UiFont: how text is measured and drawn
 * @height: of a line, of each style
 * @measure: how wide @text is
 * @draw: with its top left corner at @x, @y, in the colour that @cr has
 *
 * A function that draws knows text by this alone: a test has letters of its own, that are the same
 * everywhere.
 */
typedef struct
{
  double height[UI_FONT_N_STYLES];
  double (*measure) (gpointer data, const char *text, UiFontStyle style);
  void (*draw) (gpointer data, cairo_t *cr, double x, double y, const char *text,
                UiFontStyle style);
  gpointer data;
} UiFont;

/** Returns: (transfer full): text as @widget has it; for the main thread. Free with ui_font_free() */
UI_API UiFont *ui_font_new (GtkWidget *widget);
UI_API void ui_font_free (UiFont *font);

G_END_DECLS

#endif
