/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef GLIB_START_H
#define GLIB_START_H

/* Calls that start an operation, from before GIO's function to after it. */

#include "extent.h"
#include "gio.h"

/* A call of a function that starts an operation. */
typedef struct
{
  Extent *extent;
  uintptr_t frame;
  InspectId previous;
  uint64_t cost;
} Start;

/* Before the original is called. False: call it and nothing else. @user_data: of the callback;
 * where it is a GTask, the operation is a step of that. */
bool start_begin (Start *start, const void *user_data, const void *caller, uintptr_t frame);
/* After it. Returns: the await, to say more of; 0 when nothing is waited for */
InspectObject start_begun (Start *start, InspectKind *kind, GAsyncReadyCallback callback,
                           const void *user_data, GCancellable *cancellable);
void start_end (Start *start);

#endif
