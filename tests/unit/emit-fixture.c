/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "emit-fixture.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "emit/process.h"

#define PATIENCE_MS 10000

/* The target's end of the pair. */
static int target_steps = -1;

void
fixture_setup (Fixture *fixture, gconstpointer data)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autoptr (GError) error = NULL;

  fixture->folder = g_dir_make_tmp ("inspect-XXXXXX", &error);
  g_assert_no_error (error);
  fixture->path = g_build_filename (fixture->folder, "socket", NULL);
  fixture->listener = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
  g_assert_cmpint (fixture->listener, >=, 0);
  g_assert_cmpuint (strlen (fixture->path), <, sizeof address.sun_path);
  strcpy (address.sun_path, fixture->path);
  g_assert_no_errno (bind (fixture->listener, (struct sockaddr *)&address, sizeof address));
  g_assert_no_errno (listen (fixture->listener, 16));
  fixture->steps = -1;
}

void
fixture_teardown (Fixture *fixture, gconstpointer data)
{
  if (fixture->target > 0)
    {
      kill (fixture->target, SIGKILL);
      waitpid (fixture->target, NULL, 0);
    }
  if (fixture->steps >= 0)
    close (fixture->steps);
  close (fixture->listener);
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

void
fixture_spawn (Fixture *fixture, const char *options, TargetFunc func, gconstpointer data)
{
  int pair[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair));
  fixture->target = fork ();
  g_assert_cmpint (fixture->target, >=, 0);
  if (fixture->target == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      close (pair[0]);
      close (fixture->listener);
      target_steps = pair[1];
      g_setenv (CHANNEL_ENV_SOCKET, fixture->path, TRUE);
      if (options != NULL)
        g_setenv (CHANNEL_ENV_OPTIONS, options, TRUE);
      else
        g_unsetenv (CHANNEL_ENV_OPTIONS);
      func (data);
      _exit (0);
    }
  close (pair[1]);
  fixture->steps = pair[0];
}

int
fixture_wait (Fixture *fixture)
{
  int status = 0;

  g_assert_cmpint (TEMP_FAILURE_RETRY (waitpid (fixture->target, &status, 0)), ==, fixture->target);
  fixture->target = 0;
  return status;
}

void
fixture_join (Fixture *fixture)
{
  g_assert_cmpint (fixture_wait (fixture), ==, 0);
}

static void
meet (int steps)
{
  struct pollfd event = { steps, POLLIN, 0 };
  char byte = 0;

  g_assert_cmpint (send (steps, "x", 1, MSG_NOSIGNAL), ==, 1);
  g_assert_cmpint (TEMP_FAILURE_RETRY (poll (&event, 1, PATIENCE_MS)), ==, 1);
  g_assert_cmpint (TEMP_FAILURE_RETRY (recv (steps, &byte, 1, 0)), ==, 1);
}

void
fixture_meet (Fixture *fixture)
{
  meet (fixture->steps);
}

void
target_meet (void)
{
  meet (target_steps);
}

void
target_start (void)
{
  g_assert_cmpint (emit_process_start (), ==, 0);
  g_assert_true (inspect_is_on ());
}

/* ---- The inspector's side -------------------------------------------------------------------- */

gboolean
fixture_is_quiet (Fixture *fixture)
{
  struct pollfd event = { fixture->listener, POLLIN, 0 };

  return poll (&event, 1, 0) == 0;
}

static void
map_channel (Channel *channel)
{
  channel->size = channel->hello.channel_size;
  channel->base = mmap (NULL, channel->size, PROT_READ | PROT_WRITE, MAP_SHARED, channel->memfd, 0);
  g_assert_true (channel->base != MAP_FAILED);
  channel->header = (ChannelHeader *)channel->base;
  channel->control = (ChannelControl *)(channel->base + CHANNEL_PAGE);
  channel->tails = (ChannelTail *)(channel->base + 2 * CHANNEL_PAGE);
  channel->rings = (ChannelRing *)(channel->base + channel->header->rings_offset);
}

