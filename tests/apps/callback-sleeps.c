/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A callback that sleeps in a plain system call, which holds its loop up. Nobody ends it but alarm().
 *
 *     callback-sleeps read|recv|accept */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

static uv_timer_t timer;
static const char *what;
static int ends[2], listener, client;

static void
on_timer (uv_timer_t *handle) /* SLEEPS */
{
  char byte;

  if (strcmp (what, "read") == 0 && read (ends[0], &byte, 1) < 0)
    abort ();
  if (strcmp (what, "recv") == 0 && recv (client, &byte, 1, 0) < 0)
    abort ();
  if (strcmp (what, "accept") == 0 && accept (listener, NULL, NULL) < 0)
    abort ();
}

int
main (int argc, char **argv)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t size = sizeof address;

  alarm (2);
  what = argc > 1 ? argv[1] : "read";
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  listener = socket (AF_INET, SOCK_STREAM, 0);
  if (pipe (ends) < 0 || bind (listener, (struct sockaddr *)&address, size) < 0 ||
      listen (listener, 8) < 0 || getsockname (listener, (struct sockaddr *)&address, &size) < 0)
    return 1;
  if (strcmp (what, "recv") == 0)
    {
      client = socket (AF_INET, SOCK_STREAM, 0);
      if (connect (client, (struct sockaddr *)&address, size) < 0 ||
          accept (listener, NULL, NULL) < 0)
        return 1;
    }
  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_start (&timer, on_timer, 10, 0);
  return uv_run (uv_default_loop (), UV_RUN_DEFAULT);
}
