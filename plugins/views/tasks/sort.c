/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

/* Sorting, grouping: by numbers alone, for there may be a million. */

typedef struct
{
  gint64 key;
  guint32 row, tie;
} Item;

typedef struct
{
  const TasksTable *table;
  TasksSort by;
  const guint32 *ranks; /* of words */
  guint n_ranks;
} Sorter;

/* What needs looking at comes first. */
static const guint8 state_order[INSPECTOR_N_STATES] = {
  [INSPECTOR_STATE_BLOCKED] = 0, [INSPECTOR_STATE_WAITING] = 1,  [INSPECTOR_STATE_RUNNING] = 2,
  [INSPECTOR_STATE_READY] = 3,   [INSPECTOR_STATE_SLEEPING] = 4, [INSPECTOR_STATE_RESTING] = 5,
  [INSPECTOR_STATE_UNKNOWN] = 6, [INSPECTOR_STATE_NONE] = 7,
};

static Sorter
sorter_new (const TasksTable *table, const TasksRequest *request)
{
  Sorter self = { table, request->sort };

  if (self.by == TASKS_SORT_NAME || self.by == TASKS_SORT_WAITING || self.by == TASKS_SORT_RUNTIME)
    self.ranks = tasks_words_get_ranks (table->words, &self.n_ranks);
  return self;
}

static guint32
rank (const Sorter *self, guint32 word)
{
  return word < self->n_ranks ? self->ranks[word] : self->n_ranks;
}

static gint64
get_key (const Sorter *self, const TasksRow *row)
{
  gint64 at_ns = self->table->at_ns;

  switch (self->by)
    {
    case TASKS_SORT_NAME:
      return rank (self, row->name);
    case TASKS_SORT_STATE:
      return state_order[row->said.state];
    case TASKS_SORT_WAITING:
      return (gint64)rank (self, row->kind) << 32 | rank (self, row->place);
    case TASKS_SORT_SINCE:
      return at_ns - row->said.since_ns;
    case TASKS_SORT_POLLS:
      return row->n_polls;
    case TASKS_SORT_AGE:
      return MIN (at_ns, row->said.end_ns) - row->said.begin_ns;
    case TASKS_SORT_RUNTIME:
      return rank (self, row->runtime);
    case TASKS_SORT_THREAD:
      return row->said.tid;
    case TASKS_SORT_PROCESS:
      return row->said.program;
    default:
      return (gint64)row->is_process << 62 | (gint64)row->said.number;
    }
}

static int
compare_up (const void *a, const void *b)
{
  const Item *x = a, *y = b;

  return x->key != y->key ? (x->key < y->key ? -1 : 1) : x->tie < y->tie ? -1 : x->tie > y->tie;
}

static int
compare_down (const void *a, const void *b)
{
  const Item *x = a, *y = b;

  return x->key != y->key ? (x->key > y->key ? -1 : 1) : x->tie < y->tie ? -1 : x->tie > y->tie;
}

static void
sort_items (Item *items, guint n, gboolean is_descending)
{
  gboolean is_sorted = TRUE;

  for (guint i = 1; i < n && is_sorted; i++)
    is_sorted = (is_descending ? compare_down : compare_up) (&items[i - 1], &items[i]) <= 0;
  if (!is_sorted)
    qsort (items, n, sizeof *items, is_descending ? compare_down : compare_up);
}

void
tasks_table_sort_rows (TasksTable *self, const TasksRequest *request, guint32 *rows, guint n)
{
  Sorter sorter = sorter_new (self, request);
  g_autofree Item *items = g_new (Item, n + 1);

  for (guint i = 0; i < n; i++)
    items[i] = (Item){ get_key (&sorter, &g_array_index (self->rows, TasksRow, rows[i])), rows[i],
                       rows[i] };
  sort_items (items, n, request->is_descending);
  for (guint i = 0; i < n; i++)
    rows[i] = items[i].row;
}

/* ---- Groups ------------------------------------------------------------------------------------- */

/* What its members have in common. */
typedef struct
{
  guint32 name, kind, place;
  guint8 state;
  guint32 group;
} GroupKey;

static guint
hash_key (gconstpointer data)
{
  const GroupKey *key = data;

  return ((key->name * 31 + key->kind) * 31 + key->place) * 31 + key->state;
}

static gboolean
equal_keys (gconstpointer a, gconstpointer b)
{
  const GroupKey *x = a, *y = b;

  return x->name == y->name && x->kind == y->kind && x->place == y->place && x->state == y->state;
}

static GroupKey
make_key (const TasksTable *self, const TasksRow *row, TasksGroup by)
{
  GroupKey key = { .name = tasks_words_get (self->words, row->name)->group };

  if (by == TASKS_GROUP_EQUAL)
    {
      key.kind = row->kind;
      /* Those that run are each at another place all the time. */
      key.place = row->kind != 0 ? row->place : 0;
      key.state = (guint8)row->said.state;
    }
  return key;
}

