/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/probe-socket.h"

#include <stdio.h>
#include <string.h>
#include "target/facts.h"

/* ---- Who opened a connection ---------------------------------------------------------------------- */

static int
get_port (const char *address)
{
  const char *colon = strrchr (address, ':');

  return colon != NULL ? atoi (colon + 1) : 0;
}

static void
classify (int pid, const TargetSocket *socket, ProbeSocket *ret_socket)
{
  int port = get_port (socket->local);

  if (socket->type != 1 /* SOCK_STREAM */ || port == 0 || *socket->peer == '\0')
    return;
  ret_socket->is_client_known = TRUE;
  ret_socket->is_client = !target_facts_is_port_listened_to (pid, port);
}

gboolean
probe_socket_get (int pid, int fd, ProbeSocket *ret_socket)
{
  TargetSocket socket = { 0 };

  if (!target_facts_get_socket (pid, fd, &socket))
    return FALSE;
  *ret_socket = (ProbeSocket){ .asked_ns = -1 };
  ret_socket->local = g_strdup (socket.local != NULL ? socket.local : "");
  ret_socket->peer = g_strdup (socket.peer != NULL ? socket.peer : "");
  classify (pid, &socket, ret_socket);
  if (socket.last_sent_ms >= 0 &&
      (socket.last_received_ms < 0 || socket.last_sent_ms < socket.last_received_ms))
    ret_socket->asked_ns = socket.last_sent_ms * G_GINT64_CONSTANT (1000000);
  target_socket_clear (&socket);
  return TRUE;
}

void
probe_socket_clear (ProbeSocket *socket)
{
  g_free (socket->local);
  g_free (socket->peer);
}

/* ---- What was asked -------------------------------------------------------------------------------- */

static const char *const methods[] = { "GET ",  "POST ",  "PUT ",    "DELETE ",
                                       "HEAD ", "PATCH ", "OPTIONS " };

/* @text is as the language prints it: in quotes, with \r and \n written out. */
static char *
dup_request_line (const char *text)
{
  if (*text++ != '"')
    return NULL;
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    if (g_str_has_prefix (text, methods[i]))
      {
        gsize length = strcspn (text, "\\\"");
        g_autofree char *line = g_strndup (text, length);

        return strstr (line, " HTTP/") != NULL ? g_steal_pointer (&line) : NULL;
      }
  return NULL;
}

char *
probe_socket_dup_request (const InspectorProbeAwait *await)
{
  for (guint i = 0; i < await->n_frames; i++)
    for (guint j = 0; j < await->frames[i].n_variables; j++)
      {
        char *line = dup_request_line (await->frames[i].variables[j].value);

        if (line != NULL)
          return line;
      }
  return NULL;
}
