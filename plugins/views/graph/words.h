/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GRAPH_WORDS_H
#define GRAPH_WORDS_H

#include <cairo.h>
#include <glib.h>

G_BEGIN_DECLS

typedef enum
{
  GRAPH_TITLE,
  GRAPH_TEXT,
  GRAPH_SMALL, /* at lines */
} GraphStyle;
#define GRAPH_N_STYLES 3

/**
 * GraphFont: how text is measured and drawn
 * @height: of a line, of each style
 * @measure: how wide @text is
 * @draw: with its top left corner at @x, @y, in the colour that @cr has
 *
 * What draws a graph knows text by this alone: a test has letters of its own, that are the same everywhere.
 */
typedef struct
{
  double height[GRAPH_N_STYLES];
  double (*measure) (gpointer data, const char *text, GraphStyle style);
  void (*draw) (gpointer data, cairo_t *cr, double x, double y, const char *text, GraphStyle style);
  gpointer data;
} GraphFont;

G_END_DECLS

#endif
