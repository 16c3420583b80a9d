/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <glib/gi18n-lib.h>
#include <sys/stat.h>
#include "model/format.h"
#include "session/inspector-target-private.h"
#include "session/probe-feed.h"

/* A program that has just begun has nothing to show, and most end soon. */
#define FIRST_NS (120 * G_GINT64_CONSTANT (1000000))
#define GAP_NS (100 * G_GINT64_CONSTANT (1000000))
/* What began before ends sooner or later; of what is there for long nobody needs to know at once that it is over. */
#define BEFORE_GAP_NS (1000 * G_GINT64_CONSTANT (1000000))
#define BEFORE_FACTOR 8
#define SLOW_GAP_NS (400 * G_GINT64_CONSTANT (1000000))
/* One processor is to be spent on looks for this part of the time at most. */
#define COST_FACTOR 20
/* What takes longer than that is said to be under way. */
#define LONG_NS (1000 * G_GINT64_CONSTANT (1000000))

struct _AnalysisProbe
{
  GPtrArray *probes;
  InspectorTarget *target;
  gboolean may_stop;
  ProbeLooker *looker; /* NULL: not yet, or there is nothing to see */
  ProbeFeed *feed;     /* of @model */
  const ModelTarget *model;
  gint64 next_ns;  /* G_MAXINT64: never */
  gint64 asked_ns; /* for the look that is under way */
  gint64 begun_ns; /* when the first one was asked for */
  gboolean is_named;
  gboolean has_looked;
  gboolean has_noted; /* what began before */
  gboolean has_told_progress;
};

AnalysisProbe *
analysis_probe_new (GPtrArray *probes, InspectorTarget *target, gboolean may_stop)
{
  AnalysisProbe *self = g_new0 (AnalysisProbe, 1);

  self->probes = g_ptr_array_ref (probes);
  self->target = target;
  self->may_stop = may_stop;
  self->next_ns = inspector_target_now () + FIRST_NS;
  return self;
}

static void
forget (AnalysisProbe *self)
{
  g_clear_pointer (&self->looker, probe_looker_free);
  g_clear_pointer (&self->feed, probe_feed_free);
  self->model = NULL;
  self->is_named = self->has_looked = self->has_noted = FALSE;
}

void
analysis_probe_free (AnalysisProbe *self)
{
  if (self == NULL)
    return;
  forget (self);
  g_ptr_array_unref (self->probes);
  g_free (self);
}

void
analysis_probe_restart (AnalysisProbe *self)
{
  if (self == NULL)
    return;
  forget (self);
  self->has_told_progress = FALSE;
  self->next_ns = inspector_target_now () + FIRST_NS;
}

void
analysis_probe_set_attached (AnalysisProbe *self)
{
  /* Then there is more to look for. */
  if (self == NULL || self->has_noted)
    return;
  forget (self);
  self->next_ns = inspector_target_now ();
}

static void
on_event (gpointer data, const ChannelEvent *event)
{
  inspector_target_ingest (data, event);
}

/* A feed has told one model what it knows, and another one nothing. */
static void
prepare_feed (AnalysisProbe *self)
{
  if (self->feed != NULL && self->model == self->target->model)
    return;
  g_clear_pointer (&self->feed, probe_feed_free);
  if (self->target->tables == NULL)
    inspector_target_attach_nothing (self->target);
  self->model = self->target->model;
  self->feed = probe_feed_new (self->target->tables, self->target->pid, on_event, self->target);
  probe_feed_set_model (self->feed, self->model);
}

static void
name_runtime (AnalysisProbe *self)
{
  g_autofree char *detail = NULL;

  if (self->is_named || (detail = probe_looker_dup_detail (self->looker)) == NULL)
    return;
  self->is_named = TRUE;
  inspector_target_add_runtime (self->target, "rust", detail);
}

static void
tell_warning (AnalysisProbe *self)
{
  g_autofree char *warning = probe_looker_steal_warning (self->looker);

  if (warning != NULL)
    inspector_target_set_remark (self->target, warning);
}

/* The first look has to find out much that the next ones know, and the second one tells what stays. */
static gint64
get_gap (AnalysisProbe *self, gint64 now_ns)
{
  gboolean is_first = !self->has_looked;
  gint64 gap_ns = GAP_NS;

  self->has_looked = TRUE;
  if (is_first)
    return gap_ns;
  if (self->target->reader != NULL && probe_looker_sees_only_before (self->looker))
    gap_ns = CLAMP ((now_ns - self->begun_ns) / BEFORE_FACTOR, GAP_NS, BEFORE_GAP_NS);
  if (probe_looker_is_slow (self->looker))
    gap_ns = SLOW_GAP_NS;
  return MAX (gap_ns, COST_FACTOR * probe_looker_get_cost (self->looker));
}

