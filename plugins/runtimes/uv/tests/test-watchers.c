/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "drain.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <unistd.h>

#include "inspect-keys.h"

static int n_fired;

static uv_loop_t *
loop (void)
{
  return uv_default_loop ();
}

static void
close_handle (void *handle)
{
  uv_close ((uv_handle_t *)handle, NULL);
}

/* ---- Descriptors ------------------------------------------------------------------------------
 */

static void
on_readable (uv_poll_t *poll, int status, int events)
{
  n_fired++;
  g_assert_cmpint (uv_poll_start (poll, 0, on_readable), ==, 0); /* for nothing: stopped */
}

static void
test_poll (void)
{
  uv_poll_t poll;
  const Event *await;
  InspectObject resource;
  int ends[2];

  n_fired = 0;
  g_assert_cmpint (pipe (ends), ==, 0);
  uv_poll_init (loop (), &poll, ends[0]);
  g_assert_cmpint (uv_poll_start (&poll, UV_READABLE, on_readable), ==, 0);
  g_assert_cmpint (uv_poll_start (&poll, UV_READABLE | UV_DISCONNECT, on_readable), ==, 0);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.poll"), ==, 1);
  await = harness_first (EVENT_AWAIT_BEGIN, "uv.poll");
  resource = harness_attribute (await->object, INSPECT_KEY_RESOURCE)->value;
  g_assert_cmpuint (harness_attribute (resource, INSPECT_KEY_FD)->value, ==, ends[0]);
  g_assert_cmpint (write (ends[1], "x", 1), ==, 1);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.poll")->status, ==, -ECANCELED);
  drain_loop (loop ());
  close (ends[0]);
  close (ends[1]);
}

/* ---- Other threads and signal handlers --------------------------------------------------------
 */

static uv_async_t async;

static void
on_async (uv_async_t *handle)
{
  n_fired++;
  close_handle (handle);
}

static void
send_in_handler (int signum)
{
  uv_async_send (&async);
}

static void
test_async_from_signal_handler (void)
{
  struct sigaction action = { .sa_handler = send_in_handler };
  struct sigaction before;

  n_fired = 0;
  g_assert_cmpint (uv_async_init (loop (), &async, on_async), ==, 0);
  sigaction (SIGUSR1, &action, &before);
  raise (SIGUSR1);
  sigaction (SIGUSR1, &before, NULL);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpuint (harness_count (EVENT_WAKE, "uv.async"), ==, 1);
  g_assert_cmpuint (harness_first (EVENT_WAKE, NULL)->object, ==,
                    harness_first (EVENT_POLL_BEGIN, "uv.async")->object);
}

static gpointer
send_in_thread (gpointer data)
{
  uv_async_send (&async);
  return NULL;
}

static void
test_async_from_thread (void)
{
  GThread *thread;

  n_fired = 0;
  uv_async_init (loop (), &async, on_async);
  thread = g_thread_new ("sender", send_in_thread, NULL);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_thread_join (thread);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpuint (harness_first (EVENT_WAKE, "uv.async")->thread, !=,
                    harness_first (EVENT_POLL_BEGIN, "uv.async")->thread);
}

static void
test_async_without_callback (void)
{
  uv_async_init (loop (), &async, NULL);
  g_assert_null (async.async_cb);
  uv_async_send (&async);
  g_assert_cmpuint (harness_count (EVENT_WAKE, NULL), ==, 0);
  close_handle (&async);
  drain_loop (loop ());
}

/* ---- Signals ----------------------------------------------------------------------------------
 */

static void
on_signal (uv_signal_t *handle, int signum)
{
  g_assert_cmpint (signum, ==, SIGUSR2);
  if (++n_fired == 2)
    uv_signal_stop (handle);
}

static void
test_signal (void)
{
  uv_signal_t handle;

  n_fired = 0;
  uv_signal_init (loop (), &handle);
  g_assert_cmpint (uv_signal_start (&handle, on_signal, 0), ==, UV_EINVAL);
  g_assert_cmpint (uv_signal_start (&handle, on_signal, SIGUSR1), ==, 0);
  g_assert_cmpint (uv_signal_start (&handle, on_signal, SIGUSR2), ==, 0); /* another one */
  g_assert_cmpint (uv_signal_start (&handle, on_signal, SIGUSR2), ==, 0); /* the same */
  raise (SIGUSR2);
  uv_run (loop (), UV_RUN_ONCE);
  raise (SIGUSR2);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 2);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.signal"), ==, 3);
  g_assert_cmpuint (
      harness_attribute (harness_first (EVENT_POLL_BEGIN, "uv.signal")->object, INSPECT_KEY_SIGNAL)
          ->value,
      ==, SIGUSR2);
  drain_loop (loop ());
}

static void
on_signal_once (uv_signal_t *handle, int signum)
{
  n_fired++;
}

