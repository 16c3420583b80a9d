/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session-private.h"

#include <glib/gi18n-lib.h>

/* Where the time of a session went, all of it or a stretch. */

typedef struct
{
  char *path;
  gint64 from_ns, to_ns;
} Stretch;

static void
stretch_free (gpointer data)
{
  Stretch *stretch = data;

  g_free (stretch->path);
  g_free (stretch);
}

static void
read_stretch (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Stretch *stretch = data;
  GError *error = NULL;
  InspectorProfile *profile =
      inspector_profile_read (stretch->path, stretch->from_ns, stretch->to_ns, cancellable, &error);

  if (profile != NULL)
    g_task_return_pointer (task, profile, g_object_unref);
  else
    g_task_return_error (task, error);
}

static void
return_whole (UiSession *self, GTask *task)
{
  InspectorProfile *profile = ui_session_get_profile (self);

  if (profile == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_FAILED, "%s",
                               _ ("nothing is known yet"));
      return;
    }
  /* That of a recording was brought up to its end when it was read. */
  if (ui_session_get_state (self) != UI_SESSION_RECORDED)
    inspector_profile_update (profile);
  g_task_return_pointer (task, inspector_profile_freeze (profile), g_object_unref);
}

void
ui_session_profile_async (UiSession *self, gint64 from_ns, gint64 to_ns, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  GError *error = NULL;
  const char *path;
  Stretch *stretch;

  if (from_ns == to_ns)
    {
      return_whole (self, task);
      return;
    }
  path = ui_session_can_save (self) ? ui_session_prepare_saving (self, &error) : NULL;
  if (error != NULL)
    {
      g_task_return_error (task, error);
      return;
    }
  if (path == NULL)
    {
      g_task_return_new_error (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s",
                               _ ("this session is not recorded, so a stretch of it cannot be "
                                  "counted by itself"));
      return;
    }
  stretch = g_new0 (Stretch, 1);
  stretch->path = g_strdup (path);
  stretch->from_ns = from_ns;
  stretch->to_ns = to_ns;
  g_task_set_task_data (task, stretch, stretch_free);
  g_task_run_in_thread (task, read_stretch);
}

InspectorProfile *
ui_session_profile_finish (UiSession *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
