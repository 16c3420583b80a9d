/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A client of libev. Its server answers "user", and never "posts". With HEALTHY in the environment it asks for
 * nothing more. With an argument it goes on until its standard input ends, and says "ready" when it waits. */

#include <arpa/inet.h>
#include <ev.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFE_S 2.5

typedef struct
{
  struct ev_loop *loop;
  ev_io connection; /* what it waits for, one after the other */
  ev_timer tick;
  ev_io input;
  unsigned int n_ticks; /* since it waits */
  bool waits;
} Client;

static void
watch (struct ev_loop *loop, ev_io *io, int fd, int events, void *data,
       void (*callback) (struct ev_loop *, ev_io *, int))
{
  ev_io_init (io, callback, fd, events);
  io->data = data;
  ev_io_start (loop, io);
}

/* ---- The server ------------------------------------------------------------------------------- */

static void
on_request (struct ev_loop *loop, ev_io *io, int events)
{
  char request[16];
  ssize_t length = read (io->fd, request, sizeof request);

  if (length > 0 && strncmp (request, "user", 4) == 0)
    write (io->fd, "ada", 3);
}

static void
on_client (struct ev_loop *loop, ev_io *io, int events)
{
  int fd = accept (io->fd, NULL, NULL);

  watch (loop, malloc (sizeof (ev_io)), fd, EV_READ, NULL, on_request);
}

static struct sockaddr_in
start_server (struct ev_loop *loop)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 8) < 0 ||
      getsockname (fd, (struct sockaddr *)&address, &length) < 0)
    perror ("listener");
  watch (loop, malloc (sizeof (ev_io)), fd, EV_READ, NULL, on_client);
  return address;
}

/* ---- The client ------------------------------------------------------------------------------- */

static void
on_posts (struct ev_loop *loop, ev_io *io, int events)
{
  puts ("posts");
  exit (EXIT_SUCCESS);
}

static void
fetch_posts (Client *client)
{
  int fd = client->connection.fd;

  write (fd, "posts", 5); /* ASKS */
  watch (client->loop, &client->connection, fd, EV_READ, client, on_posts);
  client->waits = true;
}

static void
on_user (struct ev_loop *loop, ev_io *io, int events)
{
  Client *client = io->data;
  char answer[16];

  ev_io_stop (loop, io);
  if (read (io->fd, answer, sizeof answer) != 3)
    perror ("answer");
  if (getenv ("HEALTHY") == NULL)
    fetch_posts (client);
  else
    ev_break (loop, EVBREAK_ALL);
}

static void
on_connected (struct ev_loop *loop, ev_io *io, int events)
{
  ev_io_stop (loop, io);
  write (io->fd, "user", 4);
  watch (loop, io, io->fd, EV_READ, io->data, on_user);
}

/* ---- Until when ------------------------------------------------------------------------------- */

static void
give_up (struct ev_loop *loop, ev_timer *timer, int events)
{
  exit (EXIT_SUCCESS);
}

static void
on_tick (struct ev_loop *loop, ev_timer *timer, int events)
{
  Client *client = timer->data;

  if (client->waits && client->n_ticks++ == 0)
    {
      puts ("ready");
      fflush (stdout);
    }
}

static void
on_input (struct ev_loop *loop, ev_io *io, int events)
{
  Client *client = io->data;
  char bytes[16];

  if (read (io->fd, bytes, sizeof bytes) > 0)
    return;
  if (ev_cb (&client->tick) != on_tick || ev_cb (io) != on_input)
    puts ("not as it was");
  puts (client->n_ticks > 1 ? "ticked" : "never ticked");
  exit (EXIT_SUCCESS);
}

static void
go_on (Client *client)
{
  alarm (60); /* should nobody end it */
  ev_timer_init (&client->tick, on_tick, 0.02, 0.02);
  client->tick.data = client;
  ev_timer_start (client->loop, &client->tick);
  watch (client->loop, &client->input, STDIN_FILENO, EV_READ, client, on_input);
}

static void
end_soon (Client *client)
{
  ev_timer_init (&client->tick, give_up, LIFE_S, 0);
  ev_timer_start (client->loop, &client->tick);
}

int
main (int argc, char **argv)
{
  static Client client;
  struct sockaddr_in address;
  int fd;

  client.loop = ev_default_loop (EVBACKEND_EPOLL);
  address = start_server (client.loop);
  fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect (fd, (struct sockaddr *)&address, sizeof address);
  watch (client.loop, &client.connection, fd, EV_WRITE, &client, on_connected);
  if (argc > 1)
    go_on (&client);
  else
    end_soon (&client);
  ev_run (client.loop, 0);
  return EXIT_SUCCESS;
}
