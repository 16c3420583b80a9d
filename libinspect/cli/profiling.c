/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/profiling.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/signals.h"

/* How often a callback that does not return is looked for. */
#define SAMPLE_MS 20

/* ---- Options -------------------------------------------------------------------------------- */

static gboolean
parse_time (const char *name, const char *value, gint64 *ret_ns)
{
  if (g_str_equal (value, "0"))
    *ret_ns = 0;
  else if (!cli_parse_duration (value, ret_ns))
    {
      cli_complain (_ ("%s '%s' is no time; write it as 2s, 500ms or 1m after the start"), name,
                    value);
      return FALSE;
    }
  return TRUE;
}

static GOptionContext *
make_context (const GOptionEntry *entries, const GOptionEntry *common, gpointer data)
{
  GOptionContext *context = g_option_context_new ("FILE | [--] PROGRAM [ARGUMENT...]");
  GOptionGroup *group = g_option_group_new ("profiling", "", "", data, NULL);

  if (entries != NULL)
    g_option_group_add_entries (group, entries);
  g_option_group_add_entries (group, common);
  g_option_group_set_translation_domain (group, GETTEXT_PACKAGE);
  /* The program's own options are its own. */
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_set_main_group (context, group);
  return context;
}

/* As execvp(3) would find it. */
static gboolean
can_run (const char *word)
{
  g_autofree char *program = g_find_program_in_path (word);

  return program != NULL;
}

/* A recording is known by what is in it, and comes before a program of its name. What cannot be run is taken for
 * one, if it is there or is called like one, so that the complaint is about a recording. */
static gboolean
is_recording (const CliProfiling *self)
{
  const char *word = self->arguments[0];

  return !self->is_program &&
         (inspector_recording_is_one (word) || g_str_has_suffix (word, ".airec") ||
          (g_file_test (word, G_FILE_TEST_EXISTS) && !can_run (word)));
}

/* Options up to the first word that is none, and what follows it. */
static gboolean
parse_words (CliProfiling *self, GOptionContext *context, int argc, char **argv)
{
  g_auto (GStrv) strv = g_new0 (char *, argc + 1);
  g_autoptr (GError) error = NULL;
  int first = 1;

  for (int i = 0; i < argc; i++)
    strv[i] = g_strdup (argv[i]);
  if (!cli_knows_options (g_option_context_parse_strv (context, &strv, &error), &error))
    {
      cli_complain ("%s", error->message);
      return FALSE;
    }
  if (strv[first] != NULL && g_str_equal (strv[first], "--"))
    {
      self->is_program = TRUE;
      first++;
    }
  self->arguments = g_strdupv (strv + first);
  if (self->arguments[0] != NULL)
    return TRUE;
  cli_complain (_ ("nothing to look at; say which recording or program: %s run.airec, or %s ./app"),
                g_get_prgname (), g_get_prgname ());
  return FALSE;
}

/* A recording has no options of its own: what follows it is ours, too. */
static gboolean
parse_after_recording (CliProfiling *self, GOptionContext *context)
{
  g_auto (GStrv) strv = g_strdupv (self->arguments);
  g_autoptr (GError) error = NULL;

  /* Its name stands where that of the command stood. */
  g_option_context_set_strict_posix (context, FALSE);
  if (!cli_knows_options (g_option_context_parse_strv (context, &strv, &error), &error))
    {
      cli_complain ("%s", error->message);
      return FALSE;
    }
  if (strv[1] != NULL)
    {
      cli_complain (_ ("'%s' is too much after the recording '%s': one is read at a time"), strv[1],
                    strv[0]);
      return FALSE;
    }
  g_strfreev (self->arguments);
  self->arguments = g_steal_pointer (&strv);
  return TRUE;
}

