/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/target-private.h"

/* Where an inspector's socket lies: in a folder that is ours and closed to others. */

#define SOCKETS_FOLDER "async-inspect"
#define SOCKET_SUFFIX ".sock"
#define PRIVATE_PARENT "/tmp"
#define PRIVATE_PREFIX "async-inspect-"

/* Makes it where it is not there, and makes sure that it is a folder, ours, and closed to others.
 * Returns: 0 or an errno */
static int
secure_folder (const char *path)
{
  struct stat status;
  int reason = 0;
  int fd;

  if (mkdir (path, 0700) < 0 && errno != EEXIST)
    return errno;
  fd = open (path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno;
  if (fstat (fd, &status) < 0)
    reason = errno;
  else if (status.st_uid != geteuid ())
    reason = EPERM;
  else if ((status.st_mode & 07777) != 0700 && fchmod (fd, 0700) < 0)
    reason = errno;
  close (fd);
  return reason;
}

static gboolean
fits_socket_address (const char *folder)
{
  /* "/4194304-" + eight digits + suffix + NUL */
  return strlen (folder) + 1 + 8 + 8 + sizeof SOCKET_SUFFIX <=
         sizeof ((struct sockaddr_un *)0)->sun_path;
}

gboolean
target_socket_fill_address (const char *path, struct sockaddr_un *ret_address)
{
  memset (ret_address, 0, sizeof *ret_address);
  ret_address->sun_family = AF_UNIX;
  return g_strlcpy (ret_address->sun_path, path, sizeof ret_address->sun_path) <
         sizeof ret_address->sun_path;
}

static gboolean
has_listener (const char *path)
{
  struct sockaddr_un address;
  gboolean refused;
  int fd;

  if (!target_socket_fill_address (path, &address))
    return TRUE;
  fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return TRUE;
  refused = connect (fd, (struct sockaddr *)&address, sizeof address) < 0 && errno == ECONNREFUSED;
  close (fd);
  return !refused;
}

/* Sockets of inspectors that were killed: whether there were any. Their name says whose they were:
 * one that is about to listen has a process, and one from another pid namespace has somebody who
 * listens. */
static gboolean
remove_stale_sockets (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  gboolean removed = FALSE;
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      char *end = NULL;
      gint64 pid = g_ascii_strtoll (name, &end, 10);
      g_autofree char *path = NULL;

      if (pid <= 0 || pid > G_MAXINT || *end != '-' || !g_str_has_suffix (name, SOCKET_SUFFIX) ||
          kill ((pid_t)pid, 0) == 0 || errno != ESRCH)
        continue;
      path = g_build_filename (folder, name, NULL);
      if (!has_listener (path) && unlink (path) == 0)
        removed = TRUE;
    }
  return removed;
}

/* And the private folders of such. One that is empty may have just been made. */
static void
remove_stale_folders (void)
{
  g_autoptr (GDir) dir = g_dir_open (PRIVATE_PARENT, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = NULL;
      struct stat status;

      if (!g_str_has_prefix (name, PRIVATE_PREFIX))
        continue;
      path = g_build_filename (PRIVATE_PARENT, name, NULL);
      if (lstat (path, &status) == 0 && S_ISDIR (status.st_mode) && status.st_uid == geteuid () &&
          (status.st_mode & 07777) == 0700 && remove_stale_sockets (path))
        rmdir (path);
    }
}

static char *
find_folder (gboolean *ret_is_private, GError **error)
{
  const char *runtime = g_getenv ("XDG_RUNTIME_DIR");
  char template[] = PRIVATE_PARENT "/" PRIVATE_PREFIX "XXXXXX";

  *ret_is_private = FALSE;
  if (runtime != NULL && g_path_is_absolute (runtime))
    {
      g_autofree char *folder = g_build_filename (runtime, SOCKETS_FOLDER, NULL);
      /* Whoever can write there could put another folder in the place of ours. */
      g_autofree char *distrust = target_path_dup_distrust (runtime);

      if (distrust == NULL && fits_socket_address (folder) && secure_folder (folder) == 0)
        return g_steal_pointer (&folder);
    }
  /* None, not ours (sudo), too long, or somebody has put something else there. */
  remove_stale_folders ();
  if (mkdtemp (template) == NULL)
    {
      g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED,
                   _ ("cannot make a folder for the socket in /tmp: %s; set XDG_RUNTIME_DIR to a "
                      "folder of yours"),
                   g_strerror (errno));
      return NULL;
    }
  *ret_is_private = TRUE;
  return g_strdup (template);
}

char *
target_socket_dup_path (gboolean *ret_folder_is_private, GError **error)
{
  gboolean is_private = FALSE;
  g_autofree char *folder = find_folder (&is_private, error);
  g_autofree char *name = NULL;

  if (folder == NULL)
    return NULL;
  if (!is_private)
    remove_stale_sockets (folder);
  name = g_strdup_printf ("%d-%08x" SOCKET_SUFFIX, (int)getpid (), g_random_int ());
  *ret_folder_is_private = is_private;
  return g_build_filename (folder, name, NULL);
}
