/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gi18n-lib.h>

#include "target/target-private.h"

/* Many systems give each user a group of the same name and let it write to what the user makes: it
 * is the user by another name, as long as nobody else is in it. */
static gboolean
is_own_private_group (gid_t gid)
{
  struct passwd *user = getpwuid (geteuid ());
  g_autofree char *name = user != NULL && user->pw_gid == gid ? g_strdup (user->pw_name) : NULL;
  struct group *group = name != NULL ? getgrgid (gid) : NULL;

  if (group == NULL || strcmp (group->gr_name, name) != 0)
    return FALSE;
  for (char **member = group->gr_mem; *member != NULL; member++)
    if (strcmp (*member, name) != 0)
      return FALSE;
  return TRUE;
}

char *
target_path_dup_distrust (const char *path)
{
  struct stat status;

  if (stat (path, &status) < 0)
    return g_strdup (g_strerror (errno));
  if (status.st_uid != geteuid () && status.st_uid != 0)
    return g_strdup_printf (_ ("%s belongs to another user (uid %u)"), path, status.st_uid);
  if ((status.st_mode & S_IWOTH) != 0 || ((status.st_mode & S_IWGRP) != 0 && status.st_gid != 0 &&
                                          !is_own_private_group (status.st_gid)))
    return g_strdup_printf (_ ("others can write to %s; take that right away (chmod go-w)"), path);
  return NULL;
}
