/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <locale.h>
#include <glib/gi18n.h>

#include "command.h"

static const CliCommand commands[] = {
  { "run", "[OPTION...] [--] PROGRAM [ARGUMENT...]",
    N_ ("run a program and say which of its tasks is stuck, on what, since when, started where"),
    cli_run },
  { "record", "[OPTION...] [--] PROGRAM [ARGUMENT...]",
    N_ ("run a program, and write what came last when something has happened"), cli_record },
  { "test", "[OPTION...] [--] [COMMAND [ARGUMENT...]]",
    N_ ("run a test, or what runs many, and say where one hangs"), cli_test },
  { "attach", "[OPTION...] --pid PID",
    N_ ("look at a program that runs already, for a while or until it ends, and let it go on"),
    cli_attach },
  { "detach", "--pid PID",
    N_ ("take out of a program what an inspector has left in it"), cli_detach },
  { "ps", "[--all] [--json]",
    N_ ("list the processes that use a known runtime, and say which can be attached to"), cli_ps },
  { "open", "[--json] [--exe PROGRAM] FILE",
    N_ ("say what a recording holds that got stuck, as at its end; or what waits in a core file"),
    cli_open },
  { "info", "[--json] FILE", N_ ("say what a recording is: when, of what, how much, whether whole"),
    cli_info },
  { "export", "[--to FORMAT] [--at TIME] [--output OUT] FILE",
    N_ ("write a recording in the format of another tool: Perfetto, CSV, OpenTelemetry, SVG ..."), cli_export },
  { "profile", "[OPTION...] FILE | [--] PROGRAM [ARGUMENT...]",
    N_ ("say where the time of a recording, or of a program that is run, goes"), cli_profile },
  { "diff", "[--fail-if CONDITION] [--even-chance] [--json] FILE[,FILE...] FILE[,FILE...]",
    N_ ("say what has become slower from some recordings to others"), cli_diff },
  { "flamegraph", "[OPTION...] --output OUT FILE | [--] PROGRAM [ARGUMENT...]",
    N_ ("draw who awaited what, of a recording or of a program that is run"), cli_flamegraph },
  { "gui", "[OPTION...] [RECORDING...] [-- PROGRAM [ARGUMENT...]]",
    N_ ("open the desktop app, with recordings or a program to run"), cli_gui },
  { "repair", "FILE NEW-FILE", N_ ("write what is whole of a recording into a new one"), cli_repair },
};

static const CliCommand *
find_command (const char *name)
{
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

static int
print_help (void)
{
  g_print ("%s\n", _ ("X-ray vision for async programs."));
  g_print ("\n%s\n", _ ("Usage:"));
  for (gsize i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  async-inspect %s %s\n      %s\n", commands[i].name, commands[i].usage,
             _ (commands[i].summary));
  g_print ("\n%s\n", _ ("async-inspect COMMAND --help says more about a command."));
  return 0;
}

int
main (int argc, char **argv)
{
  const CliCommand *command;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  if (argc < 2)
    {
      cli_complain (_ ("no command given; try 'async-inspect run ./app' or 'async-inspect --help'"));
      return CLI_EXIT_FAILED;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || g_str_equal (argv[1], "help"))
    return print_help ();
  if (g_str_equal (argv[1], "--version"))
    {
      g_print ("async-inspect %s\n", PACKAGE_VERSION);
      return 0;
    }

  command = find_command (argv[1]);
  if (command == NULL)
    {
      cli_complain (_ ("no command '%s'; 'async-inspect --help' lists them"), argv[1]);
      return CLI_EXIT_FAILED;
    }
  return command->run (argc - 1, argv + 1);
}
