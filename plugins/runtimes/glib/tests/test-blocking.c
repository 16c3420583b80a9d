/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Calls that put their thread to sleep. */

#include <errno.h>

#include "turn.h"

static __attribute__ ((noinline)) gboolean
read_missing (void)
{
  GFile *file = g_file_new_for_path ("/nonexistent/file");
  char *contents;
  gboolean result = g_file_load_contents (file, NULL, &contents, NULL, NULL, NULL);

  g_object_unref (file);
  return result;
}

static void
test_outside_of_any_task (void)
{
  const Event *begin;

  g_assert_false (read_missing ());
  begin = harness_first (EVENT_AWAIT_BEGIN, "gio.file-load-contents-sync");
  g_assert_true (begin->kind->flags & INSPECT_AWAIT_BLOCKS);
  g_assert_true (harness_is_in (begin, read_missing));
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "gio.file-load-contents-sync")->status, ==,
                   -EIO);
}

static gboolean
on_idle (gpointer user_data)
{
  read_missing ();
  n_ready++;
  return G_SOURCE_REMOVE;
}

static void
test_within_a_callback (void)
{
  g_idle_add (on_idle, NULL);
  turn_until_ready (1);
  g_assert_cmpuint (harness_task_of ("gio.file-load-contents-sync"), ==,
                    harness_task_of ("glib.idle"));
}

static void
test_cancelled (void)
{
  GCancellable *cancellable = g_cancellable_new ();
  GFile *file = g_file_new_for_path ("/dev/null");
  GError *error = NULL;

  g_cancellable_cancel (cancellable);
  g_assert_null (g_file_read (file, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (harness_first (EVENT_AWAIT_END, "gio.file-read-sync")->status, ==, -ECANCELED);
  g_clear_error (&error);
  g_object_unref (cancellable);
  g_object_unref (file);
}

static void
test_errno_is_kept (void)
{
  GFile *file = g_file_new_for_path ("/nonexistent/file");

  errno = 0;
  g_assert_null (g_file_read (file, NULL, NULL));
  g_assert_cmpint (errno, ==, ENOENT);
  g_object_unref (file);
}

static void
test_timeout_is_a_deadline (void)
{
  GSocketClient *client = g_socket_client_new ();
  gint64 now = g_get_monotonic_time () * 1000;
  guint64 deadline;

  g_socket_client_set_timeout (client, 30);
  g_assert_null (g_socket_client_connect_to_host (client, "127.0.0.1:1", 1, NULL, NULL));
  deadline =
      harness_attribute (
          harness_first (EVENT_AWAIT_BEGIN, "gio.socket-client-connect-to-host-sync")->object,
          "deadline")
          ->value;
  g_assert_cmpuint (deadline, >=, now + 30 * G_GINT64_CONSTANT (1000000000));
  g_object_unref (client);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  harness_install ();
  turn_add ("/blocking/outside-of-any-task", test_outside_of_any_task);
  turn_add ("/blocking/within-a-callback", test_within_a_callback);
  turn_add ("/blocking/cancelled", test_cancelled);
  turn_add ("/blocking/errno-is-kept", test_errno_is_kept);
  turn_add ("/blocking/timeout-is-a-deadline", test_timeout_is_a_deadline);
  return g_test_run ();
}
