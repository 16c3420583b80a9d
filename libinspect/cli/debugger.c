/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/debugger.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib-unix.h>
#include <glib/gi18n.h>

#define MAX_LINE 4096
#define PROMPT "(async-inspect) "

void
cli_debugger_say (CliDebugger *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  /* What comes while somebody is at the prompt begins a line of its own. */
  line = g_strdup_printf ("%s%s\n", self->is_shown ? "\n" : "", text);
  self->is_shown = FALSE;
  cli_sink_write (self->sink, line);
}

/* Whether it was asked for at all. */
static gboolean
is_on (const CliDebugger *self)
{
  return self->commands != NULL;
}

/* ---- Running commands --------------------------------------------------------------------------- */

static void
run_line (CliDebugger *self, const char *line)
{
  const char *rest = NULL;
  const CliDebuggerCommand *command = cli_debugger_find_command (line, &rest);

  if (command == NULL)
    cli_debugger_say (self, _ ("there is no command '%s'; 'help' lists those that there are"),
                      line);
  else if (self->begin != NULL && (command->use & CLI_DEBUGGER_GOES_ON) != 0)
    cli_debugger_begin (self);
  else if (self->begin != NULL && (command->use & CLI_DEBUGGER_WITHOUT_PROGRAM) == 0)
    cli_debugger_say (self, _ ("the program has not begun; 'continue' starts it"));
  else if ((command->use & CLI_DEBUGGER_AT_A_STOP) != 0 && self->stop == 0)
    cli_debugger_say (self, _ ("'%s' is about a thread that stands still, and none does"),
                      command->name);
  else
    command->run (self, rest);
}

/* Of those in the queue, all but what prepares a stop is kept until there is one. */
static void
run_queue (CliDebugger *self)
{
  while (!self->is_waiting && !g_queue_is_empty (self->commands))
    {
      g_autofree char *line = NULL;
      const char *rest;
      const CliDebuggerCommand *command =
          cli_debugger_find_command (g_queue_peek_head (self->commands), &rest);

      if (command != NULL && (command->use & CLI_DEBUGGER_COMES_FIRST) == 0 && self->stop == 0)
        return;
      line = g_queue_pop_head (self->commands);
      run_line (self, line);
    }
}

static void
show_prompt (CliDebugger *self)
{
  if (!self->has_prompt || self->is_shown || self->is_waiting || !g_queue_is_empty (self->commands))
    return;
  cli_sink_write (self->sink, PROMPT);
  self->is_shown = TRUE;
}

/* ---- What happens ------------------------------------------------------------------------------- */

static void
on_stopped (InspectorSession *session, gpointer stop_data, gpointer data)
{
  const InspectorStop *stop = stop_data;
  CliDebugger *self = data;
  g_auto (GStrv) holds = NULL;
  guint id = stop->id;

  /* Those that stop because another one does are not what anybody waits for. */
  if (self->stop != 0 && stop->breakpoint == 0)
    return;
  if (stop->breakpoint != 0)
    cli_debugger_say (self, _ ("Breakpoint %u: %s%s%s"), stop->breakpoint, stop->what,
                      *stop->place != '\0' ? ", " : "", stop->place);
  else
    cli_debugger_say (self, _ ("Stopped: %s%s%s"), stop->what, *stop->place != '\0' ? ", " : "",
                      stop->place);
  holds = inspector_session_dup_stop_holds (session, id);
  for (char **line = holds; *line != NULL; line++)
    cli_debugger_say (self, "  %s", *line);
  self->stop = id;
  self->frame = 0;
  self->is_waiting = FALSE;
  run_queue (self);
  /* Nobody is there to say what next. */
  if (!self->has_prompt && g_queue_is_empty (self->commands) && self->stop != 0)
    inspector_session_continue (session, 0);
  show_prompt (self);
}

static void
on_went_on (InspectorSession *session, guint id, gpointer data)
{
  CliDebugger *self = data;

  if (id == self->stop)
    self->stop = 0;
}

/* As others do it: Return alone is the same once more, where that makes sense. */
static void
take_line (CliDebugger *self)
{
  const char *rest;
  const CliDebuggerCommand *command;

  self->is_shown = FALSE;
  g_strstrip (self->typed->str);
  if (*self->typed->str == '\0')
    {
      g_autofree char *again = g_strdup (self->last);

      if (again != NULL)
        run_line (self, again);
      return;
    }
  command = cli_debugger_find_command (self->typed->str, &rest);
  g_clear_pointer (&self->last, g_free);
  if (command != NULL && (command->use & CLI_DEBUGGER_GOES_ON) != 0)
    self->last = g_strdup (self->typed->str);
  run_line (self, self->typed->str);
}

