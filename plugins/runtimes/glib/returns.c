/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What programs do with a GTask of theirs. libgio's own calls of these are not seen, and need
 * not be: what they come to is seen by the callback and by the pool. */

#include "gtask.h"
#include "operations.h"

void
hook_g_task_set_name (GTask *task, const gchar *name)
{
  real_g_task_set_name (task, name);
  if (plugin_is_on ())
    gtask_name (task, name);
}

void
hook_g_task_set_task_data (GTask *task, gpointer task_data, GDestroyNotify task_data_destroy)
{
  real_g_task_set_task_data (task, task_data, task_data_destroy);
  if (plugin_is_on ())
    gtask_set_data (task, task_data);
}

void
hook_g_task_run_in_thread (GTask *task, GTaskThreadFunc task_func)
{
  if (plugin_is_on ())
    gtask_set_work (task, (const void *)task_func);
  real_g_task_run_in_thread (task, task_func);
}

/* A callback that was called within the original has ended all that there was to say. */
static void
note_return (GTask *task)
{
  if (plugin_is_on () && gio_is_ready ())
    gtask_returned (task);
}

void
hook_g_task_return_pointer (GTask *task, gpointer result, GDestroyNotify result_destroy)
{
  real_g_task_return_pointer (task, result, result_destroy);
  note_return (task);
}

void
hook_g_task_return_boolean (GTask *task, gboolean result)
{
  real_g_task_return_boolean (task, result);
  note_return (task);
}

void
hook_g_task_return_int (GTask *task, gssize result)
{
  real_g_task_return_int (task, result);
  note_return (task);
}

void
hook_g_task_return_value (GTask *task, GValue *result)
{
  real_g_task_return_value (task, result);
  note_return (task);
}

void
hook_g_task_return_error (GTask *task, GError *error)
{
  real_g_task_return_error (task, error);
  note_return (task);
}

gboolean
hook_g_task_return_error_if_cancelled (GTask *task)
{
  gboolean has_returned = real_g_task_return_error_if_cancelled (task);

  if (has_returned)
    note_return (task);
  return has_returned;
}
