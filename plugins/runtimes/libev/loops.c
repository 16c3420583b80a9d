/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Loops: who turns them, and their life. */

#include "plugin.h"

#include <errno.h>

int
hook_ev_run (struct ev_loop *loop, int flags)
{
  InspectId previous = loop_enter (loop, CALLER);
  int status = real_ev_run (loop, flags);

  loop_leave (loop, previous);
  return status;
}

struct ev_loop *
hook_ev_loop_new (unsigned int flags)
{
  struct ev_loop *loop = real_ev_loop_new (flags);

  if (loop != NULL && watchers_are_on ())
    inspect_resource_begin (loop_object (loop), watcher_place (CALLER));
  return loop;
}

/* Programs ask for it all the time; it is made once. */
struct ev_loop *
hook_ev_default_loop (unsigned int flags)
{
  static const struct ev_loop *known;
  struct ev_loop *loop = real_ev_default_loop (flags);

  if (loop != NULL && loop != known && watchers_are_on ())
    {
      known = loop;
      inspect_resource_begin (loop_object (loop), watcher_place (CALLER));
    }
  return loop;
}

/* Watchers that are still there are the program's, and wait no more. */
void
hook_ev_loop_destroy (struct ev_loop *loop)
{
  if (loop != NULL)
    watcher_end_all (loop, -ECANCELED);
  if (loop != NULL && watchers_are_on ())
    inspect_resource_end (loop_object (loop));
  real_ev_loop_destroy (loop);
}
