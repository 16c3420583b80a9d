/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef KERNEL_LOOK_KEPT_H
#define KERNEL_LOOK_KEPT_H

#include "target/sleep.h"
#include "target/things.h"

G_BEGIN_DECLS

/* What was read of processes in earlier looks, for as long as it holds: how a thread sleeps until it runs, what a descriptor is
 * of until any thread of the process does (target/facts.h). What the other end of a connection may change is asked again after a
 * while. */

typedef struct _KernelKept KernelKept;

/* Of a socket. */
typedef struct
{
  char *local, *peer; /* "" where there is none */
  int peer_pid;       /* 0: not known */
  guint64 peer_inode; /* 0: not known */
  gboolean is_listening;
  gboolean is_silent;          /* connected, and nothing to read */
  gboolean may_be_owed;        /* this side has connected to who listens, or was not even heard */
  gint64 sent_ns, received_ns; /* when; 0: never, or not known */
} KernelSocket;

KernelKept *kernel_kept_new (void);
void kernel_kept_free (KernelKept *kept);
/* Of the next look; what was not asked for in the one before is forgotten. */
void kernel_kept_begin (KernelKept *kept, gint64 now_ns);

/* All threads of the process that sleep; @ret_runs: whether one does not. (transfer full): of KernelSleep */
GArray *kernel_kept_get_sleeps (KernelKept *kept, int pid, gboolean *ret_runs);
/* (transfer none) (nullable): what that descriptor is of; until the end of the look */
const KernelThing *kernel_kept_get_thing (KernelKept *kept, int pid, int fd);
/* (transfer none) (nullable): the same; @since_ns: since when it is waited for, as in ends.h */
const KernelSocket *kernel_kept_get_socket (KernelKept *kept, int pid, int fd, gint64 since_ns);
/* (transfer none): its command line; "?" not known. @ret_serial: another process of that pid has another one */
const char *kernel_kept_get_command (KernelKept *kept, int pid, guint64 *ret_serial);

G_END_DECLS

#endif
