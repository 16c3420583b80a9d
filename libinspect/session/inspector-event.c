/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

/* Records around an instant, from the recording. */

#include <string.h>

#include "analysis/describe.h"
#include "model/format.h"
#include "session/inspector-history-private.h"

/* Nobody reads more at once; and a record may stand for many that are passed over. */
#define MAX_EVENTS 100000

static const char *const type_names[CHANNEL_TYPE_COUNT] = {
  [CHANNEL_TASK_BEGIN] = "task-begin",
  [CHANNEL_TASK_END] = "task-end",
  [CHANNEL_POLL_BEGIN] = "poll-begin",
  [CHANNEL_POLL_END] = "poll-end",
  [CHANNEL_AWAIT_BEGIN] = "await-begin",
  [CHANNEL_AWAIT_END] = "await-end",
  [CHANNEL_RESUME] = "resume",
  [CHANNEL_SUSPEND] = "suspend",
  [CHANNEL_WAKE] = "wake",
  [CHANNEL_RESOURCE_BEGIN] = "resource-begin",
  [CHANNEL_RESOURCE_END] = "resource-end",
  [CHANNEL_ACQUIRE] = "acquire",
  [CHANNEL_RELEASE] = "release",
  [CHANNEL_STATE_NAME] = "state",
  [CHANNEL_ATTRIBUTE] = "attribute",
  [CHANNEL_POINT] = "point",
};

/* What is looked for in one program. */
typedef struct
{
  const ModelTrack *track; /* NULL: all */
  guint32 types;           /* bits */
  gint64 at_ns;
  gint64 end_ns; /* forwards: none from then on */
  gboolean backwards;
  guint max;
  HistoryProgram *program;
  HistoryNames names;
  ModelTarget *model; /* that knows the kinds, and nothing else */
  GHashTable *tracks; /* task's id: index + 1, as far as it was asked for */
  InspectorHistory *history;
  /* Of the searching, which may be in another thread, and knows nothing of the above but @track. */
  RecordingReader *reader;
  guint32 number; /* of the program in it */
  GCancellable *cancellable;
  GArray *found; /* Raw; of the block that is read */
} Query;

/* A record as it was read; what it is called is looked up later, in the thread of the session. */
typedef struct
{
  ChannelEvent event;
  char *bytes;
} Raw;

static void
raw_clear (gpointer data)
{
  g_free (((Raw *)data)->bytes);
}

static void
event_free (gpointer data)
{
  InspectorEvent *event = data;

  g_free (event->place);
  g_free (event->text);
  g_free (event);
}

/* A note on a task that is there already: see CHANNEL_TASK_BEGIN in channel/README.md. */
static gboolean
is_remark (const ChannelEvent *event)
{
  return event->type == CHANNEL_TASK_BEGIN && event->arg == event->task;
}

static gboolean
matches (const Query *self, const ChannelEvent *event)
{
  if ((self->types >> event->type & 1) == 0 || event->time_ns >= self->end_ns ||
      (event->time_ns < self->at_ns) != self->backwards || is_remark (event))
    return FALSE;
  return self->track == NULL ||
         (event->task == self->track->id && event->time_ns >= self->track->begin_ns &&
          event->time_ns <= self->track->end_ns);
}

/* ---- One record -------------------------------------------------------------------------------- */

static guint
find_track (Query *self, const ChannelEvent *event)
{
  gpointer known;
  guint index;

  if (event->type == CHANNEL_ATTRIBUTE && event->task >> 48 != 0)
    return G_MAXUINT;
  if (g_hash_table_lookup_extended (self->tracks, GSIZE_TO_POINTER (event->task), NULL, &known))
    {
      const ModelTrack *track;

      index = GPOINTER_TO_UINT (known) - 1;
      track = inspector_history_peek_track (self->history, index);
      if (event->time_ns >= track->begin_ns && event->time_ns <= track->end_ns)
        return index;
    }
  index = history_find_track (self->history, self->program, event->task, event->time_ns);
  /* What is said of a task before it begins is of none: what comes later is of that task. */
  if (index == G_MAXUINT)
    return index;
  g_hash_table_insert (self->tracks, GSIZE_TO_POINTER (event->task), GUINT_TO_POINTER (index + 1));
  return index;
}

