/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef LIBURING_PLUGIN_H
#define LIBURING_PLUGIN_H

#include <liburing.h>

#include "watchers/loop.h"
#include "watchers/task.h"
#include "watchers/watcher.h"
#include "watchers/watchers.h"

#define HOOK(function)                                                                             \
  extern __typeof__ (function) *real_##function;                                                   \
  __typeof__ (function) hook_##function;
#include "hooks.def"

/* ---- operations.c ----------------------------------------------------------------------------- */

/* The program has submitted @sqe. @deadline: (nullable): of the linked timeout behind it. */
void operation_begin (const struct io_uring *ring, const struct io_uring_sqe *sqe,
                      const struct __kernel_timespec *deadline, const void *caller);
/* It has completed, for good or for the first of several times. Returns: the task that it was of, with a
 * reference; INSPECT_NONE: nothing is known of it */
InspectId operation_complete (const struct io_uring *ring, const struct io_uring_cqe *cqe);
/* All that is in flight of a ring that is gone. */
void operations_end (const struct io_uring *ring);

#endif
