/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOUP_STATES_H
#define SOUP_STATES_H

/* How far a message has got, from its own signals. */

#include "sent.h"

/* Once a message; the handlers go with it. */
void states_connect (Sent *sent);
/* The session has it. */
void states_set_queued (Sent *sent);
/* Nobody waits for it, or the session has let go of it: the resource is gone once both are so. */
void states_close (Sent *sent);

#endif
