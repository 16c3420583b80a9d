/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "ticks.h"

#define SECOND G_GINT64_CONSTANT (1000000000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

gint64
timeline_ticks_get_step (gint64 least_ns)
{
  static const gint64 above_seconds[] = { 1,   2,   5,    10,   15,   30,    60,    120,   300,
                                          600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400 };

  for (gint64 power = 1; power < SECOND; power *= 10)
    for (gint64 k = 1; k <= 5; k = k == 1 ? 2 : k == 2 ? 5 : 10)
      if (power * k >= least_ns)
        return power * k;
  for (guint i = 0; i < G_N_ELEMENTS (above_seconds); i++)
    if (above_seconds[i] * SECOND >= least_ns)
      return above_seconds[i] * SECOND;
  return (least_ns / (24 * HOUR) + 1) * 24 * HOUR;
}

static char *
dup_clock (gint64 at_ns, gint64 step_ns)
{
  gint64 seconds = at_ns / SECOND;
  int decimals = 0;
  GString *text = g_string_new (NULL);

  if (seconds >= 3600)
    g_string_append_printf (text, "%" G_GINT64_FORMAT ":%02d:%02d", seconds / 3600,
                            (int)(seconds / 60 % 60), (int)(seconds % 60));
  else
    g_string_append_printf (text, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
  for (gint64 unit = SECOND; unit > step_ns; unit /= 10)
    decimals++;
  if (decimals > 0)
    {
      gint64 unit = SECOND;

      for (int i = 0; i < decimals; i++)
        unit /= 10;
      g_string_append_printf (text, ".%0*" G_GINT64_FORMAT, decimals, at_ns % SECOND / unit);
    }
  return g_string_free (text, FALSE);
}

char *
timeline_ticks_dup_label (gint64 at_ns, gint64 step_ns, gint64 most_ns)
{
  static const struct
  {
    gint64 ns;
    const char *name;
  } units[] = { { SECOND, "s" }, { 1000000, "ms" }, { 1000, "µs" }, { 1, "ns" } };
  gint64 size = at_ns < 0 ? -at_ns : at_ns;
  guint i = 0;
  int decimals = 0;

  if (most_ns >= 2 * MINUTE)
    {
      g_autofree char *clock = dup_clock (size, step_ns);

      return g_strconcat (at_ns < 0 ? "−" : "", clock, NULL);
    }
  while (i + 1 < G_N_ELEMENTS (units) && units[i].ns > most_ns)
    i++;
  for (gint64 unit = units[i].ns; unit > step_ns; unit /= 10)
    decimals++;
  return g_strdup_printf ("%s%.*f %s", at_ns < 0 ? "−" : "", decimals,
                          (double)size / (double)units[i].ns, units[i].name);
}
