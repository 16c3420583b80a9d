/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "target/socket-row.h"
#include "target/target-private.h"

/* A descriptor of a target to what the kernel knows of the socket behind it. A Unix socket is found
 * by its inode; for the others the kernel takes addresses alone, so that the first question about
 * one goes through all of them, and the later ones through the addresses found then. */

#define MAX_KNOWN 16384

/* inode -> SocketRow as it was when it was found. One for the process: inodes are the machine's. */
static GHashTable *known;

typedef struct
{
  guint64 inode;        /* what is looked for, or */
  const SocketRow *row; /* the other end of this */
  SocketRow found;
  SocketRow listener; /* who listens where @row goes to */
  gboolean has_found, has_listener;
} Search;

static gboolean
match_inode (SocketRow *row, gpointer data)
{
  Search *search = data;

  if (row->inode != search->inode)
    return TRUE;
  target_socket_row_steal (row, &search->found);
  search->has_found = TRUE;
  return FALSE;
}

/* A peer that no process has leaves the question who listens for it. */
static gboolean
is_complete (const Search *search)
{
  return search->has_found && search->found.inode != 0;
}

static gboolean
match_peer (SocketRow *row, gpointer data)
{
  Search *search = data;

  if (target_socket_row_is_end_of (row, search->row))
    {
      search->found = *row;
      search->has_found = TRUE;
    }
  /* One address before any address, as the kernel chooses. */
  else if (target_socket_row_listens_for (row, search->row) && !search->has_listener)
    {
      search->listener = *row;
      search->has_listener = TRUE;
    }
  return !is_complete (search);
}

static gboolean
match_waiting (SocketRow *row, gpointer data)
{
  Search *search = data;

  if (!row->has_waiting)
    return TRUE;
  target_socket_row_steal (row, &search->found);
  search->has_found = TRUE;
  return FALSE;
}

static gboolean
shares_network (int pid)
{
  char path[64], theirs[64], ours[64];
  gssize theirs_length, ours_length;

  g_snprintf (path, sizeof path, "/proc/%d/ns/net", pid);
  theirs_length = readlink (path, theirs, sizeof theirs);
  ours_length = readlink ("/proc/self/ns/net", ours, sizeof ours);
  /* Unreadable: inodes are unique on the machine, so that a wrong table gives no wrong answer. */
  return theirs_length <= 0 || ours_length <= 0 ||
         (theirs_length == ours_length && memcmp (theirs, ours, (gsize)ours_length) == 0);
}

/* ---- The socket itself --------------------------------------------------------------------------
 */

static const struct
{
  int family;
  int protocol;
} tables[] = {
  { AF_INET, IPPROTO_TCP },
  { AF_INET6, IPPROTO_TCP },
  { AF_INET, IPPROTO_UDP },
  { AF_INET6, IPPROTO_UDP },
};

static void
remember (const SocketRow *row)
{
  SocketRow *copy;

  if (known == NULL || g_hash_table_size (known) >= MAX_KNOWN)
    return;
  copy = g_memdup2 (row, sizeof *row);
  copy->path = NULL;
  g_hash_table_replace (known, &copy->inode, copy);
}

/* Room for what the next walk finds. */
static void
prepare_known (void)
{
  if (known == NULL)
    known = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, g_free);
  else if (g_hash_table_size (known) >= MAX_KNOWN / 2)
    g_hash_table_remove_all (known);
}

/* Takes down the others on its way: whoever asks about one socket of a program asks about more. */
static gboolean
match_and_remember (SocketRow *row, gpointer data)
{
  Search *search = data;

  if (row->protocol == IPPROTO_TCP && row->inode != 0)
    remember (row);
  if (row->inode == search->inode && !search->has_found)
    {
      search->found = *row;
      search->has_found = TRUE;
    }
  return TRUE;
}

static gboolean
find_again (Search *search)
{
  const SocketRow *like = known != NULL ? g_hash_table_lookup (known, &search->inode) : NULL;

  if (like == NULL)
    return FALSE;
  target_sock_diag_get_inet (like, match_inode, search);
  return search->has_found;
}

static gboolean
find_inet (int pid, gboolean netlink, Search *search)
{
  prepare_known ();
  for (guint i = 0; i < G_N_ELEMENTS (tables) && !search->has_found; i++)
    if (!netlink || !target_sock_diag_walk_inet (tables[i].family, tables[i].protocol,
                                                 match_and_remember, search))
      target_proc_net_walk_inet (pid, tables[i].family, tables[i].protocol, match_inode, search);
  return search->has_found;
}

static gboolean
find_unix (int pid, gboolean netlink, Search *search)
{
  if (!netlink || !target_sock_diag_get_unix (search->inode, match_inode, search))
    target_proc_net_walk_unix (pid, match_inode, search);
  return search->has_found;
}

/* ---- The other end ------------------------------------------------------------------------------
 */

