/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What can be said at the prompt, and with --command. */

#include "config.h"

#include "cli/debugger.h"

#include <signal.h>
#include <string.h>
#include <glib/gi18n.h>

static InspectorSession *
session_of (CliDebugger *self)
{
  return self->inspection->session;
}

/* ---- Breakpoints -------------------------------------------------------------------------------- */

static void
say_trouble (CliDebugger *self, guint id)
{
  g_autoptr (GPtrArray) list = inspector_session_list_breakpoints (session_of (self));

  for (guint i = 0; i < list->len; i++)
    {
      const InspectorBreakpoint *breakpoint = list->pdata[i];

      if (breakpoint->id == id)
        cli_debugger_say (self, _ ("Breakpoint %u at %s%s%s"), id, breakpoint->text,
                          breakpoint->trouble != NULL ? ": " : "",
                          breakpoint->trouble != NULL ? breakpoint->trouble : "");
    }
}

static void
list_breakpoints (CliDebugger *self)
{
  g_autoptr (GPtrArray) list = inspector_session_list_breakpoints (session_of (self));

  if (list->len == 0)
    cli_debugger_say (self, _ ("there are no breakpoints"));
  for (guint i = 0; i < list->len; i++)
    {
      const InspectorBreakpoint *breakpoint = list->pdata[i];
      g_autofree char *hits = inspector_format_count (breakpoint->n_hits);

      cli_debugger_say (self, "%3u  %-4s %s  %s%s%s%s", breakpoint->id,
                        breakpoint->is_enabled ? _ ("on") : _ ("off"), hits, breakpoint->text,
                        breakpoint->trouble != NULL ? "  (" : "",
                        breakpoint->trouble != NULL ? breakpoint->trouble : "",
                        breakpoint->trouble != NULL ? ")" : "");
    }
}

static void
run_break (CliDebugger *self, const char *arguments)
{
  g_autoptr (GError) error = NULL;
  guint id;

  if (*arguments == '\0')
    {
      list_breakpoints (self);
      return;
    }
  id = inspector_session_add_breakpoint (session_of (self), arguments, &error);
  if (id == 0)
    cli_debugger_say (self, "%s", error->message);
  else
    say_trouble (self, id);
}

/* FALSE, and said: there is no such breakpoint. */
static gboolean
get_id (CliDebugger *self, const char *arguments, guint *ret_id)
{
  guint64 id;

  if (!g_ascii_string_to_unsigned (arguments, 10, 1, G_MAXUINT, &id, NULL))
    {
      cli_debugger_say (self, _ ("write the number of a breakpoint; 'break' lists them"));
      return FALSE;
    }
  *ret_id = (guint)id;
  return TRUE;
}

static void
say_whether (CliDebugger *self, gboolean is_there, guint id)
{
  if (!is_there)
    cli_debugger_say (self, _ ("there is no breakpoint %u; 'break' lists them"), id);
}

static void
run_delete (CliDebugger *self, const char *arguments)
{
  guint id;

  if (get_id (self, arguments, &id))
    say_whether (self, inspector_session_remove_breakpoint (session_of (self), id), id);
}

static void
run_enable (CliDebugger *self, const char *arguments)
{
  guint id;

  if (get_id (self, arguments, &id))
    say_whether (self, inspector_session_enable_breakpoint (session_of (self), id, TRUE), id);
}

static void
run_disable (CliDebugger *self, const char *arguments)
{
  guint id;

  if (get_id (self, arguments, &id))
    say_whether (self, inspector_session_enable_breakpoint (session_of (self), id, FALSE), id);
}

/* ---- Going on ------------------------------------------------------------------------------------ */

static void
run_continue (CliDebugger *self, const char *arguments)
{
  self->is_waiting = TRUE;
  inspector_session_continue (session_of (self), 0);
}

static void
step (CliDebugger *self, InspectorStepTo to)
{
  self->is_waiting = TRUE;
  inspector_session_step (session_of (self), self->stop, to);
}

