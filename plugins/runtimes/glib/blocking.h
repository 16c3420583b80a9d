/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_BLOCKING_H
#define GLIB_BLOCKING_H

/* Calls that put their thread to sleep: an await of the task that makes the call, which the thread
 * cannot leave before it has ended. */

#include "gio.h"

typedef struct
{
  InspectObject await;
  InspectId task; /* with a reference */
  uint64_t cost;
} Blocking;

/* False: the original is called and nothing else. The await has begun and its attributes can
 * follow. */
bool blocking_begin (Blocking *blocking, InspectKind *kind, GCancellable *cancellable,
                     const void *caller);
/* Right before the original. */
void blocking_pass (Blocking *blocking);
void blocking_end (Blocking *blocking, GCancellable *cancellable, bool has_failed);

#endif
