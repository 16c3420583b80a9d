/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-echo-load PORT SECONDS CONNECTIONS [CPU]: each connection asks, waits for the answer and
 * asks again. Prints requests, requests a second, and the median and 99th percentile of the
 * latency in microseconds. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_SIZE 64
#define WARM_UP_NS UINT64_C (300000000)
#define MAX_SAMPLES (UINT32_C (1) << 24)

typedef struct
{
  int fd;
  uint64_t asked_ns;
} Connection;

typedef struct
{
  uint32_t *latencies;
  uint32_t n_latencies;
  uint64_t n_requests;
} Samples;

static void
fail (const char *what)
{
  fprintf (stderr, "bench-echo-load: %s: %s\n", what, strerror (errno));
  exit (1);
}

static uint64_t
now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void
ask (Connection *connection)
{
  static const char message[MESSAGE_SIZE] = "ping";

  connection->asked_ns = now_ns ();
  if (send (connection->fd, message, sizeof message, MSG_NOSIGNAL) != sizeof message)
    fail ("send");
}

/* An answer of 64 bytes over loopback comes in one piece, as it was sent. */
static void
take_answer (Connection *connection)
{
  char answer[MESSAGE_SIZE];
  ssize_t n = recv (connection->fd, answer, sizeof answer, MSG_WAITALL);

  if (n != sizeof answer)
    fail ("recv");
}

static void
open_connection (Connection *connection, uint16_t port, int epoll)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr = { htonl (INADDR_LOOPBACK) } };
  struct epoll_event event = { .events = EPOLLIN, .data = { .ptr = connection } };
  int yes = 1;

  connection->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->fd < 0 ||
      connect (connection->fd, (struct sockaddr *)&address, sizeof address) < 0 ||
      setsockopt (connection->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes) < 0 ||
      epoll_ctl (epoll, EPOLL_CTL_ADD, connection->fd, &event) < 0)
    fail ("connect");
}

/* Asks and takes answers for so long; counted only if @samples is there. */
static void
load (int epoll, uint64_t duration_ns, Samples *samples)
{
  uint64_t end_ns = now_ns () + duration_ns;
  struct epoll_event events[256];

  for (;;)
    {
      int n = epoll_wait (epoll, events, 256, 1000);
      uint64_t answered_ns = now_ns ();

      if (n == 0)
        {
          errno = ETIMEDOUT;
          fail ("no answer");
        }
      if (answered_ns >= end_ns)
        return; /* what has come waits for the next call */
      for (int i = 0; i < n; i++)
        {
          Connection *connection = events[i].data.ptr;

          take_answer (connection);
          answered_ns = now_ns ();
          if (samples != NULL)
            {
              samples->n_requests++;
              if (samples->n_latencies < MAX_SAMPLES)
                samples->latencies[samples->n_latencies++] =
                    (uint32_t)(answered_ns - connection->asked_ns);
            }
          ask (connection);
        }
    }
}

static int
compare (const void *a, const void *b)
{
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

  return (x > y) - (x < y);
}

static double
percentile (const Samples *samples, double part)
{
  return samples->latencies[(uint32_t)((samples->n_latencies - 1) * part)] / 1e3;
}

int
main (int argc, char **argv)
{
  int epoll = epoll_create1 (EPOLL_CLOEXEC);
  Samples samples = { 0 };
  Connection *connections;
  double seconds;
  int n_connections;
  uint64_t begin_ns, took_ns;

  if (argc < 4)
    {
      fputs ("usage: bench-echo-load PORT SECONDS CONNECTIONS [CPU]\n", stderr);
      return 2;
    }
  seconds = atof (argv[2]);
  n_connections = atoi (argv[3]);
  if (argc > 4)
    {
      cpu_set_t cpus;

      CPU_ZERO (&cpus);
      CPU_SET (atoi (argv[4]), &cpus);
      if (sched_setaffinity (0, sizeof cpus, &cpus) < 0)
        fail ("sched_setaffinity");
    }
  connections = calloc ((size_t)n_connections, sizeof *connections);
  samples.latencies = malloc (MAX_SAMPLES * sizeof *samples.latencies);
  if (epoll < 0 || connections == NULL || samples.latencies == NULL)
    fail ("setting up");

  for (int i = 0; i < n_connections; i++)
    open_connection (&connections[i], (uint16_t)atoi (argv[1]), epoll);
  for (int i = 0; i < n_connections; i++)
    ask (&connections[i]);
  load (epoll, WARM_UP_NS, NULL);
  begin_ns = now_ns ();
  load (epoll, (uint64_t)(seconds * 1e9), &samples);
  took_ns = now_ns () - begin_ns;

  if (samples.n_latencies == 0)
    fail ("nothing measured");
  qsort (samples.latencies, samples.n_latencies, sizeof *samples.latencies, compare);
  printf ("%llu %.0f %.1f %.1f\n", (unsigned long long)samples.n_requests,
          (double)samples.n_requests * 1e9 / (double)took_ns, percentile (&samples, 0.5),
          percentile (&samples, 0.99));
  return 0;
}
