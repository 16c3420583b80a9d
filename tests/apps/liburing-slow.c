/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A client and its server on one ring of io_uring. The server answers "user", and never "posts". With
 * HEALTHY in the environment the client asks for nothing more. */

#include <arpa/inet.h>
#include <liburing.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFE_MS 2500

typedef struct Operation Operation;
struct Operation
{
  void (*done) (Operation *operation, int result);
  int fd;
  char bytes[16];
};

static struct io_uring ring;
static bool is_over;

static struct io_uring_sqe *
prepare (Operation *operation)
{
  struct io_uring_sqe *sqe = io_uring_get_sqe (&ring);

  io_uring_sqe_set_data (sqe, operation);
  return sqe;
}

/* A task of its own has an object of its own, for as long as it does anything. */
static Operation *
make (int fd)
{
  Operation *operation = calloc (1, sizeof *operation);

  operation->fd = fd;
  return operation;
}

/* ---- The server --------------------------------------------------------------------------------- */

static void listen_to (Operation *operation);

static void
on_answered (Operation *operation, int result)
{
  listen_to (operation);
}

static void
on_request (Operation *operation, int result)
{
  if (result <= 0)
    return;
  if (strncmp (operation->bytes, "user", 4) != 0)
    {
      listen_to (operation);
      return;
    }
  operation->done = on_answered;
  io_uring_prep_send (prepare (operation), operation->fd, "ada", 3, 0);
}

static void
listen_to (Operation *operation)
{
  operation->done = on_request;
  io_uring_prep_recv (prepare (operation), operation->fd, operation->bytes, sizeof operation->bytes,
                      0);
}

static void
on_client (Operation *operation, int result)
{
  if (result >= 0)
    listen_to (make (result));
  io_uring_prep_accept (prepare (operation), operation->fd, NULL, NULL, 0);
}

static struct sockaddr_in
start_server (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  Operation *operation = make (socket (AF_INET, SOCK_STREAM, 0));

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (operation->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      listen (operation->fd, 8) < 0 ||
      getsockname (operation->fd, (struct sockaddr *)&address, &length) < 0)
    perror ("listener");
  operation->done = on_client;
  io_uring_prep_accept (prepare (operation), operation->fd, NULL, NULL, 0);
  return address;
}

/* ---- The client --------------------------------------------------------------------------------- */

static void
on_posts (Operation *operation, int result)
{
  puts ("posts");
  is_over = true;
}

static void
on_posts_asked (Operation *operation, int result)
{
  operation->done = on_posts;
  io_uring_prep_recv (prepare (operation), operation->fd, operation->bytes, sizeof operation->bytes,
                      0);
}

static void
on_user (Operation *operation, int result)
{
  printf ("%.*s\n", result, operation->bytes);
  if (getenv ("HEALTHY") != NULL)
    return;
  operation->done = on_posts_asked;
  io_uring_prep_send (prepare (operation), operation->fd, "posts", 5, 0);
}

static void
on_user_asked (Operation *operation, int result)
{
  operation->done = on_user;
  io_uring_prep_recv (prepare (operation), operation->fd, operation->bytes, sizeof operation->bytes,
                      0);
}

static void
on_connected (Operation *operation, int result)
{
  operation->done = on_user_asked;
  io_uring_prep_send (prepare (operation), operation->fd, "user", 4, 0);
}

static void
start_client (struct sockaddr_in *address)
{
  Operation *operation = make (socket (AF_INET, SOCK_STREAM, 0));

  operation->done = on_connected;
  io_uring_prep_connect (prepare (operation), operation->fd, (struct sockaddr *)address,
                         sizeof *address);
}

/* ---- Both --------------------------------------------------------------------------------------- */

static void
on_life (Operation *operation, int result)
{
  is_over = true;
}

static void
turn (void)
{
  struct io_uring_cqe *cqe;
  unsigned head, n = 0;

  io_uring_submit_and_wait (&ring, 1); /* SUBMITS */
  io_uring_for_each_cqe (&ring, head, cqe)
  {
    Operation *operation = io_uring_cqe_get_data (cqe);

    operation->done (operation, cqe->res);
    n++;
  }
  io_uring_cq_advance (&ring, n);
}

int
main (void)
{
  struct __kernel_timespec life = { LIFE_MS / 1000, LIFE_MS % 1000 * 1000000 };
  struct sockaddr_in address;
  Operation *end = make (-1);

  setvbuf (stdout, NULL, _IOLBF, 0);
  if (io_uring_queue_init (64, &ring, 0) < 0)
    {
      fputs ("no io_uring here\n", stderr);
      return 77;
    }
  address = start_server ();
  start_client (&address);
  end->done = on_life;
  io_uring_prep_timeout (prepare (end), &life, 0, 0);
  while (!is_over)
    turn ();
  io_uring_queue_exit (&ring);
  return EXIT_SUCCESS;
}
