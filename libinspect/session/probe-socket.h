/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_PROBE_SOCKET_H
#define SESSION_PROBE_SOCKET_H

#include "inspector-probe.h"

G_BEGIN_DECLS

/* What the kernel knows of a socket that an agent would have seen being opened and written to. */
typedef struct
{
  char *local, *peer; /* "" */
  gboolean is_client_known;
  gboolean is_client; /* nobody listens at its own end */
  gint64 asked_ns;    /* something was sent so long ago, and nothing has come since; -1 */
} ProbeSocket;

gboolean probe_socket_get (int pid, int fd, ProbeSocket *ret_socket);
void probe_socket_clear (ProbeSocket *socket);

/* "GET /posts HTTP/1.1", where a variable of those that wait begins with one. (transfer full)
 * (nullable) */
char *probe_socket_dup_request (const InspectorProbeAwait *await);

G_END_DECLS

#endif
