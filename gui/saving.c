/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* A session is written to a file: a live one, or one that was read, with what could be read of it. */

#include "session-private.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <glib/gstdio.h>

/* What was there before is there until the new one is whole. */
static gboolean
copy (const char *from, const char *path, GError **error)
{
  g_autofree char *part = g_strconcat (path, ".part", NULL);
  g_autofree char *said = inspector_recording_repair (from, part, error);

  if (said != NULL && g_rename (part, path) == 0)
    return TRUE;
  if (said != NULL)
    g_set_error (error, G_IO_ERROR, (int)g_io_error_from_errno (errno), _ ("cannot write %s: %s"),
                 path, g_strerror (errno));
  g_unlink (part);
  return FALSE;
}

gboolean
ui_session_save (UiSession *session, const char *path, GError **error)
{
  const char *from = ui_session_prepare_saving (session, error);

  return from != NULL && copy (from, path, error);
}

/* ---- In a thread ------------------------------------------------------------------------------- */

typedef struct
{
  char *from, *to;
} Saving;

static void
saving_free (gpointer data)
{
  Saving *saving = data;

  g_free (saving->from);
  g_free (saving->to);
  g_free (saving);
}

static void
save_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Saving *saving = data;
  GError *error = NULL;

  if (copy (saving->from, saving->to, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

void
ui_session_save_async (UiSession *session, const char *path, GAsyncReadyCallback callback,
                       gpointer data)
{
  g_autoptr (GTask) task = g_task_new (session, NULL, callback, data);
  GError *error = NULL;
  const char *from = ui_session_prepare_saving (session, &error);
  Saving *saving;

  if (from == NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  saving = g_new0 (Saving, 1);
  *saving = (Saving){ g_strdup (from), g_strdup (path) };
  g_task_set_task_data (task, saving, saving_free);
  g_task_run_in_thread (task, save_in_thread);
}

gboolean
ui_session_save_finish (UiSession *session, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
