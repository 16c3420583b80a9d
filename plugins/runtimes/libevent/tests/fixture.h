/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBEVENT_TEST_FIXTURE_H
#define LIBEVENT_TEST_FIXTURE_H

#include <event2/event.h>
#include <event2/event_compat.h>
#include <event2/event_struct.h>

#include "harness.h"

/* Made anew for each test. */
extern struct event_base *fixture_base;
extern unsigned int fixture_n_fired; /* how often fixture_on_event() was called */

/* A test with a base of its own. */
void fixture_run (gconstpointer test);
void fixture_turn (void);
/* Reads a byte where there is something to read. */
void fixture_on_event (evutil_socket_t fd, short what, void *data);

void fixture_make_ends (int ends[2]);
void fixture_close_ends (int ends[2]);

#endif
