/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/mappings.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target/image.h"
#include "target/target-private.h"

#define MAPS_MAX_BYTES (64 * 1024 * 1024)
#define DELETED " (deleted)"

static void
mapping_free (gpointer data)
{
  TargetMapping *mapping = data;

  g_free (mapping->path);
  g_free (mapping);
}

static void
add_line (GPtrArray *mappings, const char *line)
{
  unsigned long long begin, end, offset, inode;
  char permissions[5];
  int at_name = 0;
  TargetMapping *mapping;

  if (sscanf (line, "%llx-%llx %4s %llx %*s %llu %n", &begin, &end, permissions, &offset, &inode,
              &at_name) < 5 ||
      begin >= end)
    return;
  mapping = g_new0 (TargetMapping, 1);
  *mapping = (TargetMapping){
    .begin = begin,
    .end = end,
    .offset = offset,
    .inode = inode,
    .is_readable = permissions[0] == 'r',
    .is_writable = permissions[1] == 'w',
    .is_executable = permissions[2] == 'x',
    .is_shared = permissions[3] == 's',
    .path = g_strdup (at_name > 0 ? line + at_name : ""),
  };
  g_ptr_array_add (mappings, mapping);
}

GPtrArray *
target_mappings_read (int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/maps", pid);
  g_autofree char *text = pid > 0 ? target_proc_read (path, MAPS_MAX_BYTES, NULL) : NULL;
  GPtrArray *mappings;

  if (text == NULL)
    return NULL;
  mappings = g_ptr_array_new_with_free_func (mapping_free);
  for (char *line = text; *line != '\0';)
    {
      char *end = strchrnul (line, '\n');
      char *next = *end == '\n' ? end + 1 : end;

      *end = '\0';
      add_line (mappings, line);
      line = next;
    }
  return mappings;
}

const TargetMapping *
target_mappings_find (const GPtrArray *mappings, guint64 address)
{
  for (guint i = 0; i < mappings->len; i++)
    {
      const TargetMapping *mapping = mappings->pdata[i];

      if (address >= mapping->begin && address < mapping->end)
        return mapping;
    }
  return NULL;
}

gboolean
target_mapping_is_object (const TargetMapping *mapping)
{
  return mapping->inode != 0 && mapping->offset == 0 && mapping->is_readable &&
         !mapping->is_shared && mapping->path[0] == '/' &&
         !g_str_has_prefix (mapping->path, "/dev/");
}

int
target_mapping_open_file (const TargetMapping *mapping, int pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/root%s", pid, mapping->path);
  int fd = open (path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  struct stat status;

  if (fd >= 0 && fstat (fd, &status) == 0 && S_ISREG (status.st_mode) &&
      status.st_ino == mapping->inode)
    return fd;
  if (fd >= 0)
    close (fd);
  return -1;
}

char *
target_mapping_dup_name (const TargetMapping *mapping)
{
  char *name = g_path_get_basename (mapping->path);

  if (g_str_has_suffix (name, DELETED))
    name[strlen (name) - strlen (DELETED)] = '\0';
  return name;
}

gboolean
target_mappings_look_up (const GPtrArray *mappings, int mem_fd, const char *prefix,
                         const char *symbol, guint64 *ret_address)
{
  for (guint i = 0; i < mappings->len; i++)
    {
      const TargetMapping *mapping = mappings->pdata[i];
      g_autofree char *name = NULL;
      TargetImage image;

      if (!target_mapping_is_object (mapping))
        continue;
      name = target_mapping_dup_name (mapping);
      if (g_str_has_prefix (name, prefix) &&
          target_image_init_memory (&image, mem_fd, mapping->begin) &&
          target_image_lookup (&image, symbol, ret_address))
        return TRUE;
    }
  return FALSE;
}
