/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <glib/gi18n-lib.h>

#include "channel/handshake.h"
#include "target/target-private.h"

struct _TargetLauncher
{
  TargetListener *listener;
  char *agent;
  char *runtimes;   /* CHANNEL_ENV_RUNTIMES */
  char *options;    /* CHANNEL_ENV_OPTIONS */
  GPtrArray *found; /* TargetRuntime */
};

static void
append_markers (GString *text, const TargetRuntime *runtime)
{
  const char *separator = "";

  for (guint i = 0; runtime->symbols[i] != NULL; i++, separator = ",")
    g_string_append_printf (text, "%s%s", separator, runtime->symbols[i]);
  for (guint i = 0; runtime->imports[i] != NULL; i++, separator = ",")
    g_string_append_printf (text, "%s%c%s", separator, CHANNEL_RUNTIME_IMPORT, runtime->imports[i]);
}

/* "ID=PATH=MARKER,MARKER:..."; the parts hold none of these signs (runtimes.c). */
static char *
format_runtimes (GPtrArray *runtimes)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; runtimes != NULL && i < runtimes->len; i++)
    {
      const TargetRuntime *runtime = runtimes->pdata[i];

      g_string_append_printf (text, "%s%s=%s=", text->len > 0 ? ":" : "", runtime->id,
                              runtime->path);
      append_markers (text, runtime);
    }
  return g_string_free (text, FALSE);
}

TargetLauncher *
target_launcher_new (GPtrArray *runtimes, const char *options, TargetHelloFunc func, gpointer data,
                     GError **error)
{
  g_autofree char *agent = target_agent_find (error);
  TargetListener *listener;
  TargetLauncher *launcher;

  if (agent == NULL)
    return NULL;
  listener = target_listener_new (func, data, error);
  if (listener == NULL)
    return NULL;
  launcher = g_new0 (TargetLauncher, 1);
  launcher->listener = listener;
  launcher->agent = g_steal_pointer (&agent);
  launcher->runtimes = format_runtimes (runtimes);
  launcher->found = runtimes != NULL ? g_ptr_array_ref (runtimes) : g_ptr_array_new ();
  launcher->options = g_strdup (options != NULL ? options : "");
  return launcher;
}

static char **
set_all (char **environment, const char *const *assignments)
{
  for (guint i = 0; assignments != NULL && assignments[i] != NULL; i++)
    {
      const char *value = strchr (assignments[i], '=');
      g_autofree char *name =
          value != NULL ? g_strndup (assignments[i], value - assignments[i]) : NULL;

      if (name != NULL && *name != '\0')
        environment = g_environ_setenv (environment, name, value + 1, TRUE);
    }
  return environment;
}

/* The environment of this process and what the agent has to know. */
static char **
dup_environment (TargetLauncher *launcher, const TargetSpawnOptions *options)
{
  char **environment = set_all (g_get_environ (), options != NULL ? options->environment : NULL);
  const char *preload = g_environ_getenv (environment, "LD_PRELOAD");
  g_autofree char *preloads = NULL;

  /* First, so that its constructor has run before those of others. */
  preloads = preload != NULL && *preload != '\0' ? g_strconcat (launcher->agent, ":", preload, NULL)
                                                 : g_strdup (launcher->agent);
  environment = g_environ_setenv (environment, "LD_PRELOAD", preloads, TRUE);
  environment = g_environ_setenv (environment, CHANNEL_ENV_SOCKET,
                                  target_listener_get_path (launcher->listener), TRUE);
  environment = g_environ_setenv (environment, CHANNEL_ENV_RUNTIMES, launcher->runtimes, TRUE);
  return g_environ_setenv (environment, CHANNEL_ENV_OPTIONS, launcher->options, TRUE);
}

int
target_launcher_spawn (TargetLauncher *launcher, const char *path, const char *const *argv,
                       const TargetSpawnOptions *options, GError **error)
{
  g_auto (GStrv) environment = dup_environment (launcher, options);
  int pid = target_spawn (path, argv, (const char *const *)environment, options);
  g_autofree char *name = NULL;

  if (pid > 0)
    return pid;
  name = g_filename_display_name (path);
  g_set_error (error, TARGET_ERROR,
               pid == -ENOENT ? TARGET_ERROR_NOT_FOUND
               : pid == -EAGAIN || pid == -ENOMEM || pid == -EMFILE || pid == -ENFILE
                   ? TARGET_ERROR_FAILED
                   : TARGET_ERROR_CANNOT_RUN,
               _ ("cannot start %s: %s"), name, g_strerror (-pid));
  return -1;
}

void
target_launcher_adopt (TargetLauncher *launcher, int socket, int pid)
{
  target_listener_adopt (launcher->listener, socket, pid);
}

const char *
target_launcher_get_path (TargetLauncher *launcher)
{
  return target_listener_get_path (launcher->listener);
}

const char *
target_launcher_get_runtimes (TargetLauncher *launcher)
{
  return launcher->runtimes;
}

const GPtrArray *
target_launcher_get_found (TargetLauncher *launcher)
{
  return launcher->found;
}

const char *
target_launcher_get_options (TargetLauncher *launcher)
{
  return launcher->options;
}

void
target_launcher_hold (TargetLauncher *launcher)
{
  g_autofree char *before = launcher->options;

  launcher->options = g_strconcat (before, *before != '\0' ? "," : "", "hold=1", NULL);
}

void
target_launcher_flush (TargetLauncher *launcher)
{
  target_listener_flush (launcher->listener);
}

void
target_launcher_free (TargetLauncher *launcher)
{
  if (launcher == NULL)
    return;
  target_listener_free (launcher->listener);
  g_free (launcher->agent);
  g_free (launcher->runtimes);
  g_ptr_array_unref (launcher->found);
  g_free (launcher->options);
  g_free (launcher);
}
