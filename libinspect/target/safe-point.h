/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_SAFE_POINT_H
#define TARGET_SAFE_POINT_H

/* Whether a thread that was stopped may make calls that ask for memory and load libraries: whether
 * nothing that it is in the middle of holds what these need. */

#include "target/stack-private.h"

G_BEGIN_DECLS

typedef enum
{
  TARGET_POINT_SAFE,
  TARGET_POINT_LATER,   /* once it has come to the address that is given */
  TARGET_POINT_UNKNOWN, /* not here, and nobody can tell where */
  TARGET_POINT_OPAQUE,  /* its stack cannot be followed to its end from here */
} TargetPoint;

typedef struct _TargetSafety TargetSafety;

/* Reads all that is to be known of its files, before anything is stopped: some 10 ms. @mappings: of
 * TargetMapping; kept. NULL: the process has ended, or cannot be looked at. */
TargetSafety *target_safety_new (int pid, GPtrArray *mappings);
void target_safety_free (TargetSafety *safety);
/* Goes through the stacks of threads that sleep, so that what is needed of the files is in memory. */
void target_safety_prime (TargetSafety *safety, const GArray *tids);
/* @stack: of a stopped thread. @ret_until: for TARGET_POINT_LATER. @ret_is_idle: it is within a function of libc's that
 * waits for descriptors */
TargetPoint target_safety_judge (TargetSafety *safety, const TargetStack *stack, int tid,
                                 guint64 *ret_until, gboolean *ret_is_idle);

G_END_DECLS

#endif
