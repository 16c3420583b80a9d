/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/facts.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FNV-1a, of 64 bits. */
#define PRIME G_GUINT64_CONSTANT (1099511628211)
/* A folder has a link for each folder in it, its own name and its "." */
#define LINKS_OF_ONE_THREAD 3

static guint64
mix (guint64 runs, const void *bytes, gsize length)
{
  for (gsize i = 0; i < length; i++)
    runs = (runs ^ ((const guint8 *)bytes)[i]) * PRIME;
  return runs != TARGET_RUNS_UNKNOWN ? runs : 1;
}

/* proc(5), /proc/PID/schedstat: time spent on a processor, waiting for one, and how often that was. A kernel that does not
 * count says zeros. */
static guint64
read_path (const char *path)
{
  static const char uncounted[] = "0 0 0\n";
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  char text[128];
  gssize length = fd >= 0 ? read (fd, text, sizeof text) : -1;

  if (fd >= 0)
    close (fd);
  if (length <= 0 ||
      ((gsize)length == strlen (uncounted) && memcmp (text, uncounted, (gsize)length) == 0))
    return TARGET_RUNS_UNKNOWN;
  return mix (TARGET_RUNS_NONE, text, (gsize)length);
}

guint64
target_facts_get_runs (int pid, int tid)
{
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/task/%d/schedstat", pid, tid);
  return read_path (path);
}

guint64
target_runs_add (guint64 all, int tid, guint64 of_thread)
{
  if (all == TARGET_RUNS_UNKNOWN || of_thread == TARGET_RUNS_UNKNOWN)
    return TARGET_RUNS_UNKNOWN;
  return mix (mix (all, &tid, sizeof tid), &of_thread, sizeof of_thread);
}

guint64
target_facts_get_process_runs (int pid)
{
  guint64 all = TARGET_RUNS_NONE;
  g_autoptr (GArray) threads = NULL;
  struct stat status;
  char path[64];

  /* Most have one thread. */
  g_snprintf (path, sizeof path, "/proc/%d/task", pid);
  if (stat (path, &status) != 0)
    return TARGET_RUNS_UNKNOWN;
  if (status.st_nlink == LINKS_OF_ONE_THREAD)
    {
      g_snprintf (path, sizeof path, "/proc/%d/schedstat", pid);
      return target_runs_add (all, pid, read_path (path));
    }
  threads = target_facts_get_threads (pid);
  for (guint i = 0; threads != NULL && i < threads->len; i++)
    all = target_runs_add (all, g_array_index (threads, int, i),
                           target_facts_get_runs (pid, g_array_index (threads, int, i)));
  return threads != NULL ? all : TARGET_RUNS_UNKNOWN;
}

gboolean
target_runs_are_same (guint64 before, guint64 now)
{
  return before == now && now != TARGET_RUNS_UNKNOWN;
}
