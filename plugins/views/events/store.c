/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "store.h"

/* Records that are read at once; where few of them match, so many more each time. */
#define AT_ONCE 400u
#define MOST_AT_ONCE 50000u
/* Enough for a screen and its neighbours. */
#define WANTED 150u
/* Records that are passed over before it stops and says how far it came. */
#define MAX_PASSED 2000000u
/* What is far from where one looks is let go. */
#define MAX_KEPT 20000u

/* One end of the window. */
typedef struct
{
  EventsStore *store; /* NULL: it is gone, and what is read is for nobody */
  EventsEnd end;
  gint64 reached_ns;  /* all is read until there */
  guint n_of_reached; /* later end: so many of that very instant were read, matching or not */
  gboolean is_at_end;
  guint at_once;
  guint n_found;             /* since it was asked */
  guint n_passed;            /* the same, of all */
  GCancellable *cancellable; /* NULL: nothing is being read */
} Reading;

struct _EventsStore
{
  EventsStoreFuncs funcs;
  gpointer data;
  InspectorHistory *history;
  guint track;
  UiQuery *query;
  const char **types; /* (nullable) */
  GPtrArray *events;  /* EventsEvent */
  Reading *ends[2];
  char *trouble;
};

static void
event_clear (gpointer data)
{
  EventsEvent *event = data;

  g_free (event->said->place);
  g_free (event->said->text);
  g_free (event->said);
  g_free (event->name);
}

EventsEvent *
events_event_ref (const EventsEvent *event)
{
  return g_rc_box_acquire ((gpointer)event);
}

void
events_event_unref (gpointer event)
{
  g_rc_box_release_full (event, event_clear);
}

static Reading *
reading_new (EventsStore *store, EventsEnd end, gint64 at_ns)
{
  Reading *self = g_new0 (Reading, 1);

  *self = (Reading){ .store = store, .end = end, .reached_ns = at_ns, .at_once = AT_ONCE };
  return self;
}

/* What runs lets go of it when it comes back. */
static void
reading_drop (Reading *self)
{
  if (self == NULL)
    return;
  self->store = NULL;
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  else
    g_free (self);
}

EventsStore *
events_store_new (const EventsStoreFuncs *funcs, gpointer data)
{
  EventsStore *self = g_new0 (EventsStore, 1);

  self->funcs = *funcs;
  self->data = data;
  self->events = g_ptr_array_new_with_free_func (events_event_unref);
  return self;
}

static void
clear (EventsStore *self)
{
  for (guint i = 0; i < 2; i++)
    g_clear_pointer (&self->ends[i], reading_drop);
  g_clear_pointer (&self->query, ui_query_unref);
  g_clear_pointer (&self->types, g_free);
  g_clear_pointer (&self->trouble, g_free);
  g_clear_object (&self->history);
}

void
events_store_free (EventsStore *self)
{
  if (self == NULL)
    return;
  clear (self);
  g_ptr_array_unref (self->events);
  g_free (self);
}

/* ---- What was read ------------------------------------------------------------------------------ */

static EventsEvent *
event_new (EventsStore *self, InspectorEvent *said)
{
  EventsEvent *event = g_rc_box_new0 (EventsEvent);
  InspectorTrack track;

  event->said = said;
  if (said->track != G_MAXUINT && inspector_history_get_track (self->history, said->track, &track))
    {
      event->task = track.number;
      event->name = inspector_history_dup_name (self->history, said->track);
    }
  else
    event->name = g_strdup ("");
  return event;
}

/* Records of the instant that was reached come again: they are asked for from there on. */
static guint
count_again (const Reading *self, GPtrArray *said)
{
  guint n = 0;

  while (self->end == EVENTS_LATER && n < said->len && n < self->n_of_reached &&
         ((InspectorEvent *)said->pdata[n])->at_ns == self->reached_ns)
    n++;
  return n;
}

/* The last records before an instant are cut off somewhere, maybe within one instant: what there is of that is
 * read again with the rest of it. */
