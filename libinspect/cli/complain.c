/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <glib/gi18n.h>

#include "command.h"

void
cli_complain (const char *format, ...)
{
  va_list args;
  g_autofree char *line = NULL;

  va_start (args, format);
  line = g_strdup_vprintf (format, args);
  va_end (args);
  g_strdelimit (line, "\n\r", ' ');
  g_printerr ("async-inspect: %s\n", line);
}

gboolean
cli_knows_options (gboolean is_parsed, GError **error)
{
  if (!is_parsed && g_error_matches (*error, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
    {
      g_autofree char *message = g_steal_pointer (&(*error)->message);

      (*error)->message = g_strdup_printf (_ ("%s; '%s --help' lists those that there are"),
                                           message, g_get_prgname ());
    }
  return is_parsed;
}
