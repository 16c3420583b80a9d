/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What real operations of io_uring are reported as. */

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <liburing.h>

#include "inspect-keys.h"

static struct io_uring ring;

static struct io_uring_sqe *
prepare (guint64 user_data)
{
  struct io_uring_sqe *sqe = io_uring_get_sqe (&ring);

  io_uring_sqe_set_data64 (sqe, user_data);
  return sqe;
}

/* Takes all out that is there, as programs do: without any call. */
static guint
reap (int *ret_result)
{
  struct io_uring_cqe *cqe;
  unsigned head;
  guint n = 0;

  io_uring_for_each_cqe (&ring, head, cqe)
  {
    if (ret_result != NULL)
      *ret_result = cqe->res;
    n++;
  }
  io_uring_cq_advance (&ring, n);
  return n;
}

static int
wait_for_one (void)
{
  int result = 0;

  g_assert_cmpint (io_uring_submit_and_wait (&ring, 1), >=, 0);
  g_assert_cmpuint (reap (&result), ==, 1);
  return result;
}

/* A turn that waits for nothing: what was done is over. */
static void
turn (void)
{
  struct io_uring_cqe *cqe;

  io_uring_peek_batch_cqe (&ring, &cqe, 1);
}

static void
with_ring (gconstpointer data)
{
  void (*test) (void) = (void (*) (void))data;

  g_assert_cmpint (io_uring_queue_init (16, &ring, 0), ==, 0);
  test ();
  io_uring_queue_exit (&ring);
}

/* ---- Kinds ------------------------------------------------------------------------------------ */

static void
test_file (void)
{
  char *path = g_build_filename (g_get_tmp_dir (), "liburing-XXXXXX", NULL);
  int fd = g_mkstemp (path);
  char bytes[8] = "";
  const Event *await;

  io_uring_prep_write (prepare (1), fd, "hello", 5, 0);
  g_assert_cmpint (wait_for_one (), ==, 5);
  await = harness_first (EVENT_AWAIT_BEGIN, "io_uring.write");
  g_assert_true (harness_is_in (await, wait_for_one));
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_BYTES)->value, ==, 5);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "io_uring.write")->status, ==, 0);
  io_uring_prep_read (prepare (1), fd, bytes, sizeof bytes, 0);
  g_assert_cmpint (wait_for_one (), ==, 5);
  harness_first (EVENT_AWAIT_END, "io_uring.read");
  io_uring_prep_openat (prepare (2), AT_FDCWD, path, O_RDONLY, 0);
  close (wait_for_one ());
  await = harness_first (EVENT_AWAIT_BEGIN, "io_uring.open");
  g_assert_cmpstr (harness_attribute (await->object, INSPECT_KEY_PATH)->bytes, ==, path);
  unlink (path);
  io_uring_prep_openat (prepare (2), AT_FDCWD, path, O_RDONLY, 0);
  g_assert_cmpint (wait_for_one (), ==, -ENOENT);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "io_uring.open", 1)->status, ==, -ENOENT);
  close (fd);
  g_free (path);
}

static void
test_timer (void)
{
  struct __kernel_timespec time = { 0, 2000000 };
  guint64 before_ns = (guint64)g_get_monotonic_time () * 1000, due_ns;
  const Event *await;

  io_uring_prep_timeout (prepare (1), &time, 0, 0);
  g_assert_cmpint (wait_for_one (), ==, -ETIME);
  await = harness_first (EVENT_AWAIT_BEGIN, "io_uring.timer");
  due_ns = harness_attribute (await->object, INSPECT_KEY_DUE)->value;
  g_assert_cmpuint (due_ns, >=, before_ns + 2000000);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "io_uring.timer")->status, ==, -ETIME);
}

