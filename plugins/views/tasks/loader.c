/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "loader.h"

/* What grows is shown four times a second at most; what somebody asks for as soon as that. */
#define GROWN_MS 250
#define ASKED_MS 30
/* A thread that makes tables all the time would take half of a small machine from reading. */
#define REST_FACTOR 4
/* Of the main thread, each time. */
#define WORDS_US 3000

struct _TasksLoader
{
  UiSession *session;
  TasksLoadedFunc loaded;
  gpointer data;

  InspectorHistory *history; /* that the words are of */
  TasksWords *words;
  TasksTable *table;   /* the last one */
  guint words_version; /* when that was begun */
  UiQuery *query;
  TasksGroup group;
  TasksSort sort;
  gboolean is_descending, with_ended;
  GHashTable *toggled;

  gboolean is_running;
  gboolean is_stale, is_asked;
  gboolean reads_words;
  GCancellable *cancellable; /* NULL: no table is being made */
  gint64 begun_us, done_us, took_us;
  guint source, words_source;
};

/* What is being made, apart from the loader, which may go before it. */
typedef struct
{
  TasksRequest request;
  TasksLoader *loader; /* NULL: it is gone */
} Job;

static void start (TasksLoader *self);
static void read_words (TasksLoader *self);

/* ---- Making a table ----------------------------------------------------------------------------- */

static void
job_free (Job *job)
{
  g_object_unref (job->request.history);
  tasks_words_unref (job->request.words);
  tasks_table_unref (job->request.previous);
  ui_query_unref (job->request.query);
  g_clear_pointer (&job->request.toggled, g_hash_table_unref);
  g_free (job);
}

static void
run (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TasksTable *table = tasks_table_new (&((Job *)data)->request, cancellable);

  g_task_return_pointer (task, table, (GDestroyNotify)tasks_table_unref);
}

static GHashTable *
copy_set (GHashTable *set)
{
  GHashTable *copy = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, set);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    g_hash_table_add (copy, key);
  return copy;
}

static gboolean
on_time (gpointer data)
{
  TasksLoader *self = data;

  self->source = 0;
  start (self);
  return G_SOURCE_REMOVE;
}

static void
schedule (TasksLoader *self)
{
  gint64 gap_us = (self->is_asked ? ASKED_MS : GROWN_MS) * G_TIME_SPAN_MILLISECOND;
  gint64 from_us = self->is_asked
                       ? self->begun_us
                       : MAX (self->begun_us, self->done_us + self->took_us * REST_FACTOR - gap_us);
  gint64 wait_us = from_us + gap_us - g_get_monotonic_time ();

  if (!self->is_running || !self->is_stale || self->cancellable != NULL)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  self->source = g_timeout_add ((guint)(MAX (wait_us, 0) / G_TIME_SPAN_MILLISECOND), on_time, self);
}

/* All that the thread had is let go here, in the main thread. */
static void
on_ready (GObject *source, GAsyncResult *result, gpointer data)
{
  Job *job = data;
  g_autoptr (TasksTable) table = g_task_propagate_pointer (G_TASK (result), NULL);
  TasksLoader *self = job->loader;

  if (self != NULL)
    {
      g_clear_object (&self->cancellable);
      self->done_us = g_get_monotonic_time ();
      self->took_us = self->done_us - self->begun_us;
      if (table != NULL)
        {
          g_clear_pointer (&self->table, tasks_table_unref);
          self->table = tasks_table_ref (table);
          self->loaded (table, self->data);
          /* What it missed. */
          if (self->is_running)
            read_words (self);
        }
    }
  job_free (job);
  if (self != NULL)
    schedule (self);
}

/* Another session's history, once a recording has been read. */
static void
follow_history (TasksLoader *self)
{
  InspectorHistory *history = ui_session_get_history (self->session);

  if (history == self->history)
    return;
  g_set_object (&self->history, history);
  g_clear_pointer (&self->words, tasks_words_unref);
  self->words = tasks_words_new (history);
}

static void
start (TasksLoader *self)
{
  g_autoptr (GTask) task = NULL;
  Job *job;

  if (self->cancellable != NULL || !self->is_running)
    return;
  follow_history (self);
  read_words (self);
  self->is_stale = self->is_asked = FALSE;
  self->begun_us = g_get_monotonic_time ();
  self->words_version = tasks_words_get_version (self->words);
  job = g_new0 (Job, 1);
  job->loader = self;
  job->request = (TasksRequest){
    .history = g_object_ref (self->history),
    .words = tasks_words_ref (self->words),
    .previous = self->table != NULL ? tasks_table_ref (self->table) : NULL,
    .query = self->query != NULL ? ui_query_ref (self->query) : NULL,
    .at_ns = ui_session_get_cursor (self->session),
    .group = self->group,
    .sort = self->sort,
    .is_descending = self->is_descending,
    .with_ended =
        self->with_ended || ui_query_wants_word (self->query, TASKS_FIELD_STATE, TASKS_ENDED),
    .toggled = copy_set (self->toggled),
  };
  self->cancellable = g_cancellable_new ();
  g_object_set_data (G_OBJECT (self->cancellable), "job", job);
  task = g_task_new (NULL, self->cancellable, on_ready, job);
  g_task_set_return_on_cancel (task, FALSE);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, job, NULL);
  g_task_run_in_thread (task, run);
}

