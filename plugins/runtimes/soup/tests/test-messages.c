/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What the requests of a session are reported as. */

#include <errno.h>
#include <libsoup/soup.h>
#include <string.h>

#include "harness.h"

static SoupServer *server;
static int port;
static SoupSession *session;
static int n_ready;
static GError *last_error;

/* ---- The server ------------------------------------------------------------------------------- */

static void
answer (SoupServer *of, SoupServerMessage *message, const char *path, GHashTable *query,
        gpointer data)
{
  if (g_str_equal (path, "/silent"))
    {
      soup_server_message_pause (message);
      return;
    }
  if (g_str_equal (path, "/moved"))
    {
      soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/here");
      return;
    }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

static void
start_server (void)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (server);
  port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
}

/* ---- The client ------------------------------------------------------------------------------- */

static SoupMessage *
make (const char *path)
{
  g_autofree char *url = g_strdup_printf ("http://ada:secret@127.0.0.1:%d%s", port, path);

  return soup_message_new ("GET", url);
}

static char *
url_of (const char *path)
{
  return g_strdup_printf ("http://127.0.0.1:%d%s", port, path);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) bytes = NULL;

  g_clear_error (&last_error);
  bytes = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &last_error);
  n_ready++;
}

static void
turn_until (int n)
{
  while (n_ready < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
run (gconstpointer test)
{
  n_ready = 0;
  harness_set_payload (true);
  session = soup_session_new ();
  harness_clear ();
  ((void (*) (void))test) ();
  g_object_unref (session);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  harness_check (true);
}

static gboolean
was_in_state (InspectObject resource, const char *state)
{
  for (unsigned int i = 0; i < harness_count (EVENT_ATTRIBUTE, "state"); i++)
    {
      const Event *event = harness_nth (EVENT_ATTRIBUTE, "state", i);

      if (event->object == resource && g_str_equal (event->bytes, state))
        return TRUE;
    }
  return FALSE;
}

static void
test_answered (void)
{
  g_autoptr (SoupMessage) message = make ("/here?of=ada");
  g_autofree char *url = url_of ("/here?of=ada");
  const Event *await;
  InspectObject resource;

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read");
  g_assert_true (harness_is_in (await, test_answered));
  resource = harness_attribute (await->object, "resource")->value;
  g_assert_cmpstr (harness_attribute (resource, "method")->bytes, ==, "GET");
  g_assert_cmpstr (harness_attribute (resource, "url")->bytes, ==, url);
  g_assert_cmpstr (harness_attribute (resource, "state")->bytes, ==, "queued");
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 0);
  turn_until (1);
  g_assert_no_error (last_error);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, 0);
  g_assert_true (was_in_state (resource, "sent, not answered"));
  g_assert_true (was_in_state (resource, "reading the answer"));
  g_assert_true (was_in_state (resource, "answered"));
  g_assert_cmpuint (harness_attribute (resource, "status")->value, ==, 200);
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

static void
test_redirected (void)
{
  g_autoptr (SoupMessage) message = make ("/moved");
  g_autofree char *url = url_of ("/here");
  InspectObject resource;

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  resource = harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object,
                                "resource")
                 ->value;
  turn_until (1);
  g_assert_true (was_in_state (resource, "queued again"));
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
  g_autoptr (SoupMessage) message = make ("/silent");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, cancellable, on_read,
                                    NULL);
  g_timeout_add (20, cancel, cancellable);
  turn_until (1);
  g_assert_error (last_error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -ECANCELED);
}

/* Nobody listens there. */
static void
test_refused (void)
{
  g_autoptr (SoupMessage) message = soup_message_new ("GET", "http://127.0.0.1:1/");

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  turn_until (1);
  g_assert_nonnull (last_error);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -EIO);
}

static void
on_never_finished (GObject *source, GAsyncResult *result, gpointer data)
{
  n_ready++;
}

