/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Sources, and what they are reported as. */

#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <time.h>
#include <unistd.h>

#include "inspect-keys.h"

static sd_event *loop;
static unsigned int n_fired;
static int returns; /* what callbacks return */

static void
turn_until (unsigned int many)
{
  while (n_fired < many)
    g_assert_cmpint (sd_event_run (loop, UINT64_MAX), >=, 0);
}

/* ---- Descriptors ----------------------------------------------------------------------------- */

static int
on_io (sd_event_source *source, int fd, uint32_t events, void *data)
{
  char byte;

  n_fired++;
  g_assert_cmpint (read (fd, &byte, 1), ==, 1);
  return returns;
}

static void
test_reads (void)
{
  sd_event_source *source = NULL;
  InspectObject resource;
  const Event *await;
  int ends[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, ends), ==, 0);
  g_assert_cmpint (sd_event_add_io (loop, &source, ends[0], EPOLLIN, on_io, NULL), >=, 0);
  await = harness_first (EVENT_AWAIT_BEGIN, "sd-event.read");
  g_assert_true (harness_is_in (await, test_reads));
  resource = harness_attribute (await->object, INSPECT_KEY_RESOURCE)->value;
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_FD)->value, ==, ends[0]);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_CALLBACK)->value, ==,
                    (guintptr)on_io);
  for (unsigned int i = 1; i <= 3; i++)
    {
      g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
      turn_until (i);
    }
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 3);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, NULL), on_io));

  sd_event_source_set_enabled (source, SD_EVENT_OFF);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "sd-event.read")->status, ==, -ECANCELED);
  sd_event_source_set_enabled (source, SD_EVENT_ONESHOT);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "sd-event.read"), ==, 2);
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  turn_until (4);
  g_assert_cmpint (harness_nth (EVENT_AWAIT_END, "sd-event.read", 1)->status, ==, 0);
  sd_event_source_set_enabled (source, SD_EVENT_ON);
  sd_event_source_set_io_events (source, EPOLLOUT);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.read"), ==, 3);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "sd-event.write"), ==, 1);
  sd_event_source_unref (source);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.write"), ==, 1);
  close (ends[0]);
  close (ends[1]);
}

/* sd-event disables a source whose callback fails. */
static void
test_fails (void)
{
  sd_event_source *source = NULL;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  sd_event_add_io (loop, &source, ends[0], EPOLLIN, on_io, NULL);
  returns = -EINVAL;
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  turn_until (1);
  returns = 0;
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "sd-event.watch")->status, ==, -EINVAL);
  sd_event_source_unref (source);
  close (ends[0]);
  close (ends[1]);
}

/* ---- Times ----------------------------------------------------------------------------------- */

static int
on_time (sd_event_source *source, uint64_t us, void *data)
{
  n_fired++;
  if (n_fired == 1)
    {
      sd_event_source_set_time_relative (source, 1000);
      sd_event_source_set_enabled (source, SD_EVENT_ONESHOT);
    }
  return 0;
}

static void
test_times (void)
{
  sd_event_source *source = NULL;
  const Event *await;
  guint64 due;

  sd_event_add_time_relative (loop, &source, CLOCK_MONOTONIC, 1000, 0, on_time, NULL);
  sd_event_source_set_description (source, "reminder");
  await = harness_first (EVENT_AWAIT_BEGIN, "sd-event.time");
  g_assert_cmpstr (harness_first (EVENT_NAME, NULL)->bytes, ==, "reminder");
  g_assert_cmpuint (harness_first (EVENT_NAME, NULL)->task, ==, await->task);
  turn_until (2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 2);
  sd_event_source_unref (source);

  sd_event_add_time_relative (loop, &source, CLOCK_REALTIME, 3600 * G_TIME_SPAN_SECOND, 0, on_time,
                              NULL);
  await = harness_nth (EVENT_AWAIT_BEGIN, "sd-event.time", 2);
  due = harness_attribute (await->object, INSPECT_KEY_DUE)->value / 1000;
  g_assert_cmpuint (due, >, (guint64)g_get_monotonic_time ());
  g_assert_cmpuint (due, <, (guint64)g_get_monotonic_time () + 3700 * G_TIME_SPAN_SECOND);
  sd_event_source_set_time (source, UINT64_MAX);
  g_assert_cmpuint (harness_attribute (await->object, INSPECT_KEY_DUE)->value, ==, INT64_MAX);
  sd_event_source_disable_unref (source);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 3);
}

/* ---- Signals, processes, files, turns ---------------------------------------------------------- */

static int
on_signal (sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
  n_fired++;
  return 0;
}

static void
test_signals (void)
{
  sd_event_source *source = NULL;
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR1);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  g_assert_cmpint (sd_event_add_signal (loop, &source, SIGUSR1, on_signal, NULL), >=, 0);
  g_assert_cmpuint (harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "sd-event.signal")->object,
                                       INSPECT_KEY_SIGNAL)
                        ->value,
                    ==, SIGUSR1);
  raise (SIGUSR1);
  turn_until (1);
  sd_event_source_unref (source);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, NULL), ==, 1);
}

static int
on_child (sd_event_source *source, const siginfo_t *info, void *data)
{
  g_assert_cmpint (info->si_status, ==, 7);
  n_fired++;
  return 0;
}

