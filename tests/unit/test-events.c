/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The window of events of the view: from both ends, filtered, with many of one instant. */

#include <fcntl.h>
#include <unistd.h>
#include "channel-builder.h"
#include "inspect.h"
#include "store.h"

#define SEALS (F_SEAL_SHRINK | F_SEAL_GROW)
#define NOBODY 0x7ffffffe
#define MS G_GINT64_CONSTANT (1000000)
#define N_TURNS 600u
#define AT_ONCE 400u /* of store.c */

typedef struct
{
  InspectorSession *session;
  InspectorHistory *history;
  char *path;
  EventsStore *store;
  guint n_told; /* as a list would have counted */
} Fixture;

/* Two tasks: the first is polled once a millisecond, all in one instant each time; the second waits once, at
 * 300 ms. */
static void
tell_story (ChannelBuilder *builder)
{
  guint32 ring = channel_builder_add_ring (builder, 100);
  guint32 fetch = channel_builder_add_location (builder, "src/app.c", "fetch", 17);
  guint32 store = channel_builder_add_location (builder, "src/app.c", "store", 27);
  guint64 file = (guint64)channel_builder_add_kind (builder, INSPECT_KIND_AWAIT,
                                                    INSPECT_AWAIT_ONESHOT, "t.read", "reading")
                     << 48 |
                 7;

  channel_builder_record (builder, ring, (guint64)MS, CHANNEL_TASK_BEGIN, fetch, 0x1000, 0);
  channel_builder_record (builder, ring, (guint64)MS, CHANNEL_TASK_BEGIN, store, 0x2000, 0x1000);
  for (guint i = 2; i < N_TURNS; i++)
    {
      channel_builder_record (builder, ring, i * (guint64)MS, CHANNEL_POLL_BEGIN, fetch, 0x1000, 0);
      if (i == 300)
        channel_builder_record (builder, ring, i * (guint64)MS, CHANNEL_AWAIT_BEGIN, store, 0x2000,
                                file);
      channel_builder_record (builder, ring, i * (guint64)MS, CHANNEL_POLL_END, fetch, 0x1000, 0);
    }
}

#define N_EVENTS (2u + 2u * (N_TURNS - 2) + 1u)

static void
on_changed (EventsStore *store, guint position, guint n_removed, guint n_added, gpointer data)
{
  Fixture *self = data;

  g_assert_cmpuint (position + n_removed, <=, self->n_told);
  self->n_told += n_added - n_removed;
  g_assert_cmpuint (self->n_told, ==, events_store_get_n (store));
}

static void
on_state_changed (EventsStore *store, gpointer data)
{
}

static void
setup (Fixture *self, gconstpointer data)
{
  static const EventsStoreFuncs funcs = { on_changed, on_state_changed };
  ChannelBuilderShape shape = { .ring_capacity = 4096 };
  ChannelBuilder *builder = channel_builder_new (&shape);
  g_autoptr (GError) error = NULL;

  self->session = inspector_session_new ();
  self->history = inspector_session_keep_history (self->session);
  tell_story (builder);
  if (data != NULL)
    {
      close (g_file_open_tmp ("async-inspect-events-XXXXXX", &self->path, &error));
      g_assert_no_error (error);
      g_assert_true (inspector_session_start_recording (self->session, self->path, TRUE, &error));
    }
  inspector_target_attach_channel (inspector_session_add_target (self->session, NOBODY, "./app", 0),
                                   channel_builder_dup_memfd (builder, SEALS), NULL);
  channel_builder_free (builder);
  while (inspector_session_poll (self->session))
    ;
  self->store = events_store_new (&funcs, self);
}

static void
teardown (Fixture *self, gconstpointer data)
{
  events_store_free (self->store);
  if (self->path != NULL)
    unlink (self->path);
  g_free (self->path);
  g_object_unref (self->session);
}

static void
start (Fixture *self, guint track, const char *query, gint64 at_ns)
{
  g_autoptr (GError) error = NULL;
  UiQuery *parsed = ui_query_new (events_fields, query, &error);

  g_assert_no_error (error);
  events_store_start (self->store, self->history, track, parsed, at_ns);
  while (events_store_is_reading (self->store))
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (events_store_get_trouble (self->store));
}

static void
read_on (Fixture *self, EventsEnd end)
{
  for (guint i = 0; i < 100 && !events_store_is_at_end (self->store, end); i++)
    {
      events_store_read (self->store, end);
      while (events_store_is_reading (self->store))
        g_main_context_iteration (NULL, TRUE);
    }
  g_assert_true (events_store_is_at_end (self->store, end));
}

