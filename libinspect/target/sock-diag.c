/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>

#include "target/socket-row.h"

/* The kernel's own answer about sockets, sock_diag(7). A request names one socket (by its two
 * addresses, or by the inode of a Unix socket), or asks for all of one kind. */

#define RECEIVE_MAX_BYTES 65536
/* A kernel that does not answer is none to wait for. */
#define TIMEOUT_MS 200

typedef struct
{
  struct nlmsghdr header;
  union
  {
    struct inet_diag_req_v2 inet;
    struct unix_diag_req local;
  } body;
} Request;

static int
open_netlink (void)
{
  struct timeval timeout = { 0, TIMEOUT_MS * 1000 };
  int fd = socket (AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);

  if (fd >= 0)
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
  return fd;
}

/* ---- Rows --------------------------------------------------------------------------------------
 */

static void
set_tcp_info (SocketRow *row, const void *data, gsize size)
{
  struct tcp_info info = { 0 };

  memcpy (&info, data, MIN (size, sizeof info));
  row->retransmits = info.tcpi_retransmits;
  row->total_retransmits = info.tcpi_total_retrans;
  /* Without data these count from the start of the machine. */
  if (info.tcpi_bytes_received > 0)
    row->last_received_ms = info.tcpi_last_data_recv;
  if (info.tcpi_data_segs_out > 0)
    row->last_sent_ms = info.tcpi_last_data_sent;
}

static gboolean
parse_inet (const struct nlmsghdr *header, int protocol, SocketRow *row)
{
  const struct inet_diag_msg *message = NLMSG_DATA (header);
  const struct rtattr *attribute;
  int length;

  if (header->nlmsg_len < NLMSG_LENGTH (sizeof *message))
    return FALSE;
  target_socket_row_init (row, message->idiag_family, protocol);
  row->type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  row->state = message->idiag_state;
  row->inode = message->idiag_inode;
  row->scope = message->id.idiag_if;
  row->local_port = g_ntohs (message->id.idiag_sport);
  row->peer_port = g_ntohs (message->id.idiag_dport);
  memcpy (row->local, message->id.idiag_src, sizeof row->local);
  memcpy (row->peer, message->id.idiag_dst, sizeof row->peer);
  target_socket_row_set_queues (row, message->idiag_rqueue, message->idiag_wqueue);

  attribute = (const struct rtattr *)(message + 1);
  length = (int)(header->nlmsg_len - NLMSG_LENGTH (sizeof *message));
  for (; RTA_OK (attribute, length); attribute = RTA_NEXT (attribute, length))
    if (attribute->rta_type == INET_DIAG_INFO && protocol == IPPROTO_TCP &&
        row->state != ROW_LISTEN)
      set_tcp_info (row, RTA_DATA (attribute), RTA_PAYLOAD (attribute));
  return TRUE;
}

static gboolean
parse_unix (const struct nlmsghdr *header, guint64 waiting_inode, SocketRow *row)
{
  const struct unix_diag_msg *message = NLMSG_DATA (header);
  const struct rtattr *attribute;
  int length;

  if (header->nlmsg_len < NLMSG_LENGTH (sizeof *message))
    return FALSE;
  target_socket_row_init (row, AF_UNIX, 0);
  row->type = message->udiag_type;
  row->state = message->udiag_state;
  row->inode = message->udiag_ino;

  attribute = (const struct rtattr *)(message + 1);
  length = (int)(header->nlmsg_len - NLMSG_LENGTH (sizeof *message));
  for (; RTA_OK (attribute, length); attribute = RTA_NEXT (attribute, length))
    {
      const void *data = RTA_DATA (attribute);
      gsize size = RTA_PAYLOAD (attribute);

      if (attribute->rta_type == UNIX_DIAG_NAME)
        row->path = target_socket_dup_unix_name (data, size);
      else if (attribute->rta_type == UNIX_DIAG_PEER && size >= sizeof (guint32))
        row->peer_inode = *(const guint32 *)data;
      else if (attribute->rta_type == UNIX_DIAG_RQLEN && size >= sizeof (struct unix_diag_rqlen))
        row->receive_queue = ((const struct unix_diag_rqlen *)data)->udiag_rqueue;
      else if (attribute->rta_type == UNIX_DIAG_ICONS)
        for (gsize i = 0; i < size / sizeof (guint32); i++)
          row->has_waiting |= waiting_inode != 0 && ((const guint32 *)data)[i] == waiting_inode;
    }
  return TRUE;
}

/* ---- Asking ------------------------------------------------------------------------------------
 */

typedef struct
{
  int protocol;
  guint64 waiting_inode; /* Unix listeners: has_waiting says whether this one is in their queue */
  TargetRowFunc func;
  gpointer data;
} Walk;

