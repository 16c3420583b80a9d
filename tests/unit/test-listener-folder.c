/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Where the socket of a listener is: in a folder that is the user's alone. */

#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "target/target-private.h"

typedef struct
{
  char *folder; /* XDG_RUNTIME_DIR */
  TargetListener *listener;
} Fixture;

static void
on_hello (int pid, const void *hello, int fd, gpointer data)
{
  g_assert_not_reached ();
}

static TargetListener *
listen_again (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  TargetListener *listener = target_listener_new (on_hello, fixture, &error);

  g_assert_no_error (error);
  return listener;
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  fixture->folder = g_dir_make_tmp ("listener-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  g_setenv ("XDG_RUNTIME_DIR", fixture->folder, TRUE);
  fixture->listener = listen_again (fixture);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", fixture->folder, NULL };
  g_autofree char *path = g_strdup (target_listener_get_path (fixture->listener));

  target_listener_free (fixture->listener);
  g_assert_cmpint (access (path, F_OK), ==, -1);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_free (fixture->folder);
}

static void
assert_private (const char *socket)
{
  g_autofree char *folder = g_path_get_dirname (socket);
  struct stat status;

  g_assert_cmpint (lstat (folder, &status), ==, 0);
  g_assert_true (S_ISDIR (status.st_mode));
  g_assert_cmpint (status.st_mode & 07777, ==, 0700);
  g_assert_cmpuint (status.st_uid, ==, geteuid ());
}

static void
assert_falls_back (Fixture *fixture)
{
  TargetListener *listener = listen_again (fixture);
  g_autofree char *path = g_strdup (target_listener_get_path (listener));
  g_autofree char *folder = g_path_get_dirname (path);

  g_assert_true (g_str_has_prefix (path, "/tmp/async-inspect-"));
  assert_private (path);
  target_listener_free (listener);
  g_assert_cmpint (access (folder, F_OK), ==, -1);
}

static void
test_folder_is_closed_to_others (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (target_listener_get_path (fixture->listener));
  TargetListener *listener;

  assert_private (target_listener_get_path (fixture->listener));
  g_chmod (folder, 0777);
  listener = listen_again (fixture);
  assert_private (target_listener_get_path (listener));
  target_listener_free (listener);
}

static void
test_no_runtime_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *deep = g_strnfill (120, 'x');
  g_autofree char *long_path = g_build_filename (fixture->folder, deep, NULL);
  g_autofree char *linked = g_build_filename (fixture->folder, "linked", NULL);
  g_autofree char *link = g_build_filename (linked, "async-inspect", NULL);

  g_unsetenv ("XDG_RUNTIME_DIR");
  assert_falls_back (fixture);
  g_setenv ("XDG_RUNTIME_DIR", "relative", TRUE);
  assert_falls_back (fixture);
  g_setenv ("XDG_RUNTIME_DIR", "/nowhere/at/all", TRUE);
  assert_falls_back (fixture);
  g_mkdir (long_path, 0700);
  g_setenv ("XDG_RUNTIME_DIR", long_path, TRUE);
  assert_falls_back (fixture);
  /* A link that leads elsewhere. */
  g_mkdir (linked, 0700);
  g_assert_cmpint (symlink (fixture->folder, link), ==, 0);
  g_setenv ("XDG_RUNTIME_DIR", linked, TRUE);
  assert_falls_back (fixture);
  /* Others could replace ours. */
  g_chmod (linked, 0777);
  g_unlink (link);
  assert_falls_back (fixture);
  if (geteuid () == 0)
    {
      g_autofree char *theirs = g_build_filename (fixture->folder, "theirs", NULL);
      g_autofree char *inner = g_build_filename (theirs, "async-inspect", NULL);

      g_mkdir_with_parents (inner, 0777);
      g_assert_cmpint (chown (inner, 12345, 12345), ==, 0);
      g_setenv ("XDG_RUNTIME_DIR", theirs, TRUE);
      assert_falls_back (fixture);
    }
}

static void
test_stale_sockets_are_removed (Fixture *fixture, gconstpointer data)
{
  g_autofree char *folder = g_path_get_dirname (target_listener_get_path (fixture->listener));
  pid_t pid = fork ();
  g_autofree char *stale = NULL;
  g_autofree char *foreign = g_build_filename (folder, "notes.txt", NULL);
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  TargetListener *listener;
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  if (pid == 0)
    _exit (0);
  waitpid (pid, NULL, 0);
  stale = g_strdup_printf ("%s/%d-00000000.sock", folder, (int)pid);
  g_strlcpy (address.sun_path, stale, sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  close (fd);
  g_file_set_contents (foreign, "x", 1, NULL);

  listener = listen_again (fixture);
  g_assert_cmpint (access (stale, F_OK), ==, -1);
  g_assert_cmpint (access (foreign, F_OK), ==, 0);
  g_assert_cmpint (access (target_listener_get_path (fixture->listener), F_OK), ==, 0);
  target_listener_free (listener);
}

/* An inspector that was killed has left its private folder. */
static void
test_stale_folders_are_removed (Fixture *fixture, gconstpointer data)
{
  int report[2];
  char folder[64] = "";
  g_autofree char *path = NULL;
  pid_t pid;

  g_unsetenv ("XDG_RUNTIME_DIR");
  g_assert_cmpint (pipe (report), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      TargetListener *listener = target_listener_new (on_hello, fixture, NULL);
      const char *text = listener != NULL ? target_listener_get_path (listener) : "";

      _exit (write (report[1], text, strlen (text)) > 0 ? 0 : 1);
    }
  waitpid (pid, NULL, 0);
  g_assert_cmpint (read (report[0], folder, sizeof folder - 1), >, 0);
  g_assert_cmpint (access (folder, F_OK), ==, 0);
  path = g_path_get_dirname (folder);
  assert_falls_back (fixture);
  g_assert_cmpint (access (path, F_OK), ==, -1);
  close (report[0]);
  close (report[1]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/listener/" path, Fixture, NULL, setup, func, teardown)
  ADD ("folder/closed-to-others", test_folder_is_closed_to_others);
  ADD ("folder/none-to-use", test_no_runtime_folder);
  ADD ("folder/stale-sockets-are-removed", test_stale_sockets_are_removed);
  ADD ("folder/stale-private-ones-are-removed", test_stale_folders_are_removed);
  return g_test_run ();
}
