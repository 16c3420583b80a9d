/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <glib/gi18n.h>

#include "command.h"
#include "options.h"

#define DEFAULT_STUCK_AFTER_NS (2 * G_GINT64_CONSTANT (1000000000))
#define DEFAULT_KEEP_NS (30 * G_GINT64_CONSTANT (1000000000))
#define DEFAULT_KEEP_BYTES (G_GUINT64_CONSTANT (64) << 20)

static gboolean
parse_stuck_after (const char *name, const char *value, gpointer data, GError **error)
{
  CliOptions *options = data;

  if (cli_parse_duration (value, &options->stuck_after_ns))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--stuck-after '%s' is no duration above 0; write it as 2s, 500ms or 1m"), value);
  return FALSE;
}

static gboolean
parse_policy (const char *name, const char *value, gpointer data, GError **error)
{
  static const char *const policies[] = { "drop", "overwrite", "block", NULL };
  CliOptions *options = data;

  if (g_strv_contains (policies, value))
    {
      g_free (options->policy);
      options->policy = g_strdup (value);
      return TRUE;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--policy '%s' is not known; it is drop, overwrite or block"), value);
  return FALSE;
}

static gboolean
parse_no_payload (const char *name, const char *value, gpointer data, GError **error)
{
  CliOptions *options = data;

  options->payload = FALSE;
  return TRUE;
}

static gboolean
parse_last (const char *name, const char *value, gpointer data, GError **error)
{
  CliOptions *options = data;

  if (cli_parse_duration (value, &options->keep_ns))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--last '%s' is no duration above 0; write it as 30s, 500ms or 5m"), value);
  return FALSE;
}

/* A keyframe and some records after it. */
#define MIN_KEEP_BYTES (64u << 10)

/* "64M", "1G", "500K"; a bare number is bytes. */
static gboolean
parse_size (const char *name, const char *value, gpointer data, GError **error)
{
  static const char units[] = "KMG";
  CliOptions *options = data;
  char *end = NULL;
  guint64 number = g_ascii_isdigit (*value) ? g_ascii_strtoull (value, &end, 10) : 0;
  const char *unit = end != NULL && *end != '\0' ? strchr (units, g_ascii_toupper (*end)) : NULL;
  guint shift = unit != NULL ? 10 * (guint)(unit - units + 1) : 0;

  if (number > 0 && (*end == '\0' || (unit != NULL && end[1] == '\0')) &&
      number <= G_MAXINT64 >> shift && number << shift >= MIN_KEEP_BYTES)
    {
      options->keep_bytes = number << shift;
      return TRUE;
    }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--size '%s' is no size from 64K on; write it as 64M, 1G or 500K"), value);
  return FALSE;
}

static gboolean
parse_on (const char *name, const char *value, gpointer data, GError **error)
{
  static const struct
  {
    const char *word;
    CliSaveWhen when;
  } words[] = { { "stuck", CLI_SAVE_STUCK },
                { "deadlock", CLI_SAVE_DEADLOCK },
                { "crash", CLI_SAVE_CRASH },
                { "exit", CLI_SAVE_EXIT },
                { "signal", 0 } };
  g_auto (GStrv) parts = g_strsplit (value, ",", -1);
  CliOptions *options = data;

  options->save_when = 0;
  for (guint i = 0; parts[i] != NULL || i == 0; i++)
    {
      guint k = 0;

      while (k < G_N_ELEMENTS (words) && g_strcmp0 (words[k].word, parts[i]) != 0)
        k++;
      if (k == G_N_ELEMENTS (words))
        {
          g_set_error (
              error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
              _ ("--on '%s' is not known; it is stuck, deadlock, crash, exit or signal, or "
                 "several with commas"),
              parts[i] != NULL ? parts[i] : "");
          return FALSE;
        }
      options->save_when |= words[k].when;
    }
  return TRUE;
}

static gboolean
parse_pid (const char *name, const char *value, gpointer data, GError **error)
{
  CliOptions *options = data;

  if (cli_parse_pid (value, &options->pid))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--pid '%s' is no number of a process; 'async-inspect ps' lists them"), value);
  return FALSE;
}

static gboolean
parse_for (const char *name, const char *value, gpointer data, GError **error)
{
  CliOptions *options = data;

  if (cli_parse_duration (value, &options->for_ns))
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("--for '%s' is no duration above 0; write it as 10s, 500ms or 1m"), value);
  return FALSE;
}

