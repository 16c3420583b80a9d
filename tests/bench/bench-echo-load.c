/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* bench-echo-load ROUNDS MILLISECONDS CONNECTIONS PORT PID PORT PID [CPU]: each connection asks,
 * waits for the answer and asks again; of two servers in turns, so that whatever else the machine
 * does meets both alike. Prints a line a turn: which server, requests a second, the median and the
 * 99th percentile of the latency in microseconds, and the server's CPU time a request. */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MESSAGE_SIZE 64
#define WARM_UP_NS UINT64_C (20000000)
#define MAX_SAMPLES (UINT32_C (1) << 22)
#define MAX_CONNECTIONS 1024

typedef struct
{
  int fd;
  uint64_t asked_ns;
} Connection;

typedef struct
{
  int epoll;
  clockid_t cpu_clock;
  int n_connections;
  Connection connections[MAX_CONNECTIONS];
} Server;

typedef struct
{
  uint32_t n;
  uint32_t latencies[MAX_SAMPLES];
} Samples;

static void
fail (const char *what)
{
  fprintf (stderr, "bench-echo-load: %s: %s\n", what, strerror (errno));
  exit (1);
}

static uint64_t
read_clock (clockid_t clock)
{
  struct timespec time;

  if (clock_gettime (clock, &time) < 0)
    fail ("clock_gettime");
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t
now_ns (void)
{
  return read_clock (CLOCK_MONOTONIC);
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

/* Takes answers until @end_ns, and after it those that are still owed. */
static void
load (Server *server, uint64_t end_ns, Samples *samples)
{
  struct epoll_event events[256];
  int n_owed = server->n_connections;

  for (int i = 0; i < server->n_connections; i++)
    ask (&server->connections[i]);
  samples->n = 0;
  while (n_owed > 0)
    {
      int n = epoll_wait (server->epoll, events, 256, 5000);

      if (n == 0)
        errno = ETIMEDOUT;
      if (n <= 0)
        fail ("no answer");
      for (int i = 0; i < n; i++)
        {
          Connection *connection = events[i].data.ptr;
          uint64_t answered_ns;

          take_answer (connection);
          answered_ns = now_ns ();
          if (samples->n < MAX_SAMPLES)
            samples->latencies[samples->n++] = (uint32_t)(answered_ns - connection->asked_ns);
          if (answered_ns < end_ns)
            ask (connection);
          else
            n_owed--;
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
  return samples->latencies[(uint32_t)((samples->n - 1) * part)] / 1e3;
}

static void
open_server (Server *server, int port, int pid, int n_connections)
{
  server->epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (server->epoll < 0)
    fail ("epoll_create1");
  errno = clock_getcpuclockid (pid, &server->cpu_clock);
  if (errno != 0)
    fail ("clock_getcpuclockid");
  server->n_connections = n_connections;
  for (int i = 0; i < n_connections; i++)
    open_connection (&server->connections[i], (uint16_t)port, server->epoll);
}

static void
measure (Server *server, const char *name, uint64_t duration_ns)
{
  static Samples samples;
  uint64_t begin_ns, took_ns, cpu_ns;

  load (server, now_ns () + WARM_UP_NS, &samples);
  cpu_ns = read_clock (server->cpu_clock);
  begin_ns = now_ns ();
  load (server, begin_ns + duration_ns, &samples);
  took_ns = now_ns () - begin_ns;
  cpu_ns = read_clock (server->cpu_clock) - cpu_ns;
  qsort (samples.latencies, samples.n, sizeof *samples.latencies, compare);
  printf ("%s %.0f %.1f %.1f %.3f\n", name, samples.n * 1e9 / (double)took_ns,
          percentile (&samples, 0.5), percentile (&samples, 0.99),
          (double)cpu_ns / 1e3 / samples.n);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "plain", "inspected" };
  static Server servers[2];
  uint64_t duration_ns;
  int n_rounds, n_connections;

  if (argc < 8 || atoi (argv[3]) < 1 || atoi (argv[3]) > MAX_CONNECTIONS)
    {
      fputs ("usage: bench-echo-load ROUNDS MILLISECONDS CONNECTIONS PORT PID PORT PID [CPU]\n",
             stderr);
      return 2;
    }
  n_rounds = atoi (argv[1]);
  duration_ns = strtoull (argv[2], NULL, 10) * 1000000;
  n_connections = atoi (argv[3]);
  if (argc > 8)
    {
      cpu_set_t cpus;

      CPU_ZERO (&cpus);
      CPU_SET (atoi (argv[8]), &cpus);
      if (sched_setaffinity (0, sizeof cpus, &cpus) < 0)
        fail ("sched_setaffinity");
    }
  for (int i = 0; i < 2; i++)
    open_server (&servers[i], atoi (argv[4 + 2 * i]), atoi (argv[5 + 2 * i]), n_connections);

  /* The order changes too: who comes second in a round does not always profit. */
  for (int round = 0; round < n_rounds; round++)
    for (int turn = 0; turn < 2; turn++)
      {
        int which = (round + turn) % 2;

        measure (&servers[which], names[which], duration_ns);
      }
  return 0;
}
