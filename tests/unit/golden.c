/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "golden.h"

#include <string.h>

/* Of each part of a colour. What is mixed, at edges, is of none. */
#define NEAR 3
/* Of those that are drawn, so many may differ. */
#define ONE_IN 40

static double
measure (gpointer data, const char *text, UiFontStyle style)
{
  return (double)g_utf8_strlen (text, -1) * 6;
}

static void
draw (gpointer data, cairo_t *cr, double x, double y, const char *text, UiFontStyle style)
{
  for (; *text != '\0'; text = g_utf8_next_char (text), x += 6)
    if (*text != ' ')
      cairo_rectangle (cr, x, y + 3, 5, style == UI_FONT_TITLE ? 9 : 7);
  cairo_fill (cr);
}

const UiFont golden_font = { { 14, 14, 11 }, measure, draw, NULL };

static gboolean
is_near (guint32 a, guint32 b)
{
  for (int shift = 0; shift <= 16; shift += 8)
    if (ABS ((int)(a >> shift & 255) - (int)(b >> shift & 255)) > NEAR)
      return FALSE;
  return TRUE;
}

static char
read_cell (cairo_surface_t *surface, int x, int y, const GoldenColour *colours, guint n_colours)
{
  const guchar *data = cairo_image_surface_get_data (surface);
  int stride = cairo_image_surface_get_stride (surface);

  for (guint i = 0; i < n_colours; i++)
    {
      guint n = 0;

      for (int dy = 0; dy < GOLDEN_CELL; dy++)
        for (int dx = 0; dx < GOLDEN_CELL; dx++)
          {
            guint32 pixel;

            memcpy (&pixel, data + (y + dy) * stride + (x + dx) * 4, sizeof pixel);
            n += is_near (pixel, colours[i].colour);
          }
      if (n >= colours[i].least)
        return colours[i].letter;
    }
  return ' ';
}

static char *
to_text (cairo_surface_t *surface, const GoldenColour *colours, guint n_colours)
{
  int width = cairo_image_surface_get_width (surface);
  int height = cairo_image_surface_get_height (surface);
  GString *text = g_string_new (NULL);

  cairo_surface_flush (surface);
  for (int y = 0; y + GOLDEN_CELL <= height; y += GOLDEN_CELL)
    {
      for (int x = 0; x + GOLDEN_CELL <= width; x += GOLDEN_CELL)
        g_string_append_c (text, read_cell (surface, x, y, colours, n_colours));
      while (text->len > 0 && text->str[text->len - 1] == ' ')
        g_string_truncate (text, text->len - 1);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}

static guint
count_differences (const char *one, const char *other)
{
  g_auto (GStrv) a = g_strsplit (one, "\n", -1), b = g_strsplit (other, "\n", -1);
  guint n = 0, n_lines = MAX (g_strv_length (a), g_strv_length (b));

  for (guint i = 0; i < n_lines; i++)
    {
      const char *x = i < g_strv_length (a) ? a[i] : "", *y = i < g_strv_length (b) ? b[i] : "";
      gsize length = MAX (strlen (x), strlen (y));

      for (gsize k = 0; k < length; k++)
        n += (k < strlen (x) ? x[k] : ' ') != (k < strlen (y) ? y[k] : ' ');
    }
  return n;
}

void
golden_compare (cairo_surface_t *surface, const GoldenColour *colours, guint n_colours,
                const char *name)
{
  g_autofree char *text = to_text (surface, colours, n_colours);
  g_autofree char *file = g_strconcat (name, ".txt", NULL);
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "golden", file, NULL);
  g_autofree char *wanted = NULL;
  g_autoptr (GError) error = NULL;
  guint n_cells = 0, n_different;

  if (g_getenv ("GOLDEN_UPDATE") != NULL)
    {
      g_autofree char *picture = g_strconcat (name, ".png", NULL);
      g_autofree char *beside = g_test_build_filename (G_TEST_BUILT, picture, NULL);

      g_file_set_contents (path, text, -1, &error);
      g_assert_no_error (error);
      g_assert_cmpint (cairo_surface_write_to_png (surface, beside), ==, CAIRO_STATUS_SUCCESS);
      return;
    }
  g_file_get_contents (path, &wanted, NULL, &error);
  g_assert_no_error (error);
  for (const char *at = wanted; *at != '\0'; at++)
    n_cells += *at != ' ' && *at != '\n';
  n_different = count_differences (text, wanted);
  if (n_different * ONE_IN > n_cells)
    g_test_message ("%s: %u of %u squares differ from golden/%s; this is drawn:\n%s", name,
                    n_different, n_cells, file, text);
  g_assert_cmpuint (n_different * ONE_IN, <=, n_cells);
}
