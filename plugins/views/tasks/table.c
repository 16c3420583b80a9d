/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <string.h>

/* Tracks that are asked for at once. */
#define BLOCK 1024u

/* ---- Life --------------------------------------------------------------------------------------- */

static TasksTable *
table_new (const TasksRequest *request)
{
  TasksTable *self = g_new0 (TasksTable, 1);

  g_atomic_ref_count_init (&self->refs);
  self->history = g_object_ref (request->history);
  self->words = tasks_words_ref (request->words);
  self->at_ns = request->at_ns;
  self->has_ended = request->with_ended;
  self->is_tree = request->group == TASKS_GROUP_TREE;
  self->groups = g_array_new (FALSE, FALSE, sizeof (TasksGroupInfo));
  self->lines = g_array_new (FALSE, FALSE, sizeof (TasksLine));
  self->changes = g_array_new (FALSE, FALSE, sizeof (TasksChange));
  return self;
}

TasksTable *
tasks_table_ref (TasksTable *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

/* The history is let go by whoever lets go last, which may be the thread: it is one reference of many. */
void
tasks_table_unref (TasksTable *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_clear_pointer (&self->rows, g_array_unref);
  g_array_unref (self->groups);
  g_array_unref (self->lines);
  g_array_unref (self->changes);
  g_free (self->order);
  tasks_words_unref (self->words);
  g_object_unref (self->history);
  g_free (self);
}

/* ---- Gathering ---------------------------------------------------------------------------------- */

static void
add_row (TasksTable *self, const InspectorRow *said, guint track)
{
  TasksRow row = { .said = *said, .track = track };

  g_array_append_val (self->rows, row);
}

static gboolean
is_wanted (const TasksTable *self, const InspectorRow *row)
{
  return row->begin_ns <= self->at_ns && (self->has_ended || row->state != INSPECTOR_STATE_NONE);
}

static gboolean
gather (TasksTable *self, GCancellable *cancellable)
{
  InspectorRow *block = g_new (InspectorRow, BLOCK);
  guint n, first = 0;

  self->n_changes = inspector_history_get_n_changes (self->history);
  self->rows = g_array_new (FALSE, FALSE, sizeof (TasksRow));
  while ((n = inspector_history_get_rows (self->history, first, BLOCK, self->at_ns, block)) > 0)
    {
      for (guint i = 0; i < n; i++)
        if (is_wanted (self, &block[i]))
          add_row (self, &block[i], first + i);
      first += n;
      if (g_cancellable_is_cancelled (cancellable))
        break;
    }
  g_free (block);
  return !g_cancellable_is_cancelled (cancellable);
}

/* There are few kinds and places, and many tasks: most find theirs here, without a lock. */
#define N_SLOTS 1024u

typedef struct
{
  guint64 keys[2][N_SLOTS]; /* of kinds, of places; + 1 */
  guint32 words[2][N_SLOTS];
} Slots;

static guint32
find_word (TasksTable *self, Slots *slots, const TasksRow *row, guint32 number, gboolean is_place)
{
  guint64 key = ((guint64)row->said.program << 32 | number) + 1;
  guint slot = (number * 2654435761u + row->said.program) >> 7 & (N_SLOTS - 1);
  guint32 word;

  if (slots->keys[is_place][slot] == key)
    return slots->words[is_place][slot];
  word = is_place
             ? tasks_words_find_place (self->words, row->track, row->said.program, number)
             : tasks_words_find_kind (self->words, row->track, row->said.program, (guint16)number);
  slots->keys[is_place][slot] = key;
  slots->words[is_place][slot] = word;
  return word;
}

/* Words come later than what they name: those that were there before are looked at again. */
static void
find_words (TasksTable *self)
{
  g_autofree Slots *slots = g_new0 (Slots, 1);

  for (guint i = 0; i < self->rows->len; i++)
    {
      TasksRow *row = &g_array_index (self->rows, TasksRow, i);
      guint16 kind = row->said.kind != 0 ? row->said.kind : row->said.last_kind;
      guint32 last = find_word (self, slots, row, kind, FALSE);

      row->name = tasks_words_get_name (self->words, row->track);
      row->place = find_word (self, slots, row, row->said.location, TRUE);
      row->kind = row->said.kind != 0 ? last : 0;
      row->runtime = tasks_words_get (self->words, last)->runtime;
      row->is_process = tasks_words_get (self->words, last)->is_process;
    }
}

static gboolean
needs_polls (const TasksRequest *request)
{
  return request->sort == TASKS_SORT_POLLS ||
         ui_query_has_field (request->query, TASKS_FIELD_POLLS) ||
         request->group == TASKS_GROUP_EQUAL || request->group == TASKS_GROUP_NAME;
}

static void
count_polls (TasksTable *self)
{
  for (guint i = 0; i < self->rows->len; i++)
    {
      TasksRow *row = &g_array_index (self->rows, TasksRow, i);
      InspectorPollCount count = { 0 };

      row->n_polls = (guint32)MIN (
          inspector_history_count_polls (self->history, row->track, self->at_ns, &count),
          G_MAXUINT32);
    }
}

/* ---- Filtering ---------------------------------------------------------------------------------- */

typedef struct
{
  const TasksTable *table;
  const TasksRow *row;
} Subject;

static gboolean
is_waiting (InspectorState state)
{
  return state == INSPECTOR_STATE_WAITING || state == INSPECTOR_STATE_SLEEPING ||
         state == INSPECTOR_STATE_RESTING || state == INSPECTOR_STATE_BLOCKED;
}

static void
set_word (const Subject *subject, guint32 word, UiQueryValue *ret_value)
{
  ret_value->text = tasks_words_get (subject->table->words, word)->text;
  ret_value->id = word;
}

static void
get_value (gpointer data, guint field, UiQueryValue *ret_value)
{
  const Subject *subject = data;
  const TasksRow *row = subject->row;
  gint64 at_ns = subject->table->at_ns;

  switch ((TasksField)field)
    {
    case TASKS_FIELD_NAME:
      set_word (subject, row->name, ret_value);
      return;
    case TASKS_FIELD_KIND:
      set_word (subject, row->kind, ret_value);
      return;
    case TASKS_FIELD_PLACE:
      set_word (subject, row->place, ret_value);
      return;
    case TASKS_FIELD_RUNTIME:
      set_word (subject, row->runtime, ret_value);
      return;
    case TASKS_FIELD_FOR:
      ret_value->number = row->said.family;
      return;
    case TASKS_FIELD_STATE:
      ret_value->number = row->said.state;
      return;
    case TASKS_FIELD_WAIT:
      ret_value->number = is_waiting (row->said.state) ? at_ns - row->said.since_ns : 0;
      return;
    case TASKS_FIELD_SINCE:
      ret_value->number = at_ns - row->said.since_ns;
      return;
    case TASKS_FIELD_AGE:
      ret_value->number = MIN (at_ns, row->said.end_ns) - row->said.begin_ns;
      return;
    case TASKS_FIELD_POLLS:
      ret_value->number = row->n_polls;
      return;
    case TASKS_FIELD_THREAD:
      ret_value->number = row->said.tid;
      return;
    case TASKS_FIELD_ID:
      ret_value->number = (gint64)row->said.number;
      return;
    case TASKS_FIELD_PARENT:
      ret_value->number = (gint64)row->said.parent;
      return;
    }
}

static gboolean
matches (TasksTable *self, const TasksRequest *request, guint i)
{
  Subject subject = { self, &g_array_index (self->rows, TasksRow, i) };
  InspectorState state = subject.row->said.state;

  if (state == INSPECTOR_STATE_NONE && !request->with_ended)
    return FALSE;
  return ui_query_is_empty (request->query) || ui_query_match (request->query, get_value, &subject);
}

static guint8 *
filter (TasksTable *self, const TasksRequest *request)
{
  guint8 *matching = g_new0 (guint8, self->rows->len + 1);

  self->order = g_new (guint32, self->rows->len + 1);
  for (guint i = 0; i < self->rows->len; i++)
    {
      const TasksRow *row = &g_array_index (self->rows, TasksRow, i);

      /* Other processes are not counted as tasks. */
      self->n_processes += row->is_process;
      self->counts[row->said.state] += !row->is_process;
      self->n_alive += row->said.state != INSPECTOR_STATE_NONE;
      matching[i] = matches (self, request, i);
      if (!matching[i])
        continue;
      self->n_processes_in_order += row->is_process;
      self->order[self->n_order++] = i;
    }
  return matching;
}

/* ---- Lines -------------------------------------------------------------------------------------- */

static void
list_rows (TasksTable *self)
{
  g_array_set_size (self->lines, self->n_order);
  for (guint i = 0; i < self->n_order; i++)
    g_array_index (self->lines, TasksLine, i) = (TasksLine){ .row = self->order[i] };
}

/* What was there at an instant does not change, once it is past. */
static gboolean
can_take_rows (const TasksTable *self, const TasksTable *previous)
{
  return previous != NULL && previous->rows != NULL && previous->at_ns == self->at_ns &&
         previous->has_ended == self->has_ended &&
         previous->n_changes == inspector_history_get_n_changes (self->history);
}

/* A copy, for words and polls are put into it. */
static void
take_rows (TasksTable *self, const TasksTable *previous)
{
  self->n_changes = previous->n_changes;
  self->rows = g_array_sized_new (FALSE, FALSE, sizeof (TasksRow), previous->rows->len);
  g_array_append_vals (self->rows, previous->rows->data, previous->rows->len);
}

TasksTable *
tasks_table_new (const TasksRequest *request, GCancellable *cancellable)
{
  g_autoptr (TasksTable) self = table_new (request);
  g_autofree guint8 *matching = NULL;

  /* Those that have ended hold a tree together. */
  self->has_ended |= self->is_tree;
  if (can_take_rows (self, request->previous))
    take_rows (self, request->previous);
  else if (!gather (self, cancellable))
    return NULL;
  find_words (self);
  if (needs_polls (request))
    count_polls (self);
  matching = filter (self, request);
  if (g_cancellable_is_cancelled (cancellable))
    return NULL;
  if (self->is_tree)
    tasks_table_grow_tree (self, request, matching);
  else
    {
      tasks_table_sort_rows (self, request, self->order, self->n_order);
      if (request->group == TASKS_GROUP_NONE)
        list_rows (self);
      else
        tasks_table_group (self, request);
    }
  tasks_table_compare (self, request->previous);
  return g_steal_pointer (&self);
}

/* ---- Reading ------------------------------------------------------------------------------------ */

const TasksLine *
tasks_table_get_line (const TasksTable *self, guint line)
{
  return &g_array_index (self->lines, TasksLine, line);
}

const TasksGroupInfo *
tasks_table_get_group (const TasksTable *self, guint line)
{
  const TasksLine *found = tasks_table_get_line (self, line);

  return (found->flags & TASKS_LINE_IS_GROUP) != 0
             ? &g_array_index (self->groups, TasksGroupInfo, found->row)
             : NULL;
}

const TasksRow *
tasks_table_get_row (const TasksTable *self, guint line)
{
  const TasksGroupInfo *group = tasks_table_get_group (self, line);

  return &g_array_index (self->rows, TasksRow,
                         group != NULL ? group->longest : tasks_table_get_line (self, line)->row);
}

guint64
tasks_table_get_key (const TasksTable *self, guint line)
{
  const TasksGroupInfo *group = tasks_table_get_group (self, line);

  return group != NULL ? group->key : tasks_table_get_row (self, line)->said.number;
}

static gboolean
has_task (const TasksTable *self, const TasksGroupInfo *group, guint64 number)
{
  for (guint i = group->first; i < group->first + group->n; i++)
    if (g_array_index (self->rows, TasksRow, self->order[i]).said.number == number)
      return TRUE;
  return FALSE;
}

gboolean
tasks_table_find (const TasksTable *self, guint64 number, guint *ret_line)
{
  for (guint i = 0; number != 0 && i < tasks_table_get_n_lines (self); i++)
    {
      const TasksGroupInfo *group = tasks_table_get_group (self, i);

      if (group == NULL ? tasks_table_get_row (self, i)->said.number == number
                        : (tasks_table_get_line (self, i)->flags & TASKS_LINE_IS_OPEN) == 0 &&
                              has_task (self, group, number))
        {
          *ret_line = i;
          return TRUE;
        }
    }
  return FALSE;
}
