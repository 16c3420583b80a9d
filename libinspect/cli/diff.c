/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* diff: what has become slower from one side's recordings to the other's. */

#include "config.h"

#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/inspection.h"
#include "cli/sink.h"
#include "inspector-profile.h"

#define EXIT_HOLDS 1

typedef struct
{
  char **conditions;
  gboolean even_chance;
  gboolean json;
  char *output;
  char **sides; /* "A1,A2" and "B1,B2" */
  CliSink sink;
} DiffCommand;

/* ---- Options -------------------------------------------------------------------------------- */

static gboolean
check_conditions (const DiffCommand *self)
{
  for (guint i = 0; self->conditions != NULL && self->conditions[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (inspector_diff_check_syntax (self->conditions[i], &error))
        continue;
      cli_complain ("--fail-if: %s", error->message);
      return FALSE;
    }
  return TRUE;
}

static gboolean
parse (DiffCommand *self, int argc, char **argv)
{
  const GOptionEntry entries[] = {
    { "fail-if", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->conditions,
      N_ ("Exit with status 1 where it holds: 'p99(fetch_posts) > 1.2x'"), N_ ("CONDITION") },
    { "even-chance", 0, 0, G_OPTION_ARG_NONE, &self->even_chance,
      N_ ("Let a condition hold where the change may be chance, too"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print one line of JSON"), NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
      N_ ("Write to FILE, or to standard output for -, the default"), N_ ("FILE") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("FILE[,FILE...] FILE[,FILE...]");
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("async-inspect %s", argv[0]);
  char **arguments = g_new0 (char *, argc + 1);

  for (int i = 0; i < argc; i++)
    arguments[i] = g_strdup (argv[i]);
  self->sides = arguments;
  g_set_prgname (name);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!cli_knows_options (g_option_context_parse_strv (context, &self->sides, &error), &error))
    cli_complain ("%s", error->message);
  else if (g_strv_length (self->sides) != 3)
    cli_complain (_ ("two sides are needed, recordings before and after: %s a.airec b.airec, or "
                     "%s a1.airec,a2.airec,a3.airec b1.airec,b2.airec,b3.airec"),
                  name, name);
  else
    return check_conditions (self);
  return FALSE;
}

/* ---- Recordings ----------------------------------------------------------------------------- */

static gboolean
add_recording (InspectorDiff *diff, InspectorDiffSide side, const char *path)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (InspectorProfile) profile =
      inspector_profile_new (session, 0, -1, INSPECTOR_PROFILE_FROM_START);
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;

  cli_session_set_libraries (session);
  if (!inspector_session_open_recording (session, path, &warning, &error))
    {
      cli_complain ("%s", error->message);
      return FALSE;
    }
  if (warning != NULL)
    cli_complain ("%s", warning);
  inspector_profile_update (profile);
  inspector_diff_add (diff, side, profile);
  return TRUE;
}

/* A comma may be in the name of one recording; then it is that one. */
static gboolean
add_side (InspectorDiff *diff, InspectorDiffSide side, const char *argument)
{
  g_auto (GStrv) paths =
      g_strsplit (argument, ",", g_file_test (argument, G_FILE_TEST_EXISTS) ? 1 : -1);

  for (guint i = 0; paths[i] != NULL; i++)
    if (!add_recording (diff, side, paths[i]))
      return FALSE;
  return TRUE;
}

/* ---- What comes of it ----------------------------------------------------------------------- */

/* All of them are told of, for the first that holds may not be the worst. */
static int
check (DiffCommand *self, InspectorDiff *diff)
{
  gboolean any_holds = FALSE, any_failed = FALSE;

  for (guint i = 0; self->conditions != NULL && self->conditions[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;
      gboolean holds = FALSE;
      g_autofree char *lines =
          inspector_diff_check (diff, self->conditions[i], self->even_chance, &holds, &error);

      if (lines == NULL)
        cli_complain ("--fail-if: %s", error->message);
      else
        g_printerr ("%s", lines);
      any_failed = any_failed || lines == NULL;
      any_holds = any_holds || holds;
    }
  return any_holds ? EXIT_HOLDS : any_failed ? CLI_EXIT_FAILED : 0;
}

static int
compare (DiffCommand *self)
{
  g_autoptr (InspectorDiff) diff = inspector_diff_new ();
  g_autofree char *text = NULL;
  int status;

  if (!add_side (diff, INSPECTOR_DIFF_BEFORE, self->sides[1]) ||
      !add_side (diff, INSPECTOR_DIFF_AFTER, self->sides[2]))
    return CLI_EXIT_FAILED;
  text = self->json ? inspector_diff_to_json (diff)
                    : inspector_diff_to_text (
                          diff, self->sink.colour ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN,
                          self->sink.width);
  cli_sink_write (&self->sink, text);
  status = check (self, diff);
  return status == 0 && self->sink.failed ? CLI_EXIT_FAILED : status;
}

int
cli_diff (int argc, char **argv)
{
  DiffCommand self = { 0 };
  g_autoptr (GError) error = NULL;
  int status = CLI_EXIT_FAILED;

  if (parse (&self, argc, argv))
    {
      if (!cli_sink_open (&self.sink, self.output != NULL ? self.output : "-", &error))
        cli_complain ("%s", error->message);
      else
        {
          status = compare (&self);
          cli_sink_close (&self.sink);
        }
    }
  g_strfreev (self.conditions);
  g_strfreev (self.sides);
  g_free (self.output);
  return status;
}
