/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* `async-inspect gui`: becomes the desktop app, which is a program of its own: the command needs no
 * display and no toolkit. */

#include <errno.h>
#include <string.h>
#include <unistd.h>
#include <glib/gi18n.h>

#include "command.h"

#define PROGRAM "async-inspect-gui"

/* The words of async-inspect-gui, which may not be installed. */
static int
print_help (void)
{
  g_print ("%s\n  async-inspect gui [OPTION...] [RECORDING...] [-- PROGRAM [ARGUMENT...]]\n\n",
           _ ("Usage:"));
  g_print ("%s\n", _ ("Opens the desktop app: its start page, recordings in a tab each, a program "
                      "that is started."));
  g_print ("\n  -b, --break WHERE       %s\n",
           _ ("stop PROGRAM, or the process, there; WHERE is written as for 'run'"));
  g_print ("  -C, --directory DIR     %s\n", _ ("start PROGRAM in DIR"));
  g_print ("  -e, --env NAME=VALUE    %s\n", _ ("set a variable of PROGRAM's environment"));
  g_print ("  -p, --pid PID           %s\n", _ ("attach to a process that runs"));
  g_print ("      --new-window        %s\n", _ ("open another window"));
  g_print ("  -h, --help              %s\n", _ ("this"));
  return 0;
}

/* The one that was installed with this command, else the first of PATH. */
static char *
dup_program (void)
{
  g_autofree char *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *folder = self != NULL ? g_path_get_dirname (self) : NULL;
  g_autofree char *beside = folder != NULL ? g_build_filename (folder, PROGRAM, NULL) : NULL;

  return beside != NULL && g_file_test (beside, G_FILE_TEST_IS_EXECUTABLE)
             ? g_steal_pointer (&beside)
             : g_find_program_in_path (PROGRAM);
}

int
cli_gui (int argc, char **argv)
{
  g_autofree char *program = NULL;

  for (int i = 1; i < argc && !g_str_equal (argv[i], "--"); i++)
    if (g_str_equal (argv[i], "--help") || g_str_equal (argv[i], "-h"))
      return print_help ();
  program = dup_program ();
  if (program == NULL)
    {
      cli_complain (
          _ ("cannot open the desktop app: %s is not installed; 'async-inspect open' shows "
             "a recording in the terminal"),
          PROGRAM);
      return CLI_EXIT_FAILED;
    }
  argv[0] = (char *)PROGRAM;
  execv (program, argv);
  cli_complain (_ ("cannot start %s: %s"), program, g_strerror (errno));
  return CLI_EXIT_FAILED;
}