gboolean
cli_profiling_parse (CliProfiling *self, int argc, char **argv, const GOptionEntry *entries,
                     gpointer data)
{
  g_autofree char *from = NULL;
  g_autofree char *to = NULL;
  const GOptionEntry common[] = {
    { "from", 0, 0, G_OPTION_ARG_STRING, &from,
      N_ ("Count what ends so long after the start, or later"), N_ ("TIME") },
    { "until", 0, 0, G_OPTION_ARG_STRING, &to,
      N_ ("Count what ends so long after the start, or earlier"), N_ ("TIME") },
    { "output", 'o', 0, G_OPTION_ARG_FILENAME, &self->output,
      N_ ("Write to FILE, or to standard output for -"), N_ ("FILE") },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = make_context (entries, common, data);
  g_autofree char *name = g_strdup_printf ("async-inspect %s", argv[0]);

  self->status = CLI_EXIT_FAILED;
  self->to_ns = -1;
  g_set_prgname (name);
  if (!parse_words (self, context, argc, argv) ||
      (is_recording (self) && !parse_after_recording (self, context)))
    return FALSE;
  if ((from != NULL && !parse_time ("--from", from, &self->from_ns)) ||
      (to != NULL && !parse_time ("--until", to, &self->to_ns)))
    return FALSE;
  if (self->to_ns >= 0 && self->to_ns <= self->from_ns)
    {
      cli_complain (_ ("--until '%s' is not after --from '%s': nothing lies between them"), to,
                    from != NULL ? from : "0");
      return FALSE;
    }
  return TRUE;
}

/* ---- A recording ---------------------------------------------------------------------------- */

static InspectorProfile *
new_profile (const CliProfiling *self, InspectorSession *session)
{
  return inspector_profile_new (session, self->from_ns, self->to_ns, INSPECTOR_PROFILE_FROM_START);
}

/* It may have been meant as a program. */
static void
complain_of_recording (const char *path, const GError *error)
{
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    cli_complain (_ ("'%s' is a folder: neither a recording nor a program"), path);
  else if (g_file_test (path, G_FILE_TEST_IS_REGULAR) && !g_str_has_suffix (path, ".airec") &&
           !inspector_recording_is_one (path) && access (path, R_OK) == 0)
    cli_complain (_ ("'%s' is neither a recording nor a program: it is not executable"), path);
  else
    cli_complain ("%s", error->message);
}

static void
read_recording (CliProfiling *self)
{
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (InspectorProfile) profile = new_profile (self, session);
  g_autoptr (GError) error = NULL;
  g_autofree char *warning = NULL;

  cli_session_set_libraries (session);
  if (!inspector_session_open_recording (session, self->arguments[0], &warning, &error))
    {
      complain_of_recording (self->arguments[0], error);
      return;
    }
  if (warning != NULL)
    cli_complain ("%s", warning);
  inspector_profile_update (profile);
  self->profile = g_steal_pointer (&profile);
  self->status = 0;
}

/* ---- A program ------------------------------------------------------------------------------ */

typedef struct
{
  CliInspection inspection;
  InspectorProfile *profile;
  void (*update) (gpointer data);
  gpointer data;
} Live;

static void
on_signal (int number, gboolean from_terminal, gpointer data)
{
  Live *live = data;

  if (number == SIGUSR1)
    {
      if (live->update == NULL)
        return;
      inspector_session_poll (live->inspection.session);
      inspector_profile_update (live->profile);
      live->update (live->data);
      return;
    }
  /* From the terminal it has reached the program too; it decides what follows. */
  if (!from_terminal && !live->inspection.ended)
    kill (live->inspection.pid, number);
}

static gboolean
on_sample (gpointer data)
{
  Live *live = data;

  inspector_profile_sample (live->profile);
  return G_SOURCE_CONTINUE;
}

static int
get_status (CliProfiling *self, CliInspection *inspection)
{
  int own = cli_inspection_get_status (inspection, self->arguments[0]);

  if (WIFSIGNALED (inspection->status))
    return 128 + WTERMSIG (inspection->status);
  return WEXITSTATUS (inspection->status) != 0 ? WEXITSTATUS (inspection->status) : own;
}

static void
run_program (CliProfiling *self, void (*update) (gpointer data), gpointer data)
{
  Live live = { .update = update, .data = data };
  CliInspection *inspection = &live.inspection;
  g_autoptr (GError) error = NULL;
  guint source;

  if (!cli_inspection_open (inspection, (const char *const *)self->arguments,
                            "payload=1,policy=drop", &error))
    goto failed;
  live.profile = new_profile (self, inspection->session);
  self->profile = g_object_ref (live.profile);
  cli_signals_watch (on_signal, &live);
  if (!cli_inspection_spawn (inspection, NULL, &error))
    goto failed;
  source = g_timeout_add (SAMPLE_MS, on_sample, &live);
  cli_inspection_run (inspection);
  g_source_remove (source);
  target_launcher_flush (follow_get_launcher (inspection->follow));
  inspector_session_poll (inspection->session);
  inspector_profile_update (live.profile);
  self->status = get_status (self, inspection);
  g_clear_object (&live.profile);
  cli_inspection_clear (inspection);
  return;

failed:
  cli_complain ("%s", error->message);
  if (error->domain == TARGET_ERROR)
    self->status = error->code;
  g_clear_object (&self->profile);
  g_clear_object (&live.profile);
  cli_inspection_clear (inspection);
}

/* ---- Which of the two ------------------------------------------------------------------------ */

void
cli_profiling_prepare (CliProfiling *self)
{
  self->is_recording = is_recording (self);
  if (self->is_recording && self->output == NULL)
    self->output = g_strdup ("-");
}

void
cli_profiling_run (CliProfiling *self, void (*update) (gpointer data), gpointer data)
{
  /* A reader that goes away must not take the program with it. */
  signal (SIGPIPE, SIG_IGN);
  if (self->is_recording)
    read_recording (self);
  else
    run_program (self, update, data);
}

void
cli_profiling_clear (CliProfiling *self)
{
  g_clear_object (&self->profile);
  g_clear_pointer (&self->arguments, g_strfreev);
  g_clear_pointer (&self->output, g_free);
}
