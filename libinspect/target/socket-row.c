/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <string.h>
#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "target/socket-row.h"

static const guint8 mapped_prefix[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };

void
target_socket_row_init (SocketRow *row, int family, int protocol)
{
  memset (row, 0, sizeof *row);
  row->family = family;
  row->protocol = protocol;
  row->last_received_ms = -1;
  row->last_sent_ms = -1;
}

void
target_socket_row_clear (SocketRow *row)
{
  g_clear_pointer (&row->path, g_free);
}

void
target_socket_row_steal (SocketRow *row, SocketRow *ret_row)
{
  *ret_row = *row;
  row->path = NULL;
}

char *
target_socket_dup_unix_name (const char *bytes, gsize length)
{
  g_autofree char *copy = NULL;

  if (length == 0)
    return NULL;
  copy = g_memdup2 (bytes, length);
  /* A path may come with its NUL; an abstract name begins with one, and may have more inside. */
  if (copy[0] != '\0')
    length = strnlen (copy, length);
  for (gsize i = 0; i < length; i++)
    if (copy[i] == '\0')
      copy[i] = '@';
    else if ((guchar)copy[i] < ' ')
      copy[i] = '?';
  return g_utf8_make_valid (copy, (gssize)length);
}

/* The kernel counts in sequence numbers, where SYN and FIN have one each: bytes are what is meant.
 */
void
target_socket_row_set_queues (SocketRow *row, guint64 receive, guint64 send)
{
  row->receive_queue = receive;
  row->send_queue = send;
  if (row->protocol != IPPROTO_TCP)
    return;
  switch (row->state)
    {
    case ROW_SYN_SENT:
    case ROW_FIN_WAIT1:
    case ROW_CLOSING:
    case ROW_LAST_ACK:
      row->send_queue -= send > 0;
      break;
    case ROW_LISTEN:
      row->send_queue = 0; /* the limit of its queue */
      break;
    default:
      break;
    }
  /* The peer's FIN, until the program has read the end. */
  if (row->state == ROW_CLOSE_WAIT || row->state == ROW_CLOSING || row->state == ROW_LAST_ACK)
    row->receive_queue -= receive > 0;
}

static const guint8 *
get_ipv4 (const SocketRow *row, const guint8 *address)
{
  if (row->family == AF_INET)
    return address;
  return memcmp (address, mapped_prefix, sizeof mapped_prefix) == 0 ? address + 12 : NULL;
}

static gboolean
is_unset (const SocketRow *row, const guint8 *address)
{
  static const guint8 zero[16];

  return memcmp (address, zero, row->family == AF_INET ? 4 : 16) == 0;
}

static char *
dup_address (const SocketRow *row, const guint8 *address, guint16 port)
{
  const guint8 *ipv4 = get_ipv4 (row, address);
  char text[INET6_ADDRSTRLEN] = "";
  char scope[IF_NAMESIZE + 1] = "";

  if (ipv4 != NULL)
    {
      inet_ntop (AF_INET, ipv4, text, sizeof text);
      return g_strdup_printf ("%s:%u", text, port);
    }
  inet_ntop (AF_INET6, address, text, sizeof text);
  if (IN6_IS_ADDR_LINKLOCAL ((const struct in6_addr *)(gconstpointer)address) && row->scope != 0)
    {
      char name[IF_NAMESIZE];

      if (if_indextoname (row->scope, name) != NULL)
        g_snprintf (scope, sizeof scope, "%%%s", name);
    }
  return g_strdup_printf ("[%s%s]:%u", text, scope, port);
}

char *
target_socket_row_dup_local (const SocketRow *row)
{
  if (row->family == AF_UNIX)
    return g_strdup (row->path != NULL ? row->path : "");
  return dup_address (row, row->local, row->local_port);
}

char *
target_socket_row_dup_peer (const SocketRow *row)
{
  if (row->family == AF_UNIX || (row->peer_port == 0 && is_unset (row, row->peer)))
    return g_strdup ("");
  return dup_address (row, row->peer, row->peer_port);
}

static gboolean
same_address (const SocketRow *a, const guint8 *x, const SocketRow *b, const guint8 *y)
{
  const guint8 *x4 = get_ipv4 (a, x);
  const guint8 *y4 = get_ipv4 (b, y);

  if (x4 != NULL && y4 != NULL)
    return memcmp (x4, y4, 4) == 0;
  return x4 == NULL && y4 == NULL && memcmp (x, y, 16) == 0;
}

gboolean
target_socket_row_is_end_of (const SocketRow *end, const SocketRow *row)
{
  return end->protocol == row->protocol && end->local_port == row->peer_port &&
         end->peer_port == row->local_port && same_address (end, end->local, row, row->peer) &&
         same_address (end, end->peer, row, row->local);
}

gboolean
target_socket_row_listens_for (const SocketRow *listener, const SocketRow *row)
{
  if (listener->protocol != row->protocol || listener->state != ROW_LISTEN ||
      listener->local_port != row->peer_port)
    return FALSE;
  return is_unset (listener, listener->local) ||
         same_address (listener, listener->local, row, row->peer);
}

const char *
target_socket_row_get_state (const SocketRow *row)
{
  static const char *const names[] = {
    [ROW_ESTABLISHED] = "ESTABLISHED",
    [ROW_SYN_SENT] = "SYN_SENT",
    [ROW_SYN_RECV] = "SYN_RECV",
    [ROW_FIN_WAIT1] = "FIN_WAIT1",
    [ROW_FIN_WAIT2] = "FIN_WAIT2",
    [ROW_TIME_WAIT] = "TIME_WAIT",
    [ROW_CLOSE] = "CLOSE",
    [ROW_CLOSE_WAIT] = "CLOSE_WAIT",
    [ROW_LAST_ACK] = "LAST_ACK",
    [ROW_LISTEN] = "LISTEN",
    [ROW_CLOSING] = "CLOSING",
    [ROW_NEW_SYN_RECV] = "SYN_RECV",
  };

  /* "Closed" is how the kernel files whatever is not connected. */
  if (row->state == ROW_CLOSE && row->protocol != IPPROTO_TCP)
    return "UNCONNECTED";
  if (row->state <= 0 || row->state >= (int)G_N_ELEMENTS (names))
    return "";
  return names[row->state];
}
