/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_QUEUE_H
#define SOUP_QUEUE_H

/* Which messages hold the connections that others wait for. */

#include "sent.h"

/* What a message has to do with connections is another thing now: those that wait for one of the same
 * host are told anew. */
void queue_set (Sent *sent, Connection connection);
/* The same after its caller has taken the stream of the answer. */
void queue_set_unread (Sent *sent);

#endif
