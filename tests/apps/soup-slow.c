/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A client of libsoup. Its server answers /user, and never /posts. */

#include <libsoup/soup.h>
#include <stdlib.h>
#include <unistd.h>

#define LIFE_MS 2500

typedef struct
{
  GMainLoop *loop;
  SoupSession *session;
  char *base; /* "http://127.0.0.1:8080" */
} Client;

/* ---- The server ------------------------------------------------------------------------------- */

static void
answer (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
        gpointer data)
{
  if (g_str_equal (path, "/posts"))
    {
      soup_server_message_pause (message);
      return;
    }
  soup_server_message_set_status (message, SOUP_STATUS_OK, NULL);
  soup_server_message_set_response (message, "text/plain", SOUP_MEMORY_STATIC, "ada", 3);
}

static char *
start_server (void)
{
  g_autoptr (GError) error = NULL;
  SoupServer *server = soup_server_new (NULL, NULL);
  GSList *uris;
  char *base;

  soup_server_add_handler (server, NULL, answer, NULL, NULL);
  if (!soup_server_listen_local (server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error))
    g_error ("%s", error->message);
  uris = soup_server_get_uris (server);
  base = g_strdup_printf ("http://127.0.0.1:%d", g_uri_get_port (uris->data));
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  return base;
}

/* ---- The client ------------------------------------------------------------------------------- */

static SoupMessage *
make_message (Client *client, const char *path)
{
  g_autofree char *url = g_strconcat (client->base, path, NULL);

  return soup_message_new ("GET", url);
}

static void
on_posts (GObject *session, GAsyncResult *result, gpointer data)
{
  Client *client = data;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (session), result, NULL);

  g_print ("%s\n", bytes != NULL ? "posts" : "no posts");
  g_main_loop_quit (client->loop);
}

static void
fetch_posts (Client *client)
{
  g_autoptr (SoupMessage) message = make_message (client, "/posts?of=ada");

  soup_session_send_and_read_async (client->session, message, 0, NULL, on_posts, client); /* POSTS */
}

static void
on_user (GObject *session, GAsyncResult *result, gpointer data)
{
  Client *client = data;
  g_autoptr (GBytes) bytes =
      soup_session_send_and_read_finish (SOUP_SESSION (session), result, NULL);

  g_print ("%s\n", bytes != NULL ? "user" : "no user");
  if (g_getenv ("HEALTHY") == NULL)
    fetch_posts (client);
  else
    g_main_loop_quit (client->loop);
}

static void
fetch_user (Client *client)
{
  g_autoptr (SoupMessage) message = make_message (client, "/user");

  soup_session_send_and_read_async (client->session, message, 0, NULL, on_user, client); /* USER */
}

static gboolean
give_up (gpointer data)
{
  exit (EXIT_SUCCESS);
}

int
main (void)
{
  Client client = { .loop = g_main_loop_new (NULL, FALSE), .session = soup_session_new () };

  client.base = start_server ();
  g_timeout_add (LIFE_MS, give_up, NULL);
  fetch_user (&client);
  g_main_loop_run (client.loop);
  return EXIT_SUCCESS;
}
