/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef CLI_DEBUGGER_H
#define CLI_DEBUGGER_H

#include "cli/inspection.h"
#include "cli/sink.h"
#include "inspector-stops.h"

G_BEGIN_DECLS

/* Breakpoints on the command line: commands come from --command, one after the other, and from the
 * prompt. One that looks at something, or goes on from there, waits until something stands still. */
typedef struct
{
  CliInspection *inspection;
  CliSink *sink;
  GQueue *commands; /* of --command, that have not run yet */
  gboolean has_prompt;
  gboolean
      is_waiting;    /* the last command let it go on: the next one has its turn at the next stop */
  guint stop;        /* that commands are about; 0: none */
  guint frame;       /* of it */
  GString *typed;    /* of a line that is not whole yet */
  guint input;       /* the source that reads what is typed */
  gboolean is_shown; /* the prompt is at the end of the terminal */
} CliDebugger;

/* @commands, @breaks: (nullable): what they say may be wrong, which is found before anything is
 * started. */
gboolean cli_debugger_open (CliDebugger *self, CliInspection *inspection, CliSink *sink,
                            const char *const *breaks, const char *const *commands,
                            gboolean has_prompt, gboolean stop_all, GError **error);
/* Whether it was asked for at all. */
gboolean cli_debugger_is_on (const CliDebugger *self);
/* What can be done before the program has begun, and what is done while it runs. */
void cli_debugger_start (CliDebugger *self);
/* The program has ended: what was not met is said. */
void cli_debugger_end (CliDebugger *self);
void cli_debugger_clear (CliDebugger *self);

/* debugger-commands.c: (nullable): the command that @line begins with; @ret_rest: what follows */
typedef struct
{
  const char *name;
  const char *alias;     /* (nullable) */
  const char *arguments; /* as help shows them */
  const char *summary;   /* N_() */
  gboolean needs_stop;
  gboolean may_come_first; /* of --command: run before the program begins */
  void (*run) (CliDebugger *self, const char *arguments);
} CliDebuggerCommand;
const CliDebuggerCommand *cli_debugger_find_command (const char *line, const char **ret_rest);
/* One line of what a command has to say. */
void cli_debugger_say (CliDebugger *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS

#endif
