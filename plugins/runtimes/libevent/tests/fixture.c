/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "fixture.h"

#include <sys/socket.h>
#include <unistd.h>

struct event_base *fixture_base;
unsigned int fixture_n_fired;

void
fixture_turn (void)
{
  event_base_loop (fixture_base, EVLOOP_ONCE);
}

void
fixture_on_event (evutil_socket_t fd, short what, void *data)
{
  char byte;

  fixture_n_fired++;
  if ((what & EV_READ) != 0)
    g_assert_cmpint (read (fd, &byte, 1), ==, 1);
}

void
fixture_make_ends (int ends[2])
{
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
}

void
fixture_close_ends (int ends[2])
{
  close (ends[0]);
  close (ends[1]);
}

void
fixture_run (gconstpointer test)
{
  fixture_base = event_base_new ();
  fixture_n_fired = 0;
  harness_run (test);
  harness_clear ();
  event_base_free (fixture_base);
}
