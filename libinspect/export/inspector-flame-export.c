/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "export/flame.h"

static const struct
{
  const char *id;
  const char *extension;
  void (*write) (InspectorFlame *flame, ExportOutput *output);
} formats[] = {
  { "svg", ".svg", export_flame_svg },
  { "folded", ".folded", export_flame_folded },
  { "speedscope", ".speedscope.json", export_flame_speedscope },
};

/* Beyond them: there is none. */
static guint
find_format (const char *path, const char *format, GError **error)
{
  guint i;

  for (i = 0; i < G_N_ELEMENTS (formats); i++)
    if (format != NULL ? g_str_equal (format, formats[i].id)
                       : g_str_has_suffix (path, formats[i].extension))
      break;
  if (i == G_N_ELEMENTS (formats))
    {
      if (format != NULL)
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("there is no flame graph format '%s'; there are svg, folded, speedscope"),
                     format);
      else
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     _ ("no flame graph format goes by the name '%s'; end it in .svg, .folded or "
                        ".speedscope.json, or choose one with --format"),
                     path);
    }
  return i;
}

gboolean
inspector_flame_check_format (const char *path, const char *format, GError **error)
{
  return find_format (path, format, error) < G_N_ELEMENTS (formats);
}

gboolean
inspector_flame_write (InspectorFlame *flame, const char *path, const char *format, GError **error)
{
  guint i = find_format (path, format, error);
  ExportOutput *output;
  gboolean is_whole;

  g_return_val_if_fail (INSPECTOR_IS_FLAME (flame), FALSE);

  if (i == G_N_ELEMENTS (formats))
    return FALSE;
  output = export_output_open (path, error);
  if (output == NULL)
    return FALSE;
  formats[i].write (flame, output);
  is_whole = export_output_finish (output, error);
  export_output_free (output);
  return is_whole;
}
