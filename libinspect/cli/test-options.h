/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_TEST_OPTIONS_H
#define CLI_TEST_OPTIONS_H

#include <glib.h>

G_BEGIN_DECLS

#define CLI_TEST_TIMEOUT_DEFAULT_NS (30 * G_GINT64_CONSTANT (1000000000))
#define CLI_TEST_TRACE_DEFAULT "async-inspect-trace.json"

typedef struct
{
  gint64 timeout_ns; /* of one test; 0: none */
  gboolean fail_on_hang;
  char *junit;    /* (nullable) */
  char *trace;    /* "": none */
  char **command; /* never empty */
} CliTestOptions;

/* FALSE with @error for a mistake; TRUE with @ret_done set when --help was printed. */
gboolean cli_test_options_parse (int argc, char **argv, CliTestOptions *ret_options,
                                 gboolean *ret_done, GError **error);
void cli_test_options_clear (CliTestOptions *options);

G_END_DECLS

#endif
