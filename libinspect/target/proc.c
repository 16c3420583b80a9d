/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "target/target-private.h"

/* Files in /proc say that they are empty, and may end in the middle when their process does. */
char *
target_proc_read (const char *path, gsize max, gsize *ret_length)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  GString *text;

  if (fd < 0)
    return NULL;
  text = g_string_sized_new (4096);
  while (text->len < max)
    {
      gsize before = text->len;
      gsize room = MIN (max - before, 65536);
      gssize length;

      g_string_set_size (text, before + room);
      length = read (fd, text->str + before, room);
      g_string_set_size (text, before + (gsize)MAX (length, 0));
      if (length < 0 && errno == EINTR)
        continue;
      if (length <= 0)
        break;
    }
  close (fd);
  if (ret_length != NULL)
    *ret_length = text->len;
  return g_string_free (text, FALSE);
}

gboolean
target_proc_get_socket_inode (int pid, int fd, guint64 *ret_inode)
{
  char path[64], link[64];
  gssize length;
  char *end = NULL;
  guint64 inode;

  g_snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  length = readlink (path, link, sizeof link - 1);
  if (length < 0)
    return FALSE;
  link[length] = '\0';
  if (!g_str_has_prefix (link, "socket:["))
    return FALSE;
  inode = g_ascii_strtoull (link + strlen ("socket:["), &end, 10);
  if (*end != ']' || inode == 0)
    return FALSE;
  *ret_inode = inode;
  return TRUE;
}
