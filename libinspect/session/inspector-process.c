/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-process.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include "target/candidate.h"

struct _InspectorProcess
{
  GObject parent_instance;
  int pid;
  guint uid;
  char *command;
  char *executable;
  char *refusal, *remark;
  char **ids;
  char **names;
  gboolean is_inspected;
};

G_DEFINE_TYPE (InspectorProcess, inspector_process, G_TYPE_OBJECT)

static void
inspector_process_finalize (GObject *object)
{
  InspectorProcess *self = INSPECTOR_PROCESS (object);

  g_free (self->command);
  g_free (self->executable);
  g_free (self->refusal);
  g_free (self->remark);
  g_strfreev (self->ids);
  g_strfreev (self->names);
  G_OBJECT_CLASS (inspector_process_parent_class)->finalize (object);
}

static void
inspector_process_class_init (InspectorProcessClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_process_finalize;
}

static void
inspector_process_init (InspectorProcess *self)
{
}

static InspectorProcess *
process_new (const TargetCandidate *candidate)
{
  InspectorProcess *self = g_object_new (INSPECTOR_TYPE_PROCESS, NULL);
  guint n = candidate->runtimes->len;

  self->pid = candidate->pid;
  self->uid = candidate->uid;
  self->command = g_strdup (candidate->command);
  self->executable = g_strdup (candidate->executable);
  self->refusal = g_strdup (candidate->refusal);
  self->is_inspected = candidate->is_inspected;
  if (candidate->hidden != NULL)
    self->remark = g_strdup_printf (
        candidate->hidden_how == TARGET_LINKED_MERGED
            ? _ ("%s has a runtime linked into it and was optimised as a whole (-flto): it cannot "
                 "be "
                 "followed; attach --look may see it from outside")
            : _ ("%s has a runtime linked into it and was stripped of its symbols: it cannot be "
                 "followed; attach --look may see it from outside"),
        candidate->hidden);
  self->ids = g_new0 (char *, n + 1);
  self->names = g_new0 (char *, n + 1);
  for (guint i = 0; i < n; i++)
    {
      const TargetRuntime *runtime = candidate->runtimes->pdata[i];

      self->ids[i] = g_strdup (runtime->id);
      self->names[i] = g_strdup (runtime->name);
    }
  return self;
}

/* ---- Listing ---------------------------------------------------------------------------------- */

static char **
steal_strings (GPtrArray *strings)
{
  g_ptr_array_add (strings, NULL);
  g_ptr_array_set_free_func (strings, NULL);
  return (char **)g_ptr_array_free (strings, FALSE);
}

GPtrArray *
inspector_processes_list (InspectorProcessScope scope, GCancellable *cancellable,
                          char ***ret_warnings)
{
  GPtrArray *processes = g_ptr_array_new_with_free_func (g_object_unref);
  GPtrArray *warnings = NULL;
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (&warnings);
  g_autoptr (TargetSurvey) survey = target_survey_new (runtimes);
  g_autoptr (GPtrArray) candidates =
      target_survey_look_at_all (survey, scope == INSPECTOR_PROCESSES_ALL, cancellable);

  for (guint i = 0; i < candidates->len; i++)
    {
      const TargetCandidate *candidate = candidates->pdata[i];

      if (scope == INSPECTOR_PROCESSES_ALL || candidate->runtimes->len > 0 ||
          candidate->hidden != NULL)
        g_ptr_array_add (processes, process_new (candidate));
    }
  if (ret_warnings != NULL)
    *ret_warnings = steal_strings (warnings);
  else
    g_ptr_array_unref (warnings);
  return processes;
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GPtrArray *processes = inspector_processes_list (GPOINTER_TO_INT (data), cancellable, NULL);

  if (!g_task_return_error_if_cancelled (task))
    g_task_return_pointer (task, g_ptr_array_ref (processes), (GDestroyNotify)g_ptr_array_unref);
  g_ptr_array_unref (processes);
}

void
inspector_processes_list_async (InspectorProcessScope scope, GCancellable *cancellable,
                                GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);

  g_task_set_source_tag (task, inspector_processes_list_async);
  g_task_set_task_data (task, GINT_TO_POINTER (scope), NULL);
  g_task_run_in_thread (task, list_in_thread);
}

GPtrArray *
inspector_processes_list_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}

InspectorProcess *
inspector_process_look_up (int pid)
{
  g_autoptr (GPtrArray) runtimes = target_runtimes_find (NULL);
  g_autoptr (TargetSurvey) survey = target_survey_new (runtimes);
  g_autoptr (TargetCandidate) candidate = target_survey_look (survey, pid);

  return candidate != NULL ? process_new (candidate) : NULL;
}

/* ---- What it says ----------------------------------------------------------------------------- */

int
inspector_process_get_pid (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), 0);
  return self->pid;
}

const char *
inspector_process_get_command (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), NULL);
  return self->command;
}

const char *
inspector_process_get_executable (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), NULL);
  return self->executable;
}

guint
inspector_process_get_uid (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), 0);
  return self->uid;
}

const char *const *
inspector_process_get_runtimes (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), NULL);
  return (const char *const *)self->ids;
}

const char *const *
inspector_process_get_runtime_names (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), NULL);
  return (const char *const *)self->names;
}

const char *
inspector_process_get_refusal (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), NULL);
  return self->refusal;
}

const char *
inspector_process_get_remark (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), NULL);
  return self->remark;
}

gboolean
inspector_process_is_inspected (InspectorProcess *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROCESS (self), FALSE);
  return self->is_inspected;
}
