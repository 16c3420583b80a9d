/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "tasks.h"

/* Tasks that are asked for at once. */
#define BATCH 1024u

typedef struct
{
  InspectorHistory *history;
  gint64 at_ns;
} Job;

static void
job_free (gpointer data)
{
  Job *job = data;

  g_object_unref (job->history);
  g_free (job);
}

static void
at_free (gpointer data)
{
  SourceTasksAt *at = data;

  g_array_unref (at->rows);
  g_free (at);
}

static guint
hash_at (gconstpointer key)
{
  const SourceTasksAt *at = key;

  return at->location * 0x9e3779b1u ^ at->program;
}

static gboolean
equal_at (gconstpointer a, gconstpointer b)
{
  const SourceTasksAt *x = a, *y = b;

  return x->location == y->location && x->program == y->program;
}

/* The youngest one gives way. */
static void
keep_row (GArray *rows, const InspectorRow *row)
{
  guint place = rows->len;

  while (place > 0 && g_array_index (rows, InspectorRow, place - 1).since_ns > row->since_ns)
    place--;
  if (place >= SOURCE_TASKS_MAX)
    return;
  g_array_insert_val (rows, place, *row);
  if (rows->len > SOURCE_TASKS_MAX)
    g_array_set_size (rows, SOURCE_TASKS_MAX);
}

static void
add_row (GHashTable *known, GPtrArray *all, guint track, const InspectorRow *row)
{
  SourceTasksAt key = { .program = row->program, .location = row->location };
  SourceTasksAt *at = g_hash_table_lookup (known, &key);

  if (at == NULL)
    {
      at = g_new0 (SourceTasksAt, 1);
      *at = key;
      at->track = track;
      at->rows = g_array_new (FALSE, FALSE, sizeof (InspectorRow));
      g_hash_table_add (known, at);
      g_ptr_array_add (all, at);
    }
  at->n++;
  keep_row (at->rows, row);
}

static void
list_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Job *job = data;
  g_autoptr (GHashTable) known = g_hash_table_new (hash_at, equal_at);
  g_autofree InspectorRow *rows = g_new (InspectorRow, BATCH);
  GPtrArray *all = g_ptr_array_new_with_free_func (at_free);
  guint n = inspector_history_get_n_tracks (job->history);

  for (guint first = 0; first < n && !g_cancellable_is_cancelled (cancellable); first += BATCH)
    {
      guint got = inspector_history_get_rows (job->history, first, BATCH, job->at_ns, rows);

      for (guint i = 0; i < got; i++)
        if (rows[i].state != INSPECTOR_STATE_NONE && rows[i].location != 0)
          add_row (known, all, first + i, &rows[i]);
    }
  g_task_return_pointer (task, all, (GDestroyNotify)g_ptr_array_unref);
}

void
source_tasks_list_async (InspectorHistory *history, gint64 at_ns, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, data);
  Job *job = g_new0 (Job, 1);

  job->history = g_object_ref (history);
  job->at_ns = at_ns;
  g_task_set_task_data (task, job, job_free);
  g_task_run_in_thread (task, list_in_thread);
}

GPtrArray *
source_tasks_list_finish (GAsyncResult *result)
{
  return g_task_propagate_pointer (G_TASK (result), NULL);
}

/* ---- Places ------------------------------------------------------------------------------------ */

typedef struct
{
  char *file;
  guint line;
} Place;

struct _SourcePlaces
{
  InspectorHistory *history;
  GHashTable *places; /* program and location: Place */
};

static void
place_free (gpointer data)
{
  g_free (((Place *)data)->file);
  g_free (data);
}

SourcePlaces *
source_places_new (InspectorHistory *history)
{
  SourcePlaces *self = g_new0 (SourcePlaces, 1);

  self->history = g_object_ref (history);
  self->places = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, place_free);
  return self;
}

void
source_places_free (SourcePlaces *self)
{
  g_hash_table_unref (self->places);
  g_object_unref (self->history);
  g_free (self);
}

const char *
source_places_get (SourcePlaces *self, guint32 program, guint track, guint32 location,
                   guint *ret_line)
{
  gint64 key = (gint64)program << 32 | location;
  Place *place = g_hash_table_lookup (self->places, &key);

  if (place == NULL)
    {
      g_autofree char *file =
          inspector_history_dup_place_file (self->history, track, location, ret_line);

      /* What is not known may be known later. */
      if (*file == '\0')
        return "";
      place = g_new0 (Place, 1);
      place->file = g_steal_pointer (&file);
      place->line = *ret_line;
      g_hash_table_insert (self->places, g_memdup2 (&key, sizeof key), place);
    }
  *ret_line = place->line;
  return place->file;
}
