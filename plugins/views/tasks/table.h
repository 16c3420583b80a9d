/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_TABLE_H
#define TASKS_TABLE_H

#include <query.h>

#include "words.h"

G_BEGIN_DECLS

/* The tasks of one instant as lines of a table: filtered, grouped, sorted. Made by a thread of its own, and
 * never changed after that; nothing of GTK is needed. */

/* What can be asked for; the rows of tasks_fields. */
typedef enum
{
  TASKS_FIELD_NAME,
  TASKS_FIELD_KIND,
  TASKS_FIELD_FOR,
  TASKS_FIELD_PLACE,
  TASKS_FIELD_RUNTIME,
  TASKS_FIELD_STATE,
  TASKS_FIELD_WAIT,
  TASKS_FIELD_SINCE,
  TASKS_FIELD_AGE,
  TASKS_FIELD_POLLS,
  TASKS_FIELD_THREAD,
  TASKS_FIELD_ID,
  TASKS_FIELD_PARENT,
} TasksField;
extern const UiQueryField tasks_fields[];
/* The words of TASKS_FIELD_STATE are the states, and this one stands for NONE; those of TASKS_FIELD_FOR are the
 * families of waits. */
#define TASKS_ENDED INSPECTOR_STATE_NONE

typedef enum
{
  TASKS_GROUP_NONE,
  TASKS_GROUP_EQUAL, /* those of one name that wait for the same at the same place */
  TASKS_GROUP_NAME,  /* those of one name */
  TASKS_GROUP_TREE,  /* below the one that began it */
  TASKS_N_GROUPS
} TasksGroup;

/* What lines are sorted by. */
typedef enum
{
  TASKS_SORT_ID,
  TASKS_SORT_NAME,
  TASKS_SORT_STATE,
  TASKS_SORT_WAITING,
  TASKS_SORT_SINCE,
  TASKS_SORT_POLLS,
  TASKS_SORT_AGE,
  TASKS_SORT_RUNTIME,
  TASKS_SORT_THREAD,
  TASKS_SORT_PROCESS,
} TasksSort;

typedef struct
{
  InspectorRow said;
  guint track;
  guint32 name, kind, place, runtime; /* words */
  guint32 n_polls;
  gboolean is_process; /* another one, that a task waits for: no task, and told after them */
} TasksRow;

enum
{
  TASKS_LINE_IS_GROUP = 1 << 0,
  TASKS_LINE_HAS_CHILDREN = 1 << 1,
  TASKS_LINE_IS_OPEN = 1 << 2,
  TASKS_LINE_IS_DIM = 1 << 3, /* it is there for what is below it */
};

typedef struct
{
  guint32 row; /* of a group: its number in the table */
  guint16 depth;
  guint16 flags;
} TasksLine;

typedef struct
{
  guint64 key;      /* the same for the same group at another instant */
  guint32 first, n; /* rows of it, in the table's order */
  guint32 states[INSPECTOR_N_STATES];
  guint32 longest; /* row that has done so for longest */
  guint32 oldest;
  guint32 n_threads; /* 0, 1 or 2: several */
  guint64 n_polls;
} TasksGroupInfo;

/* Some lines were replaced by others, as in GListModel::items-changed. */
typedef struct
{
  guint position, n_removed, n_added;
} TasksChange;

typedef struct
{
  gatomicrefcount refs;
  InspectorHistory *history;
  TasksWords *words;
  gint64 at_ns;
  guint64 n_changes;  /* of the history, when it was looked at */
  gboolean has_ended; /* rows of tasks that had ended are there */

  GArray *rows;                            /* TasksRow */
  guint32 *order;                          /* rows that are shown, sorted */
  guint n_processes, n_processes_in_order; /* of the rows; of those that the filter lets through */
  guint n_order;
  GArray *groups; /* TasksGroupInfo */
  GArray *lines;  /* TasksLine */
  guint n_alive;
  guint counts[INSPECTOR_N_STATES]; /* of all that were looked at, by state */
  gboolean is_tree;

  /* From the table before to this one. */
  GArray *changes;    /* TasksChange, each after those before it were made */
  gboolean has_moved; /* lines stand in another order: each has to be read again */
} TasksTable;

typedef struct
{
  InspectorHistory *history;
  TasksWords *words;
  TasksTable *previous; /* (nullable) */
  UiQuery *query;       /* (nullable); of the thread that makes the table, meanwhile */
  gint64 at_ns;
  TasksGroup group;
  TasksSort sort;
  gboolean is_descending;
  gboolean with_ended;
  GHashTable *
      toggled; /* (nullable) keys of lines that are open, or closed in a tree; not changed meanwhile */
} TasksRequest;

/* (nullable): it was cancelled */
TasksTable *tasks_table_new (const TasksRequest *request, GCancellable *cancellable);
TasksTable *tasks_table_ref (TasksTable *table);
void tasks_table_unref (TasksTable *table);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TasksTable, tasks_table_unref)

static inline guint
tasks_table_get_n_lines (const TasksTable *table)
{
  return table != NULL ? table->lines->len : 0;
}
const TasksLine *tasks_table_get_line (const TasksTable *table, guint line);
/* NULL: it is not of a group. */
const TasksGroupInfo *tasks_table_get_group (const TasksTable *table, guint line);
/* That the line is of; of a group, the one that has done so for longest. */
const TasksRow *tasks_table_get_row (const TasksTable *table, guint line);
/* What its line is known by in TasksRequest.toggled. */
guint64 tasks_table_get_key (const TasksTable *table, guint line);
/* The line of a task, or of the closed group that has it; FALSE: it is not shown. */
gboolean tasks_table_find (const TasksTable *table, guint64 number, guint *ret_line);

/* Between the files that make a table. */
void tasks_table_sort (TasksTable *table, const TasksRequest *request);
void tasks_table_group (TasksTable *table, const TasksRequest *request);
void tasks_table_grow_tree (TasksTable *table, const TasksRequest *request, const guint8 *matches);
void tasks_table_compare (TasksTable *table, const TasksTable *previous);
/* Sorts some rows of the order by what the request asks for. */
void tasks_table_sort_rows (TasksTable *table, const TasksRequest *request, guint32 *rows, guint n);

G_END_DECLS

#endif
