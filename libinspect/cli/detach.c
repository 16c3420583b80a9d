/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* async-inspect detach: for a process in which somebody has left something. */

#include <unistd.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "target/attach.h"
#include "target/guard.h"

/* @ret_guard: (transfer full): hidden: what a guard is told (target/guard.h) */
static gboolean
parse (int argc, char **argv, int *ret_pid, char **ret_guard, GError **error)
{
  g_autofree char *text = NULL;
  const GOptionEntry entries[] = {
    { "pid", 'p', 0, G_OPTION_ARG_STRING, &text, N_ ("The process to leave alone from now on"),
      N_ ("PID") },
    { "guard", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, ret_guard, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_set_prgname ("async-inspect detach");
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!cli_knows_options (g_option_context_parse (context, &argc, &argv, error), error))
    return FALSE;
  if (argc > 1)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _ ("'%s' is one argument too many; say which process: --pid %s"), argv[1],
                 argv[1]);
  else if (text == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _ ("no process given; say which: --pid PID; 'async-inspect ps' lists them"));
  else if (!cli_parse_pid (text, ret_pid))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                 _ ("--pid '%s' is no number of a process; 'async-inspect ps' lists them"), text);
  else
    return TRUE;
  return FALSE;
}

int
cli_detach (int argc, char **argv)
{
  g_autofree char *guard = NULL;
  g_autoptr (GError) error = NULL;
  int pid = 0;

  if (!parse (argc, argv, &pid, &guard, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  if (guard != NULL)
    return target_guard_run (pid, g_ascii_strtoull (guard, NULL, 10), STDIN_FILENO)
               ? 0
               : CLI_EXIT_FAILED;
  if (target_detach (pid, NULL, NULL, &error))
    return 0;
  cli_complain ("%s", error->message);
  return CLI_EXIT_FAILED;
}
