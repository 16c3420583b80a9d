/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Requests sent several times and several at a time, and connections of other kinds. */

#include <errno.h>

#include "fixture.h"

static void
test_sent_again (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here");

  for (int i = 1; i <= 2; i++)
    {
      soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                        fixture_on_read, NULL);
      fixture_turn_until (i);
      g_assert_no_error (fixture.last_error);
      g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read"), ==, (unsigned)i);
      g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, (unsigned)i);
    }
}

static const char *
last_doing (InspectObject await)
{
  return harness_attribute (await, "doing")->bytes;
}

/* A session has two connections to a host. */
static void
test_queued_behind (void)
{
  g_autoptr (GCancellable) first = g_cancellable_new (), others = g_cancellable_new ();
  InspectObject one = fixture_send ("/silent?of=one", first);
  InspectObject two = fixture_send ("/silent?of=two", others);
  InspectObject three, state_of;

  fixture_turn_until_doing (one, "waiting for the answer to");
  fixture_turn_until_doing (two, "waiting for the answer to");
  three = fixture_send ("/silent?of=three", others);
  g_assert_cmpstr (last_doing (three), ==, "queued behind GET /silent?of=one, GET /silent?of=two:");
  state_of = harness_attribute (three, "resource")->value;
  g_assert_cmpstr (harness_attribute (state_of, "state")->bytes, ==,
                   "queued: all 2 connections to its host are in use");

  g_cancellable_cancel (first);
  fixture_turn_until (1);
  fixture_turn_until_doing (three, "waiting for the answer to");
  g_cancellable_cancel (others);
  fixture_turn_until (3);
}

static void
test_queued_without_payload (void)
{
  g_autoptr (GCancellable) all = g_cancellable_new ();
  InspectObject one, two, three;

  harness_set_payload (false);
  one = fixture_send ("/silent?token=secret", all);
  two = fixture_send ("/silent?token=secret", all);
  fixture_turn_until_doing (one, "waiting for the answer to");
  fixture_turn_until_doing (two, "waiting for the answer to");
  three = fixture_send ("/silent?token=secret", all);
  g_assert_cmpstr (last_doing (three), ==, "queued behind GET /silent, GET /silent:");
  g_cancellable_cancel (all);
  fixture_turn_until (3);
}

/* Many that wait: the names are told of some of them, and of each that it waits. */
static void
test_queued_many (void)
{
  g_autoptr (GCancellable) all = g_cancellable_new ();
  InspectObject one = fixture_send ("/silent", all), two = fixture_send ("/silent", all), last = 0;

  fixture_turn_until_doing (one, "waiting for the answer to");
  fixture_turn_until_doing (two, "waiting for the answer to");
  for (int i = 0; i < 20; i++)
    last = fixture_send ("/silent", all);
  g_assert_cmpstr (last_doing (last), ==, "queued:");
  g_assert_cmpstr (harness_attribute (harness_attribute (last, "resource")->value, "state")->bytes,
                   ==, "queued: all 2 connections to its host are in use");
  g_cancellable_cancel (all);
  fixture_turn_until (22);
}

static void
take_stream (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GInputStream **)data = soup_session_send_finish (SOUP_SESSION (source), result, NULL);
  g_assert_nonnull (*(GInputStream **)data);
  fixture.n_ready++;
}

/* Whoever neither reads nor closes the stream of an answer keeps its connection. */
static void
test_queued_behind_unread (void)
{
  GInputStream *streams[2];
  InspectObject third;

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (SoupMessage) message = fixture_make (i == 0 ? "/big?of=0" : "/big?of=1");

      soup_session_send_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL, take_stream,
                               &streams[i]);
    }
  fixture_turn_until (2);
  third = fixture_send ("/here", NULL);
  g_assert_cmpstr (last_doing (third), ==,
                   "queued behind GET /big?of=0 (not read to its end), "
                   "GET /big?of=1 (not read to its end):");
  g_assert_true (g_input_stream_close (streams[0], NULL, NULL));
  fixture_turn_until (3);
  g_assert_no_error (fixture.last_error);
  for (int i = 0; i < 2; i++)
    g_object_unref (streams[i]);
}

static void
on_preconnected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true (soup_session_preconnect_finish (SOUP_SESSION (source), result, NULL));
  fixture.n_ready++;
}

static void
test_preconnected (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/");

  soup_session_preconnect_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                 on_preconnected, NULL);
  fixture_turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.preconnect")->status, ==, 0);
}

/* Without a callback it belongs to nobody's task: who asked for it may be long over. */
static void
test_preconnected_for_nobody (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/");
  InspectId outer = inspect_id_new (), previous;

  inspect_task_begin (outer, INSPECT_NONE, 0);
  previous = inspect_task_enter (outer);
  soup_session_preconnect_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  inspect_task_enter (previous);
  g_assert_cmpuint (harness_parent_of (harness_task_of ("soup.preconnect")), ==, outer);
  inspect_task_end (outer, 0);
  g_clear_object (&message);
  while (harness_count (EVENT_AWAIT_END, "soup.preconnect") == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
on_web_socket (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (SoupWebsocketConnection) socket =
      soup_session_websocket_connect_finish (SOUP_SESSION (source), result, NULL);

  g_assert_nonnull (socket);
  fixture.n_ready++;
}

static void
on_refused_web_socket (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_null (soup_session_websocket_connect_finish (SOUP_SESSION (source), result, NULL));
  fixture.n_ready++;
}

static void
test_web_socket (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/web-socket");

  soup_session_websocket_connect_async (fixture.session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        NULL, on_web_socket, NULL);
  fixture_turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.websocket")->status, ==, 0);
}

/* Answers of no web socket. */
static void
test_web_socket_refused (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here");

  soup_session_websocket_connect_async (fixture.session, message, NULL, NULL, G_PRIORITY_DEFAULT,
                                        NULL, on_refused_web_socket, NULL);
  fixture_turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.websocket")->status, ==, -EIO);
}

static const HarnessCase cases[] = {
  { "/queues/sent-again", test_sent_again },
  { "/queues/preconnected", test_preconnected },
  { "/queues/queued-behind", test_queued_behind },
  { "/queues/queued-without-payload", test_queued_without_payload },
  { "/queues/queued-many", test_queued_many },
  { "/queues/queued-behind-unread", test_queued_behind_unread },
  { "/queues/preconnected-for-nobody", test_preconnected_for_nobody },
  { "/queues/web-socket", test_web_socket },
  { "/queues/web-socket-refused", test_web_socket_refused },
};

int
main (int argc, char **argv)
{
  return fixture_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
