/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>
#include <gio/gio.h>
#include <glib/gi18n.h>
#include <glib/gstdio.h>

#include "cli/command.h"

gboolean
cli_check_writable (const char *path, const char *option, GError **error)
{
  g_autofree char *folder = NULL;

  if (path == NULL || *path == '\0')
    return TRUE;
  folder = g_path_get_dirname (path);
  if (g_file_test (path, G_FILE_TEST_IS_DIR))
    errno = EISDIR;
  else if (access (path, W_OK) == 0 || (errno == ENOENT && access (folder, W_OK | X_OK) == 0))
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
               _ ("cannot write '%s': %s; choose another file with %s"), path, g_strerror (errno),
               option);
  return FALSE;
}

gboolean
cli_check_replaceable (const char *path, const char *option, GError **error)
{
  GStatBuf status;

  if (!cli_check_writable (path, option, error))
    return FALSE;
  if (path == NULL || g_stat (path, &status) != 0 || S_ISREG (status.st_mode))
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_REGULAR_FILE,
               _ ("cannot write '%s': it is no file, and is not replaced by one; choose another "
                  "file with %s"),
               path, option);
  return FALSE;
}