static void
test_deadline (void)
{
  struct __kernel_timespec time = { 0, 2000000 };
  struct io_uring_sqe *sqe;
  int fds[2], result;
  char byte;

  g_assert_cmpint (pipe (fds), ==, 0);
  sqe = prepare (1);
  io_uring_prep_read (sqe, fds[0], &byte, 1, 0);
  sqe->flags |= IOSQE_IO_LINK;
  io_uring_prep_link_timeout (prepare (2), &time, 0);
  g_assert_cmpint (io_uring_submit_and_wait (&ring, 2), >=, 0);
  g_assert_cmpuint (reap (&result), ==, 2);
  turn ();
  g_assert_true (harness_has_attribute (
      harness_first (EVENT_AWAIT_BEGIN, "io_uring.watch-read")->object, INSPECT_KEY_DEADLINE));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "io_uring.watch-read")->status, ==, -ECANCELED);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "io_uring.timer"), ==, 0);
  close (fds[0]);
  close (fds[1]);
}

/* ---- Connections -------------------------------------------------------------------------------- */

static int
start_listener (struct sockaddr_in *ret_address)
{
  socklen_t length = sizeof *ret_address;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  *ret_address = (struct sockaddr_in){ .sin_family = AF_INET };
  ret_address->sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  g_assert_cmpint (bind (fd, (struct sockaddr *)ret_address, sizeof *ret_address), ==, 0);
  g_assert_cmpint (listen (fd, 4), ==, 0);
  g_assert_cmpint (getsockname (fd, (struct sockaddr *)ret_address, &length), ==, 0);
  return fd;
}

static void
test_connection (void)
{
  struct sockaddr_in address;
  int listener = start_listener (&address), client = socket (AF_INET, SOCK_STREAM, 0), server = -1;
  char bytes[8];
  const Event *await;
  InspectId accepting, serving;

  io_uring_prep_accept (prepare (1), listener, NULL, NULL, 0);
  io_uring_prep_connect (prepare (2), client, (struct sockaddr *)&address, sizeof address);
  for (guint n = 0; n < 2;)
    {
      struct io_uring_cqe *cqe;
      unsigned head;
      guint n_now = 0;

      g_assert_cmpint (io_uring_submit_and_wait (&ring, 1), >=, 0);
      io_uring_for_each_cqe (&ring, head, cqe)
      {
        n_now++;
        if (cqe->user_data == 1)
          server = cqe->res;
      }
      io_uring_cq_advance (&ring, n_now);
      n += n_now;
    }
  g_assert_cmpint (server, >=, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, "io_uring.connect");
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_PEER)->n_bytes, ==,
                    sizeof address);
  accepting = harness_task_of ("io_uring.accept");
  /* Whoever is accepted is a task of its own, below the one that accepts. */
  io_uring_prep_recv (prepare (3), server, bytes, sizeof bytes, 0);
  io_uring_prep_send (prepare (2), client, "hi", 2, 0);
  g_assert_cmpint (io_uring_submit_and_wait (&ring, 2), >=, 0);
  g_assert_cmpuint (reap (NULL), ==, 2);
  serving = harness_task_of ("io_uring.receive");
  g_assert_cmpuint (serving, !=, accepting);
  g_assert_cmpuint (harness_parent_of (serving), ==, accepting);
  /* And who connects goes on with what was connected. */
  g_assert_cmpuint (harness_task_of ("io_uring.send"), ==, harness_task_of ("io_uring.connect"));
  close (server);
  close (client);
  close (listener);
}

/* ---- Whose they are ----------------------------------------------------------------------------- */

/* The same object, another thing at a time: one task. Then it is over. */
static void
test_chain (void)
{
  struct __kernel_timespec time = { 0, 1000 };

  for (guint i = 0; i < 3; i++)
    {
      io_uring_prep_timeout (prepare (42), &time, 0, 0);
      wait_for_one ();
    }
  turn ();
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "io_uring.timer"), ==, 3);
}

