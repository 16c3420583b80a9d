/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Connects to a server that does not accept: its queue of connections is full. */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#define FILLERS 8

static uv_tcp_t connection;
static uv_timer_t patience;

/* Returns: the address of a listener whose queue is full */
static struct sockaddr_in
make_deaf_server (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int listener = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (listener, (struct sockaddr *)&address, sizeof address) < 0
      || listen (listener, 0) < 0
      || getsockname (listener, (struct sockaddr *)&address, &length) < 0)
    perror ("listener");
  for (int i = 0; i < FILLERS; i++)
    {
      int filler = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

      connect (filler, (struct sockaddr *)&address, sizeof address);
    }
  return address;
}

static void
on_connect (uv_connect_t *request, int status)
{
  printf ("connect: %s\n", uv_err_name (status));
}

static void
on_patience (uv_timer_t *timer)
{
  uv_close ((uv_handle_t *)&connection, NULL);
}

int
main (void)
{
  struct sockaddr_in address = make_deaf_server ();
  static uv_connect_t request;
  int result;

  uv_tcp_init (uv_default_loop (), &connection);
  uv_timer_init (uv_default_loop (), &patience);
  uv_timer_start (&patience, on_patience, 1500, 0);
  result = uv_tcp_connect (&request, &connection, /* AWAIT: connect */
                           (const struct sockaddr *)&address, on_connect);
  if (result < 0)
    return 1;
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  return 0;
}
