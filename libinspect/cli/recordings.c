/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* open, info, export and repair: what can be done with a recording; and open, of a core file. */

#include <unistd.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "inspector-process.h"

#define WIDTH 100

/* The arguments that are left when options are parsed, exactly @n of them; NULL after a complaint
 * or after --help, when *@ret_status is what to exit with. */
static char **
parse (int argc, char **argv, const char *usage, const char *description,
       const GOptionEntry *entries, guint n, int *ret_status)
{
  g_autoptr (GOptionContext) context = g_option_context_new (usage);
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strdup_printf ("async-inspect %s", argv[0]);
  char **arguments = g_new0 (char *, argc + 1);

  for (int i = 0; i < argc; i++)
    arguments[i] = g_strdup (argv[i]);
  g_set_prgname (name);
  g_option_context_set_description (context, description);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  *ret_status = CLI_EXIT_FAILED;
  if (!cli_knows_options (g_option_context_parse_strv (context, &arguments, &error), &error))
    cli_complain ("%s", error->message);
  else if (g_strv_length (arguments) != n + 1)
    cli_complain (_ ("wrong arguments; usage: %s %s"), name, usage);
  else
    return arguments;
  g_strfreev (arguments);
  return NULL;
}

/* @text: NULL where @error says why there is none. */
static int
print (char *text, GError *const *error)
{
  if (text == NULL)
    {
      cli_complain ("%s", (*error)->message);
      return CLI_EXIT_FAILED;
    }
  g_print ("%s", text);
  g_free (text);
  return 0;
}

static gboolean
open_file (InspectorSession *session, const char *path, const char *program, char **ret_warning,
           GError **error)
{
  gboolean is_core = program != NULL || inspector_file_is_core (path);
  g_autofree char *name = g_path_get_basename (path);
  CliProgress *progress = cli_progress_begin (g_strdup_printf (
      is_core ? _ ("%s and the debug info of its program are being read") : _ ("%s is being read"),
      name));
  gboolean is_open = is_core
                         ? inspector_session_open_core (session, path, program, ret_warning, error)
                         : inspector_session_open_recording (session, path, ret_warning, error);

  cli_progress_end (progress);
  return is_open;
}

int
cli_open (int argc, char **argv)
{
  g_autofree char *program = NULL;
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print the report as one line of JSON"), NULL },
    { "exe", 0, 0, G_OPTION_ARG_FILENAME, &program,
      N_ ("The program that the core file is of; default: the file that ran"), N_ ("PROGRAM") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (InspectorSession) session = NULL;
  g_autoptr (InspectorReport) report = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  int status;
  g_auto (GStrv) arguments = parse (argc, argv, "FILE", NULL, entries, 1, &status);

  if (arguments == NULL)
    return status;
  session = inspector_session_new ();
  if (!open_file (session, arguments[1], program, &warning, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (warning != NULL)
    cli_complain ("%s", warning);
  /* Whoever looks at a core file wants to know of all tasks, as who stops a program. */
  report = inspector_session_build_report (session, inspector_file_is_core (arguments[1])
                                                        ? INSPECTOR_REPORT_INTERRUPTED
                                                        : INSPECTOR_REPORT_EXIT);
  if (json)
    return print (inspector_report_to_json (report), NULL);
  return print (
      inspector_report_to_text (
          report, isatty (STDOUT_FILENO) ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN, WIDTH),
      NULL);
}

int
cli_info (int argc, char **argv)
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print one line of JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GError) error = NULL;
  int status;
  g_auto (GStrv) arguments = parse (argc, argv, "FILE", NULL, entries, 1, &status);

  if (arguments == NULL)
    return status;
  return print (inspector_recording_describe (arguments[1], json, &error), &error);
}

static gboolean
parse_instant (const char *text, gint64 *ret_ns)
{
  *ret_ns = -1;
  if (text == NULL || cli_parse_duration (text, ret_ns))
    return TRUE;
  cli_complain (_ ("--at needs a time after the beginning, such as 1.5s or 300ms, not '%s'"), text);
  return FALSE;
}

int
cli_export (int argc, char **argv)
{
  g_autofree char *format = NULL, *output = NULL, *at = NULL;
  const GOptionEntry entries[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &format,
      N_ ("The format; without it, that which OUT is the name of"), N_ ("FORMAT") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &output,
      N_ ("The file to write; without it, or for -, standard output"), N_ ("OUT") },
    { "at", 0, 0, G_OPTION_ARG_STRING, &at,
      N_ ("Read no further than this long after the beginning: 1.5s, 300ms"), N_ ("TIME") },
    G_OPTION_ENTRY_NULL,
  };
  g_autofree char *formats = inspector_export_list_formats ();
  g_autofree char *description =
      g_strconcat (_ ("Formats, and the names that mean them:"), "\n", formats, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;
  gint64 at_ns;
  int status;
  g_auto (GStrv) arguments = parse (argc, argv, "FILE", description, entries, 1, &status);

  if (arguments == NULL || !parse_instant (at, &at_ns))
    return CLI_EXIT_FAILED;
  if (!inspector_recording_export (arguments[1], output != NULL ? output : "-", format, at_ns,
                                   &warning, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (warning != NULL)
    cli_complain ("%s", warning);
  return 0;
}

int
cli_repair (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  int status;
  g_auto (GStrv) arguments = parse (argc, argv, "FILE NEW-FILE", NULL, NULL, 2, &status);

  if (arguments == NULL)
    return status;
  return print (inspector_recording_repair (arguments[1], arguments[2], &error), &error);
}
