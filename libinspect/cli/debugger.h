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
typedef void (*CliDebuggerBeginFunc) (gpointer data);

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
  char *last; /* what was typed last, which an empty line repeats; NULL: nothing that may be */
  CliDebuggerBeginFunc begin; /* NULL: the program runs */
  gpointer begin_data;
} CliDebugger;

/* @commands, @breaks: (nullable): what they say may be wrong, which is found before anything is
 * started. */
gboolean cli_debugger_open (CliDebugger *self, CliInspection *inspection, CliSink *sink,
                            const char *const *breaks, const char *const *commands,
                            gboolean has_prompt, gboolean stop_all, GError **error);
/* What can be done before the program has begun, and what is done while it runs. */
void cli_debugger_start (CliDebugger *self);
/* The program is not there yet: @begin starts it, when somebody at the prompt lets it go on. */
void cli_debugger_hold (CliDebugger *self, CliDebuggerBeginFunc begin, gpointer data);
/* Does so, where it is held. FALSE: it is not. */
gboolean cli_debugger_begin (CliDebugger *self);
/* Ctrl-C: all that runs is asked to stop at its next event. FALSE: nobody is at the prompt. */
gboolean cli_debugger_interrupt (CliDebugger *self);
/* The program has ended: what was not met is said. */
void cli_debugger_end (CliDebugger *self);
void cli_debugger_clear (CliDebugger *self);

/* What there has to be, and what comes of it. */
typedef enum
{
  CLI_DEBUGGER_AT_A_STOP = 1 << 0,       /* needs one */
  CLI_DEBUGGER_COMES_FIRST = 1 << 1,     /* of --command: runs before the program begins */
  CLI_DEBUGGER_WITHOUT_PROGRAM = 1 << 2, /* at the prompt: has a sense before the program begins */
  CLI_DEBUGGER_GOES_ON = 1 << 3,         /* lets the program go on */
} CliDebuggerUse;

/* debugger-commands.c: (nullable): the command that @line begins with; @ret_rest: what follows */
typedef struct
{
  const char *name;
  const char *alias;     /* (nullable) */
  const char *arguments; /* as help shows them */
  const char *summary;   /* N_() */
  CliDebuggerUse use;
  void (*run) (CliDebugger *self, const char *arguments);
} CliDebuggerCommand;
const CliDebuggerCommand *cli_debugger_find_command (const char *line, const char **ret_rest);
/* One line of what a command has to say. */
void cli_debugger_say (CliDebugger *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS

#endif
