/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "columns.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include <colours.h>
#include <csv.h>

static const char *
word (const TasksTable *table, guint32 number)
{
  return tasks_words_get (table->words, number)->text;
}

static char *
dup_duration (gint64 ns, gboolean plain)
{
  return plain ? g_strdup_printf ("%" G_GINT64_FORMAT, ns)
               : inspector_format_duration (MAX (ns, 0));
}

static char *
dup_id (const TasksTable *table, guint line, gboolean plain)
{
  if (tasks_table_get_group (table, line) != NULL)
    return g_strdup ("");
  return g_strdup_printf ("%" G_GUINT64_FORMAT, tasks_table_get_row (table, line)->said.number);
}

/* Words are read by this thread: a name that the table does not have yet may be there by now. */
static char *
dup_name (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  const TasksRow *row = tasks_table_get_row (table, line);
  guint32 name = row->name != 0 ? row->name : tasks_words_get_name (table->words, row->track);

  if (name == 0)
    return inspector_history_dup_name (table->history, row->track);
  return g_strdup (
      word (table, group != NULL ? tasks_words_get (table->words, name)->group : name));
}

static char *
dup_state (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  const TasksRow *row = tasks_table_get_row (table, line);
  InspectorState state = row->said.state;

  if (plain)
    return g_strdup (tasks_fields[TASKS_FIELD_STATE].words[state]);
  if (group != NULL && group->states[state] != group->n)
    {
      g_autoptr (GString) text = g_string_new (NULL);

      for (guint i = 1; i <= INSPECTOR_N_STATES; i++)
        {
          guint at = i % INSPECTOR_N_STATES;
          g_autofree char *count = inspector_format_count (group->states[at]);

          if (group->states[at] > 0)
            g_string_append_printf (text, "%s%s %s", text->len > 0 ? ", " : "", count,
                                    at == TASKS_ENDED ? _ ("ended") : ui_state_get_name (at));
        }
      return g_string_free (g_steal_pointer (&text), FALSE);
    }
  if (state == TASKS_ENDED && group == NULL && row->said.end_is_inferred)
    return g_strdup (_ ("ended (inferred)"));
  return g_strdup (state == TASKS_ENDED ? _ ("ended") : ui_state_get_name (state));
}

static char *
dup_since (const TasksTable *table, guint line, gboolean plain)
{
  gint64 age_ns = table->at_ns - tasks_table_get_row (table, line)->said.since_ns;

  /* Of the one instant of a core file it is not known since when. */
  return age_ns > 0 ? dup_duration (age_ns, plain) : g_strdup ("");
}

static gboolean
is_one_wait (const TasksTable *table, const TasksGroupInfo *group)
{
  const TasksRow *first = &g_array_index (table->rows, TasksRow, table->order[group->first]);

  for (guint i = group->first; i < group->first + MIN (group->n, 64u); i++)
    {
      const TasksRow *row = &g_array_index (table->rows, TasksRow, table->order[i]);

      if (row->kind != first->kind || row->place != first->place)
        return FALSE;
    }
  return TRUE;
}

static char *
dup_waiting (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  const TasksRow *row = tasks_table_get_row (table, line);
  guint32 kind = row->said.kind == 0 ? 0
                 : row->kind != 0    ? row->kind
                                     : tasks_words_read_kind (table->words, row->track,
                                                              row->said.program, row->said.kind);

  if (group != NULL && !is_one_wait (table, group))
    return g_strdup_printf (_ ("%s and others"), word (table, kind));
  return g_strdup (word (table, kind));
}

static char *
dup_place (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  const TasksRow *row = tasks_table_get_row (table, line);

  if (group != NULL && !is_one_wait (table, group))
    return g_strdup ("");
  return g_strdup (word (table, row->place != 0 ? row->place
                                                : tasks_words_read_place (table->words, row->track,
                                                                          row->said.program,
                                                                          row->said.location)));
}

static char *
dup_polls (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  InspectorPollCount count = { 0 };
  guint64 n =
      group != NULL
          ? group->n_polls
          : inspector_history_count_polls (table->history, tasks_table_get_row (table, line)->track,
                                           table->at_ns, &count);

  return plain ? g_strdup_printf ("%" G_GUINT64_FORMAT, n) : inspector_format_count (n);
}

static char *
dup_age (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  const TasksRow *row = group != NULL ? &g_array_index (table->rows, TasksRow, group->oldest)
                                      : tasks_table_get_row (table, line);

  return dup_duration (MIN (table->at_ns, row->said.end_ns) - row->said.begin_ns, plain);
}

static char *
dup_runtime (const TasksTable *table, guint line, gboolean plain)
{
  const TasksRow *row = tasks_table_get_row (table, line);

  return g_strdup (word (table, row->runtime));
}

static char *
dup_thread (const TasksTable *table, guint line, gboolean plain)
{
  const TasksGroupInfo *group = tasks_table_get_group (table, line);
  const TasksRow *row = tasks_table_get_row (table, line);

  if (group != NULL && group->n_threads > 1)
    return g_strdup (_ ("several"));
  return row->said.tid != 0 ? g_strdup_printf ("%d", row->said.tid) : g_strdup ("");
}