static char *
dup_text (Query *self, const ChannelEvent *event)
{
  const char *text;

  switch (event->type)
    {
    case CHANNEL_STATE_NAME:
      text = self->names.tables->get_string (self->names.data, (guint32)event->arg);
      return model_format_text (text, strlen (text));
    case CHANNEL_ATTRIBUTE:
      return analysis_describe_value (self->model, event->key, event->bytes, event->n_bytes,
                                      event->value, event->time_ns, self->names.places);
    case CHANNEL_TASK_END:
    case CHANNEL_AWAIT_END:
      return model_format_status (event->status);
    case CHANNEL_POINT:
      return g_strdup_printf ("%" G_GINT64_FORMAT, (gint64)event->arg);
    default:
      return g_strdup ("");
    }
}

static void
add_event (Query *self, const ChannelEvent *event, GPtrArray *found)
{
  InspectorEvent *said = g_new0 (InspectorEvent, 1);
  gboolean has_object = event->type != CHANNEL_STATE_NAME && event->type != CHANNEL_POINT &&
                        event->type != CHANNEL_TASK_BEGIN;
  guint32 kind;

  said->at_ns = event->time_ns;
  said->track = find_track (self, event);
  said->type = type_names[event->type];
  said->tid = event->tid;
  if (event->type == CHANNEL_ATTRIBUTE)
    said->object = event->task;
  else if (has_object)
    said->object = event->arg;
  kind = event->type == CHANNEL_ATTRIBUTE ? event->key : (guint32)(said->object >> 48);
  said->kind = kind != 0 ? g_intern_string (model_target_get_kind (self->model, kind)->name) : "";
  said->place =
      event->location != 0
          ? analysis_place_dup_text (analysis_places_get (self->names.places, event->location))
          : g_strdup ("");
  said->text = dup_text (self, event);
  g_ptr_array_add (found, said);
}

/* ---- Searching --------------------------------------------------------------------------------- */

/* The last ones of a block alone are wanted where it is searched backwards: which they are is known at
 * its end. */
typedef struct
{
  Query *query;
  guint64 n_seen;
  guint64 skip;
  gboolean only_counts;
} Pass;

static void
take (const ChannelEvent *event, void *data)
{
  Pass *pass = data;

  if (!matches (pass->query, event))
    return;
  if (pass->n_seen++ < pass->skip || pass->only_counts ||
      pass->query->found->len >= pass->query->max)
    return;
  {
    Raw raw = { .event = *event };

    if (event->bytes != NULL)
      {
        raw.bytes = g_memdup2 (event->bytes, channel_event_count_bytes (event));
        raw.event.bytes = raw.bytes;
      }
    g_array_append_val (pass->query->found, raw);
  }
}

static void
search_block (Query *self, guint block)
{
  Pass pass = { .query = self };

  if (self->backwards)
    {
      pass.only_counts = TRUE;
      recording_reader_read_events (self->reader, block, take, &pass, NULL);
      pass = (Pass){ .query = self, .skip = pass.n_seen > self->max ? pass.n_seen - self->max : 0 };
    }
  recording_reader_read_events (self->reader, block, take, &pass, NULL);
}

static gboolean
may_have (const Query *self, const RecordingIndexEntry *block)
{
  return block->type == RECORDING_EVENTS && block->target == self->number &&
         (self->backwards ? block->first_ns < self->at_ns
                          : block->last_ns >= self->at_ns && block->first_ns < self->end_ns);
}

