/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/things.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
kernel_file_read (const char *path)
{
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : NULL;
}

char *
kernel_file_read_of (int pid, int tid, const char *name)
{
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/task/%d/%s", pid, tid, name);
  return kernel_file_read (path);
}

char *
kernel_thing_dup_link (int pid, int fd)
{
  char path[64], link[PATH_MAX];
  gssize length;

  g_snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  length = readlink (path, link, sizeof link - 1);
  return length > 0 ? g_strndup (link, (gsize)length) : NULL;
}

int
kernel_thing_get_access (int pid, int fd)
{
  g_autofree char *text = NULL;
  const char *flags;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
  text = kernel_file_read (path);
  flags = text != NULL ? strstr (text, "flags:") : NULL;
  return flags != NULL ? (int)(g_ascii_strtoull (flags + strlen ("flags:"), NULL, 8) & O_ACCMODE)
                       : -1;
}

static gboolean
is_terminal (const char *link)
{
  return g_str_has_prefix (link, "/dev/pts/") || g_str_has_prefix (link, "/dev/tty") ||
         g_str_equal (link, "/dev/console");
}

/* @thing->link is there; @status: what lies behind it */
static void
classify (const struct stat *status, KernelThing *thing)
{
  const char *link = thing->link;

  thing->device = status->st_dev;
  thing->inode = status->st_ino;
  if (S_ISFIFO (status->st_mode))
    {
      thing->of = KERNEL_PIPE;
      thing->name = *link == '/' ? g_strdup_printf ("FIFO %s", link)
                                 : g_strdup_printf ("pipe %" G_GUINT64_FORMAT, thing->inode);
    }
  else if (S_ISSOCK (status->st_mode))
    {
      thing->of = KERNEL_SOCKET;
      thing->name = g_strdup_printf ("socket %" G_GUINT64_FORMAT, thing->inode);
    }
  else if (S_ISCHR (status->st_mode) && is_terminal (link))
    {
      thing->of = KERNEL_TERMINAL;
      thing->name = g_strdup_printf ("terminal %s", link);
    }
  else if (g_str_has_prefix (link, "anon_inode:"))
    {
      thing->of = KERNEL_EVENTS;
      thing->name = g_strdup (link + strlen ("anon_inode:"));
    }
  else
    {
      thing->of = KERNEL_FILE;
      thing->name = g_strdup (link);
    }
}

gboolean
kernel_thing_read (int pid, int fd, KernelThing *ret_thing)
{
  KernelThing thing = { .link = kernel_thing_dup_link (pid, fd) };
  struct stat status;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  if (thing.link == NULL || stat (path, &status) != 0)
    {
      g_free (thing.link);
      return FALSE;
    }
  classify (&status, &thing);
  *ret_thing = thing;
  return TRUE;
}

gboolean
kernel_thing_read_path (int pid, const char *path, KernelThing *ret_thing)
{
  g_autofree char *seen =
      g_strdup_printf ("/proc/%d/%s%s", pid, *path == '/' ? "root" : "cwd/", path);
  KernelThing thing = { 0 };
  struct stat status;
  char real[PATH_MAX];

  if (stat (seen, &status) != 0)
    return FALSE;
  /* Who has it open has it under its whole name. */
  thing.link = *path != '/' && realpath (seen, real) != NULL ? g_strdup (real) : g_strdup (path);
  classify (&status, &thing);
  *ret_thing = thing;
  return TRUE;
}

void
kernel_thing_copy (const KernelThing *thing, KernelThing *ret_copy)
{
  *ret_copy = *thing;
  ret_copy->link = g_strdup (thing->link);
  ret_copy->name = g_strdup (thing->name);
}

void
kernel_thing_clear (KernelThing *thing)
{
  g_clear_pointer (&thing->link, g_free);
  g_clear_pointer (&thing->name, g_free);
}