/* In order, and each once: begins and ends of polls take turns. */
static void
assert_whole (Fixture *self)
{
  guint n_begins = 0, n_ends = 0;

  g_assert_cmpuint (events_store_get_n (self->store), ==, N_EVENTS);
  for (guint i = 0; i < N_EVENTS; i++)
    {
      const EventsEvent *event = events_store_get (self->store, i);

      if (i > 0)
        g_assert_cmpint (event->said->at_ns, >=,
                         events_store_get (self->store, i - 1)->said->at_ns);
      n_begins += g_str_equal (event->said->type, "poll-begin");
      n_ends += g_str_equal (event->said->type, "poll-end");
      g_assert_cmpuint (n_begins - n_ends, <=, 1);
    }
  g_assert_cmpuint (n_begins, ==, N_TURNS - 2);
}

static void
test_both_ends (Fixture *self, gconstpointer data)
{
  start (self, G_MAXUINT, "", 300 * MS);
  g_assert_cmpuint (events_store_get_n (self->store), >, AT_ONCE);
  g_assert_cmpuint (events_store_get_n (self->store), <, N_EVENTS);
  g_assert_cmpint (
      events_store_get (self->store, events_store_find (self->store, 300 * MS - 1))->said->at_ns,
      ==, 300 * MS);
  read_on (self, EVENTS_LATER);
  read_on (self, EVENTS_EARLIER);
  assert_whole (self);
}

static void
test_from_the_ends (Fixture *self, gconstpointer data)
{
  start (self, G_MAXUINT, "", 0);
  read_on (self, EVENTS_LATER);
  assert_whole (self);
  start (self, G_MAXUINT, "", G_MAXINT64 - 1);
  read_on (self, EVENTS_EARLIER);
  assert_whole (self);
}

static void
test_filters (Fixture *self, gconstpointer data)
{
  static const struct
  {
    const char *query;
    guint n;
  } filters[] = {
    { "type:await-begin", 1 },
    { "kind:read", 1 },
    { "name:store", 2 },
    { "task:2", 2 },
    { "type:task-begin", 2 },
    { "place:app.c:27 -type:task-begin", 1 },
    { "thread:100 -type:poll-begin,poll-end", 3 },
    { "nobody", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (filters); i++)
    {
      g_test_message ("%s", filters[i].query);
      start (self, G_MAXUINT, filters[i].query, 100 * MS);
      read_on (self, EVENTS_LATER);
      read_on (self, EVENTS_EARLIER);
      g_assert_cmpuint (events_store_get_n (self->store), ==, filters[i].n);
    }
  start (self, 1, "", 100 * MS);
  read_on (self, EVENTS_LATER);
  g_assert_cmpuint (events_store_get_n (self->store), ==, 2);
  g_assert_cmpstr (events_store_get (self->store, 1)->name, ==, "store");
}

/* Who looks elsewhere while it reads is not shown what was asked for before. */
static void
test_started_anew (Fixture *self, gconstpointer data)
{
  events_store_start (self->store, self->history, G_MAXUINT,
                      ui_query_new (events_fields, "type:poll-begin", NULL), 300 * MS);
  start (self, G_MAXUINT, "type:await-begin", 300 * MS);
  read_on (self, EVENTS_LATER);
  read_on (self, EVENTS_EARLIER);
  g_assert_cmpuint (events_store_get_n (self->store), ==, 1);
}

static void
test_csv (Fixture *self, gconstpointer data)
{
  g_autofree char *header = events_event_to_csv (NULL, 0), *line = NULL;

  start (self, G_MAXUINT, "type:await-begin", 300 * MS);
  read_on (self, EVENTS_LATER);
  line = events_event_to_csv (events_store_get (self->store, 0), MS);
  g_assert_cmpstr (header, ==, "time_s,type,kind,task,text,place,thread,object\r\n");
  g_assert_true (
      g_str_has_prefix (line, "0.299000000,await-begin,t.read,#2 store,,store at app.c:27,100,0x"));
}

static void
test_not_recorded (Fixture *self, gconstpointer data)
{
  events_store_start (self->store, self->history, G_MAXUINT, NULL, 300 * MS);
  while (events_store_is_reading (self->store))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (events_store_get_n (self->store), ==, 0);
  g_assert_nonnull (events_store_get_trouble (self->store));
}

#define ADD(name, recorded, function)                                                              \
  g_test_add ("/events/" name, Fixture, recorded, setup, function, teardown)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("both-ends", "recorded", test_both_ends);
  ADD ("from-the-ends", "recorded", test_from_the_ends);
  ADD ("filters", "recorded", test_filters);
  ADD ("started-anew", "recorded", test_started_anew);
  ADD ("csv", "recorded", test_csv);
  ADD ("not-recorded", NULL, test_not_recorded);
  return g_test_run ();
}