/* GOption gives callbacks their data through the group. */
static GOptionGroup *
make_group (CliOptions *options, const char *command)
{
  const GOptionEntry both[] = {
    { "stuck-after", 0, 0, G_OPTION_ARG_CALLBACK, parse_stuck_after,
      N_ ("Report a task that has been stuck for so long; default: 2s"), N_ ("DURATION") },
    { "no-payload", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, parse_no_payload,
      N_ ("Record nothing of what the program sends (HTTP request lines)"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry of_run[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &options->json, N_ ("Print each report as one line of JSON"),
      NULL },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->output,
      N_ ("Write the reports to FILE, or to standard output for -; default: standard error"),
      N_ ("FILE") },
    { "record", 0, 0, G_OPTION_ARG_FILENAME, &options->record,
      N_ ("Keep what was seen in FILE, for 'async-inspect open'"), N_ ("FILE") },
    { "policy", 0, 0, G_OPTION_ARG_CALLBACK, parse_policy,
      N_ ("What a full ring does: drop new events (default), overwrite old ones, block the "
          "program"),
      N_ ("POLICY") },
    { "break", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->breaks,
      N_ ("Stop there: a function, FILE:LINE, state:NAME, kind:NAME, task:NAME, resource:TEXT, "
          "longer:DURATION, deadlock"),
      N_ ("WHERE") },
    { "command", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options->commands,
      N_ ("Run COMMAND, when something stands still: bt, locals, vars, why, step, continue ...; "
          "may be given several times"),
      N_ ("COMMAND") },
    { "prompt", 0, 0, G_OPTION_ARG_NONE, &options->has_prompt,
      N_ ("Take commands from the terminal; the program's standard input is empty"), NULL },
    { "stop-all", 0, 0, G_OPTION_ARG_NONE, &options->stop_all,
      N_ ("At a breakpoint the other threads stop as well, each at its next event"), NULL },
    { "vars", 0, 0, G_OPTION_ARG_NONE, &options->keeps_variables,
      N_ ("Keep what pointers of INSPECT_VAR lead to as it changes, and not only as it was said"),
      NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry of_record[] = {
    { "last", 0, 0, G_OPTION_ARG_CALLBACK, parse_last,
      N_ ("Keep what happened in the last so long; default: 30s"), N_ ("DURATION") },
    { "size", 0, 0, G_OPTION_ARG_CALLBACK, parse_size,
      N_ ("Keep about so much, compressed; default: 64M"), N_ ("BYTES") },
    { "on", 0, 0, G_OPTION_ARG_CALLBACK, parse_on,
      N_ ("When to write: stuck, deadlock, crash, exit, signal; default: stuck,deadlock,crash; "
          "always "
          "on SIGUSR1"),
      N_ ("WHEN,...") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &options->record,
      N_ ("The recording to write; default: async-inspect.airec"), N_ ("FILE") },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry of_attach[] = {
    { "pid", 'p', 0, G_OPTION_ARG_CALLBACK, parse_pid, N_ ("The process to look at"), N_ ("PID") },
    { "look", 0, 0, G_OPTION_ARG_NONE, &options->look,
      N_ ("Only look from outside: no agent in it, no stop; less is seen"), NULL },
    { "for", 0, 0, G_OPTION_ARG_CALLBACK, parse_for,
      N_ ("Let it go after so long; default: when it ends, or on Ctrl-C"), N_ ("DURATION") },
    G_OPTION_ENTRY_NULL,
  };
  GOptionGroup *group = g_option_group_new ("run", "", "", options, NULL);

  if (g_str_equal (command, "attach"))
    g_option_group_add_entries (group, of_attach);
  g_option_group_add_entries (group, g_str_equal (command, "record") ? of_record : of_run);
  g_option_group_add_entries (group, both);
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  return group;
}

/* It has to be read at any place, and what is written last says where. "./-" is a file of that name. */
static gboolean
check_record (const CliOptions *options, const char *command, GError **error)
{
  if (g_strcmp0 (options->record, "-") != 0)
    return TRUE;
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               _ ("%s - : a recording cannot go to standard output; name a file"),
               g_str_equal (command, "record") ? "--output" : "--record");
  return FALSE;
}

static gboolean
check_attach (const CliOptions *options, GError **error)
{
  if (options->program[0] != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _ ("'%s' is one argument too many; say which process: --pid %s"),
                 options->program[0], options->program[0]);
  else if (options->pid == 0)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                 _ ("no process given; say which: --pid PID; 'async-inspect ps' lists them"));
  else
    return TRUE;
  return FALSE;
}

gboolean
cli_options_parse (int argc, char **argv, CliOptions *ret_options, gboolean *ret_done,
                   GError **error)
{
  g_autoptr (GOptionContext) context = NULL;
  g_autofree char *prefixed = g_strdup_printf ("async-inspect %s", argv[0]);
  g_auto (GStrv) strv = g_new0 (char *, argc + 1);
  gboolean help = FALSE;
  const GOptionEntry help_entry[] = {
    { "help", 'h', 0, G_OPTION_ARG_NONE, &help, N_ ("Show this help"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  CliOptions options = { .payload = TRUE,
                         .stuck_after_ns = DEFAULT_STUCK_AFTER_NS,
                         .policy = g_strdup ("drop"),
                         .keep_ns = DEFAULT_KEEP_NS,
                         .keep_bytes = DEFAULT_KEEP_BYTES,
                         .save_when = CLI_SAVE_STUCK | CLI_SAVE_DEADLOCK | CLI_SAVE_CRASH };
  gboolean is_attach = g_str_equal (argv[0], "attach");
  int first = 1;

  for (int i = 0; i < argc; i++)
    strv[i] = g_strdup (argv[i]);
  g_set_prgname (prefixed);
  context = g_option_context_new (is_attach ? NULL : _ ("[--] PROGRAM [ARGUMENT...]"));
  /* The program's own options are its own. */
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_main_group (context, make_group (&options, argv[0]));
  g_option_context_add_main_entries (context, help_entry, GETTEXT_PACKAGE);
  if (!cli_knows_options (g_option_context_parse_strv (context, &strv, error), error))
    {
      cli_options_clear (&options);
      return FALSE;
    }
  *ret_done = help;
  if (help)
    {
      g_autofree char *text = g_option_context_get_help (context, TRUE, NULL);

      g_print ("%s", text);
      cli_options_clear (&options);
      return TRUE;
    }

  if (strv[first] != NULL && g_str_equal (strv[first], "--"))
    first++;
  options.program = g_strdupv (strv + first);
  if (!check_record (&options, argv[0], error))
    {
      cli_options_clear (&options);
      return FALSE;
    }
  if (is_attach)
    {
      if (!check_attach (&options, error))
        {
          cli_options_clear (&options);
          return FALSE;
        }
      *ret_options = options;
      return TRUE;
    }
  if (options.program[0] == NULL)
    {
      cli_options_clear (&options);
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   _ ("no program given; say which: async-inspect %s ./app"), argv[0]);
      return FALSE;
    }
  *ret_options = options;
  return TRUE;
}

void
cli_options_clear (CliOptions *options)
{
  g_clear_pointer (&options->output, g_free);
  g_clear_pointer (&options->policy, g_free);
  g_clear_pointer (&options->record, g_free);
  g_clear_pointer (&options->program, g_strfreev);
  g_clear_pointer (&options->breaks, g_strfreev);
  g_clear_pointer (&options->commands, g_strfreev);
}
