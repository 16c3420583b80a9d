/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_EVENT_H
#define EVENTS_EVENT_H

#include <inspector-history.h>
#include <query.h>

G_BEGIN_DECLS

/* What can be asked of an event; the rows of events_fields. */
typedef enum
{
  EVENTS_FIELD_TYPE,
  EVENTS_FIELD_KIND,
  EVENTS_FIELD_NAME,
  EVENTS_FIELD_TASK,
  EVENTS_FIELD_THREAD,
  EVENTS_FIELD_PLACE,
  EVENTS_FIELD_TEXT,
} EventsField;
extern const UiQueryField events_fields[];

/* A record, with the name of its task. */
typedef struct
{
  InspectorEvent *said; /* owned by whoever listed it */
  guint64 task;         /* number; 0: of none */
  char *name;
} EventsEvent;

gboolean events_event_matches (const EventsEvent *event, UiQuery *query);
/* (transfer container): the types that a query leaves, for inspector_history_list_events(); NULL: all */
const char **events_query_list_types (const UiQuery *query);

/* A column, or a line of the details. */
typedef struct
{
  const char *id;    /* header of CSV */
  const char *title; /* marked for translation */
  int width;         /* -1: what is left */
  gboolean is_number;
  char *(*dup_text) (const EventsEvent *event, gint64 origin_ns);
} EventsColumn;
extern const EventsColumn events_columns[];
#define EVENTS_N_COLUMNS 8u

/* (transfer full): with a header where @event is NULL */
char *events_event_to_csv (const EventsEvent *event, gint64 origin_ns);

G_END_DECLS

#endif
