/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef KERNEL_LOOK_PROCESSES_H
#define KERNEL_LOOK_PROCESSES_H

#include "ends.h"
#include "kept.h"
#include "target/sleep.h"
#include "target/things.h"

G_BEGIN_DECLS

/* Which processes hold what others wait for, and what they wait for themselves: from those that are looked at on. */

typedef enum
{
  KERNEL_WAIT_PLAIN,    /* for nothing that a process is known to give */
  KERNEL_WAIT_BYTES,    /* until one of @holders writes */
  KERNEL_WAIT_ROOM,     /* until one of @holders reads */
  KERNEL_WAIT_LOCK,     /* until @holders let go */
  KERNEL_WAIT_CHILD,    /* until the only one of @holders ends */
  KERNEL_WAIT_CHILDREN, /* until one of @holders ends */
} KernelWaitOf;

/* What one thread waits for. */
typedef struct
{
  KernelSleep sleep;
  KernelThing thing; /* of its descriptor, where that is known */
  gboolean has_thing;
  KernelWaitOf of;
  char *link;      /* (nullable): what @holders have: the other end of a socket has another name */
  GArray *holders; /* of int: pids */
  gboolean
      is_watched; /* one of several that a thread waits for at once; behind the wait for all of them */
  gboolean is_asked; /* something was sent that way to which nothing has come back */
  gboolean
      is_owed; /* it is for the other end to say something, and nobody of @holders waits for this side to */
} KernelWait;

typedef struct
{
  int pid;
  guint64 serial; /* another process of the same pid has another one */
  char *command;
  gboolean runs; /* a thread of it does */
  GArray *waits; /* KernelWait */
} KernelProcess;

/* @pid and all that it waits for, directly or not; the first one is @pid. (transfer full): of KernelProcess */
GPtrArray *kernel_processes_find (int pid, gint64 now_ns, KernelKept *kept, KernelEnds *ends);
gboolean kernel_process_is_stopped (const KernelProcess *process);
/* All who could end it are. */
gboolean kernel_wait_is_for_stopped (const GPtrArray *processes, const KernelWait *wait);
/* (nullable) */
const KernelProcess *kernel_processes_get (const GPtrArray *processes, int pid);

G_END_DECLS

#endif
