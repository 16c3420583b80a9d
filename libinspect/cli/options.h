/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <glib.h>

G_BEGIN_DECLS

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
} CliOptions;

/* FALSE with @error for a mistake; TRUE with @ret_done set when --help was printed. */
gboolean cli_options_parse (int argc, char **argv, CliOptions *ret_options, gboolean *ret_done,
                            GError **error);
void cli_options_clear (CliOptions *options);

G_END_DECLS

#endif