static void
run_step (CliDebugger *self, const char *arguments)
{
  if (g_str_equal (arguments, "any"))
    step (self, INSPECTOR_STEP_ANY);
  else if (*arguments == '\0' || g_str_equal (arguments, "await"))
    step (self, INSPECTOR_STEP_AWAIT);
  else if (g_str_equal (arguments, "poll"))
    step (self, INSPECTOR_STEP_POLL);
  else
    cli_debugger_say (self, _ ("a step is to the next 'await', 'poll' or 'any', not '%s'"),
                      arguments);
}

static void
run_next (CliDebugger *self, const char *arguments)
{
  step (self, INSPECTOR_STEP_POLL);
}

static void
run_pause (CliDebugger *self, const char *arguments)
{
  self->is_waiting = TRUE;
  inspector_session_pause (session_of (self));
}

static void
run_stop_all (CliDebugger *self, const char *arguments)
{
  gboolean on = g_str_equal (arguments, "on");

  if (!on && !g_str_equal (arguments, "off"))
    {
      cli_debugger_say (self, _ ("write 'stop-all on' or 'stop-all off'; it is %s"),
                        inspector_session_get_stop_all (session_of (self)) ? _ ("on") : _ ("off"));
      return;
    }
  inspector_session_set_stop_all (session_of (self), on);
}

static void
run_quit (CliDebugger *self, const char *arguments)
{
  GPtrArray *list = inspector_session_list_breakpoints (session_of (self));

  /* The program goes on, and is reported on as without a prompt. */
  for (guint i = 0; i < list->len; i++)
    inspector_session_remove_breakpoint (session_of (self),
                                         ((const InspectorBreakpoint *)list->pdata[i])->id);
  g_ptr_array_unref (list);
  g_queue_clear_full (self->commands, g_free);
  self->has_prompt = FALSE;
  if (cli_debugger_begin (self))
    return;
  inspector_session_continue (session_of (self), 0);
  if (self->inspection->is_attached)
    g_main_loop_quit (self->inspection->loop);
}

static void
run_kill (CliDebugger *self, const char *arguments)
{
  if (self->inspection->pid > 0 && !self->inspection->ended)
    kill (self->inspection->pid, SIGKILL);
  self->has_prompt = FALSE;
  g_queue_clear_full (self->commands, g_free);
  /* There is nothing to be waited for. */
  if (self->begin != NULL)
    g_main_loop_quit (self->inspection->loop);
}

/* ---- Looking -------------------------------------------------------------------------------------- */

static GPtrArray *
dup_frames (CliDebugger *self)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *frames = inspector_session_dup_stop_frames (session_of (self), self->stop, &error);

  if (frames == NULL)
    cli_debugger_say (self, "%s", error->message);
  return frames;
}

static void
say_frame (CliDebugger *self, const InspectorFrame *frame, guint number)
{
  cli_debugger_say (self, "#%-3u %s%s%s", number, frame->function,
                    *frame->place != '\0' ? _ (" at ") : "", frame->place);
}

static void
run_backtrace (CliDebugger *self, const char *arguments)
{
  g_autoptr (GPtrArray) frames = dup_frames (self);

  for (guint i = 0; frames != NULL && i < frames->len; i++)
    say_frame (self, frames->pdata[i], i);
}

/* As it is declared; what the program has said of itself has no type. */
static void
say_variable (CliDebugger *self, const InspectorLocal *variable)
{
  gboolean is_apart = *variable->type != '\0' && !g_str_has_suffix (variable->type, "*");

  cli_debugger_say (self, "  %s%s%s = %s", variable->type, is_apart ? " " : "", variable->name,
                    variable->value);
}

static void
say_locals (CliDebugger *self, const InspectorFrame *frame)
{
  if (frame->locals->len == 0)
    cli_debugger_say (self,
                      _ ("no variables are known of %s: it has none, or its file no debug info"),
                      frame->function);
  for (guint i = 0; i < frame->locals->len; i++)
    say_variable (self, frame->locals->pdata[i]);
}

