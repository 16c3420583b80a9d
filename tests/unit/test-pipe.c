/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who sleeps because a pipe is full: asked of children of this process. */

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "target/facts.h"

#define PATIENCE_US (20 * G_TIME_SPAN_SECOND)

typedef struct
{
  int output[2]; /* of the child */
  int ready[2];  /* it says there that it has written all */
  int orders[2]; /* it waits there until this process ends it */
  pid_t pid;
} Child;

static void
fill (int fd, gsize size)
{
  char block[4096] = { 0 };

  for (gsize written = 0; written < size; written += sizeof block)
    if (write (fd, block, sizeof block) < 0)
      _exit (1);
}

/* Runs in the child. */
static void
run_child (const Child *child, gsize size, gboolean in_grandchild)
{
  char c = 0;

  close (child->output[0]);
  if (in_grandchild && fork () != 0)
    {
      (void)wait (NULL);
      _exit (0);
    }
  fill (child->output[1], size);
  if (write (child->ready[1], &c, 1) == 1)
    (void)!read (child->orders[0], &c, 1);
  _exit (0);
}

static void
start (Child *child, gsize size, gboolean in_grandchild)
{
  g_assert_cmpint (pipe (child->output), ==, 0);
  g_assert_cmpint (pipe (child->ready), ==, 0);
  g_assert_cmpint (pipe (child->orders), ==, 0);
  child->pid = fork ();
  g_assert_cmpint (child->pid, >=, 0);
  if (child->pid == 0)
    {
      close (child->orders[1]);
      run_child (child, size, in_grandchild);
    }
  close (child->output[1]);
  close (child->orders[0]);
  close (child->ready[1]);
}

/* Whatever sleeps below it ends with its pipes. */
static void
stop (Child *child)
{
  close (child->output[0]);
  close (child->orders[1]);
  close (child->ready[0]);
  (void)kill (child->pid, SIGKILL);
  g_assert_cmpint (waitpid (child->pid, NULL, 0), ==, child->pid);
}

static gboolean
find (const Child *child, TargetPipeWriter *ret_writer)
{
  return target_facts_get_pipe_writer (child->pid, getpid (), child->output[0], ret_writer);
}

static void
wait_until_found (const Child *child, TargetPipeWriter *ret_writer)
{
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;

  while (!find (child, ret_writer))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);
      g_thread_yield ();
    }
}

static void
test_full (void)
{
  TargetPipeWriter first, second;
  Child child;

  start (&child, 1024 * 1024, FALSE);
  wait_until_found (&child, &first);
  g_assert_cmpint (first.pid, ==, child.pid);
  g_assert_cmpint (first.tid, ==, child.pid);
  g_assert_cmpstr (first.command, !=, "");
  g_assert_cmpuint (first.capacity, ==, (guint64)fcntl (child.output[0], F_GETPIPE_SZ));
  g_assert_cmpuint (first.queued, ==, first.capacity);
  /* Nobody reads, so it does not run. */
  wait_until_found (&child, &second);
  g_assert_cmpuint (first.n_sleeps, ==, second.n_sleeps);
  target_pipe_writer_clear (&first);
  target_pipe_writer_clear (&second);
  stop (&child);
}

/* It sleeps in a write to the same pipe again, and has run in between. */
static void
test_read_meanwhile (void)
{
  TargetPipeWriter first, second = { 0 };
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;
  char block[16384];
  Child child;

  start (&child, 1024 * 1024, FALSE);
  wait_until_found (&child, &first);
  g_assert_cmpint (read (child.output[0], block, sizeof block), ==, sizeof block);
  do
    {
      target_pipe_writer_clear (&second);
      wait_until_found (&child, &second);
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);
    }
  while (second.n_sleeps == first.n_sleeps);
  target_pipe_writer_clear (&first);
  target_pipe_writer_clear (&second);
  stop (&child);
}

static void
test_below_the_child (void)
{
  TargetPipeWriter writer;
  Child child;

  start (&child, 1024 * 1024, TRUE);
  wait_until_found (&child, &writer);
  g_assert_cmpint (writer.pid, !=, child.pid);
  target_pipe_writer_clear (&writer);
  stop (&child);
}

/* All it had to write is in the pipe, and it sleeps in a read. */
static void
test_room_left (void)
{
  TargetPipeWriter writer;
  Child child;
  char c;

  start (&child, 4096, FALSE);
  g_assert_cmpint (read (child.ready[0], &c, 1), ==, 1);
  for (guint i = 0; i < 100; i++)
    g_assert_false (find (&child, &writer));
  stop (&child);
}

/* Another pipe, the end that is written, no pipe at all, and processes that are none. */
static void
test_not_that_pipe (void)
{
  TargetPipeWriter writer;
  int other[2], null_fd = open ("/dev/null", O_RDONLY | O_CLOEXEC);
  Child child;

  g_assert_cmpint (pipe (other), ==, 0);
  start (&child, 1024 * 1024, FALSE);
  wait_until_found (&child, &writer);
  target_pipe_writer_clear (&writer);
  g_assert_false (target_facts_get_pipe_writer (child.pid, getpid (), other[0], &writer));
  g_assert_false (target_facts_get_pipe_writer (child.pid, getpid (), other[1], &writer));
  g_assert_false (target_facts_get_pipe_writer (child.pid, getpid (), null_fd, &writer));
  g_assert_false (target_facts_get_pipe_writer (child.pid, getpid (), -1, &writer));
  g_assert_false (target_facts_get_pipe_writer (child.pid, getpid (), 1000000, &writer));
  g_assert_false (target_facts_get_pipe_writer (child.pid, 0, child.output[0], &writer));
  g_assert_false (target_facts_get_pipe_writer (-1, getpid (), child.output[0], &writer));
  g_assert_false (target_facts_get_pipe_writer (G_MAXINT, getpid (), child.output[0], &writer));
  stop (&child);
  g_assert_false (find (&child, &writer));
  close (other[0]);
  close (other[1]);
  close (null_fd);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  (void)signal (SIGPIPE, SIG_IGN);
  g_test_add_func ("/pipe/full", test_full);
  g_test_add_func ("/pipe/read-meanwhile", test_read_meanwhile);
  g_test_add_func ("/pipe/written-below-the-child", test_below_the_child);
  g_test_add_func ("/pipe/room-left", test_room_left);
  g_test_add_func ("/pipe/not-that-pipe", test_not_that_pipe);
  return g_test_run ();
}
