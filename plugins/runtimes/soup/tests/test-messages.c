/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the requests of a session are reported as. */

#include <errno.h>

#include "fixture.h"

static unsigned int
count_state (InspectObject resource, const char *state)
{
  unsigned int n = 0;

  for (unsigned int i = 0; i < harness_count (EVENT_ATTRIBUTE, "state"); i++)
    {
      const Event *event = harness_nth (EVENT_ATTRIBUTE, "state", i);

      if (event->object == resource && g_str_equal (event->bytes, state))
        n++;
    }
  return n;
}

static gboolean
was_in_state (InspectObject resource, const char *state)
{
  return count_state (resource, state) > 0;
}

static void
test_answered (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here?of=ada");
  g_autofree char *url = fixture_url_of ("/here?of=ada");
  const Event *await;
  InspectObject resource;

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read");
  g_assert_true (harness_is_in (await, test_answered));
  resource = harness_attribute (await->object, "resource")->value;
  g_assert_cmpstr (harness_attribute (resource, "method")->bytes, ==, "GET");
  g_assert_cmpstr (harness_attribute (resource, "url")->bytes, ==, url);
  g_assert_cmpstr (harness_attribute (resource, "state")->bytes, ==, "queued");
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 0);
  fixture_turn_until (1);
  g_assert_no_error (fixture.last_error);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, 0);
  g_assert_true (was_in_state (resource, "sent, not answered"));
  g_assert_true (was_in_state (resource, "reading the answer"));
  g_assert_true (was_in_state (resource, "answered"));
  g_assert_true (fixture_was_doing (await->object, "waiting for the answer to"));
  g_assert_cmpuint (harness_attribute (resource, "status")->value, ==, 200);
  g_assert_cmpuint (harness_attribute (resource, "length")->value, ==, 5);
  /* No socket waits any more. */
  g_assert_cmpuint (harness_attribute (await->object, "deadline")->value, ==, G_MAXINT64);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "soup.message"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

static void
test_redirected (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/moved");
  g_autofree char *url = fixture_url_of ("/here");
  InspectObject resource;

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  resource = harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object,
                                "resource")
                 ->value;
  fixture_turn_until (1);
  g_assert_cmpuint (count_state (resource, "queued"), >, 1);
  g_assert_cmpstr (harness_attribute (resource, "url")->bytes, ==, url);
}

static gboolean
cancel (gpointer cancellable)
{
  g_cancellable_cancel (cancellable);
  return G_SOURCE_REMOVE;
}

static void
test_cancelled (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/silent");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, cancellable,
                                    fixture_on_read, NULL);
  g_timeout_add (20, cancel, cancellable);
  fixture_turn_until (1);
  g_assert_error (fixture.last_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -ECANCELED);
}

/* Nobody listens at a port that is merely taken. */
static void
test_refused (void)
{
  g_autoptr (GSocket) taken =
      g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (SoupMessage) message = NULL;
  g_autofree char *url = NULL;

  g_assert_true (g_socket_bind (taken, any, FALSE, NULL));
  address = g_socket_get_local_address (taken, NULL);
  url = g_strdup_printf ("http://127.0.0.1:%u/",
                         g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
  message = soup_message_new ("GET", url);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  fixture_turn_until (1);
  g_assert_nonnull (fixture.last_error);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -EIO);
}

static void
on_never_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  fixture.n_ready++;
}

/* Whoever does not ask for the result has none, and the wait is over with the message. */
static void
test_result_not_asked_for (void)
{
  SoupMessage *message = fixture_make ("/here");

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    on_never_finished, NULL);
  g_object_unref (message);
  fixture_turn_until (1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 1);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, NULL);

  g_assert_nonnull (stream);
  fixture.n_ready++;
}

/* Its wait is over with the headers; what is read of the stream is another matter. */
static void
test_stream (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here");

  soup_session_send_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL, on_sent, NULL);
  fixture_turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send")->status, ==, 0);
}

static void
test_without_payload (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here?token=secret");
  g_autofree char *url = fixture_url_of ("/here");
  InspectObject resource;

  harness_set_payload (false);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  resource = harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object,
                                "resource")
                 ->value;
  g_assert_cmpstr (harness_attribute (resource, "url")->bytes, ==, url);
  fixture_turn_until (1);
}

/* ---- Ends that are not the usual one ---------------------------------------------------------- */

static void
test_server_closes (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/hangs-up");

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  fixture_turn_until (1);
  g_assert_nonnull (fixture.last_error);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -EIO);
}

static void
on_freed (gpointer data, GObject *gone)
{
  *(gboolean *)data = TRUE;
}

/* The session keeps it until it is answered, and we not a moment longer. */
static void
test_freed_early (void)
{
  SoupMessage *message = fixture_make ("/here");
  gboolean is_freed = FALSE;

  g_object_weak_ref (G_OBJECT (message), on_freed, &is_freed);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  g_object_unref (message);
  fixture_turn_until (1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_no_error (fixture.last_error);
  g_assert_true (is_freed);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, 0);
}

