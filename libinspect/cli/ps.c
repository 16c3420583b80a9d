/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* async-inspect ps: the processes that can be attached to. */

#include <string.h>
#include <unistd.h>
#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include "inspector-process.h"

#include "cli/command.h"
#include "cli/sink.h"

typedef struct
{
  gboolean all;
  gboolean json;
} Ps;

static gboolean
parse (int argc, char **argv, Ps *ps, GError **error)
{
  const GOptionEntry entries[] = {
    { "all", 'a', 0, G_OPTION_ARG_NONE, &ps->all,
      N_ ("Also processes of other users, and those that use no runtime that is known"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &ps->json, N_ ("Print one line of JSON"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_set_prgname ("async-inspect ps");
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!cli_knows_options (g_option_context_parse (context, &argc, &argv, error), error))
    return FALSE;
  if (argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   _ ("'%s' is one argument too many; 'async-inspect ps' lists all that there are"),
                   argv[1]);
      return FALSE;
    }
  return TRUE;
}

/* ---- For machines ----------------------------------------------------------------------------- */

static void
add_process (JsonBuilder *builder, InspectorProcess *process)
{
  const char *const *runtimes = inspector_process_get_runtimes (process);
  const char *refusal = inspector_process_get_refusal (process);

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "pid");
  json_builder_add_int_value (builder, inspector_process_get_pid (process));
  json_builder_set_member_name (builder, "uid");
  json_builder_add_int_value (builder, inspector_process_get_uid (process));
  json_builder_set_member_name (builder, "command");
  json_builder_add_string_value (builder, inspector_process_get_command (process));
  json_builder_set_member_name (builder, "executable");
  json_builder_add_string_value (builder, inspector_process_get_executable (process));
  json_builder_set_member_name (builder, "runtimes");
  json_builder_begin_array (builder);
  for (guint i = 0; runtimes[i] != NULL; i++)
    json_builder_add_string_value (builder, runtimes[i]);
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "inspected");
  json_builder_add_boolean_value (builder, inspector_process_is_inspected (process));
  json_builder_set_member_name (builder, "attachable");
  json_builder_add_boolean_value (builder, refusal == NULL);
  if (inspector_process_get_remark (process) != NULL)
    {
      json_builder_set_member_name (builder, "remark");
      json_builder_add_string_value (builder, inspector_process_get_remark (process));
    }
  if (refusal != NULL)
    {
      json_builder_set_member_name (builder, "refusal");
      json_builder_add_string_value (builder, refusal);
    }
  json_builder_end_object (builder);
}

static void
print_json (const GPtrArray *processes)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "processes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < processes->len; i++)
    add_process (builder, processes->pdata[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  text = json_to_string (root, FALSE);
  g_print ("%s\n", text);
}

/* ---- For people ------------------------------------------------------------------------------- */

static char *
dup_runtimes (InspectorProcess *process)
{
  const char *const *names = inspector_process_get_runtime_names (process);

  return names[0] != NULL ? g_strjoinv (", ", (char **)names) : g_strdup ("-");
}

static char *
dup_cut (const char *text, guint columns)
{
  const char *end = text;
  guint width = 0;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar sign = g_utf8_get_char (at);

      width += g_unichar_iswide (sign) ? 2 : g_unichar_iszerowidth (sign) ? 0 : 1;
      /* Of the ellipsis, too. */
      if (width < columns)
        end = g_utf8_next_char (at);
    }
  return width > columns ? g_strdup_printf ("%.*s…", (int)(end - text), text) : g_strdup (text);
}

/* A terminal has no room for all that a compiler is told. */
static void
print_process (InspectorProcess *process, int width, const char *runtimes)
{
  g_autofree char *line =
      g_strdup_printf ("%7d  %-*s  %s", inspector_process_get_pid (process), width, runtimes,
                       inspector_process_get_command (process));
  g_autofree char *cut =
      isatty (STDOUT_FILENO) ? dup_cut (line, cli_terminal_width (STDOUT_FILENO)) : NULL;

  g_print ("%s\n", cut != NULL ? cut : line);
}

static void
print_text (const GPtrArray *processes)
{
  glong width = g_utf8_strlen (_ ("RUNTIMES"), -1);

  for (guint i = 0; i < processes->len; i++)
    {
      g_autofree char *runtimes = dup_runtimes (processes->pdata[i]);

      width = MAX (width, g_utf8_strlen (runtimes, -1));
    }
  g_print ("%7s  %-*s  %s\n", _ ("PID"), (int)width, _ ("RUNTIMES"), _ ("COMMAND"));
  for (guint i = 0; i < processes->len; i++)
    {
      InspectorProcess *process = processes->pdata[i];
      const char *refusal = inspector_process_get_refusal (process);
      const char *remark = inspector_process_get_remark (process);
      g_autofree char *runtimes = dup_runtimes (process);

      print_process (process, (int)width, runtimes);
      if (refusal != NULL)
        g_print ("%9s%s: %s\n", "", _ ("cannot be attached to"), refusal);
      else if (remark != NULL)
        g_print ("%9s%s\n", "", remark);
      if (refusal == NULL && inspector_process_is_inspected (process))
        g_print ("%9s%s\n", "", _ ("is being inspected already"));
    }
}

int
cli_ps (int argc, char **argv)
{
  g_autoptr (GPtrArray) processes = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) warnings = NULL;
  Ps ps = { 0 };

  if (!parse (argc, argv, &ps, &error))
    {
      cli_complain ("%s", error->message);
      return CLI_EXIT_FAILED;
    }
  processes = inspector_processes_list (ps.all ? INSPECTOR_PROCESSES_ALL : INSPECTOR_PROCESSES_OWN,
                                        NULL, &warnings);
  for (guint i = 0; warnings[i] != NULL; i++)
    cli_complain ("%s", warnings[i]);
  if (ps.json)
    print_json (processes);
  else if (processes->len > 0)
    print_text (processes);
  else
    cli_complain (_ ("no process of yours uses a runtime that is known; --all lists them all"));
  return 0;
}
