/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* What programs were at the instants that were looked at last: of all their tasks, or, where reading all of them
 * would take long, of those that somebody has asked for. */

#include "session/history-aside.h"

/* Views ask for different tasks of one instant, and for an instant before it. */
#define MAX_PARTS 8u
/* What is read in a few ms, which nobody notices. */
#define MAX_AT_ONCE G_GUINT64_CONSTANT (32768)
/* Of so many tasks a model is freed as soon. */
#define MAX_FREED_AT_ONCE 8192u

/* ---- What is let go ----------------------------------------------------------------------------- */

typedef struct
{
  gpointer data;
  GDestroyNotify free_it;
} LetGo;

static gpointer
free_in_thread (gpointer data)
{
  LetGo *self = data;

  self->free_it (self->data);
  g_free (self);
  return NULL;
}

void
history_let_go (gpointer data, GDestroyNotify free_it)
{
  const LetGo self = { data, free_it };

  g_thread_unref (g_thread_new ("let-go", free_in_thread, g_memdup2 (&self, sizeof self)));
}

static void
free_model (gpointer model)
{
  model_target_free (model);
}

void
history_let_model_go (ModelTarget *model)
{
  if (model != NULL && model->tasks.count > MAX_FREED_AT_ONCE)
    history_let_go (model, free_model);
  else
    model_target_free (model);
}

void
history_moment_free (gpointer data)
{
  HistoryMoment *moment = data;

  if (moment == NULL)
    return;
  history_let_model_go (moment->model);
  g_free (moment);
}

static void
part_free (gpointer data)
{
  HistoryPart *part = data;

  history_let_model_go (part->model);
  g_hash_table_unref (part->ids);
  g_free (part);
}

void
history_forget_moment (InspectorHistory *self)
{
  self->n_forgotten++;
  g_hash_table_remove_all (self->moments);
  g_queue_clear_full (&self->parts, part_free);
}

/* ---- What is there ------------------------------------------------------------------------------ */

static HistoryPart *
find_part (InspectorHistory *self, const HistoryProgram *program, guint64 id, gint64 at_ns,
           gboolean is_ahead)
{
  for (GList *at = self->parts.head; at != NULL; at = at->next)
    {
      HistoryPart *part = at->data;

      if (part->program != program || part->at_ns != at_ns || part->is_ahead < is_ahead ||
          !g_hash_table_contains (part->ids, GSIZE_TO_POINTER (id)))
        continue;
      g_queue_unlink (&self->parts, at);
      g_queue_push_head_link (&self->parts, at);
      return part;
    }
  return NULL;
}

void
history_put_moment (InspectorHistory *self, HistoryProgram *program, ModelTarget *model,
                    gint64 at_ns)
{
  const HistoryMoment moment = { model, at_ns };

  g_hash_table_insert (self->moments, program, g_memdup2 (&moment, sizeof moment));
}

void
history_put_part (InspectorHistory *self, const HistoryPart *part)
{
  g_queue_push_head (&self->parts, g_memdup2 (part, sizeof *part));
  if (self->parts.length > MAX_PARTS)
    part_free (g_queue_pop_tail (&self->parts));
}

static gboolean
is_now (const HistoryProgram *program, gint64 at_ns)
{
  return program->model != NULL && at_ns >= program->model->now_ns;
}

static guint64
get_max_whole (const HistoryProgram *program)
{
  return program->max_whole != 0 ? program->max_whole : HISTORY_MAX_WHOLE;
}

/* What has to be read for all of its tasks. */
static guint64
count_to_read (InspectorHistory *self, HistoryProgram *program, gint64 at_ns)
{
  const HistoryMoment *moment = g_hash_table_lookup (self->moments, program);
  guint64 n = history_program_count_records (program, at_ns);

  if (moment != NULL && moment->at_ns == at_ns)
    return 0;
  return moment != NULL && moment->at_ns < at_ns
             ? MIN (n, history_program_count_between (program, moment->at_ns, at_ns))
             : n;
}