static void
on_refused (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_null (soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL));
  *(gboolean *)data = TRUE;
}

/* The second send is an error of the program; the first is on its way as before. */
static void
test_sent_twice (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/silent");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_refused = FALSE;

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, cancellable,
                                    fixture_on_read, NULL);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL, on_refused,
                                    &is_refused);
  while (!is_refused)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 0);
  g_cancellable_cancel (cancellable);
  fixture_turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -ECANCELED);
}

/* Nobody looked when its result came, and then somebody does again. */
static void
test_end_that_nobody_saw (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here");

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    on_never_finished, NULL);
  fixture_turn_until (1);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  fixture_turn_until (2);
  g_assert_no_error (fixture.last_error);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read"), ==, 2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 2);
}

static void
test_off (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/here");

  harness_set_on (false);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  fixture_turn_until (1);
  harness_set_on (true);
  g_assert_no_error (fixture.last_error);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
}

static void
test_timeout (void)
{
  g_autoptr (SoupMessage) message = fixture_make ("/silent");
  InspectObject await;
  gint64 before = g_get_monotonic_time ();

  soup_session_set_timeout (fixture.session, 1);
  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, NULL,
                                    fixture_on_read, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object;
  fixture_turn_until (1);
  g_assert_error (fixture.last_error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (fixture_was_doing (await, "waiting for the answer to"));
  g_assert_cmpuint (harness_attribute (await, "deadline")->value, >=,
                    (guint64)(before + G_USEC_PER_SEC) * 1000);
}

/* ---- The server's side ------------------------------------------------------------------------ */

static void
test_paused (void)
{
  g_autofree char *url = fixture_url_of ("/silent");
  InspectObject await;

  fixture_send ("/silent", NULL);
  while (harness_count (EVENT_AWAIT_BEGIN, "soup.paused") == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (harness_is_in (harness_first (EVENT_AWAIT_BEGIN, "soup.paused"), fixture_answer));
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.paused")->object;
  g_assert_cmpstr (harness_attribute (await, "method")->bytes, ==, "GET");
  g_assert_cmpstr (harness_attribute (await, "url")->bytes, ==, url);
  soup_server_message_pause (fixture.paused->pdata[0]);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.paused"), ==, 1);
  soup_server_message_set_status (fixture.paused->pdata[0], SOUP_STATUS_NO_CONTENT, NULL);
  soup_server_message_unpause (fixture.paused->pdata[0]);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.paused")->status, ==, 0);
  g_ptr_array_set_size (fixture.paused, 0);
  fixture_turn_until (1);
  g_assert_no_error (fixture.last_error);
}

/* The server goes, with its messages. */
static void
test_paused_and_gone (void)
{
  SoupServer *first = fixture.server;
  int first_port = fixture.port;

  fixture_start_server ();
  fixture_send ("/silent", NULL);
  while (harness_count (EVENT_AWAIT_BEGIN, "soup.paused") == 0)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_set_size (fixture.paused, 0);
  soup_server_disconnect (fixture.server);
  g_clear_object (&fixture.server);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.paused")->status, ==, -ECANCELED);
  fixture.server = first;
  fixture.port = first_port;
  fixture_turn_until (1);
  g_assert_nonnull (fixture.last_error);
}

/* In a thread, for the server needs this one. */
static gpointer
send_in_thread (gpointer path)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (SoupMessage) message = fixture_make (path);
  g_autoptr (SoupSession) own = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_main_context_push_thread_default (context);
  own = soup_session_new ();
  bytes = soup_session_send_and_read (own, message, NULL, NULL);
  g_assert_nonnull (bytes);
  g_main_context_pop_thread_default (context);
  g_atomic_int_inc (&fixture.n_ready);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
test_call_that_sleeps (void)
{
  GThread *thread = g_thread_new ("sender", send_in_thread, (gpointer) "/here");
  const Event *await;

  while (g_atomic_int_get (&fixture.n_ready) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read-sync");
  g_assert_true ((await->kind->flags & INSPECT_AWAIT_BLOCKS) != 0);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read-sync")->status, ==, 0);
}

static const HarnessCase cases[] = {
  { "/messages/answered", test_answered },
  { "/messages/redirected", test_redirected },
  { "/messages/cancelled", test_cancelled },
  { "/messages/refused", test_refused },
  { "/messages/result-not-asked-for", test_result_not_asked_for },
  { "/messages/stream", test_stream },
  { "/messages/without-payload", test_without_payload },
  { "/messages/call-that-sleeps", test_call_that_sleeps },
  { "/messages/server-closes", test_server_closes },
  { "/messages/freed-early", test_freed_early },
  { "/messages/sent-twice", test_sent_twice },
  { "/messages/end-that-nobody-saw", test_end_that_nobody_saw },
  { "/messages/off", test_off },
  { "/messages/timeout", test_timeout },
  { "/messages/paused", test_paused },
  { "/messages/paused-and-gone", test_paused_and_gone },
};

int
main (int argc, char **argv)
{
  return fixture_main (argc, argv, cases, G_N_ELEMENTS (cases));
}