/* Returns: whether more is to come */
static gboolean
handle_header (const struct nlmsghdr *header, const Walk *walk, gboolean *ret_failed)
{
  SocketRow row;
  gboolean go_on = TRUE;
  gboolean parsed;

  if (header->nlmsg_type == NLMSG_DONE)
    return FALSE;
  if (header->nlmsg_type == NLMSG_ERROR)
    {
      const struct nlmsgerr *error = NLMSG_DATA (header);

      /* ENOENT is an answer: there is no such socket. */
      *ret_failed = header->nlmsg_len < NLMSG_LENGTH (sizeof *error) || error->error != -ENOENT;
      return FALSE;
    }
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY)
    return TRUE;
  parsed = walk->protocol != 0 ? parse_inet (header, walk->protocol, &row)
                               : parse_unix (header, walk->waiting_inode, &row);
  if (!parsed)
    return TRUE;
  go_on = walk->func (&row, walk->data);
  target_socket_row_clear (&row);
  return go_on && (header->nlmsg_flags & NLM_F_MULTI) != 0;
}

/* Returns: FALSE when the kernel would not answer */
static gboolean
ask (const Request *request, const Walk *walk)
{
  struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
  g_autofree char *buffer = NULL;
  gboolean failed = FALSE;
  gboolean more = TRUE;
  int fd = open_netlink ();

  if (fd < 0)
    return FALSE;
  if (sendto (fd, request, request->header.nlmsg_len, 0, (struct sockaddr *)&kernel,
              sizeof kernel) < 0)
    {
      close (fd);
      return FALSE;
    }
  buffer = g_malloc (RECEIVE_MAX_BYTES);
  while (more)
    {
      gssize got = recv (fd, buffer, RECEIVE_MAX_BYTES, 0);
      int length = (int)got;

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          failed = TRUE;
          break;
        }
      for (const struct nlmsghdr *header = (struct nlmsghdr *)buffer;
           more && NLMSG_OK (header, (unsigned)length); header = NLMSG_NEXT (header, length))
        more = handle_header (header, walk, &failed);
    }
  close (fd);
  return !failed;
}

gboolean
target_sock_diag_walk_inet (int family, int protocol, TargetRowFunc func, gpointer data)
{
  Walk walk = { protocol, 0, func, data };
  Request request = {
    .header = { .nlmsg_len = NLMSG_LENGTH (sizeof request.body.inet),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .body.inet = { .sdiag_family = (guint8)family,
                   .sdiag_protocol = (guint8)protocol,
                   .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                   .idiag_states = ~0u },
  };

  return ask (&request, &walk);
}

gboolean
target_sock_diag_get_inet (const SocketRow *like, TargetRowFunc func, gpointer data)
{
  Walk walk = { like->protocol, 0, func, data };
  Request request = {
    .header = { .nlmsg_len = NLMSG_LENGTH (sizeof request.body.inet),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST },
    .body.inet = { .sdiag_family = (guint8)like->family,
                   .sdiag_protocol = (guint8)like->protocol,
                   .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                   .idiag_states = ~0u },
  };
  struct inet_diag_sockid *id = &request.body.inet.id;

  id->idiag_sport = g_htons (like->local_port);
  id->idiag_dport = g_htons (like->peer_port);
  memcpy (id->idiag_src, like->local, sizeof like->local);
  memcpy (id->idiag_dst, like->peer, sizeof like->peer);
  id->idiag_if = like->scope;
  id->idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  id->idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return ask (&request, &walk);
}

#define UNIX_SHOW (UDIAG_SHOW_NAME | UDIAG_SHOW_PEER | UDIAG_SHOW_RQLEN)

gboolean
target_sock_diag_get_unix (guint64 inode, TargetRowFunc func, gpointer data)
{
  Walk walk = { 0, 0, func, data };
  Request request = {
    .header = { .nlmsg_len = NLMSG_LENGTH (sizeof request.body.local),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST },
    .body.local = { .sdiag_family = AF_UNIX,
                    .udiag_states = ~0u,
                    .udiag_ino = (guint32)inode,
                    .udiag_show = UNIX_SHOW,
                    .udiag_cookie = { ~0u, ~0u } },
  };

  if (inode > G_MAXUINT32)
    return FALSE;
  return ask (&request, &walk);
}

gboolean
target_sock_diag_walk_unix_listeners (guint64 waiting_inode, TargetRowFunc func, gpointer data)
{
  Walk walk = { 0, waiting_inode, func, data };
  Request request = {
    .header = { .nlmsg_len = NLMSG_LENGTH (sizeof request.body.local),
                .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP },
    .body.local = { .sdiag_family = AF_UNIX,
                    .udiag_states = 1u << ROW_LISTEN,
                    .udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_ICONS },
  };

  return ask (&request, &walk);
}
