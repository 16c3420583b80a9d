/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Variables of libc that code which was compiled for a program expects in the program. */

#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#define OWN __attribute__ ((visibility ("hidden")))

OWN char **environ;
OWN FILE *stderr;
OWN const struct in6_addr in6addr_any = { { { 0 } } };
