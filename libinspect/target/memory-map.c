/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "target/memory-map.h"
#include "target/target-private.h"

#define MAPS_MAX_BYTES (16 * 1024 * 1024)
#define PAGE_BYTES ((guint64)getpagesize ())
/* /proc/PID/pagemap, proc(5): eight bytes a page. */
#define PAGE_IS_PRESENT (G_GUINT64_CONSTANT (1) << 63)
#define PAGE_IS_SWAPPED (G_GUINT64_CONSTANT (1) << 62)
#define PAGES_AT_ONCE 4096
/* What the agent says goes there, with the addresses of all that it speaks of. */
#define CHANNEL_NAME "/memfd:async-inspect"

struct _TargetMemoryMap
{
  GArray *regions; /* TargetRegion */
  int pagemap_fd;
  gint64 until_us;
  gboolean has_failed;
  guint64 first_page, n_pages; /* of those in @pages */
  guint64 pages[PAGES_AT_ONCE];
};

/* ---- Regions -------------------------------------------------------------------------------- */

/* Files that are only read hold what they held on disk; devices are no memory. */
static gboolean
may_hold_addresses (const char *permissions, const char *name)
{
  static const char *const devices[] = { "[vvar", "[vdso]", "[vsyscall]", NULL };

  if (permissions[0] != 'r' || g_str_has_prefix (name, CHANNEL_NAME))
    return FALSE;
  for (guint i = 0; devices[i] != NULL; i++)
    if (g_str_has_prefix (name, devices[i]))
      return FALSE;
  if (g_str_has_prefix (name, "/dev/") && !g_str_has_prefix (name, "/dev/shm/") &&
      !g_str_has_prefix (name, "/dev/zero"))
    return FALSE;
  return permissions[1] == 'w' || name[0] != '/';
}

static void
add_line (TargetMemoryMap *map, const char *line, guint64 *guard_end)
{
  unsigned long long begin, end;
  char permissions[5];
  int at_name = 0;
  const char *name;
  TargetRegion region;

  if (sscanf (line, "%llx-%llx %4s %*s %*s %*s %n", &begin, &end, permissions, &at_name) < 3 ||
      begin >= end)
    return;
  name = at_name > 0 ? line + at_name : "";
  if (permissions[0] == '-' && permissions[1] == '-')
    *guard_end = end;
  if (!may_hold_addresses (permissions, name))
    return;
  region = (TargetRegion){ .begin = begin, .end = end, .is_shared = permissions[3] != 'p' };
  region.is_main_stack = g_str_has_prefix (name, "[stack");
  region.has_guard = *guard_end == begin;
  g_array_append_val (map->regions, region);
}

TargetMemoryMap *
target_memory_map_new (int pid, gint64 until_us)
{
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  TargetMemoryMap *map;
  guint64 guard_end = 0;
  char path[64];
  int fd;

  g_snprintf (path, sizeof path, "/proc/%d/maps", pid);
  text = target_proc_read (path, MAPS_MAX_BYTES, NULL);
  g_snprintf (path, sizeof path, "/proc/%d/pagemap", pid);
  fd = text != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    return NULL;
  map = g_new0 (TargetMemoryMap, 1);
  map->pagemap_fd = fd;
  map->until_us = until_us;
  map->regions = g_array_new (FALSE, FALSE, sizeof (TargetRegion));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_line (map, lines[i], &guard_end);
  return map;
}

void
target_memory_map_free (TargetMemoryMap *map)
{
  if (map == NULL)
    return;
  close (map->pagemap_fd);
  g_array_unref (map->regions);
  g_free (map);
}

guint
target_memory_map_count (const TargetMemoryMap *map)
{
  return map->regions->len;
}

const TargetRegion *
target_memory_map_get (const TargetMemoryMap *map, guint index)
{
  return &g_array_index (map->regions, TargetRegion, index);
}

/* ---- Pages ---------------------------------------------------------------------------------- */

static gboolean
is_touched (TargetMemoryMap *map, guint64 page, guint64 end_page)
{
  if (page < map->first_page || page >= map->first_page + map->n_pages)
    {
      guint64 n = MIN (end_page - page, PAGES_AT_ONCE);
      gssize got = pread (map->pagemap_fd, map->pages, n * 8, (off_t)(page * 8));

      map->first_page = page;
      map->n_pages = got > 0 ? (guint64)got / 8 : 0;
      if (map->n_pages == 0 || g_get_monotonic_time () > map->until_us)
        {
          map->has_failed = TRUE;
          return FALSE;
        }
    }
  return (map->pages[page - map->first_page] & (PAGE_IS_PRESENT | PAGE_IS_SWAPPED)) != 0;
}

gboolean
target_memory_map_next_touched (TargetMemoryMap *map, const TargetRegion *region, guint64 at,
                                guint64 *ret_begin, guint64 *ret_end)
{
  guint64 page = at / PAGE_BYTES, end_page = region->end / PAGE_BYTES;

  /* Others may have written to pages of it that this process has not looked at. */
  if (region->is_shared)
    {
      *ret_begin = at;
      *ret_end = region->end;
      return at < region->end;
    }
  while (page < end_page && !map->has_failed && !is_touched (map, page, end_page))
    page++;
  if (page >= end_page || map->has_failed)
    return FALSE;
  *ret_begin = MAX (at, page * PAGE_BYTES);
  while (page < end_page && !map->has_failed && is_touched (map, page, end_page))
    page++;
  *ret_end = page * PAGE_BYTES;
  return !map->has_failed;
}

gboolean
target_memory_map_has_failed (const TargetMemoryMap *map)
{
  return map->has_failed;
}

/* ---- Elsewhere ------------------------------------------------------------------------------ */

/* For the process itself to read. */
static gboolean
has_unread_bytes (const char *file)
{
  struct stat link;
  int fd, n = 0;

  if (lstat (file, &link) != 0 || (link.st_mode & S_IRUSR) == 0)
    return FALSE; /* the end that is written to */
  fd = open (file, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (fd < 0)
    return TRUE;
  (void)ioctl (fd, FIONREAD, &n);
  close (fd);
  return n > 0;
}

/* An epoll has a word of the program's for each descriptor, io_uring one for each request, a POSIX
 * timer one for each signal; and bytes in a pipe may be anything. */
gboolean
target_memory_is_known_elsewhere (int pid)
{
  g_autofree char *timers = NULL;
  g_autoptr (GDir) folder = NULL;
  const char *name;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/timers", pid);
  timers = target_proc_read (path, 64, NULL);
  if (timers != NULL && *timers != '\0')
    return TRUE;
  g_snprintf (path, sizeof path, "/proc/%d/fd", pid);
  folder = g_dir_open (path, 0, NULL);
  while (folder != NULL && (name = g_dir_read_name (folder)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);
      g_autofree char *link = g_file_read_link (file, NULL);

      if (link == NULL || g_str_has_prefix (link, "anon_inode:[eventpoll]") ||
          g_str_has_prefix (link, "anon_inode:[io_uring]") ||
          (g_str_has_prefix (link, "pipe:[") && has_unread_bytes (file)))
        return TRUE;
    }
  return folder == NULL;
}