static guint
count_cut_off (const Reading *self, GPtrArray *said)
{
  guint n = 0;
  const InspectorEvent *first = said->len > 0 ? said->pdata[0] : NULL;

  if (self->end == EVENTS_LATER || said->len < self->at_once)
    return 0;
  while (n < said->len && ((InspectorEvent *)said->pdata[n])->at_ns == first->at_ns)
    n++;
  return n < said->len ? n : 0;
}

static void
note_reached (Reading *self, GPtrArray *said, guint first)
{
  const InspectorEvent *last;
  guint n = 0;

  if (said->len <= first)
    return;
  if (self->end == EVENTS_EARLIER)
    {
      self->reached_ns = ((InspectorEvent *)said->pdata[first])->at_ns;
      return;
    }
  last = said->pdata[said->len - 1];
  while (n < said->len && ((InspectorEvent *)said->pdata[said->len - 1 - n])->at_ns == last->at_ns)
    n++;
  self->n_of_reached = n;
  self->reached_ns = last->at_ns;
}

static void
add (EventsStore *self, const Reading *reading, GPtrArray *events)
{
  guint position = reading->end == EVENTS_LATER ? self->events->len : 0;

  for (guint i = 0; i < events->len; i++)
    g_ptr_array_insert (self->events, (int)(position + i), events->pdata[i]);
  if (events->len > 0)
    self->funcs.changed (self, position, 0, events->len, self->data);
}

/* At the other end; what is let go can be read again. */
static void
let_go (EventsStore *self, const Reading *reading)
{
  Reading *other = self->ends[!reading->end];
  guint n = self->events->len > MAX_KEPT ? self->events->len - MAX_KEPT : 0;
  guint position = reading->end == EVENTS_LATER ? 0 : self->events->len - n;

  if (n == 0 || other->cancellable != NULL)
    return;
  /* Whole instants. */
  if (reading->end == EVENTS_LATER)
    {
      while (n < self->events->len && n > 0 &&
             events_store_get (self, n)->said->at_ns == events_store_get (self, n - 1)->said->at_ns)
        n++;
      other->reached_ns =
          n < self->events->len ? events_store_get (self, n)->said->at_ns : other->reached_ns;
    }
  else
    {
      while (position > 0 && events_store_get (self, position)->said->at_ns ==
                                 events_store_get (self, position - 1)->said->at_ns)
        position--;
      n = self->events->len - position;
      other->reached_ns = events_store_get (self, position)->said->at_ns;
      other->n_of_reached = 0;
    }
  other->is_at_end = FALSE;
  g_ptr_array_remove_range (self->events, position, n);
  self->funcs.changed (self, position, n, 0, self->data);
}

static void take (Reading *reading, GPtrArray *said);
static void ask (Reading *reading);

/* All that came is of one instant, of which there is more before: it is read as a whole. */
static gboolean
is_one_instant (const Reading *self, GPtrArray *said)
{
  return self->end == EVENTS_EARLIER && said->len >= self->at_once && said->len > 0 &&
         self->at_once < MOST_AT_ONCE &&
         ((InspectorEvent *)said->pdata[0])->at_ns ==
             ((InspectorEvent *)said->pdata[said->len - 1])->at_ns;
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  Reading *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) said =
      inspector_history_list_events_finish (INSPECTOR_HISTORY (source), result, &error);

  g_clear_object (&self->cancellable);
  if (said != NULL && self->store != NULL && is_one_instant (self, said))
    {
      self->at_once *= 2;
      ask (self);
      return;
    }
  if (self->store == NULL)
    g_free (self);
  else if (said != NULL)
    take (self, said);
  else
    {
      self->is_at_end = TRUE;
      g_free (self->store->trouble);
      self->store->trouble = g_strdup (error->message);
      self->store->funcs.state_changed (self->store, self->store->data);
    }
}

