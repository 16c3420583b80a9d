/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program without threads that asks, as some libraries do, whether there could be any. */

#include <pthread.h>
#include <stdio.h>

#pragma weak pthread_create

int
main (void)
{
  puts (&pthread_create != NULL ? "could" : "could not");
  return 3;
}
