/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "render/layout.h"

#include <string.h>

#define ELLIPSIS "…"
#define MIN_LAST_COLUMN 24 /* what a narrow terminal leaves to the last column */
#define MIN_WRAP 30        /* a line is not wrapped into less than this */

typedef enum
{
  ROW_CELLS,
  ROW_HEADER,
  ROW_LINE,
} RowType;

typedef struct
{
  RowType type;
  guint indent;
  gboolean at_column;
  char *texts[LAYOUT_COLUMNS];
  LayoutStyle style;
  LayoutStyle right_style;
} Row;

struct _Layout
{
  guint width;
  gboolean colour;
  GPtrArray *rows;
  guint widths[LAYOUT_COLUMNS - 1];
  guint left_width; /* of all columns but the last, with the gaps after them */
};

/* Spaces after each column; the duration stands off the names, as a figure should. */
static const guint gaps[LAYOUT_COLUMNS - 1] = { 2, 3, 2, 2 };
static const char *const escapes[] = { "", "\033[1m", "\033[1;31m", "\033[2m" };

static void
row_free (gpointer data)
{
  Row *row = data;

  for (guint i = 0; i < LAYOUT_COLUMNS; i++)
    g_free (row->texts[i]);
  g_free (row);
}

Layout *
layout_new (guint width, gboolean colour)
{
  Layout *layout = g_new0 (Layout, 1);

  layout->width = width;
  layout->colour = colour;
  layout->rows = g_ptr_array_new_with_free_func (row_free);
  return layout;
}

static guint
char_width (gunichar c)
{
  return g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
}

guint
layout_text_width (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    width += char_width (g_utf8_get_char (p));
  return width;
}

char *
layout_cut (const char *text, guint columns)
{
  guint width = 0;
  const char *p;

  if (layout_text_width (text) <= columns)
    return g_strdup (text);
  if (columns == 0)
    return g_strdup ("");
  for (p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      width += char_width (g_utf8_get_char (p));
      if (width > columns - 1)
        break;
    }
  return g_strdup_printf ("%.*s" ELLIPSIS, (int)(p - text), text);
}

/* Names take a third of the terminal at most; the rest is for what they wait for. */
static char *
cut_name (Layout *layout, const char *text)
{
  return layout->width == 0 ? g_strdup (text) : layout_cut (text, MAX (layout->width / 3, 12));
}

void
layout_add_row (Layout *layout, guint indent, const char *const *texts, LayoutStyle style)
{
  Row *row = g_new0 (Row, 1);

  row->type = ROW_CELLS;
  row->indent = indent;
  row->style = style;
  for (guint i = 0; i + 1 < LAYOUT_COLUMNS; i++)
    {
      row->texts[i] = cut_name (layout, texts[i] != NULL ? texts[i] : "");
      layout->widths[i] =
          MAX (layout->widths[i], layout_text_width (row->texts[i]) + (i == 0 ? indent : 0));
    }
  row->texts[LAYOUT_COLUMNS - 1] = g_strdup (texts[LAYOUT_COLUMNS - 1]);
  g_ptr_array_add (layout->rows, row);
}

void
layout_add_header (Layout *layout, guint indent, const char *left, LayoutStyle left_style,
                   const char *right, LayoutStyle right_style)
{
  Row *row = g_new0 (Row, 1);

  row->type = ROW_HEADER;
  row->indent = indent;
  row->texts[0] = layout->width == 0 ? g_strdup (left)
                                     : layout_cut (left, MAX (layout->width / 2, MIN_LAST_COLUMN));
  row->texts[1] = g_strdup (right);
  row->style = left_style;
  row->right_style = right_style;
  g_ptr_array_add (layout->rows, row);
}

void
layout_add_line (Layout *layout, guint indent, gboolean at_column, const char *text,
                 LayoutStyle style)
{
  Row *row = g_new0 (Row, 1);

  row->type = ROW_LINE;
  row->indent = indent;
  row->at_column = at_column;
  row->texts[0] = g_strdup (text);
  row->style = style;
  g_ptr_array_add (layout->rows, row);
}

/* ---- Drawing -------------------------------------------------------------------------------- */

static void
draw (Layout *layout, GString *text, const char *part, LayoutStyle style)
{
  if (!layout->colour || style == LAYOUT_PLAIN || *part == '\0')
    g_string_append (text, part);
  else
    g_string_append_printf (text, "%s%s\033[0m", escapes[style], part);
}

