/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A client of libevent's plain events. Its server answers "user", and never "posts". With HEALTHY in the
 * environment it asks for nothing more. With an argument it goes on until its standard input ends, and
 * says "ready" when it waits. */

#include <arpa/inet.h>
#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LIFE_MS 2500

typedef struct
{
  struct event_base *base;
  struct event *answer; /* the client's, while it waits for one */
  int fd;
  struct event *tick;
  unsigned int n_ticks; /* since it waits */
  bool waits;
} Client;

/* ---- The server ------------------------------------------------------------------------------- */

static void
on_request (evutil_socket_t fd, short what, void *data)
{
  char request[16];
  ssize_t length = read (fd, request, sizeof request);

  if (length > 0 && strncmp (request, "user", 4) == 0)
    write (fd, "ada", 3);
}

static void
on_client (evutil_socket_t listener, short what, void *data)
{
  int fd = accept (listener, NULL, NULL);

  event_add (event_new (data, fd, EV_READ | EV_PERSIST, on_request, NULL), NULL);
}

static struct sockaddr_in
start_server (struct event_base *base)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 8) < 0 ||
      getsockname (fd, (struct sockaddr *)&address, &length) < 0)
    perror ("listener");
  event_add (event_new (base, fd, EV_READ | EV_PERSIST, on_client, base), NULL);
  return address;
}

/* ---- The client ------------------------------------------------------------------------------- */

static void
on_posts (evutil_socket_t fd, short what, void *data)
{
  puts ("posts");
  exit (EXIT_SUCCESS);
}

static void
fetch_posts (Client *client)
{
  write (client->fd, "posts", 5); /* ASKS */
  event_add (event_new (client->base, client->fd, EV_READ, on_posts, client), NULL);
  client->waits = true;
}

static void
on_user (evutil_socket_t fd, short what, void *data)
{
  Client *client = data;
  char answer[16];

  if (read (fd, answer, sizeof answer) != 3)
    perror ("answer");
  event_free (client->answer);
  if (getenv ("HEALTHY") == NULL)
    fetch_posts (client);
  else
    event_base_loopbreak (client->base);
}

static void
on_connected (evutil_socket_t fd, short what, void *data)
{
  Client *client = data;

  write (fd, "user", 4);
  client->answer = event_new (client->base, fd, EV_READ, on_user, client);
  event_add (client->answer, &(struct timeval){ 60, 0 });
}

/* ---- Until when ------------------------------------------------------------------------------- */

static void
give_up (evutil_socket_t fd, short what, void *data)
{
  exit (EXIT_SUCCESS);
}

static void
on_tick (evutil_socket_t fd, short what, void *data)
{
  Client *client = data;

  if (client->waits && client->n_ticks++ == 0)
    {
      puts ("ready");
      fflush (stdout);
    }
}

/* Whether it still is what the program has set. */
static bool
is_untouched (const struct event *event)
{
  return event->ev_evcallback.evcb_cb_union.evcb_callback == on_tick;
}

static void
on_input (evutil_socket_t fd, short what, void *data)
{
  const Client *client = data;
  char bytes[16];

  if (read (fd, bytes, sizeof bytes) > 0)
    return;
  if (!is_untouched (client->tick))
    puts ("not as it was");
  puts (client->n_ticks > 1 ? "ticked" : "never ticked");
  exit (EXIT_SUCCESS);
}

static void
go_on (Client *client)
{
  alarm (60); /* should nobody end it */
  client->tick = event_new (client->base, -1, EV_PERSIST, on_tick, client);
  event_add (client->tick, &(struct timeval){ 0, 20000 });
  event_add (event_new (client->base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input, client), NULL);
}

static void
end_soon (Client *client)
{
  event_add (event_new (client->base, -1, 0, give_up, NULL),
             &(struct timeval){ LIFE_MS / 1000, LIFE_MS % 1000 * 1000 });
}

int
main (int argc, char **argv)
{
  Client client = { .base = event_base_new () };
  struct sockaddr_in address = start_server (client.base);

  client.fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect (client.fd, (struct sockaddr *)&address, sizeof address);
  event_add (event_new (client.base, client.fd, EV_WRITE, on_connected, &client), NULL);
  if (argc > 1)
    go_on (&client);
  else
    end_soon (&client);
  event_base_dispatch (client.base);
  return EXIT_SUCCESS;
}