static void
test_signal_once (void)
{
  uv_signal_t handle;

  n_fired = 0;
  uv_signal_init (loop (), &handle);
  uv_signal_start_oneshot (&handle, on_signal_once, SIGUSR2);
  raise (SIGUSR2);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.signal-once")->status, ==, 0);
  drain_loop (loop ());
}

/* ---- Files ------------------------------------------------------------------------------------
 */

static char *folder;

static void
touch (const char *name)
{
  char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, "x", 1, NULL));
  g_free (path);
}

static void
on_change (uv_fs_event_t *handle, const char *name, int events, int status)
{
  n_fired++;
  uv_fs_event_stop (handle);
}

static void
test_fs_event (void)
{
  uv_fs_event_t handle, missing;

  n_fired = 0;
  uv_fs_event_init (loop (), &handle);
  uv_fs_event_init (loop (), &missing);
  g_assert_cmpint (uv_fs_event_start (&missing, on_change, "/nonexistent", 0), ==, UV_ENOENT);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "uv.fs-event")->status, ==, UV_ENOENT);
  g_assert_cmpint (uv_fs_event_start (&handle, on_change, folder, 0), ==, 0);
  g_assert_cmpint (uv_fs_event_start (&handle, on_change, folder, 0), ==, UV_EINVAL);
  touch ("a");
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpstr (
      harness_attribute (harness_first (EVENT_POLL_BEGIN, "uv.fs-event")->object, INSPECT_KEY_PATH)
          ->bytes,
      ==, folder);
  drain_loop (loop ());
}

static void
on_poll_change (uv_fs_poll_t *handle, int status, const uv_stat_t *before, const uv_stat_t *after)
{
  n_fired++;
  uv_fs_poll_stop (handle);
}

static void
on_other_poll_change (uv_fs_poll_t *handle, int status, const uv_stat_t *before,
                      const uv_stat_t *after)
{
  g_assert_not_reached ();
}

static void
test_fs_poll (void)
{
  uv_fs_poll_t handle;

  n_fired = 0;
  uv_fs_poll_init (loop (), &handle);
  /* What is not there is a change at the first look. */
  g_assert_cmpint (uv_fs_poll_start (&handle, on_poll_change, "/nonexistent", 1), ==, 0);
  g_assert_cmpint (uv_fs_poll_start (&handle, on_other_poll_change, "/", 1), ==, 0);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 1);
  g_assert_cmpuint (harness_count (EVENT_AWAIT_BEGIN, "uv.fs-poll"), ==, 1);
  drain_loop (loop ());
}

/* ---- Phases of the loop -----------------------------------------------------------------------
 */

static void
on_other_idle (uv_idle_t *idle)
{
  g_assert_not_reached ();
}

static void
on_idle (uv_idle_t *idle)
{
  n_fired++; /* and keeps the loop from blocking */
}

static void
on_prepare (uv_prepare_t *prepare)
{
  n_fired++;
  uv_prepare_stop (prepare);
}

static void
on_check (uv_check_t *check)
{
  n_fired++;
  uv_check_stop (check);
  uv_idle_stop (check->data);
}

static void
test_phases (void)
{
  uv_idle_t idle;
  uv_prepare_t prepare;
  uv_check_t check;

  n_fired = 0;
  uv_idle_init (loop (), &idle);
  uv_prepare_init (loop (), &prepare);
  uv_check_init (loop (), &check);
  check.data = &idle;
  g_assert_cmpint (uv_idle_start (&idle, NULL), ==, UV_EINVAL);
  uv_idle_start (&idle, on_idle);
  uv_idle_start (&idle, on_other_idle); /* libuv keeps the first */
  uv_prepare_start (&prepare, on_prepare);
  uv_check_start (&check, on_check);
  uv_run (loop (), UV_RUN_DEFAULT);
  g_assert_cmpint (n_fired, ==, 3);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "uv.idle"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "uv.prepare"), ==, 1);
  g_assert_cmpuint (harness_count (EVENT_POLL_BEGIN, "uv.check"), ==, 1);
  drain_loop (loop ());
}

int
main (int argc, char **argv)
{
  int status;
  char *file;

  g_test_init (&argc, &argv, NULL);
  harness_install ();
  folder = g_dir_make_tmp ("test-uv-XXXXXX", NULL);
  harness_add ("/uv/watchers/poll", test_poll);
  harness_add ("/uv/watchers/async-from-signal-handler", test_async_from_signal_handler);
  harness_add ("/uv/watchers/async-from-thread", test_async_from_thread);
  harness_add ("/uv/watchers/async-without-callback", test_async_without_callback);
  harness_add ("/uv/watchers/signal", test_signal);
  harness_add ("/uv/watchers/signal-once", test_signal_once);
  harness_add ("/uv/watchers/fs-event", test_fs_event);
  harness_add ("/uv/watchers/fs-poll", test_fs_poll);
  harness_add ("/uv/watchers/phases", test_phases);
  status = g_test_run ();
  file = g_build_filename (folder, "a", NULL);
  g_unlink (file);
  g_rmdir (folder);
  g_free (file);
  g_free (folder);
  return status;
}
