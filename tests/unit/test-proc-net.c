/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The tables of sockets in /proc/net, where netlink is not to be had. */

#include <unistd.h>
#include <sys/socket.h>

#include "socket-fixture.h"
#include "target/socket-row.h"
#include "target/target-private.h"

static gboolean
on_row (SocketRow *row, gpointer data)
{
  GArray *rows = data;
  SocketRow copy;

  target_socket_row_steal (row, &copy);
  g_array_append_val (rows, copy);
  return TRUE;
}

static GArray *
rows_new (void)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (SocketRow));

  g_array_set_clear_func (rows, (GDestroyNotify)target_socket_row_clear);
  return rows;
}

static void
test_proc_net_inet (void)
{
  static const char text[] =
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "
      "timeout inode\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        "
      "0 33 1 0000000000000000 100 0 0 10 0\n"
      "   1: 0100007F:C000 0100007F:1F90 02 00000001:00000000 01:00000064 00000003  1000        "
      "0 44 2 0000000000000000 100 0 0 10 0\n"
      "nonsense\n"
      "   2: short 0100007F:1F90 02 00000001:00000000 01:00000064 00000003  1000 0 55\n";
  g_autoptr (GArray) rows = rows_new ();
  g_autofree char *local = NULL;
  g_autofree char *peer = NULL;
  const SocketRow *row;

  if (G_BYTE_ORDER != G_LITTLE_ENDIAN)
    {
      g_test_skip ("the text is that of a little-endian machine");
      return;
    }
  target_proc_net_parse_inet (text, AF_INET, IPPROTO_TCP, on_row, rows);
  g_assert_cmpuint (rows->len, ==, 2);
  row = &g_array_index (rows, SocketRow, 1);
  local = target_socket_row_dup_local (row);
  peer = target_socket_row_dup_peer (row);
  g_assert_cmpstr (local, ==, "127.0.0.1:49152");
  g_assert_cmpstr (peer, ==, "127.0.0.1:8080");
  g_assert_cmpstr (target_socket_row_get_state (row), ==, "SYN_SENT");
  g_assert_cmpuint (row->retransmits, ==, 3);
  g_assert_cmpuint (row->inode, ==, 44);
  g_assert_cmpuint (row->send_queue, ==, 0);
  g_assert_true (target_socket_row_listens_for (&g_array_index (rows, SocketRow, 0), row));
  g_assert_false (target_socket_row_is_end_of (row, row));
}

static void
test_proc_net_unix (void)
{
  static const char text[] =
      "Num       RefCount Protocol Flags    Type St Inode Path\n"
      "0000000000000000: 00000002 00000000 00010000 0001 01  2254 /run/a name\n"
      "0000000000000000: 00000003 00000000 00000000 0005 03  2255\n"
      "0000000000000000: 00000002 00000000 00000000 0002 01  2256 @abstract\n"
      "0000\n";
  g_autoptr (GArray) rows = rows_new ();

  target_proc_net_parse_unix (text, on_row, rows);
  g_assert_cmpuint (rows->len, ==, 3);
  g_assert_cmpstr (g_array_index (rows, SocketRow, 0).path, ==, "/run/a name");
  g_assert_cmpstr (target_socket_row_get_state (&g_array_index (rows, SocketRow, 0)), ==, "LISTEN");
  g_assert_null (g_array_index (rows, SocketRow, 1).path);
  g_assert_cmpint (g_array_index (rows, SocketRow, 1).type, ==, SOCK_SEQPACKET);
  g_assert_cmpstr (g_array_index (rows, SocketRow, 2).path, ==, "@abstract");
}

/* Both sources see the same sockets. */
static void
test_proc_net_agrees (void)
{
  int listener = socket_fixture_listen (4);
  int client = socket_fixture_connect (listener, 0);
  g_autoptr (GArray) rows = rows_new ();
  g_autofree char *name = socket_fixture_dup_name (client);
  gboolean seen = FALSE;
  guint64 inode = 0;

  g_assert_true (target_proc_get_socket_inode (getpid (), client, &inode));
  g_assert_true (target_proc_net_walk_inet (getpid (), AF_INET, IPPROTO_TCP, on_row, rows));
  for (guint i = 0; i < rows->len; i++)
    {
      const SocketRow *row = &g_array_index (rows, SocketRow, i);
      g_autofree char *local = target_socket_row_dup_local (row);

      if (row->inode != inode)
        continue;
      seen = TRUE;
      g_assert_cmpstr (local, ==, name);
      g_assert_cmpstr (target_socket_row_get_state (row), ==, "ESTABLISHED");
    }
  g_assert_true (seen);
  g_assert_false (target_proc_net_walk_inet (G_MAXINT, AF_INET, IPPROTO_TCP, on_row, rows));
  close (client);
  close (listener);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/proc-net/inet", test_proc_net_inet);
  g_test_add_func ("/proc-net/unix", test_proc_net_unix);
  g_test_add_func ("/proc-net/agrees", test_proc_net_agrees);
  return g_test_run ();
}
