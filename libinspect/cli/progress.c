/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "cli/progress.h"

#include <unistd.h>

#include "cli/command.h"

#define LONG_US (1000 * G_TIME_SPAN_MILLISECOND)

struct _CliProgress
{
  char *line;
  GThread *thread; /* NULL: nobody would see it */
  GMutex mutex;
  GCond cond;
  gboolean is_over; /* under the mutex */
};

void
cli_progress_tell (const char *line)
{
  if (isatty (STDERR_FILENO))
    cli_complain ("%s", line);
}

static gpointer
run (gpointer data)
{
  CliProgress *self = data;
  gint64 until = g_get_monotonic_time () + LONG_US;
  gboolean is_late = FALSE;

  g_mutex_lock (&self->mutex);
  while (!self->is_over && !is_late)
    is_late = !g_cond_wait_until (&self->cond, &self->mutex, until);
  if (!self->is_over)
    cli_progress_tell (self->line);
  g_mutex_unlock (&self->mutex);
  return NULL;
}

CliProgress *
cli_progress_begin (char *line)
{
  CliProgress *self = g_new0 (CliProgress, 1);

  self->line = line;
  g_mutex_init (&self->mutex);
  g_cond_init (&self->cond);
  if (isatty (STDERR_FILENO))
    self->thread = g_thread_new ("progress", run, self);
  return self;
}

void
cli_progress_end (CliProgress *self)
{
  g_mutex_lock (&self->mutex);
  self->is_over = TRUE;
  g_cond_signal (&self->cond);
  g_mutex_unlock (&self->mutex);
  if (self->thread != NULL)
    g_thread_join (self->thread);
  g_mutex_clear (&self->mutex);
  g_cond_clear (&self->cond);
  g_free (self->line);
  g_free (self);
}
