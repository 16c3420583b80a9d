/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_TEST_FIXTURE_H
#define SOUP_TEST_FIXTURE_H

#include <libsoup/soup.h>

#include "harness.h"

/* A server and a client in this process. */

typedef struct
{
  SoupServer *server;
  int port;
  SoupSession *session; /* of the test */
  int n_ready;
  GError *last_error;
  GPtrArray *paused; /* of the server, which does not see that their clients are gone */
} Fixture;

extern Fixture fixture;

/* Answers: "/silent" never, "/moved" with a redirection, "/hangs-up" by closing the connection, "/big" with
 * more than sockets hold, "/web-socket" as one, all else with "hello". */
void fixture_start_server (void);
void fixture_answer (SoupServer *of, SoupServerMessage *message, const char *path,
                     GHashTable *query, gpointer data);

/* Each case has a session of its own. */
int fixture_main (int argc, char **argv, const HarnessCase *cases, unsigned int n);

SoupMessage *fixture_make (const char *path);
/* Without what is secret in it. */
char *fixture_url_of (const char *path);
void fixture_on_read (GObject *source, GAsyncResult *result, gpointer data);
/* The await of it. */
InspectObject fixture_send (const char *path, GCancellable *cancellable);

/* Until so many requests are over. */
void fixture_turn_until (int n);
gboolean fixture_was_doing (InspectObject await, const char *doing);
void fixture_turn_until_doing (InspectObject await, const char *doing);

#endif
