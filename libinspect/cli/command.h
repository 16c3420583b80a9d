/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <glib.h>

G_BEGIN_DECLS

/* One subcommand of async-inspect: a row in main.c's table, a file of its own, a man page. */
typedef struct
{
  const char *name;
  const char *usage;   /* what follows the name; untranslated, as man pages print it */
  const char *summary; /* N_() */
  int (*run) (int argc, char **argv); /* argv[0] is the name; returns the exit status */
} CliCommand;

/* Exit status of async-inspect's own failures, as env(1) and timeout(1) have them: 125, and 126
 * and 127 for a program that cannot be run or is not there. */
#define CLI_EXIT_FAILED 125

/* One clear line on standard error: "async-inspect: ...". */
void cli_complain (const char *format, ...) G_GNUC_PRINTF (1, 2);

/* Says in @error, of an option that nobody knows, where they are listed: by the name of the program that is set.
 * Returns: @is_parsed */
gboolean cli_knows_options (gboolean is_parsed, GError **error);

/* "2s", "1.5s", "300ms", "2m", "1h"; a bare number is seconds. FALSE for anything else, and for
 * what is not above 0 or does not fit. */
gboolean cli_parse_duration (const char *text, gint64 *ret_ns);

/* A number above 0 that can be one of a process. */
gboolean cli_parse_pid (const char *text, int *ret_pid);

/* Found out before anything is started; and nothing is made. @option: which would choose another. */
gboolean cli_check_writable (const char *path, const char *option, GError **error);
/* The same of one that is put in the place of what is there, once it is whole: not of a device. */
gboolean cli_check_replaceable (const char *path, const char *option, GError **error);

int cli_run (int argc, char **argv);
int cli_record (int argc, char **argv);
int cli_open (int argc, char **argv);
int cli_info (int argc, char **argv);
int cli_repair (int argc, char **argv);
int cli_export (int argc, char **argv);
int cli_profile (int argc, char **argv);
int cli_diff (int argc, char **argv);
int cli_flamegraph (int argc, char **argv);
int cli_test (int argc, char **argv);
int cli_gui (int argc, char **argv);
int cli_ps (int argc, char **argv);
int cli_attach (int argc, char **argv);
int cli_detach (int argc, char **argv);

G_END_DECLS

#endif
