/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What a loop of sd-event has when somebody comes to look: a listener, a pipe, times of two sorts. Ends when its
 * standard input does. */

#include <netinet/in.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#define TICK_US 20000

static unsigned n_ticks;

static int
on_connection (sd_event_source *source, int fd, uint32_t events, void *data) /* LISTENS */
{
  return 0;
}

static int
on_pipe (sd_event_source *source, int fd, uint32_t events, void *data) /* PIPE */
{
  return 0;
}

static int
on_late (sd_event_source *source, uint64_t us, void *data) /* LATE */
{
  return 0;
}

static int
on_tick (sd_event_source *source, uint64_t us, void *data) /* TICKS */
{
  if (n_ticks++ == 0)
    {
      puts ("ready");
      fflush (stdout);
    }
  return sd_event_source_set_time (source, us + TICK_US);
}

static int
on_input (sd_event_source *source, int fd, uint32_t events, void *data)
{
  char bytes[16];

  if (read (fd, bytes, sizeof bytes) > 0)
    return 0;
  puts (n_ticks > 1 ? "ticked" : "never ticked");
  return sd_event_exit (sd_event_source_get_event (source), 0);
}

static int
listen_somewhere (void)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (bind (fd, (struct sockaddr *)&address, sizeof address) < 0 || listen (fd, 8) < 0)
    perror ("listener");
  return fd;
}

int
main (void)
{
  sd_event_source *tick = NULL;
  sd_event *event = NULL;
  uint64_t now = 0;
  int ends[2];

  alarm (300); /* should nobody end it */
  if (pipe (ends) != 0 || sd_event_new (&event) < 0)
    return 1;
  sd_event_now (event, CLOCK_MONOTONIC, &now);
  sd_event_add_io (event, NULL, listen_somewhere (), EPOLLIN, on_connection, NULL);
  sd_event_add_io (event, NULL, ends[0], EPOLLIN, on_pipe, NULL);
  sd_event_add_io (event, NULL, STDIN_FILENO, EPOLLIN, on_input, NULL);
  sd_event_add_time (event, NULL, CLOCK_MONOTONIC, now + UINT64_C (3600000000), 1, on_late, NULL);
  sd_event_add_time (event, &tick, CLOCK_MONOTONIC, now + TICK_US, 1, on_tick, NULL);
  sd_event_source_set_enabled (tick, SD_EVENT_ON);
  return sd_event_loop (event);
}
