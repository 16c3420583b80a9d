/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "socket-fixture.h"

#include <errno.h>
#include <arpa/inet.h>
#include <sys/socket.h>

struct sockaddr_in
socket_fixture_get_name (int fd)
{
  struct sockaddr_in address;
  socklen_t size = sizeof address;

  g_assert_cmpint (getsockname (fd, (struct sockaddr *)&address, &size), ==, 0);
  return address;
}

int
socket_fixture_listen (int backlog)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, backlog), ==, 0);
  return fd;
}

int
socket_fixture_connect (int listener, int flags)
{
  struct sockaddr_in address = socket_fixture_get_name (listener);
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

  if (connect (fd, (struct sockaddr *)&address, sizeof address) < 0)
    g_assert_cmpint (errno, ==, EINPROGRESS);
  return fd;
}

char *
socket_fixture_dup_name (int fd)
{
  struct sockaddr_in address = socket_fixture_get_name (fd);

  return g_strdup_printf ("127.0.0.1:%u", ntohs (address.sin_port));
}