/* The first frame that is the program's own says most. */
static guint
get_default_frame (const GPtrArray *frames)
{
  for (guint i = 0; i < frames->len; i++)
    if (!((const InspectorFrame *)frames->pdata[i])->is_runtime)
      return i;
  return 0;
}

static void
run_locals (CliDebugger *self, const char *arguments)
{
  g_autoptr (GPtrArray) frames = dup_frames (self);
  guint64 number = 0;

  if (frames == NULL || frames->len == 0)
    return;
  number = get_default_frame (frames);
  if (*arguments != '\0' &&
      !g_ascii_string_to_unsigned (arguments, 10, 0, frames->len - 1, &number, NULL))
    {
      cli_debugger_say (self, _ ("there is no frame %s; 'bt' lists them"), arguments);
      return;
    }
  say_frame (self, frames->pdata[number], (guint)number);
  say_locals (self, frames->pdata[number]);
}

static void
run_vars (CliDebugger *self, const char *arguments)
{
  g_autoptr (GPtrArray) variables =
      inspector_session_dup_stop_variables (session_of (self), self->stop);

  if (variables->len == 0)
    cli_debugger_say (self, _ ("nothing has been said of this task (INSPECT_VAR, INSPECT_STATE); "
                               "'locals' shows the variables of a frame"));
  for (guint i = 0; i < variables->len; i++)
    say_variable (self, variables->pdata[i]);
}

/* Of the task that stands still, or of another one; without either, of all. */
static void
run_why (CliDebugger *self, const char *arguments)
{
  InspectorTextFlags flags = self->sink->colour ? INSPECTOR_TEXT_COLOUR : INSPECTOR_TEXT_PLAIN;
  const InspectorStop *stop = inspector_session_find_stop (session_of (self), self->stop);
  guint64 number = stop != NULL ? stop->task : 0;
  g_autofree char *text = NULL;

  if (*arguments == '#')
    arguments++;
  if (*arguments != '\0' &&
      !g_ascii_string_to_unsigned (arguments, 10, 1, G_MAXUINT64, &number, NULL))
    {
      cli_debugger_say (self, _ ("write the number of a task, as in 'why 42'"));
      return;
    }
  inspector_session_refresh_facts (session_of (self));
  if (number != 0)
    text = inspector_session_dup_task_text (session_of (self), number, flags, self->sink->width);
  else
    {
      g_autoptr (InspectorReport) report =
          cli_inspection_build_report (self->inspection, INSPECTOR_REPORT_ASKED);

      text = inspector_report_to_text (report, flags, self->sink->width);
    }
  self->is_shown = FALSE;
  if (text != NULL)
    cli_sink_write (self->sink, text);
  else
    cli_debugger_say (self, _ ("no task of that number lives"));
}

static void
run_where (CliDebugger *self, const char *arguments)
{
  g_autoptr (GPtrArray) stops = inspector_session_list_stops (session_of (self));

  if (stops->len == 0)
    cli_debugger_say (self, _ ("nothing stands still"));
  for (guint i = 0; i < stops->len; i++)
    {
      const InspectorStop *stop = stops->pdata[i];

      cli_debugger_say (self, "%s %u  %s%s%s", stop->id == self->stop ? "*" : " ", stop->id,
                        stop->what, *stop->place != '\0' ? ", " : "", stop->place);
    }
}

static void
run_select (CliDebugger *self, const char *arguments)
{
  guint64 id;

  if (!g_ascii_string_to_unsigned (arguments, 10, 1, G_MAXUINT, &id, NULL) ||
      inspector_session_find_stop (session_of (self), (guint)id) == NULL)
    cli_debugger_say (self, _ ("nothing of number '%s' stands still; 'where' lists what does"),
                      arguments);
  else
    self->stop = (guint)id;
}

