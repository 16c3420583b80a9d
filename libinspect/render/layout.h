/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_LAYOUT_H
#define RENDER_LAYOUT_H

#include <glib.h>

G_BEGIN_DECLS

/* Rows of cells to lines of text: columns are as wide as what is in them, counted in terminal
 * columns and not in bytes; colour is put on afterwards and moves nothing. */
typedef struct _Layout Layout;

typedef enum
{
  LAYOUT_PLAIN,
  LAYOUT_BOLD,
  LAYOUT_ALERT,
  LAYOUT_DIM,
} LayoutStyle;

#define LAYOUT_COLUMNS 5

/* @width: 0: as wide as needed */
Layout *layout_new (guint width, gboolean colour);
/* Appends the laid out rows to @text and frees @layout. */
void layout_finish (Layout *layout, GString *text);

/* A row of columns. @texts: LAYOUT_COLUMNS of them, NULL for an empty one; copied. */
void layout_add_row (Layout *layout, guint indent, const char *const *texts, LayoutStyle style);
/* A row whose first text spans all columns but the last, in which the second one stands. */
void layout_add_header (Layout *layout, guint indent, const char *left, LayoutStyle left_style,
                        const char *right, LayoutStyle right_style);
/* A line that minds no columns; wrapped at the width. With @at_column, its indent counts from the
 * start of the second column. */
void layout_add_line (Layout *layout, guint indent, gboolean at_column, const char *text,
                      LayoutStyle style);

guint layout_text_width (const char *text);
/* (transfer full): at most @columns wide, an ellipsis where it was cut */
char *layout_cut (const char *text, guint columns);

G_END_DECLS

#endif