static void
queue (TasksLoader *self, gboolean is_asked)
{
  self->is_stale = TRUE;
  self->is_asked |= is_asked;
  /* What runs is of no use any more. */
  if (is_asked && self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  if (self->source == 0 || is_asked)
    schedule (self);
}

/* ---- Words -------------------------------------------------------------------------------------- */

static gboolean
on_words (gpointer data)
{
  TasksLoader *self = data;

  self->words_source = 0;
  if (self->words != NULL)
    read_words (self);
  /* What came meanwhile is shown when all is there, or as often as what grows. */
  if (self->words != NULL && tasks_words_get_version (self->words) != self->words_version)
    queue (self, FALSE);
  return G_SOURCE_REMOVE;
}

static void
read_words (TasksLoader *self)
{
  gboolean is_new;

  self->reads_words = tasks_words_read (self->words, WORDS_US);
  is_new = tasks_words_get_version (self->words) != self->words_version;
  if ((self->reads_words || is_new) && self->is_running && self->words_source == 0)
    self->words_source = g_idle_add_full (G_PRIORITY_LOW, on_words, self, NULL);
}

/* ---- What is asked of it ------------------------------------------------------------------------ */

void
tasks_loader_refresh (TasksLoader *self, gboolean is_asked)
{
  queue (self, is_asked);
}

TasksLoader *
tasks_loader_new (UiSession *session, TasksLoadedFunc loaded, gpointer data)
{
  TasksLoader *self = g_new0 (TasksLoader, 1);

  self->session = g_object_ref (session);
  self->loaded = loaded;
  self->data = data;
  self->toggled = g_hash_table_new (NULL, NULL);
  self->is_stale = TRUE;
  follow_history (self);
  return self;
}

void
tasks_loader_free (TasksLoader *self)
{
  if (self == NULL)
    return;
  g_clear_handle_id (&self->source, g_source_remove);
  g_clear_handle_id (&self->words_source, g_source_remove);
  if (self->cancellable != NULL)
    {
      ((Job *)g_object_get_data (G_OBJECT (self->cancellable), "job"))->loader = NULL;
      g_cancellable_cancel (self->cancellable);
      g_object_unref (self->cancellable);
    }
  g_clear_pointer (&self->table, tasks_table_unref);
  g_clear_pointer (&self->words, tasks_words_unref);
  ui_query_unref (self->query);
  g_hash_table_unref (self->toggled);
  g_clear_object (&self->history);
  g_object_unref (self->session);
  g_free (self);
}

void
tasks_loader_set_running (TasksLoader *self, gboolean is_running)
{
  self->is_running = is_running;
  if (!is_running)
    {
      g_clear_handle_id (&self->source, g_source_remove);
      g_clear_handle_id (&self->words_source, g_source_remove);
    }
  else
    {
      read_words (self);
      schedule (self);
    }
}

void
tasks_loader_set_query (TasksLoader *self, UiQuery *query)
{
  ui_query_unref (self->query);
  self->query = query;
  queue (self, TRUE);
}

void
tasks_loader_set_group (TasksLoader *self, TasksGroup group)
{
  if (self->group == group)
    return;
  self->group = group;
  g_hash_table_remove_all (self->toggled);
  queue (self, TRUE);
}

void
tasks_loader_set_sort (TasksLoader *self, TasksSort sort, gboolean is_descending)
{
  if (self->sort == sort && self->is_descending == is_descending)
    return;
  self->sort = sort;
  self->is_descending = is_descending;
  queue (self, TRUE);
}

void
tasks_loader_set_with_ended (TasksLoader *self, gboolean with_ended)
{
  if (self->with_ended == with_ended)
    return;
  self->with_ended = with_ended;
  queue (self, TRUE);
}

void
tasks_loader_toggle (TasksLoader *self, guint64 key)
{
  if (!g_hash_table_remove (self->toggled, GSIZE_TO_POINTER (key)))
    g_hash_table_add (self->toggled, GSIZE_TO_POINTER (key));
  queue (self, TRUE);
}

void
tasks_loader_open_all (TasksLoader *self, gboolean open)
{
  gboolean is_tree = self->group == TASKS_GROUP_TREE;

  g_hash_table_remove_all (self->toggled);
  for (guint i = 0; open != is_tree && i < tasks_table_get_n_lines (self->table); i++)
    if ((tasks_table_get_line (self->table, i)->flags & TASKS_LINE_HAS_CHILDREN) != 0)
      g_hash_table_add (self->toggled, GSIZE_TO_POINTER (tasks_table_get_key (self->table, i)));
  queue (self, TRUE);
}

TasksGroup
tasks_loader_get_group (TasksLoader *self)
{
  return self->group;
}

gboolean
tasks_loader_get_with_ended (TasksLoader *self)
{
  return self->with_ended;
}

gboolean
tasks_loader_is_busy (TasksLoader *self)
{
  return self->table == NULL || self->reads_words;
}
