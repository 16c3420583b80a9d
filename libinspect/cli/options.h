/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <glib.h>

G_BEGIN_DECLS

/* When a flight recorder writes what it has. */
typedef enum
{
  CLI_SAVE_STUCK = 1 << 0,    /* a task has become stuck */
  CLI_SAVE_DEADLOCK = 1 << 1, /* a deadlock has formed */
  CLI_SAVE_CRASH = 1 << 2,    /* the program was ended by a signal */
  CLI_SAVE_EXIT = 1 << 3,     /* the program has ended, however */
} CliSaveWhen;

/* What a command that starts a program was asked for. */
typedef struct
{
  gboolean json;
  gboolean payload;
  gint64 stuck_after_ns;
  char *output;  /* NULL: standard error; "-": standard output */
  char *policy;  /* "drop", "overwrite", "block" */
  char *record; /* a file; NULL: nothing is kept */
  char **program; /* its argv */
  /* Of one that looks at a process that runs already. */
  int pid;
  gint64 for_ns; /* 0: until it is interrupted */
  gboolean look; /* from outside, with no agent in it */
  /* Of breakpoints. */
  char **breaks;
  char **commands;
  gboolean has_prompt;
  gboolean stop_all;
  gboolean keeps_variables;
  /* Of a flight recorder. */
  gint64 keep_ns;
  guint64 keep_bytes;
  CliSaveWhen save_when;
} CliOptions;

/* FALSE with @error for a mistake; TRUE with @ret_done set when --help was printed. */
gboolean cli_options_parse (int argc, char **argv, CliOptions *ret_options, gboolean *ret_done,
                            GError **error);
void cli_options_clear (CliOptions *options);

G_END_DECLS

#endif
