/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_HELLO_H
#define EMIT_HELLO_H

#include <stdbool.h>
#include <stdint.h>
#include "channel/handshake.h"

/* Messages to the inspector (channel/handshake.h). Nothing here waits: an inspector that does not
 * listen at this very moment is none. Safe in signal handlers and in the child of a fork. */

/* Remembers where the inspector listens; false where nobody does. The child of a fork cannot look
 * into the environment any more: another thread may have been changing it. */
bool emit_hello_find_inspector (void);
/* One that is connected already takes the place of new connections; -1: no more. */
void emit_hello_use_socket (int socket);

/* Whether there is one: then whoever attaches has sent its answers by now, for it waits itself. */
bool emit_hello_is_handed_over (void);

/* Returns: a connected socket, or -errno */
int emit_hello_connect (void);

/* Fills what every message has. */
void emit_hello_init (ChannelHello *hello, ChannelHelloType type, int32_t parent_pid);

/* @memfd: -1 for none. Returns: 0 or -errno. */
int emit_hello_send (int socket, const ChannelHello *hello, int memfd);

#endif