static void
pad (GString *text, guint columns)
{
  for (guint i = 0; i < columns; i++)
    g_string_append_c (text, ' ');
}

static void
trim (GString *text)
{
  while (text->len > 0 && text->str[text->len - 1] == ' ')
    g_string_truncate (text, text->len - 1);
  g_string_append_c (text, '\n');
}

static void
draw_last (Layout *layout, GString *text, const char *part, guint used, LayoutStyle style)
{
  g_autofree char *cut = NULL;

  if (part == NULL)
    return;
  if (layout->width > 0)
    cut = layout_cut (part, MAX ((int)layout->width - (int)used, MIN_LAST_COLUMN));
  draw (layout, text, cut != NULL ? cut : part, style);
}

static void
draw_cells (Layout *layout, GString *text, const Row *row)
{
  /* An alert is for the word, not for the whole row. */
  LayoutStyle rest = row->style == LAYOUT_ALERT ? LAYOUT_PLAIN : row->style;
  guint used = 0;

  pad (text, row->indent);
  for (guint i = 0; i + 1 < LAYOUT_COLUMNS; i++)
    {
      guint taken = layout_text_width (row->texts[i]) + (i == 0 ? row->indent : 0);

      draw (layout, text, row->texts[i], i == 0 ? row->style : rest);
      pad (text, layout->widths[i] - taken + (layout->widths[i] > 0 ? gaps[i] : 0));
      used += layout->widths[i] + (layout->widths[i] > 0 ? gaps[i] : 0);
    }
  pad (text, layout->left_width - used);
  draw_last (layout, text, row->texts[LAYOUT_COLUMNS - 1], layout->left_width, rest);
  trim (text);
}

static void
draw_header (Layout *layout, GString *text, const Row *row)
{
  guint taken = row->indent + layout_text_width (row->texts[0]);

  pad (text, row->indent);
  draw (layout, text, row->texts[0], row->style);
  pad (text, layout->left_width - taken);
  /* The state, the duration, the place: what the report is for is never cut. */
  draw (layout, text, row->texts[1], row->right_style);
  trim (text);
}

static void
draw_line (Layout *layout, GString *text, const Row *row)
{
  guint indent = row->indent + (row->at_column ? layout->widths[0] + gaps[0] : 0);
  guint room = layout->width > indent + MIN_WRAP ? layout->width - indent : MIN_WRAP;
  const char *rest = row->texts[0];

  while (layout->width > 0 && layout_text_width (rest) > room)
    {
      const char *end = NULL;
      guint width = 0;
      g_autofree char *part = NULL;

      for (const char *p = rest; *p != '\0' && width <= room; p = g_utf8_next_char (p))
        {
          if (*p == ' ' && p != rest)
            end = p;
          width += char_width (g_utf8_get_char (p));
        }
      if (end == NULL)
        break; /* one long word: whole is better than broken */
      part = g_strndup (rest, end - rest);
      pad (text, indent);
      draw (layout, text, part, row->style);
      trim (text);
      for (rest = end; *rest == ' '; rest++)
        ;
    }
  pad (text, indent);
  draw (layout, text, rest, row->style);
  trim (text);
}

static void
measure (Layout *layout)
{
  guint columns = 0, headers = 0;

  for (guint i = 0; i + 1 < LAYOUT_COLUMNS; i++)
    columns += layout->widths[i] > 0 ? layout->widths[i] + gaps[i] : 0;
  for (guint i = 0; i < layout->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (layout->rows, i);

      if (row->type == ROW_HEADER)
        headers = MAX (headers, row->indent + layout_text_width (row->texts[0]) + 3);
    }
  layout->left_width = MAX (columns, headers);
}

void
layout_finish (Layout *layout, GString *text)
{
  measure (layout);
  for (guint i = 0; i < layout->rows->len; i++)
    {
      const Row *row = g_ptr_array_index (layout->rows, i);

      if (row->type == ROW_CELLS)
        draw_cells (layout, text, row);
      else if (row->type == ROW_HEADER)
        draw_header (layout, text, row);
      else
        draw_line (layout, text, row);
    }
  g_ptr_array_unref (layout->rows);
  g_free (layout);
}
