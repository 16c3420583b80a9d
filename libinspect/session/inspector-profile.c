/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/inspector-profile-private.h"

#include <string.h>
#include "session/inspector-target-private.h"
#include "session/replay.h"

struct _InspectorProfile
{
  GObject parent_instance;
  InspectorSession *session; /* NULL: it is frozen */
  GPtrArray *results;        /* ProfileResult, as of the last update */
};

G_DEFINE_TYPE (InspectorProfile, inspector_profile, G_TYPE_OBJECT)

/* ---- Of a target ---------------------------------------------------------------------------- */

void
inspector_target_begin_profile (InspectorTarget *self)
{
  if (self->is_profiled && self->model != NULL && self->profile == NULL)
    self->profile = profile_new (self->model, self->places, &self->profile_range);
}

void
inspector_target_begin_profile_at (InspectorTarget *self, gint64 at_ns)
{
  if (self->profile != NULL)
    profile_begin_at (self->profile, at_ns);
}

static ProfileResult *
build (InspectorTarget *self)
{
  gint64 now_ns = self->state == INSPECTOR_TARGET_ENDED || self->is_recorded
                      ? self->end_ns
                      : inspector_target_now ();
  g_autofree char *word = g_strndup (self->command, strcspn (self->command, " "));
  InspectorTargetStats stats;
  ProfileResult *result;

  inspector_target_get_stats (self, &stats);
  result = profile_build (self->profile, now_ns, stats.lost);
  result->pid = self->pid;
  result->command = g_strdup (self->command);
  result->program = g_path_get_basename (*word != '\0' ? word : "?");
  return result;
}

void
inspector_target_end_profile (InspectorTarget *self)
{
  if (self->profile == NULL)
    return;
  if (self->profiles == NULL)
    self->profiles = g_ptr_array_new_with_free_func (profile_result_unref);
  g_ptr_array_add (self->profiles, build (self));
  g_clear_pointer (&self->profile, profile_free);
}

void
inspector_target_set_profile (InspectorTarget *self, const ProfileRange *range)
{
  g_clear_pointer (&self->profile, profile_free);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  self->is_profiled = range != NULL;
  if (range == NULL)
    return;
  self->profile_range = *range;
  inspector_target_begin_profile (self);
}

/* Adds, of each of its programs, what there is to say by now: (element-type ProfileResult) */
static void
add_results (InspectorTarget *self, GPtrArray *results)
{
  for (guint i = 0; self->profiles != NULL && i < self->profiles->len; i++)
    g_ptr_array_add (results, profile_result_ref (g_ptr_array_index (self->profiles, i)));
  if (self->profile != NULL)
    g_ptr_array_add (results, build (self));
}

/* Notes the stack of a thread whose callback keeps its loop. */
static void
sample (InspectorTarget *self)
{
  const guint64 *frames;
  gint64 since_ns;
  gint32 tid;
  guint n;

  if (self->profile == NULL || self->reader == NULL || self->state == INSPECTOR_TARGET_ENDED)
    return;
  tid = profile_get_stalled (self->profile, inspector_target_now (), INSPECTOR_PROFILE_STALL_NS,
                             &since_ns);
  frames = tid != 0 ? analysis_facts_get_stack (self->facts, tid, since_ns, &n) : NULL;
  if (frames != NULL)
    profile_set_stack (self->profile, tid, frames, n);
}

/* ---- The object ----------------------------------------------------------------------------- */

static void
inspector_profile_finalize (GObject *object)
{
  InspectorProfile *self = INSPECTOR_PROFILE (object);

  if (self->session != NULL)
    inspector_session_set_profile (self->session, NULL);
  g_clear_object (&self->session);
  g_ptr_array_unref (self->results);
  G_OBJECT_CLASS (inspector_profile_parent_class)->finalize (object);
}

static void
inspector_profile_class_init (InspectorProfileClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_profile_finalize;
}

static void
inspector_profile_init (InspectorProfile *self)
{
  self->results = g_ptr_array_new_with_free_func (profile_result_unref);
}

InspectorProfile *
inspector_profile_new (InspectorSession *session, gint64 from_ns, gint64 to_ns,
                       InspectorProfileFlags flags)
{
  const ProfileRange range = { .from_ns = MAX (from_ns, 0),
                               .to_ns = to_ns < 0 ? G_MAXINT64 : to_ns,
                               .from_start = (flags & INSPECTOR_PROFILE_FROM_START) != 0 };
  InspectorProfile *self;

  g_return_val_if_fail (INSPECTOR_IS_SESSION (session), NULL);

  self = g_object_new (INSPECTOR_TYPE_PROFILE, NULL);
  self->session = g_object_ref (session);
  inspector_session_set_profile (session, &range);
  return self;
}

void
inspector_profile_update (InspectorProfile *self)
{
  GListModel *targets;

  g_return_if_fail (INSPECTOR_IS_PROFILE (self));

  if (self->session == NULL)
    return;
  g_ptr_array_set_size (self->results, 0);
  targets = inspector_session_get_targets (self->session);
  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      add_results (target, self->results);
    }
}

void
inspector_profile_sample (InspectorProfile *self)
{
  GListModel *targets;

  g_return_if_fail (INSPECTOR_IS_PROFILE (self));

  if (self->session == NULL)
    return;
  targets = inspector_session_get_targets (self->session);
  for (guint i = 0; i < g_list_model_get_n_items (targets); i++)
    {
      g_autoptr (InspectorTarget) target = g_list_model_get_item (targets, i);

      sample (target);
    }
}

guint
inspector_profile_get_n_programs (InspectorProfile *self)
{
  g_return_val_if_fail (INSPECTOR_IS_PROFILE (self), 0);
  return self->results->len;
}

const GPtrArray *
inspector_profile_peek_results (InspectorProfile *self)
{
  return self->results;
}

/* ---- Of what has been ----------------------------------------------------------------------- */

InspectorProfile *
inspector_profile_freeze (InspectorProfile *self)
{
  InspectorProfile *frozen;

  g_return_val_if_fail (INSPECTOR_IS_PROFILE (self), NULL);

  frozen = g_object_new (INSPECTOR_TYPE_PROFILE, NULL);
  for (guint i = 0; i < self->results->len; i++)
    g_ptr_array_add (frozen->results, profile_result_ref (self->results->pdata[i]));
  return frozen;
}

static gboolean
goes_on (gpointer data)
{
  return !g_cancellable_is_cancelled (data);
}

InspectorProfile *
inspector_profile_read (const char *path, gint64 from_ns, gint64 to_ns, GCancellable *cancellable,
                        GError **error)
{
  static const AnalysisReplayFuncs funcs = { .goes_on = goes_on };
  g_autoptr (InspectorSession) session = inspector_session_new ();
  g_autoptr (InspectorProfile) profile = NULL;
  RecordingReader *reader = recording_reader_open (path, error);

  if (reader == NULL)
    return NULL;
  profile = inspector_profile_new (session, from_ns, to_ns, INSPECTOR_PROFILE_NONE);
  analysis_replay (session, reader, from_ns, to_ns < 0 ? ANALYSIS_REPLAY_ALL : to_ns, &funcs,
                   cancellable);
  recording_reader_close (reader);
  if (g_cancellable_set_error_if_cancelled (cancellable, error))
    return NULL;
  inspector_profile_update (profile);
  return inspector_profile_freeze (profile);
}
