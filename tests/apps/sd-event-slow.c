/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A client of sd-event. Its server answers "user", and never "posts". With HEALTHY in the environment it asks for
 * nothing more. With an argument it goes on until its standard input ends, and says "ready" when it waits. */

#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#define LIFE_US 2500000
#define TICK_US 20000

typedef struct
{
  sd_event *loop;
  sd_event_source *connection; /* what it waits for, one after the other */
  unsigned int n_ticks;        /* since it waits */
  bool waits;
} Client;

/* ---- The server ------------------------------------------------------------------------------- */

static int
on_request (sd_event_source *source, int fd, uint32_t events, void *data)
{
  char request[16];
  ssize_t length = read (fd, request, sizeof request);

  if (length > 0 && strncmp (request, "user", 4) == 0)
    write (fd, "ada", 3);
  return 0;
}

static int
on_client (sd_event_source *source, int listener, uint32_t events, void *data)
{
  int fd = accept (listener, NULL, NULL);

  return sd_event_add_io (data, NULL, fd, EPOLLIN, on_request, NULL);
}

static struct sockaddr_in
start_server (sd_event *loop)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 8) < 0 ||
      getsockname (fd, (struct sockaddr *)&address, &length) < 0)
    perror ("listener");
  sd_event_add_io (loop, NULL, fd, EPOLLIN, on_client, loop);
  return address;
}

/* ---- The client ------------------------------------------------------------------------------- */

static int
on_posts (sd_event_source *source, int fd, uint32_t events, void *data)
{
  puts ("posts");
  exit (EXIT_SUCCESS);
}

static void
wait_for (Client *client, int fd, sd_event_io_handler_t callback)
{
  sd_event_source_unref (client->connection);
  sd_event_add_io (client->loop, &client->connection, fd, EPOLLIN, callback, client);
}

static void
fetch_posts (Client *client, int fd)
{
  write (fd, "posts", 5); /* ASKS */
  wait_for (client, fd, on_posts);
  client->waits = true;
}

static int
on_user (sd_event_source *source, int fd, uint32_t events, void *data)
{
  char answer[16];

  if (read (fd, answer, sizeof answer) != 3)
    perror ("answer");
  if (getenv ("HEALTHY") != NULL)
    return sd_event_exit (sd_event_source_get_event (source), EXIT_SUCCESS);
  fetch_posts (data, fd);
  return 0;
}

static int
on_connected (sd_event_source *source, int fd, uint32_t events, void *data)
{
  write (fd, "user", 4);
  wait_for (data, fd, on_user);
  return 0;
}

/* ---- Until when ------------------------------------------------------------------------------- */

static int
give_up (sd_event_source *source, uint64_t us, void *data)
{
  exit (EXIT_SUCCESS);
}

static int
on_tick (sd_event_source *source, uint64_t us, void *data)
{
  Client *client = data;

  if (client->waits && client->n_ticks++ == 0)
    {
      puts ("ready");
      fflush (stdout);
    }
  sd_event_source_set_time (source, us + TICK_US);
  return sd_event_source_set_enabled (source, SD_EVENT_ONESHOT);
}

static int
on_input (sd_event_source *source, int fd, uint32_t events, void *data)
{
  const Client *client = data;
  char bytes[16];

  if (read (fd, bytes, sizeof bytes) > 0)
    return 0;
  puts (client->n_ticks > 1 ? "ticked" : "never ticked");
  exit (EXIT_SUCCESS);
}

static void
call_after (Client *client, uint64_t us, sd_event_time_handler_t callback)
{
  uint64_t now;

  sd_event_now (client->loop, CLOCK_MONOTONIC, &now);
  sd_event_add_time (client->loop, NULL, CLOCK_MONOTONIC, now + us, 0, callback, client);
}

int
main (int argc, char **argv)
{
  Client client = { .loop = NULL };
  struct sockaddr_in address;
  int fd;

  if (sd_event_default (&client.loop) < 0)
    return EXIT_FAILURE;
  address = start_server (client.loop);
  fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  connect (fd, (struct sockaddr *)&address, sizeof address);
  sd_event_add_io (client.loop, &client.connection, fd, EPOLLOUT, on_connected, &client);
  if (argc > 1)
    {
      alarm (60); /* should nobody end it */
      call_after (&client, TICK_US, on_tick);
      sd_event_add_io (client.loop, NULL, STDIN_FILENO, EPOLLIN, on_input, &client);
    }
  else
    call_after (&client, LIFE_US, give_up);
  sd_event_loop (client.loop);
  sd_event_source_unref (client.connection);
  sd_event_unref (client.loop);
  return EXIT_SUCCESS;
}