static char *
dup_parent (const TasksTable *table, guint line, gboolean plain)
{
  const TasksRow *row = tasks_table_get_row (table, line);

  if (tasks_table_get_group (table, line) != NULL || row->said.parent == 0)
    return g_strdup ("");
  return g_strdup_printf ("%" G_GUINT64_FORMAT, row->said.parent);
}

static char *
dup_process (const TasksTable *table, guint line, gboolean plain)
{
  InspectorTrack track;

  inspector_history_get_track (table->history, tasks_table_get_row (table, line)->track, &track);
  return g_strdup_printf ("%d", track.pid);
}

const TasksColumn tasks_columns[] = {
  { "id", N_ ("#"), N_ ("The task's number"), 56, TASKS_SORT_ID, TRUE, TRUE, dup_id },
  { "name", N_ ("Name"),
    N_ ("What the task is called: by its program, else by the function that began it"), 170,
    TASKS_SORT_NAME, FALSE, TRUE, dup_name },
  { "state", N_ ("State"), N_ ("What it does"), 110, TASKS_SORT_STATE, FALSE, TRUE, dup_state },
  { "since", N_ ("For"), N_ ("How long it has done that"), 72, TASKS_SORT_SINCE, TRUE, TRUE,
    dup_since },
  { "waiting", N_ ("Waiting for"), N_ ("What it waits for"), -1, TASKS_SORT_WAITING, FALSE, TRUE,
    dup_waiting },
  { "place", N_ ("Place"), N_ ("Where that wait began, or what runs"), 150, TASKS_SORT_WAITING,
    FALSE, TRUE, dup_place },
  { "steps", N_ ("Steps"),
    N_ ("What it has done, waits for, and what earlier tasks of its kind did next"), 90,
    TASKS_SORT_ID, FALSE, TRUE, NULL },
  { "polls", N_ ("Polls"), N_ ("How often it was polled"), 60, TASKS_SORT_POLLS, TRUE, TRUE,
    dup_polls },
  { "age", N_ ("Age"), N_ ("How long ago it began; of one that has ended, how long it lived"), 72,
    TASKS_SORT_AGE, TRUE, TRUE, dup_age },
  { "runtime", N_ ("Runtime"), N_ ("What runs it, by what it waits for"), 72, TASKS_SORT_RUNTIME,
    FALSE, TRUE, dup_runtime },
  { "thread", N_ ("Thread"), N_ ("The thread that ran it last"), 72, TASKS_SORT_THREAD, TRUE, TRUE,
    dup_thread },
  { "parent", N_ ("Begun by"), N_ ("The number of the task that began it"), 80, TASKS_SORT_ID, TRUE,
    FALSE, dup_parent },
  { "process", N_ ("Process"), N_ ("The process that it is in"), 80, TASKS_SORT_PROCESS, TRUE,
    FALSE, dup_process },
};
G_STATIC_ASSERT (G_N_ELEMENTS (tasks_columns) == TASKS_N_COLUMNS);

guint
tasks_columns_find (const char *id)
{
  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    if (g_strcmp0 (tasks_columns[i].id, id) == 0)
      return i;
  return TASKS_N_COLUMNS;
}

/* ---- As text ------------------------------------------------------------------------------------ */

static void
append_row (GString *csv, const TasksTable *table, guint line)
{
  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    {
      g_autofree char *text = NULL;

      if (tasks_columns[i].dup_text == NULL)
        continue;
      text = tasks_columns[i].dup_text (table, line, TRUE);
      ui_csv_append (csv, text);
    }
  ui_csv_end_line (csv);
}

char *
tasks_columns_to_csv (const TasksTable *table)
{
  /* A table whose lines are the tasks, without groups: lines of the same form over the same rows. */
  TasksTable flat = *table;
  GString *csv = g_string_new (NULL);
  g_autoptr (GArray) lines = g_array_new (FALSE, FALSE, sizeof (TasksLine));

  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    {
      gboolean is_time =
          tasks_columns[i].dup_text == dup_since || tasks_columns[i].dup_text == dup_age;
      g_autofree char *name = g_strconcat (tasks_columns[i].id, is_time ? "_ns" : NULL, NULL);

      if (tasks_columns[i].dup_text != NULL)
        ui_csv_append (csv, name);
    }
  ui_csv_end_line (csv);
  for (guint i = 0; i < table->n_order; i++)
    {
      TasksLine line = { .row = table->order[i] };

      g_array_append_val (lines, line);
    }
  flat.lines = lines;
  for (guint i = 0; i < lines->len; i++)
    append_row (csv, &flat, i);
  return g_string_free (csv, FALSE);
}

char *
tasks_columns_dup_line (const TasksTable *table, guint line)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < TASKS_N_COLUMNS; i++)
    {
      g_autofree char *cell = NULL;

      if (tasks_columns[i].dup_text == NULL || !tasks_columns[i].is_shown)
        continue;
      cell = tasks_columns[i].dup_text (table, line, FALSE);
      g_string_append_printf (text, "%s%s", text->len > 0 ? "\t" : "", cell);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}