/* (transfer full) (element-type Raw): what one program has, in the order of time */
static GArray *
search (Query *self)
{
  guint n_blocks = recording_reader_get_n_blocks (self->reader);
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Raw));
  guint wanted = self->max;

  g_array_set_clear_func (all, raw_clear);
  for (guint i = 0; i < n_blocks && all->len < wanted; i++)
    {
      guint block = self->backwards ? n_blocks - 1 - i : i;

      if (g_cancellable_is_cancelled (self->cancellable))
        break;
      if (!may_have (self, recording_reader_get_block (self->reader, block)))
        continue;
      self->max = wanted - all->len;
      self->found = g_array_new (FALSE, FALSE, sizeof (Raw));
      search_block (self, block);
      if (self->found->len > 0 && self->backwards)
        g_array_prepend_vals (all, self->found->data, self->found->len);
      else if (self->found->len > 0)
        g_array_append_vals (all, self->found->data, self->found->len);
      g_array_unref (self->found);
    }
  self->max = wanted;
  return all;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const InspectorEvent *x = *(InspectorEvent *const *)a, *y = *(InspectorEvent *const *)b;

  return x->at_ns < y->at_ns ? -1 : x->at_ns > y->at_ns;
}

static guint32
parse_types (const char *const *types)
{
  guint32 bits = 0;

  for (guint i = 0; types != NULL && types[i] != NULL; i++)
    for (guint type = 1; type < CHANNEL_TYPE_COUNT; type++)
      if (g_strcmp0 (type_names[type], types[i]) == 0)
        bits |= 1u << type;
  return types != NULL ? bits : G_MAXUINT32;
}

/* Names what was found in @program, which may have gone meanwhile: then the recording has its names. */
static gboolean
name_all (InspectorHistory *self, HistoryProgram *program, GArray *raws, GPtrArray *all,
          GError **error)
{
  guint64 number = 0;
  Query query = { .program = program, .history = self };

  if (!history_program_get_names (program, &query.names))
    {
      if (!history_program_open (program, G_MAXINT64, error))
        return FALSE;
      history_program_get_names (program, &query.names);
    }
  query.model = model_target_new (query.names.tables, query.names.data, &number);
  query.tracks = g_hash_table_new (NULL, NULL);
  for (guint i = 0; i < raws->len; i++)
    add_event (&query, &g_array_index (raws, Raw, i).event, all);
  g_hash_table_unref (query.tracks);
  model_target_free (query.model);
  return TRUE;
}

static gboolean
search_program (InspectorHistory *self, HistoryProgram *program, const Query *shape, GPtrArray *all,
                GError **error)
{
  g_autoptr (GArray) raws = NULL;
  Query query = *shape;

  if (!history_program_open (program, shape->backwards ? shape->at_ns : shape->end_ns, error))
    return FALSE;
  query.reader = program->reader;
  query.number = program->number;
  raws = search (&query);
  return name_all (self, program, raws, all, error);
}

/* Stable: those of one instant stay as they were read. */
static void
trim (GPtrArray *all, const Query *shape)
{
  g_ptr_array_sort (all, compare);
  if (all->len > shape->max)
    g_ptr_array_remove_range (all, shape->backwards ? 0 : shape->max, all->len - shape->max);
}

static GPtrArray *
list_events (InspectorHistory *self, guint index, gint64 at_ns, gint64 end_ns, gint n,
             const char *const *types, GError **error)
{
  const Query shape = { .track =
                            index != G_MAXUINT ? inspector_history_peek_track (self, index) : NULL,
                        .types = parse_types (types),
                        .at_ns = at_ns,
                        .end_ns = end_ns,
                        .backwards = n < 0,
                        .max = (guint)CLAMP (ABS ((gint64)n), 0, MAX_EVENTS),
                        .history = self };
  g_autoptr (GPtrArray) all = g_ptr_array_new_with_free_func (event_free);

  g_return_val_if_fail (index == G_MAXUINT || shape.track != NULL, NULL);

  for (guint i = 0; i < self->programs->len; i++)
    {
      HistoryProgram *program = self->programs->pdata[i];

      if (shape.track != NULL && inspector_history_peek_program (self, shape.track) != program)
        continue;
      if (!search_program (self, program, &shape, all, error))
        return NULL;
    }
  trim (all, &shape);
  return g_steal_pointer (&all);
}

GPtrArray *
inspector_history_list_events (InspectorHistory *self, guint index, gint64 at_ns, gint n,
                               const char *const *types, GError **error)
{
  g_return_val_if_fail (INSPECTOR_IS_HISTORY (self), NULL);
  return list_events (self, index, at_ns, G_MAXINT64, n, types, error);
}

