/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/guard.h"

#include <errno.h>
#include <unistd.h>

#include "target/attach.h"
#include "target/facts.h"

#define COMMAND_ENV "ASYNC_INSPECT_COMMAND"
#define COMMAND_NAME "async-inspect"
#define DISMISSED 'd'

struct _TargetGuard
{
  int fd; /* closed with this process, however it ends */
};

/* The command line, which is this very program, or beside it, or installed. */
static char *
find_command (void)
{
  const char *named = g_getenv (COMMAND_ENV);
  g_autofree char *own = g_file_read_link ("/proc/self/exe", NULL);
  g_autofree char *name = own != NULL ? g_path_get_basename (own) : NULL;

  if (named != NULL && g_path_is_absolute (named))
    return g_strdup (named);
  if (g_strcmp0 (name, COMMAND_NAME) == 0)
    return g_steal_pointer (&own);
  return g_build_filename (BINDIR, COMMAND_NAME, NULL);
}

/* Signals of our terminal and process group are not meant for it. */
static void
leave_group (gpointer data)
{
  setsid ();
}

TargetGuard *
target_guard_new (int pid)
{
  g_autofree char *command = find_command ();
  g_autofree char *number = g_strdup_printf ("%d", pid);
  g_autofree char *started = NULL;
  TargetProcess process = { 0 };
  TargetGuard *guard;
  int fd = -1;

  if (!target_facts_get_process (pid, &process))
    return NULL;
  started = g_strdup_printf ("%" G_GUINT64_FORMAT, process.start_ticks);
  target_process_clear (&process);
  {
    const char *argv[] = { command, "detach", "--pid", number, "--guard", started, NULL };

    if (!g_spawn_async_with_pipes (NULL, (char **)argv, NULL,
                                   G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL |
                                       G_SPAWN_CLOEXEC_PIPES,
                                   leave_group, NULL, NULL, &fd, NULL, NULL, NULL))
      return NULL;
  }
  guard = g_new0 (TargetGuard, 1);
  guard->fd = fd;
  return guard;
}

void
target_guard_dismiss (TargetGuard *guard)
{
  char word = DISMISSED;

  if (guard == NULL)
    return;
  while (write (guard->fd, &word, 1) < 0 && errno == EINTR)
    ;
  target_guard_free (guard);
}

void
target_guard_free (TargetGuard *guard)
{
  if (guard == NULL)
    return;
  close (guard->fd);
  g_free (guard);
}

gboolean
target_guard_run (int pid, guint64 started, int fd)
{
  TargetProcess process = { 0 };
  gboolean is_same;
  char word = 0;
  gssize length;

  do
    length = read (fd, &word, 1);
  while (length < 0 && errno == EINTR);
  if (length > 0 && word == DISMISSED)
    return TRUE;
  is_same = target_facts_get_process (pid, &process) && process.start_ticks == started;
  target_process_clear (&process);
  return !is_same || target_detach (pid, NULL, NULL, NULL);
}
