/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_TEST_TAP_H
#define CLI_TEST_TAP_H

#include <glib.h>

G_BEGIN_DECLS

/* What a test program says on its standard output, passed on as it comes; where it is TAP, which of
 * its cases runs. Anything may come: lines without end, binary data, a stream that stops half-way. */
typedef struct _CliTap CliTap;

typedef struct
{
  guint number;
  gboolean passed;
  gboolean skipped;
  char *name; /* (nullable) */
} CliTapCase;

/* Reads from @input, which it takes over, and writes to @output. @program: its argv, which a test
 * program of GLib is asked with for the names of its cases. */
CliTap *cli_tap_new (int input, int output, const char *const *program);
void cli_tap_free (CliTap *tap);
/* Reads what has come; TRUE at the end of the stream. */
gboolean cli_tap_drain (CliTap *tap);

/* Waits for the names that it was asked for, at most so long. */
void cli_tap_await_names (CliTap *tap, guint max_ms);
/* The test is over: its names are not asked for any more. */
void cli_tap_stop_asking (CliTap *tap);

gboolean cli_tap_is_tap (CliTap *tap);
/* CliTapCase: those that are over. */
GPtrArray *cli_tap_get_cases (CliTap *tap);
/* How many cases it has announced and not told of; 0 also where it has announced none. */
guint cli_tap_count_missing (CliTap *tap);
/* The number of the case that runs, and its name where it is known. */
guint cli_tap_get_current (CliTap *tap, const char **ret_name);
/* "not ok N NAME", @report as comments, "Bail out!": the case that runs has failed. */
void cli_tap_fail (CliTap *tap, const char *reason, const char *report);

G_END_DECLS

#endif
