/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <stdio.h>
#include <string.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "target/socket-row.h"
#include "target/target-private.h"

/* Where netlink is refused (a sandbox), or the target lives in another network namespace, which
 * netlink would not see: proc(5), /proc/PID/net. */

#define FILE_MAX_BYTES (16 << 20)

/* "0100007F:1F90": each four bytes printed as a number of this machine's byte order. */
static gboolean
parse_address (const char *text, int family, guint8 *ret_address, guint16 *ret_port)
{
  guint n_words = family == AF_INET6 ? 4 : 1;
  unsigned port;

  if (strlen (text) < n_words * 8 + 2 || text[n_words * 8] != ':')
    return FALSE;
  for (guint i = 0; i < n_words; i++)
    {
      unsigned word;

      if (sscanf (text + i * 8, "%8x", &word) != 1)
        return FALSE;
      memcpy (ret_address + i * 4, &word, sizeof word);
    }
  if (sscanf (text + n_words * 8 + 1, "%4x", &port) != 1)
    return FALSE;
  *ret_port = (guint16)port;
  return TRUE;
}

static gboolean
parse_inet_line (const char *line, int family, int protocol, SocketRow *row)
{
  char local[64], peer[64];
  unsigned state, retransmits;
  unsigned long long send, receive, inode;

  if (sscanf (line, "%*d: %63s %63s %x %llx:%llx %*x:%*x %x %*u %*u %llu", local, peer, &state,
              &send, &receive, &retransmits, &inode) != 7)
    return FALSE;
  target_socket_row_init (row, family, protocol);
  if (!parse_address (local, family, row->local, &row->local_port) ||
      !parse_address (peer, family, row->peer, &row->peer_port))
    return FALSE;
  row->type = protocol == IPPROTO_TCP ? SOCK_STREAM : SOCK_DGRAM;
  row->state = (int)state;
  row->inode = inode;
  target_socket_row_set_queues (row, receive, send);
  row->retransmits = protocol == IPPROTO_TCP ? retransmits : 0;
  return TRUE;
}

void
target_proc_net_parse_inet (const char *text, int family, int protocol, TargetRowFunc func,
                            gpointer data)
{
  /* The first line is a heading. */
  for (const char *line = strchr (text, '\n'); line != NULL && line[1] != '\0';
       line = strchr (line + 1, '\n'))
    {
      SocketRow row;
      gboolean go_on;

      if (!parse_inet_line (line + 1, family, protocol, &row))
        continue;
      go_on = func (&row, data);
      target_socket_row_clear (&row);
      if (!go_on)
        return;
    }
}

/* "Num RefCount Protocol Flags Type St Inode Path"; St is that of struct socket, not of the
 * protocol. A path may hold spaces, and ends with the line. */
static gboolean
parse_unix_line (const char *line, SocketRow *row)
{
  unsigned long long inode;
  unsigned flags, type, state;
  int path_at = 0;
  gsize length = strcspn (line, "\n");
  g_autofree char *copy = g_strndup (line, length);

  if (sscanf (copy, "%*x: %*x %*x %x %x %x %llu%n", &flags, &type, &state, &inode, &path_at) != 4)
    return FALSE;
  target_socket_row_init (row, AF_UNIX, 0);
  row->type = (int)type;
  row->inode = inode;
  if ((flags & 0x10000) != 0) /* __SO_ACCEPTCON */
    row->state = ROW_LISTEN;
  else
    row->state = state == 3 /* SS_CONNECTED */ ? ROW_ESTABLISHED : ROW_CLOSE;
  if (copy[path_at] == ' ' && copy[path_at + 1] != '\0')
    row->path = g_utf8_make_valid (copy + path_at + 1, -1);
  return TRUE;
}

void
target_proc_net_parse_unix (const char *text, TargetRowFunc func, gpointer data)
{
  for (const char *line = strchr (text, '\n'); line != NULL && line[1] != '\0';
       line = strchr (line + 1, '\n'))
    {
      SocketRow row;
      gboolean go_on;

      if (!parse_unix_line (line + 1, &row))
        continue;
      go_on = func (&row, data);
      target_socket_row_clear (&row);
      if (!go_on)
        return;
    }
}

static char *
read_table (int pid, const char *name)
{
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/net/%s", pid, name);
  return target_proc_read (path, FILE_MAX_BYTES, NULL);
}

gboolean
target_proc_net_walk_inet (int pid, int family, int protocol, TargetRowFunc func, gpointer data)
{
  g_autofree char *name =
      g_strconcat (protocol == IPPROTO_TCP ? "tcp" : "udp", family == AF_INET6 ? "6" : "", NULL);
  g_autofree char *text = read_table (pid, name);

  if (text == NULL)
    return FALSE;
  target_proc_net_parse_inet (text, family, protocol, func, data);
  return TRUE;
}

gboolean
target_proc_net_walk_unix (int pid, TargetRowFunc func, gpointer data)
{
  g_autofree char *text = read_table (pid, "unix");

  if (text == NULL)
    return FALSE;
  target_proc_net_parse_unix (text, func, data);
  return TRUE;
}

/* ---- Listeners -------------------------------------------------------------------------------- */

#define LISTENERS_MAX_BYTES (256 * 1024)
#define STATE_LISTEN 0x0au

/* The kernel lists those that listen before all others. */
static gboolean
is_listened_to (int pid, const char *name, unsigned port)
{
  g_autofree char *text = NULL;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/net/%s", pid, name);
  text = target_proc_read (path, LISTENERS_MAX_BYTES, NULL);
  for (const char *line = text != NULL ? strchr (text, '\n') : NULL; line != NULL;
       line = strchr (line + 1, '\n'))
    {
      unsigned local_port, state;

      if (sscanf (line + 1, "%*d: %*[0-9A-F]:%x %*[0-9A-F]:%*x %x", &local_port, &state) != 2)
        continue;
      if (state != STATE_LISTEN)
        return FALSE;
      if (local_port == port)
        return TRUE;
    }
  return FALSE;
}

gboolean
target_facts_is_port_listened_to (int pid, int port)
{
  return is_listened_to (pid, "tcp", (unsigned)port) || is_listened_to (pid, "tcp6", (unsigned)port);
}