/* As a record, so that a recording says so, too. */
static void
tell_before (AnalysisProbe *self, guint64 id)
{
  const ChannelEvent event = { .time_ns = self->target->model->now_ns,
                               .type = CHANNEL_TASK_BEGIN,
                               .ring = MODEL_OUTSIDE_RING,
                               .task = id,
                               .arg = id };

  on_event (self->target, &event);
}

/* Of a program that ran before, all that is seen first began before. */
static void
note_before (AnalysisProbe *self, const ProbeLook *look)
{
  guint n = self->has_noted ? look->n_before : look->tasks->len;

  for (guint i = 0; i < n; i++)
    {
      guint64 id = g_array_index (look->tasks, InspectorProbeTask, i).id;
      const ModelTask *task = model_table_find (&self->target->model->tasks, id);

      if (task != NULL && !task->began_before)
        tell_before (self, id);
    }
}

/* Where an agent tells of all that begins, what began before gets less and less. */
static gboolean
is_over (const AnalysisProbe *self, const ProbeLook *look)
{
  return self->target->reader != NULL && look->is_whole && look->tasks->len == 0 &&
         probe_looker_sees_only_before (self->looker);
}

static void
begin_looks (AnalysisProbe *self)
{
  g_autoptr (GPtrArray) probes = g_ptr_array_new ();

  for (guint i = 0; i < self->probes->len; i++)
    {
      TargetProbe *probe = self->probes->pdata[i];

      if (!probe->only_attached || self->target->is_attached)
        g_ptr_array_add (probes, probe);
    }
  /* Where nothing may be stopped there is no agent. */
  self->looker = probe_looker_new (probes, self->target->pid, self->may_stop,
                                   self->may_stop && self->target->is_attached);
}

char *
analysis_probe_dup_progress (AnalysisProbe *self, gint64 now_ns)
{
  g_autofree char *link = NULL;
  g_autofree char *path = NULL;
  g_autofree char *name = NULL;
  g_autofree char *size = NULL;
  struct stat file;

  if (self == NULL || self->looker == NULL || self->has_told_progress ||
      now_ns - self->begun_ns < LONG_NS || !probe_looker_is_opening (self->looker))
    return NULL;
  link = g_strdup_printf ("/proc/%d/exe", self->target->pid);
  path = g_file_read_link (link, NULL);
  if (path == NULL || stat (link, &file) != 0)
    return NULL;
  self->has_told_progress = TRUE;
  name = g_path_get_basename (path);
  size = model_format_bytes ((guint64)file.st_size);
  return g_strdup_printf (
      _ ("the debug info of %s (a file of %s) is being read; what is found is kept for the "
         "next time"),
      name, size);
}

gboolean
analysis_probe_has_looked (const AnalysisProbe *self)
{
  return self == NULL || self->has_noted || self->next_ns == G_MAXINT64;
}

gboolean
analysis_probe_poll (AnalysisProbe *self, gint64 now_ns)
{
  g_autoptr (ProbeLook) look = NULL;

  if (self == NULL || self->next_ns == G_MAXINT64)
    return FALSE;
  if (self->looker != NULL && (look = probe_looker_take (self->looker)) != NULL)
    {
      self->next_ns = now_ns + get_gap (self, now_ns);
      tell_warning (self);
      if (!probe_looker_is_useful (self->looker))
        {
          forget (self);
          self->next_ns = G_MAXINT64;
          return FALSE;
        }
      name_runtime (self);
      prepare_feed (self);
      /* The first one is asked for long before it can be read. */
      self->target->model->looked_ns = CLAMP (look->begun_ns, self->asked_ns, now_ns);
      probe_feed_look (self->feed, look, now_ns);
      if (self->target->is_attached)
        note_before (self, look);
      self->has_noted = TRUE;
      if (is_over (self, look))
        {
          forget (self);
          self->next_ns = G_MAXINT64;
        }
      return look->tasks->len > 0;
    }
  if (now_ns < self->next_ns)
    return FALSE;
  if (self->looker == NULL)
    {
      begin_looks (self);
      self->begun_ns = now_ns;
    }
  /* What it sees is not later than that, however long it takes. */
  if (probe_looker_ask (self->looker))
    self->asked_ns = now_ns;
  return FALSE;
}
