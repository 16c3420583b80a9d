/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The live inspector of bench-emit: a process on the other CPU that maps the channel and reads
 * every record of it every ten milliseconds, as the real one does. */

#include "bench-emit.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "emit/process.h"

/* Kept by the target, too: it looks into its own channel to know what is read. */
static char *channel;
static char folder[] = "/tmp/inspect-bench-XXXXXX";

static void
fail (const char *what)
{
  fprintf (stderr, "bench-emit: %s\n", what);
  exit (1);
}

static char *
receive_channel (int listener)
{
  ChannelHello hello;
  char control[CMSG_SPACE (sizeof (int))];
  struct iovec bytes = { &hello, sizeof hello };
  struct msghdr message = {
    .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  int connection = accept (listener, NULL, NULL), memfd;
  char *memory;

  if (connection < 0 || recvmsg (connection, &message, 0) != sizeof hello ||
      CMSG_FIRSTHDR (&message) == NULL)
    fail ("no channel came");
  memcpy (&memfd, CMSG_DATA (CMSG_FIRSTHDR (&message)), sizeof memfd);
  memory = mmap (NULL, hello.channel_size, PROT_READ | PROT_WRITE, MAP_SHARED, memfd, 0);
  if (memory == MAP_FAILED)
    fail ("the channel cannot be mapped");
  close (connection);
  return memory;
}

static ChannelTail *
tails_of (char *memory)
{
  return (ChannelTail *)(memory + 2 * CHANNEL_PAGE);
}

static ChannelRing *
rings_of (char *memory)
{
  return (ChannelRing *)(memory + ((ChannelHeader *)memory)->rings_offset);
}

/* Copies and checks each record, as a reader must. */
static void
drain (char *memory, uint32_t index)
{
  const ChannelHeader *header = (ChannelHeader *)memory;
  const ChannelRecord *records =
      (ChannelRecord *)(memory + header->records_offset) + (size_t)index * header->ring_capacity;
  uint64_t head = __atomic_load_n (&rings_of (memory)[index].head, __ATOMIC_ACQUIRE);
  uint64_t tail = tails_of (memory)[index].tail;
  ChannelRecord copy;

  for (; tail < head; tail++)
    {
      const ChannelRecord *record = &records[tail & (header->ring_capacity - 1)];

      if (__atomic_load_n (&record->seq, __ATOMIC_ACQUIRE) != (uint32_t)tail + 1)
        break;
      copy = *record;
      __asm__ volatile("" : : "m"(copy));
    }
  __atomic_store_n (&tails_of (memory)[index].tail, tail, __ATOMIC_RELEASE);
}

static void
inspect_for_ever (int listener)
{
  char *memory = receive_channel (listener);
  ChannelControl *control = (ChannelControl *)(memory + CHANNEL_PAGE);
  ChannelHeader *header = (ChannelHeader *)memory;

  for (;;)
    {
      struct timespec now;

      for (uint32_t i = 0; i < __atomic_load_n (&header->rings_used.value, __ATOMIC_ACQUIRE); i++)
        drain (memory, i);
      clock_gettime (CLOCK_MONOTONIC, &now);
      __atomic_store_n (&control->heartbeat_ns,
                        (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec,
                        __ATOMIC_RELAXED);
      usleep (BENCH_PERIOD_US);
    }
}

/* The target finds its own channel among its mappings: no interface exists for that, because
 * nobody else needs it. */
static char *
find_own_channel (void)
{
  FILE *maps = fopen ("/proc/self/maps", "r");
  char line[512];
  unsigned long start = 0;

  while (maps != NULL && fgets (line, sizeof line, maps) != NULL)
    if (strstr (line, "memfd:async-inspect") != NULL)
      {
        start = strtoul (line, NULL, 16);
        break;
      }
  if (maps != NULL)
    fclose (maps);
  return (char *)start;
}

void
bench_start_target (void)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  cpu_set_t other;

  if (mkdtemp (folder) == NULL)
    fail ("no folder for the socket");
  snprintf (address.sun_path, sizeof address.sun_path, "%s/socket", folder);
  if (bind (listener, (struct sockaddr *)&address, sizeof address) < 0 || listen (listener, 1) < 0)
    fail ("no socket");
  if (fork () == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      CPU_ZERO (&other);
      CPU_SET (1, &other);
      sched_setaffinity (0, sizeof other, &other);
      inspect_for_ever (listener);
    }
  setenv (CHANNEL_ENV_SOCKET, address.sun_path, 1);
  if (emit_process_start () != 0)
    fail ("libinspect did not start");
  unlink (address.sun_path);
  rmdir (folder);
  channel = find_own_channel ();
  if (channel == NULL)
    fail ("no channel");
}

void
bench_wait_for_inspector (void)
{
  const ChannelHeader *header = (ChannelHeader *)channel;

  for (uint32_t i = 0; i < header->rings_used.value; i++)
    {
      const ChannelRing *ring = &rings_of (channel)[i];
      uint64_t head = __atomic_load_n (&ring->head, __ATOMIC_RELAXED);

      if (ring->lost != 0)
        fail ("records were lost");
      while (__atomic_load_n (&tails_of (channel)[i].tail, __ATOMIC_ACQUIRE) < head)
        usleep (500);
    }
}

void
bench_arm (uint32_t n)
{
  ChannelControl *control = (ChannelControl *)(void *)(channel + CHANNEL_PAGE);

  for (uint32_t i = 0; i < n; i++)
    control->breaks[i] = (ChannelBreak){ .events = 1u << CHANNEL_AWAIT_BEGIN,
                                         .number = (uint16_t)(i + 1),
                                         .of = CHANNEL_BREAK_ADDRESS,
                                         .low = 1 + i,
                                         .high = 2 + i };
  control->n_breaks = n;
  __atomic_store_n (&control->armed, 1, __ATOMIC_RELEASE);
}