/* The other end exists, but no process has it, and not because one has closed it. */
static gboolean
is_unaccepted (const Search *search)
{
  return search->has_found && search->found.inode == 0 &&
         (search->found.state == ROW_ESTABLISHED || search->found.state == ROW_CLOSE_WAIT ||
          search->found.state == ROW_SYN_RECV || search->found.state == ROW_NEW_SYN_RECV);
}

static void
find_inet_peer (int pid, gboolean netlink, Search *search)
{
  SocketRow like = *search->row;
  gboolean answered = FALSE;

  memcpy (like.local, search->row->peer, sizeof like.local);
  memcpy (like.peer, search->row->local, sizeof like.peer);
  like.local_port = search->row->peer_port;
  like.peer_port = search->row->local_port;
  if (netlink && like.protocol == IPPROTO_TCP)
    {
      answered = target_sock_diag_get_inet (&like, match_peer, search);
      if (answered && is_unaccepted (search))
        {
          memset (like.peer, 0, sizeof like.peer);
          like.peer_port = 0;
          target_sock_diag_get_inet (&like, match_peer, search);
        }
    }
  for (guint i = 0; i < G_N_ELEMENTS (tables) && !answered && !is_complete (search); i++)
    if (tables[i].protocol == like.protocol &&
        (!netlink ||
         !target_sock_diag_walk_inet (tables[i].family, like.protocol, match_peer, search)))
      target_proc_net_walk_inet (pid, tables[i].family, like.protocol, match_peer, search);
}

static guint64
find_inet_peer_inode (int pid, gboolean netlink, const SocketRow *row)
{
  Search search = { .row = row };

  if (row->state == ROW_LISTEN || row->peer_port == 0)
    return 0;
  find_inet_peer (pid, netlink, &search);
  if (is_complete (&search))
    return search.found.inode;
  /* Whoever listens is the peer only where it is for him to accept. */
  if (search.has_listener && (row->state == ROW_SYN_SENT || is_unaccepted (&search)))
    return search.listener.inode;
  return 0;
}

/* What the peer's socket adds: its name, and what lies there unread is what we have sent. */
static guint64
find_unix_peer (gboolean netlink, const SocketRow *row, TargetSocket *socket)
{
  Search search = { .inode = row->peer_inode };

  if (!netlink || row->state != ROW_ESTABLISHED)
    return 0;
  if (row->peer_inode != 0)
    {
      target_sock_diag_get_unix (row->peer_inode, match_inode, &search);
      if (search.has_found && row->type != SOCK_DGRAM)
        socket->send_queue = search.found.receive_queue;
    }
  else
    /* Nobody has accepted it: it is in the queue of one that listens. */
    target_sock_diag_walk_unix_listeners (row->inode, match_waiting, &search);
  if (!search.has_found)
    return row->peer_inode;
  g_free (socket->peer);
  socket->peer = target_socket_row_dup_local (&search.found);
  target_socket_row_clear (&search.found);
  return search.found.inode;
}

static void
set_peer_process (int pid, guint64 inode, TargetSocket *socket)
{
  TargetProcess process = { 0 };
  int holder = target_socket_find_holder (inode, pid);

  if (holder == 0 || !target_facts_get_process (holder, &process))
    return;
  socket->peer_pid = holder;
  socket->peer_command = g_steal_pointer (&process.command);
  target_process_clear (&process);
}

gboolean
target_facts_get_socket (int pid, int fd, TargetSocket *ret_socket)
{
  Search search = { 0 };
  guint64 peer_inode;
  gboolean netlink;
  SocketRow *row = &search.found;

  if (pid <= 0 || fd < 0 || !target_proc_get_socket_inode (pid, fd, &search.inode))
    return FALSE;
  netlink = shares_network (pid);
  /* The cheap questions first. */
  if (!(netlink && find_again (&search)) && !find_unix (pid, netlink, &search) &&
      !find_inet (pid, netlink, &search))
    return FALSE;

  *ret_socket = (TargetSocket){
    .family = row->family,
    .type = row->type,
    .state = g_strdup (target_socket_row_get_state (row)),
    .local = target_socket_row_dup_local (row),
    .peer = target_socket_row_dup_peer (row),
    .receive_queue = row->receive_queue,
    .send_queue = row->send_queue,
    .retransmits = row->retransmits,
    .total_retransmits = row->total_retransmits,
    .last_received_ms = row->last_received_ms,
    .last_sent_ms = row->last_sent_ms,
    .inode = row->inode,
  };
  peer_inode = row->family == AF_UNIX ? find_unix_peer (netlink, row, ret_socket)
                                      : find_inet_peer_inode (pid, netlink, row);
  ret_socket->peer_inode = peer_inode;
  set_peer_process (pid, peer_inode, ret_socket);
  target_socket_row_clear (row);
  return TRUE;
}

void
target_socket_clear (TargetSocket *socket)
{
  g_clear_pointer (&socket->state, g_free);
  g_clear_pointer (&socket->local, g_free);
  g_clear_pointer (&socket->peer, g_free);
  g_clear_pointer (&socket->peer_command, g_free);
}