static void
ask (Reading *self)
{
  EventsStore *store = self->store;
  guint again = self->end == EVENTS_LATER ? self->n_of_reached : 0;
  gint n = (gint)(self->at_once + again);

  self->cancellable = g_cancellable_new ();
  inspector_history_list_events_async (store->history, store->track, self->reached_ns,
                                       self->end == EVENTS_LATER ? n : -n, store->types,
                                       self->cancellable, on_listed, self);
}

static void
take (Reading *self, GPtrArray *said)
{
  EventsStore *store = self->store;
  g_autoptr (GPtrArray) matching = g_ptr_array_new ();
  guint again = count_again (self, said), cut_off = count_cut_off (self, said);
  gboolean is_full = said->len - again >= self->at_once;
  guint first = MAX (again, cut_off);

  note_reached (self, said, self->end == EVENTS_LATER ? 0 : first);
  self->n_passed += said->len - first;
  for (guint i = first; i < said->len; i++)
    {
      EventsEvent *event = event_new (store, said->pdata[i]);

      /* It is the event's from here on. */
      said->pdata[i] = g_new0 (InspectorEvent, 1);
      if (events_event_matches (event, store->query))
        g_ptr_array_add (matching, event);
      else
        events_event_unref (event);
    }
  self->n_found += matching->len;
  self->is_at_end = !is_full;
  add (store, self, matching);
  let_go (store, self);
  if (is_full && matching->len < WANTED / 2)
    self->at_once = MIN (self->at_once * 2, MOST_AT_ONCE);
  if (is_full && self->n_found < WANTED && self->n_passed < MAX_PASSED)
    ask (self);
  store->funcs.state_changed (store, store->data);
}

/* ---- What is asked of it ------------------------------------------------------------------------ */

void
events_store_read (EventsStore *self, EventsEnd end)
{
  Reading *reading = self->ends[end];

  if (reading == NULL || reading->cancellable != NULL || reading->is_at_end)
    return;
  reading->n_found = reading->n_passed = 0;
  ask (reading);
  self->funcs.state_changed (self, self->data);
}

void
events_store_start (EventsStore *self, InspectorHistory *history, guint track, UiQuery *query,
                    gint64 at_ns)
{
  guint n = self->events->len;

  g_object_ref (history);
  clear (self);
  g_ptr_array_set_size (self->events, 0);
  if (n > 0)
    self->funcs.changed (self, 0, n, 0, self->data);
  self->history = history;
  self->track = track;
  self->query = query;
  self->types = events_query_list_types (query);
  self->ends[EVENTS_EARLIER] = reading_new (self, EVENTS_EARLIER, at_ns);
  self->ends[EVENTS_LATER] = reading_new (self, EVENTS_LATER, at_ns);
  events_store_read (self, EVENTS_EARLIER);
  events_store_read (self, EVENTS_LATER);
}

void
events_store_grow (EventsStore *self)
{
  if (self->ends[EVENTS_LATER] != NULL && self->ends[EVENTS_LATER]->cancellable == NULL)
    self->ends[EVENTS_LATER]->is_at_end = FALSE;
}

guint
events_store_get_n (EventsStore *self)
{
  return self->events->len;
}

const EventsEvent *
events_store_get (EventsStore *self, guint index)
{
  return self->events->pdata[index];
}

guint
events_store_find (EventsStore *self, gint64 at_ns)
{
  guint low = 0, high = self->events->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (events_store_get (self, middle)->said->at_ns <= at_ns)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gboolean
events_store_is_reading (EventsStore *self)
{
  return (self->ends[0] != NULL && self->ends[0]->cancellable != NULL) ||
         (self->ends[1] != NULL && self->ends[1]->cancellable != NULL);
}

gboolean
events_store_is_at_end (EventsStore *self, EventsEnd end)
{
  return self->ends[end] == NULL || self->ends[end]->is_at_end;
}

gint64
events_store_get_reached (EventsStore *self, EventsEnd end)
{
  return self->ends[end] != NULL ? self->ends[end]->reached_ns : 0;
}

const char *
events_store_get_trouble (EventsStore *self)
{
  return self->trouble;
}