/* A new object for each step: what is begun when one thing has completed goes on with its task. */
static void
test_chain_of_objects (void)
{
  struct __kernel_timespec time = { 0, 1000 };

  for (guint i = 0; i < 3; i++)
    {
      io_uring_prep_timeout (prepare (50 + i), &time, 0, 0);
      wait_for_one ();
    }
  turn ();
  g_assert_cmpuint (harness_count (EVENT_TASK_BEGIN, NULL), ==, 1);
}

/* Several at once under one name are told apart by their order alone; each ends once. */
static void
test_same_name (void)
{
  struct __kernel_timespec time = { 0, 1000 };
  guint n = 0;

  for (guint i = 0; i < 4; i++)
    io_uring_prep_timeout (prepare (0), &time, 0, 0);
  while (n < 4)
    {
      g_assert_cmpint (io_uring_submit_and_wait (&ring, 1), >=, 0);
      n += reap (NULL);
    }
  turn ();
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "io_uring.timer"), ==, 4);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "io_uring.timer"), ==, 4);
}

static void
test_ring_is_gone (void)
{
  struct io_uring other;
  int fds[2];
  char byte;

  g_assert_cmpint (pipe (fds), ==, 0);
  g_assert_cmpint (io_uring_queue_init (4, &other, 0), ==, 0);
  io_uring_prep_read (io_uring_get_sqe (&other), fds[0], &byte, 1, 0);
  g_assert_cmpint (io_uring_submit (&other), ==, 1);
  io_uring_queue_exit (&other);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "io_uring.watch-read")->status, ==, -ECANCELED);
  close (fds[0]);
  close (fds[1]);
}

static void
test_no_memory (void)
{
  struct __kernel_timespec time = { 0, 1000 };
  guint skipped = harness_count_skipped ();

  harness_fail_memory (1000);
  for (guint i = 0; i < 16; i++)
    io_uring_prep_timeout (prepare (i + 1), &time, 0, 0);
  g_assert_cmpint (io_uring_submit_and_wait (&ring, 16), >=, 0);
  harness_fail_memory (0);
  g_assert_cmpuint (reap (NULL), ==, 16);
  /* Those that had room were told of, the others counted. */
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "io_uring.timer") + harness_count_skipped () -
                        skipped,
                    >=, 16);
}

/* An inspector goes while something is in flight, and another comes. */
static void
test_off_and_on (void)
{
  struct __kernel_timespec time = { 0, 1000 };

  harness_set_on (false);
  io_uring_prep_timeout (prepare (1), &time, 0, 0);
  wait_for_one ();
  harness_set_on (true);
  io_uring_prep_timeout (prepare (1), &time, 0, 0);
  wait_for_one ();
  turn ();
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "io_uring.timer"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "io_uring.timer"), ==, 1);
}

#define ADD(name)                                                                                  \
  static void run_##name (void) { with_ring ((gconstpointer)test_##name); }
ADD (file)
ADD (timer)
ADD (deadline)
ADD (connection)
ADD (chain)
ADD (chain_of_objects)
ADD (same_name)
ADD (ring_is_gone)
ADD (no_memory)
ADD (off_and_on)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (io_uring_queue_init (4, &ring, 0) < 0)
    {
      g_print ("1..0 # SKIP the kernel has no io_uring, or allows none\n");
      return 0;
    }
  io_uring_queue_exit (&ring);
  harness_install ();
  harness_add ("/liburing/file", run_file);
  harness_add ("/liburing/timer", run_timer);
  harness_add ("/liburing/deadline", run_deadline);
  harness_add ("/liburing/connection", run_connection);
  harness_add ("/liburing/chain", run_chain);
  harness_add ("/liburing/chain-of-objects", run_chain_of_objects);
  harness_add ("/liburing/same-name", run_same_name);
  harness_add ("/liburing/ring-is-gone", run_ring_is_gone);
  harness_add ("/liburing/no-memory", run_no_memory);
  harness_add ("/liburing/off-and-on", run_off_and_on);
  return g_test_run ();
}
