/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "fixture.h"

Fixture fixture;

static char big[1 << 20]; /* more than the sockets between take */

void
fixture_answer (SoupServer *of, SoupServerMessage *message, const char *path, GHashTable *query,
                gpointer data)
{
  if (g_str_equal (path, "/silent"))
    {
      soup_server_message_pause (message);
      g_ptr_array_add (fixture.paused, g_object_ref (message));
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

void
fixture_start_server (void)
{
  g_autoptr (GError) error = NULL;
  GSList *uris;

  fixture.server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture.server, NULL, fixture_answer, NULL, NULL);
  soup_server_add_websocket_handler (fixture.server, "/web-socket", NULL, NULL, open_web_socket,
                                     NULL, NULL);
  soup_server_listen_local (fixture.server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture.server);
  fixture.port = g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
}

SoupMessage *
fixture_make (const char *path)
{
  g_autofree char *url = g_strdup_printf ("http://ada:secret@127.0.0.1:%d%s", fixture.port, path);

  return soup_message_new ("GET", url);
}

char *
fixture_url_of (const char *path)
{
  return g_strdup_printf ("http://127.0.0.1:%d%s", fixture.port, path);
}

void
fixture_on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) bytes = NULL;

  g_clear_error (&fixture.last_error);
  bytes = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &fixture.last_error);
  fixture.n_ready++;
}

void
fixture_turn_until (int n)
{
  while (fixture.n_ready < n)
    g_main_context_iteration (NULL, TRUE);
}

/* Between a session of its own and a check that nothing is left. */
static void
run (gconstpointer test)
{
  fixture.n_ready = 0;
  harness_set_payload (true);
  fixture.session = soup_session_new ();
  harness_clear ();
  ((void (*) (void))test) ();
  g_object_unref (fixture.session);
  for (guint i = 0; i < fixture.paused->len; i++)
    soup_server_message_unpause (fixture.paused->pdata[i]);
  g_ptr_array_set_size (fixture.paused, 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  harness_check (true);
}

gboolean
fixture_was_doing (InspectObject await, const char *doing)
{
  for (unsigned int i = 0; i < harness_count (EVENT_ATTRIBUTE, "doing"); i++)
    {
      const Event *event = harness_nth (EVENT_ATTRIBUTE, "doing", i);

      if (event->object == await && g_str_equal (event->bytes, doing))
        return TRUE;
    }
  return FALSE;
}

InspectObject
fixture_send (const char *path, GCancellable *cancellable)
{
  g_autoptr (SoupMessage) message = fixture_make (path);
  unsigned int n = harness_count (EVENT_AWAIT_BEGIN, "soup.send-and-read");

  soup_session_send_and_read_async (fixture.session, message, G_PRIORITY_DEFAULT, cancellable,
                                    fixture_on_read, NULL);
  return harness_nth (EVENT_AWAIT_BEGIN, "soup.send-and-read", n)->object;
}

void
fixture_turn_until_doing (InspectObject await, const char *doing)
{
  while (!fixture_was_doing (await, doing))
    g_main_context_iteration (NULL, TRUE);
}

int
fixture_main (int argc, char **argv, const HarnessCase *cases, unsigned int n)
{
  g_test_init (&argc, &argv, NULL);
  fixture.paused = g_ptr_array_new_with_free_func (g_object_unref);
  fixture_start_server ();
  harness_install ();
  harness_add_cases (cases, n, run);
  return g_test_run ();
}
