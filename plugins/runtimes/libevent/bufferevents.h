/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBEVENT_BUFFEREVENTS_H
#define LIBEVENT_BUFFEREVENTS_H

#include "plugin.h"

/* Whether @event is libevent's own, in a buffered connection: that is what waits, or has its callbacks again. */
bool buffered_adopt (const struct event *event);
bool buffered_give_back (const struct event *event);

#endif
