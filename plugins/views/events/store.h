/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EVENTS_STORE_H
#define EVENTS_STORE_H

#include "event.h"

G_BEGIN_DECLS

/* A window of the events of a session: some around an instant, and more at either end when they are asked for.
 * They are read in a thread; what does not match is passed over, and reading goes on until enough match, or it
 * has gone on for long: then it says how far it came, and goes on when it is asked again. */

typedef struct _EventsStore EventsStore;

typedef enum
{
  EVENTS_EARLIER,
  EVENTS_LATER,
} EventsEnd;

typedef struct
{
  /* @n_removed at @position were replaced by @n_added. */
  void (*changed) (EventsStore *store, guint position, guint n_removed, guint n_added,
                   gpointer data);
  /* It reads, or has come to an end of reading; ask the store. */
  void (*state_changed) (EventsStore *store, gpointer data);
} EventsStoreFuncs;

EventsStore *events_store_new (const EventsStoreFuncs *funcs, gpointer data);
/* What is being read is cancelled. */
void events_store_free (EventsStore *store);

/* Empties it, and reads around @at_ns. @track: %G_MAXUINT: all; @query: (nullable) (transfer full) */
void events_store_start (EventsStore *store, InspectorHistory *history, guint track, UiQuery *query,
                         gint64 at_ns);
/* Reads on at one end, if there may be more and nothing is being read there. */
void events_store_read (EventsStore *store, EventsEnd end);
/* More has happened: there may be more at the later end. */
void events_store_grow (EventsStore *store);

/* An event outlives the store where somebody holds it. */
EventsEvent *events_event_ref (const EventsEvent *event);
void events_event_unref (gpointer event);

guint events_store_get_n (EventsStore *store);
const EventsEvent *events_store_get (EventsStore *store, guint index);
/* The first one after @at_ns. */
guint events_store_find (EventsStore *store, gint64 at_ns);
gboolean events_store_is_reading (EventsStore *store);
/* Whether all that there is at that end was read. */
gboolean events_store_is_at_end (EventsStore *store, EventsEnd end);
/* How far it has read there. */
gint64 events_store_get_reached (EventsStore *store, EventsEnd end);
/* (nullable): one line: why nothing could be read */
const char *events_store_get_trouble (EventsStore *store);

G_END_DECLS

#endif
