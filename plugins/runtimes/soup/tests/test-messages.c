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
static GPtrArray *paused; /* of the server, which does not see that their clients are gone */
static char big[1 << 20]; /* more than the sockets between take */

/* ---- The server ------------------------------------------------------------------------------- */

static void
answer (SoupServer *of, SoupServerMessage *message, const char *path, GHashTable *query,
        gpointer data)
{
  if (g_str_equal (path, "/silent"))
    {
      soup_server_message_pause (message);
      g_ptr_array_add (paused, g_object_ref (message));
      return;
    }
  if (g_str_equal (path, "/moved"))
    {
      soup_server_message_set_redirect (message, SOUP_STATUS_FOUND, "/here");
      return;
    }
  if (g_str_equal (path, "/hangs-up"))
    {
      g_autoptr (GIOStream) connection = soup_server_message_steal_connection (message);

      g_io_stream_close (connection, NULL, NULL);
      return;
    }
  if (g_str_equal (path, "/big"))
    soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, big, sizeof big);
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  if (g_str_equal (path, "/big"))
    return;
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "hello", 5);
}

static void
open_web_socket (SoupServer *of, SoupServerMessage *message, const char *path,
                 SoupWebsocketConnection *connection, gpointer data)
{
}

static void
start_server (void)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  server = soup_server_new (NULL, NULL);
  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  soup_server_add_websocket_handler (server, "/web-socket", NULL, NULL, open_web_socket, NULL,
                                     NULL);
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
  for (guint i = 0; i < paused->len; i++)
    soup_server_message_unpause (paused->pdata[i]);
  g_ptr_array_set_size (paused, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  harness_check (true);
}

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

static gboolean
was_doing (InspectObject await, const char *doing)
{
  for (unsigned int i = 0; i < harness_count (EVENT_ATTRIBUTE, "doing"); i++)
    {
      const Event *event = harness_nth (EVENT_ATTRIBUTE, "doing", i);

      if (event->object == await && g_str_equal (event->bytes, doing))
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
  g_assert_true (was_doing (await->object, "waiting for the answer to"));
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
  g_autoptr (SoupMessage) message = make ("/moved");
  g_autofree char *url = url_of ("/here");
  InspectObject resource;

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  resource = harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object,
                                "resource")
                 ->value;
  turn_until (1);
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

/* ---- Ends that are not the usual one ---------------------------------------------------------- */

static void
test_server_closes (void)
{
  g_autoptr (SoupMessage) message = make ("/hangs-up");

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  turn_until (1);
  g_assert_nonnull (last_error);
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
  SoupMessage *message = make ("/here");
  gboolean is_freed = FALSE;

  g_object_weak_ref (G_OBJECT (message), on_freed, &is_freed);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  g_object_unref (message);
  turn_until (1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_no_error (last_error);
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
  g_autoptr (SoupMessage) message = make ("/silent");
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  gboolean is_refused = FALSE;

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, cancellable, on_read,
                                    NULL);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_refused,
                                    &is_refused);
  while (!is_refused)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 0);
  g_cancellable_cancel (cancellable);
  turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.send-and-read")->status, ==, -ECANCELED);
}

/* Nobody looked when its result came, and then somebody does again. */
static void
test_end_that_nobody_saw (void)
{
  g_autoptr (SoupMessage) message = make ("/here");

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_never_finished,
                                    NULL);
  turn_until (1);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  turn_until (2);
  g_assert_no_error (last_error);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read"), ==, 2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "soup.send-and-read"), ==, 2);
}

static void
test_off (void)
{
  g_autoptr (SoupMessage) message = make ("/here");

  harness_set_on (false);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  turn_until (1);
  harness_set_on (true);
  g_assert_no_error (last_error);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
}

static void
test_timeout (void)
{
  g_autoptr (SoupMessage) message = make ("/silent");
  InspectObject await;
  gint64 before = g_get_monotonic_time ();

  soup_session_set_timeout (session, 1);
  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, NULL, on_read, NULL);
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.send-and-read")->object;
  turn_until (1);
  g_assert_error (last_error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (was_doing (await, "waiting for the answer to"));
  g_assert_cmpuint (harness_attribute (await, "deadline")->value, >=,
                    (guint64)(before + G_USEC_PER_SEC) * 1000);
}

/* ---- Sent several times, several at a time ---------------------------------------------------- */

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

