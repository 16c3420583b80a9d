/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/inspection.h"

#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <glib/gi18n.h>

#include "cli/command.h"
#include "cli/progress.h"
#include "inspector-process.h"
#include "target/attach.h"

/* Less weight than the program on a busy machine, enough to keep up with it. */
#define NICE 5

/* ---- What happens to it --------------------------------------------------------------------- */

static void
on_complaint (const char *line, gpointer data)
{
  CliInspection *self = data;

  cli_complain ("%s", line);
  self->refused = follow_was_refused (self->follow);
}

static void
on_ended (gpointer data)
{
  CliInspection *self = data;

  self->ended = follow_has_ended (self->follow, &self->status);
  g_main_loop_quit (self->loop);
}

static void
on_progress (const char *line, gpointer data)
{
  cli_progress_tell (line);
}

static const FollowEvents follow_events = { on_complaint, on_ended, on_progress };

/* A runtime that a plugin knows, or a program that reports by itself (inspect.h). */
gboolean
cli_inspection_is_useful (CliInspection *self)
{
  GListModel *targets = inspector_session_get_targets (self->session);

  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);
      InspectorTargetStats stats;

      inspector_target_get_stats (target, &stats);
      if (inspector_target_has_runtime (target) || stats.events > 0)
        return TRUE;
    }
  return FALSE;
}

static char *
dup_runtime_names (CliInspection *self)
{
  GString *names = g_string_new (NULL);

  for (guint i = 0; i < self->runtimes->len; i++)
    {
      TargetRuntime *runtime = self->runtimes->pdata[i];

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", runtime->name);
    }
  return g_string_free (names, FALSE);
}

int
cli_inspection_get_status (CliInspection *self, const char *name)
{
  g_autofree char *names = NULL;

  if (self->refused)
    return CLI_EXIT_FAILED;
  if (cli_inspection_is_useful (self))
    return 0;
  names = dup_runtime_names (self);
  if (self->only_looks)
    cli_complain (_ ("nothing is seen of '%s' from outside; attach without --look, which knows "
                     "more runtimes (%s)"),
                  name, names);
  else
    cli_complain (
        _ ("nothing to inspect in '%s': it used none of the runtimes that are known (%s), nor "
           "did a child of it"),
        name, names);
  return CLI_EXIT_FAILED;
}

/* The program comes first: on a busy machine the inspector takes what is left, and does not break in
 * when it wakes up. After the program was started, which would inherit it. */
static void
step_back (CliInspection *self)
{
  const struct sched_param parameters = { 0 };

  sched_setscheduler (0, SCHED_BATCH, &parameters);
  /* Nobody but root gets back what is given up here. */
  if (!self->is_urgent)
    setpriority (PRIO_PROCESS, 0, MIN (getpriority (PRIO_PROCESS, 0) + NICE, 19));
}

void
cli_inspection_hurry (void)
{
  const struct sched_param parameters = { 0 };

  sched_setscheduler (0, SCHED_OTHER, &parameters);
}

void
cli_session_set_libraries (InspectorSession *session)
{
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (&warnings);

  follow_set_libraries (session, runtimes);
}

static void
use_probes (InspectorSession *session, gboolean only_looks)
{
  g_auto (GStrv) warnings = only_looks ? inspector_session_use_probes_alone (session)
                                       : inspector_session_use_probes (session);

  for (guint i = 0; warnings[i] != NULL; i++)
    cli_complain ("%s", warnings[i]);
}

/* ---- What is called ------------------------------------------------------------------------- */

static gboolean
open_session (CliInspection *self, const char *channel_options, GError **error)
{
  g_autoptr (GPtrArray) warnings = NULL;

  self->runtimes = follow_find_runtimes (&warnings, error);
  for (guint i = 0; warnings != NULL && i < warnings->len; i++)
    cli_complain ("%s", (char *)warnings->pdata[i]);
  if (self->runtimes == NULL)
    return FALSE;
  self->session = inspector_session_new ();
  self->follow =
      follow_new (self->session, self->runtimes, channel_options, &follow_events, self, error);
  if (self->follow == NULL)
    return FALSE;
  if (strstr (channel_options, "payload=0") != NULL)
    inspector_session_hide_memory (self->session);
  use_probes (self->session, self->only_looks);
  self->loop = g_main_loop_new (NULL, FALSE);
  return TRUE;
}

gboolean
cli_inspection_open (CliInspection *self, const char *const *program, const char *channel_options,
                     GError **error)
{
  self->program = g_strdupv ((char **)program);
  self->path = target_launch_check (self->program[0], error);
  return self->path != NULL && open_session (self, channel_options, error);
}

gboolean
cli_inspection_open_process (CliInspection *self, int pid, gboolean only_looks,
                             const char *channel_options, GError **error)
{
  self->pid = pid;
  self->only_looks = only_looks;
  self->is_attached = TRUE;
  return open_session (self, channel_options, error);
}

gboolean
cli_inspection_attach (CliInspection *self, GError **error)
{
  if (self->only_looks
          ? !target_attach_may_look (self->pid, error)
          : !target_attach (self->pid, follow_get_launcher (self->follow), NULL, NULL, error))
    return FALSE;
  if (!self->only_looks)
    self->guard = target_guard_new (self->pid);
  step_back (self);
  follow_begin (self->follow, self->pid, NULL);
  return TRUE;
}

gboolean
cli_inspection_detach (CliInspection *self, GError **error)
{
  if (self->only_looks)
    return TRUE;
  if (!target_detach (self->pid, NULL, NULL, error))
    return FALSE;
  target_guard_dismiss (g_steal_pointer (&self->guard));
  return TRUE;
}

gboolean
cli_inspection_spawn (CliInspection *self, const TargetSpawnOptions *options, GError **error)
{
  self->pid = target_launcher_spawn (follow_get_launcher (self->follow), self->path,
                                     (const char *const *)self->program, options, error);
  if (self->pid < 0)
    return FALSE;
  step_back (self);
  follow_begin (self->follow, self->pid, (const char *const *)self->program);
  return TRUE;
}

void
cli_inspection_run (CliInspection *self)
{
  follow_start (self->follow, G_PRIORITY_DEFAULT);
  if (!self->ended)
    g_main_loop_run (self->loop);
  follow_stop (self->follow);
}

InspectorReport *
cli_inspection_build_report (CliInspection *self, InspectorReportReason reason)
{
  target_launcher_flush (follow_get_launcher (self->follow));
  inspector_session_poll (self->session);
  inspector_session_refresh_facts (self->session);
  return inspector_session_build_report (self->session, reason);
}

void
cli_inspection_clear (CliInspection *self)
{
  g_clear_pointer (&self->guard, target_guard_free);
  g_clear_pointer (&self->follow, follow_free);
  g_clear_object (&self->session);
  g_clear_pointer (&self->runtimes, g_ptr_array_unref);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  g_clear_pointer (&self->path, g_free);
  g_clear_pointer (&self->program, g_strfreev);
}
