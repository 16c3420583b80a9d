/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <math.h>

#include "command.h"

gboolean
cli_parse_duration (const char *text, gint64 *ret_ns)
{
  static const struct
  {
    const char *unit;
    double ns;
  } units[] = {
    { "", 1e9 }, { "ns", 1. }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 6e10 },
    { "min", 6e10 }, { "h", 3.6e12 },
  };
  char *end = NULL;
  double number;

  if (!g_ascii_isdigit (text[0]) && text[0] != '.')
    return FALSE;
  number = g_ascii_strtod (text, &end);
  if (end == text)
    return FALSE;
  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_str_equal (end, units[i].unit))
      {
        double ns = number * units[i].ns;

        if (!isfinite (ns) || ns < 1. || ns > 9e18)
          return FALSE;
        *ret_ns = (gint64)ns;
        return TRUE;
      }
  return FALSE;
}

gboolean
cli_parse_pid (const char *text, int *ret_pid)
{
  guint64 pid = 0;

  if (!g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT, &pid, NULL))
    return FALSE;
  *ret_pid = (int)pid;
  return TRUE;
}