Channel *
fixture_accept (Fixture *fixture)
{
  struct pollfd event = { fixture->listener, POLLIN, 0 };
  Channel *channel = g_new0 (Channel, 1);
  char control[CMSG_SPACE (sizeof (int))];
  struct iovec bytes = { &channel->hello, sizeof channel->hello };
  struct msghdr message = {
    .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  struct cmsghdr *rights;
  int connection;

  g_assert_cmpint (poll (&event, 1, PATIENCE_MS), ==, 1);
  connection = accept4 (fixture->listener, NULL, NULL, SOCK_CLOEXEC);
  g_assert_cmpint (connection, >=, 0);
  g_assert_cmpint (recvmsg (connection, &message, MSG_CMSG_CLOEXEC), ==, sizeof channel->hello);
  g_assert_cmphex (channel->hello.magic, ==, CHANNEL_HELLO_MAGIC);
  close (connection);

  channel->memfd = -1;
  rights = CMSG_FIRSTHDR (&message);
  if (rights != NULL)
    {
      memcpy (&channel->memfd, CMSG_DATA (rights), sizeof channel->memfd);
      map_channel (channel);
    }
  return channel;
}

void
channel_free (Channel *channel)
{
  if (channel->base != NULL)
    munmap (channel->base, channel->size);
  if (channel->memfd >= 0)
    close (channel->memfd);
  g_free (channel);
}

const ChannelRecord *
channel_get_record (Channel *channel, uint32_t ring, uint64_t index)
{
  const ChannelHeader *header = channel->header;
  const ChannelRecord *records = (const ChannelRecord *)(channel->base + header->records_offset) +
                                 (size_t)ring * header->ring_capacity;
  const ChannelRecord *record = &records[index & (header->ring_capacity - 1)];

  g_assert_cmpuint (__atomic_load_n (&record->seq, __ATOMIC_ACQUIRE), ==, (uint32_t)index + 1);
  return record;
}

const char *
channel_get_text (Channel *channel, uint32_t offset)
{
  const char *string = channel->base + channel->header->strings_offset + offset;
  uint32_t length;

  g_assert_cmpuint (offset, <, channel->header->strings_used.value);
  g_assert_cmpuint (offset % 8, ==, 0);
  memcpy (&length, string, sizeof length);
  g_assert_cmpuint (offset + sizeof length + length, <, channel->header->strings_used.value);
  g_assert_cmpuint (strlen (string + sizeof length), ==, length);
  return string + sizeof length;
}

const ChannelKind *
channel_get_kind (Channel *channel, uint32_t number)
{
  const ChannelKind *kinds = (const ChannelKind *)(channel->base + channel->header->kinds_offset);

  g_assert_cmpuint (number, >=, 1);
  g_assert_cmpuint (number, <=, channel->header->kinds_count.value);
  g_assert_cmpuint (kinds[number - 1].ready, ==, 1);
  return &kinds[number - 1];
}

const ChannelLocation *
channel_get_location (Channel *channel, uint32_t number)
{
  const ChannelLocation *locations =
      (const ChannelLocation *)(channel->base + channel->header->locations_offset);

  g_assert_cmpuint (number, >=, 1);
  g_assert_cmpuint (number, <=, channel->header->locations_count.value);
  g_assert_cmpuint (locations[number - 1].ready, ==, 1);
  return &locations[number - 1];
}

void
channel_consume_until (Channel *channel, uint32_t ring, uint64_t head)
{
  __atomic_store_n (&channel->tails[ring].tail, head, __ATOMIC_RELEASE);
  __atomic_fetch_add (&channel->control->space_futex, 1, __ATOMIC_RELEASE);
  syscall (SYS_futex, &channel->control->space_futex, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

uint64_t
channel_consume (Channel *channel, uint32_t ring)
{
  uint64_t head = __atomic_load_n (&channel->rings[ring].head, __ATOMIC_ACQUIRE);
  uint64_t n = head - channel->tails[ring].tail;

  channel_consume_until (channel, ring, head);
  return n;
}

void
channel_beat (Channel *channel)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  __atomic_store_n (&channel->control->heartbeat_ns,
                    (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec, __ATOMIC_RELAXED);
}