static InspectObject
send_one (const char *path, GCancellable *cancellable)
{
  g_autoptr (SoupMessage) message = make (path);
  unsigned int n = harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read");

  soup_session_send_and_read_async (session, message, G_PRIORITY_DEFAULT, cancellable, on_read,
                                    NULL);
  return harness_nth (EVENT_AWAIT_BEGIN, "soup.send-and-read", n)->object;
}

static const char *
last_doing (InspectObject await)
{
  return harness_attribute (await, "doing")->bytes;
}

static void
turn_until_doing (InspectObject await, const char *doing)
{
  while (!was_doing (await, doing))
    g_main_context_iteration (NULL, TRUE);
}

/* A session has two connections to a host. */
static void
test_queued_behind (void)
{
  g_autoptr (GCancellable) first = g_cancellable_new (), others = g_cancellable_new ();
  InspectObject one = send_one ("/silent?of=one", first);
  InspectObject two = send_one ("/silent?of=two", others);
  InspectObject three, state_of;

  turn_until_doing (one, "waiting for the answer to");
  turn_until_doing (two, "waiting for the answer to");
  three = send_one ("/silent?of=three", others);
  g_assert_cmpstr (last_doing (three), ==, "queued behind GET /silent?of=one, GET /silent?of=two:");
  state_of = harness_attribute (three, "resource")->value;
  g_assert_cmpstr (harness_attribute (state_of, "state")->bytes, ==,
                   "queued: all 2 connections to its host are in use");

  g_cancellable_cancel (first);
  turn_until (1);
  turn_until_doing (three, "waiting for the answer to");
  g_cancellable_cancel (others);
  turn_until (3);
}

static void
test_queued_without_payload (void)
{
  g_autoptr (GCancellable) all = g_cancellable_new ();
  InspectObject one, two, three;

  harness_set_payload (false);
  one = send_one ("/silent?token=secret", all);
  two = send_one ("/silent?token=secret", all);
  turn_until_doing (one, "waiting for the answer to");
  turn_until_doing (two, "waiting for the answer to");
  three = send_one ("/silent?token=secret", all);
  g_assert_cmpstr (last_doing (three), ==, "queued behind GET /silent, GET /silent:");
  g_cancellable_cancel (all);
  turn_until (3);
}

/* Many that wait: the names are told of some of them, and of each that it waits. */
static void
test_queued_many (void)
{
  g_autoptr (GCancellable) all = g_cancellable_new ();
  InspectObject one = send_one ("/silent", all), two = send_one ("/silent", all), last = 0;

  turn_until_doing (one, "waiting for the answer to");
  turn_until_doing (two, "waiting for the answer to");
  for (int i = 0; i < 20; i++)
    last = send_one ("/silent", all);
  g_assert_cmpstr (last_doing (last), ==, "queued:");
  g_assert_cmpstr (harness_attribute (harness_attribute (last, "resource")->value, "state")->bytes,
                   ==, "queued: all 2 connections to its host are in use");
  g_cancellable_cancel (all);
  turn_until (22);
}

static void
take_stream (GObject *source, GAsyncResult *result, gpointer data)
{
  *(GInputStream **)data = soup_session_send_finish (SOUP_SESSION (source), result, NULL);
  g_assert_nonnull (*(GInputStream **)data);
  n_ready++;
}

