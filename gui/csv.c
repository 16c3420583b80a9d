/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "csv.h"

#include <string.h>

/* Returns: whether it is the first one of its line. */
static gboolean
begin_field (GString *csv)
{
  if (csv->len == 0 || csv->str[csv->len - 1] == '\n')
    return TRUE;
  g_string_append_c (csv, ',');
  return FALSE;
}

/* A number with a sign begins like one, and is none. */
static gboolean
is_formula (const char *text)
{
  char *end;

  if (*text == '\0' || strchr ("=+-@\t\r", *text) == NULL)
    return FALSE;
  g_ascii_strtod (text, &end);
  return g_ascii_isspace (*text) || end == text || *end != '\0';
}

void
ui_csv_append (GString *csv, const char *text)
{
  gboolean is_first = begin_field (csv), is_led = is_formula (text);

  /* Nothing is a field, too, and would not be seen as the first one. */
  if (!is_led && strpbrk (text, ",\"\r\n") == NULL && !(is_first && *text == '\0'))
    {
      g_string_append (csv, text);
      return;
    }
  g_string_append (csv, is_led ? "\"'" : "\"");
  for (; *text != '\0'; text++)
    {
      if (*text == '"')
        g_string_append_c (csv, '"');
      g_string_append_c (csv, *text);
    }
  g_string_append_c (csv, '"');
}

void
ui_csv_append_number (GString *csv, gint64 number)
{
  begin_field (csv);
  g_string_append_printf (csv, "%" G_GINT64_FORMAT, number);
}

void
ui_csv_end_line (GString *csv)
{
  g_string_append (csv, "\r\n");
}