/* Whoever does not ask for the result has none, and the wait is over with the message. */
static void
test_result_not_asked_for (void)
{
  SoupMessage *message = make ("/here");

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_never_finished,
                                    NULL);
  g_object_unref (message);
  turn_until (1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 1);
}

static void
on_sent (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GInputStream) stream = soup_session_send_finish (SOUP_SESSION (source), result, NULL);

  g_assert_nonnull (stream);
  n_ready++;
}

/* Its wait is over with the headers; what is read of the stream is another matter. */
static void
test_stream (void)
{
  g_autoptr (SoupMessage) message = make ("/here");

  soup_session_send_async (session, message, G_PRIORITY_DEFAULT, NULL, on_sent, NULL);
  turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send")->status, ==, 0);
}

static void
test_sent_again (void)
{
  g_autoptr (SoupMessage) message = make ("/here");

  for (int i = 1; i <= 2; i++)
    {
      soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
      turn_until (i);
      g_assert_no_error (last_error);
      g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read"), ==, (unsigned)i);
      g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, (unsigned)i);
    }
}

static void
on_preconnected (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true (soup_session_preconnect_finish (SOUP_SESSION (source), result, NULL));
  n_ready++;
}

static void
test_preconnected (void)
{
  g_autoptr (SoupMessage) message = make ("/");

  soup_session_preconnect_async (session, message, G_PRIORITY_DEFAULT, NULL, on_preconnected, NULL);
  turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.preconnect")->status, ==, 0);
}

static void
test_without_payload (void)
{
  g_autoptr (SoupMessage) message = make ("/here?token=secret");
  g_autofree char *url = url_of ("/here");
  InspectObject resource;

  harness_set_payload (false);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  resource = harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object,
                                "resource")
                 ->value;
  g_assert_cmpstr (harness_attribute (resource, "url")->bytes, ==, url);
  turn_until (1);
}

/* In a thread, for the server needs this one. */
static gpointer
send_in_thread (gpointer path)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (SoupMessage) message = make (path);
  g_autoptr (SoupSession) own = NULL;
  g_autoptr (GBytes) bytes = NULL;

  g_main_context_push_thread_default (context);
  own = soup_session_new ();
  bytes = soup_session_send_and_read (own, message, NULL, NULL);
  g_assert_nonnull (bytes);
  g_main_context_pop_thread_default (context);
  g_atomic_int_inc (&n_ready);
  g_main_context_wakeup (NULL);
  return NULL;
}

static void
test_call_that_sleeps (void)
{
  GThread *thread = g_thread_new ("sender", send_in_thread, (gpointer) "/here");
  const Event *await;

  while (g_atomic_int_get (&n_ready) == 0)
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read-sync");
  g_assert_true ((await->kind->flags & INSPECT_AWAIT_BLOCKS) != 0);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read-sync")->status, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  start_server ();
  harness_install ();
  g_test_add_data_func ("/messages/answered", (gconstpointer)test_answered, run);
  g_test_add_data_func ("/messages/redirected", (gconstpointer)test_redirected, run);
  g_test_add_data_func ("/messages/cancelled", (gconstpointer)test_cancelled, run);
  g_test_add_data_func ("/messages/refused", (gconstpointer)test_refused, run);
  g_test_add_data_func ("/messages/result-not-asked-for", (gconstpointer)test_result_not_asked_for,
                        run);
  g_test_add_data_func ("/messages/stream", (gconstpointer)test_stream, run);
  g_test_add_data_func ("/messages/sent-again", (gconstpointer)test_sent_again, run);
  g_test_add_data_func ("/messages/preconnected", (gconstpointer)test_preconnected, run);
  g_test_add_data_func ("/messages/without-payload", (gconstpointer)test_without_payload, run);
  g_test_add_data_func ("/messages/call-that-sleeps", (gconstpointer)test_call_that_sleeps, run);
  return g_test_run ();
}
