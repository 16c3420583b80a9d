/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "inspector-process.h"
#include "session/inspector-target-private.h"
#include "session/probe-feed.h"
#include "session/session-private.h"
#include "target/core.h"

/* A core file as the source of a session: one look at it by all probes, which goes the way of looks at
 * a process. There is one instant, so that nothing has lasted for any time that is known. */

gboolean
inspector_file_is_core (const char *path)
{
  g_return_val_if_fail (path != NULL, FALSE);
  return target_core_is_one (path);
}

static void
on_event (gpointer data, const ChannelEvent *event)
{
  inspector_target_ingest (data, event);
}

static void
feed (InspectorTarget *target, const ProbeLook *look, gint64 now_ns)
{
  ProbeFeed *feed;

  inspector_target_attach_nothing (target);
  feed = probe_feed_new (target->tables, 0, on_event, target);
  probe_feed_look (feed, look, now_ns);
  probe_feed_free (feed);
  for (ModelTask *task = target->model->first_task; task != NULL; task = task->next)
    task->began_before = TRUE;
  inspector_target_set_times (target, now_ns, now_ns);
  inspector_target_stop_clock (target);
}

static void
look_at_core (InspectorTarget *target, ProbeLooker *looker, gint64 now_ns)
{
  g_autoptr (ProbeLook) look = NULL;
  g_autofree char *detail = NULL;
  g_autofree char *remark = NULL;

  probe_looker_ask (looker);
  look = probe_looker_wait (looker);
  detail = probe_looker_dup_detail (looker);
  remark = probe_looker_steal_warning (looker);
  if (detail != NULL)
    inspector_target_add_runtime (target, "rust", detail);
  if (remark != NULL)
    inspector_target_set_remark (target, remark);
  feed (target, look, now_ns);
}

gboolean
inspector_session_open_core (InspectorSession *session, const char *path, const char *program,
                             char **ret_warning, GError **error)
{
  g_autofree char *warning = NULL;
  g_autoptr (GPtrArray) warnings = NULL;
  g_autoptr (GPtrArray) probes = NULL;
  InspectorProbeTarget times = { 0 };
  ProbeLooker *looker;
  TargetCore *core;
  InspectorTarget *target;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session) && path != NULL, FALSE);

  core = target_core_open (path, program, &warning, error);
  if (core == NULL)
    return FALSE;
  probes = target_probes_find (FALSE, &warnings);
  inspector_session_set_facts_source (session, &analysis_no_facts);
  target = inspector_session_add_target (session, target_core_get_pid (core),
                                         target_core_get_command (core), 0);
  target->core = g_path_get_basename (path);
  target->core_signal = target_core_get_signal (core);
  target_core_fill (core, &times);
  looker = probe_looker_new_core (probes, core);
  look_at_core (target, looker, times.now_ns != 0 ? times.now_ns : inspector_target_now ());
  probe_looker_free (looker);
  if (warning == NULL && warnings->len > 0)
    warning = g_strdup (warnings->pdata[0]);
  if (ret_warning != NULL)
    *ret_warning = g_steal_pointer (&warning);
  return TRUE;
}