static void run_help (CliDebugger *self, const char *arguments);

#define ALWAYS (CLI_DEBUGGER_COMES_FIRST | CLI_DEBUGGER_WITHOUT_PROGRAM)
#define BEFORE CLI_DEBUGGER_WITHOUT_PROGRAM
#define STEPS (CLI_DEBUGGER_AT_A_STOP | CLI_DEBUGGER_GOES_ON)

static const CliDebuggerCommand commands[] = {
  { "break", "b", "[WHERE [if CONDITION]]",
    N_ ("stop there; without WHERE, list the breakpoints. WHERE is a function, FILE:LINE, "
        "state:NAME, kind:NAME, task:NAME, #NUMBER, resource:TEXT, longer:DURATION, point:NAME or "
        "deadlock"),
    ALWAYS, run_break },
  { "delete", "d", "NUMBER", N_ ("remove a breakpoint"), BEFORE, run_delete },
  { "enable", NULL, "NUMBER", N_ ("let a breakpoint count again"), BEFORE, run_enable },
  { "disable", NULL, "NUMBER", N_ ("keep a breakpoint, but do not stop"), BEFORE, run_disable },
  { "continue", "c", "", N_ ("go on until something is met"), CLI_DEBUGGER_GOES_ON, run_continue },
  { "step", "s", "[await|poll|any]",
    N_ ("go on until this task begins to wait (await), runs again (poll), or anything happens "
        "(any)"),
    STEPS, run_step },
  { "next", "n", "", N_ ("the same as 'step poll'"), STEPS, run_next },
  { "pause", NULL, "", N_ ("stop every thread at its next event"), 0, run_pause },
  { "stop-all", NULL, "on|off", N_ ("whether the other threads stop as well"), ALWAYS,
    run_stop_all },
  { "backtrace", "bt", "", N_ ("the stack of the thread"), CLI_DEBUGGER_AT_A_STOP, run_backtrace },
  { "locals", "l", "[FRAME]", N_ ("parameters and variables of a frame"), CLI_DEBUGGER_AT_A_STOP,
    run_locals },
  { "vars", "v", "",
    N_ ("state and variables of the task: what the program says, and what can be inferred"),
    CLI_DEBUGGER_AT_A_STOP, run_vars },
  { "why", "w", "[TASK]", N_ ("what the task has done and waits for; without one, what is stuck"),
    0, run_why },
  { "where", NULL, "", N_ ("list what stands still"), 0, run_where },
  { "select", NULL, "NUMBER", N_ ("choose among what stands still"), 0, run_select },
  { "quit", "q", "",
    N_ ("no more breakpoints; the program goes on, and one that was attached to is let go"), BEFORE,
    run_quit },
  { "kill", "k", "", N_ ("end the program"), BEFORE, run_kill },
  { "help", "h", "", N_ ("list the commands"), ALWAYS, run_help },
};

static void
run_help (CliDebugger *self, const char *arguments)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const CliDebuggerCommand *command = &commands[i];
      g_autofree char *usage =
          g_strdup_printf ("%s%s%s %s", command->name, command->alias != NULL ? ", " : "",
                           command->alias != NULL ? command->alias : "", command->arguments);

      cli_debugger_say (self, "%-28s %s", usage, _ (command->summary));
    }
}

const CliDebuggerCommand *
cli_debugger_find_command (const char *line, const char **ret_rest)
{
  gsize length;

  while (g_ascii_isspace (*line))
    line++;
  length = strcspn (line, " \t");
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    {
      const CliDebuggerCommand *command = &commands[i];

      if ((strlen (command->name) == length && strncmp (line, command->name, length) == 0) ||
          (command->alias != NULL && strlen (command->alias) == length &&
           strncmp (line, command->alias, length) == 0))
        {
          *ret_rest = line + length + strspn (line + length, " \t");
          return command;
        }
    }
  return NULL;
}
