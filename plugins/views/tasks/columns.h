/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TASKS_COLUMNS_H
#define TASKS_COLUMNS_H

#include "model.h"

G_BEGIN_DECLS

/* A column of the table. */
typedef struct
{
  const char *id;    /* in what is saved, and the header of CSV */
  const char *title; /* marked for translation */
  const char *help;  /* the same */
  int width;         /* -1: what is left */
  TasksSort sort;
  gboolean is_number; /* stands at the end */
  gboolean is_shown;  /* unless somebody says otherwise */
  /* (nullable) what stands in it at a line; @plain: for a machine: nanoseconds, and each word alone */
  char *(*dup_text) (const TasksTable *table, guint line, gboolean plain);
} TasksColumn;

extern const TasksColumn tasks_columns[];
#define TASKS_N_COLUMNS 13u

/* What is called so; TASKS_N_COLUMNS: none. */
guint tasks_columns_find (const char *id);
/* (transfer full) of all that is asked for, whether it is folded or not */
char *tasks_columns_to_csv (const TasksTable *table);
/* (transfer full) one line, for the clipboard */
char *tasks_columns_dup_line (const TasksTable *table, guint line);

G_END_DECLS

#endif
