/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/test-options.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <gio/gio.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/test-runner.h"

static gboolean
parse_timeout (const char *name, const char *value, gpointer data, GError **error)
{
  CliTestOptions *options = data;

  if (g_str_equal (value, "none"))
    {
      options->timeout_ns = 0;
      return TRUE;
    }
  if (cli_parse_duration (value, &options->timeout_ns))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--timeout '%s' is no duration above 0; write it as 30s, 500ms or 1m, or none"),
               value);
  return FALSE;
}

static gboolean
parse_no_trace (const char *name, const char *value, gpointer data, GError **error)
{
  CliTestOptions *options = data;

  g_free (options->trace);
  options->trace = g_strdup ("");
  return TRUE;
}

/* GOption gives callbacks their data through the group. */
static GOptionGroup *
make_group (CliTestOptions *options)
{
  const GOptionEntry entries[] = {
    { "timeout", 0, 0, G_OPTION_ARG_CALLBACK, parse_timeout,
      N_ ("Stop a test that has run for so long, and say where it hangs; default: 30s; none"),
      N_ ("DURATION") },
    { "fail-on-hang", 0, 0, G_OPTION_ARG_NONE, &options->fail_on_hang,
      N_ ("Fail also where something was stuck for 2 s and got on, or may deadlock"), NULL },
    { "junit", 0, 0, G_OPTION_ARG_FILENAME, &options->junit, N_ ("Write JUnit's XML to FILE"),
      N_ ("FILE") },
    { "trace", 0, 0, G_OPTION_ARG_FILENAME, &options->trace,
      N_ ("Where the trace of a failed run goes; default: async-inspect-trace.json"), N_ ("FILE") },
    { "no-trace", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_no_trace,
      N_ ("Write no trace"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  GOptionGroup *group = g_option_group_new ("test", "", "", options, NULL);

  g_option_group_add_entries (group, entries);
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  return group;
}

static gboolean
take_command (CliTestOptions *options, char **words, GError **error)
{
  const char *what;

  if (words[0] != NULL && g_str_equal (words[0], "--"))
    words++;
  if (words[0] != NULL)
    {
      options->command = g_strdupv (words);
      return TRUE;
    }
  options->command = cli_runner_find (&what);
  if (options->command != NULL)
    {
      g_autofree char *line = g_strjoinv (" ", options->command);

      g_printerr (_ ("async-inspect: this is a project of %s: running '%s'\n"), what, line);
      return TRUE;
    }
  g_set_error (
      error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
      _ ("no test command was given, and none is known for this folder (no meson build "
         "directory, no CTestTestfile.cmake, no Makefile with check: or test:); say which: "
         "async-inspect test ./my-tests"));
  return FALSE;
}

gboolean
cli_test_options_parse (int argc, char **argv, CliTestOptions *ret_options, gboolean *ret_done,
                        GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("[--] [COMMAND [ARGUMENT...]]");
  g_auto (GStrv) words = g_new0 (char *, argc + 1);
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Show this help"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  CliTestOptions options = { .timeout_ns = CLI_TEST_TIMEOUT_DEFAULT_NS };
  gboolean is_sound;

  for (int i = 0; i < argc; i++)
    words[i] = g_strdup (argv[i]);
  g_set_prgname ("async-inspect test");
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_main_group (context, make_group (&options));
  g_option_context_add_main_entries (context, help_entry, GETTEXT_PACKAGE);
  is_sound = cli_knows_options (g_option_context_parse_strv (context, &words, error), error);
  *ret_done = help;
  if (is_sound && help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);

      g_print ("%s", text);
      cli_test_options_clear (&options);
      return TRUE;
    }
  if (options.trace == NULL)
    options.trace = g_strdup (CLI_TEST_TRACE_DEFAULT);
  if (!is_sound || !cli_check_writable (options.junit, "--junit", error) ||
      !cli_check_writable (options.trace, "--trace", error) ||
      !take_command (&options, words + 1, error))
    {
      cli_test_options_clear (&options);
      return FALSE;
    }
  *ret_options = options;
  return TRUE;
}

void
cli_test_options_clear (CliTestOptions *options)
{
  g_clear_pointer (&options->junit, g_free);
  g_clear_pointer (&options->trace, g_free);
  g_clear_pointer (&options->command, g_strfreev);
}
