/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "event.h"

#include <string.h>
#include <glib/gi18n-lib.h>

#include <csv.h>

static const char *const types[] = {
  "task-begin",   "task-end", "poll-begin", "poll-end", "await-begin", "await-end",
  "resume",       "suspend",  "wake",       "acquire",  "release",     "resource-begin",
  "resource-end", "state",    "attribute",  "point",    NULL,
};

const UiQueryField events_fields[] = {
  [EVENTS_FIELD_TYPE] = { "type", UI_QUERY_WORD, N_ ("what happened"), types },
  [EVENTS_FIELD_KIND] = { "kind", UI_QUERY_TEXT, N_ ("of what it is: uv.tcp-connect"), NULL, TRUE },
  [EVENTS_FIELD_NAME] = { "name", UI_QUERY_TEXT, N_ ("what its task is called"), NULL, TRUE },
  [EVENTS_FIELD_TASK] = { "task", UI_QUERY_NUMBER, N_ ("the number of its task") },
  [EVENTS_FIELD_THREAD] = { "thread", UI_QUERY_NUMBER, N_ ("the thread that said it") },
  [EVENTS_FIELD_PLACE] = { "place", UI_QUERY_TEXT, N_ ("where: request.c:88"), NULL, TRUE },
  [EVENTS_FIELD_TEXT] = { "text", UI_QUERY_TEXT,
                          N_ ("a state's name, an attribute's value, a status"), NULL, TRUE },
  { NULL },
};

static void
get_value (gpointer data, guint field, UiQueryValue *ret_value)
{
  const EventsEvent *event = data;

  switch ((EventsField)field)
    {
    case EVENTS_FIELD_TYPE:
      ret_value->number = -1;
      for (guint i = 0; types[i] != NULL; i++)
        if (g_strcmp0 (types[i], event->said->type) == 0)
          ret_value->number = i;
      return;
    case EVENTS_FIELD_KIND:
      ret_value->text = event->said->kind;
      return;
    case EVENTS_FIELD_NAME:
      ret_value->text = event->name;
      return;
    case EVENTS_FIELD_TASK:
      ret_value->number = (gint64)event->task;
      return;
    case EVENTS_FIELD_THREAD:
      ret_value->number = event->said->tid;
      return;
    case EVENTS_FIELD_PLACE:
      ret_value->text = event->said->place;
      return;
    case EVENTS_FIELD_TEXT:
      ret_value->text = event->said->text;
      return;
    }
}

gboolean
events_event_matches (const EventsEvent *event, UiQuery *query)
{
  return ui_query_is_empty (query) || ui_query_match (query, get_value, (gpointer)event);
}

const char **
events_query_list_types (const UiQuery *query)
{
  g_autoptr (GPtrArray) wanted = g_ptr_array_new ();

  for (guint i = 0; types[i] != NULL; i++)
    if (ui_query_wants_word (query, EVENTS_FIELD_TYPE, i))
      g_ptr_array_add (wanted, (gpointer)types[i]);
  if (wanted->len == 0)
    return NULL;
  g_ptr_array_add (wanted, NULL);
  return (const char **)g_ptr_array_free (g_steal_pointer (&wanted), FALSE);
}

/* ---- Columns ------------------------------------------------------------------------------------ */

/* To the nanosecond: what is near one another has to be told apart. */
static char *
dup_time (const EventsEvent *event, gint64 origin_ns)
{
  gint64 ns = event->said->at_ns - origin_ns;

  return g_strdup_printf ("%s%" G_GINT64_FORMAT ".%09" G_GINT64_FORMAT, ns < 0 ? "-" : "",
                          ABS (ns) / 1000000000, ABS (ns) % 1000000000);
}

static char *
dup_type (const EventsEvent *event, gint64 origin_ns)
{
  return g_strdup (event->said->type);
}

static char *
dup_kind (const EventsEvent *event, gint64 origin_ns)
{
  return g_strdup (event->said->kind);
}

static char *
dup_task (const EventsEvent *event, gint64 origin_ns)
{
  return event->task != 0 ? g_strdup_printf ("#%" G_GUINT64_FORMAT " %s", event->task, event->name)
                          : g_strdup ("");
}

static char *
dup_tid (const EventsEvent *event, gint64 origin_ns)
{
  return event->said->tid != 0 ? g_strdup_printf ("%d", event->said->tid) : g_strdup ("");
}

static char *
dup_place (const EventsEvent *event, gint64 origin_ns)
{
  return g_strdup (event->said->place);
}

static char *
dup_text (const EventsEvent *event, gint64 origin_ns)
{
  return g_strdup (event->said->text);
}

static char *
dup_object (const EventsEvent *event, gint64 origin_ns)
{
  return event->said->object != 0
             ? g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", event->said->object)
             : g_strdup ("");
}

const EventsColumn events_columns[] = {
  { "time_s", N_ ("Time (s)"), 120, TRUE, dup_time },
  { "type", N_ ("Event"), 120, FALSE, dup_type },
  { "kind", N_ ("Kind"), 130, FALSE, dup_kind },
  { "task", N_ ("Task"), 190, FALSE, dup_task },
  { "text", N_ ("What it says"), -1, FALSE, dup_text },
  { "place", N_ ("Place"), 190, FALSE, dup_place },
  { "thread", N_ ("Thread"), 72, TRUE, dup_tid },
  { "object", N_ ("Object"), 140, TRUE, dup_object },
};
G_STATIC_ASSERT (G_N_ELEMENTS (events_columns) == EVENTS_N_COLUMNS);

char *
events_event_to_csv (const EventsEvent *event, gint64 origin_ns)
{
  GString *csv = g_string_new (NULL);

  for (guint i = 0; i < EVENTS_N_COLUMNS; i++)
    {
      g_autofree char *text = event != NULL ? events_columns[i].dup_text (event, origin_ns)
                                            : g_strdup (events_columns[i].id);

      ui_csv_append (csv, text);
    }
  ui_csv_end_line (csv);
  return g_string_free (csv, FALSE);
}
