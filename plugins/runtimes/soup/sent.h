/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_SENT_H
#define SOUP_SENT_H

/* What is told of each message that is on its way, in memory of our own. No lock: an entry is taken by
 * one atomic exchange, its thread writes it, and others read what they compare. */

#include "plugin.h"

#define SENT_NAME_MAX 64u

/* What a message has to do with the connections of its session. */
typedef enum
{
  CONNECTION_NONE,
  CONNECTION_AWAITED,
  CONNECTION_HELD,
} Connection;

typedef struct
{
  uint32_t is_taken;

  /* Read by the threads of other messages. The session is compared alone: no reference. */
  uint32_t connection;
  uint32_t is_unread; /* the caller has the stream of the answer, and holds the connection by it */
  uint32_t is_named; /* its wait for a connection was told with the names of those that hold them */
  uint32_t version;  /* of the name; odd while it is written */
  uintptr_t session;
  uint64_t host;
  uint64_t name[SENT_NAME_MAX / sizeof (uint64_t)]; /* "GET /posts" */
  InspectObject await, resource;

  /* Of its own thread. */
  SoupMessage *message; /* carries this: no reference */
  InspectId task;
  bool is_own_task;          /* made for this message */
  bool is_over;              /* nobody waits for it any more */
  bool is_finished;          /* the session has let go of it */
  bool frees_connection;     /* with its end: preconnecting, or as a web socket's own */
  bool has_deadline;         /* was told */
  bool gives_stream;         /* to its caller, who reads the answer from it */
  uint32_t timeout_s;        /* of the session's sockets; 0: none */
  uint32_t per_host, in_all; /* connections that its session may have */
} Sent;

/* Once; without memory nothing is told. */
void sent_start (void);
/* NULL, and counted, where there is no room. */
Sent *sent_take (void);
void sent_give_back (Sent *sent);

void sent_set_name (Sent *sent, const char *name);
/* False: it has become another message's meanwhile. */
bool sent_copy_name (const Sent *sent, char name[SENT_NAME_MAX]);

/* The taken entries: `for (Sent *s = sent_next (NULL); s != NULL; s = sent_next (s))`. */
Sent *sent_next (const Sent *after);

#endif
