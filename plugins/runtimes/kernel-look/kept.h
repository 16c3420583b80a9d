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

typedef enum
{
  KERNEL_SIDE_NOT_ASKED,
  KERNEL_SIDE_CLIENT,
  KERNEL_SIDE_OTHER, /* that of a server, or of a pair; or it is not known */
} KernelSide;

/* Of a socket. */
typedef struct
{
  char *local, *peer; /* "" where there is none */
  int peer_pid;       /* 0: not known */
  guint64 peer_inode; /* 0: not known */
  gboolean is_listening;
  gboolean is_silent;          /* connected, and nothing to read */
  gboolean is_unread;          /* the other end has not read all that was sent */
  gboolean is_internet;        /* its addresses have ports */
  KernelSide side;             /* of kernel_kept_is_for_peer() */
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
/* Of a connection on which nothing is to be read: whether it is for the other end, which is on this machine, to say something.
 * A client may leave its server in peace for as long as it likes. Of a pair of sockets neither end is a server's: there
 * something is owed once something was sent that nobody has read. */
gboolean kernel_kept_is_for_peer (KernelKept *kept, int pid, int fd, gint64 since_ns);
/* (transfer none): its command line; "?" not known. @ret_serial: another process of that pid has another one */
const char *kernel_kept_get_command (KernelKept *kept, int pid, guint64 *ret_serial);

G_END_DECLS

#endif
