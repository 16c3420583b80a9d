/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_PROFILING_H
#define CLI_PROFILING_H

#include "cli/inspection.h"
#include "inspector-profile.h"

G_BEGIN_DECLS

/* What profile and flamegraph begin with: a program that is run to its end, or a recording that is
 * read, and what was counted meanwhile. */
typedef struct
{
  /* Asked for. */
  char **arguments;    /* PROGRAM ARGUMENT..., or one FILE */
  gboolean is_program; /* it stands after "--" */
  gboolean is_recording;
  gint64 from_ns, to_ns; /* from the first record; @to_ns -1: to the end */
  char *output;          /* (nullable) */

  /* What came of it. */
  InspectorProfile *profile; /* NULL: nothing, and that was said */
  int status;                /* to exit with */
} CliProfiling;

/* Options of the command's own, those that all have (--from, --until, --output), then what is looked at.
 * @data: what the callbacks of @entries are given. FALSE: there is nothing to do, and what there is
 * to say was said. Clear @self in any case. */
gboolean cli_profiling_parse (CliProfiling *self, int argc, char **argv,
                              const GOptionEntry *entries, gpointer data);
/* Finds out whether it is a recording; then the output is standard output where none was named. */
void cli_profiling_prepare (CliProfiling *self);
/* @update: (nullable): called with @data when somebody asks for what there is so far (SIGUSR1) */
void cli_profiling_run (CliProfiling *self, void (*update) (gpointer data), gpointer data);
void cli_profiling_clear (CliProfiling *self);

G_END_DECLS

#endif