gboolean
history_find_distance (InspectorHistory *self, HistoryProgram *program, guint64 id, gint64 at_ns,
                       gboolean is_ahead, HistoryDistance *ret_distance, GError **error)
{
  guint64 most = get_max_whole (program);

  if (is_now (program, at_ns))
    {
      *ret_distance = HISTORY_IS_THERE;
      return TRUE;
    }
  if (!history_program_open (program, at_ns, error))
    return FALSE;
  if (count_to_read (self, program, at_ns) <= MIN (most, MAX_AT_ONCE) ||
      (id != 0 && find_part (self, program, id, at_ns, is_ahead) != NULL))
    *ret_distance = HISTORY_IS_THERE;
  else if (id == 0 || count_to_read (self, program, at_ns) <= most)
    *ret_distance = HISTORY_IS_NEAR;
  else
    *ret_distance = HISTORY_IS_FAR;
  return TRUE;
}

/* ---- What is read ------------------------------------------------------------------------------- */

ModelTarget *
history_load_moment (InspectorHistory *self, HistoryProgram *program, gint64 at_ns,
                     HistoryNames *names, GError **error)
{
  HistoryMoment *moment;

  /* Now is known without a recording. */
  if (is_now (program, at_ns) && history_program_get_names (program, names))
    return program->model;
  if (!history_program_open (program, at_ns, error))
    return NULL;
  history_program_get_names (program, names);
  moment = g_hash_table_lookup (self->moments, program);
  /* Who goes forward in small steps pays for what is new alone. */
  if (moment != NULL && (moment->at_ns == at_ns ||
                         (moment->at_ns < at_ns &&
                          history_program_advance (program, moment->model, moment->at_ns, at_ns))))
    {
      moment->at_ns = at_ns;
      return moment->model;
    }
  history_put_moment (self, program,
                      history_program_load (program, names, &self->moment_number, at_ns), at_ns);
  return ((HistoryMoment *)g_hash_table_lookup (self->moments, program))->model;
}

/* Whether that instant of the whole program is there already, or soon. */
static gboolean
is_near (InspectorHistory *self, HistoryProgram *program, gint64 at_ns)
{
  return count_to_read (self, program, at_ns) <= get_max_whole (program);
}

ModelTarget *
history_load_moment_of (InspectorHistory *self, HistoryProgram *program, guint64 id, gint64 at_ns,
                        gboolean is_ahead, HistoryNames *names, GError **error)
{
  HistoryPart part = { .program = program, .at_ns = at_ns, .is_ahead = is_ahead };
  const HistoryPart *known;

  if (id == 0 || is_now (program, at_ns))
    return history_load_moment (self, program, at_ns, names, error);
  if (!history_program_open (program, at_ns, error))
    return NULL;
  if (is_near (self, program, at_ns))
    return history_load_moment (self, program, at_ns, names, error);
  history_program_get_names (program, names);
  known = find_part (self, program, id, at_ns, is_ahead);
  if (known != NULL)
    return known->model;
  part.model = history_program_load_tasks (program, names, &self->moment_number, &id, 1, at_ns,
                                           is_ahead, &part.ids);
  if (part.model == NULL)
    return history_load_moment (self, program, at_ns, names, error);
  history_put_part (self, &part);
  return part.model;
}

/* By their tracks, which are there without reading a record. */
static gint
count_tracks (InspectorHistory *self, guint program, gint64 at_ns)
{
  gint n = 0;

  for (guint i = 0; i < model_history_get_n_tracks (self->model); i++)
    {
      const ModelTrack *track = model_history_get_track (self->model, i);

      n += track->target == program && track->id != 0 && track->begin_ns <= at_ns &&
           at_ns < __atomic_load_n (&track->end_ns, __ATOMIC_ACQUIRE);
    }
  return n;
}

static gint
count_tasks (const ModelTarget *model)
{
  gint n = 0;

  for (const ModelTask *task = model->first_task; task != NULL; task = task->next)
    n += task->id != 0;
  return n;
}

gint
inspector_history_count_live (InspectorHistory *self, gint64 at_ns, GError **error)
{
  gint n = 0;

  for (guint i = 0; i < self->programs->len; i++)
    {
      HistoryProgram *program = self->programs->pdata[i];
      HistoryNames names;
      ModelTarget *model;

      if (program->model == NULL && self->past != NULL)
        {
          if (!history_program_open (program, at_ns, error))
            return -1;
          if (!is_near (self, program, at_ns))
            {
              n += count_tracks (self, i, at_ns);
              continue;
            }
        }
      model = history_load_moment (self, program, at_ns, &names, error);
      if (model == NULL)
        return -1;
      n += count_tasks (model);
    }
  return n;
}
