/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_SOCKET_ROW_H
#define TARGET_SOCKET_ROW_H

#include <glib.h>

G_BEGIN_DECLS

/* The kernel's numbers for states (include/net/tcp_states.h), which it uses for all kinds. */
typedef enum
{
  ROW_ESTABLISHED = 1,
  ROW_SYN_SENT = 2,
  ROW_SYN_RECV = 3,
  ROW_FIN_WAIT1 = 4,
  ROW_FIN_WAIT2 = 5,
  ROW_TIME_WAIT = 6,
  ROW_CLOSE = 7,
  ROW_CLOSE_WAIT = 8,
  ROW_LAST_ACK = 9,
  ROW_LISTEN = 10,
  ROW_CLOSING = 11,
  ROW_NEW_SYN_RECV = 12,
} SocketRowState;

/* One socket as the kernel lists it. */
typedef struct
{
  int family;
  int type;
  int protocol; /* IPPROTO_TCP, IPPROTO_UDP; 0 for Unix sockets */
  int state;
  guint64 inode;              /* 0: no process has it: not accepted yet, or closed */
  guint8 local[16], peer[16]; /* network order; four bytes of them for AF_INET */
  guint16 local_port, peer_port;
  guint32 scope; /* index of the interface it is bound to */
  guint64 receive_queue, send_queue;
  guint retransmits, total_retransmits;
  gint64 last_received_ms, last_sent_ms; /* -1 unknown */

  char *path;         /* Unix: its name, or NULL */
  guint64 peer_inode; /* Unix */
  gboolean has_waiting;
} SocketRow;

void target_socket_row_init (SocketRow *row, int family, int protocol);
void target_socket_row_clear (SocketRow *row);
void target_socket_row_steal (SocketRow *row, SocketRow *ret_row);
/* From the kernel's numbers; after the state. */
void target_socket_row_set_queues (SocketRow *row, guint64 receive, guint64 send);
/* "127.0.0.1:80", "[::1]:80", "/run/x", "@x", "". IPv4 in an IPv6 socket is shown as IPv4. */
char *target_socket_row_dup_local (const SocketRow *row);
char *target_socket_row_dup_peer (const SocketRow *row);
const char *target_socket_row_get_state (const SocketRow *row);
/* Whether @end is the other end of the connection @row. */
gboolean target_socket_row_is_end_of (const SocketRow *end, const SocketRow *row);
gboolean target_socket_row_listens_for (const SocketRow *listener, const SocketRow *row);

/* Bytes of sun_path as the kernel has them: "@name" for an abstract one. (transfer full) */
char *target_socket_dup_unix_name (const char *bytes, gsize length);

/* Takes what it wants from @row (target_socket_row_steal()); FALSE ends the walk. */
typedef gboolean (*TargetRowFunc) (SocketRow *row, gpointer data);

/* sock-diag.c. Each returns FALSE when the kernel would not answer; that a socket does not exist is
 * an answer, and @func is not called. */
gboolean target_sock_diag_walk_inet (int family, int protocol, TargetRowFunc func, gpointer data);
/* The socket with the addresses of @like; the kernel takes one that listens there when there is no
 * connection. TCP. */
gboolean target_sock_diag_get_inet (const SocketRow *like, TargetRowFunc func, gpointer data);
gboolean target_sock_diag_get_unix (guint64 inode, TargetRowFunc func, gpointer data);
gboolean target_sock_diag_walk_unix_listeners (guint64 waiting_inode, TargetRowFunc func,
                                               gpointer data);

/* proc-net.c: the same from /proc/PID/net, in the network namespace of @pid. */
gboolean target_proc_net_walk_inet (int pid, int family, int protocol, TargetRowFunc func,
                                    gpointer data);
gboolean target_proc_net_walk_unix (int pid, TargetRowFunc func, gpointer data);

/* @text is the content of such a file. */
void target_proc_net_parse_inet (const char *text, int family, int protocol, TargetRowFunc func,
                                 gpointer data);
void target_proc_net_parse_unix (const char *text, TargetRowFunc func, gpointer data);

G_END_DECLS

#endif
