/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* profile: where the time of a program, or of a recording, goes. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/profiling.h"
#include "cli/sink.h"

typedef struct _Format Format;

typedef struct
{
  CliProfiling profiling;
  const Format *format; /* NULL: by the name of the output */
  CliSink sink;
} ProfileCommand;

static char *
to_text (ProfileCommand *self)
{
  return inspector_profile_to_text (
      self->profiling.profile, self->sink.colour ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN,
      self->sink.width);
}

static char *
to_json (ProfileCommand *self)
{
  return inspector_profile_to_json (self->profiling.profile);
}

static char *
to_html (ProfileCommand *self)
{
  return inspector_profile_to_html (self->profiling.profile);
}

struct _Format
{
  const char *name;
  const char *suffix;
  char *(*render) (ProfileCommand *self);
};

static const Format formats[] = {
  { "text", ".txt", to_text },
  { "json", ".json", to_json },
  { "html", ".html", to_html },
};

static gboolean
parse_format (const char *name, const char *value, gpointer data, GError **error)
{
  ProfileCommand *self = data;
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    if (g_str_equal (formats[i].name, value))
      {
        self->format = &formats[i];
        return TRUE;
      }
  for (guint i = 0; i < G_N_ELEMENTS (formats); i++)
    g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", formats[i].name);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--format '%s' is not known; it is one of: %s"), value, names->str);
  return FALSE;
}

static const Format *
choose_format (const ProfileCommand *self)
{
  if (self->format != NULL)
    return self->format;
  for (guint i = 0; self->profiling.output != NULL && i < G_N_ELEMENTS (formats); i++)
    if (g_str_has_suffix (self->profiling.output, formats[i].suffix))
      return &formats[i];
  return &formats[0];
}

static void
print (gpointer data)
{
  ProfileCommand *self = data;
  g_autofree char *text = choose_format (self)->render (self);

  cli_sink_write (&self->sink, text);
}

int
cli_profile (int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "format", 0, 0, G_OPTION_ARG_CALLBACK, parse_format,
      N_ ("text (default), json or html; else as the name of the output ends"), N_ ("FORMAT") },
    G_OPTION_ENTRY_NULL,
  };
  ProfileCommand self = { 0 };
  g_autoptr (GError) error = NULL;
  int status = CLI_EXIT_FAILED;

  if (cli_profiling_parse (&self.profiling, argc, argv, entries, &self))
    {
      /* Before the program is started: a mistake in its name costs nothing. */
      cli_profiling_prepare (&self.profiling);
      if (!cli_sink_open (&self.sink, self.profiling.output, &error))
        cli_complain ("%s", error->message);
      else
        {
          cli_profiling_run (&self.profiling, print, &self);
          if (self.profiling.profile != NULL)
            print (&self);
          cli_sink_close (&self.sink);
          status = self.profiling.status == 0 && self.sink.failed ? CLI_EXIT_FAILED
                                                                  : self.profiling.status;
        }
    }
  cli_profiling_clear (&self.profiling);
  return status;
}