GPtrArray *
inspector_history_list_events_between (InspectorHistory *self, guint index, gint64 from_ns,
                                       gint64 to_ns, guint max, const char *const *types,
                                       GError **error)
{
  g_return_val_if_fail (INSPECTOR_IS_HISTORY (self), NULL);
  return list_events (self, index, from_ns, to_ns, (gint)MIN (max, MAX_EVENTS), types, error);
}

/* ---- In a thread -------------------------------------------------------------------------------- */

/* What is searched in one program, with a reader of the thread's own. */
typedef struct
{
  HistoryProgram *program; /* of the session's thread */
  char *path;
  guint32 number;
  GArray *found; /* Raw */
} Search;

typedef struct
{
  Query shape;
  GPtrArray *searches; /* Search */
} Searches;

static void
search_free (gpointer data)
{
  Search *search = data;

  g_clear_pointer (&search->found, g_array_unref);
  g_free (search->path);
  g_free (search);
}

static void
searches_free (gpointer data)
{
  Searches *searches = data;

  g_ptr_array_unref (searches->searches);
  g_free (searches);
}

static void
search_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Searches *searches = data;
  GError *error = NULL;

  for (guint i = 0; i < searches->searches->len; i++)
    {
      Search *one = searches->searches->pdata[i];
      Query query = searches->shape;

      query.reader = recording_reader_open (one->path, &error);
      if (query.reader == NULL)
        {
          g_task_return_error (task, error);
          return;
        }
      query.number = one->number;
      query.cancellable = cancellable;
      one->found = search (&query);
      recording_reader_close (query.reader);
    }
  g_task_return_boolean (task, TRUE);
}

static gboolean
add_search (Searches *searches, HistoryProgram *program, GError **error)
{
  Search *one;

  if (!history_program_is_recorded (program, error))
    return FALSE;
  if (program->writer != NULL)
    recording_writer_sync (program->writer);
  one = g_new0 (Search, 1);
  *one =
      (Search){ .program = program, .path = g_strdup (program->path), .number = program->number };
  g_ptr_array_add (searches->searches, one);
  return TRUE;
}

void
inspector_history_list_events_async (InspectorHistory *self, guint index, gint64 at_ns, gint n,
                                     const char *const *types, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, data);
  Searches *searches = g_new0 (Searches, 1);

  searches->searches = g_ptr_array_new_with_free_func (search_free);
  searches->shape = (Query){
    .track = index != G_MAXUINT ? inspector_history_peek_track (self, index) : NULL,
    .types = parse_types (types),
    .at_ns = at_ns,
    .end_ns = G_MAXINT64,
    .backwards = n < 0,
    .max = (guint)CLAMP (ABS ((gint64)n), 0, MAX_EVENTS),
  };
  g_task_set_task_data (task, searches, searches_free);
  for (guint i = 0; i < self->programs->len; i++)
    {
      HistoryProgram *program = self->programs->pdata[i];
      GError *error = NULL;

      if (searches->shape.track != NULL &&
          inspector_history_peek_program (self, searches->shape.track) != program)
        continue;
      if (!add_search (searches, program, &error))
        {
          g_task_return_error (task, error);
          return;
        }
    }
  g_task_run_in_thread (task, search_in_thread);
}

GPtrArray *
inspector_history_list_events_finish (InspectorHistory *self, GAsyncResult *result, GError **error)
{
  Searches *searches;
  g_autoptr (GPtrArray) all = NULL;

  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  if (!g_task_propagate_boolean (G_TASK (result), error))
    return NULL;
  searches = g_task_get_task_data (G_TASK (result));
  all = g_ptr_array_new_with_free_func (event_free);
  for (guint i = 0; i < searches->searches->len; i++)
    {
      Search *one = searches->searches->pdata[i];

      if (!name_all (self, one->program, one->found, all, error))
        return NULL;
    }
  trim (all, &searches->shape);
  return g_steal_pointer (&all);
}
