/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "data.h"

static void
clear (gpointer data)
{
  ProfileData *self = data;

  g_clear_object (&self->profile);
  g_clear_object (&self->figures);
  for (guint i = 0; i < PROFILE_N_FLAMES; i++)
    g_clear_pointer (&self->flames[i], flame_layout_unref);
}

ProfileData *
profile_data_ref (ProfileData *self)
{
  return g_atomic_rc_box_acquire (self);
}

void
profile_data_unref (ProfileData *self)
{
  if (self != NULL)
    g_atomic_rc_box_release_full (self, clear);
}

static void
drop (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  profile_data_unref (data);
  g_task_return_boolean (task, TRUE);
}

void
profile_data_drop (ProfileData *self)
{
  g_autoptr (GTask) task = NULL;

  if (self == NULL)
    return;
  task = g_task_new (NULL, NULL, NULL, NULL);
  g_task_set_task_data (task, self, NULL);
  g_task_run_in_thread (task, drop);
}

static void
build (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  ProfileData *self = profile_data_ref (data);

  self->figures = inspector_profile_build_figures (self->profile);
  for (guint i = 0; i < PROFILE_N_FLAMES; i++)
    {
      g_autoptr (InspectorFlame) flame =
          inspector_profile_build_flame (self->profile, (InspectorFlameBy)i);

      self->flames[i] = flame_layout_new (flame);
    }
  g_task_return_pointer (task, self, (GDestroyNotify)profile_data_unref);
}

static void
on_counted (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;
  ProfileData *self = g_task_get_task_data (task);
  GError *error = NULL;

  self->profile = ui_session_profile_finish (UI_SESSION (source), result, &error);
  if (self->profile == NULL)
    g_task_return_error (task, error);
  else
    g_task_run_in_thread (task, build);
}

void
profile_data_load_async (UiSession *session, gint64 from_ns, gint64 to_ns,
                         GCancellable *cancellable, GAsyncReadyCallback callback,
                         gpointer user_data)
{
  GTask *task = g_task_new (session, cancellable, callback, user_data);
  ProfileData *self = g_atomic_rc_box_new0 (ProfileData);

  self->from_ns = from_ns;
  self->to_ns = to_ns;
  g_task_set_task_data (task, self, (GDestroyNotify)profile_data_unref);
  ui_session_profile_async (session, from_ns, to_ns, cancellable, on_counted, task);
}

ProfileData *
profile_data_load_finish (GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