static gboolean
on_input (int fd, GIOCondition condition, gpointer data)
{
  CliDebugger *self = data;
  char buffer[512];
  gssize n = read (fd, buffer, sizeof buffer);

  if (n < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (n <= 0)
    {
      /* Ctrl-D: the program goes on, and is inspected. */
      self->has_prompt = FALSE;
      self->input = 0;
      if (!cli_debugger_begin (self))
        inspector_session_continue (self->inspection->session, 0);
      return G_SOURCE_REMOVE;
    }
  for (gssize i = 0; i < n; i++)
    {
      if (buffer[i] != '\n')
        {
          if (self->typed->len < MAX_LINE)
            g_string_append_c (self->typed, buffer[i]);
          continue;
        }
      take_line (self);
      g_string_truncate (self->typed, 0);
    }
  show_prompt (self);
  return G_SOURCE_CONTINUE;
}

/* ---- Beginning and end ---------------------------------------------------------------------------- */

static gboolean
check_commands (const char *const *commands, GError **error)
{
  for (guint i = 0; commands != NULL && commands[i] != NULL; i++)
    {
      const char *rest;

      if (cli_debugger_find_command (commands[i], &rest) != NULL)
        continue;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                   _ ("--command '%s' is not known; --command help lists the commands"),
                   commands[i]);
      return FALSE;
    }
  return TRUE;
}

gboolean
cli_debugger_open (CliDebugger *self, CliInspection *inspection, CliSink *sink,
                   const char *const *breaks, const char *const *commands, gboolean has_prompt,
                   gboolean stop_all, GError **error)
{
  if (breaks == NULL && commands == NULL && !has_prompt)
    return TRUE;
  if (!check_commands (commands, error))
    return FALSE;
  for (guint i = 0; breaks != NULL && breaks[i] != NULL; i++)
    if (inspector_session_add_breakpoint (inspection->session, breaks[i], error) == 0)
      return FALSE;
  inspector_session_set_stop_all (inspection->session, stop_all);
  self->inspection = inspection;
  self->sink = sink;
  self->has_prompt = has_prompt;
  self->commands = g_queue_new ();
  self->typed = g_string_new (NULL);
  for (guint i = 0; commands != NULL && commands[i] != NULL; i++)
    g_queue_push_tail (self->commands, g_strdup (commands[i]));
  g_signal_connect (inspection->session, "stopped", G_CALLBACK (on_stopped), self);
  g_signal_connect (inspection->session, "went-on", G_CALLBACK (on_went_on), self);
  return TRUE;
}

void
cli_debugger_start (CliDebugger *self)
{
  if (!is_on (self))
    return;
  run_queue (self);
  if (!self->has_prompt)
    return;
  if (self->begin != NULL)
    cli_debugger_say (
        self,
        _ ("The program has not begun: 'break WHERE' says where it is to stop, 'continue' starts "
           "it, 'help' lists the commands"));
  self->input = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP, on_input, self);
  show_prompt (self);
}

void
cli_debugger_hold (CliDebugger *self, CliDebuggerBeginFunc begin, gpointer data)
{
  self->begin = begin;
  self->begin_data = data;
}

gboolean
cli_debugger_begin (CliDebugger *self)
{
  CliDebuggerBeginFunc begin = self->begin;

  if (begin == NULL)
    return FALSE;
  self->begin = NULL;
  self->is_waiting = TRUE;
  begin (self->begin_data);
  return TRUE;
}

gboolean
cli_debugger_interrupt (CliDebugger *self)
{
  if (!is_on (self) || !self->has_prompt)
    return FALSE;
  /* The terminal has just shown "^C". */
  if (self->sink->terminal && !self->is_shown)
    cli_sink_write (self->sink, "\n");
  if (self->stop == 0 && self->begin == NULL)
    {
      cli_debugger_say (
          self,
          _ ("every thread is asked to stop at its next event; 'kill' ends the program, 'quit' "
             "lets go of it"));
      inspector_session_pause (self->inspection->session);
    }
  /* What happens next, and whatever is typed meanwhile. */
  self->is_waiting = FALSE;
  g_string_truncate (self->typed, 0);
  show_prompt (self);
  return TRUE;
}

void
cli_debugger_end (CliDebugger *self)
{
  g_autoptr (GPtrArray) list = NULL;

  if (!is_on (self))
    return;
  list = inspector_session_list_breakpoints (self->inspection->session);
  for (guint i = 0; i < list->len; i++)
    {
      const InspectorBreakpoint *breakpoint = list->pdata[i];

      if (breakpoint->n_hits == 0 && breakpoint->is_enabled)
        cli_debugger_say (self, _ ("Breakpoint %u at %s was not met%s%s"), breakpoint->id,
                          breakpoint->text, breakpoint->trouble != NULL ? ": " : "",
                          breakpoint->trouble != NULL ? breakpoint->trouble : "");
    }
}

void
cli_debugger_clear (CliDebugger *self)
{
  if (!is_on (self))
    return;
  g_signal_handlers_disconnect_by_data (self->inspection->session, self);
  g_clear_handle_id (&self->input, g_source_remove);
  g_queue_free_full (self->commands, g_free);
  g_string_free (self->typed, TRUE);
  g_clear_pointer (&self->last, g_free);
  self->commands = NULL;
}
