/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_SOCKET_FIXTURE_H
#define TEST_SOCKET_FIXTURE_H

#include <glib.h>
#include <netinet/in.h>

/* TCP connections over the loopback interface, at ports that the kernel chooses. */

struct sockaddr_in socket_fixture_get_name (int fd);

int socket_fixture_listen (int backlog);
/* @flags: further ones of socket(); with SOCK_NONBLOCK it may be under way yet */
int socket_fixture_connect (int listener, int flags);
/* "127.0.0.1:PORT" */
char *socket_fixture_dup_name (int fd);

#endif