/* Whoever neither reads nor closes the stream of an answer keeps its connection. */
static void
test_queued_behind_unread (void)
{
  GInputStream *streams[2];
  InspectObject third;

  for (int i = 0; i < 2; i++)
    {
      g_autoptr (SoupMessage) message = make (i == 0 ? "/big?of=0" : "/big?of=1");

      soup_session_send_async (session, message, G_PRIORITY_DEFAULT, NULL, take_stream,
                               &streams[i]);
    }
  turn_until (2);
  third = send_one ("/here", NULL);
  g_assert_cmpstr (last_doing (third), ==,
                   "queued behind GET /big?of=0 (not read to its end), "
                   "GET /big?of=1 (not read to its end):");
  g_assert_true (g_input_stream_close (streams[0], NULL, NULL));
  turn_until (3);
  g_assert_no_error (last_error);
  for (int i = 0; i < 2; i++)
    g_object_unref (streams[i]);
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

/* Without a callback it belongs to nobody's task: who asked for it may be long over. */
static void
test_preconnected_for_nobody (void)
{
  g_autoptr (SoupMessage) message = make ("/");
  InspectId outer = inspect_id_new (), previous;

  inspect_task_begin (outer, INSPECT_NONE, 0);
  previous = inspect_task_enter (outer);
  soup_session_preconnect_async (session, message, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
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
  n_ready++;
}

static void
on_refused_web_socket (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_null (soup_session_websocket_connect_finish (SOUP_SESSION (source), result, NULL));
  n_ready++;
}

static void
test_web_socket (void)
{
  g_autoptr (SoupMessage) message = make ("/web-socket");

  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        on_web_socket, NULL);
  turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.websocket")->status, ==, 0);
}

/* Answers of no web socket. */
static void
test_web_socket_refused (void)
{
  g_autoptr (SoupMessage) message = make ("/here");

  soup_session_websocket_connect_async (session, message, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        on_refused_web_socket, NULL);
  turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.websocket")->status, ==, -EIO);
}

/* ---- The server's side ------------------------------------------------------------------------ */

static void
test_paused (void)
{
  g_autofree char *url = url_of ("/silent");
  InspectObject await;

  send_one ("/silent", NULL);
  while (harness_count (EVENT_AWAIT_BEGIN, "soup.paused") == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (harness_is_in (harness_first (EVENT_AWAIT_BEGIN, "soup.paused"), answer));
  await = harness_first (EVENT_AWAIT_BEGIN, "soup.paused")->object;
  g_assert_cmpstr (harness_attribute (await, "method")->bytes, ==, "GET");
  g_assert_cmpstr (harness_attribute (await, "url")->bytes, ==, url);
  soup_server_message_pause (paused->pdata[0]);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "soup.paused"), ==, 1);
  soup_server_message_set_status (paused->pdata[0], SOUP_STATUS_NO_CONTENT, NULL);
  soup_server_message_unpause (paused->pdata[0]);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.paused")->status, ==, 0);
  g_ptr_array_set_size (paused, 0);
  turn_until (1);
  g_assert_no_error (last_error);
}

/* The server goes, with its messages. */
static void
test_paused_and_gone (void)
{
  SoupServer *first = server;
  int first_port = port;

  start_server ();
  send_one ("/silent", NULL);
  while (harness_count (EVENT_AWAIT_BEGIN, "soup.paused") == 0)
    g_main_context_iteration (NULL, TRUE);
  g_ptr_array_set_size (paused, 0);
  soup_server_disconnect (server);
  g_clear_object (&server);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "soup.paused")->status, ==, -ECANCELED);
  server = first;
  port = first_port;
  turn_until (1);
  g_assert_nonnull (last_error);
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

static const struct
{
  const char *path;
  void (*test) (void);
} cases[] = {
  { "/messages/answered", test_answered },
  { "/messages/redirected", test_redirected },
  { "/messages/cancelled", test_cancelled },
  { "/messages/refused", test_refused },
  { "/messages/result-not-asked-for", test_result_not_asked_for },
  { "/messages/stream", test_stream },
  { "/messages/sent-again", test_sent_again },
  { "/messages/preconnected", test_preconnected },
  { "/messages/without-payload", test_without_payload },
  { "/messages/call-that-sleeps", test_call_that_sleeps },
  { "/messages/server-closes", test_server_closes },
  { "/messages/freed-early", test_freed_early },
  { "/messages/sent-twice", test_sent_twice },
  { "/messages/end-that-nobody-saw", test_end_that_nobody_saw },
  { "/messages/off", test_off },
  { "/messages/timeout", test_timeout },
  { "/messages/queued-behind", test_queued_behind },
  { "/messages/queued-without-payload", test_queued_without_payload },
  { "/messages/queued-many", test_queued_many },
  { "/messages/queued-behind-unread", test_queued_behind_unread },
  { "/messages/preconnected-for-nobody", test_preconnected_for_nobody },
  { "/messages/paused", test_paused },
  { "/messages/paused-and-gone", test_paused_and_gone },
  { "/messages/web-socket", test_web_socket },
  { "/messages/web-socket-refused", test_web_socket_refused },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  paused = g_ptr_array_new_with_free_func (g_object_unref);
  start_server ();
  harness_install ();
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add_data_func (cases[i].path, (gconstpointer)cases[i].test, run);
  return g_test_run ();
}
