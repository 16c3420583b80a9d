/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_SLEEP_H
#define TARGET_SLEEP_H

#include <glib.h>

G_BEGIN_DECLS

/* What the kernel says of a thread that sleeps: in which call, on what, and since when. */

typedef enum
{
  KERNEL_OTHER, /* something else, or that is not known */
  KERNEL_READ,
  KERNEL_WRITE,
  KERNEL_ACCEPT,
  KERNEL_CONNECT,
  KERNEL_POLL, /* for any of several descriptors, or for some time alone */
  KERNEL_LOCK, /* of a file */
  KERNEL_CHILD,
  KERNEL_OPEN,
  KERNEL_PAUSE, /* for some time */
  KERNEL_SIGNAL,
  KERNEL_FUTEX,   /* a lock, a condition: of those other plugins tell */
  KERNEL_STOPPED, /* by a signal */
} KernelCall;

typedef struct
{
  int pid, tid;
  char state;       /* of proc(5): S, D, R, T, t, Z, X */
  guint64 n_sleeps; /* the same number later: it has not run in between */
  gint64 since_ns;  /* on the monotonic clock: when it ran last; 0: that is not known */
  KernelCall call;
  const char *name;      /* of the system call; "" not known */
  int fd;                /* -1: none */
  int child;             /* KERNEL_CHILD: its pid; 0: any */
  gboolean may_end;      /* by itself: a timeout is set */
  gboolean is_exclusive; /* KERNEL_LOCK: nobody else may have it */
  char *path;            /* KERNEL_OPEN, KERNEL_CONNECT: (nullable) */
  gboolean for_writing;  /* KERNEL_OPEN */
  GArray *
      watched; /* KERNEL_POLL: of int: descriptors that it waits to read from; (nullable): not known */
} KernelSleep;

/* FALSE: it runs, has ended, or is not ours to see. */
gboolean kernel_sleep_read (int pid, int tid, KernelSleep *ret_sleep);
void kernel_sleep_copy (const KernelSleep *sleep, KernelSleep *ret_copy);
void kernel_sleep_clear (KernelSleep *sleep);
/* A sleep that is over sooner is nobody's trouble. */
gboolean kernel_sleep_is_young (const KernelSleep *sleep, gint64 now_ns);
/* A descriptor by which @sleep, or any epoll that it waits with, waits for @link; see things.h */
gboolean kernel_sleep_watches (const KernelSleep *sleep, const char *link, gboolean *ret_is_known);

G_END_DECLS

#endif