static void
test_children (void)
{
  sigset_t set;
  pid_t pid;

  sigemptyset (&set);
  sigaddset (&set, SIGCHLD);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  pid = fork ();
  if (pid == 0)
    _exit (7);
  g_assert_cmpint (sd_event_add_child (loop, NULL, pid, WEXITED, on_child, NULL), >=, 0);
  g_assert_cmpint (harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "sd-event.child")->object,
                                      INSPECT_KEY_PID)
                       ->value,
                   ==, pid);
  turn_until (1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "sd-event.child")->status, ==, 0);
}

static int
on_inotify (sd_event_source *source, const struct inotify_event *event, void *data)
{
  n_fired++;
  return 0;
}

static void
test_files (void)
{
  g_autofree char *folder = g_dir_make_tmp ("sd-event-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "file", NULL);
  sd_event_source *source = NULL;

  g_assert_cmpint (sd_event_add_inotify (loop, &source, folder, IN_CREATE, on_inotify, NULL), >=,
                   0);
  g_assert_cmpstr (harness_attribute (harness_first (EVENT_AWAIT_BEGIN, "sd-event.inotify")->object,
                                      INSPECT_KEY_PATH)
                       ->bytes,
                   ==, folder);
  close (open (path, O_CREAT | O_WRONLY, 0600));
  turn_until (1);
  sd_event_source_unref (source);
  unlink (path);
  rmdir (folder);
}

static int
on_turn (sd_event_source *source, void *data)
{
  n_fired++;
  return 0;
}

/* Those that nobody keeps are the loop's, and end with their turn. */
static void
test_turns (void)
{
  sd_event_source *post = NULL;

  sd_event_add_defer (loop, NULL, on_turn, NULL);
  sd_event_add_post (loop, &post, on_turn, NULL);
  turn_until (2);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "sd-event.defer")->status, ==, 0);
  g_assert_true (harness_is_in (harness_first (EVENT_POLL_BEGIN, NULL), on_turn));
  sd_event_source_unref (post);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.post"), ==, 1);
}

/* ---- References ------------------------------------------------------------------------------ */

static void
test_references (void)
{
  sd_event_source *source = NULL;

  sd_event_add_time_relative (loop, &source, CLOCK_MONOTONIC, 3600 * G_TIME_SPAN_SECOND, 0, on_time,
                              NULL);
  sd_event_source_ref (source);
  sd_event_source_unref (source);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 0);
  sd_event_source_set_floating (source, 1);
  sd_event_source_unref (source);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 0);
  sd_event_source_disable_unref (sd_event_source_ref (source));
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 1);
}

static void
test_loop_ends (void)
{
  sd_event *other = NULL;

  g_assert_cmpint (sd_event_new (&other), >=, 0);
  sd_event_ref (other);
  sd_event_add_time_relative (other, NULL, CLOCK_MONOTONIC, 3600 * G_TIME_SPAN_SECOND, 0, on_time,
                              NULL);
  sd_event_unref (other);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 0);
  sd_event_unref (other);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_END, "sd-event.time"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_BEGIN, "sd-event.loop"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_RESOURCE_END, "sd-event.loop"), ==, 1);
}

static int
on_freed (sd_event_source *source, uint64_t us, void *data)
{
  n_fired++;
  sd_event_source_unref (source);
  return 0;
}

static void
test_freed_by_itself (void)
{
  sd_event_source *source = NULL;

  sd_event_add_time_relative (loop, &source, CLOCK_MONOTONIC, 0, 1, on_freed, NULL);
  sd_event_source_set_enabled (source, SD_EVENT_ON);
  turn_until (1);
  g_assert_cmpuint (harness_count (EVENT_TASK_END, NULL), ==, 1);
}

/* Without a callback a source makes its loop exit. */
static void
test_default_callback (void)
{
  sd_event *other = NULL;

  g_assert_cmpint (sd_event_new (&other), >=, 0);
  sd_event_add_time_relative (other, NULL, CLOCK_MONOTONIC, 0, 1, NULL, GINT_TO_POINTER (5));
  g_assert_cmpint (sd_event_loop (other), ==, 5);
  sd_event_unref (other);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
}

static void
test_stopped (void)
{
  sd_event_source *source = NULL;
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  sd_event_add_io (loop, &source, ends[0], EPOLLIN, on_io, NULL);
  harness_stop_plugin ();
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  turn_until (1);
  harness_clear ();
  harness_set_payload (true);
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  turn_until (2);
  sd_event_source_set_enabled (source, SD_EVENT_OFF);
  sd_event_source_set_enabled (source, SD_EVENT_ON);
  sd_event_source_unref (source);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, NULL), ==, 0);
  close (ends[0]);
  close (ends[1]);
}

static void
run (gconstpointer test)
{
  n_fired = 0;
  harness_run (test);
}

int
main (int argc, char **argv)
{
  static const HarnessCase tests[] = {
    { "/sd-event/reads", test_reads },
    { "/sd-event/fails", test_fails },
    { "/sd-event/times", test_times },
    { "/sd-event/signals", test_signals },
    { "/sd-event/children", test_children },
    { "/sd-event/files", test_files },
    { "/sd-event/turns", test_turns },
    { "/sd-event/references", test_references },
    { "/sd-event/loop-ends", test_loop_ends },
    { "/sd-event/freed-by-itself", test_freed_by_itself },
    { "/sd-event/default-callback", test_default_callback },
    { "/sd-event/stopped", test_stopped },
  };

  g_test_init (&argc, &argv, NULL);
  harness_install ();
  g_assert_cmpint (sd_event_default (&loop), >=, 0);
  harness_add_cases (tests, G_N_ELEMENTS (tests), run);
  return g_test_run ();
}
