/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* flamegraph: who awaited what, as a picture. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/profiling.h"

typedef struct
{
  CliProfiling profiling;
  InspectorFlameBy by;
  char *format;
} FlameCommand;

static gboolean
parse_by (const char *name, const char *value, gpointer data, GError **error)
{
  static const char *const words[] = { [INSPECTOR_FLAME_WALL] = "wall",
                                       [INSPECTOR_FLAME_WAITING] = "waiting",
                                       [INSPECTOR_FLAME_RUNNING] = "running" };
  FlameCommand *self = data;

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_str_equal (words[i], value))
      {
        self->by = i;
        return TRUE;
      }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--by '%s' is not known; it is wall, waiting or running"), value);
  return FALSE;
}

static const char *
get_format (const FlameCommand *self)
{
  if (self->format == NULL && g_str_equal (self->profiling.output, "-"))
    return "folded";
  return self->format;
}

static gboolean
write_flame (FlameCommand *self, InspectorProfile *profile)
{
  g_autoptr (InspectorFlame) flame = inspector_profile_build_flame (profile, self->by);
  g_autoptr (GError) error = NULL;

  if (inspector_flame_write (flame, self->profiling.output, get_format (self), &error))
    return TRUE;
  cli_complain ("%s", error->message);
  return FALSE;
}

/* A mistake in a name is told before a program has run for an hour. */
static gboolean
is_well_named (const FlameCommand *self)
{
  g_autoptr (GError) error = NULL;

  if (inspector_flame_check_format (self->profiling.output, get_format (self), &error))
    return TRUE;
  cli_complain ("%s", error->message);
  return FALSE;
}

int
cli_flamegraph (int argc, char **argv)
{
  FlameCommand self = { .by = INSPECTOR_FLAME_WALL };
  const GOptionEntry entries[] = {
    { "by", 0, 0, G_OPTION_ARG_CALLBACK, parse_by,
      N_ ("What widths are: wall (default), waiting or running"), N_ ("TIME") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &self.format,
      N_ ("svg, folded or speedscope; else as the name of the output ends"), N_ ("FORMAT") },
    G_OPTION_ENTRY_NULL,
  };
  int status = CLI_EXIT_FAILED;

  if (cli_profiling_parse (&self.profiling, argc, argv, entries, &self))
    {
      if (self.profiling.output == NULL)
        cli_complain (_ ("no file to write to; say which: --output flame.svg"));
      else if (is_well_named (&self))
        {
          cli_profiling_prepare (&self.profiling);
          cli_profiling_run (&self.profiling, NULL, NULL);
          status = self.profiling.status;
          if (self.profiling.profile != NULL && !write_flame (&self, self.profiling.profile))
            status = CLI_EXIT_FAILED;
        }
    }
  g_free (self.format);
  cli_profiling_clear (&self.profiling);
  return status;
}