/* Never that of a task. */
static guint64
number_key (const GroupKey *key)
{
  guint64 number = G_GUINT64_CONSTANT (0xcbf29ce484222325);
  const guint32 parts[] = { key->name, key->kind, key->place, key->state };

  for (guint i = 0; i < G_N_ELEMENTS (parts); i++)
    number = (number ^ parts[i]) * G_GUINT64_CONSTANT (0x100000001b3);
  return number | G_GUINT64_CONSTANT (1) << 63;
}

static void
count_row (TasksTable *self, TasksGroupInfo *group, guint32 index)
{
  const TasksRow *row = &g_array_index (self->rows, TasksRow, index);

  if (group->n == 0)
    {
      group->longest = group->oldest = index;
      group->n_threads = row->said.tid != 0;
    }
  else
    {
      const TasksRow *longest = &g_array_index (self->rows, TasksRow, group->longest);

      if (row->said.since_ns < longest->said.since_ns)
        group->longest = index;
      if (row->said.begin_ns < g_array_index (self->rows, TasksRow, group->oldest).said.begin_ns)
        group->oldest = index;
      if (row->said.tid != 0 && row->said.tid != longest->said.tid)
        group->n_threads = 2;
    }
  group->n++;
  group->states[row->said.state]++;
  group->n_polls += row->n_polls;
}

static gint64
get_group_key (const Sorter *sorter, const TasksGroupInfo *group)
{
  const TasksTable *table = sorter->table;

  switch (sorter->by)
    {
    case TASKS_SORT_POLLS:
      return (gint64)group->n_polls;
    case TASKS_SORT_AGE:
      return get_key (sorter, &g_array_index (table->rows, TasksRow, group->oldest));
    case TASKS_SORT_STATE:
      for (guint order = 0; order < INSPECTOR_N_STATES; order++)
        for (guint state = 0; state < INSPECTOR_N_STATES; state++)
          if (state_order[state] == order && group->states[state] > 0)
            return order;
      return INSPECTOR_N_STATES;
    case TASKS_SORT_ID:
      return g_array_index (table->rows, TasksRow, table->order[group->first]).said.number;
    default:
      return get_key (sorter, &g_array_index (table->rows, TasksRow, group->longest));
    }
}

/* Members stay in the order in which they were sorted. */
static void
place_members (TasksTable *self, const guint32 *group_of)
{
  g_autofree guint32 *placed = g_new (guint32, self->n_order + 1);
  g_autofree guint32 *next = g_new (guint32, self->groups->len + 1);
  guint first = 0;

  for (guint i = 0; i < self->groups->len; i++)
    {
      TasksGroupInfo *group = &g_array_index (self->groups, TasksGroupInfo, i);

      next[i] = group->first = first;
      first += group->n;
    }
  for (guint i = 0; i < self->n_order; i++)
    placed[next[group_of[i]]++] = self->order[i];
  g_free (self->order);
  self->order = g_steal_pointer (&placed);
}

static void
list_groups (TasksTable *self, const TasksRequest *request, const Item *items)
{
  for (guint i = 0; i < self->groups->len; i++)
    {
      const TasksGroupInfo *group = &g_array_index (self->groups, TasksGroupInfo, items[i].row);
      gboolean is_open = group->n > 1 && request->toggled != NULL &&
                         g_hash_table_contains (request->toggled, GSIZE_TO_POINTER (group->key));
      TasksLine line = { .row = items[i].row,
                         .flags = TASKS_LINE_IS_GROUP | TASKS_LINE_HAS_CHILDREN |
                                  (is_open ? TASKS_LINE_IS_OPEN : 0) };

      /* What is alone is itself. */
      if (group->n == 1)
        line = (TasksLine){ .row = self->order[group->first] };
      g_array_append_val (self->lines, line);
      for (guint k = 0; is_open && k < group->n; k++)
        {
          line = (TasksLine){ .row = self->order[group->first + k], .depth = 1 };
          g_array_append_val (self->lines, line);
        }
    }
}

void
tasks_table_group (TasksTable *self, const TasksRequest *request)
{
  g_autoptr (GHashTable) known = g_hash_table_new_full (hash_key, equal_keys, g_free, NULL);
  g_autofree guint32 *group_of = g_new (guint32, self->n_order + 1);
  Sorter sorter = sorter_new (self, request);
  g_autofree Item *items = NULL;

  for (guint i = 0; i < self->n_order; i++)
    {
      GroupKey key =
          make_key (self, &g_array_index (self->rows, TasksRow, self->order[i]), request->group);
      GroupKey *found = g_hash_table_lookup (known, &key);

      if (found == NULL)
        {
          TasksGroupInfo group = { .key = number_key (&key) };

          key.group = self->groups->len;
          g_array_append_val (self->groups, group);
          found = g_memdup2 (&key, sizeof key);
          g_hash_table_add (known, found);
        }
      group_of[i] = found->group;
      count_row (self, &g_array_index (self->groups, TasksGroupInfo, found->group), self->order[i]);
    }
  place_members (self, group_of);
  items = g_new (Item, self->groups->len + 1);
  for (guint i = 0; i < self->groups->len; i++)
    items[i] =
        (Item){ get_group_key (&sorter, &g_array_index (self->groups, TasksGroupInfo, i)), i, i };
  sort_items (items, self->groups->len, request->is_descending);
  list_groups (self, request, items);
}
